import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree

Outline = etree._Element
CATALOGUE = Path(__file__).parents[2] / "seeds" / "feeds.opml"
ASEAN = {"BN", "KH", "ID", "LA", "MM", "MY", "PH", "SG", "TH", "TL", "VN"}
COUNTRIES = ASEAN | {"RU", "AU", "CN", "HK", "JP"}
LANGUAGES = {"en", "id", "km", "lo", "ms", "my", "pt", "ru", "tet", "th", "tl", "vi", "zh"}
KINDS = {"wire", "public", "private", "state", "official"}
REQUIRED = {"type", "text", "title", "xmlUrl", "language"}
OPTIONAL = {"htmlUrl", "country", "kind", "owner", "status", "note", "disabled"}


@pytest.fixture(scope="module")
def body() -> Outline:
    root = etree.parse(CATALOGUE).getroot()
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title")
    found = root.find("body")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def feeds(body: Outline) -> list[Outline]:
    return body.findall("outline/outline")


def same_address(url: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", url.lower()).rstrip("/")


def test_the_catalogue_is_one_level_of_groups_with_feeds_in_them(body: Outline, feeds: list[Outline]) -> None:
    groups = body.findall("outline")
    assert len(feeds) == len(body.findall(".//outline[@xmlUrl]")) >= 200
    assert len({group.get("text") for group in groups}) == len(groups)
    assert all(len(group) and set(group.attrib) == {"text"} for group in groups)


def test_every_feed_has_the_required_attributes_and_no_unknown_ones(feeds: list[Outline]) -> None:
    for feed in feeds:
        assert set(feed.attrib) >= REQUIRED, feed.attrib
        assert set(feed.attrib) <= REQUIRED | OPTIONAL, feed.attrib
        assert all(value.strip() for value in feed.attrib.values()), feed.attrib
        assert feed.get("text") == feed.get("title")


def test_every_address_is_http_with_a_host_and_listed_once(feeds: list[Outline]) -> None:
    for feed in feeds:
        for url in filter(None, (feed.get("xmlUrl"), feed.get("htmlUrl"))):
            assert urlsplit(url).scheme in {"http", "https"}, url
            assert "." in (urlsplit(url).hostname or ""), url
    counts = Counter(same_address(str(feed.get("xmlUrl"))) for feed in feeds)
    assert [url for url, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("country", sorted(ASEAN | {"RU"}))
def test_each_member_state_and_russia_has_a_feed_that_is_not_in_doubt(feeds: list[Outline], country: str) -> None:
    assert any(feed.get("country") == country and feed.get("status") is None for feed in feeds)


def test_types_languages_countries_and_kinds_are_known(feeds: list[Outline]) -> None:
    for feed in feeds:
        assert feed.get("type") in {"rss", "atom", "sitemap"}, feed.attrib
        assert feed.get("language") in LANGUAGES, feed.attrib
        assert feed.get("kind", "wire") in KINDS, feed.attrib
        assert feed.get("country", "RU") in COUNTRIES, feed.attrib


def test_a_group_holds_feeds_of_one_country_and_only_shared_groups_name_none(body: Outline) -> None:
    for group in body.findall("outline"):
        countries = {feed.get("country") for feed in group}
        assert len(countries) == 1, group.get("text")
        assert (countries == {None}) == (group.get("text") in {"ASEAN", "Regional"})


def test_the_wire_agencies_of_the_region_are_there(feeds: list[Outline]) -> None:
    wires = {feed.get("country") for feed in feeds if feed.get("kind") == "wire" and feed.get("disabled") is None}
    assert wires >= {"ID", "KH", "LA", "MY", "PH", "RU", "TL", "VN"}


def test_both_languages_of_russia_and_the_bodies_of_asean_are_there(feeds: list[Outline]) -> None:
    assert {feed.get("language") for feed in feeds if feed.get("country") == "RU"} == {"en", "ru"}
    assert any(feed.get("kind") == "official" and "asean.org" in str(feed.get("xmlUrl")) for feed in feeds)


def test_one_outlet_has_one_owner(feeds: list[Outline]) -> None:
    owners: dict[str, set[str | None]] = {}
    for feed in feeds:
        owners.setdefault(str(feed.get("text")).partition(" (")[0], set()).add(feed.get("owner"))
    assert [outlet for outlet, named in owners.items() if len(named) > 1] == []
    assert sum(named != {None} for named in owners.values()) >= 30


def test_a_doubtful_feed_says_why_and_a_disabled_one_is_doubtful(feeds: list[Outline]) -> None:
    for feed in feeds:
        assert feed.get("status", "doubtful") == "doubtful", feed.attrib
        assert feed.get("disabled", "true") == "true", feed.attrib
        assert (feed.get("status") is None) == (feed.get("note") is None), feed.attrib
        assert feed.get("disabled") is None or feed.get("status") is not None, feed.attrib
