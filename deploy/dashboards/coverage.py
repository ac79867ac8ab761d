"""Coverage, the analyst's page: what is reported, by whom, on whom, and what is new."""

from __future__ import annotations

from deploy.dashboards.parts import (
    FIRING,
    Json,
    annotation,
    choice,
    column,
    dashboard,
    figure,
    graph,
    heading,
    hidden,
    linked,
    prom,
    sql,
    table,
    to,
)

RELEVANT = """
FROM taggings t
JOIN articles a ON a.id = t.article
WHERE $__timeFilter(a.published)
  AND t.level <> 'none'
  AND t.watchlist IN (${watchlist:sqlstring})
  AND coalesce(a.country, 'unknown') IN (${country:sqlstring})
  AND a.language IN (${language:sqlstring})
  AND (${theme:sqlstring} = '*' OR EXISTS (
    SELECT 1 FROM json_array_elements_text(t.themes) AS has(theme) WHERE has.theme = ${theme:sqlstring}))
  AND (${actor:sqlstring} = '*' OR EXISTS (
    SELECT 1 FROM mentions m WHERE m.article = a.id AND m.watchlist = t.watchlist AND m.actor = ${actor:sqlstring}))
"""
"""The relevant articles that the variables let through, by their time of publication."""

FOUND = f"WITH found AS (SELECT a.*, t.watchlist, t.level, t.themes, t.evidence, t.relevance {RELEVANT})"
STORIES = "JOIN story_articles s ON s.article = found.id AND s.watchlist = found.watchlist"
MENTIONS = "JOIN mentions m ON m.article = found.id AND m.watchlist = found.watchlist"

VARIABLES = (
    choice("watchlist", "Watchlist", "SELECT DISTINCT watchlist FROM taggings ORDER BY 1"),
    choice("country", "Country", "SELECT DISTINCT coalesce(country, 'unknown') FROM articles ORDER BY 1"),
    choice("language", "Language", "SELECT DISTINCT language FROM articles ORDER BY 1"),
    choice(
        "theme",
        "Theme",
        "SELECT DISTINCT json_array_elements_text(themes) FROM taggings "
        "WHERE watchlist IN (${watchlist:sqlstring}) ORDER BY 1",
        single=True,
    ),
    choice(
        "actor",
        "Actor",
        "SELECT name AS __text, actor AS __value FROM mentions WHERE watchlist IN (${watchlist:sqlstring}) "
        "GROUP BY actor, name ORDER BY sum(count) DESC, 1 LIMIT 1000",
        single=True,
    ),
)

SURGES = annotation(
    "Surges",
    "purple",
    sql(
        """
SELECT created AS time, body->>'title' AS text, watchlist AS tags FROM alerts
WHERE kind = 'surge' AND $__timeFilter(created) AND watchlist IN (${watchlist:sqlstring})
"""
    ),
)


def over_time(what: str, counted: str, source: str, having: str = "") -> Json:
    """Return a query of how many there are over time, by what they are."""
    return sql(
        f"""
{FOUND}
SELECT $__timeGroupAlias(found.published, $__interval), {what} AS metric, {counted} AS value
FROM found {source}
GROUP BY 1, 2 {having} ORDER BY 1, 2
""",
        series=True,
    )


def count(what: str, source: str = "") -> Json:
    """Return a query of one number."""
    return sql(f"{FOUND} SELECT {what} AS value FROM found {source}")


FIGURES = (
    figure("Stories", "Stories with a relevant article in the time shown.", count("count(DISTINCT s.story)", STORIES)),
    figure("Articles", "Relevant articles in the time shown, copies included.", count("count(DISTINCT found.id)")),
    figure("Outlets", "Outlets that reported.", count("count(DISTINCT found.outlet)")),
    figure("Countries", "Countries whose outlets reported.", count("count(DISTINCT found.country)")),
    figure(
        "Direct",
        "Share of the relevant articles that are about what the watchlist looks for; the others mention it in passing.",
        count("avg((found.level = 'direct')::int)"),
        unit="percentunit",
        defaults={"decimals": 0},
        empty="none yet",
    ),
    figure(
        "Last story",
        "When the newest story was first reported.",
        count("extract(epoch FROM max(o.opened)) * 1000", f"{STORIES} JOIN stories o ON o.id = s.story"),
        unit="dateTimeFromNow",
        empty="none yet",
    ),
)

LATEST = table(
    "Latest stories",
    "Stories by when they were last reported: the title leads to the article that opened the story. Evidence is the "
    "sentence that carried most.",
    sql(
        f"""
{FOUND}, told AS (
  SELECT s.story, count(DISTINCT found.id) AS articles, count(DISTINCT found.outlet) AS outlets,
    string_agg(DISTINCT found.outlet, ', ') AS names, string_agg(DISTINCT found.country, ' ') AS countries,
    max(found.published) AS latest
  FROM found {STORIES} GROUP BY s.story),
best AS (
  SELECT DISTINCT ON (s.story) s.story, found.evidence->0->>'text' AS evidence, found.themes
  FROM found {STORIES} ORDER BY s.story, s.copy_of IS NOT NULL, found.relevance DESC)
SELECT told.latest AS "Last report", o.title AS "Story", o.level AS "Level", told.outlets AS "Outlets",
  told.articles AS "Articles", told.countries AS "Countries", best.evidence AS "Evidence",
  (SELECT string_agg(theme, ', ') FROM json_array_elements_text(best.themes) AS has(theme)) AS "Themes",
  told.names AS "Reported by", o.opened AS "First report", o.url
FROM told JOIN best USING (story) JOIN stories o ON o.id = told.story
ORDER BY told.latest DESC LIMIT 200
"""
    ),
    size=(24, 12),
    empty="No story yet: one appears a minute after an outlet has published it",
    overrides=[
        linked("Story", "Open the article", "${__data.fields.url}", custom__width=380),
        column("Evidence", custom__width=420),
        column("Last report", unit="dateTimeFromNow", custom__width=120),
        column("Level", custom__width=80),
        column("Outlets", custom__width=80),
        column("Articles", custom__width=80),
        *hidden("url"),
    ],
    links=[to("alerts")],
)

ACTORS = table(
    "Actors",
    "Actors of the watchlist by the number of stories that name them. An actor's name leads to this page for it alone.",
    sql(
        f"""
{FOUND}
SELECT m.name AS "Actor", m.side AS "Side", m.kind AS "Kind", count(DISTINCT s.story) AS "Stories",
  count(DISTINCT found.id) AS "Articles", sum(m.count) AS "Mentions", count(DISTINCT found.outlet) AS "Outlets", m.actor
FROM found {MENTIONS} LEFT {STORIES}
GROUP BY m.actor, m.name, m.side, m.kind ORDER BY 4 DESC, 6 DESC LIMIT 100
"""
    ),
    size=(12, 10),
    overrides=[
        linked(
            "Actor", "Only this actor", "/d/wirewatch-coverage?${__url_time_range}&var-actor=${__data.fields.actor}"
        ),
        *hidden("actor"),
    ],
)

PAIRS = table(
    "Actors named together",
    "Two actors of different sides in one article, by the number of stories.",
    sql(
        f"""
{FOUND}
SELECT one.name AS "Actor", other.name AS "And", count(DISTINCT s.story) AS "Stories",
  count(DISTINCT found.id) AS "Articles", max(found.published) AS "Last report"
FROM found
JOIN mentions one ON one.article = found.id AND one.watchlist = found.watchlist
JOIN mentions other ON other.article = found.id AND other.watchlist = found.watchlist AND one.side < other.side
LEFT {STORIES}
GROUP BY 1, 2 ORDER BY 3 DESC, 4 DESC, 1, 2 LIMIT 100
"""
    ),
    size=(12, 10),
    overrides=[column("Last report", unit="dateTimeFromNow")],
)

OUTLETS = table(
    "Who reports, and who does not",
    "Every outlet of the chosen countries that published anything: how much of it is relevant, how many stories, and "
    "how many of them it had before all others. Those that do not report come last.",
    sql(
        f"""
{FOUND}, firsts AS (
  SELECT DISTINCT ON (s.story) s.story, s.outlet FROM found {STORIES} ORDER BY s.story, s.published),
told AS (
  SELECT found.outlet, count(DISTINCT found.id) AS articles, count(DISTINCT s.story) AS stories,
    count(DISTINCT found.id) FILTER (WHERE s.copy_of IS NOT NULL) AS copies
  FROM found LEFT {STORIES} GROUP BY found.outlet)
SELECT a.outlet AS "Outlet", a.country AS "Country", a.kind AS "Kind", count(*) AS "Read",
  coalesce(told.articles, 0) AS "Relevant", coalesce(told.articles, 0)::float / count(*) AS "Share",
  coalesce(told.stories, 0) AS "Stories", (SELECT count(*) FROM firsts WHERE firsts.outlet = a.outlet) AS "First",
  coalesce(told.copies, 0) AS "Copies", max(a.published) AS "Last article"
FROM articles a LEFT JOIN told ON told.outlet = a.outlet
WHERE $__timeFilter(a.published) AND coalesce(a.country, 'unknown') IN (${{country:sqlstring}})
GROUP BY a.outlet, a.country, a.kind, told.articles, told.stories, told.copies
ORDER BY 5 DESC, 1 LIMIT 500
"""
    ),
    size=(24, 10),
    empty="No outlet has published yet",
    overrides=[column("Share", unit="percentunit", decimals=0), column("Last article", unit="dateTimeFromNow")],
    links=[to("sources")],
)

SURGE = graph(
    "Stories an hour, and what is usual",
    "Stories opened within an hour, the mean of the fortnight before, and the line three standard deviations above it: "
    "what passes that is a surge, if it is more than five.",
    [
        prom('watchlist:wirewatch_stories_opened:increase1h{watchlist=~"${watchlist:regex}"}', "{{watchlist}}"),
        prom(
            'avg_over_time(watchlist:wirewatch_stories_opened:increase1h{watchlist=~"${watchlist:regex}"}[14d])',
            "{{watchlist}}: usual",
        ),
        prom(
            'avg_over_time(watchlist:wirewatch_stories_opened:increase1h{watchlist=~"${watchlist:regex}"}[14d]) + 3 * '
            'stddev_over_time(watchlist:wirewatch_stories_opened:increase1h{watchlist=~"${watchlist:regex}"}[14d])',
            "{{watchlist}}: a surge above this",
        ),
    ],
    size=(12, 8),
)

PER = "articles"
COVERAGE = dashboard(
    "coverage",
    "What is reported on the subject of a watchlist: stories, by whom, on whom. Times are those of publication.",
    [
        *FIGURES,
        LATEST,
        heading("Over time"),
        graph(
            "Stories by level",
            "Stories, by when their articles were published. Direct: about what the watchlist looks for.",
            [over_time("found.level", "count(DISTINCT s.story)", STORIES)],
            stacked=True,
        ),
        SURGE,
        graph(
            "Articles by theme",
            "Relevant articles by theme. An article can have several.",
            [over_time("has.theme", "count(*)", "CROSS JOIN json_array_elements_text(found.themes) AS has(theme)")],
            stacked=True,
            unit=PER,
        ),
        graph(
            "Articles by country",
            "Relevant articles by the country of the outlet.",
            [over_time("coalesce(found.country, 'unknown')", "count(*)", "")],
            stacked=True,
            unit=PER,
        ),
        graph(
            "Mentions by side",
            "How often actors of each side are named in relevant articles.",
            [over_time("coalesce(m.side, 'no side')", "sum(m.count)", MENTIONS)],
            stacked=True,
            unit="mentions",
        ),
        graph(
            "Articles by language",
            "Relevant articles by the language that was found in their text.",
            [over_time("found.language", "count(*)", "")],
            stacked=True,
            unit=PER,
        ),
        heading("Who is named"),
        ACTORS,
        PAIRS,
        graph(
            "The ten most named actors",
            "Relevant articles that name each of the ten actors who are named in most of them.",
            [
                over_time(
                    "m.name",
                    "count(DISTINCT found.id)",
                    f"{MENTIONS} WHERE m.actor IN (SELECT m.actor FROM found {MENTIONS} "
                    "GROUP BY m.actor ORDER BY count(*) DESC, m.actor LIMIT 10)",
                )
            ],
            unit=PER,
            size=(24, 8),
        ),
        heading("Who reports"),
        OUTLETS,
    ],
    variables=VARIABLES,
    annotations=[FIRING, SURGES],
    since="now-7d",
)
