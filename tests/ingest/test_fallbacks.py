"""Whose text is taken where the page has none or a poor one, and how it is marked."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.extract import Extracted
from pipeline.errors import Drop
from pipeline.http import HttpError
from tests.ingest.fetching import AMP, CONTENT, ENTRY, LONG, SUMMARY, TOLD, URL, Answer, Site, answer, fetch


def with_amp(amp_text: str, amp: Answer | None = None, **page: Any) -> Site:
    site = Site(found=Extracted(**{"text": "A short lead.", "amp_url": AMP, "title": "Fog shuts port", **page}))
    site.answers[AMP] = amp or answer(url=AMP)
    site.found[AMP] = Extracted(text=amp_text, title="Other")
    return site


def test_a_poor_page_is_read_in_its_amp_version() -> None:
    article = fetch(with_amp(LONG), TOLD)
    assert (article.text, article.text_source, article.title, article.url) == (LONG, "amp", "Fog shuts port", URL)


def test_a_paywalled_page_keeps_its_mark_whichever_text_is_taken() -> None:
    article = fetch(with_amp(LONG, text=LONG[:300], paywalled=True))
    assert (article.text_source, article.paywalled) == ("amp", True)


def test_a_good_page_is_not_asked_for_twice() -> None:
    site = with_amp(LONG * 2, text=LONG)
    assert fetch(site).text_source == "page"
    assert site.asked == [URL]


@pytest.mark.parametrize("amp", [answer(404, AMP), answer(503, AMP), HttpError("timeout", AMP, "")])
def test_an_amp_version_that_cannot_be_had_costs_nothing(amp: Answer) -> None:
    assert fetch(with_amp(LONG, amp), TOLD).text_source == "feed-summary"


@pytest.mark.parametrize(
    ("page", "paywalled", "update", "source"),
    [
        (LONG, False, {"content": CONTENT * 3}, "page"),
        ("Lead. " * 50, True, {"content": CONTENT}, "feed-content"),
        ("Lead. " * 50, True, {"summary": SUMMARY}, "page"),
        ("Short.", False, {"summary": SUMMARY}, "feed-summary"),
        ("Short.", False, {"summary": SUMMARY, "content": CONTENT}, "feed-content"),
        ("", False, {"content": CONTENT}, "feed-content"),
        ("x" * 120, False, {}, "page"),
    ],
)
def test_the_best_text_is_taken_and_marked(
    page: str,
    paywalled: bool,  # noqa: FBT001  # a table
    update: dict[str, str],
    source: str,
) -> None:
    site = Site(found=Extracted(text=page, paywalled=paywalled))
    assert fetch(site, ENTRY.model_copy(update=update)).text_source == source


@pytest.mark.parametrize("text", ["", "Enable cookies."])
def test_a_page_without_text_and_a_feed_without_one_make_no_article(text: str) -> None:
    with pytest.raises(Drop, match="no-text"):
        fetch(Site(found=Extracted(text=text)))


def test_a_summary_of_a_few_words_or_without_a_title_is_no_article() -> None:
    for update in ({"summary": "Fog again."}, {"summary": SUMMARY, "title": ""}):
        with pytest.raises(Drop):
            fetch(Site(answer(404)), ENTRY.model_copy(update=update))
