from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import feedparser
import pytest
import structlog
from jsonschema import Draft202012Validator, ValidationError
from sqlalchemy import Engine

from pipeline.database import open_engine
from pipeline.errors import Retry
from pipeline.messages import Outlet, StoryEvent, url_id
from pipeline.settings import FeedSettings
from pipeline.tables import metadata
from pipeline.testing import NOON
from sinks.feed import StoryFeed, atom, json_feed, read_feed
from sinks.feed_server import FeedServer, StoryFeeds
from sinks.store import Store
from tests.sinks import golden
from tests.sinks.builders import HOSTILE, Clock, make_article, make_event, make_tagged, make_tagging
from tests.sinks.json_feed_schema import SCHEMA
from tests.sinks.test_inert import steering

ADDRESS = "https://desk.example/wirewatch"
VALID = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def keep(engine: Engine, *events: StoryEvent, with_articles: bool = True) -> None:
    """Store events of stories, with their articles."""
    tagged = [make_tagged(event.article, event.tagging) for event in events]
    Store(engine, Clock()).write([*(tagged if with_articles else ()), *events])


def told(name: str, minutes: int = 0, story: str = "s", outlet: str = "The Example", **changes: Any) -> StoryEvent:
    """Return the event of an article that was published and found so many minutes after noon."""
    moment = NOON + timedelta(minutes=minutes)
    values = {"published": moment, "discovered": moment + timedelta(minutes=5), "outlet": Outlet(name=outlet)}
    kind = changes.pop("kind", "opened")
    return make_event(kind, story, make_article(name, **(values | changes)))


def feed_of(engine: Engine, **changes: Any) -> StoryFeed:
    return read_feed(engine, "w", ADDRESS, **({"most": 50, "min_level": "passing"} | changes))


def parsed(feed: StoryFeed) -> Any:
    found = feedparser.parse(io.BytesIO(atom(feed)))
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def test_a_story_is_an_entry_in_both_formats(engine: Engine) -> None:
    keep(engine, told("a", title="Rice for oil"), told("b", 60, outlet="Another", kind="updated"))
    feed = feed_of(engine)
    [entry] = parsed(feed).entries
    document = json.loads(json_feed(feed))
    VALID.validate(document)
    [item] = document["items"]
    assert entry.id == item["id"] == f"urn:uuid:{url_id('s')}"
    assert entry.title == item["title"] == "Rice for oil"
    assert entry.link == item["url"] == "https://news.example/a"
    assert entry.published == item["date_published"] == "2025-03-14T12:00:00Z"
    assert entry.updated == item["date_modified"] == "2025-03-14T13:05:00Z"
    assert [author.name for author in entry.authors] == ["The Example", "Another"]
    assert [tag.term for tag in entry.tags] == item["tags"] == ["direct", "trade"]
    assert entry.content[0].value == item["content_text"]
    assert item["content_text"].splitlines() == [
        "They signed it.",
        "2 outlets (2 independent): The Example, Another",
        "w · direct",
    ]


def test_the_feed_says_what_it_is_and_where(engine: Engine) -> None:
    keep(engine, told("a"), told("b", 60, "t"))
    feed = feed_of(engine)
    found = parsed(feed).feed
    document = json.loads(json_feed(feed))
    assert found.title == document["title"] == "wirewatch: w"
    assert [link.href for link in found.links if link.rel == "self"] == [f"{ADDRESS}/feeds/w.atom"]
    assert document["feed_url"] == f"{ADDRESS}/feeds/w.json"
    assert found.id == f"urn:uuid:{url_id('wirewatch:feed:w')}"
    assert found.updated == "2025-03-14T13:05:00Z"


def test_the_story_that_was_updated_last_is_first_and_keeps_its_id(engine: Engine) -> None:
    keep(engine, told("a", 0, "old"), told("b", 10, "new"))
    before = {entry.key: entry for entry in feed_of(engine).entries}
    assert [entry.link[-1] for entry in feed_of(engine).entries] == ["b", "a"]
    keep(engine, told("c", 60, "old", "Another", kind="updated"))
    after = feed_of(engine).entries
    assert [entry.link[-1] for entry in after] == ["a", "b"]
    assert after[0].id == before[url_id("old")].id
    assert after[0].published == before[url_id("old")].published
    assert after[0].updated > before[url_id("old")].updated
    assert after[1] == before[url_id("new")]


def test_an_article_that_is_found_late_updates_its_story_when_it_is_found(engine: Engine) -> None:
    keep(engine, told("a", 60))
    keep(engine, told("b", 0, outlet="Another", kind="updated", discovered=NOON + timedelta(hours=9)))
    [entry] = feed_of(engine).entries
    assert entry.updated == NOON + timedelta(hours=9)


def test_a_copy_is_no_independent_outlet(engine: Engine) -> None:
    copy = told("b", 5, outlet="Another", kind="updated").model_copy(update={"copy_of": make_article("a").id})
    keep(engine, told("a"), copy)
    assert "2 outlets (1 independent)" in feed_of(engine).entries[0].text


def test_an_empty_feed_and_a_story_whose_articles_are_still_to_come_are_valid(engine: Engine) -> None:
    assert parsed(feed_of(engine)).entries == []
    VALID.validate(json.loads(json_feed(feed_of(engine))))
    keep(engine, told("a", url="ftp://x.example/a", title=""), with_articles=False)
    [entry] = parsed(feed_of(engine)).entries
    assert (entry.title, entry.get("links", [])) == ("(no title)", [])
    VALID.validate(json.loads(json_feed(feed_of(engine))))


def test_a_feed_is_of_one_watchlist_of_a_level_and_a_length(engine: Engine) -> None:
    keep(engine, told("a", 0, "a"), told("b", 1, "b"))
    keep(engine, make_event(story="low", article=make_article("low"), level="passing"))
    keep(engine, make_event(story="x", article=make_article("x"), watchlist="other"))
    assert len(feed_of(engine).entries) == 3
    assert len(feed_of(engine, min_level="direct").entries) == 2
    assert [entry.link[-1] for entry in feed_of(engine, most=1).entries] == ["b"]


def test_hostile_titles_are_inert_and_read_as_they_were_reviewed(engine: Engine, pytestconfig: pytest.Config) -> None:
    for number, title in enumerate(HOSTILE):
        event = told(str(number), number, str(number), outlet=title, title=title)
        sentence = make_tagging().evidence[0].model_copy(update={"text": title})
        tagging = event.tagging.model_copy(update={"evidence": (sentence,), "themes": (title,)})
        keep(engine, event.model_copy(update={"tagging": tagging}))
    feed = feed_of(engine)
    document = json.loads(json_feed(feed))
    VALID.validate(document)
    assert steering(atom(feed).decode().replace("\n", "")) == []
    assert steering(json_feed(feed).decode().replace("\n", "")) == []
    entries = list(reversed(parsed(feed).entries))
    assert [entry.title_detail.type for entry in entries] == ["text/plain"] * len(HOSTILE)
    items = list(reversed(document["items"]))
    golden.compare("feed", {
        title: f"{item['title']}\n{item['content_text']}\n{item['authors']} {item['tags']}"
        for title, item in zip(HOSTILE, items, strict=True)
    }, pytestconfig)  # fmt: skip
    # What a reader decodes from Atom, before any cleaning of its own, is the same text.
    assert [entry["title"] for entry in items] == [element.text for element in xml_titles(atom(feed))][::-1]


def xml_titles(document: bytes) -> list[Any]:
    from lxml import etree  # noqa: PLC0415  # here alone

    return etree.fromstring(document).findall("{*}entry/{*}title")


def test_the_schema_refuses_what_is_no_feed(engine: Engine) -> None:
    keep(engine, told("a"))
    document = json.loads(json_feed(feed_of(engine)))
    for broken in (
        {**document, "version": "https://jsonfeed.org/version/2"},
        {**document, "items": [{"id": "1"}]},
        {**document, "items": [{**document["items"][0], "url": "javascript:alert(1)"}]},
    ):
        with pytest.raises(ValidationError):
            VALID.validate(broken)


class Reader:
    """A feed reader that asks a server."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, headers=given)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            connection.close()


@pytest.fixture
def lite(tmp_path: Any) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'feed.db'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def reader(lite: Engine) -> Iterator[Reader]:
    server = FeedServer(StoryFeeds(lite, ["w"], FeedSettings(), ADDRESS).page, "127.0.0.1", 0)
    server.start()
    yield Reader(server.port)
    server.stop()


@pytest.mark.parametrize(("kind", "media"), [("atom", "application/atom+xml"), ("json", "application/feed+json")])
def test_a_reader_is_told_at_once_whether_something_is_new(lite: Engine, reader: Reader, kind: str, media: str) -> None:
    keep(lite, told("a"))
    path = f"/feeds/w.{kind}"
    status, headers, body = reader.ask(path)
    assert (status, headers["Content-Type"]) == (200, f"{media}; charset=utf-8")
    assert headers["Last-Modified"] == "Fri, 14 Mar 2025 12:05:00 GMT"
    etag = headers["ETag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        status, headers, body = reader.ask(path, If_None_Match=known)
        assert (status, headers["ETag"], body) == (304, etag, b"")
    assert reader.ask(path, If_Modified_Since=headers["Last-Modified"])[0] == 304
    earlier = format_datetime(NOON, usegmt=True)
    assert reader.ask(path, If_Modified_Since=earlier)[0] == 200
    assert reader.ask(path, If_Modified_Since="soon")[0] == 200
    assert reader.ask(path, If_None_Match='"other"', If_Modified_Since=headers["Last-Modified"])[0] == 200
    keep(lite, told("b", 60, outlet="Another", kind="updated"))
    status, headers, body = reader.ask(path, If_None_Match=etag)
    assert (status, headers["Last-Modified"]) == (200, "Fri, 14 Mar 2025 13:05:00 GMT")
    assert b"Another" in body


def test_a_head_is_answered_as_a_get_without_the_body(lite: Engine, reader: Reader) -> None:
    keep(lite, told("a"))
    status, headers, body = reader.ask("/feeds/w.atom", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(reader.ask("/feeds/w.atom")[2])


@pytest.mark.parametrize("path", ["/feeds/other.atom", "/feeds/w.rss", "/feeds/w", "/feeds/../w.atom", "/etc/passwd"])
def test_what_is_no_feed_is_not_found(reader: Reader, path: str) -> None:
    assert reader.ask(path)[0] == 404


def test_a_reader_finds_the_feeds_by_the_address_of_the_server(reader: Reader) -> None:
    status, headers, body = reader.ask("/?utm=x")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for path in (b'href="/feeds/w.atom"', b'href="/feeds/w.json"'):
        assert path in body


def test_an_archive_that_cannot_be_read_is_asked_for_later_and_a_defect_is_told() -> None:
    def fail(path: str) -> None:
        if path == "/":
            raise Retry("the database is away")
        raise ValueError(path)

    server = FeedServer(fail, "127.0.0.1", 0)
    server.start()
    status, headers, body = Reader(server.port).ask("/")
    assert (status, headers["Retry-After"], body) == (503, "30", b"Service Unavailable\n")
    with structlog.testing.capture_logs() as logs:
        assert Reader(server.port).ask("/x")[0] == 500
    assert [entry["event"] for entry in logs] == ["feed.failed"]
    server.stop()
