"""The labelled articles of the corpus: read, checked, and split into a part to fit on and a part to test on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

import seeds
from pipeline.messages import Level
from processors.watchlist import CompiledWatchlist

CORPUS = Path(__file__).parent / "corpus"
NOTICES = Path(__file__).parent / "notices.yaml"
SAMPLES = Path(str(seeds.__file__)).parent / "demo" / "articles"
FITTING_SHARE = 60
"""Percent of the ids that hash into the fitting part."""

Part = Literal["fitting", "testing"]


class Label(BaseModel):
    """A part of an article's label; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ActorLabel(Label):
    """An actor of the watchlist and one way the article names it."""

    id: str
    mention: str = Field(min_length=1)


class QuoteLabel(Label):
    """Somebody's words between quotation marks; `speaker_id` where the speaker is on the watchlist."""

    speaker: str = Field(min_length=1)
    speaker_id: str | None = None
    quote: str = Field(min_length=1)


class LabelledArticle(Label):
    """An article with what a reader finds in it; actors in `optional` may be found or not."""

    id: str
    lang: str
    title: str
    text: str
    published: str
    level: Level
    themes: tuple[str, ...]
    actors: tuple[ActorLabel, ...]
    quotes: tuple[QuoteLabel, ...]
    optional: tuple[str, ...] = ()
    why: str = ""

    @property
    def part(self) -> Part:
        """Return the part the article belongs to, by the hash of its id alone."""
        digest = hashlib.sha256(self.id.encode()).digest()
        return "fitting" if int.from_bytes(digest[:4], "big") % 100 < FITTING_SHARE else "testing"

    @property
    def day(self) -> date | None:
        """Return the day of publication, where one is given."""
        return date.fromisoformat(self.published) if self.published else None

    @property
    def whole(self) -> str:
        """Return title and text, in which every mention must stand."""
        return f"{self.title}\n{self.text}"


def load(folder: Path = CORPUS) -> tuple[LabelledArticle, ...]:
    """Return all articles in the order of their files. Raises ValidationError where a line has another form."""
    return tuple(
        LabelledArticle.model_validate(json.loads(line))
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    )


def samples(folder: Path = SAMPLES) -> tuple[LabelledArticle, ...]:
    """Return the articles of the sample site with their languages and levels; they are fitted on, never scored."""
    return tuple(_sample(path) for path in sorted(folder.glob("*/*.md")))


def _sample(path: Path) -> LabelledArticle:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    label = yaml.safe_load(front)
    return LabelledArticle(
        id=f"sample-{path.parent.name}-{path.stem}",
        lang=label["lang"],
        title=label["title"],
        text=body.strip(),
        published="",
        level=label["expect"]["level"],
        themes=(),
        actors=(),
        quotes=(),
    )


def notices(path: Path = NOTICES) -> tuple[LabelledArticle, ...]:
    """Return the official notices, a register that the corpus lacks; they are fitted on, never scored."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    empty = {"lang": "en", "published": "", "themes": (), "actors": (), "quotes": ()}
    return tuple(LabelledArticle(id=f"notice-{number}", **empty, **notice) for number, notice in enumerate(found, 1))


def part_of(articles: Iterable[LabelledArticle], part: Part) -> tuple[LabelledArticle, ...]:
    """Return the articles of one part."""
    return tuple(article for article in articles if article.part == part)


def faults(articles: Iterable[LabelledArticle], watchlist: CompiledWatchlist) -> list[str]:
    """Return what is wrong with labels, one line each: ids that are unknown or used twice, words not in the text."""
    actors = {actor.id for actor in watchlist.actors}
    themes = {theme.id for theme in watchlist.themes}
    seen: set[str] = set()
    found: list[str] = []
    for article in articles:
        if article.id in seen:
            found.append(f"{article.id}: used twice")
        seen.add(article.id)
        found += [f"{article.id}: {fault}" for fault in _faults(article, actors, themes)]
    return found


def _faults(article: LabelledArticle, actors: set[str], themes: set[str]) -> Iterable[str]:
    labelled = [actor.id for actor in article.actors]
    speakers = {quote.speaker_id for quote in article.quotes if quote.speaker_id}
    yield from (f"unknown actor {name}" for name in {*labelled, *article.optional, *speakers} - actors)
    yield from (f"unknown theme {theme}" for theme in set(article.themes) - themes)
    yield from (
        f"mention not in the text: {actor.mention}" for actor in article.actors if actor.mention not in article.whole
    )
    yield from (f"quote not in the text: {quote.quote}" for quote in article.quotes if quote.quote not in article.text)
    if len(labelled) != len(set(labelled)) or set(labelled) & set(article.optional):
        yield "an actor labelled twice"
    if (article.level == "none") == bool(article.themes):
        yield "a relevant article has a theme, another has none"
    if not article.id.startswith(f"{article.lang}-"):
        yield "the id does not begin with the language"
