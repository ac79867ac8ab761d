"""Alerts: the ledger; what was sent, what waits, what failed and why, how long it took, what was acknowledged."""

from __future__ import annotations

from deploy.dashboards.parts import (
    choice,
    column,
    dashboard,
    figure,
    graph,
    heading,
    hidden,
    linked,
    percentiles,
    prom,
    sql,
    table,
    to,
)

CHOSEN = "channel IN (${channel:sqlstring}) AND rule IN (${rule:sqlstring})"
SHOWN = f"$__timeFilter(created) AND {CHOSEN}"
QUEUED = "state IN ('pending', 'failed')"
SELECTED = 'channel=~"${channel:regex}"'

LEDGER = table(
    "Ledger",
    "Every alert, the newest first: one row for each rule, story, kind and channel. The title leads to the article.",
    sql(
        f"""
SELECT created AS "Made", state AS "State", channel AS "Channel", rule AS "Rule", kind AS "Kind",
  body->>'title' AS "Alert", body->'outlet'->>'name' AS "Outlet", attempts AS "Attempts",
  coalesce(problem, '') AS "Problem", extract(epoch FROM sent - created) AS "Took", body->>'url' AS url
FROM alerts WHERE {SHOWN} ORDER BY created DESC LIMIT 1000
"""
    ),
    size=(24, 12),
    empty="No alert yet: one appears with the first story that a rule asks for",
    overrides=[
        linked("Alert", "Open the article", "${__data.fields.url}", custom__width=420),
        column("Made", custom__width=170),
        column("State", custom__width=110),
        column("Took", unit="s"),
        *hidden("url"),
    ],
    links=[to("coverage")],
)

CHANNELS = table(
    "By channel",
    "What became of the alerts of each channel in the time shown, and the last problem it had.",
    sql(
        f"""
SELECT channel AS "Channel", count(*) FILTER (WHERE state = 'sent') AS "Sent",
  count(*) FILTER (WHERE state = 'acknowledged') AS "Acknowledged", count(*) FILTER (WHERE {QUEUED}) AS "Waiting",
  count(*) FILTER (WHERE state IN ('held', 'snoozed')) AS "Held", count(*) FILTER (WHERE state = 'dead') AS "Given up",
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM sent - created)) AS "Half took",
  (array_agg(problem ORDER BY next_attempt DESC) FILTER (WHERE problem IS NOT NULL))[1] AS "Last problem"
FROM alerts WHERE {SHOWN} GROUP BY channel ORDER BY channel
"""
    ),
    size=(24, 6),
    empty="No channel has been told anything yet",
    overrides=[column("Half took", unit="s")],
)

ALERTS = dashboard(
    "alerts",
    "The alert ledger: sent, waiting and failed by channel, time to alert, acknowledgement.",
    [
        figure(
            "Sent",
            "Alerts that a channel took.",
            sql(f"SELECT count(*) AS value FROM alerts WHERE {SHOWN} AND sent IS NOT NULL"),
        ),
        figure(
            "Waiting",
            "Alerts not yet delivered, now, whenever they were made. It should fall back to 0 within seconds.",
            sql(f"SELECT count(*) AS value FROM alerts WHERE {QUEUED} AND {CHOSEN}"),
            steps=((None, "text"), (1, "orange")),
        ),
        figure(
            "Given up",
            "Alerts that will not be sent: refused for good, or tried too often.",
            sql(f"SELECT count(*) AS value FROM alerts WHERE {SHOWN} AND state = 'dead'"),
            steps=((None, "text"), (1, "red")),
        ),
        figure(
            "Held",
            "Alerts that wait for a digest, for the end of quiet hours or of a snooze.",
            sql(f"SELECT count(*) AS value FROM alerts WHERE state IN ('held', 'snoozed') AND {CHOSEN}"),
        ),
        figure(
            "Acknowledged",
            "Share of the alerts that were sent which somebody has acknowledged.",
            sql(
                f"SELECT count(*) FILTER (WHERE state = 'acknowledged')::float / nullif(count(*), 0) AS value "
                f"FROM alerts WHERE {SHOWN} AND sent IS NOT NULL"
            ),
            unit="percentunit",
            empty="none sent",
        ),
        figure(
            "In time",
            "Share of the alerts that were delivered within five minutes of discovery; the objective is 95 of 100.",
            prom(
                f'sum(increase(wirewatch_alert_delay_seconds_bucket{{le="300.0", {SELECTED}}}[$__range])) '
                f"/ sum(increase(wirewatch_alert_delay_seconds_count{{{SELECTED}}}[$__range]))",
                "in time",
            ),
            unit="percentunit",
            steps=((None, "red"), (0.95, "green")),
            empty="none sent",
        ),
        CHANNELS,
        LEDGER,
        heading("Over time"),
        graph(
            "Attempts",
            "Attempts to deliver an hour: sent, failed (tried again later) and dead (given up).",
            [
                prom(
                    f"sum by (channel, result) (rate(wirewatch_alerts_total{{{SELECTED}}}[$__rate_interval])) * 3600",
                    "{{channel}}: {{result}}",
                )
            ],
            unit="suffix: / h",
        ),
        graph(
            "Waiting",
            "Alerts not yet delivered, by channel.",
            [prom(f"sum by (channel) (wirewatch_alerts_pending{{{SELECTED}}})", "{{channel}}")],
            unit="alerts",
        ),
        graph(
            "Discovery to alert",
            "Time from the discovery of a story to its delivered alert. A point names the trace of an article: "
            "the id of its entry.",
            percentiles("alert_delay_seconds", f"{{{SELECTED}}}"),
            unit="s",
            links=[to("pipeline")],
        ),
        graph(
            "Publication to alert",
            "Time from an article's publication, as its outlet gives it, to the delivered alert.",
            percentiles("news_delay_seconds", f"{{{SELECTED}}}"),
            unit="s",
        ),
        graph(
            "Alerts by rule",
            "Alerts by the rule that asked for them.",
            [
                sql(
                    f"""
SELECT $__timeGroupAlias(created, $__interval), rule AS metric, count(*) AS value
FROM alerts WHERE {SHOWN} GROUP BY 1, 2 ORDER BY 1, 2
""",
                    series=True,
                )
            ],
            unit="alerts",
            stacked=True,
            size=(24, 8),
        ),
    ],
    variables=[
        choice("channel", "Channel", "SELECT DISTINCT channel FROM alerts ORDER BY 1"),
        choice("rule", "Rule", "SELECT DISTINCT rule FROM alerts ORDER BY 1"),
    ],
    since="now-7d",
)
