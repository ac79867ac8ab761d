"""Create the tables of feeds, stories, archive and alerts."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("story", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt", UtcDateTime(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("sent", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_alerts_channel_state_created"), ["channel", "state", "created"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_alerts_watchlist_story"), ["watchlist", "story"], unique=False)

    op.create_table(
        "articles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("feed_url", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_source", sa.String(length=16), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("published", UtcDateTime(), nullable=False),
        sa.Column("published_basis", sa.String(length=16), nullable=False),
        sa.Column("modified", UtcDateTime(), nullable=True),
        sa.Column("discovered", UtcDateTime(), nullable=False),
        sa.Column("fetched", UtcDateTime(), nullable=True),
        sa.Column("paywalled", sa.Boolean(), nullable=False),
        sa.Column("stored", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_articles_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_published"), ["published"], unique=False)

    op.create_table(
        "entries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("feed_url", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("seen", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_feed_url_guid"), ["feed_url", "guid"], unique=False)

    op.create_table(
        "feeds",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("interval", sa.Float(), nullable=False),
        sa.Column("next_poll", UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Float(), nullable=False),
        sa.Column("polled", UtcDateTime(), nullable=True),
        sa.Column("succeeded", UtcDateTime(), nullable=True),
        sa.Column("last_new_entry", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(length=32), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_polls", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_feeds")),
    )
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feeds_state_next_poll"), ["state", "next_poll"], unique=False)

    op.create_table(
        "stories",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("opened", UtcDateTime(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stories_watchlist_updated"), ["watchlist", "updated"], unique=False)

    op.create_table(
        "story_bands",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("band", sa.String(length=24), nullable=False),
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("watchlist", "band", "article", name=op.f("pk_story_bands")),
    )
    op.create_table(
        "story_index",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("story", sa.String(length=36), nullable=False),
        sa.Column("copy_of", sa.String(length=36), nullable=True),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("published", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("watchlist", "article", name=op.f("pk_story_index")),
    )
    with op.batch_alter_table("story_index", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_index_watchlist_story"), ["watchlist", "story"], unique=False)

    op.create_table(
        "mentions",
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_mentions_article_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article", "watchlist", "actor", name=op.f("pk_mentions")),
    )
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mentions_watchlist_actor"), ["watchlist", "actor"], unique=False)

    op.create_table(
        "story_articles",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("story", sa.String(length=36), nullable=False),
        sa.Column("copy_of", sa.String(length=36), nullable=True),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("published", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name=op.f("fk_story_articles_story_stories"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("watchlist", "article", name=op.f("pk_story_articles")),
    )
    with op.batch_alter_table("story_articles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_articles_story"), ["story"], unique=False)

    op.create_table(
        "taggings",
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("watchlist_version", sa.String(length=64), nullable=False),
        sa.Column("relevance", sa.Float(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("quotes", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("score", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_taggings_article_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article", "watchlist", name=op.f("pk_taggings")),
    )
    with op.batch_alter_table("taggings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_taggings_watchlist_level"), ["watchlist", "level"], unique=False)


def downgrade() -> None:
    """Take the revision back."""
    with op.batch_alter_table("taggings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_taggings_watchlist_level"))

    op.drop_table("taggings")
    with op.batch_alter_table("story_articles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_articles_story"))

    op.drop_table("story_articles")
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentions_watchlist_actor"))

    op.drop_table("mentions")
    with op.batch_alter_table("story_index", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_index_watchlist_story"))

    op.drop_table("story_index")
    op.drop_table("story_bands")
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stories_watchlist_updated"))

    op.drop_table("stories")
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feeds_state_next_poll"))

    op.drop_table("feeds")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entries_feed_url_guid"))

    op.drop_table("entries")
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_articles_published"))
        batch_op.drop_index(batch_op.f("ix_articles_entry_id"))

    op.drop_table("articles")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alerts_watchlist_story"))
        batch_op.drop_index(batch_op.f("ix_alerts_channel_state_created"))

    op.drop_table("alerts")
