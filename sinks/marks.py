"""Where actors are named in a sentence, kept while the sentence is made harmless and cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pipeline.messages import Evidence, Mention, Tagging

OPEN, CLOSE = "\ue000", "\ue001"
"""What stands before and after a name: private characters, which no writing uses; in a text from the web they go."""

_GONE = dict.fromkeys(map(ord, (OPEN, CLOSE)))
_PIECES = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")


def in_evidence(tagging: Tagging) -> tuple[Mention, ...]:
    """Return the mentions that lie in the tagging's evidence, in the order of the text."""
    found = {
        (mention.field, mention.start, mention.end): mention
        for actor in tagging.actors
        for mention in actor.mentions
        if any(_lies_in(mention, sentence) for sentence in tagging.evidence)
    }
    return tuple(found[place] for place in sorted(found))


def _lies_in(mention: Mention, sentence: Evidence) -> bool:
    return mention.field == sentence.field and sentence.start <= mention.start < mention.end <= sentence.end


def marked(sentence: Evidence, mentions: Sequence[Mention], inert: Callable[[str, int], str], limit: int) -> str:
    """Return the sentence, inert and cut to `limit` characters, with OPEN and CLOSE around the names."""
    parts, end = list[str](), 0
    for first, last in _spans(sentence, mentions):
        parts += [_plain(sentence.text[end:first]), OPEN, _plain(sentence.text[first:last]), CLOSE]
        end = last
    text = inert("".join([*parts, _plain(sentence.text[end:])]), limit)
    return text + CLOSE if text.count(OPEN) > text.count(CLOSE) else text


def _plain(text: str) -> str:
    return text.translate(_GONE)


def _spans(sentence: Evidence, mentions: Sequence[Mention]) -> Iterator[tuple[int, int]]:
    """Yield where the names are, as indices into the sentence; those that overlap as one."""
    places = sorted(
        (mention.start - sentence.start, mention.end - sentence.start)
        for mention in mentions
        if _lies_in(mention, sentence)
    )
    merged: list[tuple[int, int]] = []
    for first, last in places:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    yield from merged


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a marked text, each with whether it is a name."""
    for number, part in enumerate(_PIECES.split(text)):
        if part:
            yield part, number % 2 == 1


def replaced(text: str, before: str, after: str) -> str:
    """Return a marked text with other marks; in the type of its arguments, so that Markup stays Markup."""
    return text.replace(OPEN, before).replace(CLOSE, after)
