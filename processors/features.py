"""The interpretable features by which relevance is judged, each between 0 and 1; docs/watchlists.md lists them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from processors.passages import STRENGTH, Passage
from processors.watchlist import CompiledWatchlist

# The first paragraphs of a text, within so many characters, are its lead.
LEAD_PARAGRAPHS = 2
LEAD_LENGTH = 900

# How much a title with both sides weighs by how they are joined; a title has no room for cues.
_TITLE = {"relation": 1.0, "cued": 1.0, "plain": 0.6, "listed": 0.2}
# A text of fewer sentences is taken to have so many: one sentence of two is little to go by.
_SHORT = 4
# So many further names are supposed where a text names few, for the same reason.
_SUPPOSED = 2
# What one sentence that joins the sides is of a passage, when those around it are on something else.
_ALONE = 0.7
# What both sides in title and lead are worth where no sentence joins them and no cue speaks of relations.
_UNSAID = 0.4
# A sentence beside one that joins the sides belongs to it in part; so do two sides in neighbouring sentences.
_BESIDE = 0.4
_NEIGHBOURS = 0.4
# So many cues are many in a sentence or paragraph.
_MANY_CUES = 3
# What a sentence means of the side it does not name when it names countries and places only of the other one, and when
# it has words of another subject.
_PLACE_ONLY = 0.7
_ASTRAY = 0.3
_PLACES = frozenset({"country", "place"})
# Who of neither side makes a sentence one on relations with others.
_THIRD_PARTIES = frozenset({"country", "person", "body"})
# A text of fewer paragraphs is taken to have so many.
_FEW_PARAGRAPHS = 3


def features(passages: Sequence[Passage], watchlist: CompiledWatchlist) -> dict[str, float]:
    """Return each feature of the article, between 0 and 1; none at all when only one side is in it."""
    sides = watchlist.relation.sides
    title = [passage for passage in passages if passage.sentence.field == "title"]
    text = [passage for passage in passages if passage.sentence.field == "text"]
    if not any(passage.paired for passage in passages) and not frozenset().union(
        *(passage.sides for passage in passages)
    ).issuperset(sides):
        return {}
    found = _title(title, sides) | _lead(title, text, sides) | _body(text, watchlist)
    found["cues"] = _saturated(max(map(_cues, filter(_joins, passages)), default=0), _MANY_CUES)
    found |= _passing(title, text, watchlist) | _against(title, text, watchlist)
    return {name: round(value, 4) for name, value in found.items()}


def in_lead(passage: Passage) -> bool:
    """Return whether a passage of the text is in its first paragraphs."""
    return passage.sentence.paragraph < LEAD_PARAGRAPHS and passage.sentence.start < LEAD_LENGTH


def _title(title: Sequence[Passage], sides: tuple[str, str]) -> dict[str, float]:
    links = [link for passage in title if (link := passage.link) is not None]
    whole = frozenset().union(*(passage.sides for passage in title))
    return {
        "title_relation": float("relation" in links),
        "title_sides": max([_TITLE[link] for link in links], default=0.4 if whole.issuperset(sides) else 0.0),
        "title_side": float(bool(whole) and not links),
    }


def _lead(title: Sequence[Passage], text: Sequence[Passage], sides: tuple[str, str]) -> dict[str, float]:
    lead = [passage for passage in text if in_lead(passage)]
    links = [link for passage in lead if (link := passage.link) is not None]
    near = [passage for passage in (*title, *lead) if passage.unlisted]
    said = any(passage.has("cue") or passage.has("relation") for passage in near)
    both = frozenset().union(*(passage.unlisted for passage in near)).issuperset(sides)
    return {
        "lead_relation": float("relation" in links),
        "lead_sentence": max((STRENGTH[link] for link in links), default=0.0),
        "lead_near": (1.0 if said else _UNSAID) if both and not links else 0.0,
    }


def _body(text: Sequence[Passage], watchlist: CompiledWatchlist) -> dict[str, float]:
    sides, window = watchlist.relation.sides, watchlist.relation.window
    links = [passage.link for passage in text]
    strengths = [STRENGTH[link] if link else 0.0 for link in links]
    beside = [_beside(index, text, strengths, sides, window) for index in range(len(text))]
    total = max(_SHORT, len(text))
    return {
        "relation_names": _saturated(links.count("relation"), 2),
        "sentences": _saturated(sum(strengths), 2),
        "passage": max((_passage(index, strengths, beside) for index in range(len(text))), default=0.0),
        "neighbours": _saturated(sum(beside), 2),
        "share": min(1.0, sum(map(max, strengths, beside)) / total * 1.5),
        "presence": _saturated(_presence(text, sides), 4),
        "paragraphs": _paragraphs(text, sides),
    }


def _passing(title: Sequence[Passage], text: Sequence[Passage], watchlist: CompiledWatchlist) -> dict[str, float]:
    """Return the features of articles that are about one side and say something of the other in passing."""
    named = Counter(side for passage in text for side in passage.unlisted)
    at_home = Counter(side for passage in (*title, *title, *text) for side in passage.sides)
    paragraphs = [list(group) for _, group in groupby(text, key=lambda passage: passage.sentence.paragraph)]
    lead = [passage for passage in text if in_lead(passage)]
    return {
        "lead_implied": max((_implied_first(passage, at_home, watchlist) for passage in (*title, *lead)), default=0.0),
        "implied": max((_implied(passage, named, at_home, watchlist) for passage in text), default=0.0),
        "meeting": max((_meeting(paragraph, watchlist) for paragraph in paragraphs), default=0.0),
    }


def _implied_first(passage: Passage, at_home: Counter[str], watchlist: CompiledWatchlist) -> float:
    """Return how much a title or a sentence of the lead on one side means the other too, named somewhere else."""
    if passage.link or len(passage.unlisted) != 1 or not _cues(passage):
        return 0.0
    (home,) = set(watchlist.relation.sides) - passage.unlisted
    return _saturated(_cues(passage), 2) / (1 + len(_outsiders(passage, watchlist))) if at_home[home] else 0.0


def _implied(passage: Passage, named: Counter[str], at_home: Counter[str], watchlist: CompiledWatchlist) -> float:
    """Return how much a sentence on one side means the other too, which the article is at home in and need not name."""
    if passage.link or len(passage.unlisted) != 1:
        return 0.0
    (own,) = passage.unlisted
    (home,) = set(watchlist.relation.sides) - {own}
    if not at_home[home] or at_home[home] < named[own]:
        return 0.0
    kinds = {watchlist.actors[name.actor].kind for name in passage.named if watchlist.actors[name.actor].side == own}
    worth = _saturated(_cues(passage), _MANY_CUES) * (1.0 if kinds - _PLACES else _PLACE_ONLY)
    return worth * (_ASTRAY if passage.has("negative") else 1.0) / (1 + len(_outsiders(passage, watchlist)))


def _meeting(paragraph: Sequence[Passage], watchlist: CompiledWatchlist) -> float:
    """Return how much a paragraph joins the sides of which no one sentence does."""
    if any(_joins(passage) for passage in paragraph) or not _both(paragraph, watchlist.relation.sides):
        return 0.0
    outsiders = frozenset().union(*(_outsiders(passage, watchlist) for passage in paragraph))
    return _saturated(sum(map(_cues, paragraph)), _MANY_CUES) / (1 + len(outsiders))


def _against(title: Sequence[Passage], text: Sequence[Passage], watchlist: CompiledWatchlist) -> dict[str, float]:
    links = [passage.link for passage in text]
    joining = [passage for passage in (*title, *text) if _joins(passage)]
    astray = sum(cue.kind == "negative" for passage in (*title, *text) for cue in passage.cues)
    return {
        "lists": float("listed" in links and not {"relation", "cued", "plain"} & set(links)),
        "others": _others(text, watchlist),
        "third_parties": sum(bool(_outsiders(passage, watchlist)) for passage in joining) / (len(joining) + 1),
        "negative": _negative(title, text),
        "other_subject": 1 - math.exp(-2 * astray / (len(title) + len(text) + 2)),
    }


def _joins(passage: Passage) -> bool:
    return passage.link is not None and passage.link != "listed"


def _cues(passage: Passage) -> int:
    return sum(cue.kind in {"cue", "theme"} for cue in passage.cues)


def _both(passages: Sequence[Passage], sides: tuple[str, str]) -> bool:
    return frozenset().union(*(passage.unlisted for passage in passages)).issuperset(sides)


def _outsiders(passage: Passage, watchlist: CompiledWatchlist) -> frozenset[int]:
    """Return the countries, persons and bodies of neither side in a sentence."""
    actors = watchlist.actors
    return frozenset(
        name.actor
        for name in passage.named
        if actors[name.actor].side is None and actors[name.actor].kind in _THIRD_PARTIES
    )


def _paragraphs(text: Sequence[Passage], sides: tuple[str, str]) -> float:
    """Return the share of the paragraphs in which the sides meet, of three at least."""
    paragraphs = [list(group) for _, group in groupby(text, key=lambda passage: passage.sentence.paragraph)]
    meeting = sum(_both(group, sides) or any(each.link == "relation" for each in group) for group in paragraphs)
    return meeting / max(_FEW_PARAGRAPHS, len(paragraphs))


def _passage(index: int, strengths: Sequence[float], beside: Sequence[float]) -> float:
    """Return how whole a passage a sentence makes: it must join the sides by a cue, and its neighbours go on."""
    if strengths[index] < STRENGTH["cued"]:
        return 0.0
    around = [*strengths[max(0, index - 1) : index], *strengths[index + 1 : index + 2]]
    around += [*beside[max(0, index - 1) : index], *beside[index + 1 : index + 2]]
    return 1.0 if any(around) else _ALONE


def _beside(
    index: int, text: Sequence[Passage], strengths: Sequence[float], sides: tuple[str, str], window: int
) -> float:
    """Return how much a sentence that does not join the sides belongs to a passage of its neighbours that does."""
    own = text[index].unlisted
    if strengths[index] or not own:
        return 0.0
    around = range(max(0, index - window), min(len(text), index + window + 1))
    if any(strengths[other] > STRENGTH["listed"] for other in around):
        return _BESIDE
    near = frozenset().union(*(text[other].unlisted for other in around))
    return _NEIGHBOURS if near.issuperset(sides) else 0.0


def _presence(text: Sequence[Passage], sides: tuple[str, str]) -> int:
    """Return in how many sentences the rarer side is named, lists apart."""
    return min(sum(side in passage.unlisted for passage in text) for side in sides)


def _others(text: Sequence[Passage], watchlist: CompiledWatchlist) -> float:
    """Return the share of actors on neither side among all that are named."""
    named = [watchlist.actors[name.actor].side for passage in text for name in passage.named if not name.inner]
    outsiders = sum(side is None for side in named)
    return outsiders / (len(named) + _SUPPOSED)


def _negative(title: Sequence[Passage], text: Sequence[Passage]) -> float:
    """Return the share of the sentences that matter, the title's twice, in which another subject shows."""
    core = [*title, *title, *(passage for passage in text if in_lead(passage) or passage.link)]
    return sum(passage.has("negative") for passage in core) / (len(core) + 1)


def _saturated(count: float, scale: float) -> float:
    return 1 - math.exp(-count / scale)
