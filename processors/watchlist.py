"""What to look for, compiled: a watchlist's names and cues ready to be matched, language by language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from processors.fold import fold_name
from processors.names import Name, forms_of, names_of
from processors.scan import PREFIX, Scanner
from processors.watchlist_model import ActorEntry, Phrases, Relation, Theme, Watchlist
from processors.watchlist_reader import read_watchlist

CueKind = Literal["theme", "relation", "cue", "negative"]

# Where a watchlist has no cues in an article's language, its English ones are tried.
FALLBACK = "en"

# What a faint cue of a theme counts beside the theme's other ones.
FAINT = 0.5


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase is a sign of: a theme by its id, the relation by name, a link between sides, another subject."""

    kind: CueKind
    id: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Negation:
    """What a name is not: phrases around it, or words anywhere that make the `doubtful` names count in context only."""

    actor: int
    doubtful: frozenset[str] | None = None


class Lexicon:
    """A watchlist in one language: names by folded lower-case form, and scanners for names, cues and negations."""

    def __init__(self, watchlist: Watchlist, language: str) -> None:
        self.language = language
        self.names: dict[str, list[Name]] = {}
        for index, actor in enumerate(watchlist.actors):
            for name in names_of(actor, index, language):
                self.names.setdefault(name.form.lower(), []).append(name)
        self.name_scanner = Scanner((form, names) for form, names in self.names.items())
        self.cue_scanner = Scanner(_cues(watchlist, language))
        self.negation_scanner = Scanner(
            negation for index, actor in enumerate(watchlist.actors) for negation in _negations(actor, index, language)
        )


class CompiledWatchlist:
    """A watchlist and its lexicons, each made when an article first needs it."""

    def __init__(self, watchlist: Watchlist) -> None:
        self.source = watchlist
        self._lexicons: dict[str, Lexicon] = {}

    @property
    def id(self) -> str:
        """Return the watchlist's id."""
        return self.source.id

    @property
    def actors(self) -> tuple[ActorEntry, ...]:
        """Return the actors in the file's order."""
        return self.source.actors

    @property
    def themes(self) -> tuple[Theme, ...]:
        """Return the themes in the file's order."""
        return self.source.themes

    @property
    def relation(self) -> Relation:
        """Return what makes an article relevant."""
        return self.source.relation

    @cached_property
    def version(self) -> str:
        """Return the hash of the whole watchlist."""
        return self.source.digest

    @cached_property
    def country_actors(self) -> dict[str, int]:
        """Return the index of each country's own actor by the country's code."""
        found = ((actor.country, index) for index, actor in enumerate(self.actors) if actor.kind == "country")
        return {country: index for country, index in found if country is not None}

    @cached_property
    def sides_by_country(self) -> dict[str, str]:
        """Return the side of each country that is an actor of a side, by the country's code."""
        found = ((actor.country, actor.side) for actor in self.actors if actor.kind == "country")
        return {country: side for country, side in found if country is not None and side is not None}

    def lexicon(self, language: str) -> Lexicon:
        """Return the lexicon for a language, compiled on first use."""
        if language not in self._lexicons:
            self._lexicons[language] = Lexicon(self.source, language)
        return self._lexicons[language]


def load_watchlist(path: Path) -> CompiledWatchlist:
    """Return the watchlist in a YAML file, ready for use. Raises InputError naming line, key and remedy."""
    return CompiledWatchlist(read_watchlist(path))


def _cues(watchlist: Watchlist, language: str) -> list[tuple[str, Cue]]:
    relation = watchlist.relation
    sources: list[tuple[Phrases, Cue]] = [
        source
        for theme in watchlist.themes
        for source in (
            (theme.cues, Cue("theme", theme.id, theme.weight)),
            (theme.faint, Cue("theme", theme.id, theme.weight * FAINT)),
        )
    ]
    sources += [(relation.cues, Cue("cue")), (relation.negative, Cue("negative"))]
    found = [
        (_folded(phrase, language), cue)
        for phrases, cue in sources
        for phrase in phrases.get(language, phrases.get(FALLBACK, ()))
    ]
    named = {phrase for key in (language, FALLBACK) for phrase in relation.names.get(key, ())}
    return found + [(_folded(phrase, language), Cue("relation")) for phrase in sorted(named)]


def _negations(actor: ActorEntry, index: int, language: str) -> list[tuple[str, Negation]]:
    phrases = {
        fold_name(form, language).lower()
        for key in (language, FALLBACK)
        for phrase in actor.negated.get(key, ())
        for form in forms_of(phrase, key)
    }
    if not phrases:
        return []
    own = Scanner((name.form, name.form.lower()) for name in names_of(actor, index, language))
    inside = {phrase: frozenset(name for _, _, name in own.hits(phrase)) for phrase in phrases}
    doubtful = frozenset().union(*inside.values())
    return [
        (phrase, Negation(index) if names else Negation(index, doubtful)) for phrase, names in sorted(inside.items())
    ]


def _folded(phrase: str, language: str) -> str:
    return fold_name(phrase, language) if not phrase.endswith(PREFIX) else fold_name(phrase[:-1], language) + PREFIX
