"""What `wirewatch top` shows: the stages between two looks at their metrics."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.telemetry import Sample
from wirewatch.stages import STAGES
from wirewatch.top_pages import Look

WINDOW = 30.0
"""Seconds over which rates and times are taken."""

Key = tuple[str, str, frozenset[tuple[str, str]]]
"""One series: where it came from, its name and its labels."""


@dataclass(frozen=True)
class StageRow:
    """A stage over the window, all its processes together; `typical` and `slow` are seconds of work on a message.

    What cannot be said yet is None.
    """

    stage: str
    processes: int
    rate: float | None
    retried: float
    dead: float
    behind: float
    held: float
    typical: float | None
    slow: float | None


@dataclass(frozen=True)
class Frame:
    """All that is shown at one moment; `delay` in seconds from discovery to the alert, typical and slow."""

    seconds: float
    rows: Sequence[StageRow]
    problems: Sequence[str]
    feeds: Mapping[str, int]
    pending: int
    delay: tuple[float | None, float | None]


class Watch:
    """Keeps the looks of the window and makes a frame of the newest and the oldest."""

    def __init__(self, window: float = WINDOW) -> None:
        self._window = window
        self._looks: deque[tuple[float, dict[Key, float], Look]] = deque()

    def add(self, moment: float, look: Look) -> Frame:
        """Take a look in, made at that many seconds, and return the frame."""
        self._looks.append((moment, dict(_series(look)), look))
        while len(self._looks) > 2 and moment - self._looks[1][0] >= self._window:  # noqa: PLR2004  # two make a window
            self._looks.popleft()
        then, before, _ = self._looks[0]
        return _Between(before, self._looks[-1][1], moment - then, look.problems).frame()


class _Between:
    """Two looks, `seconds` apart."""

    def __init__(
        self, before: Mapping[Key, float], now: Mapping[Key, float], seconds: float, problems: Sequence[str]
    ) -> None:
        self._now = now
        self._seconds = seconds
        self._problems = problems
        # A counter that fell began anew with its process; one that was not seen before had begun since then, or this
        # is the first look at its process, whose past does not belong to the window.
        seen = {place for place, _, _ in before}
        self._grown = {
            key: value - before[key] if value >= before.get(key, math.inf) else value
            for key, value in now.items()
            if key[0] in seen
        }

    def frame(self) -> Frame:
        return Frame(
            self._seconds,
            [row for stage in STAGES if (row := self._row(stage)).processes],
            self._problems,
            {state: int(count) for state, count in self._by("wirewatch_feeds", "state").items()},
            int(sum(self._by("wirewatch_alerts_pending", "channel", most=True).values())),
            (
                self._quantile("wirewatch_alert_delay_seconds", 0.5),
                self._quantile("wirewatch_alert_delay_seconds", 0.95),
            ),
        )

    def _row(self, stage: str) -> StageRow:
        ended = {
            result: _total(self._grown, "wirewatch_stage_messages_total", stage=stage, result=result)
            for result in ("passed", "dropped", "retried", "quarantined")
        }
        through = ended["passed"] + ended["dropped"] + ended["quarantined"]
        return StageRow(
            stage,
            len({place for place, _, labels in self._now if ("stage", stage) in labels}),
            through / self._seconds if self._seconds else None,
            ended["retried"],
            ended["quarantined"],
            _total(self._now, "wirewatch_stage_lag_messages", stage=stage),
            _total(self._now, "wirewatch_stage_in_flight_bytes", stage=stage),
            self._quantile("wirewatch_stage_seconds", 0.5, stage=stage),
            self._quantile("wirewatch_stage_seconds", 0.95, stage=stage),
        )

    def _by(self, name: str, label: str, *, most: bool = False) -> dict[str, float]:
        """Return a gauge by one of its labels: the sum over processes or, where all say the same, the most."""
        found: dict[str, float] = {}
        for (_, metric, labels), value in self._now.items():
            if metric == name and (at := dict(labels).get(label)) is not None:
                found[at] = max(found.get(at, 0.0), value) if most else found.get(at, 0.0) + value
        return found

    def _quantile(self, name: str, share: float, **labels: str) -> float | None:
        """Return a quantile of a histogram over the window, as histogram_quantile does; None when nothing happened."""
        buckets: dict[float, float] = {}
        for (_, metric, found), value in self._grown.items():
            own = dict(found)
            if metric == f"{name}_bucket" and labels.items() <= own.items():
                buckets[float(own["le"])] = buckets.get(float(own["le"]), 0.0) + value
        return quantile(share, sorted(buckets.items()))


def quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """Return a quantile of cumulative buckets (upper bound, count), even within a bucket; None of an empty histogram.

    What lies in the last bucket, which has no upper bound, is given as the bound below it.
    """
    if not buckets or not buckets[-1][1]:
        return None
    rank = share * buckets[-1][1]
    low = under = 0.0
    for bound, count in buckets:
        if count >= rank:
            if math.isinf(bound) or count == under:
                return low if math.isinf(bound) else bound
            return low + (bound - low) * (rank - under) / (count - under)
        low, under = bound, count
    return low


def _series(look: Look) -> Iterable[tuple[Key, float]]:
    for place, samples in look.pages.items():
        for sample in samples:
            if not math.isnan(sample.value):
                yield _key(place, sample), sample.value


def _key(place: str, sample: Sample) -> Key:
    return place, sample.name, frozenset(sample.labels.items())


def _total(series: Mapping[Key, float], name: str, **labels: str) -> float:
    wanted = set(labels.items())
    return sum(value for (_, metric, found), value in series.items() if metric == name and wanted <= found)
