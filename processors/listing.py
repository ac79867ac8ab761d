"""Names that stand in a list of countries, in a dateline, or in one word with another: "Russia–Vietnam"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from processors.fold import UPPER
from processors.reading import Field, Sentence
from processors.references import Named
from processors.watchlist_model import ActorEntry

_AND = r"and|&|dan|serta|với|và|и|และ|กับ|ແລະ|និង|နှင့်|和|与|與"
_NEXT = re.compile(rf"^\s*(?:[,;、،]|{_AND})\s*(?:(?:{_AND}|the)\s+)*$")
_TOGETHER = re.compile(rf"^\s*(?:{_AND}|with|dengan|voi|с|со)\s*(?:the\s+)?$")
_WORD = rf"{UPPER}[\w.]*"
# One name that the watchlist does not know may stand between two: "France, Russia and South Korea".
_STRANGER = re.compile(
    rf"^\s*[,;、]\s*(?:the\s+)?{_WORD}(?:\s+{_WORD}){{0,2}}\s*,?(?:\s*[,;、]\s*|\s+)(?:(?:{_AND})\s+)?(?:the\s+)?$"
)
_STRANGER_BEFORE = re.compile(rf"(?:^|\s){_WORD}\s*(?:,|、|\s(?:{_AND}))\s*(?:the\s+)?$")
_STRANGER_AFTER = re.compile(rf"^\s*(?:,|、|\s(?:{_AND}))\s*(?:(?:{_AND})\s+)?(?:the\s+)?{_WORD}")
_LOOK = 30
_LIST = 3
_LONG_LIST = 5

_DASH = re.compile(r"\s*[-/\u2010-\u2015\u2212]\s*")
_WHOLE = frozenset({"country", "body"})
_GAP = 4

# Where a report comes from stands before its first sentence and says nothing about its subject.
_DATE = r",?\s*(?:\d{1,2}\s+\w+|\w+\.?\s+\d{1,2})"
_PLACE = rf"(?:{UPPER}[^a-zа-я\n]{{2,40}}?|(?:{UPPER}\S*[,\s]+){{1,4}}?)"
_SOURCE = r"\s*(?:\([^)\n]{1,30}\)\s*)?"
_DATELINE = re.compile(rf"{_PLACE}(?:{_DATE}\.\s|(?:{_DATE})?{_SOURCE}(?:(?<=\s)[-–—]{{1,2}}\s|--\s|[–—]\s?))")
_DATELINE_LENGTH = 60


def listed(names: Sequence[Named], field: Field, on_a_side: Callable[[Named], bool]) -> set[Named]:
    """Return the names that stand only in a list: of three and more with an outsider, or of five and more."""
    outer = [name for name in names if not name.inner]
    found: set[Named] = set()
    run: list[Named] = []
    strangers = 0
    for index, name in enumerate(outer):
        gap = field.text[outer[index - 1].end : name.start] if index else ""
        if run and (_NEXT.match(gap) or _STRANGER.match(gap)):
            strangers += 0 if _NEXT.match(gap) else 1
        else:
            found.update(_list(run, strangers, field, on_a_side))
            run, strangers = [], 0
        run.append(name)
    found.update(_list(run, strangers, field, on_a_side))
    return found | {name for name in names if name.inner and any(_within(name, item) for item in found)}


def _list(run: list[Named], strangers: int, field: Field, on_a_side: Callable[[Named], bool]) -> list[Named]:
    if not run:
        return []
    strangers += bool(_STRANGER_BEFORE.search(field.text[max(0, run[0].start - _LOOK) : run[0].start]))
    strangers += bool(_STRANGER_AFTER.match(field.text[run[-1].end : run[-1].end + _LOOK]))
    outsiders = strangers + sum(not on_a_side(name) for name in run)
    size = len(run) + strangers
    return run if (size >= _LIST and outsiders) or size >= _LONG_LIST else []


def _within(name: Named, other: Named) -> bool:
    return name.field == other.field and other.start <= name.start and name.end <= other.end


def paired(left: Named, right: Named, field: Field, actors: Sequence[ActorEntry]) -> bool:
    """Return whether two names are joined by a dash into one word or phrase."""
    if not 0 < right.start - left.end <= _GAP:
        return False
    gap = field.original[field.folded.span(left.start, left.end)[1] : field.folded.span(right.start, right.end)[0]]
    if not _DASH.fullmatch(gap):
        return False
    # A dash between spaces is also a dash in a sentence: only countries and bodies are joined by one.
    return not gap[0].isspace() or {actors[left.actor].kind, actors[right.actor].kind} <= _WHOLE


def coordinated(left: Named, right: Named, field: Field) -> bool:
    """Return whether two names are joined by an "and" or a "with": "Russia and Vietnam"."""
    return bool(_TOGETHER.match(field.text[left.end : right.start]))


def in_dateline(name: Named, actor: ActorEntry, sentence: Sentence, field: Field) -> bool:
    """Return whether the name is where the report comes from."""
    if sentence.field == "title" or sentence.paragraph > 1 or actor.kind not in {"place", "country"}:
        return False
    start = field.paragraphs[sentence.paragraph].start
    if name.start - start > _DATELINE_LENGTH:
        return False
    first = field.folded.span(start, start + 1)[0]
    dateline = _DATELINE.match(field.original[first : first + _DATELINE_LENGTH + _LOOK])
    if dateline is None or name.end > start + dateline.end():
        return False
    return field.text[name.start : name.end].isupper() or actor.kind == "place"
