"""Add the revisions of entries and articles."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REVISED = ("entries", "articles", "story_index")


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revisit", UtcDateTime(), nullable=True))
    for table in REVISED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revised", UtcDateTime(), nullable=True))
    # Hashes of before say nothing of what is hashed now: an empty one is replaced, and makes no revision.
    op.execute("UPDATE entries SET content_hash = ''")


def downgrade() -> None:
    """Take the revision back."""
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_column("revised")
    for table in REVISED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("revision")
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.drop_column("revisit")
