"""Every table in one list; the migrations beside this file build them, nothing else does."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from pipeline.columns import UtcDateTime
from pipeline.terms_type import Terms, index_in_sqlite

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# ingest: the state of each feed, and every entry ever seen

feeds = Table(
    "feeds",
    metadata,
    Column("url", Text, primary_key=True),
    Column("outlet", Text, nullable=False),
    Column("country", String(2)),
    Column("language", String(16)),
    Column("kind", String(32)),
    Column("state", String(16), nullable=False),  # active, failing, retired, disabled, removed
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", String(64)),
    Column("interval", Float, nullable=False),  # seconds
    Column("next_poll", UtcDateTime, nullable=False),
    Column("failures", Float, nullable=False, default=0.0),
    Column("polled", UtcDateTime),
    Column("succeeded", UtcDateTime),
    Column("body_read", UtcDateTime),
    Column("advertised", Float, nullable=False, default=0.0, server_default="0"),  # seconds its body asks for
    Column("skipped", String(42)),  # hours of the week in which it asks not to be polled, as bits in hex
    Column("revisit", UtcDateTime),  # when a revision that was held back may be published
    Column("last_new_entry", UtcDateTime),
    Column("result", String(32)),
    Column("problem", Text),
    Column("moved_to", Text),
    Column("moved_polls", Integer, nullable=False, default=0),
    Column("origin", String(16), nullable=False, server_default="catalogue"),  # or command: kept by every sync
    Column("about", JSON),  # what the catalogue says besides: owner, note, html_url, format, doubtful
    Column("sitemaps", JSON),  # of an index: those followed, by address, with their validators and hashes
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Index(None, "state", "next_poll"),
    Index(None, "lease_until"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("feed_url", Text, nullable=False),
    Column("guid", Text),
    Column("url", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("seen", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False, default=0, server_default="0"),
    Column("revised", UtcDateTime),
    Index(None, "feed_url", "guid"),
    Index(None, "seen"),
)

# ingest: the articles whose page named another address than their entry, by entry

article_ids = Table(
    "article_ids",
    metadata,
    Column("entry", String(36), primary_key=True),
    Column("article", String(36), nullable=False),
)

# ingest: what the pages of each outlet used to have, and lack of late

outlet_health = Table(
    "outlet_health",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("articles", Integer, nullable=False),
    Column("history", JSON, nullable=False),
    Column("recent", JSON, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("since", UtcDateTime),
    Column("ailing", Integer, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
)

# processors: where the story of an article is looked up

story_index = Table(
    "story_index",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("article", String(36), primary_key=True),
    Column("story", String(36), nullable=False),
    Column("copy_of", String(36)),
    Column("outlet", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("published", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False, default=0, server_default="0"),
    Column("slots", LargeBinary),  # its numbers, by the words around them
    Column("profile", JSON),  # language and weighted terms; none in rows of before there were events
    Column("changes", JSON),
    Index(None, "watchlist", "story"),
)

story_bands = Table(
    "story_bands",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("band", String(24), primary_key=True),
    Column("article", String(36), primary_key=True),
    Index(None, "watchlist", "article"),
)

story_keys = Table(
    "story_keys",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("key", Text, primary_key=True),  # a rare term of the article, or a place with a concept
    Column("article", String(36), primary_key=True),
    Column("published", UtcDateTime, nullable=False),
    Index(None, "watchlist", "key", "published"),
    Index(None, "watchlist", "article"),
)

story_terms = Table(
    "story_terms",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("term", Text, primary_key=True),  # the empty one is that of every article
    Column("articles", Integer, nullable=False),
)

story_states = Table(
    "story_states",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("story", String(36), primary_key=True),
    Column("state", String(8), nullable=False),  # open, closed
    Column("opened", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Column("outlets", JSON, nullable=False),  # when each first reported it
    Column("sources", JSON, nullable=False),  # likewise, of those with words of their own
    Column("members", JSON, nullable=False),  # the articles that stand for it
    Column("known", JSON, nullable=False),  # what was told: actors, numbers, stances, sides
    Column("last_event", JSON),
    Column("closed_by", String(36)),  # the article whose coming showed that it had ended
    Index(None, "watchlist", "state", "updated"),
    Index(None, "watchlist", "closed_by"),
)

# processors: what is counted by the hour, and the events that were counted

surge_counts = Table(
    "surge_counts",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("scope", String(16), primary_key=True),  # watchlist, actor, theme
    Column("subject", Text, primary_key=True),
    Column("counted", String(8), primary_key=True),  # articles, stories
    Column("hour", UtcDateTime, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("surged_by", String(36)),  # the event whose coming made it a surge
    Index(None, "watchlist", "hour"),
    Index(None, "hour"),
)

surge_seen = Table(
    "surge_seen",
    metadata,
    Column("event", String(36), primary_key=True),
    Column("hour", UtcDateTime, nullable=False),
    Index(None, "hour"),
)

# sinks: the archive

articles = Table(
    "articles",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("revision", Integer, nullable=False, default=0, server_default="0"),
    Column("url", Text, nullable=False),
    Column("entry_id", String(36), nullable=False),
    Column("feed_url", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("country", String(2)),
    Column("kind", String(32)),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_source", String(16), nullable=False),
    Column("authors", JSON, nullable=False),
    Column("section", Text),
    Column("image", Text),
    Column("language", String(16), nullable=False),
    Column("published", UtcDateTime, nullable=False),
    Column("published_basis", String(16), nullable=False),
    Column("published_certainty", String(16)),
    Column("modified", UtcDateTime),
    Column("discovered", UtcDateTime, nullable=False),
    Column("fetched", UtcDateTime),
    Column("paywalled", Boolean, nullable=False),
    Column("stored", UtcDateTime, nullable=False),
    Index(None, "published"),
    Index(None, "entry_id"),
)

taggings = Table(
    "taggings",
    metadata,
    Column("article", String(36), ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("watchlist", Text, primary_key=True),
    Column("watchlist_version", String(64), nullable=False),
    Column("relevance", Float, nullable=False),
    Column("level", String(8), nullable=False),
    Column("themes", JSON, nullable=False),
    Column("quotes", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("score", JSON, nullable=False),
    Index(None, "watchlist", "level"),
)

mentions = Table(
    "mentions",
    metadata,
    Column("article", String(36), ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("watchlist", Text, primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("side", Text),
    Column("count", Integer, nullable=False),
    Column("places", JSON, nullable=False),
    Index(None, "watchlist", "actor"),
)

actor_candidates = Table(
    "actor_candidates",
    metadata,
    Column("article", String(36), ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("watchlist", Text, primary_key=True),
    Column("key", Text, primary_key=True),  # the name in small letters
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", Text),
    Column("basis", String(8), nullable=False),
    Column("count", Integer, nullable=False),
    Index(None, "watchlist", "key"),
)

article_terms = Table(
    "article_terms",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("article", String(36), ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("published", UtcDateTime, nullable=False),
    Column("terms", Terms, nullable=False),
    Index(None, "published"),
    Index("ix_article_terms_terms", "terms", postgresql_using="gin").ddl_if(dialect="postgresql"),
)
index_in_sqlite(article_terms)

stories = Table(
    "stories",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("watchlist", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("level", String(8), nullable=False),
    Column("opened", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Index(None, "watchlist", "updated"),
)

story_articles = Table(
    "story_articles",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("article", String(36), primary_key=True),
    Column("story", String(36), ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("copy_of", String(36)),
    Column("outlet", Text, nullable=False),
    Column("published", UtcDateTime, nullable=False),
    Index(None, "story"),
)

# wirewatch label: what a person says of an article; no key to articles, since a judgement outlives what is stored

labels = Table(
    "labels",
    metadata,
    Column("watchlist", Text, primary_key=True),
    Column("article", String(36), primary_key=True),
    Column("level", String(8), nullable=False),
    Column("themes", JSON, nullable=False),
    Column("judged", UtcDateTime, nullable=False),
)

# the runner: what ended otherwise than by being passed on, by stage and message

outcomes = Table(
    "outcomes",
    metadata,
    Column("stage", String(32), primary_key=True),
    Column("message", String(36), primary_key=True),
    Column("entry", String(36), nullable=False),
    Column("url", Text, nullable=False),
    Column("feed_url", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("outcome", String(16), nullable=False),  # dropped, retried, quarantined
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "entry"),
    Index(None, "at"),
)

# sinks: the alert ledger, one row per rule, story, kind and channel; an update is one of an article

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("rule", Text, nullable=False, server_default="default"),
    Column("watchlist", Text, nullable=False),
    Column("story", String(36), nullable=False),
    Column("kind", String(8), nullable=False, server_default="story"),  # story, update, surge, digest
    Column("event", Text),  # the story event or surge that it tells of
    Column("channel", Text, nullable=False),
    # pending, failed (will be tried again), held (for or by a digest), snoozed, sent, dead, acknowledged
    Column("state", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt", UtcDateTime, nullable=False),
    Column("created", UtcDateTime, nullable=False),  # when it joined the queue of its channel
    Column("due", UtcDateTime),  # until then it is held or snoozed
    Column("digest", String(36)),  # id of the alert that tells it
    Column("sent", UtcDateTime),
    Column("problem", Text),  # why it is not told yet, or will never be
    Column("lease_until", UtcDateTime),
    Index(None, "channel", "state", "created"),
    Index(None, "watchlist", "story"),
    Index(None, "rule", "channel", "created"),
    Index(None, "due"),
    Index(None, "digest"),
)

# sinks: of what nobody wants to hear for a while

alert_snoozes = Table(
    "alert_snoozes",
    metadata,
    Column("scope", String(8), primary_key=True),  # rule, story
    Column("subject", Text, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)
