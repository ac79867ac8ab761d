"""The names of an actor as they may stand in an article of one language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from processors.fold import fold_name
from processors.morphology import russian_forms
from processors.watchlist_model import ActorEntry, Phrases

# Languages whose names serve each other: close relatives write foreign names alike.
_SIBLINGS = {"id": "ms", "ms": "id"}
_ENGLISH = "en"
# Written in Latin letters, these have their own words for countries, with which the English ones collide.
_OWN_COUNTRY_NAMES = frozenset({"vi", "id", "ms", "tl", "pt", "tet", "fr", "es", "de"})
_TITLED_ACRONYM = 5


@dataclass(frozen=True, slots=True)
class Name:
    """A folded form of an actor's name; one that is not `strong` counts only where the actor is otherwise named.

    The title of an office has a first day, `since`, and may have the day it was no longer the actor's, `until`.
    """

    form: str
    actor: int
    strong: bool
    since: date | None = None
    until: date | None = None

    def holds(self, day: date | None) -> bool:
        """Return whether the name is the actor's on a day; without one, whether it still is."""
        if day is None:
            return self.until is None
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


def names_of(actor: ActorEntry, index: int, language: str) -> Iterator[Name]:
    """Yield every form of the actor's names for a language, each once."""
    seen: set[str] = set()
    for strong, phrases in ((True, actor.names), (False, actor.context)):
        for key, name in _for_language(phrases, actor, language):
            for form in sorted(forms_of(name, key, person=actor.kind == "person")):
                folded = fold_name(form, language)
                if folded and folded not in seen:
                    seen.add(folded)
                    yield Name(folded, index, strong)
    for role in actor.roles:
        titles = {
            fold_name(form, language)
            for key, title in _for_language(role.titles, actor, language)
            for form in forms_of(title, key)
        }
        yield from (
            Name(title, index, strong=True, since=role.begin, until=role.end) for title in sorted(titles - seen)
        )


def _for_language(phrases: Phrases, actor: ActorEntry, language: str) -> Iterator[tuple[str, str]]:
    own = language if phrases.get(language) else _SIBLINGS.get(language, language)
    keys = [own]
    foreign = not (language in _OWN_COUNTRY_NAMES and actor.kind in {"country", "place"})
    if own != _ENGLISH and (foreign or own not in actor.names):
        keys.append(_ENGLISH)
    for key in keys:
        yield from ((key, name) for name in phrases.get(key, ()))


def forms_of(name: str, language: str, *, person: bool = False) -> frozenset[str]:
    """Return the forms a name takes in a language: in Russian its cases, elsewhere itself."""
    if language == "ru" and not name.isascii():
        return russian_forms(name, person=person)
    return frozenset({name})


def case_fits(surface: str, name: str) -> bool:
    """Return whether capitals and small letters allow the surface to be the name: "Asean" is ASEAN, "mas" not MAS.

    A name of several words may stand in any case; one in small letters, such as an adjective, too. A single capitalised
    word needs a capital; an acronym of fewer than five letters needs all of them.
    """
    if surface == name or name == name.lower() or " " in name:
        return True
    if surface == surface.lower():
        return False
    if name.isupper():
        return surface.isupper() or len(name) >= _TITLED_ACRONYM
    return True
