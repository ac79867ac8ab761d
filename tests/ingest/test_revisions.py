from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from ingest.feed_state import SeenEntry
from ingest.parsed import ParsedEntry
from ingest.revisions import PAUSE, content_hash, judge
from pipeline.database import writing
from pipeline.messages import Entry, url_id
from pipeline.tables import entries
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import NOON, FakeClock, FakeFeeds, item, rss
from tests.ingest.polling import ONE, TWO, MakePoller, polls, row, value

TEXT = "The ministers met in Hanoi &amp; agreed on rice."


def said(title: str = "Title", summary: str = TEXT, content: str = "") -> str:
    return content_hash(ParsedEntry("https://example.org/a", title=title, summary=summary, content=content))


@pytest.mark.parametrize(
    "summary",
    [
        f"<p>{TEXT}</p>",
        TEXT.upper(),
        f"{TEXT}\n\n ",
        f'{TEXT}<img src="https://ads.example.org/{{random}}.gif"><a href="?session=2"></a>',
        f"<script>var visit = 12;</script>{TEXT}<iframe src=x>ad 4</iframe>",
        f"{TEXT} 1,204 views",
        f"{TEXT} | Dibaca: 12.034 | 3 komentar",
        f"{TEXT} 17 просмотров, 5 минут назад",
        f"5 minutes ago: {TEXT}",
        f"{TEXT} 2 jam yang lalu",
        f"{TEXT} 3 giờ trước",
        f"{TEXT} 5 นาทีที่แล้ว",
        f"{TEXT} 3小时前",
    ],
)
def test_what_no_reader_would_call_an_edit_is_none(summary: str) -> None:
    assert said(summary=summary) == said()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (said("Five dead"), said("Six dead")),
        (said("5 dead"), said("7 dead")),
        (said(summary="It costs 5 baht."), said(summary="It costs 6 baht.")),
        (said(content="<p>It will rain.</p>"), said(content="<p>It will not rain.</p>")),
        (said("Не придёт"), said("Придёт")),
        (said("ไม่มา"), said("มา")),
    ],
)
def test_what_a_reader_would_call_an_edit_is_one(before: str, after: str) -> None:
    assert before != after


def entry(name: str, content: str = "t" * 32 + "x" * 32, feed: str = ONE.url, **more: object) -> SeenEntry:
    url = f"https://www.example.org/{name}"
    return SeenEntry(url_id(url), feed, None, url, content, **more)  # type: ignore[arg-type]


def remembered(*seen: SeenEntry) -> dict[str, SeenEntry]:
    return {each.id: each for each in seen}


def retexted(number: int) -> str:
    return "t" * 32 + f"{number:032d}"


def test_the_pause_between_revisions_doubles_and_the_last_edit_comes_out_in_the_end() -> None:
    known, now, published = entry("a"), NOON, list[datetime]()
    for minute in range(30 * 24 * 60):
        now = NOON + timedelta(minutes=minute)
        found = judge([entry("a", retexted(minute))], remembered(known), now)
        assert bool(found.revised) != bool(found.held)
        if found.revised:
            published.append(now)
            known = entry("a", retexted(minute), revision=known.revision + 1, revised=now)
        else:
            assert found.held_until is not None
            assert found.held_until > now
    gaps = [later - earlier for earlier, later in itertools.pairwise(published)]
    assert gaps == [PAUSE * 2**number for number in range(len(gaps))]
    assert len(published) == 10


def test_a_feed_whose_texts_all_change_at_once_has_a_new_template_but_a_title_is_a_title() -> None:
    known = [entry(str(number)) for number in range(20)]
    seen = [entry(str(number), retexted(number)) for number in range(19)] + [entry("19", "n" * 32 + "x" * 32)]
    found = judge(seen, remembered(*known), NOON)
    assert set(found.revised) == {known[19].id}
    assert set(found.noted) == {each.id for each in known[:19]}


@pytest.mark.parametrize(("edited", "listed", "revised"), [(3, 3, 3), (4, 20, 4), (10, 20, 10), (11, 20, 0), (4, 5, 0)])
def test_a_few_edits_or_those_of_less_than_half_of_a_feed_are_edits(edited: int, listed: int, revised: int) -> None:
    known = [entry(str(number)) for number in range(listed)]
    seen: Sequence[SeenEntry] = [
        entry(str(n), retexted(n) if n < edited else known[n].content_hash) for n in range(listed)
    ]
    assert len(judge(seen, remembered(*known), NOON).revised) == revised


def test_only_the_feed_that_had_an_entry_first_revises_it() -> None:
    found = judge([entry("a", retexted(1), feed=TWO.url)], remembered(entry("a")), NOON)
    assert (found.new, dict(found.revised), dict(found.noted)) == ((), {}, {})


def revisions(found: list[list[Entry]]) -> list[tuple[str, int, str]]:
    return [(each.id, each.revision, each.title) for batch in found for each in batch]


def test_an_edited_title_or_text_is_published_as_a_revision_of_the_same_entry(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock, telemetry: Telemetry
) -> None:
    feeds.serve(ONE.url, rss(item("a", "Before"), item("b", "B", summary="before")))
    poller = make_poller()
    first = revisions(polls(poller))
    clock.now = row(engine).next_poll
    feeds.serve(ONE.url, rss(item("a", "After"), item("b", "B", summary="after"), item("c", "C")))
    ((new, *edited),) = polls(poller)
    assert new.url.endswith("/c")
    assert revisions([edited]) == [(first[0][0], 1, "After"), (first[1][0], 1, "B")]
    assert {each.discovered for each in edited} == {NOON}
    clock.now = row(engine).next_poll
    assert polls(poller) == [[]]
    assert value(telemetry, "feed_entries_total", result="changed") == 2
    assert value(telemetry, "feed_entries_total", result="new") == 3


def test_a_revision_is_published_again_under_its_number_when_it_was_not_kept(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    feeds.serve(ONE.url, rss(item("a", "Before")))
    polls(make_poller())
    clock.now = row(engine).next_poll
    feeds.serve(ONE.url, rss(item("a", "After")))
    lost = revisions(polls(make_poller(), keep=False))
    assert revisions(polls(make_poller())) == lost
    assert lost[0][1] == 1


def test_an_edited_link_under_the_same_guid_is_the_same_entry(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    feeds.serve(ONE.url, rss(item("slug", "Before", guid="guid-7")))
    ((before,),) = polls(make_poller())
    clock.now = row(engine).next_poll
    feeds.serve(ONE.url, rss(item("new-slug", "After", guid="guid-7")))
    ((after,),) = polls(make_poller())
    assert (after.id, after.revision) == (before.id, 1)
    assert after.url.endswith("/new-slug")
    clock.now = row(engine).next_poll
    feeds.serve(ONE.url, rss(item("new-slug?utm_source=rss", "After", guid="guid-7")))
    assert polls(make_poller()) == [[]]


def test_a_revision_that_was_held_back_comes_out_though_the_feed_stays_as_it_is(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock, telemetry: Telemetry
) -> None:
    poller = make_poller()
    for number in range(3):
        feeds.serve_with_etag(ONE.url, rss(item("a", f"Title {number}")), f'"{number}"')
        polls(poller)
        clock.now = row(engine).next_poll
    assert row(engine).revisit > clock.now
    assert value(telemetry, "feed_entries_total", result="held") == 1
    found: list[tuple[str, int, str]] = []
    while not found and clock.now < NOON + timedelta(hours=6):
        found = revisions(polls(poller))
        clock.now = row(engine).next_poll
    assert [each[1:] for each in found] == [(2, "Title 2")]
    assert row(engine).revisit is None
    polls(poller)
    assert row(engine).result == "not-modified"


def test_guids_that_change_at_every_fetch_make_nothing_new(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    poller, found = make_poller(), []
    for number in range(4):
        feeds.serve(ONE.url, rss(item("a", guid=f"{number}-a"), item("b", guid=f"{number}-b")))
        found += polls(poller)
        clock.now = row(engine).next_poll
    assert [len(batch) for batch in found] == [2, 0, 0, 0]


def test_links_that_change_at_every_fetch_make_nothing_new_where_the_guid_stays(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    poller, found = make_poller(), []
    for number in range(4):
        feeds.serve(ONE.url, rss(item(f"a?session={number}", guid="a"), item(f"b?session={number}", guid="b")))
        found += polls(poller)
        clock.now = row(engine).next_poll
    assert [len(batch) for batch in found] == [2, 0, 0, 0]


def test_an_item_without_a_guid_is_known_and_revised_by_its_link(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    poller = make_poller()
    feeds.serve(ONE.url, rss(item("a?utm_medium=rss"), item("b")))
    polls(poller)
    clock.now = row(engine).next_poll
    feeds.serve(ONE.url, rss(item("b"), item("a?utm_medium=feed#top", "Edited")))
    assert [each[1:] for each in revisions(polls(poller))] == [(1, "Edited")]


def test_the_same_item_worded_differently_in_two_feeds_is_no_revision(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    feeds.serve(ONE.url, rss(item("shared", "One's words", guid="1")))
    feeds.serve(TWO.url, rss(item("shared", "Two's words", guid="2")))
    poller = make_poller(ONE, TWO)
    assert sum(map(len, polls(poller, 2))) == 1
    clock.advance(86400)
    assert polls(poller, 2) == [[], []]


def test_entries_remembered_before_revisions_were_published_are_not_all_revised(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    poller = make_poller()
    feeds.serve(ONE.url, rss(item("a", "A")))
    polls(poller)
    with writing(engine) as connection:
        connection.execute(update(entries).values(content_hash=""))  # as the migration leaves them
    clock.now = row(engine).next_poll
    feeds.serve(ONE.url, rss(item("a", "B")))
    assert polls(poller) == [[]]
    clock.now = row(engine).next_poll
    feeds.serve(ONE.url, rss(item("a", "C")))
    assert [each[1:] for each in revisions(polls(poller))] == [(1, "C")]
