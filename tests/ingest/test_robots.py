from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from ingest.robots import AGE, FAILURE_AGE, Robots, RobotsUnreachable
from pipeline.http import HttpError, HttpResult, Response

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILE = b"""\xef\xbb\xbfUser-agent: *
Disallow: /private/
Crawl-delay: 7

User-agent: Wirewatch
Disallow: /not-for-us
Allow: /not-for-us/but-this
"""


class Hosts:
    """A client that answers robots.txt by status and body, or fails by a result."""

    def __init__(self, answer: tuple[int, bytes] | HttpResult) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def get(self, url: str, *, purpose: str, max_bytes: int) -> Response:
        assert purpose == "robots"
        assert max_bytes >= 500 * 1024
        self.asked.append(url)
        await self.gate.wait()
        if isinstance(self.answer, str):
            raise HttpError(self.answer, url, "")
        return Response(url, self.answer[0], {}, self.answer[1], NOW)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def allowed(answer: tuple[int, bytes] | HttpResult, url: str) -> bool:
    return asyncio.run(Robots(Hosts(answer)).rules(url)).allows(url)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/news/1", True),
        ("/not-for-us", False),
        ("/not-for-us/x", False),
        ("/not-for-us/but-this", True),
        ("/private/", True),
    ],
)
def test_the_rules_for_our_own_name_count_and_the_more_specific_wins(path: str, expected: bool) -> None:  # noqa: FBT001  # a table
    assert allowed((200, FILE), f"https://e.com{path}") is expected


def test_the_rules_for_all_count_where_we_are_not_named() -> None:
    file = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n"
    rules = asyncio.run(Robots(Hosts((200, file))).rules("https://e.com/"))
    assert not rules.allows("https://e.com/private/x")
    assert rules.crawl_delay == 7.0


@pytest.mark.parametrize("answer", [(404, b""), (403, FILE), (410, b""), (200, b""), (200, b"<html>Home</html>"),
                                    (302, b""), "refused-address", "redirects", "too-large"])  # fmt: skip
def test_a_host_without_rules_allows_everything(answer: tuple[int, bytes] | HttpResult) -> None:
    assert allowed(answer, "https://e.com/private/x")


@pytest.mark.parametrize("answer", [(500, b""), (503, b""), (429, b""), "timeout", "dns", "connect", "tls", "protocol"])
def test_a_host_that_does_not_say_is_waited_for(answer: tuple[int, bytes] | HttpResult) -> None:
    with pytest.raises(RobotsUnreachable) as caught:
        allowed(answer, "https://e.com/x")
    assert 0 < caught.value.after <= FAILURE_AGE


def test_a_host_is_asked_once_while_its_answer_is_young() -> None:
    async def scene() -> None:
        hosts, clock = Hosts((200, FILE)), Clock()
        robots = Robots(hosts, clock=clock)
        await robots.rules("https://e.com/a")
        clock.now = AGE - 1
        await robots.rules("https://e.com/b")
        assert hosts.asked == ["https://e.com/robots.txt"]
        clock.now = AGE
        await robots.rules("https://e.com/c")
        assert len(hosts.asked) == 2

    asyncio.run(scene())


def test_a_failing_host_is_asked_again_sooner() -> None:
    async def scene() -> None:
        hosts, clock = Hosts((500, b"")), Clock()
        robots = Robots(hosts, clock=clock)
        for moment, asked in ((0.0, 1), (FAILURE_AGE - 1, 1), (FAILURE_AGE, 2)):
            clock.now = moment
            with pytest.raises(RobotsUnreachable):
                await robots.rules("https://e.com/a")
            assert len(hosts.asked) == asked
        hosts.answer = (200, FILE)
        clock.now = 2 * FAILURE_AGE
        assert (await robots.rules("https://e.com/a")).allows("https://e.com/a")

    asyncio.run(scene())


def test_many_who_ask_at_once_share_one_request_even_if_the_first_goes_away() -> None:
    async def scene() -> None:
        hosts = Hosts((200, FILE))
        hosts.gate.clear()
        robots = Robots(hosts)
        askers = [asyncio.ensure_future(robots.rules("https://e.com/a")) for _ in range(5)]
        await asyncio.sleep(0)
        askers[0].cancel()
        hosts.gate.set()
        answers = await asyncio.gather(*askers[1:])
        assert all(rules.allows("https://e.com/a") for rules in answers)
        assert hosts.asked == ["https://e.com/robots.txt"]

    asyncio.run(scene())


def test_scheme_and_port_make_another_host() -> None:
    async def scene() -> None:
        hosts = Hosts((404, b""))
        robots = Robots(hosts)
        for url in ("https://e.com/a", "http://e.com/a", "https://e.com:8443/a", "https://www.e.com/a"):
            await robots.rules(url)
        assert len(hosts.asked) == 4

    asyncio.run(scene())


def test_each_request_for_rules_is_told_to_who_spares_the_domain() -> None:
    async def scene() -> list[str]:
        began: list[str] = []
        robots = Robots(Hosts((200, b"")), began.append)
        for url in ("https://news.example.com/1", "https://news.example.com/2", "https://www.example.com/"):
            await robots.rules(url)
        return began

    assert asyncio.run(scene()) == ["example.com", "example.com"]
