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
# Words by which a declaration is believed at once where so many of a sample's are among them, and two are different:
# the identifier takes six times as long, and would say the same.
_EVIDENT = {
    "en": (0.2, "the of and to in for on that with was is by from at as has have it"),
    "vi": (0.15, "và của là có cho được các trong một những với đã không người này về"),
    "id": (0.12, "yang dan di dengan untuk dari pada ini dalam itu akan tidak ke"),
    "ms": (0.12, "yang dan di dengan untuk dari pada ini dalam itu akan tidak ke"),
    "tl": (0.15, "ang ng sa na mga ay at ni si para kay"),
    "pt": (0.15, "o do da em um não uma os na dos ao das foi pelo pela são"),
    "ru": (0.12, "в и на с по что не о из к за для от как это"),
}
_SURE = {language: (share, frozenset(words.split())) for language, (share, words) in _EVIDENT.items()}
_DISTINCT = 3
# Of the alphabets that are like the Russian one, each has a letter of these in any sample.
_NOT_RUSSIAN = frozenset("іїєґўәғқңөұүһ")
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
    if declared is not None and _is_evident(sample, declared):
        return declared
    detected = _identifier(script).classify(sample)[0]
    if declared is not None and detected in _KIN.get(declared, ()):
        return declared
    return str(detected)


def _is_evident(sample: str, language: str) -> bool:
    """Return whether the common words of a language show a sample to be in it."""
    share, common = _SURE.get(language, (1.0, frozenset()))
    words = sample.lower().split()
    found = [word for word in words if word in common]
    if len(found) <= share * len(words) or len(set(found)) < _DISTINCT:
        return False
    return language != "ru" or _NOT_RUSSIAN.isdisjoint(sample.lower())


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
