"""The examples of a watchlist, judged: what it must match, what it must not, and where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.messages import Level, Tagging
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist
from processors.watchlist_model import Example, Match

Demand = Literal["must match", "must not"]


@dataclass(frozen=True)
class Outcome:
    """What became of one example: its number in its list, from 1, and what is wrong, nothing when it passed."""

    demand: Demand
    number: int
    example: Example
    level: Level
    relevance: float
    problems: tuple[str, ...]


def judge_examples(watchlist: CompiledWatchlist) -> tuple[Outcome, ...]:
    """Return the outcome of every example, in the order of the file."""
    tagger = Tagger([watchlist])
    examples = watchlist.source.examples
    listed: list[tuple[Demand, int, Example]] = [
        *(("must match", number, example) for number, example in enumerate(examples.must_match, start=1)),
        *(("must not", number, example) for number, example in enumerate(examples.must_not, start=1)),
    ]
    return tuple(_outcome(tagger, *item) for item in listed)


def _outcome(tagger: Tagger, demand: Demand, number: int, example: Example) -> Outcome:
    _, (tagging,) = tagger.tag(example.title, example.text, example.language, example.published)
    problems = _missing(example, tagging) if isinstance(example, Match) else _unwanted(example, tagging)
    return Outcome(demand, number, example, tagging.level, tagging.relevance, tuple(problems))


def _missing(example: Match, tagging: Tagging) -> Iterator[str]:
    if example.level is not None and tagging.level != example.level:
        yield f"level is {tagging.level}, not {example.level}"
    elif tagging.level == "none":
        yield "not matched"
    found = {actor.id for actor in tagging.actors}
    yield from (f"actor {name} is not found" for name in example.actors if name not in found)
    yield from (f"theme {name} is not found" for name in example.themes if name not in tagging.themes)


def _unwanted(example: Example, tagging: Tagging) -> Iterator[str]:
    if tagging.level != "none":
        yield f"matched, as {tagging.level}"
    found = {actor.id: actor.mentions[0].text for actor in tagging.actors}
    yield from (f'actor {name} is found, as "{found[name]}"' for name in example.actors if name in found)
