"""What an article's passages on the relation are about: cues counted where the sides meet."""

from __future__ import annotations

from collections.abc import Sequence

from processors.passages import STRENGTH, Passage

TITLE = 3.0
LEAD = 2.0
JOINED = 1.5
"""What a cue counts in the title, in the first two paragraphs and, at most, in a sentence that joins the sides."""

_LEAD_PARAGRAPHS = 2
# A theme is named when it has at least this share of the first one's weight, and at most so many are.
_SHARE = 0.4
_MOST = 4
# What a cue counts in an article that is about something else: in a sentence that joins the sides, in the paragraph of
# one, and elsewhere.
_PASSAGE = 2.0
_AROUND = 1.0
_ASIDE = 0.15


def themes(passages: Sequence[Passage], *, whole: bool = True) -> tuple[str, ...]:
    """Return the ids of the themes, the weightiest first; unless `whole`, those of the passages that join the sides."""
    weights: dict[str, float] = {}
    joining = {_paragraph(passage) for passage in passages if passage.link}
    for passage in passages:
        worth = _whole(passage) if whole else _part(passage, around=_paragraph(passage) in joining)
        for cue in passage.cues:
            if cue.kind == "theme":
                weights[cue.id] = weights.get(cue.id, 0.0) + worth * cue.weight
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(theme for theme, weight in ranked[:_MOST] if weight >= _SHARE * ranked[0][1])


def _paragraph(passage: Passage) -> tuple[str, int]:
    return passage.sentence.field, passage.sentence.paragraph


def _part(passage: Passage, *, around: bool) -> float:
    if passage.link:
        return _PASSAGE
    return _AROUND if around else _ASIDE


def _whole(passage: Passage) -> float:
    if passage.sentence.field == "title":
        return TITLE
    link = passage.link
    worth = LEAD if passage.sentence.paragraph < _LEAD_PARAGRAPHS else 1.0
    return worth + (JOINED * STRENGTH[link] if link else 0.0)
