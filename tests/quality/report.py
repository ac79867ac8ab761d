"""Print how well the tagger does on the corpus: `python -m tests.quality.report [fitting|testing]`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

import seeds
from pipeline.messages import LEVELS
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist, load_watchlist
from tests.quality.articles import Part, load, part_of
from tests.quality.pinned import PINNED, drops, floored, measured, pinned
from tests.quality.scoring import Answer, Count, Scores, score

WATCHLIST = Path(str(seeds.__file__)).parent / "watchlists" / "asean-russia.yaml"
_WORST = 8
_HEADER = "# Written by `python -m tests.quality.report --pin`; a score below its pin fails the tests.\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the scores of one part of the corpus, the testing part unless told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=("fitting", "testing"), default="testing")
    parser.add_argument("--errors", action="store_true", help="list every error of the fitting part")
    parser.add_argument("--pin", action="store_true", help="pin the scores of the testing part where they are now")
    chosen = parser.parse_args(arguments)
    if (chosen.errors and chosen.part == "testing") or (chosen.pin and chosen.part == "fitting"):
        parser.error("errors are listed of the fitting part, and scores pinned of the testing part, only")
    part: Part = chosen.part
    watchlist = load_watchlist(WATCHLIST)
    scores = score(Tagger([watchlist]), part_of(load(), part))
    show(Console(width=120, highlight=False), scores, watchlist, part)
    if chosen.errors:
        _errors(scores)
    if chosen.pin:
        PINNED.write_text(_HEADER + yaml.safe_dump(floored(measured(scores)), sort_keys=False), encoding="utf-8")
    elif part == "testing":
        for drop in drops(measured(scores), pinned()):
            print("below the pinned score:", drop)


def show(console: Console, scores: Scores, watchlist: CompiledWatchlist, part: Part) -> None:
    """Print the tables of a report."""
    console.print(f"{len(scores.answers)} articles of the {part} part")
    console.print(_languages(scores))
    console.print(_counts("level", ((level, scores.level(level)) for level in LEVELS)))
    kinds = {actor.id: actor.kind for actor in watchlist.actors}
    names = sorted(set(kinds.values()))
    console.print(
        _counts("kind", ((kind, scores.actors(lambda actor, kind=kind: kinds[actor] == kind)) for kind in names))
    )
    console.print(_counts("main theme", ((theme.id, scores.theme(theme.id)) for theme in watchlist.themes)))
    console.print(_calibration(scores))
    console.print(_worst(scores.answers))


def _languages(scores: Scores) -> Table:
    table = _table(
        "language", "articles", "direct P", "R", "F1", "3-way", "actors F1", "quotes F1", "1st theme", "Brier"
    )
    for name, own in [*scores.languages().items(), ("all", scores)]:
        direct = own.direct
        values = (direct.precision, direct.recall, direct.f1, own.accuracy, own.actors().f1, own.quotes.f1)
        table.add_row(name, str(len(own.answers)), *(f"{value:.3f}" for value in (*values, own.first_theme, own.brier)))
    return table


def _counts(what: str, counts: Iterable[tuple[str, Count]]) -> Table:
    table = _table(what, "labelled", "P", "R", "F1")
    for name, count in counts:
        if count.right + count.missed + count.wrong:
            labelled = str(count.right + count.missed)
            table.add_row(name, labelled, f"{count.precision:.3f}", f"{count.recall:.3f}", f"{count.f1:.3f}")
    return table


def _calibration(scores: Scores) -> Table:
    table = _table("relevance, mean of bin", "articles", "degree of labels")
    for group in scores.reliability():
        table.add_row(f"{group.relevance:.2f}", str(group.articles), f"{group.degree:.2f}")
    return table


def _worst(answers: Sequence[Answer]) -> Table:
    table = _table("worst", "label", "found", "relevance")
    for answer in sorted(answers, key=lambda answer: -answer.distance)[:_WORST]:
        article, tagging = answer.article, answer.tagging
        table.add_row(article.id, article.level, tagging.level, f"{tagging.relevance:.2f}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right")
    return table


def _errors(scores: Scores) -> None:
    for answer in scores.answers:
        article, tagging = answer.article, answer.tagging
        if article.level != tagging.level:
            print(article.id, "level", article.level, "->", tagging.level, tagging.relevance, tagging.score)
        if article.themes and article.themes[:1] != tagging.themes[:1]:
            print(article.id, "theme", article.themes, "->", tagging.themes)
        if answer.missed_actors or answer.wrong_actors:
            print(article.id, "actors missed", answer.missed_actors, "wrong", answer.wrong_actors)
        for quote in answer.missed_quotes:
            print(article.id, "quote missed", quote.speaker, "|", quote.quote)
        for found in answer.wrong_quotes:
            print(article.id, "quote wrong", found.speaker, "|", found.text)


if __name__ == "__main__":
    main()
