"""Add the ids of articles whose page names another address than their entry."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "article_ids",
        sa.Column("entry", sa.String(length=36), nullable=False),
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_article_ids")),
    )


def downgrade() -> None:
    """Take the revision back."""
    op.drop_table("article_ids")
