"""Add who is named in articles and is on no watchlist."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "actor_candidates",
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_actor_candidates_article_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article", "watchlist", "key", name=op.f("pk_actor_candidates")),
    )
    with op.batch_alter_table("actor_candidates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_actor_candidates_watchlist_key"), ["watchlist", "key"], unique=False)


def downgrade() -> None:
    """Take the revision back."""
    op.drop_table("actor_candidates")
