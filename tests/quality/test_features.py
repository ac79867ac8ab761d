"""Features of relevance that the shipped watchlist weighs."""

from processors.tagger import Tagger

ASIDE = "The library will be closed on Monday. Readers may bring books back."
JOINED = "Russia and Laos signed an agreement."


def score(tagger: Tagger, text: str) -> dict[str, float]:
    return tagger.tag("The news", text, "en")[1][0].score


def test_what_one_paragraph_says_twice_counts_once(tagger: Tagger) -> None:
    apart = score(tagger, f"{ASIDE}\n\n{JOINED}\n\n{ASIDE}\n\n{JOINED}")
    together = score(tagger, f"{ASIDE}\n\n{JOINED} {JOINED}\n\n{ASIDE}\n\n{ASIDE}")
    assert apart["sentences"] > together["sentences"]
    assert apart["spread"] > together["spread"]


def test_sides_that_meet_late_are_less_relevant(tagger: Tagger) -> None:
    early = score(tagger, f"{ASIDE}\n\n{JOINED}\n\n{ASIDE}\n\n{ASIDE}")
    late = score(tagger, f"{ASIDE}\n\n{ASIDE}\n\n{ASIDE}\n\n{JOINED}")
    assert late["late"] < early["late"] < 0
