"""Which language an article is in: its script, then its letters, and what feed and page declare of it."""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache

from py3langid import langid

UNKNOWN = "und"

# Beyond this the answer no longer changes, and time does.
SAMPLE = 300
# With fewer letters a text is too short to contradict a declaration in the same script.
ENOUGH = 40

_LATIN = ("en", "id", "ms", "vi", "tl", "fr", "pt", "es", "de")
_CYRILLIC = ("ru", "uk", "be", "kk", "ky", "mn")
_ALIASES = {"in": "id", "fil": "tl", "iw": "he", "cmn": "zh", "yue": "zh", "zsm": "ms", "may": "ms", "bur": "my"}
# The identifier knows no Tetum and confuses close relatives: a declaration holds against these answers.
_KIN = {
    "tet": {"pt", "id", "ms", "tl", "es"},
    "id": {"ms"},
    "ms": {"id"},
    "jv": {"id", "ms"},
    "su": {"id", "ms"},
    "ceb": {"tl"},
}
_SCRIPTS = (
    (0x0041, 0x024F, "Latin"),
    (0x1E00, 0x1EFF, "Latin"),
    (0x0400, 0x052F, "Cyrillic"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x1000, 0x109F, "my"),
    (0x1780, 0x17FF, "km"),
    (0x3040, 0x30FF, "ja"),
    (0x3400, 0x9FFF, "zh"),
    (0xAC00, 0xD7AF, "ko"),
)
_MODELS = {"Latin": _LATIN, "Cyrillic": _CYRILLIC}
# Kana among Han characters make the text Japanese, however few they are beside them.
_KANA_SHARE = 0.1
# All letters that a few alphabets have.
_CHARACTERS = 2_000


def primary(tag: str | None) -> str | None:
    """Return the primary language of a BCP 47 tag in one spelling: `en-GB` is `en`, `fil` is `tl`."""
    language = (tag or "").replace("_", "-").split("-")[0].strip().lower()
    return _ALIASES.get(language, language) or None


def detect(title: str, text: str, declared: str | None) -> str:
    """Return the article's language, ISO 639; a declaration that the text contradicts loses, a short text does not."""
    declared = primary(declared)
    sample = text[:SAMPLE] if len(text) >= SAMPLE else f"{title}\n{text}"[:SAMPLE]
    script, letters = _script(sample)
    if script is None:
        return declared or UNKNOWN
    if script not in _MODELS:
        return declared if declared == "ja" and script == "zh" else script
    if letters < ENOUGH and declared is not None and _written_in(declared) == script:
        return declared
    detected = _identifier(script).classify(sample)[0]
    if declared is not None and detected in _KIN.get(declared, ()):
        return declared
    return str(detected)


def _script(sample: str) -> tuple[str | None, int]:
    """Return the script most letters are of, or the language it stands for, and the number of letters."""
    counts: Counter[str] = Counter()
    for character, times in Counter(sample).items():
        if character.isalpha() and (script := _script_of(character)) is not None:
            counts[script] += times
    if not counts:
        return None, 0
    if (
        counts["ja"] >= _KANA_SHARE * counts["zh"]
        and counts["ja"] > 0
        and counts["ja"] + counts["zh"] > counts["Latin"]
    ):
        return "ja", counts["ja"]
    letters, most = max((letters, script) for script, letters in counts.items())
    return most, letters


@lru_cache(maxsize=_CHARACTERS)
def _script_of(character: str) -> str | None:
    code = ord(character)
    return next((script for first, last, script in _SCRIPTS if first <= code <= last), None)


def _written_in(language: str) -> str:
    if language in _CYRILLIC:
        return "Cyrillic"
    return language if any(script == language for _, _, script in _SCRIPTS) else "Latin"


@cache
def _identifier(script: str) -> langid.LanguageIdentifier:
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(_MODELS[script])
    return identifier
