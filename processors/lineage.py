"""How a story spread: who was first, who copied after how long, who told it anew, and which words changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import regex

MOST_EDITS = 20
"""Changes of wording that are told of a copy, the longest ones."""

LONGEST = 3_000
"""Words of a text that are compared."""

_TOKEN = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}][\p{M}]*|[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}]")
_UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}]")


@dataclass(frozen=True, slots=True)
class Report:
    """One article of a story; `copy_of` is the article whose text it repeats, `side` that of its outlet's country."""

    id: str
    outlet: str
    published: datetime
    title: str
    text: str
    country: str | None = None
    side: str | None = None
    copy_of: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Words of the original, and those that a copy has in their place; either may be empty."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy, how long after the original it came, and what it changed."""

    report: Report
    delay: timedelta
    headline: Edit | None
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Source:
    """An article in words of its own, how long after the story's first it came, and its copies by time."""

    report: Report
    delay: timedelta
    copies: tuple[Copied, ...] = ()


@dataclass(frozen=True)
class Lineage:
    """A story's sources by time; which sides report it, each with its first report, and which do not."""

    sources: tuple[Source, ...]
    sides: Mapping[str, Report] = field(default_factory=dict)
    silent: tuple[str, ...] = ()

    @property
    def first(self) -> Report:
        """Return the report that was published first."""
        return self.sources[0].report

    @property
    def independent(self) -> int:
        """Return how many outlets report it in words of their own."""
        return len({source.report.outlet for source in self.sources})


def lineage(reports: Iterable[Report], sides: Sequence[str] = ()) -> Lineage:
    """Return how a story spread; `sides` are all sides of its watchlist.

    A copy whose original is not among the reports counts as a source: nothing else here has its words. A copy that was
    published before its original is the one that others copied: whatever came in first, time decides. Raises ValueError
    where there are no reports.
    """
    ordered = sorted(reports, key=lambda report: (report.published, report.id))
    if not ordered:
        raise ValueError("a story has one report at least")
    known = {report.id for report in ordered}
    texts: dict[str, list[Report]] = {}
    for report in ordered:
        text = report.copy_of if report.copy_of in known else None
        texts.setdefault(text or report.id, []).append(report)
    begun = ordered[0].published
    sources = [Source(first, first.published - begun, tuple(_copies(first, rest))) for first, *rest in texts.values()]
    first_of: dict[str, Report] = {}
    for report in ordered:
        if report.side is not None:
            first_of.setdefault(report.side, report)
    silent = tuple(side for side in sides if side not in first_of)
    return Lineage(tuple(sources), first_of, silent)


def _copies(original: Report, copies: Iterable[Report]) -> Iterator[Copied]:
    for report in copies:
        headline = Edit(original.title, report.title) if report.title.strip() != original.title.strip() else None
        yield Copied(report, report.published - original.published, headline, edits(original.text, report.text))


def edits(before: str, after: str) -> tuple[Edit, ...]:
    """Return the changes of wording from one text to another in their order, `MOST_EDITS` at most, the longest ones."""
    old, new = _TOKEN.findall(before)[:LONGEST], _TOKEN.findall(after)[:LONGEST]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found = [
        Edit(_joined(old[start:end]), _joined(new[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]
    longest = sorted(range(len(found)), key=lambda place: -len(found[place].before) - len(found[place].after))
    return tuple(found[place] for place in sorted(longest[:MOST_EDITS]))


def _joined(tokens: Sequence[str]) -> str:
    text = ""
    for token in tokens:
        word = regex.match(r"[\p{L}\p{N}]", token) and not _UNSPACED.match(token)
        text += f" {token}" if text and word else token
    return text
