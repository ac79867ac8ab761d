"""Keep the picture of an article, and what the pages of each outlet have."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("articles", sa.Column("image", sa.Text(), nullable=True))
    op.create_table(
        "outlet_health",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("history", sa.JSON(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("ailing", sa.Integer(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", name=op.f("pk_outlet_health")),
    )


def downgrade() -> None:
    """Undo the revision."""
    op.drop_table("outlet_health")
    with op.batch_alter_table("articles") as batch_op:
        batch_op.drop_column("image")
