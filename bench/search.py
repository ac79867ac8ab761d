"""Milliseconds to find articles by words and filters among a million in PostgreSQL, with the plans.

The articles are made up: 60 words each of a vocabulary of 60,000 with Zipf's frequencies, as in news, with a language,
a country, an outlet, themes and actors as unevenly spread, over three years. They are shorter than news, so that a
million is loaded in minutes; a search reads the index, and the terms of those articles that it checks or shows.

A private server is started from the PostgreSQL programs on this machine, with its default settings, and is removed at
the end. A search is what `wirewatch stories search` asks for: the newest 20 articles, their levels and their stories.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine, text

from pipeline.database import migrate, open_engine
from pipeline.terms import mark, pairs
from pipeline.terms_type import tsvector
from sinks.search import Filter, hits, search
from tests.postgres import Cluster, programs

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 3 * 365
MOST = 20
CHUNK = 20_000
WATCHLIST, LEVEL = "w", "passing"
TERMS = "article_terms (article, published, terms)"
TAGGINGS = """INSERT INTO taggings
(article, watchlist, watchlist_version, relevance, level, themes, quotes, evidence, score)
SELECT id, :watchlist, '', 0.5, :level, '[]', '[]', '[]', '{}' FROM articles"""
VOCABULARY = 60_000
WORDS = 60
LANGUAGES = ("en", "id", "vi", "th", "ru", "ms", "tl", "zh", "km", "my", "lo", "pt")
COUNTRIES = ("ID", "VN", "TH", "RU", "MY", "PH", "SG", "KH", "MM", "LA", "BN", "TL")
THEMES = tuple(f"theme-{number}" for number in range(20))
ACTORS = tuple(f"actor-{number}" for number in range(750))
OUTLETS = tuple(f"Outlet {number}" for number in range(200))
CLUSTERS = tuple(chr(code) for code in range(0x4E00, 0x4E00 + 3000))
"""Characters of the articles in Chinese, with frequencies of the same law."""


def zipf(size: int) -> np.ndarray:
    """Return the shares of `size` things by Zipf's law."""
    shares = 1 / np.arange(1, size + 1)
    return shares / shares.sum()


class Newsroom:
    """Makes articles up, a chunk at a time."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def chunk(self, first: int, size: int, many: int) -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
        """Yield, for each article, its row of `articles` and its row of `article_terms`, oldest first."""
        draw = self._random
        words = draw.choice(VOCABULARY, (size, WORDS), p=zipf(VOCABULARY))
        signs = draw.choice(len(CLUSTERS), (size, WORDS), p=zipf(len(CLUSTERS)))
        languages = draw.choice(len(LANGUAGES), size, p=zipf(len(LANGUAGES)))
        countries = draw.choice(len(COUNTRIES), size, p=zipf(len(COUNTRIES)))
        outlets = draw.choice(len(OUTLETS), size, p=zipf(len(OUTLETS)))
        themes = draw.choice(len(THEMES), (size, 2), p=zipf(len(THEMES)))
        actors = draw.choice(len(ACTORS), (size, 3), p=zipf(len(ACTORS)))
        for row in range(size):
            article = str(uuid.UUID(int=first + row))
            language, country = LANGUAGES[languages[row]], COUNTRIES[countries[row]]
            published = NOW - timedelta(days=DAYS * (1 - (first + row) / many))
            if language == "zh":
                said = pairs([CLUSTERS[sign] for sign in signs[row]])
                title = "".join(CLUSTERS[sign] for sign in signs[row][:12])
            else:
                said = tuple(f"w{word}" for word in words[row])
                title = " ".join(said[:8])
            outlet = OUTLETS[outlets[row]]
            marks = {mark("language", language), mark("country", country), mark("outlet", outlet)}
            marks |= {mark("theme", THEMES[theme]) for theme in themes[row]}
            marks |= {mark("actor", ACTORS[actor]) for actor in actors[row]}
            marks |= {mark("level", LEVEL), mark("level", f"{WATCHLIST}/{LEVEL}")}
            told = published.isoformat()
            url = f"https://news.example/{first + row}"
            yield (
                (
                    article,
                    url,
                    article,
                    url,
                    outlet,
                    country,
                    title,
                    "",
                    "page",
                    "[]",
                    language,
                    told,
                    "meta",
                    told,
                    told,
                ),
                (article, told, tsvector((*said, *sorted(marks)))),
            )


COLUMNS = (
    *("id", "url", "entry_id", "feed_url", "outlet", "country", "title", "text", "text_source", "authors", "language"),
    *("published", "published_basis", "discovered", "stored"),
)


def load(engine: Engine, many: int) -> None:
    """Copy articles in; the index of terms is built when they are there, as by a migration."""
    newsroom = Newsroom(1)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE articles ALTER COLUMN paywalled SET DEFAULT false"))
        connection.execute(text("DROP INDEX ix_article_terms_terms"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no look for the article of each row
        driver = connection.connection.driver_connection
        for first in range(0, many, CHUNK):
            articles, terms = zip(*newsroom.chunk(first, min(CHUNK, many - first), many), strict=True)
            for table, rows in ((f"articles ({', '.join(COLUMNS)})", articles), (TERMS, terms)):
                with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        connection.execute(text(TAGGINGS), {"watchlist": WATCHLIST, "level": LEVEL})
    with engine.begin() as connection:
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
        connection.execute(text("CREATE INDEX ix_article_terms_terms ON article_terms USING gin (terms)"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def questions(seed: int, each: int) -> dict[str, list[tuple[str, Filter]]]:
    """Return queries by kind. Words are of the ranks from 30 to 30,000, common ones as likely as rare ones."""
    dice = random.Random(seed)  # noqa: S311  # no secret

    def word() -> str:
        return f"w{int(30 * 1000 ** dice.random())}"

    def since() -> datetime:
        return NOW - timedelta(days=dice.choice((7, 30, 90, 365)))

    def filters() -> Filter:
        return Filter(
            since=since(),
            countries=(dice.choice(COUNTRIES),),
            languages=(dice.choice(LANGUAGES[:6]),),
            themes=(dice.choice(THEMES),),
        )

    def chinese() -> str:
        return "".join(CLUSTERS[int(3 * 100 ** dice.random())] for _ in range(2))

    made = {
        "one word": lambda: (word(), Filter()),
        "one common word": lambda: (f"w{dice.randrange(5, 40)}", Filter()),
        "two words": lambda: (f"{word()} {word()}", Filter()),
        "a word of a theme": lambda: (word(), Filter(themes=(dice.choice(THEMES),))),
        "a word, an actor, 90 days": lambda: (
            word(),
            Filter(since=NOW - timedelta(days=90), actors=(dice.choice(ACTORS[:100]),)),
        ),
        "a word, four filters": lambda: (word(), filters()),
        "two words, four filters": lambda: (f"{word()} {word()}", filters()),
        "a phrase of a country": lambda: (f'"{word()} {word()}"', Filter(countries=(dice.choice(COUNTRIES),))),
        "a word begun, of a country": lambda: (f"{word()[:4]}*", Filter(countries=(dice.choice(COUNTRIES),))),
        "Chinese, of a country": lambda: (chinese(), Filter(countries=(dice.choice(COUNTRIES),))),
        "Chinese, since": lambda: (chinese(), Filter(since=since())),
    }
    return {kind: [make() for _ in range(each)] for kind, make in made.items()}


def measure(engine: Engine, asked: list[tuple[str, Filter]]) -> list[tuple[float, int, str, Filter]]:
    """Return milliseconds and hits of each query, slowest last."""
    taken = []
    for words, wanted in asked:
        began = time.perf_counter()
        found = search(engine, words, wanted, MOST)
        taken.append((1000 * (time.perf_counter() - began), len(found), words, wanted))
    return sorted(taken, key=lambda one: one[0])


def plan(engine: Engine, words: str, wanted: Filter) -> str:
    """Return how PostgreSQL answers a query, with its times."""
    statement = hits(wanted.query(words), wanted, MOST, "postgresql")
    with engine.connect() as connection:
        compiled = statement.compile(engine, compile_kwargs={"render_postcompile": True})
        rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {compiled}", compiled.params)
        return "\n".join(row[0] for row in rows)


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """Give the URL of the database: the one that is given, which must be empty, or one of a private server."""
    if url is not None:
        yield url
        return
    found = programs()
    if found is None:
        sys.exit("PostgreSQL is not installed (no initdb); name an empty database with --url")
    cluster = Cluster(found)
    cluster.start()
    try:
        yield cluster.url
    finally:
        cluster.stop()


def main() -> None:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=40, help="of each kind")
    parser.add_argument("--url", help="an empty PostgreSQL database; a private server by default")
    given = parser.parse_args()
    with server(given.url) as url:
        engine = open_engine(url)
        migrate(engine)
        began = time.perf_counter()
        load(engine, given.articles)
        print(f"{given.articles:,} articles loaded and indexed in {time.perf_counter() - began:.0f} s; {sizes(engine)}")
        report(engine, given.queries)
        engine.dispose()


def sizes(engine: Engine) -> str:
    """Return what the tables of the search take on disk."""
    with engine.connect() as connection:
        query = (
            "SELECT pg_size_pretty(pg_total_relation_size('article_terms')), pg_size_pretty(pg_relation_size(:index))"
        )
        whole, index = connection.execute(text(query), {"index": "ix_article_terms_terms"}).one()
        version = connection.execute(text("SHOW server_version")).scalar_one()
    return f"terms with their indexes {whole}, of it the index of terms {index}; PostgreSQL {version}"


def report(engine: Engine, each: int) -> None:
    """Print the times by kind, and the plans of the median and of the slowest query with filters."""
    print(f"\n{'milliseconds a search':32}{'median':>8}{'p95':>8}{'max':>8}{'hits':>8}")
    everything, filtered = [], []
    for kind, asked in questions(2, each).items():
        taken = measure(engine, asked)
        everything += taken
        filtered += [one for one in taken if one[3] != Filter()]
        show(kind, taken)
    show("all", everything)
    show("all with filters", filtered)
    filtered.sort(key=lambda one: one[0])
    for name, one in (("median", filtered[len(filtered) // 2]), ("slowest", filtered[-1])):
        print(f"\nThe {name} search with filters, {one[0]:.0f} ms: {one[2]!r} {one[3]}\n{plan(engine, one[2], one[3])}")


def show(kind: str, taken: list[tuple[float, int, str, Filter]]) -> None:
    """Print one line of the table."""
    times = sorted(one[0] for one in taken)
    found = statistics.mean(one[1] for one in taken)
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    print(f"{kind:32}{statistics.median(times):8.1f}{p95:8.1f}{times[-1]:8.1f}{found:8.1f}")


if __name__ == "__main__":
    main()
