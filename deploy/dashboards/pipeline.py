"""Pipeline, the operator's page: rates, latency, lag, retries, dead letters and resources, by stage."""

from __future__ import annotations

from deploy.dashboards.parts import Json, dashboard, figure, graph, heading, percentiles, prom, to

HOUR = "suffix: / h"
SECOND = "suffix: / s"


def rates(metric: str, *by: str, hourly: bool = False, only: str = "") -> list[Json]:
    """Return the query of how often something is counted, in a second or in an hour."""
    legend = ": ".join(f"{{{{{name}}}}}" for name in by)
    rate = f"sum by ({', '.join(by)}) (rate({metric}{only}[$__rate_interval]))"
    return [prom(f"{rate} * 3600" if hourly else rate, legend)]


FIGURES = (
    figure(
        "Stages answering",
        "Share of the stages' processes that Prometheus can reach.",
        prom('avg(up{job="wirewatch"})', "stages answering"),
        unit="percentunit",
        steps=((None, "red"), (1, "green")),
        empty="Prometheus finds no stage",
    ),
    figure(
        "Messages waiting",
        "Messages on the bus that their stages have still to work through.",
        prom("sum(wirewatch_stage_lag_messages)", "messages waiting"),
    ),
    figure(
        "Dead letters",
        "Messages that no stage could handle in the time shown. Each is kept, unchanged, in a topic that ends in .dlt.",
        prom("sum(increase(wirewatch_stage_dead_letters_total[$__range]))", "dead letters"),
        steps=((None, "text"), (1, "red")),
        defaults={"decimals": 0},
    ),
    figure(
        "Articles",
        "Articles tagged in the time shown.",
        prom("sum(increase(wirewatch_extractions_total[$__range]))", "articles"),
        defaults={"decimals": 0},
        links=[to("coverage")],
    ),
    figure(
        "Late alerts",
        "Share of the last hour's alerts that took more than five minutes from discovery; the objective is 5 of 100.",
        prom("wirewatch_alerts_late:ratio_rate1h", "late alerts"),
        unit="percentunit",
        steps=((None, "green"), (0.05, "orange"), (0.3, "red")),
        empty="no alert in the last hour",
        links=[to("alerts")],
    ),
    figure(
        "Disk free",
        "Share of the disk of the data folder that is free.",
        prom("min(wirewatch_disk_free_bytes / wirewatch_disk_size_bytes)", "disk free"),
        unit="percentunit",
        steps=((None, "red"), (0.1, "orange"), (0.2, "green")),
    ),
)

STAGES = (
    graph(
        "Lag",
        "Messages that a stage has still to commit. It may jump when many feeds are polled; it must come down again.",
        [prom("sum by (stage, topic) (wirewatch_stage_lag_messages)", "{{stage}}: {{topic}}")],
        unit="messages",
    ),
    graph(
        "Messages",
        "Messages a second by how they ended: passed, dropped on purpose, retried, quarantined as a dead letter.",
        rates("wirewatch_stage_messages_total", "stage", "result"),
        unit=SECOND,
    ),
    graph(
        "Time of work",
        "Time a stage worked on a message or, where it writes in batches, on a batch: 95 of 100 took less.",
        [
            prom(
                "histogram_quantile(0.95, sum by (stage, le) (rate(wirewatch_stage_seconds_bucket[$__rate_interval])))",
                "{{stage}}",
            )
        ],
        unit="s",
    ),
    graph(
        "Published",
        "Messages a second that a stage put on the bus.",
        rates("wirewatch_stage_published_total", "stage", "topic"),
        unit=SECOND,
    ),
    graph(
        "Retries",
        "Messages an hour that are tried again later, by stage.",
        rates("wirewatch_stage_messages_total", "stage", hourly=True, only='{result="retried"}'),
        unit=HOUR,
    ),
    graph(
        "Dropped, by reason",
        "Messages an hour that a stage ended on purpose.",
        rates("wirewatch_stage_dropped_total", "stage", "reason", hourly=True),
        unit=HOUR,
        empty="No message has been dropped",
    ),
    graph(
        "Dead letters",
        "Messages an hour that a stage could not handle.",
        rates("wirewatch_stage_dead_letters_total", "stage", "topic", hourly=True),
        unit=HOUR,
    ),
    graph(
        "In flight",
        "Messages that a stage works on.",
        [prom("sum by (stage) (wirewatch_stage_in_flight_messages)", "{{stage}}")],
        unit="messages",
    ),
)

LATENCY = (
    graph(
        "Publication to discovery",
        "Time from an article's publication, as its outlet gives it, to our first sight of it. Articles whose outlet "
        "gives no time are left out.",
        percentiles("discovery_delay_seconds"),
        unit="s",
        size=(8, 8),
        links=[to("sources")],
    ),
    graph(
        "Discovery to alert",
        "Time from the discovery of a story's first article to the alert's delivery, over all channels.",
        percentiles("alert_delay_seconds"),
        unit="s",
        size=(8, 8),
        links=[to("alerts")],
    ),
    graph(
        "Publication to alert",
        "Time from an article's publication to the alert's delivery, over all channels.",
        percentiles("news_delay_seconds"),
        unit="s",
        size=(8, 8),
        links=[to("alerts")],
    ),
)

EXTRACTION = (
    graph("Extraction time", "Time to extract the text of one page.", percentiles("extraction_seconds"), unit="s"),
    graph(
        "Extraction",
        "Pages handed to extraction an hour: done, too slow, too much memory, crashed.",
        rates("wirewatch_extraction_attempts_total", "result", hourly=True),
        unit=HOUR,
    ),
    graph(
        "Length of the text",
        "Characters of an article's text. A fall says that extraction has broken for a large outlet.",
        percentiles("extraction_length_characters"),
        unit="characters",
        links=[to("sources")],
    ),
    graph(
        "Requests",
        "HTTP requests a second, by purpose and result.",
        rates("wirewatch_http_requests_total", "purpose", "result"),
        unit=SECOND,
    ),
)

DETECTION = (
    graph(
        "Articles by level",
        "Tagged articles an hour: direct is about what the watchlist looks for, passing mentions it, none is kept so "
        "that a later watchlist can be tried on it.",
        rates("wirewatch_articles_total", "watchlist", "level", hourly=True),
        unit=HOUR,
        stacked=True,
        links=[to("coverage")],
    ),
    graph(
        "Articles by country",
        "Tagged articles an hour, of all levels, by the country of the outlet.",
        rates("wirewatch_country_articles_total", "country", hourly=True),
        unit=HOUR,
        stacked=True,
    ),
    graph(
        "Mentions",
        "Mentions of actors an hour, by side.",
        rates("wirewatch_actor_mentions_total", "watchlist", "side", hourly=True),
        unit=HOUR,
    ),
    graph(
        "Themes",
        "Themes of relevant articles, an hour. An article can have several.",
        rates("wirewatch_article_themes_total", "watchlist", "theme", hourly=True),
        unit=HOUR,
    ),
    graph(
        "Stories",
        "Stories opened, updated and closed, an hour.",
        rates("wirewatch_story_events_total", "watchlist", "kind", hourly=True),
        unit=HOUR,
    ),
)

RESOURCES = (
    graph(
        "Processor",
        "Processor time a second, by container. The fetcher's extraction processes are not counted.",
        rates("process_cpu_seconds_total", "service", only='{job="wirewatch"}'),
        unit="percentunit",
    ),
    graph(
        "Memory",
        "Resident memory, by container. The fetcher's extraction processes are not counted.",
        [prom('sum by (service) (process_resident_memory_bytes{job="wirewatch"})', "{{service}}")],
        unit="bytes",
    ),
    graph(
        "Held in memory",
        "Bytes of records that a stage holds; it takes no more than its limit.",
        [prom("sum by (stage) (wirewatch_stage_in_flight_bytes)", "{{stage}}")],
        unit="bytes",
    ),
    graph(
        "Received",
        "Bytes received a second, after decompression.",
        rates("wirewatch_http_received_bytes_total", "purpose"),
        unit="Bps",
    ),
    graph(
        "Disk",
        "Bytes that are free on the disk of the data folder.",
        [prom("min(wirewatch_disk_free_bytes)", "free")],
        unit="bytes",
    ),
    graph(
        "Versions",
        "Processes by the version they run; more than one version only while an upgrade goes on.",
        [prom("count by (version) (wirewatch_build_info)", "{{version}}")],
        unit="processes",
    ),
)

PIPELINE = dashboard(
    "pipeline",
    "How news travels from feeds to alerts, stage by stage, and what it costs.",
    [
        *FIGURES,
        heading("Stages"),
        *STAGES,
        heading("From publication to alert"),
        *LATENCY,
        heading("Pages"),
        *EXTRACTION,
        heading("Detection"),
        *DETECTION,
        heading("Resources"),
        *RESOURCES,
    ],
    since="now-6h",
)
