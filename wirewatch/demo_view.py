"""What the demonstration shows: the numbers of each stage, and whether the alerts were right."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.database import reading
from pipeline.tables import alerts, articles
from sinks.page import QUEUED
from wirewatch.site import SampleArticle, SampleSite
from wirewatch.wiring import Wiring

TERMINAL = "terminal"


@dataclass(frozen=True)
class Row:
    """One stage at one moment: how many messages it passed on, and what they were."""

    stage: str
    passed: int
    detail: str


@dataclass(frozen=True)
class Snapshot:
    """All stages at one moment, `seconds` after the pipeline's start; `first_alert` in the same seconds."""

    seconds: float
    published: int
    rows: tuple[Row, ...]
    first_alert: float | None


@dataclass(frozen=True)
class Verdict:
    """The stories that were to be alerted of beside those that were, by the sample site's labels."""

    expected: frozenset[str]
    alerted: Counter[str]
    unstored: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """Return the stories without an alert."""
        return sorted(self.expected - self.alerted.keys())

    @property
    def repeated(self) -> list[str]:
        """Return the stories with more than one alert."""
        return sorted(story for story, count in self.alerted.items() if count > 1)

    @property
    def right(self) -> bool:
        """Return whether every story has its one alert, nothing else has any, and every article is stored."""
        return not (self.missing or self.repeated or self.wrong or self.unstored)


class Progress:
    """Reads how far the pipeline is with the sample site."""

    def __init__(self, wiring: Wiring, site: SampleSite, began: float) -> None:
        self._wiring = wiring
        self._site = site
        self._began = began
        self._first_alert: float | None = None

    def snapshot(self) -> Snapshot:
        """Return the numbers as they are now."""
        count = self._count
        seconds = time.monotonic() - self._began
        sent = count("alerts_total", channel=TERMINAL, result="sent")
        if sent and self._first_alert is None:
            self._first_alert = seconds
        sources = ("page", "amp", "feed-content", "feed-summary")
        texts = {source: count("extractions_total", text_source=source) for source in sources}
        levels = {level: count("articles_total", level=level) for level in ("direct", "passing", "none")}
        events = {kind: count("story_events_total", kind=kind) for kind in ("opened", "updated")}
        rows = (
            self._row("poller", f"{count('feed_polls_total')} polls of {len(self._site.outlets)} feeds"),
            self._row("fetcher", _listed(texts)),
            self._row("tagger", _listed(levels)),
            self._row("stories", _listed(events)),
            self._row("store", "articles and story events"),
            Row("alerts", sent, f"{count('alerts_pending')} pending"),
        )
        return Snapshot(seconds, len(self._site.published()), rows, self._first_alert)

    def _row(self, stage: str, detail: str) -> Row:
        return Row(stage, self._count("stage_messages_total", stage=stage, result="passed"), detail)

    def _count(self, name: str, **labels: str) -> int:
        return int(self._wiring.telemetry.total(name, **labels))

    def complete(self) -> bool:
        """Return whether all of the site has come through every stage."""
        return self._site.finished and not self._unstored() and not self._behind() and not self._pending()

    def _behind(self) -> bool:
        readers = {
            "fetcher": ["news.entries"],
            "tagger": ["news.articles"],
            "stories": ["news.tagged"],
            "store": ["news.tagged", "news.stories"],
            "alerts": ["news.stories", "news.surges"],
        }
        return any(self._wiring.broker.backlog(stage, topics) for stage, topics in readers.items())

    def _pending(self) -> bool:
        query = sa.select(sa.func.count()).where(alerts.c.state.in_(QUEUED))
        with reading(self._wiring.engine) as connection:
            return bool(connection.execute(query).scalar_one())

    def _unstored(self) -> tuple[str, ...]:
        with reading(self._wiring.engine) as connection:
            stored = set(connection.execute(sa.select(articles.c.url)).scalars())
        return tuple(article.id for article in self._site.articles if article.url not in stored)

    def verdict(self) -> Verdict:
        """Return what was alerted of beside what should have been."""
        by_url = {article.url: article for article in self._site.articles}
        with reading(self._wiring.engine) as connection:
            query = sa.select(alerts.c.body).where(alerts.c.channel == TERMINAL, alerts.c.state == "sent")
            told = [by_url.get(body["url"], body["url"]) for body in connection.execute(query).scalars()]
        right = [story for article in told if (story := _direct_story(article))]
        wrong = [
            article if isinstance(article, str) else article.title for article in told if not _direct_story(article)
        ]
        expected = frozenset(story for article in self._site.articles if (story := _direct_story(article)))
        return Verdict(expected, Counter(right), self._unstored(), tuple(wrong))


def _direct_story(article: SampleArticle | str) -> str | None:
    return article.story if isinstance(article, SampleArticle) and article.level == "direct" else None


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def render(snapshot: Snapshot) -> Table:
    """Return the stages as a table, for a terminal."""
    title = f"{snapshot.seconds:.0f} s, {snapshot.published} articles published"
    table = Table(title=title, title_justify="left", expand=False)
    table.add_column("stage", style="bold")
    table.add_column("messages", justify="right")
    table.add_column("of which")
    for row in snapshot.rows:
        table.add_row(row.stage, str(row.passed), row.detail)
    return table


def plain(snapshot: Snapshot) -> Text:
    """Return the stages as one line, for what is no terminal."""
    stages = "  ".join(f"{row.stage} {row.passed}" for row in snapshot.rows)
    return Text(f"{snapshot.seconds:5.1f} s  published {snapshot.published}  {stages}")


def summary(snapshot: Snapshot, verdict: Verdict, console: Console) -> RenderableType:
    """Return what happened at each stage, and whether it was right."""
    lines = [_judgement(verdict)]
    lines += [f"  no alert: {story}" for story in verdict.missing]
    lines += [f"  more than one alert: {story}" for story in verdict.repeated]
    lines += [f"  not to be alerted of: {title}" for title in verdict.wrong]
    lines += [f"  not stored: {article}" for article in verdict.unstored]
    if snapshot.first_alert is not None:
        lines.append(f"First alert {snapshot.first_alert:.1f} s after the pipeline's start.")
    text = Text("\n".join(lines), style="bold green" if verdict.right else "bold red")
    if console.is_terminal:
        return Group(render(snapshot), text)
    rows = (f"{row.stage}: {row.passed} messages; {row.detail}" for row in snapshot.rows)
    return Text("\n".join([*rows, text.plain]))


def _judgement(verdict: Verdict) -> str:
    told, due = len(verdict.alerted), len(verdict.expected)
    if verdict.right:
        return f"{told} stories alerted of, the {due} expected and no other; every article is stored."
    return f"{told} of {due} stories alerted of as expected."
