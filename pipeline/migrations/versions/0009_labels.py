"""Add what a person says of articles."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "labels",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("judged", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("watchlist", "article", name=op.f("pk_labels")),
    )


def downgrade() -> None:
    """Take the revision back."""
    op.drop_table("labels")
