from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from ingest import feed_edit
from ingest.feed_list import NEW, ListedFeed, Wanted, as_json, exported, find, list_feeds
from ingest.feed_sync import sync
from ingest.feeds import Feed, read_catalogue
from ingest.opml import as_opml
from pipeline.database import writing
from pipeline.errors import InputError
from pipeline.messages import Outlet
from pipeline.tables import entries, feeds
from tests.ingest.feeding import NOON, FakeClock, FakeFeeds, item, make_feed, rss
from tests.ingest.polling import ONE, TWO, MakePoller, polls, row

FULL = Feed(
    url="https://three.example.org/news.xml",
    outlet=Outlet(name="Báo <Ba>", country="VN", kind="state"),
    format="sitemap",
    language="vi",
    html_url="https://three.example.org/",
    doubtful=True,
    note="Old & slow.",
    owner="The province",
)


def listed(engine: Engine, *catalogue: Feed) -> dict[str, ListedFeed]:
    return {one.feed.url: one for one in list_feeds(engine, catalogue, NOON)}


def test_feeds_of_the_catalogue_are_listed_before_any_poller_met_them(engine: Engine) -> None:
    found = listed(engine, ONE, replace(TWO, disabled=True))
    assert [(one.state, one.polls, one.succeeded) for one in found.values()] == [
        (NEW, True, None),
        ("disabled", False, None),
    ]


def test_a_poll_shows_in_the_list(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    feeds.time_out(TWO.url)
    polls(make_poller(ONE, TWO), 2)
    found = listed(engine, ONE, TWO)
    good, bad = found[ONE.url], found[TWO.url]
    assert (good.state, good.succeeded, good.last_new_entry, good.problem) == ("active", clock.now, clock.now, None)
    assert good.next_poll is not None
    assert good.next_poll > clock.now
    assert (bad.state, bad.problem, bad.failures) == ("failing", "no answer in time: 30 s", 0.5)


def test_the_rate_leaves_out_what_the_first_poll_found(any_engine: Engine) -> None:
    sync(any_engine, [ONE, TWO], NOON, 600.0)
    times = [NOON - timedelta(days=10)] * 30 + [NOON - timedelta(days=day) for day in range(1, 6)]
    rows = [
        {"id": str(n), "feed_url": ONE.url, "url": f"u{n}", "content_hash": "", "seen": seen}
        for n, seen in enumerate(times)
    ]
    old = {"id": "x", "feed_url": TWO.url, "url": "x", "content_hash": "", "seen": NOON - timedelta(days=300)}
    with writing(any_engine) as connection:
        connection.execute(insert(entries), [*rows, old])
    found = listed(any_engine)
    assert (found[ONE.url].rate, found[TWO.url].rate) == (0.5, None)


def test_feeds_are_wanted_by_state_country_and_a_part_of_the_outlets_name() -> None:
    one = ListedFeed(ONE, "active")
    assert one in Wanted()
    assert one in Wanted(["active", "failing"], ["th"], "oNE")
    assert one not in Wanted(["failing"])
    assert one not in Wanted(countries=["KH"])
    assert one not in Wanted(outlet="two")


def test_a_feed_added_by_command_is_kept_by_every_sync_and_polled(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feed_edit.add(engine, [TWO], NOON, 600.0)
    feeds.serve(ONE.url, rss(item("a")))
    feeds.serve(TWO.url, rss(item("b")))
    polls(make_poller(ONE), 2)
    assert {request.url for request in feeds.requests} == {ONE.url, TWO.url}
    sync(engine, [ONE], NOON, 600.0)
    assert (row(engine, TWO.url).state, listed(engine)[TWO.url].origin) == ("active", "command")


@pytest.mark.parametrize("known", [True, False])
def test_a_feed_retired_by_command_stays_so_and_can_be_added_again(any_engine: Engine, *, known: bool) -> None:
    if known:
        sync(any_engine, [ONE], NOON, 600.0)
    feed_edit.retire(any_engine, ONE, NOON, 600.0)
    sync(any_engine, [ONE], NOON, 600.0)
    assert (row(any_engine).state, row(any_engine).problem) == ("retired", "retired by command")
    feed_edit.add(any_engine, [replace(ONE, owner="Somebody")], NOON, 600.0)
    found = listed(any_engine)[ONE.url]
    assert (found.state, found.problem, found.feed.owner) == ("active", None, "Somebody")


def test_a_feed_is_found_however_its_address_is_written(engine: Engine) -> None:
    sync(engine, [ONE], NOON, 600.0)
    found = find(list_feeds(engine, (), NOON), ONE.url.replace("https://", "http://www.") + "/")
    assert found is not None
    assert found.feed.url == ONE.url
    assert find(list_feeds(engine, (), NOON), TWO.url) is None


def test_a_moved_feed_is_listed_with_the_address_that_is_asked(engine: Engine) -> None:
    sync(engine, [ONE], NOON, 600.0)
    with writing(engine) as connection:
        connection.execute(update(feeds).values(moved_to=TWO.url, moved_polls=3))
    assert listed(engine)[ONE.url].address == TWO.url


def test_an_export_reads_back_as_the_same_catalogue(engine: Engine, tmp_path: Path) -> None:
    catalogue = (ONE, replace(TWO, disabled=True), FULL, Feed(url="https://x.example/", outlet=Outlet(name="X")))
    sync(engine, catalogue, NOON, 600.0)
    path = tmp_path / "export.opml"
    path.write_bytes(as_opml(exported(list_feeds(engine, (), NOON)), "T"))
    assert set(read_catalogue(path)) == set(catalogue)


def test_an_export_has_no_removed_feeds_and_retired_ones_disabled(engine: Engine) -> None:
    sync(engine, [ONE, TWO], NOON, 600.0)
    sync(engine, [ONE], NOON, 600.0)
    feed_edit.retire(engine, ONE, NOON, 600.0)
    (kept,) = exported(list_feeds(engine, (), NOON))
    assert (kept.url, kept.disabled) == (ONE.url, True)


def test_names_that_xml_cannot_hold_are_cleaned_for_an_export() -> None:
    assert b'text="AB"' in as_opml([make_feed(name="A\x00B")], "T")


def test_the_files_of_other_programs_are_taken_and_their_own_words_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<opml version="1.0"><body><outline text="Empty"/><outline text="G"><outline text="A" type="html" lang="x" '
        'country="Laos" kind="blog" xmlUrl="https://a.example/f"/><outline text="B" xmlUrl="http://a.example/f/"/>'
        "</outline></body></opml>"
    )
    (feed,) = read_catalogue(path, foreign=True)
    assert feed == Feed(url="https://a.example/f", outlet=Outlet(name="A"))
    with pytest.raises(InputError):
        read_catalogue(path)


def test_the_list_as_json_names_what_is_known(engine: Engine) -> None:
    sync(engine, [FULL], NOON, 600.0)
    (one,) = list_feeds(engine, (), NOON)
    told = as_json(one, {FULL.outlet.name: "texts are short"})
    assert (told["outlet"], told["country"], told["state"], told["origin"]) == ("Báo <Ba>", "VN", "active", "catalogue")
    assert told["next_poll"] == "2025-03-04T12:00:00+00:00"
    assert told["about"]["owner"] == "The province"
    assert told["outlet_health"] == "texts are short"
