"""The entities that a feed declares for itself, where they are plain text."""

from __future__ import annotations

import re

DECLARATION = re.compile(rb"<!ENTITY\b", re.IGNORECASE)
PLAIN = re.compile(rb"""<!ENTITY\s+([A-Za-z_][\w.-]{0,49})\s+(?:"([^"'&%<>]{0,200})"|'([^"'&%<>]{0,200})')\s*>""")
"""An entity that stands for a short text without entities, markup or quotes: it cannot grow, nor lead anywhere."""

REFERENCE = re.compile(rb"&([A-Za-z_][\w.-]{0,49});")
OWN_OF_XML = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})

MOST_REFERENCES = 10_000
"""References that are replaced; with the longest text they add 2 MB."""


def expanded(text: bytes, prolog: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return XML with the plain entities that its prolog declares replaced, and in words that there were others."""
    declared = len(DECLARATION.findall(prolog))
    if not declared:
        return text, ()
    found = PLAIN.findall(prolog)
    values = {name: double or single for name, double, single in found if name not in OWN_OF_XML}
    text = REFERENCE.sub(lambda reference: values.get(reference[1], reference[0]), text, count=MOST_REFERENCES)
    others = len(found) < declared
    return text, ("it declares entities of its own that are not plain text; they were not expanded",) if others else ()
