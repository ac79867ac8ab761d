"""The report of a period: as it was agreed on, and with nothing from the web but text."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from lxml import etree, html

from pipeline import database
from pipeline.messages import Outlet, StoryEvent, TaggedArticle
from pipeline.tables import metadata
from pipeline.testing import NOON
from sinks.store import Store
from sinks.summary import Summary, summary
from tests.sinks.builders import HOSTILE, Clock, make_actor, make_article, make_event, make_tagged, make_tagging
from tests.wirewatch.archives import FAIR, archived, article
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch.charts import HEIGHT, WIDTH, bars, columns
from wirewatch.report_pages import ReportFormat, markdown, render

GOLDEN = Path(__file__).parent / "golden"
NAMES = {"w": "Wide & watchful", "trade": "Trade <and> rice"}
FORMS = get_args(ReportFormat)


def summed(folder: Path, titles: tuple[str, ...]) -> Summary:
    """A week of articles with these titles, from outlets of the same hostility, in a story each."""
    engine = database.open_engine(f"sqlite:///{folder / 'report.db'}")
    metadata.create_all(engine)
    messages: list[TaggedArticle | StoryEvent] = []
    for number, title in enumerate(titles):
        outlet = Outlet(name=title[:40] or "Outlet", country=("ID", "RU", None)[number % 3])
        published = NOON - timedelta(hours=5 + 7 * number)
        one = make_article(str(number), title=title, outlet=outlet, published=published)
        tagging = make_tagging(
            "w", ("direct", "passing")[number % 2], make_actor("asean"), make_actor(f"a{number % 4}")
        )
        messages += [make_tagged(one, tagging), make_event("opened", str(number), article=one)]
    quiet = make_article("quiet", outlet=Outlet(name="Quiet Times", country="TH"), published=NOON - timedelta(days=1))
    Store(engine, Clock()).write([*messages, make_tagged(quiet, make_tagging("w", "none"))])
    found = summary(engine, NOON - timedelta(days=7), NOON, "w")
    engine.dispose()
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_report_is_the_one_that_was_agreed_on(
    tmp_path: Path, form: ReportFormat, pytestconfig: pytest.Config
) -> None:
    titles = (
        "Ministers sign accord",
        "Россия и Вьетнам",
        "ประเทศไทยและรัสเซีย",
        "俄罗斯与东盟",
        "<b>Bold</b> & *starred*",
    )
    made = render(summed(tmp_path, titles), NAMES, form, NOON)
    golden = GOLDEN / f"report.{form}"
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")


def test_a_page_has_no_script_and_nothing_of_the_web_but_text_and_links(tmp_path: Path) -> None:
    titles = (*HOSTILE, "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "]]></title><p>")
    page = html.fromstring(render(summed(tmp_path, titles), NAMES, "html", NOON))
    names = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert not names & {"script", "img", "iframe", "b", "object", "form", "input"}
    attributes = {name for element in page.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on")]
    assert {element.get("href")[:8] for element in page.iter("a")} == {"https://"}
    assert len(page.findall(".//article")) == len(titles)
    assert "<script>alert(1)</script>" in page.text_content()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page.text_content())
    for drawing in page.iter("svg"):
        etree.fromstring(etree.tostring(drawing))


@pytest.mark.parametrize("title", [*HOSTILE, "[x](javascript:alert(1))", "# head", "a | b", "![i](http://x/y)", "<b>x"])
def test_markdown_holds_no_sign_of_the_web_s(title: str) -> None:
    assert not re.search(r"(?<!\\)[\[\]<>|*_`!#@]", markdown(title).replace("\\\\", ""))
    assert "\n" not in markdown(title)


def test_an_empty_period_makes_a_report_too(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    metadata.create_all(engine)
    found = summary(engine, NOON - timedelta(days=1), NOON)
    for form in FORMS:
        assert "All watchlists" in render(found, {}, form, NOON)


def test_columns_and_bars_stay_within_their_drawing() -> None:
    days = [(str(day), (("direct", day % 7), ("passing", day % 3))) for day in range(90)]
    for drawing in (columns(days), columns([]), bars([(str(n), n * n) for n in range(30)]), bars([])):
        for one in drawing.rectangles:
            assert 0 <= one.x <= one.x + one.width <= WIDTH + 0.2
            assert -0.2 <= one.y <= one.y + one.height <= drawing.height
    tallest = max(columns(days).rectangles, key=lambda one: one.height)
    assert tallest.height <= HEIGHT


def test_the_command_writes_a_report(wirewatch: Wirewatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archived(tmp_path, article("deal"), article("fair", FAIR, outlet=Outlet(name="Goat Weekly")))
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", str(path))
    ran = wirewatch("report", "--since", "3d", "--format", "md", "--watchlist", "small")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("# A small watchlist\n")
    assert "1 relevant articles of 2 that came in" in ran.out
    assert "none of them relevant: Goat Weekly." in ran.out
    assert wirewatch("report", "-o", "report.html").out == ""
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    refused(wirewatch("report", "--watchlist", "none"), "'none' is no watchlist's id")
    refused(wirewatch("report", "-o", "no/report.html"), "no/report.html", "cannot be written")
