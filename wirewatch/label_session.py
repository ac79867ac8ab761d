"""Articles judged one by one at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.messages import LEVELS, Level
from sinks.inert import line, link
from sinks.stored import StoredArticle

SHOWN = 1500
"""Characters of an article's text that are shown before more is asked for."""

QUESTION = "direct, passing, none, skip, more or quit"
ANSWERS = ("direct", "passing", "none", "skip", "more", "quit")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says of an article."""

    article: StoredArticle
    level: Level
    themes: tuple[str, ...]


Ask = Callable[[str], str | None]
"""Returns the answer to a question, None when there is nobody to answer any more."""

Tell = Callable[[str], None]


def judge(articles: Sequence[StoredArticle], themes: Sequence[str], ask: Ask, tell: Tell) -> Iterator[Judgement]:
    """Show each article and yield what is said of it, as it is said; `themes` are those asked for, none if empty.

    The level that the watchlist gave is not shown: it would be believed.
    """
    for number, article in enumerate(articles, start=1):
        tell(_head(article, f"{number} of {len(articles)}"))
        tell(_shown(article.text, SHOWN))
        answer = _answer(article, ask, tell)
        if answer == "quit":
            return
        level = next((name for name in LEVELS if name == answer), None)
        if level is None:
            continue
        asked = themes if level != "none" else ()
        chosen = _themes(asked, ask, tell) if asked else ()
        if chosen is None:
            return
        yield Judgement(article, level, chosen)


def _head(article: StoredArticle, place: str) -> str:
    about = f"{line(article.outlet)}, {article.published:%Y-%m-%d}, {article.language}  {link(article.url)}"
    return f"\n[{place}] {line(article.title)}\n{about}\n"


def _shown(text: str, limit: int | None) -> str:
    cut = text if limit is None or len(text) <= limit else text[:limit]
    paragraphs = "\n".join(clean for part in cut.splitlines() if (clean := line(part)))
    return paragraphs if len(cut) == len(text) else f"{paragraphs}…\n({len(text) - len(cut)} characters more)"


def _answer(article: StoredArticle, ask: Ask, tell: Tell) -> str:
    while True:
        said = ask(QUESTION)
        if said is None:
            return "quit"
        found = [answer for answer in ANSWERS if said.strip() and answer.startswith(said.strip().lower())]
        if found == ["more"]:
            tell(_shown(article.text, None))
        elif found:
            return found[0]
        else:
            tell(f"{line(said, 40)!r} is none of the answers; a first letter is enough")


def _themes(known: Sequence[str], ask: Ask, tell: Tell) -> tuple[str, ...] | None:
    """Return the themes that are named, the main one first; None when nobody answers any more."""
    while True:
        said = ask("themes, the main one first, or nothing")
        if said is None:
            return None
        named = tuple(dict.fromkeys(said.replace(",", " ").split()))
        unknown = next((name for name in named if name not in known), None)
        if unknown is None:
            return named
        tell(f"{line(unknown, 40)!r} is no theme: {', '.join(known)}")
