"""A watchlist on another subject works by its YAML alone; the articles are invented."""

from pathlib import Path

import pytest

import seeds
from pipeline.messages import Tagging
from processors.tagger import Tagger
from processors.watchlist import load_watchlist

LIGHTHOUSE = """\
PHNOM PENH — Japan and Cambodia signed an agreement on Thursday on a new lighthouse for the port of Kampot. The
Japan International Cooperation Agency will pay for the work, Japanese officials said after talks with the
Cambodian government.

Trade between the two countries has doubled in ten years.
"""
RESCUE = """\
JAKARTA - Indonesia dan Jepang menggelar latihan bersama penyelamatan laut di perairan Natuna, Rabu. Kedutaan Besar
Jepang menyebut latihan itu bagian dari kerja sama kedua negara.
"""
STUDENTS = """\
กระทรวงศึกษาธิการของไทยและสถานทูตญี่ปุ่นลงนามความตกลงแลกเปลี่ยนนักศึกษา
โดยญี่ปุ่นจะให้ทุนการศึกษาแก่นักศึกษาไทยหนึ่งร้อยคน
"""
BRIDGES = """\
The mayor of a town on the Mekong has repaired eleven bridges in six years, more than anyone before him. He keeps
the plans in a drawer of his kitchen.

The first was of bamboo. The second was washed away and built again by the neighbours, who brought their own nails.

For the longest one Laos received a grant from Japan, and Japanese engineers visited Vientiane twice for talks on
its pillars.

The mayor is seventy now. He paints the railings himself, always in green. School children bring him water, and his
wife counts the pots.

Next year there will be a twelfth bridge, a small one, behind the temple. The monks have asked for it since the
flood.
"""
RATES = """\
Central banks of the United States, China, India, Japan, Russia, Indonesia and South Korea kept their rates. A
survey had said so.
"""
DIRECT = {
    "en": ("Japan and Cambodia agree on port lighthouse", LIGHTHOUSE),
    "id": ("Jepang dan Indonesia latihan penyelamatan laut", RESCUE),
    "th": ("ไทยกับญี่ปุ่นลงนามความตกลงด้านการศึกษา", STUDENTS),
}
PASSING = ("A mayor and his bridges", BRIDGES)
NONE = {
    "one side alone": ("Tokyo shares fall", "Shares in Tokyo fell on Monday, and the Bank of Japan kept its rate."),
    "a dish": ("Noodles", "A cook in Hanoi won a prize for noodles with Japanese curry. His father had sold pots."),
    "a list": ("Rates", RATES),
    "another relation": ("Vietnam and Russia sign accord", "Vietnam and Russia signed an accord in Hanoi after talks."),
}


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger([load_watchlist(Path(str(seeds.__file__)).parent / "watchlists" / "asean-japan.yaml")])


def _unwrapped(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def tagged(tagger: Tagger, article: tuple[str, str], language: str = "en") -> Tagging:
    title, text = article
    _, (tagging,) = tagger.tag(title, _unwrapped(text), language)
    return tagging


@pytest.mark.parametrize("language", DIRECT)
def test_an_article_on_the_relation_is_direct(tagger: Tagger, language: str) -> None:
    tagging = tagged(tagger, DIRECT[language], language)
    assert (tagging.watchlist, tagging.level) == ("asean-japan", "direct")
    assert {"asean", "japan"} <= {actor.side for actor in tagging.actors}


def test_a_passage_on_the_relation_is_passing(tagger: Tagger) -> None:
    assert tagged(tagger, PASSING).level == "passing"


@pytest.mark.parametrize("case", NONE)
def test_anything_else_is_none(tagger: Tagger, case: str) -> None:
    assert tagged(tagger, NONE[case]).level == "none"


def test_the_tagging_names_the_actors_of_this_watchlist(tagger: Tagger) -> None:
    assert {"jica", "cambodia", "japan"} <= {actor.id for actor in tagged(tagger, DIRECT["en"]).actors}
