from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, select

from pipeline.database import reading
from pipeline.errors import InputError
from pipeline.messages import Alert
from pipeline.tables import alerts
from sinks.ledger import Ledger
from sinks.notices import Notices
from sinks.templating import Texts
from tests.sinks.builders import Clock

FIRING = {
    "status": "firing",
    "labels": {"alertname": "CountrySilent", "country": "VN", "severity": "ticket"},
    "annotations": {
        "summary": "Hardly anything new from VN",
        "description": "Two new entries in six hours.",
        "runbook_url": "docs/operations.md#countrysilent",
    },
    "startsAt": "2025-03-14T10:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph",
    "fingerprint": "9d2a71b0c3",
}
RESOLVED = FIRING | {"status": "resolved", "endsAt": "2025-03-14T12:00:00Z"}


def body(*told: dict[str, Any]) -> bytes:
    return json.dumps({"version": "4", "status": "firing", "receiver": "channels", "alerts": told}).encode()


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(alerts).order_by(alerts.c.created)))


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    return Ledger(engine, clock)


def test_a_notification_becomes_an_alert_for_every_channel(ledger: Ledger, engine: Engine) -> None:
    woken: list[bool] = []
    Notices(ledger, ["mail", "chat"], lambda: woken.append(True)).receive(body(FIRING))
    found = rows(engine)
    assert [(row.channel, row.state, row.kind, row.rule) for row in found] == [
        ("mail", "pending", "notice", "operations"),
        ("chat", "pending", "notice", "operations"),
    ]
    assert woken == [True]
    alert = Alert.model_validate(found[0].body)
    assert alert.title == "Hardly anything new from VN"
    assert [sentence.text for sentence in alert.evidence] == [
        "Two new entries in six hours.",
        "What to do: docs/operations.md#countrysilent",
    ]


def test_what_is_repeated_on_the_same_day_is_told_once_and_the_end_is_told_too(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    notices = Notices(ledger, ["mail"], lambda: None)
    for _ in range(2):
        notices.receive(body(FIRING))
    notices.receive(body(RESOLVED))
    clock.advance(86400)
    notices.receive(body(FIRING))
    assert [row.body["title"] for row in rows(engine)] == [
        "Hardly anything new from VN",
        "Over: Hardly anything new from VN",
        "Hardly anything new from VN",
    ]


def test_every_kind_of_channel_has_words_for_it(ledger: Ledger, engine: Engine) -> None:
    Notices(ledger, ["mail"], lambda: None).receive(body(FIRING))
    alert = Alert.model_validate(rows(engine)[0].body)
    templates = Texts()
    for text in (templates.message(alert), templates.short(alert), templates.html(alert)):
        assert "Two new entries in six hours." in text
        assert "0.00" not in text
    assert templates.title(alert) == "Hardly anything new from VN"


@pytest.mark.parametrize("sent", [b"", b"{}", b'{"alerts": [{"status": "burning"}]}', b"\xff"])
def test_what_alertmanager_would_not_send_is_refused_and_named(ledger: Ledger, engine: Engine, sent: bytes) -> None:
    with pytest.raises(InputError, match="notification"):
        Notices(ledger, ["mail"], lambda: None).receive(sent)
    assert rows(engine) == []
