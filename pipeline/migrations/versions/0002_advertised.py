"""Add what a feed asks for and when its body was last read."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("body_read", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("advertised", sa.Float(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("skipped", sa.String(length=42), nullable=True))
    op.execute("UPDATE feeds SET body_read = succeeded")


def downgrade() -> None:
    """Take the revision back."""
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.drop_column("skipped")
        batch_op.drop_column("advertised")
        batch_op.drop_column("body_read")
