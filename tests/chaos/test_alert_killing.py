"""The alert sink dies at random moments: every alert arrives, in order, and under one key."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.alert_killing import due, events, out_of_turn, rampage


def test_every_alert_arrives_in_order_and_under_one_key_whenever_the_sink_is_killed(tmp_path: Path) -> None:
    outcome = rampage(tmp_path, stories=30, kills=5, life=3.0)
    assert outcome.due == 24
    assert outcome.holds, outcome
    assert outcome.at_work, "no kill met a sink at work"
    assert sum(outcome.arrived_again.values()) <= outcome.kills * 2 + outcome.requests.get("taken, then hangs up", 0)


def test_what_is_out_of_turn_is_seen() -> None:
    told = due(events(10))
    assert [kind for kind, _ in told] == ["story", "story", "story", "update"] * 2
    assert out_of_turn(told, told) == 0
    assert out_of_turn(told, [told[0], told[0], told[1]]) == 0
    assert out_of_turn(told, [told[1], told[0], told[2]]) == 1
