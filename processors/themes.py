"""What an article's passages on the relation are about: cues counted where the sides meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from processors.passages import STRENGTH, Passage

TITLE = 3.0
LEAD = 2.0
JOINED = 2.0
"""What a cue counts in the title, in the first two paragraphs and, at most, in a sentence that joins the sides."""

_LEAD_PARAGRAPHS = 2
# A theme is named when it has at least this share of the first one's weight, and at most so many are.
_SHARE = 0.4
_MOST = 4
# What a cue counts in an article that is about something else: in a sentence that joins the sides, in one that names
# the side which the rest of the article is not about, in the paragraph of either, and elsewhere.
_PASSAGE = 2.0
_RARER = 1.5
_AROUND = 0.7
_RARER_AROUND = 0.5
_ASIDE = 0.15

Place = tuple[str, int]


def themes(passages: Sequence[Passage], *, whole: bool = True) -> tuple[str, ...]:
    """Return the ids of the themes, the weightiest first; unless `whole`, those of the passages on the relation."""
    weights: dict[str, float] = {}
    worth = _whole if whole else _part(passages)
    for passage in passages:
        counts = worth(passage)
        for cue in passage.cues:
            if cue.kind == "theme":
                weights[cue.id] = weights.get(cue.id, 0.0) + counts * cue.weight
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(theme for theme, weight in ranked[:_MOST] if weight >= _SHARE * ranked[0][1])


def _place(passage: Passage) -> Place:
    return passage.sentence.field, passage.sentence.paragraph


def _part(passages: Sequence[Passage]) -> Callable[[Passage], float]:
    """Return what a cue counts in each passage of an article that is about something else."""
    rarer = _rarer(passages)
    joining = {_place(passage) for passage in passages if passage.link}
    around = {_place(passage) for passage in passages if rarer & passage.unlisted}

    def worth(passage: Passage) -> float:
        if passage.link:
            return _PASSAGE
        if rarer & passage.unlisted:
            return _RARER
        if _place(passage) in joining:
            return _AROUND
        return _RARER_AROUND if _place(passage) in around else _ASIDE

    return worth


def _rarer(passages: Sequence[Passage]) -> frozenset[str]:
    """Return the side that fewer sentences of the text name; none where both are in as many."""
    counts = Counter(side for passage in passages if passage.sentence.field == "text" for side in passage.unlisted)
    sides = frozenset().union(*(passage.sides for passage in passages))
    least = min((counts[side] for side in sides), default=0)
    return frozenset(side for side in sides if counts[side] == least and counts.total() > least * len(sides))


def _whole(passage: Passage) -> float:
    if passage.sentence.field == "title":
        return TITLE
    link = passage.link
    worth = LEAD if passage.sentence.paragraph < _LEAD_PARAGRAPHS else 1.0
    return worth + (JOINED * STRENGTH[link] if link else 0.0)
