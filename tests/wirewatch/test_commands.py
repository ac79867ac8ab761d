"""The commands, and that the first page tells the truth about them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer.main

from ingest.archive import Archive
from pipeline import database
from pipeline.http import Response
from pipeline.metrics_server import MetricsServer
from pipeline.telemetry import Telemetry
from pipeline.topics import specs
from tests.wirewatch.conftest import Wirewatch
from wirewatch import cli, configuration, schema_files, wiring
from wirewatch.site import SampleSite

ROOT = Path(__file__).parents[2]
ARTICLE = {
    "id": "1",
    "title": "Vietnam and Russia sign an energy accord",
    "text": (
        "HANOI - Vietnam and Russia signed an energy accord on Monday after talks in Hanoi.\n\n"
        "“Our cooperation is growing,” Russian Foreign Minister Sergey Lavrov said after the signing."
    ),
}


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_tag_gives_the_documented_fields_in_the_order_of_the_input(wirewatch: Wirewatch) -> None:
    other = {"id": 2, "text": "The cat sat on the mat and looked at the rain."}
    ran = wirewatch("tag", stdin="\n".join(map(json.dumps, (ARTICLE, other))))
    assert ran.code == 0, ran.err
    first, second = lines(ran.out)
    keys = ["id", "lang", "relevance", "level", "themes", "actors", "quotes", "evidence", "score"]
    assert list(first) == keys
    assert (first["id"], second["id"]) == ("1", "2")
    assert (first["level"], second["level"]) == ("direct", "none")
    for actor in first["actors"]:
        assert list(actor) == ["id", "name", "kind", "side", "count", "mentions"]
        for mention in actor["mentions"]:
            field = ARTICLE[mention["field"]]
            assert field[mention["start"] : mention["end"]] == mention["text"]
    assert {"russia", "vietnam"} <= {actor["id"] for actor in first["actors"]}
    assert first["quotes"][0]["speaker_id"] == "sergey-lavrov"


def test_group_names_story_and_original(wirewatch: Wirewatch) -> None:
    body = " ".join(f"word{number}" for number in range(80))
    rows = [{"id": "a", "text": body, "lang": "en"}, {"id": "b", "text": f"MOSCOW - {body} The end."}]
    ran = wirewatch("group", stdin="\n".join(map(json.dumps, rows)))
    assert ran.code == 0, ran.err
    first, second = lines(ran.out)
    assert first["copy_of"] is None
    assert second["copy_of"] == "a"
    assert first["story"] == second["story"]
    assert first["lang"] == "en"


def test_extract_gives_one_article_a_page(wirewatch: Wirewatch, tmp_path: Path) -> None:
    paragraphs = "".join(f"<p>Paragraph {n} tells of the harvest and of the price of rice.</p>" for n in range(8))
    page = f"<html lang=en><head><title>Harvest</title></head><body><article>{paragraphs}</article></body></html>"
    (tmp_path / "page.html").write_text(page)
    ran = wirewatch("extract", "--url", "https://news.example/harvest", "page.html")
    assert ran.code == 0, ran.err
    (article,) = lines(ran.out)
    assert article["url"] == "https://news.example/harvest"
    assert "Paragraph 7" in article["text"]
    assert article["title"] == "Harvest"


def test_extract_reads_every_page_of_an_archive(wirewatch: Wirewatch, tmp_path: Path) -> None:
    rain = "".join(f"<p>Пункт {n} о дожде и о цене риса в порту.</p>" for n in range(8)).encode("koi8-r")
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with Archive(tmp_path, 1 << 20, "1", Telemetry()) as archive:
        for url, body in (("https://news.example/rain", rain), ("https://news.example/empty", b"<html></html>")):
            archive.add(Response(url, 200, {"content-type": "text/html; charset=koi8-r"}, body, moment))
    [path] = tmp_path.glob("*.warc.gz")
    ran = wirewatch("extract", path.name)
    assert ran.code == 0, ran.err
    article, empty = lines(ran.out)
    assert (article["url"], article["fetched"]) == ("https://news.example/rain", "2026-03-01T12:00:00+00:00")
    assert article["text"].startswith("Пункт 0")
    assert (empty["url"], empty["text"]) == ("https://news.example/empty", "")


def test_pages_without_an_address_have_ids_of_their_own(wirewatch: Wirewatch, tmp_path: Path) -> None:
    for name in ("rice", "rain"):
        (tmp_path / f"{name}.html").write_text(
            f"<html><body><article>{f'<p>Of the {name}.</p>' * 20}</article></body></html>"
        )
    ran = wirewatch("extract", "rice.html", "rain.html")
    assert ran.code == 0, ran.err
    rice, rain = lines(ran.out)
    assert rice["id"] != rain["id"]
    assert rice["url"] is rain["url"] is None


def test_parse_feed_gives_entries_and_problems(wirewatch: Wirewatch) -> None:
    feed = (
        '<rss version="2.0"><channel><title>News</title><item><title>One</title>'
        "<link>https://news.example/1</link></item><item><title>No link</title></item></channel></rss>"
    )
    ran = wirewatch("parse-feed", "-", stdin=feed)
    assert ran.code == 0, ran.err
    (report,) = lines(ran.out)
    assert [entry["title"] for entry in report["entries"]] == ["One"]
    assert report["problems"]


def test_explain_says_why(wirewatch: Wirewatch) -> None:
    ran = wirewatch("explain", "-", stdin=json.dumps(ARTICLE))
    assert ran.code == 0, ran.err
    for word in ("direct", "relevance", "Score", "Evidence", "Vietnam", "Sergey Lavrov"):
        assert word in ran.out


PAGE = (
    f"<html lang=en><head><title>{ARTICLE['title']}</title></head><body><article>{{}}</article></body></html>".format(
        "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLE["text"].split("\n\n"))
    )
)


@pytest.mark.parametrize(("name", "content"), [("page.html", PAGE), ("text.txt", ARTICLE["text"])])
def test_explain_takes_a_page_or_a_text(wirewatch: Wirewatch, tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    ran = wirewatch("explain", name)
    assert ran.code == 0, ran.err
    assert "Sergey Lavrov" in ran.out
    assert "<p>" not in ran.out


def test_explain_takes_an_address(wirewatch: Wirewatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_HTTP__ALLOW_NETWORKS", "127.0.0.0/8")
    with SampleSite.load() as site:
        site.start(speed=1000.0)
        article = next(one for one in site.articles if one.level == "direct" and one.lang == "en" and not one.appears)
        ran = wirewatch("explain", article.url)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("direct")


def test_topics_are_created_once(wirewatch: Wirewatch) -> None:
    first, second = wirewatch("topics", "create"), wirewatch("topics", "create")
    assert (first.code, second.code) == (0, 0)
    assert first.out.split() == [word for spec in specs() for word in ("created", spec.name)]
    assert second.out == "all topics exist\n"


def test_the_retention_of_topics_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_RETENTION", "P2D")
    assert {spec.retention for spec in wiring.topic_specs(configuration.load())} == {timedelta(days=2)}


def test_the_database_is_brought_up_to_date(wirewatch: Wirewatch, tmp_path: Path) -> None:
    assert wirewatch("migrate").code == 0
    engine = database.open_engine(f"sqlite:///{tmp_path / 'data' / 'wirewatch.sqlite'}")
    assert database.is_current(engine)
    engine.dispose()


def test_health_is_that_of_the_stage_on_this_machine(wirewatch: Wirewatch) -> None:
    problems: dict[str, str] = {}
    server = MetricsServer(Telemetry(), "127.0.0.1", 0, health=lambda: problems, readiness=dict)
    server.start()
    well = wirewatch("health", "--port", str(server.port))
    problems["tagger"] = "no progress"
    ill = wirewatch("health", "--port", str(server.port))
    server.stop()
    gone = wirewatch("health", "--port", str(server.port))
    assert (well.code, ill.code, gone.code) == (0, 1, 1)
    assert "503" in ill.err
    assert "refused" in gone.err


def test_check_shows_settings_catalogue_and_watchlists(wirewatch: Wirewatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", "postgresql://user:hidden@host/name")
    ran = wirewatch("check")
    assert ran.code == 0, ran.err
    assert "hidden" not in ran.out
    assert "database_url = **********" in ran.out
    assert re.search(r"catalogue: 2\d\d feeds", ran.out)
    assert re.search(r"watchlist asean-russia: \d{3} actors", ran.out)


def commands() -> list[str]:
    root = typer.main.get_command(cli.app)
    names = []
    for name, command in root.commands.items():  # type: ignore[attr-defined]  # a group has commands
        inner = getattr(command, "commands", None)
        names += [f"{name} {sub}" for sub in inner] if inner else [name]
    return names


def test_the_first_page_names_every_command() -> None:
    told = set(re.findall(r"`(?:wirewatch )?([a-z-]+(?: [a-z]+)?)[^`]*`", (ROOT / "README.md").read_text()))
    assert not [name for name in commands() if name not in told]


def test_the_first_page_s_example_works(wirewatch: Wirewatch) -> None:
    found = re.search(r"^echo '(.+)' \| \.venv/bin/wirewatch tag$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert found
    ran = wirewatch("tag", stdin=found[1])
    assert lines(ran.out)[0]["level"] == "direct"


def test_every_make_target_of_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        told = set(re.findall(r"(?:^|`|    )make ([a-z-]+)", (ROOT / name).read_text(), re.MULTILINE))
        assert told <= targets, name


def test_the_published_schemas_are_those_of_the_messages() -> None:
    published = {path.name: path.read_bytes() for path in (ROOT / "docs/schemas").iterdir()}
    assert published == dict(schema_files.render()), "run `make schemas`"


@pytest.mark.parametrize("name", re.findall(r"`((?:[a-z]+/)+[a-z_]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text()))
def test_every_file_that_the_architecture_names_exists(name: str) -> None:
    assert (ROOT / name).is_file()
