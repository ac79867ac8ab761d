"""What the commands of the dead letters do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline import dead_letters
from pipeline.bus import Broker
from pipeline.dead_letters import DeadLetter
from pipeline.errors import InputError
from pipeline.topics import TOPICS
from sinks.inert import line
from wirewatch.topic_commands import matches, pattern

COLUMNS = ("letter", "stage", "time", "attempts", "replays", "reason")


def chosen(
    broker: Broker, letters: Sequence[str] = (), *, topic: str | None = None, match: str = ""
) -> list[DeadLetter]:
    """Return the undecided letters of these names, of all without, that come from the topic and match the pattern.

    Raises InputError for an unknown topic and for a letter that is not there, BusError.
    """
    by_source = {one.name: one.dead_letter for one in TOPICS}
    if topic is not None and topic not in by_source and topic not in by_source.values():
        raise InputError("--topic", f"no topic {topic!r}", f"Topics: {', '.join(by_source)}")
    names = None if topic is None else [by_source.get(topic, topic)]
    found = dead_letters.undecided(broker, names)
    if unknown := set(letters) - {letter.id for letter in found}:
        place = min(unknown)
        raise InputError(place, "no letter of this name waits for a decision", "`wirewatch dlt list` has their names.")
    wanted = pattern(match)
    return [letter for letter in found if (not letters or letter.id in letters) and matches(letter.record, wanted)]


def decided(
    broker: Broker, letters: Sequence[str], *, topic: str | None, match: str, everything: bool
) -> list[DeadLetter]:
    """Return the letters that a decision is about. Raises InputError when none were named, and `all` was not meant."""
    if not letters and not everything:
        raise InputError("dlt", "no letter is named", "Name letters, as `wirewatch dlt list` does, or give --all.")
    return chosen(broker, letters, topic=topic, match=match)


def row(letter: DeadLetter) -> tuple[str, ...]:
    """Return a letter's row."""
    when = datetime.fromtimestamp(letter.record.timestamp / 1000, UTC).isoformat(sep=" ", timespec="seconds")
    return (letter.id, *map(letter.header, ("stage",)), when, *map(letter.header, ("attempts", "replays", "reason")))


def in_full(letter: DeadLetter) -> str:
    """Return a letter as text: its headers, an empty line, its bytes. What would steer a terminal is taken out."""
    headers = [f"{line(name)}: {line(value.decode('utf-8', 'replace'))}" for name, value in letter.record.headers]
    body = letter.record.value.decode("utf-8", "replace")
    key = line(letter.record.key.decode("utf-8", "replace"))
    return "\n".join([letter.id, f"key: {key}", *headers, "", *map(line, body.splitlines())])
