"""How a language reports speech: what is known of its verbs of saying, pronouns, and titles before a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Speech:
    """One language's words for reporting speech, compared with folded, lower-case text.

    What follows one of `sources` is who speaks ("according to"), what follows one of `prepositions` is not; the `agent`
    stands before who acts in a passive. The patterns of those who speak without a name hold them in their first group:
    before the verb, after it, and as the subject of a sentence. What begins with a word of `known` and is none of the
    `bodies` is a person whom the text knows.
    """

    verbs: re.Pattern[str]
    pronouns: re.Pattern[str]
    titles: frozenset[str]
    unnamed_before: re.Pattern[str] | None = None
    unnamed_after: re.Pattern[str] | None = None
    unnamed_subject: re.Pattern[str] | None = None
    sources: frozenset[str] = frozenset()
    prepositions: tuple[list[str], ...] = ()
    agent: str = ""
    known: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
    mute: frozenset[str] = frozenset()
    indefinite: frozenset[str] = frozenset()
    unnamed_many: re.Pattern[str] | None = None
    unnamed_last: re.Pattern[str] | None = None
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)


def words_of(words: str, *others: str) -> re.Pattern[str]:
    """Return the pattern of whole words, `_` standing for a space, and of other patterns."""
    alternatives = "|".join(re.escape(word.replace("_", " ")) for word in sorted(words.split(), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join((alternatives, *others))})(?!\w)")


def each(words: str) -> tuple[list[str], ...]:
    """Return each word as a list of one, as text is split."""
    return tuple([word] for word in words.split())


def anywhere(words: str) -> re.Pattern[str]:
    """Return the pattern of words in scripts that write no spaces."""
    return re.compile("|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True)))
