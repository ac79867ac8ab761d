"""How well articles are grouped: copies by pairs, events by pairs and by B-cubed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from processors.marks import Marks
from processors.placing import place
from processors.story_index import Placed
from processors.story_memory import MemoryShelf
from processors.tagger import Tagger
from tests.quality.groups import Grouped


@dataclass(frozen=True)
class Pairs:
    """Pairs of articles that were joined rightly, joined wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall; 1 where there was nothing to join and nothing joined."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass(frozen=True)
class Grouping:
    """Articles with the story each was placed in and the text it was found to be."""

    articles: tuple[Grouped, ...]
    placed: dict[str, Placed]

    def copies(self, chosen: Callable[[Grouped], bool] = lambda _: True) -> Pairs:
        """Return the pairs of copies among the chosen articles."""
        texts = {name: placed.copy_of or name for name, placed in self.placed.items()}
        return _pairs(
            [one for one in self.articles if chosen(one)], lambda one: texts[one.id], lambda one: one.text_group
        )

    def events(self, chosen: Callable[[Grouped], bool] = lambda _: True) -> Pairs:
        """Return the pairs of tellings of one event among the chosen articles that are no copies."""
        return _pairs(self._tellings(chosen), lambda one: self.placed[one.id].story, lambda one: one.event)

    def b_cubed(self, chosen: Callable[[Grouped], bool] = lambda _: True) -> float:
        """Return the B-cubed F1 of the same: each article's precision and recall in its group, averaged.

        Bagga and Baldwin, "Entity-based cross-document coreferencing using the vector space model", 1998.
        """
        tellings = self._tellings(chosen)
        precision = recall = 0.0
        for one in tellings:
            together = [other for other in tellings if self.placed[other.id].story == self.placed[one.id].story]
            event = [other for other in tellings if other.event == one.event]
            right = sum(other.event == one.event for other in together)
            precision += right / len(together)
            recall += right / len(event)
        return 2 * precision * recall / (precision + recall) / len(tellings)

    def _tellings(self, chosen: Callable[[Grouped], bool]) -> list[Grouped]:
        return [one for one in self.articles if one.is_telling and chosen(one)]


def group(tagger: Tagger, articles: Iterable[Grouped]) -> Grouping:
    """Place the articles in their order."""
    shelf = MemoryShelf()
    placed, ordered = {}, tuple(articles)
    for one in ordered:
        language, (tagging,) = tagger.tag(one.title, one.text, one.lang, one.published.date())
        marks = Marks.of(one.title, one.text, language, tagging.actors)
        placed[one.id] = place(shelf, "", Placed(one.id, "", one.outlet, one.published, marks))
    return Grouping(ordered, placed)


def _pairs(articles: Sequence[Grouped], found: Callable[[Grouped], str], meant: Callable[[Grouped], str]) -> Pairs:
    right = wrong = missed = 0
    for one, other in combinations(articles, 2):
        joined, same = found(one) == found(other), meant(one) == meant(other)
        right += joined and same
        wrong += joined and not same
        missed += same and not joined
    return Pairs(right, wrong, missed)
