"""Add what the stories of one happening are found by, and how each stands."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("story_index", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slots", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("profile", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("changes", sa.JSON(), nullable=True))
    # Bands of deleted or replaced articles are looked for by article.
    with op.batch_alter_table("story_bands", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_story_bands_watchlist_article"), ["watchlist", "article"])
    op.create_table(
        "story_keys",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("published", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("watchlist", "key", "article", name=op.f("pk_story_keys")),
    )
    op.create_index(op.f("ix_story_keys_watchlist_key_published"), "story_keys", ["watchlist", "key", "published"])
    op.create_index(op.f("ix_story_keys_watchlist_article"), "story_keys", ["watchlist", "article"])
    op.create_table(
        "story_terms",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("watchlist", "term", name=op.f("pk_story_terms")),
    )
    op.create_table(
        "story_states",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("story", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened", UtcDateTime(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.Column("outlets", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("known", sa.JSON(), nullable=False),
        sa.Column("last_event", sa.JSON(), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("watchlist", "story", name=op.f("pk_story_states")),
    )
    op.create_index(op.f("ix_story_states_watchlist_state_updated"), "story_states", ["watchlist", "state", "updated"])
    op.create_index(op.f("ix_story_states_watchlist_closed_by"), "story_states", ["watchlist", "closed_by"])


def downgrade() -> None:
    """Take the revision back."""
    for table in ("story_states", "story_terms", "story_keys"):
        op.drop_table(table)
    with op.batch_alter_table("story_bands", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_story_bands_watchlist_article"))
    with op.batch_alter_table("story_index", schema=None) as batch_op:
        batch_op.drop_column("changes")
        batch_op.drop_column("profile")
        batch_op.drop_column("slots")
