"""The command of the labels: judge articles, export and import what was said, fit a watchlist to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def label(
    watchlist: Annotated[str | None, typer.Option(help="Id of the watchlist; needed where there are several.")] = None,
    since: Annotated[str, typer.Option(help="Only articles published since: 30d, 12h, 2w or a day.")] = "30d",
    most: Annotated[int, typer.Option(min=1, help="So many articles at most.")] = 20,
    themes: Annotated[bool, typer.Option("--themes", help="Ask for the themes too.")] = False,  # noqa: FBT002  # typer's way to declare a flag
    refit: Annotated[Path | None, typer.Option(help="Fit the weights of this watchlist file to its labels.")] = None,
    write: Annotated[bool, typer.Option("--write", help="With --refit: write them into the file.")] = False,  # noqa: FBT002  # typer's way to declare a flag
    export: Annotated[str | None, typer.Option(help="Write all labels as JSON lines to a file; - for output.")] = None,
    import_: Annotated[
        str | None, typer.Option("--import", help="Read labels from a file of JSON lines; - for input.")
    ] = None,
) -> None:
    """Judge articles of the archive one by one, those nearest to a threshold first; or fit a watchlist to that."""
    from pipeline.errors import InputError

    tasks = [name for name, value in (("--refit", refit), ("--export", export), ("--import", import_)) if value]
    if len(tasks) > 1:
        raise InputError(" ".join(tasks), "are asked for at once", "Give one of them.")
    if write and refit is None:
        raise InputError("--write", "says where to write weights, but none are fitted", "Give --refit FILE with it.")
    if refit is not None:
        _refit(refit, write=write)
    elif export is not None:
        _export(export)
    elif import_ is not None:
        _import(import_)
    else:
        _judge(watchlist, since, most, themes=themes)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("label")(label)


def _ask(question: str) -> str | None:
    try:
        return str(typer.prompt(question, default="", show_default=False))
    except typer.Abort:
        return None


def _judge(watchlist: str | None, since: str, most: int, *, themes: bool) -> None:
    from wirewatch import configuration, label_commands

    settings = configuration.load()
    name, count = label_commands.label(settings, watchlist, since, most, themes=themes, ask=_ask, tell=typer.echo)
    typer.echo(f"\n{count} articles judged for {name}")


def _refit(path: Path, *, write: bool) -> None:
    from wirewatch import configuration, label_commands, label_view

    found = label_commands.refit(path, configuration.load(), write=write)
    for text in label_view.refit_lines(found):
        typer.echo(text)
    typer.echo(f"written into {path}" if write else "nothing is written without --write")


def _export(path: str) -> None:
    from wirewatch import batch, configuration, label_commands

    batch.write_lines(label_commands.export(configuration.load()), path)


def _import(path: str) -> None:
    from wirewatch import configuration, label_commands

    count, strangers = label_commands.import_file(path, configuration.load())
    typer.echo(f"{count} labels read, {strangers} of them for articles that the archive does not have")
