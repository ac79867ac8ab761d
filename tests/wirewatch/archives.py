"""An archive as the store leaves it, in the folder of a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import database
from pipeline.messages import Article, Outlet, StoryEvent, TaggedArticle
from pipeline.testing import make_article
from processors.tagger import Tagger
from processors.watchlist import load_watchlist
from sinks.store import Store
from tests.processors.conftest import SMALL

NOW = datetime.now(UTC)

DEAL = "Vietnam and Russia signed an oil deal after talks. Russia and Vietnam are pleased, Minister Ana Bel said."
FAIR = "At the fair a goat was sold to a farmer from the hills after talks. The mayor laughed, and it rained all day."
TOUR = "Thailand hopes for guests from Russia. Hotels in Thailand were full, said a clerk, and Russia is far away."


def article(name: str, text: str = DEAL, days: float = 1, **changes: Any) -> Article:
    """An article of so many days ago; every one has words of its own, so that none is a copy."""
    own = " ".join(f"{name}{number}" for number in range(80))
    values: dict[str, Any] = {
        "url": f"https://news.example/{name}",
        "outlet": Outlet(name="The Example", country="MY"),
        "title": f"Title of {name}",
        "text": f"{text}\n\n{own}.",
        "published": NOW - timedelta(days=days),
        "discovered": NOW - timedelta(days=days),
        "language": "en",
    }
    return make_article(**(values | changes))


def archived(folder: Path, *articles: Article, watchlist: str = SMALL) -> Path:
    """Store articles as a watchlist tags them, in the database that is the default; return the watchlist's file."""
    path = folder / "live.yaml"
    path.write_text(watchlist, encoding="utf-8")
    tag: Callable[[Article], Any] = Tagger([load_watchlist(path)])
    tagged: list[TaggedArticle | StoryEvent] = [one for each in articles for one in tag(each)]
    (folder / "data").mkdir(exist_ok=True)
    engine = database.open_engine(f"sqlite:///{folder / 'data' / 'wirewatch.sqlite'}")
    database.migrate(engine)
    Store(engine).write(tagged)
    engine.dispose()
    return path
