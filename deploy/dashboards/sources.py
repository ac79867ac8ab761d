"""Sources: feeds and outlets, their state, what is wrong with them in words, and who is silent."""

from __future__ import annotations

from deploy.dashboards.parts import (
    Json,
    choice,
    column,
    dashboard,
    figure,
    graph,
    heading,
    linked,
    prom,
    sql,
    table,
    to,
)

HOUR = "suffix: / h"
ASKED = "state IN ('active', 'failing')"
HERE = "coalesce(country, 'unknown') IN (${country:sqlstring})"
SELECTED = 'country=~"${country:regex}"'


def hourly(metric: str, by: str) -> Json:
    """Return a query of how often something is counted in an hour."""
    return prom(f"sum by ({by}) (rate(wirewatch_{metric}{{{SELECTED}}}[$__rate_interval])) * 3600", f"{{{{{by}}}}}")


FEEDS = table(
    "Feeds that fail, and what is wrong",
    "Every feed that is polled, those that fail first. The problem is that of the last poll, in words.",
    sql(
        f"""
SELECT state AS "State", outlet AS "Outlet", country AS "Country", result AS "Last poll",
  coalesce(problem, '') AS "Problem", succeeded AS "Last success", next_poll AS "Next poll", interval AS "Polled every",
  url AS "Feed"
FROM feeds WHERE {ASKED} AND {HERE} ORDER BY state = 'failing' DESC, failures DESC, outlet LIMIT 1000
"""
    ),
    size=(24, 9),
    empty="No feed yet: the poller enters them when it starts",
    overrides=[
        linked("Feed", "Open the feed", "${__value.raw}"),
        column("Last success", unit="dateTimeFromNow"),
        column("Next poll", unit="dateTimeFromNow"),
        column("Polled every", unit="s"),
        column("State", custom__width=80),
    ],
)

SILENT = table(
    "Silence",
    "How long each feed has brought nothing new, beside how far apart its entries usually are (of the last 30 days). "
    "The feed that is quiet for longest by its own measure comes first.",
    sql(
        f"""
WITH usual AS (
  SELECT feed_url, count(*) AS entries,
    extract(epoch FROM now() - greatest(min(seen), now() - interval '30 days')) / count(*) AS spacing
  FROM entries WHERE seen > now() - interval '30 days' GROUP BY feed_url)
SELECT f.outlet AS "Outlet", f.country AS "Country", f.state AS "State",
  extract(epoch FROM now() - f.last_new_entry) AS "Silent for", usual.spacing AS "Usually",
  extract(epoch FROM now() - f.last_new_entry) / greatest(usual.spacing, 1) AS "Times", usual.entries AS "In 30 days",
  f.url AS "Feed"
FROM feeds f LEFT JOIN usual ON usual.feed_url = f.url
WHERE f.{ASKED} AND coalesce(f.country, 'unknown') IN (${{country:sqlstring}})
ORDER BY 6 DESC NULLS FIRST, 1 LIMIT 1000
"""
    ),
    size=(24, 9),
    overrides=[
        linked("Feed", "Open the feed", "${__value.raw}"),
        column("Silent for", unit="s"),
        column("Usually", unit="s"),
        column("Times", decimals=1),
    ],
)

HEALTH = table(
    "Where the text came from, by outlet",
    "Articles in the time shown, and the share whose text came from the page; the others have what the feed says. A "
    "page that refuses us, a wall or a changed layout shows here. Problems are what pages lack of late that they had.",
    sql(
        """
SELECT a.outlet AS "Outlet", a.country AS "Country", count(*) AS "Articles",
  avg((a.text_source IN ('page', 'amp'))::int) AS "From the page", avg(a.paywalled::int) AS "Walled",
  percentile_cont(0.5) WITHIN GROUP (ORDER BY length(a.text)) AS "Characters",
  coalesce((SELECT string_agg(name, ', ') FROM json_array_elements_text(h.problems) AS has(name)), '') AS "Problems",
  h.since AS "Since"
FROM articles a LEFT JOIN outlet_health h ON h.outlet = a.outlet
WHERE $__timeFilter(a.discovered) AND coalesce(a.country, 'unknown') IN (${country:sqlstring})
GROUP BY a.outlet, a.country, h.outlet ORDER BY 4, 3 DESC LIMIT 500
"""
    ),
    size=(24, 9),
    overrides=[
        column("From the page", unit="percentunit", decimals=0),
        column("Walled", unit="percentunit", decimals=0),
        column("Characters", decimals=0),
        column("Since", unit="dateTimeFromNow"),
    ],
    links=[to("pipeline")],
)

SOURCES = dashboard(
    "sources",
    "The feeds and outlets that are watched: who answers, who fails, who is silent, whose pages changed.",
    [
        figure(
            "Feeds polled",
            "Feeds that are asked when they are due.",
            prom(f'sum(wirewatch_feeds{{state=~"active|failing", {SELECTED}}})', "feeds"),
        ),
        figure(
            "Failing",
            "Share of them that did not answer when last asked.",
            prom(
                f'sum(wirewatch_feeds{{state="failing", {SELECTED}}}) '
                f'/ sum(wirewatch_feeds{{state=~"active|failing", {SELECTED}}})',
                "failing",
            ),
            unit="percentunit",
            steps=((None, "green"), (0.1, "orange"), (0.25, "red")),
        ),
        figure(
            "Polling held back",
            "1 while no poll begins because too many entries wait for the fetcher.",
            prom("max(wirewatch_feed_polls_held)", "held"),
            steps=((None, "text"), (1, "orange")),
        ),
        figure(
            "Newest entry",
            "When a feed last had a new entry.",
            prom(f"max(wirewatch_feed_last_entry_timestamp_seconds{{{SELECTED}}}) * 1000", "newest entry"),
            unit="dateTimeFromNow",
            empty="none yet",
        ),
        figure(
            "Outlets",
            "Outlets whose feeds are polled.",
            prom("sum(wirewatch_outlets)", "outlets"),
        ),
        figure(
            "Outlets whose pages changed",
            "Outlets whose last pages lack what their pages used to have.",
            prom("max(wirewatch_outlets_unhealthy)", "outlets"),
            steps=((None, "text"), (1, "orange")),
        ),
        FEEDS,
        SILENT,
        HEALTH,
        heading("Over time"),
        graph(
            "New entries by country",
            "New entries an hour, by the country of the outlet.",
            [
                prom(
                    f'sum by (country) (rate(wirewatch_feed_entries_total{{result="new", {SELECTED}}}'
                    "[$__rate_interval])) * 3600",
                    "{{country}}",
                )
            ],
            unit=HOUR,
            stacked=True,
        ),
        graph(
            "Feeds by the age of their newest entry",
            "Feeds that are polled, by how old their newest entry is. When the oldest grow, feeds fall silent.",
            [prom("sum by (age) (wirewatch_feeds_by_age)", "{{age}}")],
            unit="feeds",
            stacked=True,
        ),
        graph(
            "Feeds by state",
            "Feeds of the catalogue by the state of their last polls.",
            [prom(f"sum by (state) (wirewatch_feeds{{{SELECTED}}})", "{{state}}")],
            unit="feeds",
        ),
        graph(
            "Outlets by kind",
            "Outlets whose feeds are polled, by kind of ownership.",
            [prom("sum by (kind) (wirewatch_outlets)", "{{kind}}")],
            unit="outlets",
        ),
        graph("Polls", "Polls of feeds an hour, by result.", [hourly("feed_polls_total", "result")], unit=HOUR),
        graph(
            "Entries",
            "Entries seen in feeds, an hour. Known ones say how much consecutive polls overlap.",
            [hourly("feed_entries_total", "result")],
            unit=HOUR,
        ),
        graph(
            "Where the text came from",
            "Articles an hour by the source of their text: the page, its AMP version, or what the feed itself held.",
            [
                prom(
                    "sum by (text_source) (rate(wirewatch_extractions_total[$__rate_interval])) * 3600",
                    "{{text_source}}",
                )
            ],
            unit=HOUR,
            stacked=True,
        ),
        graph(
            "Outlets whose pages changed",
            "Outlets whose last pages lack what they used to have, by what that is.",
            [prom("max by (problem) (wirewatch_outlets_unhealthy)", "{{problem}}")],
            unit="outlets",
        ),
    ],
    variables=[choice("country", "Country", "SELECT DISTINCT coalesce(country, 'unknown') FROM feeds ORDER BY 1")],
)
