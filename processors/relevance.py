"""How much an article is about the relation of two sides: interpretable features, weighed by the watchlist."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.messages import Level
from processors.passages import STRENGTH, Passage
from processors.watchlist import CompiledWatchlist
from processors.watchlist_model import Thresholds

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


@dataclass(frozen=True)
class Judgement:
    """Relevance between 0 and 1, the level, and what each feature contributed before the logistic function."""

    relevance: float
    level: Level
    score: dict[str, float]


def judge(passages: Sequence[Passage], watchlist: CompiledWatchlist) -> Judgement:
    """Return how relevant the passages make their article."""
    weights = watchlist.relation.weights.model_dump()
    found = features(passages, watchlist)
    score = {"base": weights["base"]} | {
        name: round(weights[name] * value, 4) for name, value in found.items() if value and weights[name]
    }
    relevance = round(1 / (1 + math.exp(-sum(score.values()))), 4) if found else 0.0
    return Judgement(relevance, level_of(relevance, watchlist.relation.thresholds), score if found else {})


def level_of(relevance: float, thresholds: Thresholds) -> Level:
    """Return the level a relevance reaches."""
    if relevance >= thresholds.direct:
        return "direct"
    return "passing" if relevance >= thresholds.passing else "none"


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
    found["negative"] = _negative(title, text)
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
    near = [passage for passage in (*title, *lead) if passage.sides - passage.listed]
    said = any(passage.has("cue") or passage.has("relation") for passage in near)
    both = frozenset().union(*(passage.sides - passage.listed for passage in near)).issuperset(sides)
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
        "lists": float(bool(links) and "listed" in links and not {"relation", "cued", "plain"} & set(links)),
        "others": _others(text, watchlist),
    }


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
    own = text[index].sides - text[index].listed
    if strengths[index] or not own:
        return 0.0
    around = range(max(0, index - window), min(len(text), index + window + 1))
    if any(strengths[other] > STRENGTH["listed"] for other in around):
        return _BESIDE
    near = frozenset().union(*(text[other].sides - text[other].listed for other in around))
    return _NEIGHBOURS if near.issuperset(sides) else 0.0


def _presence(text: Sequence[Passage], sides: tuple[str, str]) -> int:
    """Return in how many sentences the rarer side is named, lists apart."""
    return min(sum(side in passage.sides - passage.listed for passage in text) for side in sides)


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
