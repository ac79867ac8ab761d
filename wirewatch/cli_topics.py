"""The commands of the bus: its topics, and its dead letters."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The topics on the bus: listed, watched, created.")

Topic = Annotated[str, typer.Argument(help="Name of the topic, as news.entries.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines.")]


@app.command("list")
def list_topics(json: AsJson = False) -> None:  # noqa: FBT002  # typer's way to declare a flag
    """Show each topic: its partitions, how many records it holds, how many were ever written, and its retention."""
    from wirewatch import configuration, rows, topic_commands, wiring

    settings = configuration.load()
    with contextlib.closing(wiring.open_broker(settings)) as broker:
        found = topic_commands.listed(broker, wiring.topic_specs(settings))
    rows.show(topic_commands.LIST_COLUMNS, [topic_commands.list_row(one) for one in found], json=json)


@app.command()
def lag(json: AsJson = False) -> None:  # noqa: FBT002  # typer's way to declare a flag
    """Show how many records of each topic each stage has still to work through."""
    from wirewatch import configuration, rows, topic_commands, units, wiring

    settings = configuration.load()
    with contextlib.closing(wiring.open_broker(settings)) as broker:
        found = topic_commands.lags(broker, units.readers())
    rows.show(topic_commands.LAG_COLUMNS, found, json=json)


@app.command()
def tap(
    topic: Topic,
    match: Annotated[str, typer.Option(help="Only records in whose key, headers or body this pattern is.")] = "",
    last: Annotated[int, typer.Option(min=0, help="Begin with so many of each partition's newest records.")] = 0,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many records.")] = None,
    follow: Annotated[bool, typer.Option(help="Wait for new records, until Ctrl-C.")] = True,  # noqa: FBT002  # typer's way to declare a flag
    json: AsJson = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show the records of a topic as they come, in nobody's way: no group notices.

    The pattern is a regular expression; upper and lower case are the same.
    """
    from wirewatch import configuration, topic_commands, wiring

    settings = configuration.load()
    pattern = topic_commands.pattern(match)
    with contextlib.closing(wiring.open_broker(settings)) as broker:
        shown = topic_commands.tapped(broker, topic, pattern, last=last, follow=follow)
        for number, record in enumerate(shown, 1):
            typer.echo(topic_commands.as_json(record) if json else topic_commands.in_one_line(record))
            if number == count:
                return


@app.command("create")
def create() -> None:
    """Create the topics that are missing, with the partitions and retention of pipeline/topics.py."""
    from wirewatch import configuration, wiring

    settings = configuration.load()
    with contextlib.closing(wiring.open_broker(settings)) as broker:
        created = broker.create_topics(wiring.topic_specs(settings))
    for name in created:
        typer.echo(f"created {name}")
    if not created:
        typer.echo("all topics exist")
