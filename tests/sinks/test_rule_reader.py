from __future__ import annotations

import contextlib
from datetime import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from sinks.rule_model import RuleFile
from sinks.rule_reader import Known, read_rules

WHOLE = """\
version: 1
timezone: Asia/Jakarta
rules:
  - id: urgent
    when:
      watchlists: [asean-russia]
      level: passing
      score: 0.8
      actors: [asean]
      themes: [energy]
      countries: [RU, "NO"]
      languages: [ru]
      outlets: [The Example]
      sources: 2
      deviations: 4
    kinds: [story, update, surge]
    channels: [slack]
    quiet hours:
      from: 22:00
      to: "06:30"
      days: [friday, saturday]
      except: {score: 0.95}
    ceiling per hour: 10
    stop: true
  - id: morning
    send: weekly
    day: friday
    at: 07:30
    timezone: Europe/Moscow
"""
KNOWN = Known(["terminal", "slack-1a2b"], ["asean-russia"], ["asean", "russia"], ["energy", "trade"])


def read(folder: Path, text: str, known: Known = KNOWN) -> RuleFile:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return read_rules(path, known)


def test_every_key_is_read(tmp_path: Path) -> None:
    urgent, morning = read(tmp_path, WHOLE).rules
    assert (urgent.when.score, urgent.when.countries, urgent.ceiling, urgent.stop) == (0.8, ("RU", "NO"), 10, True)
    assert urgent.quiet is not None
    assert (urgent.quiet.begin, urgent.quiet.end) == (time(22), time(6, 30))
    assert urgent.quiet.override is not None
    assert urgent.quiet.override.score == 0.95
    assert (morning.send, morning.day, morning.at, morning.timezone) == (
        "weekly",
        "friday",
        time(7, 30),
        "Europe/Moscow",
    )
    assert morning.when.level == "direct"


@pytest.mark.parametrize(
    ("change", "line", "problem", "remedy"),
    [
        (("level: passing", "level: strong"), 7, "level cannot be 'strong'", "Use 'direct', 'passing' or 'none'."),
        (("level:", "levels:"), 7, "unknown key 'levels'", "Did you mean 'level'?"),
        (("quiet hours", "quiet times"), 18, "unknown key 'quiet times'", "Did you mean 'quiet hours'?"),
        (("score: 0.8", "score: 8"), 8, "score: Input should be less than or equal to 1", "docs/alerts.md"),
        (('"NO"', "NO"), 11, "countries: False is no text", 'Put it in quotes, for example "NO".'),
        (("[RU, ", "[Russia, "), 11, "countries: String should match pattern", "Write two capital letters"),
        (("Asia/Jakarta", "Jakarta"), 2, "timezone: 'Jakarta' is no time zone", "docs/alerts.md"),
        (("from: 22:00", "from: 25 o'clock"), 19, "from: Input should be in a valid time format", '"22:30"'),
        (("[slack]", "[slak]"), 17, "no channel 'slak' is set", "Known channels: terminal, slack-1a2b."),
        (("[slack]", "slack"), 17, "channels: Input should be a valid tuple", "Write a list: [one, other]."),
        (("[asean]", "[asian]"), 9, "unknown actor 'asian'", "Did you mean 'asean'?"),
        (("[energy]", "[oil]"), 10, "unknown theme 'oil'", "Known themes: energy, trade."),
        (("[asean-russia]", "[asean-japan]"), 6, "unknown watchlist 'asean-japan'", "Did you mean 'asean-russia'?"),
        (("id: morning", "id: urgent"), 25, "the id 'urgent' is given twice, first to rule 1", "id of its own"),
        (("send: weekly", "send: daily"), 27, "a day has no meaning with 'send: daily'", "Use 'send: weekly'."),
        (("  - id: morning\n    send", "  - send"), 25, "'id' is missing", "Add 'id:' here"),
        (("version: 1", "version: 2"), 1, "version cannot be '2'", "Use 1."),
        (("stop: true", "stop: true\n    at: 7:00"), 25, "a time has no meaning with 'send: at once'", "daily"),
        (("stop: true", "stop: true\n    send: hourly"), 18, "has no meaning with 'send: hourly'", "Take it out"),
    ],
)
def test_a_mistake_is_shown_with_line_key_and_remedy(
    tmp_path: Path, change: tuple[str, str], line: int, problem: str, remedy: str
) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, WHOLE.replace(*change, 1))
    assert raised.value.place == f"{tmp_path / 'rules.yaml'}:{line}"
    assert problem in raised.value.problem
    assert remedy in raised.value.remedy
    assert len(str(raised.value).splitlines()) == 2


def test_names_that_are_not_at_hand_are_not_checked(tmp_path: Path) -> None:
    assert len(read(tmp_path, WHOLE, Known()).rules) == 2


@pytest.mark.parametrize(
    "text", ["", "- id: x", "version: 1\nrules: []", "version: 1", "a: [", "rules: {}\nversion: 1"]
)
def test_what_holds_no_rules_is_an_input_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read(tmp_path, text)


KEYS = st.sampled_from(["version", "rules", "id", "when", "quiet hours", "except", "from", "to", "at", "x", "channels"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(document=st.dictionaries(KEYS, VALUES, max_size=4), rules=st.lists(st.dictionaries(KEYS, VALUES), max_size=2))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_in_the_file_a_mistake_is_an_input_error(tmp_path: Path, document: object, rules: object) -> None:
    for content in (document, {"version": 1, "rules": rules}):
        with contextlib.suppress(InputError):
            assert read(tmp_path, yaml.safe_dump(content, allow_unicode=True)).rules
