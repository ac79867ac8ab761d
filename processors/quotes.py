"""Direct speech: the words between quotation marks that somebody says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from processors.attribution import Attributor, FoundQuote
from processors.fold import word_set
from processors.reading import Field, Span
from processors.references import Named
from processors.scan import unspaced
from processors.speakers import Speakers
from processors.speech import Speech
from processors.speech_languages import speech_of
from processors.watchlist_model import ActorEntry

_PAIRS = {"“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", '"': '"', "”": "”"}
_SINGLE = re.compile(r"'(?<![^\s(]')(?=\w)((?:[^'\n]|'(?=\w)){10,}?[,.?!])'(?=\s|$)")
_OPENING = re.compile('[“„«「『"”]')
# Each opening mark's own kind and those that close it.
_SAME = {mark: re.compile(f"[{mark}{closing}]") for mark, closing in _PAIRS.items()}
# Who speaks, between dashes that folding has made spaces of: «Мы едем, — сказал он. — И скоро».
_INSERTED = re.compile(r"[,!?…] {2,}(?=[^\W\d_])[^«»“”\"]{3,80}?[.,] {2,}")
_MIN_WORDS = 3
_MIN_UNSPACED = 8
_LONG_NAME = 3
_TITLE_CASE = 0.7
# Short words that a title hardly has: where one stands in small letters, somebody speaks.
_SPOKEN = word_set("i you we he it us me my our his her is are was not can may do did has had")


def quotes(field: Field, language: str, named: Sequence[Named], actors: Sequence[ActorEntry]) -> tuple[FoundQuote, ...]:
    """Return the direct quotes whose speakers the text tells, each paragraph of a longer one apart."""
    marked = [quote for number, span in enumerate(field.paragraphs) for quote in _marked(field.text, span, number)]
    if not marked:
        return ()
    speech = speech_of(language)
    found = [part for quote in marked for part in _parted(field, quote, speech)]
    spans = [Span(quote.start, quote.end) for quote in found]
    speakers = partial(Speakers, field, spans, named, actors, speech)
    attributor = Attributor(field, found, speakers, speech)
    return tuple(quote for quote in attributor.attributed() if _is_speech(field.text, quote))


def _marked(text: str, paragraph: Span, number: int) -> Iterator[FoundQuote]:
    place = paragraph.start
    while (opening := _OPENING.search(text, place, paragraph.end)) is not None:
        start = opening.end()
        closing = _closing(text, opening.group(), start, paragraph.end)
        if closing is None:
            # Speech that goes on in the next paragraph is not closed in this one.
            if opening.group() != "”" and paragraph.end - start > _MIN_UNSPACED:
                yield FoundQuote(start, paragraph.end, number, closed=False)
            return
        if closing > start:
            yield FoundQuote(start, closing, number)
        place = closing + 1
    if place == paragraph.start:
        for single in _SINGLE.finditer(text, paragraph.start, paragraph.end):
            yield FoundQuote(*single.span(1), number)


def _parted(field: Field, quote: FoundQuote, speech: Speech) -> Iterator[FoundQuote]:
    """Yield the parts of a quote whose speaker is named between dashes within the marks, or the whole."""
    start = quote.start
    for inserted in _INSERTED.finditer(field.text, quote.start, quote.end):
        if inserted.start() >= start and speech.verbs.search(field.lowered, *inserted.span()):
            yield replace(quote, start=start, end=inserted.start() + 1)
            start = inserted.end()
    yield replace(quote, start=start)


def _closing(text: str, mark: str, start: int, end: int) -> int | None:
    depth = 1
    for other in _SAME[mark].finditer(text, start, end):
        depth += -1 if other.group() in _PAIRS[mark] else 1
        if not depth:
            return other.start()
    return None


def _is_speech(text: str, quote: FoundQuote) -> bool:
    """Return whether the words are somebody's speech, and not a title, a nickname or a word held at arm's length."""
    words = text[quote.start : quote.end].split()
    nameless = quote.speaker is None and quote.actor is None
    if not quote.said or nameless or (len(words) < _MIN_WORDS and not _long_enough(text, quote)):
        return False
    if len(words) <= _MIN_WORDS or not _SPOKEN.isdisjoint(words):
        return True
    long = [word for word in words if len(word) > _LONG_NAME]
    return sum(word[0].isupper() for word in long) <= _TITLE_CASE * len(long)


def _long_enough(text: str, quote: FoundQuote) -> bool:
    return unspaced(text[quote.start]) and quote.end - quote.start >= _MIN_UNSPACED
