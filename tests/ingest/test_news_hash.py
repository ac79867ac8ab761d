from __future__ import annotations

import pytest

from ingest.news_hash import news_hash

RSS = "<rss><lastBuildDate>{head}</lastBuildDate><item><title>{first}</title></item><item>{last}</item></rss>{tail}"
ATOM = "<feed><updated>{head}</updated><entry>{first}</entry><entry>{last}</entry></feed>{tail}"
PREFIXED = "<a:feed><a:updated>{head}</a:updated><a:entry>{first}{last}</a:entry></a:feed>{tail}"
JSON = ' {{"title": "{head}", "items": [{{"id": "{first}"}}, {{"id": "{last}"}}]}}'


def body(form: str, head: str = "0", first: str = "1", last: str = "2", tail: str = "") -> bytes:
    return form.format(head=head, first=first, last=last, tail=tail).encode()


@pytest.mark.parametrize("form", [RSS, ATOM, PREFIXED, JSON])
def test_only_a_change_in_the_entries_is_news(form: str) -> None:
    before = news_hash(body(form))
    assert news_hash(body(form, head="another date", tail="<!-- cached at noon -->")) == before
    assert news_hash(body(form, first="x")) != before
    assert news_hash(body(form, last="x")) != before


@pytest.mark.parametrize(
    "empty", [b"", b"<rss><channel/></rss>", b"an error", b'{"items_none": 1}', "<item>".encode("utf-16")]
)
def test_all_counts_where_no_entry_is_seen(empty: bytes) -> None:
    assert news_hash(empty + b" ") != news_hash(empty)


def test_an_entry_taken_away_at_the_end_is_a_change() -> None:
    assert news_hash(b"<rss><item>1</item><item>2</item></rss>") != news_hash(b"<rss><item>1</item></rss>")
