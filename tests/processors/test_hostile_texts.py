"""Texts that nobody would write, through the tagger with the watchlist that is shipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.bus import LARGEST_VALUE
from pipeline.messages import TaggedArticle
from pipeline.testing import make_article
from processors.tagger import MOST_LISTED, MOST_MENTIONS, Tagger
from processors.watchlist import load_watchlist
from tests.processors.test_tagger import check_places

WATCHLIST = Path(__file__).parents[2] / "seeds" / "watchlists" / "asean-russia.yaml"
LONG = 1_000_000
"""Characters; of an extracted text, 400,000 are kept."""

SMALLEST = 150_000
"""Characters of what has so many marks that a million of them would make the tests slow."""


def filled(piece: str, length: int = LONG) -> str:
    return piece * (length // len(piece) + 1)


HOSTILE = {
    "prose of a megabyte": filled("Ministers of the two countries met in Hanoi on Tuesday to discuss trade. "),
    "one word of a megabyte": filled("a"),
    "one sentence of a megabyte": filled("Russia and ASEAN, "),
    "a hundred thousand mentions": "Russia ASEAN " * 50_000,
    "a hundred thousand mentions, each a paragraph": "Russia\n\nASEAN\n\n" * 50_000,
    "only emoji": filled("😀👩\u200d👩\u200d👧\u200d👦🇷🇺", SMALLEST),
    "NULs and bidi marks": filled("Russia\x00 and \u202eASEAN\u202c met\u200f in Mos\u00adcow\x00. ", SMALLEST),
    "only bidi marks": filled("\u202e\u202d\u2066\u2069", SMALLEST),
    "quotation marks that never close": "“" * SMALLEST + "”" * SMALLEST,
    "quotes without end": filled("“We agree”, said Lavrov in Hanoi. ", SMALLEST),
    "capitals": filled("Aaaa Bbbb ", SMALLEST),
    "accents upon accents": filled("R" + "\u0301" * 30 + "ussia ", SMALLEST),
    "Thai without a space": filled("รัสเซียและอาเซียน", SMALLEST),
    "Chinese without a stop": filled("俄罗斯和东盟", SMALLEST),
    "Khmer without a space": filled("រុស្ស៊ីនិងអាស៊ាន", SMALLEST),
    "only line breaks": "\n" * LONG,
}


@pytest.fixture(scope="module")
def shipped() -> Tagger:
    return Tagger([load_watchlist(WATCHLIST)])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_tagged_in_place_and_fits_a_record(shipped: Tagger, name: str) -> None:
    article = make_article(title="Title", text=HOSTILE[name], language=None)
    (tagged,) = shipped(article)
    check_places(tagged.taggings[0], article.title, article.text)
    assert len(tagged.model_dump_json().encode()) < LARGEST_VALUE


def test_of_very_many_mentions_the_first_are_listed_and_all_are_counted(shipped: Tagger) -> None:
    _, (tagging,) = shipped.tag("", "Russia ASEAN " * 1000, "en")
    russia, asean = sorted(tagging.actors, key=lambda actor: actor.id, reverse=True)
    assert (russia.id, russia.count, asean.count) == ("russia", 1000, 1000)
    assert [mention.start for mention in russia.mentions] == [13 * number for number in range(MOST_MENTIONS)]
    assert len(asean.mentions) == MOST_MENTIONS


def test_of_very_many_actors_each_has_a_mention_and_not_all_have_all(shipped: Tagger) -> None:
    names = [actor.name for actor in load_watchlist(WATCHLIST).actors][:300]
    _, (tagging,) = shipped.tag("", "".join(f"{name} met.\n\n" for name in names) * 50, "en")
    assert all(actor.mentions and actor.count >= len(actor.mentions) for actor in tagging.actors)
    assert sum(len(actor.mentions) for actor in tagging.actors) <= MOST_LISTED + len(tagging.actors)


PROGRAM = """
import sys
from pathlib import Path
from pipeline.messages import TaggedArticle
from pipeline.testing import make_article
from processors.tagger import Tagger
from processors.watchlist import load_watchlist

tagger = Tagger([load_watchlist(Path(sys.argv[1]))])
text = sys.stdin.read()
for language in ("en", "ru", "vi", "th", None):
    for tagged in tagger(make_article(text=text, language=language)):
        print(tagged.model_dump_json())
"""
MIXED = (
    "Prime Minister Hun Sen met Sergei Lavrov in Phnom Penh; the minister said: “Russia and ASEAN agree.” "
    "Министр иностранных дел России Сергей Лавров заявил, что АСЕАН и Россия расширят торговлю. "
    "Nga và ASEAN ký hiệp định. รัสเซียและอาเซียนลงนามความตกลง\n\nMr Vanda Rith, Ms Lina Sok and Mr Pavel Orlov came."
)


def test_the_same_input_gives_the_same_bytes_in_every_process() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(WATCHLIST)],
            input=MIXED.encode(),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    (output,) = outputs
    assert all(TaggedArticle.model_validate_json(line).taggings[0].actors for line in output.splitlines())
