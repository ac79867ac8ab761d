"""Panels with their data, drawn plainly: numbers in their units, lines and bars as SVG, tables as rows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

WIDTH, HEIGHT = 600.0, 190.0
COLOURS = ("#3274d9", "#e0752d", "#299c46", "#bf1b00", "#8f3bb8", "#0a437c", "#eab839", "#6ed0e0", "#5c4b51", "#967302")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
DURATIONS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1.0, "s"), (0.001, "ms"), (0.0, "µs"))
BYTES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (0.0, "B"))
Point = tuple[float, float]
Series = Mapping[str, Sequence[Point]]


def said(value: Any, unit: str, now: datetime) -> str:
    """Return a value in its unit."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _ago(value, now) if unit == "dateTimeFromNow" else value.astimezone(UTC).strftime("%d %b %H:%M:%S")
    if not isinstance(value, (int, float)) and not hasattr(value, "as_integer_ratio"):
        return str(value)
    return _number(float(value), unit, now)


def _number(value: float, unit: str, now: datetime) -> str:
    if math.isnan(value):
        return "–"
    if unit == "dateTimeFromNow":
        return _ago(datetime.fromtimestamp(value / 1000, UTC), now)
    if unit == "percentunit":
        return f"{value:.1%}"
    if unit == "s":
        return _scaled(value, DURATIONS)
    if unit in ("bytes", "Bps"):
        return _scaled(value, BYTES) + ("/s" if unit == "Bps" else "")
    word = unit.removeprefix("suffix:")
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}") + (
        "" if word in ("short", "none") else f" {word.strip()}"
    )


def _scaled(value: float, scale: Sequence[tuple[float, str]]) -> str:
    if value == 0:
        return f"0 {'s' if scale is DURATIONS else 'B'}"
    size, name = next((step for step in scale if abs(value) >= step[0]), scale[-1])
    return f"{value / (size or (1e-6 if name == 'µs' else 1.0)):.3g} {name}"


def _ago(moment: datetime, now: datetime) -> str:
    seconds = (now - moment).total_seconds()
    return f"{_scaled(abs(seconds), DURATIONS)} {'ago' if seconds >= 0 else 'ahead'}"


def figure(values: Sequence[float], unit: str, now: datetime) -> str | None:
    """Return a number as its panel shows it; nothing when there is none."""
    known = [value for value in values if not math.isnan(value)]
    return said(known[-1], unit, now) if known else None


def rows(found: Sequence[Mapping[str, Any]], panel: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the columns and cells of a table, with the units and links that the panel gives its columns."""
    given = {
        override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }
    columns = [name for name in (found[0] if found else {}) if not given.get(name, {}).get("custom.hidden")]
    return {
        "columns": columns,
        "rows": [[_cell(row, name, given.get(name, {}), now) for name in columns] for row in found],
    }


def _cell(row: Mapping[str, Any], name: str, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    value = row[name]
    address = None
    for link in given.get("links", []):
        address = re.sub(r"\$\{__data\.fields\.(\w+)\}", lambda found: str(row[found[1]]), link["url"])
        address = address.replace("${__value.raw}", str(value)).replace("${__url_time_range}", "")
    return {
        "text": said(value, given.get("unit", "short"), now),
        "url": address,
        "number": isinstance(value, (int, float)) or hasattr(value, "as_integer_ratio"),
    }


def chart(series: Series, unit: str, now: datetime, *, stacked: bool, step: float) -> dict[str, Any]:
    """Return what there is to draw of some series: lines or stacked bars, and their legend."""
    known = {name: [point for point in points if not math.isnan(point[1])] for name, points in series.items()}
    known = {name: points for name, points in known.items() if points}
    if not known:
        return {}
    times = [time for points in known.values() for time, _ in points]
    since, until = min(times), max(times) + step
    tops = _heaps(known) if stacked else [value for points in known.values() for _, value in points]
    least, most = min(0.0, *tops), max(*tops, 1e-9)
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(known)}

    def place(time: float, value: float) -> Point:
        return (time - since) / (until - since) * WIDTH, HEIGHT - (value - least) / (most - least) * HEIGHT

    drawn: dict[str, Any] = (
        {"bars": list(_bars(known, colours, place, step))}
        if stacked
        else {
            "lines": [
                {
                    "colour": colours[name],
                    "points": " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in points),
                }
                for name, points in known.items()
            ]
        }
    )
    return drawn | {
        "guides": [{"y": HEIGHT * part / 4} for part in range(1, 4)],
        "least": said(least, unit, now),
        "most": said(max(tops), unit, now),
        "since": said(datetime.fromtimestamp(since, UTC), "", now),
        "until": said(datetime.fromtimestamp(until, UTC), "", now),
        "legend": [
            {"name": name, "colour": colours[name], "last": said(points[-1][1], unit, now)}
            for name, points in known.items()
        ],
    }


def _heaps(series: Series) -> list[float]:
    heaps: dict[float, float] = {}
    for points in series.values():
        for time, value in points:
            heaps[time] = heaps.get(time, 0.0) + value
    return list(heaps.values())


def _bars(series: Series, colours: Mapping[str, str], place: Any, step: float) -> Iterable[dict[str, Any]]:
    heaps: dict[float, float] = {}
    for name, points in series.items():
        for time, value in points:
            bottom = heaps.get(time, 0.0)
            heaps[time] = bottom + value
            (left, top), (right, low) = place(time, bottom + value), place(time + step, bottom)
            yield {
                "x": left,
                "y": top,
                "width": max(right - left - 0.5, 1),
                "height": low - top,
                "colour": colours[name],
            }
