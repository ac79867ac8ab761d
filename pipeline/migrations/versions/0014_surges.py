"""Add what is counted by the hour."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "surge_counts",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("counted", sa.String(length=8), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("surged_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("watchlist", "scope", "subject", "counted", "hour", name=op.f("pk_surge_counts")),
    )
    op.create_index(op.f("ix_surge_counts_watchlist_hour"), "surge_counts", ["watchlist", "hour"])
    op.create_index(op.f("ix_surge_counts_hour"), "surge_counts", ["hour"])
    op.create_table(
        "surge_seen",
        sa.Column("event", sa.String(length=36), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_surge_seen")),
    )
    op.create_index(op.f("ix_surge_seen_hour"), "surge_seen", ["hour"])


def downgrade() -> None:
    """Take the revision back."""
    op.drop_table("surge_seen")
    op.drop_table("surge_counts")
