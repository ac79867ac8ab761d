"""The documents that travel: Entry, Article, TaggedArticle, StoryEvent, Surge and Alert."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Level = Literal["direct", "passing", "none"]
TextSource = Literal["page", "amp", "feed-content", "feed-summary"]
TimeBasis = Literal["json-ld", "meta", "page", "feed", "discovered"]
TimeCertainty = Literal["exact", "country-zone", "no-zone", "date-only", "guessed", "implausible"]
StoryEventKind = Literal["opened", "updated", "closed"]
ChangeKind = Literal["actor", "number", "denial", "confirmation", "other-side", "correction"]
SurgeScope = Literal["watchlist", "actor", "theme"]
AlertKind = Literal["story", "update", "surge", "digest", "notice", "test"]

LEVELS: tuple[Level, ...] = ("none", "passing", "direct")


def url_id(url: str) -> str:
    """Return the id of the document at a canonical URL: its uuid5 in the URL namespace (RFC 9562)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, url))


class Part(BaseModel):
    """A frozen value inside a message; unknown fields are accepted and dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Part):
    """A frozen, versioned document; `schema_name` is its kind and major version on the wire."""

    schema_name: ClassVar[str]
    id: str

    @property
    def event_time(self) -> datetime:
        """Return when the event happened, as far as it is known, in UTC."""
        raise TypeError(f"{type(self).__name__} names no event time")


class Outlet(Part):
    """Who publishes: name, ISO 3166-1 alpha-2 country, and kind of ownership, as the catalogue states them."""

    name: str
    country: str | None = None
    kind: str | None = None


class Entry(Message):
    """One item of a feed, new to us or edited: where the article is and what the feed itself says of it."""

    schema_name = "entry/1"
    revision: int = Field(default=0, ge=0, description="how often the item was edited since it was first published")
    url: str
    domain: str = Field(description="registered domain of the article's host, the unit of politeness")
    feed_url: str
    outlet: Outlet
    guid: str | None = None
    title: str = ""
    summary: str = Field(default="", description="HTML as the feed gives it")
    content: str = Field(default="", description="HTML of the whole article where the feed carries it")
    authors: tuple[str, ...] = ()
    language: str | None = Field(default=None, description="as declared by the feed or the catalogue")
    published: AwareDatetime | None = None
    published_certainty: TimeCertainty | None = Field(default=None, description="how sure the feed's own time is")
    discovered: AwareDatetime

    @property
    def event_time(self) -> datetime:
        """Return the published time, or when it was discovered."""
        return self.published or self.discovered


class Article(Message):
    """The clean text of an article and what is known about it."""

    schema_name = "article/1"
    revision: int = Field(default=0, ge=0, description="that of the entry; a newer one takes the place of an older")
    url: str = Field(description="canonical URL")
    entry_id: str
    feed_url: str
    outlet: Outlet
    title: str
    text: str
    text_source: TextSource
    authors: tuple[str, ...] = ()
    section: str | None = None
    image: str | None = Field(default=None, description="address of the picture that the page names for the article")
    language: str | None = Field(default=None, description="as declared by page or feed; the tagger decides")
    published: AwareDatetime
    published_basis: TimeBasis
    published_certainty: TimeCertainty | None = Field(
        default=None, description="how sure the time is, if it was stated"
    )
    modified: AwareDatetime | None = None
    discovered: AwareDatetime
    fetched: AwareDatetime | None = None
    paywalled: bool = False

    @property
    def event_time(self) -> datetime:
        """Return the published time."""
        return self.published


class Mention(Part):
    """Where an actor is named: `start` and `end` are Python string indices into the field."""

    field: Literal["title", "text"]
    start: int
    end: int
    text: str


class Actor(Part):
    """An actor of the watchlist, found in an article `count` times; of very many, the first mentions are listed."""

    id: str
    name: str
    kind: str
    side: str | None = None
    count: int
    mentions: tuple[Mention, ...]


class Quote(Part):
    """Somebody's words in the text, with the speaker as written and, where known, as an actor."""

    speaker: str | None = None
    speaker_id: str | None = None
    text: str
    start: int
    end: int


class Evidence(Part):
    """A sentence that carried the score, with the reasons it gave."""

    field: Literal["title", "text"]
    start: int
    end: int
    text: str
    reasons: tuple[str, ...]


class ActorCandidate(Part):
    """Somebody whom an article names and the watchlist does not: by the title before the name, or by a model."""

    name: str
    kind: Literal["person", "organisation"]
    title: str | None = Field(default=None, description="as it stands before the name")
    basis: Literal["pattern", "model"]
    count: int = Field(description="how often the article has the name in full")
    mention: Mention


class Tagging(Part):
    """What one watchlist found in one article; `score` maps each reason to its contribution."""

    watchlist: str
    watchlist_version: str = Field(description="hash of the compiled watchlist that judged")
    relevance: float = Field(ge=0, le=1)
    level: Level
    themes: tuple[str, ...] = ()
    actors: tuple[Actor, ...] = ()
    quotes: tuple[Quote, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    score: dict[str, float] = Field(default_factory=dict)
    candidates: tuple[ActorCandidate, ...] = Field(default=(), description="looked for where the level is not none")


class TaggedArticle(Message):
    """An article with the language it is in and one tagging for each watchlist."""

    schema_name = "tagged-article/1"
    article: Article
    language: str
    taggings: tuple[Tagging, ...]

    @property
    def event_time(self) -> datetime:
        """Return the article's published time."""
        return self.article.published


class Change(Part):
    """What an article adds to its story that changes it: the kind, and the actor, the number or the words."""

    kind: ChangeKind
    detail: str = ""


class StoryEvent(Message):
    """A story opened, was updated or closed; `article` is the one that did so, or the last before it closed.

    `copy_of` names the article whose text it repeats; `changes` is empty unless the story is materially changed.
    """

    schema_name = "story-event/1"
    kind: StoryEventKind
    story: str
    watchlist: str
    article: Article
    language: str
    tagging: Tagging
    copy_of: str | None = None
    outlets: tuple[str, ...] = Field(default=(), description="outlets that carry the story, first to report first")
    sources: int = Field(default=1, ge=1, description="outlets that report it in words of their own")
    changes: tuple[Change, ...] = ()

    @property
    def event_time(self) -> datetime:
        """Return the article's published time."""
        return self.article.published


class Surge(Message):
    """More stories or articles on a subject in an hour than its own past lets expect."""

    schema_name = "surge/1"
    watchlist: str
    scope: SurgeScope
    subject: str = Field(description="id of the watchlist, actor or theme")
    name: str = Field(description="the subject in words")
    counted: Literal["stories", "articles"]
    hour: AwareDatetime = Field(description="start of the hour")
    count: int
    expected: float = Field(description="median of the same hour over the baseline")
    deviations: float = Field(description="robust standard deviations above what was expected")
    title: str = Field(default="", description="of the latest article that was counted")
    url: str = ""

    @property
    def event_time(self) -> datetime:
        """Return the start of the hour."""
        return self.hour


class DigestLine(Part):
    """One of the alerts that a digest tells together."""

    alert: str = Field(description="id of the alert that the line stands for")
    kind: AlertKind
    watchlist: str
    story: str
    title: str
    url: str
    outlet: Outlet
    language: str
    level: Level
    relevance: float
    published: AwareDatetime
    changes: tuple[Change, ...] = ()


class Alert(Message):
    """What a channel is told; `id` is the idempotency key and never changes for rule, story, kind and channel.

    An alert of kind surge has the `surge`, one of kind digest the `lines`; both have an outlet that stands for this
    program, and a digest has no `url`. One of kind notice asks whoever runs the pipeline to look at something; its
    evidence is what to look at. One of kind test tells of nothing: a person tries the channel.
    """

    schema_name = "alert/1"
    rule: str = Field(default="default", description="id of the rule that asks for it")
    kind: AlertKind = "story"
    channel: str
    watchlist: str
    story: str
    title: str
    url: str
    outlet: Outlet
    language: str
    level: Level
    relevance: float
    published: AwareDatetime
    discovered: AwareDatetime
    created: AwareDatetime
    themes: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    mentions: tuple[Mention, ...] = Field(default=(), description="where the evidence names actors")
    quotes: tuple[Quote, ...] = ()
    outlets: tuple[str, ...] = Field(default=(), description="outlets that carry the story, first to report first")
    sources: int = Field(default=1, ge=1, description="outlets that report it in words of their own")
    changes: tuple[Change, ...] = Field(default=(), description="what the article adds to a known story")
    surge: Surge | None = None
    lines: tuple[DigestLine, ...] = Field(default=(), description="of a digest, the oldest first")
    omitted: int = Field(default=0, ge=0, description="alerts of a digest beyond its lines")
    trace: str = Field(default="", description="W3C trace id of the article that it is about")

    @property
    def event_time(self) -> datetime:
        """Return when the alert was created."""
        return self.created


MESSAGES: tuple[type[Message], ...] = (Entry, Article, TaggedArticle, StoryEvent, Surge, Alert)

T = TypeVar("T", bound=Message)


@dataclass(frozen=True, slots=True)
class Envelope(Generic[T]):
    """A message on its way: key, body, W3C trace context and how often it was tried."""

    key: str
    body: T
    trace: str
    attempt: int = 0

    @property
    def id(self) -> str:
        """Return the id of the message inside."""
        return self.body.id

    @property
    def event_time(self) -> datetime:
        """Return the event time of the message inside."""
        return self.body.event_time
