"""Notices to whoever runs the pipeline: what Alertmanager sends becomes rows of the ledger, for every channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import InputError
from pipeline.messages import Alert, Evidence, url_id
from sinks.composed import OURSELVES
from sinks.ledger import Ledger
from sinks.page import Draft

RULE = "operations"
MOST = 100
"""Alerts that are taken out of one notification."""


class Told(BaseModel):
    """An alert of Prometheus in a notification of Alertmanager; unknown fields are accepted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["firing", "resolved"]
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = {}
    begun: AwareDatetime = Field(alias="startsAt")
    fingerprint: str


class Notification(BaseModel):
    """What Alertmanager posts to a webhook, version 4 of its format."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    alerts: tuple[Told, ...]


class Notices:
    """Enters what Alertmanager tells in the ledger, once a day for each alert and channel while it goes on.

    `wake` is called when new rows are durable.
    """

    def __init__(self, ledger: Ledger, channels: Sequence[str], wake: Callable[[], None]) -> None:
        self._ledger = ledger
        self._channels = tuple(channels)
        self._wake = wake

    def receive(self, body: bytes) -> None:
        """Enter the alerts of a notification. Raises InputError for another body, Retry when the database is away."""
        try:
            found = Notification.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "body"
            remedy = "Send what Alertmanager's webhook sends."
            raise InputError(f"notification, {place}", first["msg"], remedy) from None
        with self._ledger.page() as page:
            page.add(list(self._drafts(found, page.now)))
        self._wake()

    def _drafts(self, found: Notification, now: datetime) -> Iterator[Draft]:
        for told in found.alerts[:MOST]:
            event = f"{told.fingerprint}:{told.begun.isoformat()}:{told.status}:{now:%Y-%m-%d}"
            for channel in self._channels:
                yield Draft(_notice(told, event, channel, now), event)


def _notice(told: Told, event: str, channel: str, now: datetime) -> Alert:
    summary = told.annotations.get("summary") or told.labels.get("alertname", "an alert without a name")
    description = told.annotations.get("description", "")
    runbook = told.annotations.get("runbook_url", "")
    link = runbook if runbook.startswith(("https://", "http://")) else ""
    sentences = [description, f"What to do: {runbook}" if runbook and not link else ""]
    return Alert(
        id=url_id(f"wirewatch:notice:{event}:{channel}"),
        rule=RULE,
        kind="notice",
        channel=channel,
        watchlist=RULE,
        story=url_id(f"wirewatch:notice:{told.fingerprint}:{told.begun.isoformat()}"),
        title=f"Over: {summary}" if told.status == "resolved" else summary,
        url=link,
        outlet=OURSELVES,
        language="en",
        level="none",
        relevance=0.0,
        published=told.begun,
        discovered=now,
        created=now,
        evidence=tuple(
            Evidence(field="text", start=0, end=len(text), text=text, reasons=()) for text in sentences if text
        ),
    )
