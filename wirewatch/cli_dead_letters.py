"""The commands of the dead letters: what no stage could handle."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The dead letters: messages that no stage could handle.")

Letters = Annotated[list[str] | None, typer.Argument(help="Letters, by the names that `dlt list` gives them.")]
OfTopic = Annotated[str | None, typer.Option("--topic", help="Only letters of this topic, as news.entries.")]
Match = Annotated[str, typer.Option(help="Only letters in whose reason, key, headers or body this pattern is.")]
All = Annotated[bool, typer.Option("--all", help="All letters, or all that the other options leave.")]


@app.command("list")
def list_letters(
    topic: OfTopic = None,
    match: Match = "",
    json: Annotated[bool, typer.Option("--json", help="JSON lines, one a letter.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show the letters that wait for a decision, the oldest first: which stage gave up, when, how often tried, why."""
    from wirewatch import configuration, dead_letter_commands, rows, wiring

    with contextlib.closing(wiring.open_broker(configuration.load())) as broker:
        found = dead_letter_commands.chosen(broker, topic=topic, match=match)
    rows.show(dead_letter_commands.COLUMNS, [dead_letter_commands.row(one) for one in found], json=json)


@app.command()
def show(letter: Annotated[str, typer.Argument(help="A letter, by the name that `dlt list` gives it.")]) -> None:
    """Show one letter: its headers, and its bytes as text."""
    from wirewatch import configuration, dead_letter_commands, wiring

    with contextlib.closing(wiring.open_broker(configuration.load())) as broker:
        (found,) = dead_letter_commands.chosen(broker, [letter])
    typer.echo(dead_letter_commands.in_full(found))


@app.command()
def retry(
    letters: Letters = None,
    topic: OfTopic = None,
    match: Match = "",
    everything: All = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Put letters back into the topic they came from, bytes untouched; a letter that fails again becomes a new one."""
    from pipeline import dead_letters
    from wirewatch import configuration, dead_letter_commands, wiring

    with contextlib.closing(wiring.open_broker(configuration.load())) as broker:
        found = dead_letter_commands.decided(broker, letters or (), topic=topic, match=match, everything=everything)
        typer.echo(f"retried {dead_letters.retry(broker, found)}")


@app.command()
def drop(
    letters: Letters = None,
    topic: OfTopic = None,
    match: Match = "",
    everything: All = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Take letters off the list; their bytes stay in the topic until its retention ends."""
    from pipeline import dead_letters
    from wirewatch import configuration, dead_letter_commands, wiring

    with contextlib.closing(wiring.open_broker(configuration.load())) as broker:
        found = dead_letter_commands.decided(broker, letters or (), topic=topic, match=match, everything=everything)
        typer.echo(f"dropped {dead_letters.drop(broker, found)}")
