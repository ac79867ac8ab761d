from __future__ import annotations

from pathlib import Path

import pytest

from ingest.feeds import Feed, read_catalogue
from pipeline.errors import InputError
from pipeline.messages import Outlet

SHIPPED = Path(__file__).parents[2] / "seeds" / "feeds.opml"
GOOD = '<outline type="rss" text="Antara" title="Antara" xmlUrl="https://example.org/feed" language="id" country="ID"/>'


def write(folder: Path, *outlines: str) -> Path:
    path = folder / "feeds.opml"
    lines = ['<opml version="2.0">', "<head/>", "<body>", *outlines, "</body>", "</opml>"]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_shipped_catalogue_is_read() -> None:
    feeds = read_catalogue(SHIPPED)
    assert len(feeds) >= 200
    assert sum(feed.owner is not None for feed in feeds) >= 50
    assert any(feed.doubtful for feed in feeds)
    assert all(feed.note for feed in feeds if feed.doubtful)


def test_every_attribute_of_a_feed_is_read_in_groups_of_any_depth(tmp_path: Path) -> None:
    outline = (
        '<outline type="sitemap" text="Nhân Dân" title="Nhân Dân" xmlUrl="https://example.org/news.xml" '
        'htmlUrl="https://example.org/" language="vi" country="VN" kind="official" owner="The party" '
        'status="doubtful" note="Old." disabled="true"/>'
    )
    path = write(tmp_path, '<outline text="Asia"><outline text="Vietnam">', outline, "</outline></outline>", GOOD)
    first, second = read_catalogue(path)
    assert first == Feed(
        url="https://example.org/news.xml",
        outlet=Outlet(name="Nhân Dân", country="VN", kind="official"),
        format="sitemap",
        language="vi",
        html_url="https://example.org/",
        doubtful=True,
        disabled=True,
        note="Old.",
        owner="The party",
    )
    assert (second.outlet.name, second.format, second.disabled) == ("Antara", "rss", False)


@pytest.mark.parametrize(
    ("outline", "problem"),
    [
        ('<outline type="rss" text="A"/>', "without xmlUrl"),
        ('<outline text="A"/>', "without xmlUrl"),
        ('<outline type="rss" xmlUrl="https://example.org/a"/>', "without a name"),
        ('<outline type="rss" text="A" xmlUrl="ftp://example.org/a"/>', "no http or https address"),
        ('<outline type="rss" text="A" xmlUrl="https:///a"/>', "no http or https address"),
        ('<outline type="rss" text="A" xmlUrl="https://example.org:port/a"/>', "no http or https address"),
        ('<outline type="rss" text="A" xmlUrl="https://example.org/a b"/>', "no http or https address"),
        ('<outline type="html" text="A" xmlUrl="https://example.org/a"/>', "type='html'"),
        ('<outline type="rss" text="A" xmlUrl="https://example.org/a" status="dead"/>', "status='dead'"),
        ('<outline type="rss" text="A" xmlUrl="https://example.org/a" disabled="yes"/>', "disabled='yes'"),
        ('<outline type="rss" text="A" xmlUrl="https://example.org/a" country="Laos"/>', "country='Laos'"),
        ('<outline type="rss" text="A" xmlUrl="https://example.org/a" kind="blog"/>', "kind='blog'"),
        ('<outline type="rss" text="A" xmlUrl="https://example.org/a" lang="id"/>', "unknown attribute 'lang'"),
        ('<outline type="rss" text="A" xmlUrl="http://www.example.org/feed/"/>', "listed already on line 4"),
        ('<outline text="A" xmlUrl="https://example.org/a">', "not well-formed"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_remedy(tmp_path: Path, outline: str, problem: str) -> None:
    path = write(tmp_path, GOOD, outline)
    with pytest.raises(InputError) as caught:
        read_catalogue(path)
    message = str(caught.value)
    assert problem in message
    line = 6 if "well-formed" in problem else 5
    assert message.startswith(f"{path}:{line}: ")
    assert len(message.splitlines()) == 2
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not well-formed"),
        ("not xml", "not well-formed"),
        ("<rss><channel/></rss>", "not OPML"),
        ('<opml version="2.0"><head/></opml>', "not OPML"),
        ('<opml version="2.0"><body/></opml>', "lists no feed"),
        ('<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/hostname">]><opml><body>&a;</body></opml>', "DOCTYPE"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem) as caught:
        read_catalogue(path)
    assert str(path) in str(caught.value)


def test_a_catalogue_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.opml: No such file"):
        read_catalogue(tmp_path / "nowhere.opml")
