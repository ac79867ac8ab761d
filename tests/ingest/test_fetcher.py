from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from ingest.article_ids import ArticleIds
from ingest.down_hosts import FIRST_PAUSE
from ingest.extract import Extracted
from ingest.fetcher import LONGEST_WAIT, RATE_LIMIT_PAUSE
from pipeline.errors import Drop, Quarantine, Retry
from pipeline.http import HttpError, Response
from pipeline.messages import Article, url_id
from tests.ingest.fetching import ENTRY, LONG, NOON, SUMMARY, TOLD, URL, Answer, Fetching, Site, answer, fetch


def test_a_page_becomes_an_article() -> None:
    site = Site(
        found=Extracted(
            text=LONG, title="Fog shuts port", authors=("Ana Cruz",), language="en", section="World",
            image="https://cdn.example/1.jpg",
            published=NOON - timedelta(hours=2), published_basis="json-ld", modified=NOON - timedelta(hours=1),
        )
    )  # fmt: skip
    article = fetch(site)
    assert article == Article(
        id=url_id(URL),
        url=URL,
        entry_id=ENTRY.id,
        feed_url=ENTRY.feed_url,
        outlet=ENTRY.outlet,
        title="Fog shuts port",
        text=LONG,
        text_source="page",
        authors=("Ana Cruz",),
        section="World",
        image="https://cdn.example/1.jpg",
        language="en",
        published=NOON - timedelta(hours=2),
        published_basis="json-ld",
        published_certainty="exact",
        modified=NOON - timedelta(hours=1),
        discovered=ENTRY.discovered,
        fetched=NOON,
    )
    assert site.charsets == ["koi8-r"]


def test_the_feed_fills_in_where_the_page_is_silent() -> None:
    entry = ENTRY.model_copy(update={"authors": ("Bo Lim",), "language": "id", "published": NOON - timedelta(hours=3)})
    article = fetch(Site(found=Extracted(text=LONG)), entry)
    assert (article.title, article.authors, article.language) == ("Fog & ferries", ("Bo Lim",), "id")
    assert (article.published, article.published_basis) == (NOON - timedelta(hours=3), "feed")


EARLY, FED = NOON - timedelta(hours=9), NOON - timedelta(hours=3)


@pytest.mark.parametrize(
    ("page", "basis", "feed", "published", "told"),
    [
        (EARLY, "meta", FED, EARLY, "meta"),
        (EARLY, "page", FED, FED, "feed"),
        (EARLY, "page", None, EARLY, "page"),
        (None, None, None, ENTRY.discovered, "discovered"),
        (NOON + timedelta(hours=23), "json-ld", FED, NOON + timedelta(hours=23), "json-ld"),
        (NOON + timedelta(hours=25), "json-ld", FED, FED, "feed"),
        (NOON + timedelta(hours=25), "json-ld", None, ENTRY.discovered, "discovered"),
    ],
)
def test_the_published_time_is_the_most_exact_that_is_believable(
    page: datetime | None, basis: Any, feed: datetime | None, published: datetime, told: str
) -> None:
    found = Extracted(text=LONG, published=page, published_basis=basis)
    article = fetch(Site(found=found), ENTRY.model_copy(update={"published": feed}))
    assert (article.published, article.published_basis) == (published, told)


def test_a_modified_time_in_the_future_is_not_believed() -> None:
    assert fetch(Site(found=Extracted(text=LONG, modified=NOON + timedelta(days=2)))).modified is None


@pytest.mark.parametrize(
    ("final", "canonical", "url"),
    [
        (URL, "https://www.news.example.com/item-5", "https://www.news.example.com/item-5"),
        (URL + "?utm_source=rss", None, URL),
        ("https://other.example/item-5", None, "https://other.example/item-5"),
    ],
)
def test_the_id_is_that_of_the_canonical_address(final: str, canonical: str | None, url: str) -> None:
    site = Site(answer(url=final))
    site.found[final] = Extracted(text=LONG, canonical_url=canonical)
    article = fetch(site)
    assert (article.url, article.id, article.entry_id) == (url, url_id(url), ENTRY.id)


def test_a_title_that_is_only_the_outlet_s_name_is_no_title() -> None:
    assert fetch(Site(found=Extracted(text=LONG, title="THE NEWS"))).title == "Fog & ferries"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(404), "gone"),
        (answer(410), "gone"),
        (answer(403), "forbidden"),
        (answer(401), "forbidden"),
        (answer(451), "forbidden"),
        (answer(402), "paywall"),
        (answer(418), "bad-status"),
        (answer(302), "bad-status"),
        (answer(204), "empty"),
        (answer(body=b" \n"), "empty"),
        (answer(content_type="application/pdf", body=b"%PDF-1.7"), "not-html"),
        (answer(content_type="", body=b"\x89PNG"), "not-html"),
        (answer(content_type="text/plain", body=b"words"), "not-html"),
        (answer(url="https://news.example.com/"), "gone"),
        (HttpError("too-large", URL, ""), "too-large"),
        (HttpError("refused-address", URL, ""), "refused-address"),
        (HttpError("redirects", URL, ""), "redirects"),
    ],
)
def test_without_a_page_the_feed_s_own_text_is_the_article_or_there_is_none(response: Answer, reason: str) -> None:
    with pytest.raises(Drop) as caught:
        fetch(Site(response))
    assert caught.value.reason == reason
    article = fetch(Site(response), TOLD)
    assert (article.text, article.text_source, article.url) == (SUMMARY, "feed-summary", URL)
    assert article.fetched is None
    assert article.paywalled is (reason == "paywall")


@pytest.mark.parametrize(
    ("response", "reason", "after"),
    [
        (answer(500), "server-error", None),
        (answer(502), "server-error", None),
        (answer(408), "server-error", None),
        (answer(503, retry_after="90"), "server-error", 90.0),
        (answer(429, retry_after="120"), "rate-limited", 120.0),
        (answer(429), "rate-limited", RATE_LIMIT_PAUSE),
        (answer(429, retry_after="999999"), "rate-limited", LONGEST_WAIT),
        *[(HttpError(result, URL, ""), result, None) for result in
          ("timeout", "dns", "connect", "tls", "protocol", "decode")],
    ],
)  # fmt: skip
def test_what_may_pass_is_tried_again_with_the_feed_s_text_in_reserve(
    response: Answer, reason: str, after: float | None
) -> None:
    with pytest.raises(Retry) as caught:
        fetch(Site(response))
    assert (caught.value.reason, caught.value.after, caught.value.fallback) == (reason, after, None)
    assert not caught.value.forever
    with pytest.raises(Retry) as caught:
        fetch(Site(response), TOLD)
    [fallback] = caught.value.fallback or ()
    assert isinstance(fallback, Article)
    assert fallback.text_source == "feed-summary"


def test_a_host_that_limits_the_rate_is_left_alone() -> None:
    fetching = Fetching(Site(answer(429, retry_after="7200")))
    with pytest.raises(Retry):
        fetching()
    assert fetching.holds() == pytest.approx(7200, abs=60)
    assert fetching.holds("other.example") == 0
    with pytest.raises(Retry) as caught:
        fetching(TOLD)
    assert (caught.value.reason, caught.value.forever) == ("rate-limited", False)
    assert caught.value.fallback


def test_a_busy_domain_is_come_back_to_without_counting_as_a_failure() -> None:
    async def scene() -> Retry:
        site = Site()
        fetching = Fetching(site)
        gate = asyncio.Event()
        get = site.get

        async def slow(url: str, **options: Any) -> Response:
            await gate.wait()
            return await get(url, **options)

        site.get = slow  # type: ignore[method-assign]  # one host that answers nobody for now
        tasks = [asyncio.ensure_future(fetching.fetcher(ENTRY)) for _ in range(20)]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        gate.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        error = done.pop().exception()
        assert isinstance(error, Retry)
        return error

    signal = asyncio.run(scene())
    assert (signal.reason, signal.forever) == ("busy", True)
    assert signal.after is not None


def test_a_host_that_does_not_answer_is_not_asked_again_by_every_page_that_waits() -> None:
    fetching = Fetching(Site(HttpError("timeout", URL, "")))
    other, elsewhere = "https://news.example.com/world/item-6", "https://www.example.com/world/item-7"
    fetching.site.answers[other] = answer(url=other)
    fetching.site.answers[elsewhere] = answer(url=elsewhere)
    fetching.site.found[elsewhere] = Extracted(text=LONG)
    with pytest.raises(Retry, match="timeout"):
        fetching()
    with pytest.raises(Retry) as caught:
        fetching(TOLD.model_copy(update={"url": other}))
    assert (caught.value.reason, caught.value.forever) == ("host-down", False)
    assert caught.value.after == pytest.approx(FIRST_PAUSE, abs=10)
    assert caught.value.fallback
    assert fetching(ENTRY.model_copy(update={"url": elsewhere})).text_source == "page"
    assert fetching.site.asked == [URL, elsewhere]


def test_a_page_that_is_broken_in_itself_says_nothing_of_its_host() -> None:
    for result in ("protocol", "decode", "too-large", "redirects", "refused-address"):
        fetching = Fetching(Site(HttpError(result, URL, "")))  # type: ignore[arg-type]  # the loop's text is one of them
        for _ in range(2):
            with pytest.raises((Retry, Drop), match=result):
                fetching()


def test_what_a_page_had_is_told_to_who_watches_its_outlet() -> None:
    fetching = Fetching(Site(found=Extracted(text=LONG, title="Fog")))
    fetching()
    assert fetching.watch.seen == [("The News", Extracted(text=LONG, title="Fog"))]


@pytest.mark.parametrize("found", [Extracted(text=""), Extracted(text=LONG, title="Just a moment..."), None])
def test_a_page_without_text_is_told_too_but_not_one_that_is_missing_or_walled(found: Extracted | None) -> None:
    fetching = Fetching(Site(None if found else answer(404), found))
    with pytest.raises(Drop):
        fetching()
    assert [seen for _, seen in fetching.watch.seen] == ([found] if found and not found.text else [])


def robots_of(status: int, body: bytes = b"") -> Response:
    return Response("https://news.example.com/robots.txt", status, {}, body, NOON)


def test_robots_txt_is_asked_first_and_heeded() -> None:
    site = Site()
    site.answers["https://news.example.com/robots.txt"] = robots_of(200, b"User-agent: *\nDisallow: /world/\n")
    with pytest.raises(Drop, match="robots"):
        fetch(site, robots=True)
    assert site.asked == ["https://news.example.com/robots.txt"]
    assert fetch(site, TOLD, robots=True).text_source == "feed-summary"


def test_a_host_whose_robots_txt_cannot_be_read_is_waited_for() -> None:
    site = Site()
    site.answers["https://news.example.com/robots.txt"] = robots_of(500)
    with pytest.raises(Retry) as caught:
        fetch(site, TOLD, robots=True)
    assert caught.value.reason == "robots-unreachable"
    assert caught.value.after is not None
    assert caught.value.fallback
    assert site.asked == ["https://news.example.com/robots.txt"]


def test_a_wall_in_the_way_is_not_the_page() -> None:
    found = Extracted(text=LONG, title="Just a moment...")
    with pytest.raises(Drop, match="forbidden"):
        fetch(Site(found=found))
    assert fetch(Site(found=found), TOLD).text_source == "feed-summary"


@pytest.mark.parametrize("signal", [Retry("extraction crashed"), Quarantine("extraction crashed, 3 times")])
def test_what_the_extractor_decides_stands(signal: Exception) -> None:
    with pytest.raises(type(signal)) as caught:
        fetch(Site(found=signal), TOLD)
    assert caught.value is signal


def test_an_html_page_without_a_type_is_read() -> None:
    assert fetch(Site(answer(content_type="", body=b"<!DOCTYPE html><html>"))).text_source == "page"


@pytest.mark.parametrize("found", [Extracted(text=LONG), Extracted(text="")])
def test_a_revision_is_the_same_article_also_where_its_link_has_changed(found: Extracted) -> None:
    moved = TOLD.model_copy(update={"revision": 3, "url": f"{URL}-edited"})
    site = Site()
    site.answers[moved.url], site.found[moved.url] = answer(url=moved.url), found
    article = Fetching(site)(moved)
    assert (article.id, article.revision, article.url) == (ENTRY.id, 3, moved.url)
    edited = Fetching(Site())(TOLD.model_copy(update={"revision": 1}))
    assert (edited.id, edited.revision) == (ENTRY.id, 1)


def canonical(name: str) -> Extracted:
    return Extracted(text=LONG, title="Fog", canonical_url=f"https://news.example.com/{name}")


@pytest.mark.parametrize("first", [canonical("one"), Extracted(text=LONG), Extracted(text="")])
@pytest.mark.parametrize("link", [URL, f"{URL}-edited"])
@pytest.mark.parametrize("then", [canonical("two"), Extracted(text=LONG), Extracted(text="")])
def test_a_revision_is_the_same_article_wherever_its_link_and_its_page_have_moved(
    any_engine: Engine, first: Extracted, link: str, then: Extracted
) -> None:
    article = fetch(Site(found=first), TOLD, ids=ArticleIds(any_engine))
    site = Site()
    site.answers[link], site.found[link] = answer(url=link), then
    for revision in (1, 2):
        edited = fetch(site, TOLD.model_copy(update={"revision": revision, "url": link}), ids=ArticleIds(any_engine))
        assert (edited.id, edited.revision) == (article.id, revision)
    again = fetch(Site(found=first), TOLD, ids=ArticleIds(any_engine))
    assert again.id == article.id


def test_two_entries_whose_pages_name_one_address_are_one_article(any_engine: Engine) -> None:
    other = f"{URL}?from=front"
    site = Site(found=canonical("one"))
    site.answers[other], site.found[other] = answer(url=other), canonical("one")
    entry = TOLD.model_copy(update={"id": url_id(other), "url": other})
    ids = ArticleIds(any_engine)
    assert fetch(site, entry, ids=ids).id == fetch(site, TOLD, ids=ids).id == url_id("https://news.example.com/one")


def test_what_the_feed_says_in_the_end_has_the_id_of_its_article_too(any_engine: Engine) -> None:
    ids = ArticleIds(any_engine)
    article = fetch(Site(found=canonical("one")), TOLD, ids=ids)
    edited = TOLD.model_copy(update={"revision": 1})
    with pytest.raises(Retry) as caught:
        fetch(Site(HttpError("timeout", URL, "slow")), edited, ids=ids)
    [fallback] = caught.value.fallback or []
    assert fallback.id == article.id
