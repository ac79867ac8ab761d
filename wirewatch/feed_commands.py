"""The feeds, looked at and changed by command; what is shown is in feed_view.py."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest import feed_edit, feed_list
from ingest.discover import Discovery, Found, newest, stranger
from ingest.feed_list import ListedFeed, Wanted
from ingest.feeds import Feed, feed_of, is_web_address, read_catalogue
from ingest.outlet_watch import health_of_outlets
from ingest.parsed import ParsedFeed
from ingest.poll import Poll, poll
from ingest.robots import Robots
from ingest.urls import registered_domain
from pipeline.errors import InputError
from pipeline.http import HttpClient
from pipeline.settings import Settings
from pipeline.telemetry import Telemetry
from wirewatch import __version__, wiring

AT_ONCE = 20
"""Sites that are asked at once; the feeds of one come one after the other."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a feed answered when it was asked once; `problem` is why it cannot be used."""

    url: str
    outlet: str
    feed: ParsedFeed | None
    newest: datetime | None
    problem: str | None


def listed(settings: Settings) -> tuple[ListedFeed, ...]:
    """Return every feed that is known, with its state. Raises InputError for a catalogue that cannot be read."""
    catalogue = wiring.load_catalogue(settings)
    with _wiring(settings) as wired:
        return feed_list.list_feeds(wired.engine, catalogue, datetime.now(UTC))


def unwell(settings: Settings) -> dict[str, str]:
    """Return in words, by outlet, what the pages of outlets lack that they used to have."""
    with _wiring(settings) as wired:
        found = health_of_outlets(wired.engine)
    return {name: "; ".join(health.problems) for name, health in found.items() if health.problems}


def wanted(states: Sequence[str], countries: Sequence[str], outlet: str) -> Wanted:
    """Return the filter. Raises InputError for a state that there is not."""
    unknown = next((state for state in states if state not in feed_list.STATES), None)
    if unknown is not None:
        raise InputError("--state", f"{unknown!r} is no state of a feed", f"Use {', '.join(feed_list.STATES)}.")
    return Wanted(states, countries, outlet)


def check(urls: Sequence[str], settings: Settings, tell: Callable[[Checked], None]) -> None:
    """Ask each feed once, all that are polled if none is named, and tell each answer as it comes; changes nothing.

    Raises InputError for what is no address.
    """
    for url in urls:
        _need_address(url)
    known = listed(settings)
    if urls:
        found = [(url, feed_list.find(known, url)) for url in urls]
        asked = [(url, one.feed.outlet.name if one else stranger(url).outlet.name) for url, one in found]
    else:
        asked = [(one.address, one.feed.outlet.name) for one in known if one.polls]
    asyncio.run(_check(asked, settings, tell))


async def _check(asked: Sequence[tuple[str, str]], settings: Settings, tell: Callable[[Checked], None]) -> None:
    sites: dict[str, list[tuple[str, str]]] = {}
    for url, outlet in asked:
        sites.setdefault(registered_domain(url), []).append((url, outlet))
    room = asyncio.Semaphore(AT_ONCE)

    async def visit(site: Sequence[tuple[str, str]]) -> None:
        async with room:
            for number, (url, outlet) in enumerate(site):
                if number:
                    await asyncio.sleep(settings.politeness.delay)
                tell(_checked(url, outlet, await _poll(client, url, settings)))

    async with _client(settings) as client, asyncio.TaskGroup() as group:
        for site in sites.values():
            group.create_task(visit(site))


def _checked(url: str, outlet: str, answer: Poll) -> Checked:
    latest = newest(answer.parsed, datetime.now(UTC)) if answer.parsed else None
    return Checked(url, outlet, answer.parsed, latest, answer.problem)


def add(url: str, said: Mapping[str, str | None], settings: Settings) -> tuple[Feed, ParsedFeed]:
    """Ask a feed and put it into the schedule; what is not `said` of it (as in the catalogue) the feed says itself.

    Raises InputError when it is polled already, or cannot be used.
    """
    _need_address(url)
    given = {name: value for name, value in said.items() if value}
    feed_of({"text": url, "xmlUrl": url, **given}, url)  # before anybody is asked
    known = feed_list.find(listed(settings), url)
    if known is not None and known.polls:
        raise InputError(url, f"is polled already, as {known.feed.outlet.name}", "See it with: wirewatch feeds list")

    async def ask() -> Poll:
        async with _client(settings) as client:
            return await _poll(client, url, settings)

    answer = asyncio.run(ask())
    if answer.parsed is None:
        raise InputError(url, str(answer.problem), "Look for the feed with: wirewatch feeds discover ADDRESS")
    named = {"text": answer.parsed.title or stranger(url).outlet.name, "language": answer.parsed.language or ""}
    feed = feed_of({name: value for name, value in {**named, **given, "xmlUrl": url}.items() if value}, url)
    with _wiring(settings) as wired:
        feed_edit.add(wired.engine, [feed], datetime.now(UTC), settings.poller.floor)
    return feed, answer.parsed


def retire(url: str, settings: Settings) -> Feed:
    """Take a feed out of the schedule. Raises InputError for one that nobody knows."""
    known = listed(settings)
    one = feed_list.find(known, url)
    if one is None:
        close = difflib.get_close_matches(url, [each.feed.url for each in known], n=1)
        raise InputError(url, "no such feed", f"Did you mean {close[0]}?" if close else "See: wirewatch feeds list")
    with _wiring(settings) as wired:
        feed_edit.retire(wired.engine, one.feed, datetime.now(UTC), settings.poller.floor)
    return one.feed


def import_file(path: Path, settings: Settings) -> tuple[int, int]:
    """Put the feeds of an OPML file into the schedule; return how many are new, and how many were known already.

    Raises InputError for a file that is no OPML of feeds.
    """
    found = read_catalogue(path, foreign=True)
    known = listed(settings)
    new = [feed for feed in found if feed_list.find(known, feed.url) is None]
    with _wiring(settings) as wired:
        feed_edit.add(wired.engine, new, datetime.now(UTC), settings.poller.floor)
    return len(new), len(found) - len(new)


def discover(url: str, settings: Settings, tell: Callable[[Found], None]) -> None:
    """Look for the feeds of a site, from its home page, and tell each as it is found. Raises InputError."""
    address = url if "://" in url else f"https://{url}"
    _need_address(address)

    async def look() -> None:
        async with _client(settings) as client:
            discovery = Discovery(
                client,
                Robots(client) if settings.politeness.robots else None,
                datetime.now(UTC),
                max_bytes=settings.http.feed_bytes,
                delay=settings.politeness.delay,
                pause=asyncio.sleep,
            )
            async for found in discovery.feeds(address):
                tell(found)

    asyncio.run(look())


def discovered_feed(found: Found) -> Feed:
    """Return a feed that was found, as the catalogue has it."""
    parsed = found.feed or ParsedFeed(format="")
    return Feed(
        url=found.url,
        outlet=stranger(found.url).outlet.model_copy(update={"name": parsed.title} if parsed.title else {}),
        format="sitemap" if "sitemap" in parsed.format else "atom" if parsed.format.startswith("atom") else "rss",
        language=parsed.language,
    )


async def _poll(client: HttpClient, url: str, settings: Settings) -> Poll:
    return await poll(client, stranger(url), datetime.now(UTC), settings.http.feed_bytes)


def _client(settings: Settings) -> HttpClient:
    return HttpClient(settings.http, __version__, Telemetry())


@contextlib.contextmanager
def _wiring(settings: Settings) -> Iterator[wiring.Wiring]:
    with ExitStack() as stack:
        yield wiring.Wiring(settings, stack)


def _need_address(url: str) -> None:
    if not is_web_address(url):
        raise InputError(url, "no http or https address", "Give the whole address, such as https://example.org/feed.")


def as_json(checked: Checked, outlets: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a checked feed as JSON has it; `outlets` are words on the health of outlets, by name."""
    feed = checked.feed
    return {
        "url": checked.url,
        "outlet": checked.outlet,
        "ok": feed is not None,
        **_feed_json(feed, checked.newest),
        "problem": checked.problem,
        "outlet_health": (outlets or {}).get(checked.outlet),
    }


def found_json(found: Found) -> dict[str, Any]:
    """Return a found feed as JSON has it."""
    latest = newest(found.feed, datetime.now(UTC)) if found.feed else None
    return {"url": found.url, "way": found.way, **_feed_json(found.feed, latest), "problem": found.problem}


def _feed_json(feed: ParsedFeed | None, latest: datetime | None) -> dict[str, Any]:
    return {
        "format": feed.format if feed else None,
        "title": feed.title if feed else None,
        "entries": len(feed.entries) if feed else None,
        "newest": latest.isoformat(timespec="seconds") if latest else None,
        "problems": list(feed.problems) if feed else [],
    }
