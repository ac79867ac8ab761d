"""Add how sure the time of an article's publication is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("published_certainty", sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Take the revision back."""
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_column("published_certainty")
