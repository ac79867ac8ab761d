"""Stories and articles as a person reads them: tables on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sinks.inert import line, link
from sinks.search import Hit
from sinks.stored_stories import Member, StoredStory, StoryDetail

ID_DIGITS = 8
"""Characters of an id that a table shows: enough for `stories show`."""

LONGEST_TITLE = 100
LONGEST_QUOTE = 300
MOST_NAMES = 3
"""Outlets that a table names; the rest are counted."""

STYLES = {"direct": "bold red", "passing": "yellow", "none": "dim"}


def moment(time: datetime) -> str:
    """Return a moment in UTC, to the minute."""
    return f"{time:%Y-%m-%d %H:%M}"


def story_line(story: StoredStory) -> str:
    """Return a story on one line, its fields separated by tabs."""
    return "\t".join((
        story.id,
        moment(story.updated),
        story.watchlist,
        story.level,
        str(len(story.members)),
        str(len(story.outlets)),
        ",".join(story.countries) or "-",
        line(story.title) or "-",
        link(story.url) or "-",
    ))  # fmt: skip


def show_stories(stories: Sequence[StoredStory], console: Console) -> None:
    """Print stories as a table."""
    table = Table(box=None, pad_edge=False)
    for name in ("id", "updated", "level"):
        table.add_column(name, no_wrap=True)
    table.add_column("articles", justify="right")
    for name in ("in", "story"):
        table.add_column(name, overflow="fold")
    for story in stories:
        about = Text(line(story.title, LONGEST_TITLE), "bold")
        about.append(f"\n{_some(story.outlets)} · {line(story.watchlist)}", "dim")
        table.add_row(
            story.id[:ID_DIGITS],
            moment(story.updated),
            Text(story.level, STYLES[story.level]),
            str(len(story.members)),
            " ".join(story.countries),
            about,
        )
    console.print(table)
    console.print(f"{len(stories)} stories; all of one: wirewatch stories show ID")


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(line(name) for name in names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def hit_line(hit: Hit) -> str:
    """Return an article that was found on one line, its fields separated by tabs."""
    return "\t".join((
        moment(hit.published),
        hit.level,
        line(hit.outlet),
        hit.country or "-",
        hit.language,
        ",".join(hit.stories) or "-",
        line(hit.title) or "-",
        link(hit.url) or "-",
    ))  # fmt: skip


def show_hits(hits: Sequence[Hit], console: Console) -> None:
    """Print articles that were found as a table."""
    table = Table(box=None, pad_edge=False)
    for name in ("published", "level", "lang", "story"):
        table.add_column(name, no_wrap=name != "story")
    table.add_column("article", overflow="fold")
    for hit in hits:
        about = Text(line(hit.title, LONGEST_TITLE), "bold")
        about.append(f"\n{line(hit.outlet)}{f' ({hit.country})' if hit.country else ''} {link(hit.url)}", "dim")
        stories = " ".join(story[:ID_DIGITS] for story in hit.stories)
        table.add_row(moment(hit.published), Text(hit.level, STYLES[hit.level]), hit.language, stories, about)
    console.print(table)
    console.print(f"{len(hits)} articles")


def detail_lines(detail: StoryDetail) -> Iterator[str]:
    """Yield a story in lines: what it is, its articles in the order of publication, actors, quotes, alerts."""
    story = detail.story
    yield line(story.title) or "(no title)"
    yield f"{story.watchlist} · {story.level} · {story.id}"
    yield f"opened {moment(story.opened)}, updated {moment(story.updated)} UTC"
    if story.themes:
        yield f"themes: {', '.join(line(theme) for theme in story.themes)}"
    yield ""
    yield f"{len(story.members)} articles, {story.copies} of them copies, from {len(story.outlets)} outlets"
    yield from (_member(one) for one in story.members)
    if detail.actors:
        yield ""
        yield "actors, by the articles that name them"
        yield from (
            f"  {one.articles}  {line(one.name)}{f' ({one.side})' if one.side else ''}" for one in detail.actors
        )
    if detail.quotes:
        yield ""
        yield "quotes"
        for quote in detail.quotes:
            yield f"  {line(quote.speaker or 'unnamed')} ({line(quote.outlet)}): {line(quote.text, LONGEST_QUOTE)}"
    if detail.alerts:
        yield ""
        yield "alerts"
        for alert in detail.alerts:
            problem = f", {line(alert.problem)}" if alert.problem else ""
            said = f"{line(alert.channel)}: {alert.kind} by rule {line(alert.rule)}, {alert.state}{problem}"
            yield f"  {moment(alert.created)}  {said}"


def _member(one: Member) -> str:
    place = f" ({one.country})" if one.country else ""
    said = line(one.title or "", LONGEST_TITLE)
    kind = "copy" if one.copy_of else one.level or "-"
    return f"  {moment(one.published)}  {kind:8} {line(one.outlet)}{place}: {said} {link(one.url or '')}".rstrip()
