"""What Grafana makes of a query before it sends it: variables and macros in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Rows = Sequence[Mapping[str, Any]]
ALL = "*"
"""What a variable of one value stands for when all are chosen."""

_FORMATTED = re.compile(r"\$\{(\w+):(\w+)\}")
_FILTER = re.compile(r"\$__timeFilter\(([^()]+)\)")
_GROUP = re.compile(r"\$__timeGroupAlias\(([^,()]+),\s*\$__interval\)")


@dataclass(frozen=True)
class Shown:
    """A dashboard that is looked at: the time shown, and the values of its variables, all of them chosen."""

    since: datetime
    until: datetime
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    interval: timedelta = timedelta(seconds=60)
    rate_interval: str = "10m"

    def promql(self, expression: str) -> str:
        """Return what Prometheus is asked."""
        seconds = int((self.until - self.since).total_seconds())
        expression = expression.replace("$__rate_interval", self.rate_interval).replace("$__range", f"{seconds}s")
        return _FORMATTED.sub(".*", expression)

    def sql(self, query: str) -> str:
        """Return what PostgreSQL is asked; the macros are as Grafana's data source expands them."""
        seconds = int(self.interval.total_seconds())
        span = f"BETWEEN '{_iso(self.since)}' AND '{_iso(self.until)}'"
        query = _FILTER.sub(rf"\1 {span}", query)
        query = _GROUP.sub(rf'floor(extract(epoch from \1)/{seconds})*{seconds} AS "time"', query)
        return _FORMATTED.sub(lambda found: ",".join(map(_quoted, self.values[found[1]])), query)


def look(
    dashboard: Mapping[str, Any], ask: Callable[[str], Rows], since: datetime, until: datetime, **more: Any
) -> Shown:
    """Return a dashboard as it opens: each variable asks for its values, and all of them are chosen."""
    shown = Shown(since, until, {}, **more)
    for variable in dashboard["templating"]["list"]:
        rows = ask(shown.sql(variable["query"]))
        found = [str(row.get("__value", next(iter(row.values())))) for row in rows]
        values = {**shown.values, variable["name"]: found if variable["multi"] else [ALL]}
        shown = Shown(since, until, values, **more)
    return shown


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
