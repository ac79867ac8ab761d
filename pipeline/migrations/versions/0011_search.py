"""Add the terms that articles are found by, those of the articles that are stored included."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime
from pipeline.terms import mark, terms
from pipeline.terms_type import FTS5, FTS5_DROP, Terms

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BATCH = 500
"""Articles held in memory at once."""


ARTICLES = sa.table(
    "articles",
    *(sa.column(name) for name in ("id", "title", "text", "language", "country", "outlet")),
    sa.column("published", UtcDateTime),
)
TAGGINGS = sa.table(
    "taggings", sa.column("article"), sa.column("watchlist"), sa.column("level"), sa.column("themes", sa.JSON)
)
MENTIONS = sa.table("mentions", sa.column("article"), sa.column("actor"))
TARGET = sa.table("article_terms", sa.column("article"), sa.column("published", UtcDateTime), sa.column("terms", Terms))


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "article_terms",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article", sa.String(length=36), nullable=False),
        sa.Column("published", UtcDateTime(), nullable=False),
        sa.Column("terms", Terms(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_article_terms_article_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_article_terms")),
        sa.UniqueConstraint("article", name=op.f("uq_article_terms_article")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in FTS5:
            op.execute(statement)
    _fill(op.get_bind())
    # Made when the rows are there: to build an index takes less time than to keep one.
    op.create_index(op.f("ix_article_terms_published"), "article_terms", ["published"])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_article_terms_terms", "article_terms", ["terms"], postgresql_using="gin")


def downgrade() -> None:
    """Take the revision back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(FTS5_DROP)
    op.drop_table("article_terms")


def _fill(connection: sa.Connection) -> None:
    last = ""
    query = sa.select(ARTICLES).order_by(ARTICLES.c.id).limit(BATCH)
    while rows := connection.execute(query.where(ARTICLES.c.id > last)).all():
        connection.execute(TARGET.insert(), [_row(connection, row) for row in rows])
        last = rows[-1].id


def _row(connection: sa.Connection, row: Any) -> dict[str, Any]:
    marks = {mark("language", row.language), mark("outlet", row.outlet)}
    marks |= {mark("country", row.country)} if row.country else set()
    for found in connection.execute(sa.select(TAGGINGS).where(TAGGINGS.c.article == row.id)):
        marks |= {mark("level", found.level), mark("level", f"{found.watchlist}/{found.level}")}
        marks |= {mark("theme", theme) for theme in found.themes}
    for actor in connection.execute(sa.select(MENTIONS.c.actor).where(MENTIONS.c.article == row.id)).scalars():
        marks.add(mark("actor", actor))
    return {"article": row.id, "published": row.published, "terms": (*terms(row.title, row.text), *sorted(marks))}
