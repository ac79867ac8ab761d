"""Words per CPU-second of the whole tagger, with 450 and with 5,000 actors, beside a tokenizer and a bare search.

The articles are those of the sample news site in languages that write spaces between words, lengthened to 700 words by
telling their paragraphs again with the ordinary words in another order; one in ten is relevant. The 450 actors are the
first of the shipped watchlist; the others up to 5,000 are persons made of its persons' names, given and family names in
new pairs. Beside it stand spaCy's tokenizers of the same languages alone, and a search for the same names by
pyahocorasick alone, without a look at what surrounds what it finds. Rounds are interleaved and medians told, since the
speed of a machine drifts.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import ahocorasick
import spacy

import seeds
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist
from processors.watchlist_model import ActorEntry, Examples, Watchlist
from processors.watchlist_reader import read_watchlist
from wirewatch.site_content import load_content

FOLDER = Path(seeds.__file__).parent
WORDS = 700
FEW, MANY = 450, 5_000
SPACED = {"en", "id", "ms", "ru", "tl"}
RELEVANT = 0.1
LOWER_WORD = re.compile(r"\b[^\W\d_A-ZА-ЯЁ]{4,}\b")


@dataclass(frozen=True)
class Sample:
    """An article."""

    language: str
    title: str
    text: str


def samples(count: int) -> list[Sample]:
    """Return so many articles of 700 words, no two alike, a tenth of them relevant."""
    relevant: list[Sample] = []
    others: list[Sample] = []
    for article in load_content().articles:
        head = article.head
        if head.lang in SPACED:
            kind = others if head.expect.level == "none" else relevant
            kind.append(Sample(head.lang, head.title, "\n\n".join(article.paragraphs)))
    chance = random.Random(0)  # noqa: S311  # variety, not secrecy
    many = round(count * RELEVANT)
    chosen = [
        *itertools.islice(itertools.cycle(relevant), many),
        *itertools.islice(itertools.cycle(others), count - many),
    ]
    chance.shuffle(chosen)
    return [Sample(one.language, one.title, lengthened(one.text, chance)) for one in chosen]


def lengthened(text: str, chance: random.Random) -> str:
    """Return the text with its paragraphs told again, until it has 700 words."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    told: list[str] = []
    length = 0
    for paragraph in itertools.cycle(paragraphs):
        shown = shuffled(paragraph, chance) if len(told) >= len(paragraphs) else paragraph
        told.append(shown)
        length += len(shown.split())
        if length >= WORDS:
            return "\n\n".join(told)
    raise ValueError("an article without text")


def shuffled(paragraph: str, chance: random.Random) -> str:
    """Return the paragraph with its ordinary words in another order; names stay where they are."""
    words = LOWER_WORD.findall(paragraph)
    chance.shuffle(words)
    taken = iter(words)
    return LOWER_WORD.sub(lambda _: next(taken), paragraph)


def watchlist_of(source: Watchlist, count: int) -> Watchlist:
    """Return the watchlist with so many actors: its own first ones, and persons with made-up names."""
    actors = list(source.actors[: min(count, FEW)])
    names = [actor.name.split() for actor in source.actors if actor.kind == "person" and " " in actor.name]
    known = {actor.name for actor in actors}
    pairs = (
        (first[0], last[-1])
        for shift in range(1, len(names))
        for first, last in zip(names, names[shift:], strict=False)
    )
    for given, family in pairs:
        if len(actors) >= count:
            break
        name = f"{given} {family}"
        if name not in known and given != family:
            known.add(name)
            made = {"id": f"made-{len(actors)}", "name": name, "kind": "person", "names": {"en": (name,)}}
            actors.append(ActorEntry.model_validate(made))
    if len(actors) < count:
        raise ValueError(f"only {len(actors)} names can be made")
    return source.model_copy(update={"actors": tuple(actors), "examples": Examples()})


def tagging(watchlist: Watchlist, articles: list[Sample]) -> Callable[[], object]:
    """Return what tags all articles, warm."""
    tagger = Tagger([CompiledWatchlist(watchlist)])

    def run() -> None:
        for article in articles:
            tagger.tag(article.title, article.text, article.language)

    return run


def tokenizing(articles: list[Sample]) -> Callable[[], object]:
    """Return what parts all articles into spaCy's tokens."""
    tokenizers = {language: spacy.blank(language).tokenizer for language in {one.language for one in articles}}

    def run() -> None:
        for article in articles:
            tokenizers[article.language](article.text)

    return run


def searching(watchlist: Watchlist, articles: list[Sample]) -> Callable[[], object]:
    """Return what searches all articles for the names of the watchlist."""
    automaton = ahocorasick.Automaton()
    for actor in watchlist.actors:
        for name in itertools.chain(*actor.names.values()):
            automaton.add_word(name.lower(), actor.id)
    automaton.make_automaton()

    def run() -> None:
        for article in articles:
            list(automaton.iter(article.text.lower()))

    return run


def main() -> None:
    """Measure some rounds and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    articles = samples(chosen.articles)
    source = read_watchlist(FOLDER / "watchlists" / "asean-russia.yaml")
    few, many = watchlist_of(source, FEW), watchlist_of(source, MANY)
    runs = {
        f"tagger, {FEW} actors": tagging(few, articles),
        f"tagger, {MANY} actors": tagging(many, articles),
        "spaCy's tokenizer": tokenizing(articles),
        f"pyahocorasick, {FEW} actors": searching(few, articles),
        f"pyahocorasick, {MANY} actors": searching(many, articles),
    }
    words = sum(len(article.text.split()) for article in articles)
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()  # the first round loads the languages and is not counted
    for _ in range(chosen.rounds):
        for name, run in runs.items():
            began = time.process_time()
            run()
            spent[name].append(time.process_time() - began)
    middle = {name: median(times) for name, times in spent.items()}
    print(f"{len(articles)} articles of {words / len(articles):.0f} words, medians of {chosen.rounds} rounds")
    for name, seconds in middle.items():
        each = seconds / len(articles) * 1000
        print(f"{name:28} {words / seconds:12,.0f} words per CPU-second, {each:6.2f} ms an article")
    tokenizer, least, most = (
        middle["spaCy's tokenizer"],
        middle[f"tagger, {FEW} actors"],
        middle[f"tagger, {MANY} actors"],
    )
    print(f"speed of the tagger with {FEW} actors to the tokenizer's: {tokenizer / least:.2f}")
    print(f"cost of {MANY} actors to that of {FEW}: {most / least:.2f}")


if __name__ == "__main__":
    main()
