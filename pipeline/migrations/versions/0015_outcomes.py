"""Add how messages ended that were not passed on."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "outcomes",
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=36), nullable=False),
        sa.Column("entry", sa.String(length=36), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("feed_url", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("stage", "message", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcomes_entry"), ["entry"], unique=False)
        batch_op.create_index(batch_op.f("ix_outcomes_at"), ["at"], unique=False)


def downgrade() -> None:
    """Take the revision back."""
    op.drop_table("outcomes")
