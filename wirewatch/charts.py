"""Bars as numbers for inline SVG: where each stands and how large it is, in units of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 640
"""Width of every drawing."""

HEIGHT = 120
"""Height of a drawing of columns."""

LINE = 22
"""Height of one bar with its words."""

WORDS = 200
"""Width of the words beside a bar."""

FIGURE = 50
"""Width of the number behind a bar."""

MOST_LABELS = 10
"""Words under columns that fit beside each other."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A bar or a part of a column; `kind` is the class that colours it, `label` what it says to who points at it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Caption:
    """Words in a drawing; `anchor` is where they begin, as SVG has it."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of so many units, and what is in it."""

    width: int
    height: int
    rectangles: tuple[Rectangle, ...]
    captions: tuple[Caption, ...]


def columns(series: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Drawing:
    """Return a column for each item, its parts one on the other: (label, ((kind, number), …))."""
    top = max((sum(number for _, number in parts) for _, parts in series), default=0) or 1
    step = WIDTH / max(len(series), 1)
    every = -(-len(series) // MOST_LABELS)
    rectangles, captions = [], []
    for place, (label, parts) in enumerate(series):
        base = float(HEIGHT)
        for kind, number in parts:
            height = round(HEIGHT * number / top, 1)
            base = round(base - height, 1)
            if number:
                said = f"{label}: {number} {kind}"
                rectangles.append(Rectangle(round(place * step, 1), base, round(step * 0.8, 1), height, kind, said))
        if place % every == 0:
            captions.append(Caption(round(place * step, 1), HEIGHT + 14, label))
    captions.append(Caption(WIDTH, 10, f"most: {top}", "end"))
    return Drawing(WIDTH, HEIGHT + LINE, tuple(rectangles), tuple(captions))


def bars(series: Sequence[tuple[str, int]], kind: str = "bar") -> Drawing:
    """Return a bar for each item, one below the other: (words, number)."""
    top = max((number for _, number in series), default=0) or 1
    room = WIDTH - WORDS - FIGURE
    rectangles, captions = [], []
    for place, (words, number) in enumerate(series):
        y, width = place * LINE, round(room * number / top, 1)
        rectangles.append(Rectangle(WORDS, y + 3, width, LINE - 6, kind, f"{words}: {number}"))
        captions.append(Caption(WORDS - 8, y + LINE - 6, words, "end"))
        captions.append(Caption(WORDS + width + 6, y + LINE - 6, str(number)))
    return Drawing(WIDTH, max(len(series), 1) * LINE, tuple(rectangles), tuple(captions))
