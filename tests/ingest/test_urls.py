from __future__ import annotations

import pytest

from ingest.urls import canonical_url, registered_domain, same_site


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("https://Example.COM/A/b", "https://example.com/A/b"),
        ("HTTP://example.com:80", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("  https://example.com/a\n", "https://example.com/a"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com/a#comments", "https://example.com/a"),
        ("https://example.com/a#!/story/5", "https://example.com/a#!/story/5"),
        ("https://example.com/%e0%b8%81?q=%e0%b8%81", "https://example.com/%E0%B8%81?q=%E0%B8%81"),
        ("https://пример.рф/статья", "https://xn--e1afmkfd.xn--p1ai/%D1%81%D1%82%D0%B0%D1%82%D1%8C%D1%8F"),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
        ("http://[::1]:80/a", "http://[::1]/a"),
    ],
)
def test_an_address_has_one_spelling(written: str, canonical: str) -> None:
    assert canonical_url(written) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("utm_source=rss&utm_medium=feed", ""),
        ("id=5&utm_campaign=x&page=2", "?id=5&page=2"),
        ("fbclid=abc&gclid=d", ""),
        ("at_medium=RSS&at_campaign=rss", ""),
        ("ref=rss", ""),
        ("source=twitter", ""),
        ("UTM_Source=x", ""),
        ("p=1&xtor=RSS-1", "?p=1"),
    ],
)
def test_tracking_parameters_are_taken_off(query: str, kept: str) -> None:
    assert canonical_url(f"https://example.com/a?{query}") == f"https://example.com/a{kept}"


@pytest.mark.parametrize(
    "query",
    ["cid=5", "eid=77", "uid=9", "source=reuters", "ref=12345", "id=", "flag", "b=2&a=1", "a=1&a=2", "keyword=x"],
)
def test_parameters_that_may_name_an_article_stay_as_they_are(query: str) -> None:
    assert canonical_url(f"https://example.com/a?{query}") == f"https://example.com/a?{query}"


@pytest.mark.parametrize(
    "written",
    ["", "a/b", "//example.com/a", "mailto:a@example.com", "javascript:alert(1)", "http://", "http://example.com:99999/",
     "http://[::1/", "ftp://example.com/a", "http://" + "a" * 70 + "ü.com/"],
)  # fmt: skip
def test_what_is_no_web_address_has_no_spelling(written: str) -> None:
    assert canonical_url(written) is None


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("/b", "https://example.com/b"),
        ("c?x=1", "https://example.com/a/c?x=1"),
        ("//m.example.com/d", "https://m.example.com/d"),
        ("http://other.com/", "http://other.com/"),
        ("javascript:void(0)", None),
    ],
)
def test_a_link_is_read_from_where_it_stands(link: str, absolute: str | None) -> None:
    assert canonical_url(link, "https://example.com/a/b") == absolute


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://en.antaranews.com/x", "antaranews.com"),
        ("https://news.gov.kh/x", "news.gov.kh"),
        ("https://one.blogspot.com/", "one.blogspot.com"),
        ("http://127.0.0.1:8080/a", "127.0.0.1:8080"),
        ("http://127.0.0.1/a", "127.0.0.1:80"),
        ("https://localhost/a", "localhost:443"),
        ("http://[::1]:9/a", "[::1]:9"),
        ("https://intranet/a", "intranet:443"),
        ("https://новости.рф/", "xn--b1amnebsh.xn--p1ai"),
    ],
)
def test_the_registered_domain_is_the_unit_somebody_owns(url: str, domain: str) -> None:
    assert registered_domain(url) == domain


def test_two_hosts_of_one_domain_are_one_site_and_two_blogs_are_not() -> None:
    assert same_site("https://m.example.com/", "https://www.example.com/a")
    assert not same_site("https://a.blogspot.com/", "https://b.blogspot.com/")
    assert not same_site("http://127.0.0.1:1/", "http://127.0.0.1:2/")
