"""Articles of the archive as the messages they came as, to be sent through the pipeline again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine, select

from pipeline.database import reading
from pipeline.messages import Article, Outlet
from pipeline.tables import articles
from sinks.stored import PAGE

OUTLET = ("outlet", "country", "kind")


def archived_articles(engine: Engine, since: datetime, until: datetime) -> Iterator[Article]:
    """Yield the articles published in that time whose text is kept, in the order of publication. Raises Retry."""
    query = (
        select(articles)
        .where(articles.c.published >= since, articles.c.published < until, articles.c.text != "")
        .order_by(articles.c.published, articles.c.id)
    )
    with reading(engine) as connection:
        for row in connection.execution_options(yield_per=PAGE).execute(query).mappings():
            said = {name: row[name] for name in Article.model_fields if name in row and name not in OUTLET}
            yield Article(outlet=Outlet(name=row["outlet"], country=row["country"], kind=row["kind"]), **said)
