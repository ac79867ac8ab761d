"""What an article adds to its story that changes it, so that an analyst wants to hear of the story again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.messages import Actor, Article, Change, ChangeKind, Tagging
from processors.figures import figures
from processors.fold import fold, fold_name
from processors.scan import PREFIX, Scanner
from processors.stances import STANCES

WEIGHTY_MENTIONS = 3
"""Mentions in the text from which an actor counts that is in neither the headline nor a quote."""

LEAD = 400
"""Characters at the beginning of the text in which a figure, a denial or a confirmation counts."""

LEAST = 3
"""Numbers below are in every article: two ministers, one day."""

_MOST = 3
_KINDS = frozenset({"person", "organisation", "body", "country"})


@dataclass(frozen=True)
class Told:
    """What an article tells, by kind of change: ids of actors, figures, stances and the side whose press it is of."""

    actors: Mapping[str, str]
    weighty: tuple[str, ...]
    numbers: tuple[str, ...]
    fresh: tuple[str, ...]
    stances: tuple[ChangeKind, ...]
    side: str | None


def told(article: Article, tagging: Tagging, language: str, sides: Mapping[str, str]) -> Told:
    """Return what an article tells; `sides` are those of the watchlist by country (ISO 3166-1 alpha-2)."""
    numbers = _numbers(f"{article.title}\n{article.text}", language)
    lead = f"{article.title}\n{article.text[:LEAD]}"
    speakers = {quote.speaker_id for quote in tagging.quotes}
    return Told(
        actors={actor.id: actor.name for actor in tagging.actors},
        weighty=tuple(actor.id for actor in tagging.actors if _weighs(actor, speakers)),
        numbers=tuple(numbers),
        fresh=tuple(_numbers(lead, language)),
        stances=tuple(stance for stance in _stances(lead, language)),
        side=sides.get(article.outlet.country or ""),
    )


def changes(story: Told, known: Mapping[str, Sequence[str]], *, is_copy: bool) -> tuple[Change, ...]:
    """Return what an article changes in a story of which this much is known; nothing where it is a copy.

    A story of which nothing is known is not changed by its first article.
    """
    if is_copy or not known:
        return ()
    return tuple(_changes(story, known))


def _changes(story: Told, known: Mapping[str, Sequence[str]]) -> Iterator[Change]:
    new_actors = [actor for actor in story.weighty if actor not in known.get("actors", ())]
    yield from (Change(kind="actor", detail=story.actors[actor]) for actor in new_actors[:_MOST])
    new_numbers = [number for number in story.fresh if not _is_known(number, known.get("numbers", ()))]
    yield from (Change(kind="number", detail=number) for number in new_numbers[:_MOST])
    yield from (Change(kind=stance) for stance in story.stances if stance not in known.get("stances", ()))
    reported = known.get("sides", ())
    if story.side and reported and story.side not in reported:
        yield Change(kind="other-side", detail=story.side)


def learn(known: Mapping[str, Sequence[str]], story: Told) -> dict[str, list[str]]:
    """Return what is known of a story after an article."""
    added: dict[str, Sequence[str]] = {
        "actors": list(story.actors),
        "numbers": story.numbers,
        "stances": story.stances,
        "sides": [story.side] if story.side else [],
    }
    return {name: list(dict.fromkeys((*known.get(name, ()), *values))) for name, values in added.items()}


def _weighs(actor: Actor, speakers: set[str | None]) -> bool:
    if actor.kind not in _KINDS:
        return False
    in_title = any(mention.field == "title" for mention in actor.mentions)
    return in_title or actor.id in speakers or actor.count >= WEIGHTY_MENTIONS


def _numbers(text: str, language: str) -> list[str]:
    found, _ = figures(text, language)
    return list(dict.fromkeys(one.key for one in found if not one.is_year and (one.value >= LEAST or one.percent)))


def _is_known(number: str, known: Sequence[str]) -> bool:
    """Return whether a figure is known, rounded figures included: 1,100 is "about 1,000" in one digit."""
    value = float(number.rstrip("%"))
    same_kind = (float(one.rstrip("%")) for one in known if one.endswith("%") == number.endswith("%"))
    return any(value == one or f"{value:.1g}" == f"{one:.4g}" or f"{one:.1g}" == f"{value:.4g}" for one in same_kind)


def _stances(lead: str, language: str) -> Iterator[ChangeKind]:
    folded = fold(lead, language).text.lower()
    found = {kind for _, _, kind in _scanner(language).hits(folded)}
    yield from (kind for kind in STANCES if kind in found)


@cache
def _scanner(language: str) -> Scanner[ChangeKind]:
    return Scanner(
        (_folded(word, language), kind) for kind, words in STANCES.items() for word in words.get(language, words["en"])
    )


def _folded(word: str, language: str) -> str:
    stem = fold_name(word.removesuffix(PREFIX), language)
    return stem + PREFIX if word.endswith(PREFIX) else stem
