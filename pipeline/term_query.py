"""What a person looks for, in the words of either database: all words, "phrases", begin*, and -not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from pipeline.terms import PAIR, runs

QUOTED = "'{}'"
_PART = regex.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Clause:
    """Terms that stand one behind the other; `prefix` if the last only begins so, `negated` if they must not."""

    terms: tuple[str, ...]
    prefix: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TermQuery:
    """Every clause, and of each group of marks one at least."""

    clauses: tuple[Clause, ...] = ()
    marks: tuple[tuple[str, ...], ...] = ()

    @property
    def answerable(self) -> bool:
        """Return whether it asks for something that must be there."""
        return bool(self.marks) or any(not clause.negated for clause in self.clauses)

    def fts5(self) -> str:
        """Return it as SQLite's FTS5 has it."""
        wanted = ["({})".format(" OR ".join(f'"{mark}"' for mark in group)) for group in self.marks]
        refused: list[str] = []
        for clause in self.clauses:
            (refused if clause.negated else wanted).append(_join(clause, " + ", '"{}"', " *"))
        return " NOT ".join(f"({part})" for part in (" AND ".join(wanted), *refused))

    def tsquery(self) -> str:
        """Return it as PostgreSQL's tsquery has it."""
        parts = ["({})".format(" | ".join(f"'{mark}'" for mark in group)) for group in self.marks]
        parts += [f"{'!' * clause.negated}({_join(clause, ' <-> ', QUOTED, ':*')})" for clause in self.clauses]
        return " & ".join(parts)


def parse(text: str, marks: Iterable[Sequence[str]] = ()) -> TermQuery:
    """Return the query of a text; what holds no letter and no digit is passed over."""
    clauses = []
    for part in _PART.finditer(text):
        word = part["phrase"] if part["word"] is None else part["word"]
        clause = _clause(word, prefix=part["word"] is not None and word.endswith("*"), negated=bool(part["no"]))
        if clause is not None:
            clauses.append(clause)
    return TermQuery(tuple(clauses), tuple(tuple(group) for group in marks if group))


def _clause(word: str, *, prefix: bool, negated: bool) -> Clause | None:
    found = list(runs(word))
    if not found:
        return None
    *before, last = found
    if last[-1].endswith(PAIR):
        # The text may go on behind the last character: of a run of several the pairs say enough, one begins a pair.
        prefix = len(last) == 1
        last = last if prefix else last[:-1]
    return Clause((*(term for run in before for term in run), *last), prefix, negated)


def _join(clause: Clause, between: str, quoted: str, prefix: str) -> str:
    return between.join(quoted.format(term) for term in clause.terms) + (prefix if clause.prefix else "")
