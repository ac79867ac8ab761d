from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from ingest.claims import Claimer, Claims
from ingest.feed_counts import count
from ingest.feed_state import FeedState, Saved, SeenEntry, recall, release, save
from ingest.feed_sync import AT_ONCE, sync
from ingest.feeds import Feed
from ingest.lease import is_dead, owner_name
from pipeline.database import reading, writing
from pipeline.messages import url_id
from pipeline.tables import entries, feeds
from tests.ingest.feeding import NOON, make_feed

LEASE = 120.0
ONE, TWO = make_feed("https://one.example.org/feed"), make_feed("https://two.example.org/feed")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def sync_at(engine: Engine, catalogue: Sequence[Feed], now: datetime = NOON, floor: float = 600.0) -> None:
    sync(engine, catalogue, now, floor)


def claim_at(engine: Engine, owner: str, now: datetime = NOON, limit: int = 10, **more: Any) -> Claims:
    return Claimer(engine, owner, LEASE).claim(now, limit, **more)


def urls(claims: Claims) -> set[str]:
    return {feed.url for feed in claims.feeds}


def rows(engine: Engine) -> dict[str, Any]:
    with reading(engine) as connection:
        return {row.url: row for row in connection.execute(select(feeds))}


def seen(path: str, guid: str | None = None, feed: str = ONE.url, content_hash: str = "h") -> SeenEntry:
    url = f"https://www.example.org/{path}"
    return SeenEntry(url_id(url), feed, guid, url, content_hash)


def polled(now: datetime = NOON, **more: Any) -> dict[str, Any]:
    return {"polled": now, "next_poll": now + timedelta(seconds=600), "state": "active", "result": "new", **more}


def test_new_feeds_of_a_small_catalogue_are_due_at_once(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE, TWO, make_feed("https://three.example.org/feed", disabled=True)])
    claims = claim_at(any_engine, "me")
    assert urls(claims) == {ONE.url, TWO.url}
    assert claims.feeds[0].outlet == ONE.outlet
    assert count(any_engine, NOON).states == {("active", "TH"): 2, ("disabled", "TH"): 1}


def test_the_first_polls_of_a_large_catalogue_are_spread(engine: Engine) -> None:
    catalogue = [make_feed(f"https://n{number}.example.org/feed") for number in range(AT_ONCE * 4)]
    sync_at(engine, catalogue)
    times = {row.next_poll for row in rows(engine).values()}
    assert len(times) > AT_ONCE
    assert NOON <= min(times) < max(times) <= after(20)


def test_a_feed_that_leaves_the_catalogue_is_kept_and_asked_no_more(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE, TWO])
    sync_at(any_engine, [ONE])
    assert urls(claim_at(any_engine, "me")) == {ONE.url}
    assert rows(any_engine)[TWO.url].state == "removed"
    sync_at(any_engine, [ONE, TWO], after(5))
    assert urls(claim_at(any_engine, "me", after(5))) == {TWO.url}


def test_a_restart_keeps_the_schedule_and_takes_new_facts_over(engine: Engine) -> None:
    sync_at(engine, [ONE])
    (state,) = claim_at(engine, "me").feeds
    save(engine, "me", [Saved(state.url, polled(etag='"x"'))])
    before = rows(engine)[ONE.url]
    sync_at(engine, [make_feed(ONE.url, name="Renamed")], after(10))
    row = rows(engine)[ONE.url]
    assert (row.outlet, row.next_poll, row.etag) == ("Renamed", before.next_poll, '"x"')


def test_a_retired_feed_stays_retired_while_the_catalogue_names_it(engine: Engine) -> None:
    sync_at(engine, [ONE])
    (state,) = claim_at(engine, "me").feeds
    save(engine, "me", [Saved(state.url, polled(state="retired"))])
    sync_at(engine, [ONE], after(10_000))
    assert urls(claim_at(engine, "me", after(10_000))) == set()


def test_a_leased_feed_is_nobody_elses_until_the_lease_ends(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE])
    assert urls(claim_at(any_engine, "first")) == {ONE.url}
    assert urls(claim_at(any_engine, "second", after(LEASE - 1))) == set()
    assert urls(claim_at(any_engine, "second", after(LEASE))) == {ONE.url}


def test_what_a_poller_saves_after_it_lost_its_lease_changes_no_schedule(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE])
    (state,) = claim_at(any_engine, "first").feeds
    claim_at(any_engine, "second", after(LEASE))
    save(any_engine, "first", [Saved(state.url, polled(after(LEASE + 1), etag="late"), new=[seen("a")])])
    row = rows(any_engine)[ONE.url]
    assert (row.lease_owner, row.etag, row.polled) == ("second", None, None)
    assert set(recall(any_engine, [seen("a")])) == {(ONE.url, seen("a").id)}


def test_one_feed_of_a_host_is_claimed_at_a_time_and_starves_no_other_host(any_engine: Engine) -> None:
    many = [make_feed(f"https://big.example.org/feed/{number}") for number in range(20)]
    sync_at(any_engine, many)
    sync_at(any_engine, [*many, ONE], after(1))
    claims = claim_at(any_engine, "me", after(1), limit=2)
    assert len(claims.feeds) == 2
    assert ONE.url in urls(claims)
    assert urls(claim_at(any_engine, "other", after(2), limit=30)) == set()


def test_what_falls_due_meanwhile_is_claimed_although_a_busy_host_has_more_waiting(engine: Engine) -> None:
    big = [make_feed(f"https://big.example.org/feed/{number}") for number in range(3)]
    sync_at(engine, big)
    sync_at(engine, [*big, ONE], after(0.5))
    claimer, asked = Claimer(engine, "me", LEASE), [big[0].url]
    assert claimer.claim(NOON, 10, asked).feeds == ()
    assert urls(claimer.claim(after(0.5), 10, asked)) == {ONE.url}


def test_feeds_of_one_host_are_claimed_one_after_the_other_as_it_becomes_free(engine: Engine) -> None:
    sync_at(engine, [make_feed(f"https://big.example.org/feed/{number}") for number in range(3)])
    claimer = Claimer(engine, "me", LEASE)
    claimed = [urls(claimer.claim(NOON, 10)) for _ in range(4)]
    assert [len(each) for each in claimed] == [1, 1, 1, 0]
    assert len(set.union(*claimed)) == 3


def test_a_feed_that_another_poller_took_is_not_claimed_from_an_older_list(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE, TWO, make_feed("https://one.example.org/second")])
    claimer = Claimer(any_engine, "me", LEASE)
    claimer.claim(NOON, 0)
    assert len(claim_at(any_engine, "other", limit=1).feeds) == 1
    assert urls(claimer.claim(NOON, 10)) == {TWO.url}


def test_a_host_that_another_poller_asks_since_a_moment_ago_is_left_alone(any_engine: Engine) -> None:
    sync_at(any_engine, [make_feed(f"https://host-{host}.example.org/{feed}") for host in "abc" for feed in range(4)])
    claimer = Claimer(any_engine, "me", LEASE)
    mine = [feed.url for feed in claimer.claim(after(601), 1).feeds]
    theirs = urls(claim_at(any_engine, "other", after(601)))
    for _ in range(4):
        mine += (feed.url for feed in claimer.claim(after(601), 10, mine).feeds)
    assert (len(mine), len(theirs)) == (1, 2)


def test_a_host_that_is_asked_right_now_is_left_alone(engine: Engine) -> None:
    sync_at(engine, [ONE, TWO])
    assert urls(claim_at(engine, "me", in_flight=["https://one.example.org/other"])) == {TWO.url}


def test_the_wait_is_until_the_next_feed_is_due(engine: Engine) -> None:
    sync_at(engine, [ONE])
    (state,) = claim_at(engine, "me").feeds
    save(engine, "me", [Saved(state.url, polled(next_poll=after(7)))])
    assert claim_at(engine, "me", after(2)).wait == 5
    assert claim_at(engine, "me", after(7)).wait > 0


def test_feeds_are_given_back_on_release_and_by_owners_that_died(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE, TWO])
    dead = f"{socket.gethostname()}/{os.getpid()}/0"
    claim_at(any_engine, dead, limit=1)
    me = owner_name()
    claim_at(any_engine, me)
    release(any_engine, me)
    assert urls(claim_at(any_engine, "next")) == {ONE.url, TWO.url}


def test_only_an_ended_process_of_this_host_counts_as_dead() -> None:
    host, me = socket.gethostname(), owner_name()
    assert not is_dead(me, me)
    assert is_dead(f"{host}/{os.getpid()}/another-life", me)
    assert is_dead(f"{host}/{2**22 + 1}/x", me)  # above the kernel's largest process number
    assert not is_dead(f"{host}/{os.getppid()}/x", me)
    assert not is_dead(f"elsewhere/{2**22 + 1}/x", me)
    assert not is_dead("a name of another form", me)


def test_an_entry_is_known_by_its_id_from_any_feed_or_by_its_guid_from_the_same(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE])
    (state,) = claim_at(any_engine, "me").feeds
    save(any_engine, "me", [Saved(state.url, polled(), new=[seen("a", "guid-a"), seen("b")])])
    moved = seen("a-new-slug", "guid-a")
    found = recall(any_engine, [moved, seen("b"), seen("c", "guid-c")])
    assert {key: entry.url for key, entry in found.items()} == {
        (ONE.url, moved.id): "https://www.example.org/a",
        (ONE.url, seen("b").id): "https://www.example.org/b",
    }
    elsewhere = [seen("a-new-slug", "guid-a", TWO.url), seen("b", feed=TWO.url)]
    assert set(recall(any_engine, elsewhere)) == {(TWO.url, seen("b").id)}


def test_many_entries_are_remembered_and_twice_is_once(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE])
    (state,) = claim_at(any_engine, "me").feeds
    many = [seen(str(number), f"g{number}") for number in range(1200)]
    edited = replace(many[0], content_hash="edited", revision=2, revised=after(60))
    late = replace(edited, content_hash="late", revision=1)
    save(any_engine, "me", [Saved(state.url, polled(), new=many)])
    save(any_engine, "me", [Saved(state.url, polled(), new=many, changed=[edited])])
    save(any_engine, "me", [Saved(state.url, polled(), changed=[late])])
    found = recall(any_engine, many)
    assert len(found) == 1200
    assert found[ONE.url, many[0].id] == replace(edited, seen=NOON)


def test_state_and_entries_are_saved_together_or_not_at_all(any_engine: Engine) -> None:
    sync_at(any_engine, [ONE])
    (state,) = claim_at(any_engine, "me").feeds
    with pytest.raises(Exception, match="nowhere"):
        save(any_engine, "me", [Saved(state.url, {**polled(), "nowhere": 1}, new=[seen("a")])])
    with reading(any_engine) as connection:
        assert connection.execute(select(entries)).all() == []


def test_an_address_is_adopted_once_enough_polls_agree(engine: Engine) -> None:
    sync_at(engine, [ONE])
    with writing(engine) as connection:
        connection.execute(update(feeds).values(moved_to="https://new.example.org/feed", moved_polls=2))
    (state,) = claim_at(engine, "me").feeds
    assert state.address == ONE.url
    adopted = FeedState(ONE.url, ONE.outlet, "en", 600.0, moved_to="https://new.example.org/feed", moved_polls=3)
    assert adopted.address == "https://new.example.org/feed"


def test_pollers_that_claim_at_the_same_time_never_share_a_feed(any_engine: Engine) -> None:
    sync_at(any_engine, [make_feed(f"https://n{number}.example.org/feed") for number in range(40)])
    with ThreadPoolExecutor(4) as pool:
        claims = pool.map(lambda number: claim_at(any_engine, f"poller {number}", limit=15), range(8))
        claimed = [url for found in claims for url in urls(found)]
    assert len(claimed) == len(set(claimed))
    leased = {row.url: row.lease_owner for row in rows(any_engine).values() if row.lease_owner}
    assert set(leased) == set(claimed)
