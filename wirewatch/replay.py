"""A draft of a watchlist on articles of the archive, beside what the live one said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pipeline.messages import LEVELS, Level
from processors.marks import Marks
from processors.placing import place
from processors.story_index import Placed
from processors.story_memory import MemoryShelf
from processors.tagger import Tagger
from sinks.stored import StoredArticle
from wirewatch.agreement import Agreement, agreement

NONE: Level = "none"


@dataclass(frozen=True, slots=True)
class Judged:
    """An article with the level that draft and live watchlist give it; its text is not kept."""

    title: str
    outlet: str
    url: str
    published: datetime
    draft: Level
    live: Level


@dataclass
class ReplayedStory:
    """Articles with the same text, in the order of their publication."""

    articles: list[Judged] = field(default_factory=list)

    @property
    def draft(self) -> Level:
        """Return the level that the story reaches by the draft."""
        return max((one.draft for one in self.articles), key=LEVELS.index)

    @property
    def live(self) -> Level:
        """Return the level that the story reaches by the live watchlist."""
        return max((one.live for one in self.articles), key=LEVELS.index)

    @property
    def lead(self) -> Judged:
        """Return the article that shows what the story is: the first at the highest level by either."""
        return max(self.articles, key=lambda one: max(LEVELS.index(one.draft), LEVELS.index(one.live)))


@dataclass(frozen=True)
class Alerting:
    """How often one watchlist alerts: stories in all, stories a day, and the most on one day."""

    stories: int
    a_day: float
    busiest: tuple[date, int] | None


@dataclass(frozen=True)
class Comparison:
    """What a draft changes: stories that alert only by the draft, only by the live one, and other changes of level."""

    draft: Alerting
    live: Alerting
    appear: tuple[ReplayedStory, ...]
    disappear: tuple[ReplayedStory, ...]
    changed: tuple[ReplayedStory, ...]


@dataclass(frozen=True)
class Replay:
    """A draft on the archive: how many articles, how many of them without text or not judged by the live watchlist."""

    since: datetime
    min_level: Level
    articles: int
    without_text: int
    unjudged: int
    stories: Comparison
    draft_agreement: Agreement
    live_agreement: Agreement


def replay(
    articles: Iterable[StoredArticle],
    tagger: Tagger,
    labels: Mapping[str, Level],
    since: datetime,
    now: datetime,
    min_level: Level,
) -> Replay:
    """Return what the draft of `tagger` makes of articles in the order of their publication.

    Articles without text are left out. Copies are grouped into stories anew, for both watchlists alike; tellings of one
    event are not. A story alerts once, when the first of its articles reaches the level. `labels` are levels that a
    person gave, by article.
    """
    shelf = MemoryShelf()
    stories: dict[str, ReplayedStory] = {}
    counts: Counter[str] = Counter()
    labelled: list[tuple[Judged, Level]] = []
    begin = now
    for article in articles:
        counts["articles"] += 1
        if not article.text.strip():
            counts["without text"] += 1
            continue
        begin = min(begin, article.published)
        counts["unjudged"] += article.level is None
        judged = _judge(article, tagger)
        if article.id in labels:
            labelled.append((judged, labels[article.id]))
        if judged.draft != NONE or judged.live != NONE:
            placed = place(
                shelf, "", Placed(article.id, "", article.outlet, article.published, Marks.of_text(article.text))
            )
            stories.setdefault(placed.story, ReplayedStory()).articles.append(judged)
    days = max((now - max(begin, since)) / timedelta(days=1), 1.0)
    return Replay(
        since=since,
        min_level=min_level,
        articles=counts["articles"],
        without_text=counts["without text"],
        unjudged=counts["unjudged"],
        stories=_compared(list(stories.values()), LEVELS.index(min_level), days),
        draft_agreement=agreement([(judged.draft, label) for judged, label in labelled], min_level),
        live_agreement=agreement([(judged.live, label) for judged, label in labelled], min_level),
    )


def _compared(stories: Sequence[ReplayedStory], least: int, days: float) -> Comparison:
    told = [(one, LEVELS.index(one.draft) >= least, LEVELS.index(one.live) >= least) for one in stories]
    return Comparison(
        draft=_alerting([_day(one, least, live=False) for one, draft, _ in told if draft], days),
        live=_alerting([_day(one, least, live=True) for one, _, live in told if live], days),
        appear=tuple(one for one, draft, live in told if draft and not live),
        disappear=tuple(one for one, draft, live in told if live and not draft),
        changed=tuple(one for one, draft, live in told if draft == live and one.draft != one.live),
    )


def _judge(article: StoredArticle, tagger: Tagger) -> Judged:
    _, (tagging,) = tagger.tag(article.title, article.text, article.language, article.published.date())
    level = article.level or NONE
    return Judged(article.title, article.outlet, article.url, article.published, tagging.level, level)


def _day(story: ReplayedStory, least: int, *, live: bool) -> date:
    """Return the day on which a story alerts."""
    levels = ((one.live if live else one.draft, one.published) for one in story.articles)
    return next(published for level, published in levels if LEVELS.index(level) >= least).date()


def _alerting(days_of_alerts: Sequence[date], days: float) -> Alerting:
    busiest = Counter(sorted(days_of_alerts)).most_common(1)
    return Alerting(len(days_of_alerts), len(days_of_alerts) / days, busiest[0] if busiest else None)
