"""The corpus of groups: events told by several outlets, their copies, and what only looks like a copy."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent / "groups"
WRAPS = "wraps.yaml"
FITTING_SHARE = 50
"""Percent of the events whose names hash into the fitting part."""

Part = Literal["fitting", "testing"]


class Written(BaseModel):
    """A part of the files; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Copy(Written):
    """What another outlet did to a text: paragraphs cut off or dropped (from 1), words exchanged, another headline."""

    title: str | None = None
    cut: int | None = None
    drop: tuple[int, ...] = ()
    swap: dict[str, str] = Field(default_factory=dict)


class Telling(Written):
    """An event told once in words of its own, or (`like`) in those of another event's first telling."""

    lang: str = ""
    title: str = ""
    text: str = ""
    like: str | None = None
    swap: dict[str, str] = Field(default_factory=dict)
    copies: tuple[Copy, ...] = ()


class Event(Written):
    """One happening, and who told it when; several may have the same name, and are one."""

    event: str
    day: datetime
    told: tuple[Telling, ...]


class Wrap(Written):
    """What outlets of one language put around an agency's text."""

    heads: tuple[str, ...]
    feet: tuple[str, ...]


@dataclass(frozen=True)
class Grouped:
    """An article with the event it tells and the text it is: those of one `text` are copies of each other."""

    id: str
    event: str
    text_group: str
    lang: str
    title: str
    text: str
    outlet: str
    published: datetime

    @property
    def is_telling(self) -> bool:
        """Return whether the article is the first of its text."""
        return self.id == self.text_group

    @property
    def part(self) -> Part:
        """Return the part the event belongs to, by the hash of its name alone."""
        digest = hashlib.sha256(self.event.split("-")[0].encode()).digest()
        return "fitting" if int.from_bytes(digest[:4], "big") % 100 < FITTING_SHARE else "testing"


def load(folder: Path = FOLDER) -> tuple[Grouped, ...]:
    """Return every article in the order of publication. Raises ValueError where an edit finds nothing to change."""
    wraps = {lang: Wrap.model_validate(wrap) for lang, wrap in _yaml(folder / WRAPS).items()}
    events = [
        Event.model_validate(found)
        for path in sorted(folder.glob("*.yaml"))
        if path.name != WRAPS
        for found in _yaml(path)
    ]
    firsts: dict[str, Telling] = {}
    for event in events:
        firsts.setdefault(event.event, event.told[0])
    told: Counter[str] = Counter()
    articles: list[Grouped] = []
    for event in events:
        articles += _articles(event, told[event.event], firsts, wraps)
        told[event.event] += len(event.told)
    return tuple(sorted(articles, key=lambda article: (article.published, article.id)))


def _yaml(path: Path) -> Mapping[str, object] | list[object]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # validated by the models


def _articles(event: Event, before: int, firsts: Mapping[str, Telling], wraps: Mapping[str, Wrap]) -> Iterator[Grouped]:
    for number, telling in enumerate(event.told, before):
        base = firsts[telling.like] if telling.like else telling
        group = f"{event.event}/{number}"
        text = _swapped(base.text.strip(), telling.swap, group)
        title = telling.title or _swapped(base.title, {}, group)
        published = event.day.replace(tzinfo=UTC) + timedelta(hours=6 + 5 * (number - before))
        yield Grouped(group, event.event, group, base.lang, title, text, f"{base.lang} {number}", published)
        for index, copy in enumerate(telling.copies):
            name = f"{group}+{index}"
            seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
            edited = _edited(text, copy, wraps[base.lang], seed, name)
            later = published + timedelta(hours=1 + index)
            headline = copy.title or title
            yield Grouped(name, event.event, group, base.lang, headline, edited, f"{base.lang} {number}{index}", later)


def _edited(text: str, copy: Copy, wrap: Wrap, seed: int, place: str) -> str:
    paragraphs = _swapped(text, copy.swap, place).split("\n\n")
    kept = [
        paragraph
        for number, paragraph in enumerate(paragraphs, 1)
        if number not in copy.drop and (copy.cut is None or number <= copy.cut)
    ]
    return wrap.heads[seed % len(wrap.heads)] + "\n\n".join(kept) + wrap.feet[seed // 7 % len(wrap.feet)]


def _swapped(text: str, swap: Mapping[str, str], place: str) -> str:
    for old, new in swap.items():
        if old not in text:
            raise ValueError(f"{place}: {old!r} is not in the text")
        text = text.replace(old, new)
    return text
