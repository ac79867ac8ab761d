"""The sentences that carried the score, each with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.messages import Evidence
from processors.features import in_lead
from processors.passages import STRENGTH, Passage
from processors.reading import Reading

MOST = 5
"""How many sentences are shown; an alert has no room for more."""

LONGEST = 2000
"""Characters of a sentence that are shown: a text without full stops may be one."""

_TITLE = 2.0
_LEAD = 1.3


def evidence(passages: Sequence[Passage], reading: Reading) -> tuple[Evidence, ...]:
    """Return the strongest sentences in the order of the article."""
    weighed = [(weight, index) for index, passage in enumerate(passages) if (weight := _weight(passage)) > 0]
    strongest = sorted(weighed, key=lambda item: (-item[0], item[1]))[:MOST]
    return tuple(_shown(passages[index], reading) for index in sorted(index for _, index in strongest))


def _weight(passage: Passage) -> float:
    link = passage.link
    if link is None:
        return 0.0
    place = _TITLE if passage.sentence.field == "title" else _LEAD if in_lead(passage) else 1.0
    return STRENGTH[link] * place


def _shown(passage: Passage, reading: Reading) -> Evidence:
    sentence = passage.sentence
    field = reading.title if sentence.field == "title" else reading.text
    start, end = field.folded.span(sentence.start, sentence.end)
    end = min(end, start + LONGEST)
    return Evidence(
        field=sentence.field,
        start=start,
        end=end,
        text=field.original[start:end],
        reasons=_reasons(passage),
    )


def _reasons(passage: Passage) -> tuple[str, ...]:
    place = "title" if passage.sentence.field == "title" else "lead" if in_lead(passage) else ""
    link = passage.link
    joined = {"relation": "names the relation", "cued": "joins both sides", "plain": "names both sides"}
    reasons = (f"in the {place}" if place else "", joined.get(link or "", "lists both sides"))
    return tuple(reason for reason in reasons if reason)
