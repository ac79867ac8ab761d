"""The batch commands: tag, group, extract, parse-feed and explain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from wirewatch import batch

PANEL = "Batch commands: JSON lines in, JSON lines out"

Inputs = Annotated[list[str] | None, typer.Argument(help="Files of JSON lines; - or nothing for standard input.")]
Output = Annotated[str, typer.Option("--output", "-o", help="File to write; - for standard output.")]
WatchlistOption = Annotated[Path | None, typer.Option("--watchlist", "-w", help="YAML file; by default the setting.")]


def register(app: typer.Typer) -> None:
    """Add the batch commands to the application."""
    for name, command in (
        ("tag", tag),
        ("group", group),
        ("extract", extract),
        ("parse-feed", parse_feed),
        ("explain", explain),
    ):
        app.command(name, rich_help_panel=PANEL)(command)


def tag(inputs: Inputs = None, output: Output = batch.STDIN, watchlist: WatchlistOption = None) -> None:
    """Tag articles: {"id", "text", "title"?, "url"?, "lang"?, "published"?} a line."""
    from wirewatch import configuration, wiring

    articles = batch.read_articles(inputs or [batch.STDIN])
    tagger = wiring.batch_tagger(watchlist, configuration.load())
    batch.write_lines((_tagged(tagger, article) for article in articles), output)


def _tagged(tagger: Any, article: batch.BatchArticle) -> dict[str, Any]:
    published = article.published.date() if article.published else None
    language, taggings = tagger.tag(article.title, article.text, article.lang, published)
    found = taggings[0].model_dump(exclude={"watchlist", "watchlist_version", "candidates"})
    return {"id": article.id, "lang": language, **found}


def group(inputs: Inputs = None, output: Output = batch.STDIN, watchlist: WatchlistOption = None) -> None:
    """Group articles into stories: adds {"story", "copy_of"} to {"id", "title", "text", "published"?, "lang"?}.

    A copy names the first article with its text. Articles of one story tell one event, in whatever language.
    """
    from wirewatch import configuration, wiring

    articles = batch.read_articles(inputs or [batch.STDIN])
    tagger = wiring.batch_tagger(watchlist, configuration.load())
    batch.write_lines(_grouped(tagger, articles), output)


def _grouped(tagger: Any, articles: list[batch.BatchArticle]) -> Iterator[dict[str, Any]]:
    """Yield the articles with story and copy_of, in their order; an article without a time is as new as the newest."""
    from processors.marks import Marks
    from processors.placing import place
    from processors.story_index import Placed
    from processors.story_memory import MemoryShelf

    newest = max((article.published for article in articles if article.published), default=datetime.now(UTC))
    shelf = MemoryShelf()
    for article in articles:
        day = article.published.date() if article.published else None
        language, taggings = tagger.tag(article.title, article.text, article.lang, day)
        marks = Marks.of(article.title, article.text, language, taggings[0].actors)
        placed = place(shelf, "", Placed(article.id, "", "", article.published or newest, marks))
        yield article.model_dump(mode="json", exclude_unset=True) | {"story": placed.story, "copy_of": placed.copy_of}


def extract(
    sources: Annotated[
        list[str], typer.Argument(help="HTML files, WARC files or addresses; - for HTML on standard input.")
    ],
    url: Annotated[str | None, typer.Option(help="Address of the page, for its links and its outlet.")] = None,
    output: Output = batch.STDIN,
) -> None:
    """Extract the article of each page."""
    from wirewatch import configuration, pages

    batch.write_lines(list(pages.extract(sources, url, configuration.load())), output)


def parse_feed(
    sources: Annotated[list[str], typer.Argument(help="Files or addresses of feeds; - for standard input.")],
    output: Output = batch.STDIN,
) -> None:
    """Parse each feed: its entries, and what was wrong with it."""
    from wirewatch import configuration, pages

    batch.write_lines(list(pages.parse_feeds(sources, configuration.load())), output)


def explain(
    source: Annotated[str, typer.Argument(help="An HTML or text file, an address, or - for text on standard input.")],
    watchlist: WatchlistOption = None,
) -> None:
    """Show what was found in one article and why, for a person."""
    from rich.console import Console

    from wirewatch import configuration
    from wirewatch import explain as explanation

    explanation.show(source, watchlist, configuration.load(), Console())
