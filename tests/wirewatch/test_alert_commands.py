"""The commands of the alert ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from pipeline import database
from pipeline.errors import InputError
from pipeline.telemetry import Telemetry
from sinks.alerts import Alerts
from sinks.desk import Desk, Wanted
from sinks.ledger import Ledger
from sinks.rule_model import Rule
from tests.sinks.builders import HOSTILE, make_article, make_event
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch import alert_view
from wirewatch.since import until

NOW = datetime.now(UTC)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setenv("WIREWATCH_ALERTS__TERMINAL", "false")
    monkeypatch.setenv("WIREWATCH_ALERTS__JSONL", str(tmp_path / "alerts.jsonl"))
    (tmp_path / "data").mkdir()
    engine = database.open_engine(f"sqlite:///{tmp_path / 'data' / 'wirewatch.sqlite'}")
    database.migrate(engine)
    return Ledger(engine)


def enter(ledger: Ledger, titles: Sequence[str], send: str = "at once") -> list[str]:
    """Enter an alert for each title and return their ids."""
    rule = Rule(id="default", channels=("jsonl",), send=send)  # type: ignore[arg-type]  # a literal, checked by the model
    for title in titles:
        article = make_article(title, title=title, published=NOW, discovered=NOW)
        Alerts(ledger, [rule], lambda: None, Telemetry()).write([make_event(story=title, article=article)])
    return [row["id"] for row in reversed(Desk(ledger._engine).find(Wanted(), 100))]


def test_alerts_are_listed_one_on_a_line(wirewatch: Wirewatch, ledger: Ledger) -> None:
    first, second = enter(ledger, ["One", "Two"])
    ran = wirewatch("alerts", "list")
    assert ran.code == 0, ran.err
    assert [line.split("\t")[:5] for line in ran.out.splitlines()] == [
        [second, "pending", "story", "default", "jsonl"],
        [first, "pending", "story", "default", "jsonl"],
    ]
    assert [line.split("\t")[7] for line in ran.out.splitlines()] == ["Two", "One"]
    assert wirewatch("alerts", "list", "--state", "dead").out == ""


def test_alerts_are_listed_as_json_with_their_message(wirewatch: Wirewatch, ledger: Ledger) -> None:
    [name] = enter(ledger, ["One"])
    [row] = [json.loads(line) for line in wirewatch("alerts", "list", "--json", "--since", "1h").out.splitlines()]
    assert (row["id"], row["state"], row["body"]["title"]) == (name, "pending", "One")
    assert json.loads(wirewatch("alerts", "show", name[:8], "--json").out) == row


def test_one_alert_is_shown_with_why_and_what_it_waits_for(wirewatch: Wirewatch, ledger: Ledger) -> None:
    [name] = enter(ledger, ["One"], send="hourly")
    ran = wirewatch("alerts", "show", name)
    assert ran.code == 0, ran.err
    for said in (name, "held", "digest, in", "One", "The Example ID", "They signed it.", "direct, 0.9"):
        assert said in ran.out


def test_a_table_shows_hostile_titles_as_text(ledger: Ledger) -> None:
    enter(ledger, HOSTILE)
    entries = Desk(ledger._engine).find(Wanted(), 100)
    console = Console(width=300, record=True, force_terminal=True, color_system=None)
    with console.capture() as shown:
        alert_view.show_list(entries, NOW, console)
        alert_view.show_one(entries[0], NOW, console)
    text = shown.get()
    assert "[bold red]markup[/bold red]" in text
    assert not {"\x1b", "\x9b", "\u202e", "\x07", "\u2028"} & set(text)
    assert f"{len(HOSTILE)} alerts: {len(HOSTILE)} pending" in text


def test_an_acknowledged_alert_is_so_in_the_list(wirewatch: Wirewatch, ledger: Ledger) -> None:
    first, second = enter(ledger, ["One", "Two"])
    assert wirewatch("alerts", "ack", first[:8], second).out == "2 alerts acknowledged, in all channels\n"
    assert len(wirewatch("alerts", "list", "--state", "acknowledged").out.splitlines()) == 2


def test_a_rule_is_snoozed_shown_and_told_again(wirewatch: Wirewatch, ledger: Ledger) -> None:
    enter(ledger, ["One"])
    ran = wirewatch("alerts", "snooze", "--rule", "default", "--until", "8h")
    assert ran.code == 0, ran.err
    assert ran.out.endswith("UTC; 1 alerts wait for that\n")
    assert wirewatch("alerts", "snooze").out.startswith("rule default until ")
    assert wirewatch("alerts", "snooze", "--rule", "default", "--off").out == "is told again\n"
    assert wirewatch("alerts", "snooze", "--rule", "default", "--off").out == "was not snoozed\n"


def test_a_story_is_snoozed_by_how_its_id_begins(wirewatch: Wirewatch, ledger: Ledger) -> None:
    enter(ledger, ["One"])
    story = make_event(story="One").story
    ran = wirewatch("alerts", "snooze", "--story", story[:8], "--until", "2w")
    assert ran.out.startswith(f"story {story} is snoozed until ")


def test_what_was_sent_is_sent_again(wirewatch: Wirewatch, ledger: Ledger) -> None:
    [name] = enter(ledger, ["One"])
    assert wirewatch("alerts", "resend", name).out == "1 alerts will be sent again\n"
    assert wirewatch("alerts", "resend", "--dead").out == "0 alerts will be sent again\n"


def test_a_test_alert_goes_through_the_channel_and_says_that_it_is_one(
    wirewatch: Wirewatch, ledger: Ledger, tmp_path: Path
) -> None:
    ran = wirewatch("alerts", "test")
    assert (ran.code, ran.out) == (0, "jsonl: took it\n")
    [line] = (tmp_path / "alerts.jsonl").read_text().splitlines()
    sent = json.loads(line)
    assert (sent["kind"], sent["title"]) == ("test", "TEST of this channel: there is no such story")
    assert wirewatch("alerts", "list").out == ""


def test_a_channel_that_does_not_take_the_test_is_named(
    wirewatch: Wirewatch, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WIREWATCH_ALERTS__JSONL", str(tmp_path / "file" / "alerts.jsonl"))
    ran = wirewatch("alerts", "test", "jsonl")
    assert (ran.code, ran.out) == (1, "jsonl: FAILED: jsonl: File exists\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--state", "lost"], "Use pending, failed, held, snoozed, sent, dead, acknowledged."),
        (["show", "abcdefgh"], "wirewatch alerts list shows the ids"),
        (["ack", "abcdefgh"], "no alert in the ledger has this id"),
        (["resend"], "Give ids, or --dead for all given up."),
        (["resend", "abcdefgh", "--dead"], "Give ids, or --dead for all given up."),
        (["snooze", "--rule", "default"], "Give 8h, 3d, 2w or 2026-01-31T08:00+07:00."),
        (["snooze", "--rule", "default", "--until", "2020-01-01"], "no time ahead"),
        (["snooze", "--rule", "other", "--until", "1h"], "Use default."),
        (["snooze", "--until", "1h"], "Give --story ID or --rule ID."),
        (["snooze", "--story", "abcdefgh", "--until", "1h"], "no story in the ledger has this id"),
        (["test", "slack"], "There are jsonl."),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy(
    wirewatch: Wirewatch, ledger: Ledger, arguments: list[str], said: str
) -> None:
    refused(wirewatch("alerts", *arguments), said)


def test_without_a_ledger_the_commands_say_so(wirewatch: Wirewatch) -> None:
    refused(wirewatch("alerts", "list"), "no archive there")


def test_the_end_of_a_snooze_is_a_length_or_a_time_ahead() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert until("8h", noon) == noon + timedelta(hours=8)
    assert until("2026-03-02T07:00+07:00", noon) == datetime(2026, 3, 2, tzinfo=UTC)
    assert until("2026-03-02", noon) == datetime(2026, 3, 2, tzinfo=UTC)
    for bad in ("", "soon", "2026-02-28", "999999w"):
        with pytest.raises(InputError):
            until(bad, noon)


def test_check_shows_channels_and_rules(wirewatch: Wirewatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("version: 1\nrules:\n  - id: calm\n    when: {actors: [russia]}\n    send: daily\n")
    monkeypatch.setenv("WIREWATCH_ALERTS__RULES", str(path))
    ran = wirewatch("check")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-2:] == ["channels: terminal", "rule calm: daily, to terminal"]
    path.write_text("version: 1\nrules:\n  - id: calm\n    when: {actors: [rusia]}\n")
    refused(wirewatch("check"), f"{path}:4: unknown actor 'rusia'")
