"""The report of a period as a page to print, or as Markdown; all that came from the web is text there, never markup."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sinks.inert import line, link
from sinks.summary import Summary
from wirewatch import charts

ReportFormat = Literal["html", "md"]

TEMPLATES = Path(__file__).parent / "templates"
MOST_STORIES = 50
MOST_ACTORS = 20
MOST_SILENT = 60
"""How many of each are named; the rest are counted."""

LONGEST_NAME = 30
"""Characters of a name beside a bar."""

LONGEST = 300

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~:@&])")


def render(found: Summary, names: dict[str, str], form: ReportFormat, now: datetime) -> str:
    """Return the report; `names` are those of watchlists and themes, by id."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=form == "html",  # noqa: S701  # in Markdown, `markdown` takes the place of HTML's escapes
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "said": (lambda text: line(str(text), LONGEST)) if form == "html" else markdown,
        "link": link if form == "html" else _markdown_link,
        "moment": lambda moment: f"{moment:%Y-%m-%d %H:%M}",
    }
    return environment.get_template(f"report.{form}.j2").render(**_values(found, names, now))


def _values(found: Summary, names: dict[str, str], now: datetime) -> dict[str, Any]:
    return {
        "found": found,
        "now": now,
        "title": names.get(found.watchlist or "", found.watchlist) if found.watchlist else "All watchlists",
        "stories": found.stories[:MOST_STORIES],
        "more_stories": max(len(found.stories) - MOST_STORIES, 0),
        "silent": found.silent[:MOST_SILENT],
        "more_silent": max(len(found.silent) - MOST_SILENT, 0),
        "actors": found.actors[:MOST_ACTORS],
        "more_actors": max(len(found.actors) - MOST_ACTORS, 0),
        "themes": [(names.get(theme, theme), many) for theme, many in found.themes],
        "names": names,
        "by_day": charts.columns(
            [(f"{one.day:%d.%m.}", (("direct", one.direct), ("passing", one.passing))) for one in found.days]
        ),
        "by_country": charts.bars(_shortened(found.countries)),
        "by_actor": charts.bars(_shortened([(one.name, one.articles) for one in found.actors[:MOST_ACTORS]])),
        "by_theme": charts.bars(_shortened([(names.get(theme, theme), many) for theme, many in found.themes])),
    }


def _shortened(series: Any) -> list[tuple[str, int]]:
    return [(line(words, LONGEST_NAME), number) for words, number in series]


def markdown(text: object) -> str:
    """Return a text as one line in which Markdown and HTML find no sign."""
    return _MARKDOWN.sub(r"\\\1", line(str(text), LONGEST))


def _markdown_link(url: str) -> str:
    """Return the address for the target of a link: nothing that ends it early."""
    return link(url).translate({ord("("): "%28", ord(")"): "%29", ord("["): "%5B", ord("]"): "%5D"})
