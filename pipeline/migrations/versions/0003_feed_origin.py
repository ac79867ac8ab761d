"""Keep where a feed came from, what its catalogue says of it, and the sitemaps that an index leads to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(length=16), server_default="catalogue", nullable=False))
        batch_op.add_column(sa.Column("about", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("sitemaps", sa.JSON(), nullable=True))
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_seen"), ["seen"], unique=False)


def downgrade() -> None:
    """Take the revision back."""
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entries_seen"))
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.drop_column("sitemaps")
        batch_op.drop_column("about")
        batch_op.drop_column("origin")
