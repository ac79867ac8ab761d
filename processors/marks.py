"""What is kept of an article so that others can be compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.messages import Actor
from processors.fingerprint import Fingerprint
from processors.profile import Profile, profile
from processors.slots import Slots

COPY_OVERLAP = 0.5
"""Share of the shorter text's shingles in the longer one from which it is a copy: between wire copies cut short, with
other heads and feet and light edits (0.5 and more), and the same event told independently (0.3 and less)."""

FORM_OVERLAP = 0.25
"""Share from which two texts that contradict each other are issues of one form, and so no single event."""


@dataclass(frozen=True)
class Marks:
    """An article's text as fingerprint, its numbers by the words around them, and what it tells."""

    fingerprint: Fingerprint
    slots: Slots
    profile: Profile

    @classmethod
    def of(cls, title: str, text: str, language: str, actors: Sequence[Actor] = ()) -> Marks:
        """Return the marks of an article with the actors that a watchlist found in it."""
        return cls(Fingerprint.of(text), Slots.of(text), profile(title, text, language, actors))

    @classmethod
    def of_text(cls, text: str) -> Marks:
        """Return the marks of a text by which only its copies are found."""
        return cls(Fingerprint.of(text), Slots.of(text), Profile("", {}))

    def copies(self, other: Marks) -> bool:
        """Return whether the texts are one, cut or edited."""
        alike = self.fingerprint.overlap(other.fingerprint) >= COPY_OVERLAP
        return alike and not self.slots.contradict(other.slots)

    def another_issue(self, other: Marks) -> bool:
        """Return whether the texts are of one form with other dates or figures: notices, bulletins, market reports."""
        alike = self.fingerprint.overlap(other.fingerprint) >= FORM_OVERLAP
        return alike and self.slots.contradict(other.slots)
