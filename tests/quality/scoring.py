"""How well the tagger's answers agree with the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from pipeline.messages import Level, Quote, Tagging
from processors.fitting import DEGREE
from processors.tagger import Tagger
from tests.quality.articles import LabelledArticle, QuoteLabel

BINS = 5
_EDGE = " .,!?…。，！？:;\n"


@dataclass
class Count:
    """Agreements and both kinds of error, with precision, recall and their harmonic mean (van Rijsbergen's F1)."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Return the share of answers that are right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Return the share of labels that were found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        both = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / both if both else 1.0


@dataclass(frozen=True)
class Answer:
    """An article, what the tagger says of it, and what it missed or added."""

    article: LabelledArticle
    language: str
    tagging: Tagging
    missed_actors: tuple[str, ...] = ()
    wrong_actors: tuple[str, ...] = ()
    missed_quotes: tuple[QuoteLabel, ...] = ()
    wrong_quotes: tuple[Quote, ...] = ()

    @property
    def distance(self) -> float:
        """Return how far relevance is from what the level asks for."""
        return abs(self.tagging.relevance - DEGREE[self.article.level])


@dataclass(frozen=True)
class Bin:
    """Articles of similar relevance: how many, their mean relevance, and the mean degree of their labels."""

    articles: int
    relevance: float
    degree: float


@dataclass
class Scores:
    """The scores of a set of answers."""

    answers: Sequence[Answer]
    by: dict[str, Count] = field(default_factory=dict)

    def level(self, level: Level) -> Count:
        """Return the agreement on one level against the two others."""
        return _binary((answer.tagging.level == level, answer.article.level == level) for answer in self.answers)

    @property
    def direct(self) -> Count:
        """Return the agreement on `direct` over the articles labelled direct or none."""
        return _binary(
            (answer.tagging.level == "direct", answer.article.level == "direct")
            for answer in self.answers
            if answer.article.level != "passing"
        )

    @property
    def accuracy(self) -> float:
        """Return the share of articles whose level is right."""
        return _mean(float(answer.tagging.level == answer.article.level) for answer in self.answers)

    @property
    def first_theme(self) -> float:
        """Return the share of the relevant articles whose main theme is the first one found."""
        return _mean(
            float(answer.tagging.themes[:1] == answer.article.themes[:1])
            for answer in self.answers
            if answer.article.themes
        )

    def theme(self, theme: str) -> Count:
        """Return the agreement on one theme as the main one."""
        return _binary(
            (answer.tagging.themes[:1] == (theme,), answer.article.themes[:1] == (theme,)) for answer in self.answers
        )

    def actors(self, chosen: Callable[[str], bool] = lambda _: True) -> Count:
        """Return the agreement on who is in the articles, of the actors chosen by id."""
        total = Count()
        for answer in self.answers:
            labelled = {actor.id for actor in answer.article.actors}
            total += Count(
                sum(chosen(actor) for actor in labelled - set(answer.missed_actors)),
                sum(map(chosen, answer.wrong_actors)),
                sum(map(chosen, answer.missed_actors)),
            )
        return total

    @property
    def quotes(self) -> Count:
        """Return the agreement on quotes, a quote by another speaker being both wrong and missed."""
        return sum(
            (
                Count(
                    len(answer.article.quotes) - len(answer.missed_quotes),
                    len(answer.wrong_quotes),
                    len(answer.missed_quotes),
                )
                for answer in self.answers
            ),
            Count(),
        )

    @property
    def brier(self) -> float:
        """Return the mean squared distance of relevance from the labels' degrees (Brier, 1950)."""
        return _mean(answer.distance**2 for answer in self.answers)

    def reliability(self) -> list[Bin]:
        """Return the answers in bins of equal width of relevance, empty bins left out."""
        return [
            Bin(
                len(group),
                _mean(answer.tagging.relevance for answer in group),
                _mean(DEGREE[answer.article.level] for answer in group),
            )
            for group in self._binned()
        ]

    def _binned(self) -> Iterator[list[Answer]]:
        def number(answer: Answer) -> int:
            return min(BINS - 1, int(answer.tagging.relevance * BINS))

        for _, group in groupby(sorted(self.answers, key=number), key=number):
            yield list(group)

    def languages(self) -> dict[str, Scores]:
        """Return the scores of each language apart."""
        names = sorted({answer.article.lang for answer in self.answers})
        return {name: Scores([answer for answer in self.answers if answer.article.lang == name]) for name in names}


def score(tagger: Tagger, articles: Iterable[LabelledArticle]) -> Scores:
    """Tag articles, their languages declared, and compare with the labels."""
    return Scores([_answer(tagger, article) for article in articles])


def _answer(tagger: Tagger, article: LabelledArticle) -> Answer:
    language, (tagging,) = tagger.tag(article.title, article.text, article.lang, article.day)
    labelled = {actor.id for actor in article.actors}
    found = {actor.id for actor in tagging.actors}
    wrong_quotes, missed_quotes = _compared(tagging.quotes, article.quotes)
    return Answer(
        article,
        language,
        tagging,
        tuple(sorted(labelled - found)),
        tuple(sorted(found - labelled - set(article.optional) - _parts(tagging, article))),
        missed_quotes,
        wrong_quotes,
    )


def _parts(tagging: Tagging, article: LabelledArticle) -> set[str]:
    """Return the actors found only as a part of a longer name that is labelled: Laos in the Lao party's name."""
    longer = [actor.mention for actor in article.actors]
    return {
        actor.id
        for actor in tagging.actors
        if all(any(mention.text in name and mention.text != name for name in longer) for mention in actor.mentions)
    }


def _compared(
    found: Sequence[Quote], labelled: Sequence[QuoteLabel]
) -> tuple[tuple[Quote, ...], tuple[QuoteLabel, ...]]:
    left = list(labelled)
    wrong: list[Quote] = []
    for quote in found:
        match = next(
            (label for label in left if _same_words(quote.text, label.quote) and _same_speaker(quote, label)), None
        )
        if match is None:
            wrong.append(quote)
        else:
            left.remove(match)
    return tuple(wrong), tuple(left)


def _same_words(one: str, other: str) -> bool:
    return one.strip(_EDGE) == other.strip(_EDGE)


def _same_speaker(quote: Quote, label: QuoteLabel) -> bool:
    if label.speaker_id is not None:
        return quote.speaker_id == label.speaker_id
    if not quote.speaker:
        return False
    one, other = quote.speaker.casefold().removeprefix("the "), label.speaker.casefold().removeprefix("the ")
    return (
        one in other or other in one or bool({*one.split()} >= {*other.split()}) or {*one.split()} <= {*other.split()}
    )


def _binary(pairs: Iterable[tuple[bool, bool]]) -> Count:
    pairs = list(pairs)
    return Count(
        sum(said and true for said, true in pairs),
        sum(said and not true for said, true in pairs),
        sum(true and not said for said, true in pairs),
    )


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 1.0
