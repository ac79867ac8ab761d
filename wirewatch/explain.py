"""What was found in one article and why, for a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingest.extract import extract
from pipeline.errors import InputError
from pipeline.messages import Actor, Tagging
from pipeline.settings import Settings
from sinks.inert import line
from wirewatch import batch, pages, wiring

HTML = re.compile(rb"<(?:!doctype|html|head|body|article|div|p)\b", re.IGNORECASE)
HEAD = 4096
"""Bytes in which markup shows."""

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What could move the cursor or turn the text around; each is replaced by one character, so that offsets hold."""

SIDE_STYLES = ("bold cyan", "bold magenta", "bold green", "bold yellow")
EVIDENCE_STYLE = "underline"


@dataclass(frozen=True)
class Subject:
    """The article to be explained."""

    title: str
    text: str
    language: str | None = None
    published: date | None = None


def show(source: str, watchlist: Path | None, settings: Settings, console: Console) -> None:
    """Print the explanation of an article. Raises InputError when there is none."""
    subject = _subject(source, settings)
    tagger = wiring.batch_tagger(watchlist, settings)
    language, taggings = tagger.tag(subject.title, subject.text, subject.language, subject.published)
    for tagging in taggings:
        console.print(render(subject, language, tagging))


def _subject(source: str, settings: Settings) -> Subject:
    body, address = pages.read(source, settings)
    if pages.is_address(source) or HTML.search(body[:HEAD]):
        article = extract(body, address)
        if not article.text:
            raise InputError(source, "no article was found in it", "Give the HTML of an article's own page, or text.")
        return Subject(article.title, article.text, article.language, _day(article.published))
    if body.lstrip().startswith(b"{"):
        given = batch.parse_article(source, body.strip())
        return Subject(given.title, given.text, given.lang, _day(given.published))
    text = body.decode("utf-8", "replace").strip()
    if not text:
        raise InputError(source, "has no text", "Give a page, a text, or a line of JSON with a text.")
    return Subject("", text)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def render(subject: Subject, language: str, tagging: Tagging) -> RenderableType:
    """Return the explanation: the judgement, the score by reason, the actors, the quotes, and the marked text."""
    parts: list[RenderableType] = [_judgement(language, tagging), _score(tagging)]
    if tagging.actors:
        parts.append(_actors(tagging.actors))
    if tagging.quotes:
        parts.append(_quotes(tagging))
    if tagging.evidence:
        parts.append(_evidence(tagging))
    if subject.title:
        parts.append(Padding(_marked(subject.title, "title", tagging), (1, 0, 0, 0)))
    parts.append(Padding(_marked(subject.text, "text", tagging), (1, 0)))
    return Group(*parts)


def _judgement(language: str, tagging: Tagging) -> Text:
    text = Text.assemble(
        (f"{tagging.level}", "bold"), f"  relevance {tagging.relevance:.2f}  language {language}  ", tagging.watchlist
    )
    if tagging.themes:
        text.append(f"  themes: {', '.join(tagging.themes)}")
    return text


def _score(tagging: Tagging) -> Table:
    table = Table("reason", title="Score", title_justify="left", box=None)
    table.add_column("contribution", justify="right")
    for reason, contribution in sorted(tagging.score.items(), key=lambda item: -abs(item[1])):
        table.add_row(Text(reason), f"{contribution:+.2f}")
    return table


def _actors(actors: tuple[Actor, ...]) -> Table:
    table = Table("actor", "kind", "side", title="Actors", title_justify="left", box=None)
    table.add_column("mentions", justify="right")
    table.add_column("as")
    for actor in actors:
        names = dict.fromkeys(line(mention.text) for mention in actor.mentions)
        table.add_row(actor.name, actor.kind, actor.side or "", str(actor.count), Text(", ".join(names)))
    return table


def _quotes(tagging: Tagging) -> Table:
    table = Table("speaker", "quote", title="Quotes", title_justify="left", box=None)
    for quote in tagging.quotes:
        table.add_row(Text(line(quote.speaker or "unknown")), Text(line(quote.text)))
    return table


def _evidence(tagging: Tagging) -> Table:
    table = Table("because of", "sentence", title="Evidence", title_justify="left", box=None)
    for evidence in tagging.evidence:
        table.add_row(Text(", ".join(evidence.reasons)), Text(line(evidence.text)))
    return table


def _marked(content: str, field: str, tagging: Tagging) -> Text:
    """Return a field with the actors in the colour of their side and the evidence underlined."""
    sides = sorted({actor.side for actor in tagging.actors if actor.side})
    text = Text(CONTROL.sub("\N{MIDDLE DOT}", content))
    for evidence in tagging.evidence:
        if evidence.field == field:
            text.stylize(EVIDENCE_STYLE, evidence.start, evidence.end)
    for actor in tagging.actors:
        style = SIDE_STYLES[sides.index(actor.side) % len(SIDE_STYLES)] if actor.side else "bold"
        for mention in actor.mentions:
            if mention.field == field:
                text.stylize(style, mention.start, mention.end)
    return text
