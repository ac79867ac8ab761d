"""Who is named and on no watchlist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings

from pipeline.errors import InputError
from pipeline.messages import ActorCandidate, Tagging
from processors.candidates import MOST, is_listed, unlisted
from processors.mentions import MentionFinder, ModelFinder
from processors.reading import read
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist
from tests.processors.test_tagger import LANGUAGES, TEXTS

DAY = datetime(2026, 3, 2, tzinfo=UTC).date()


def found(small: CompiledWatchlist, text: str, language: str = "en", title: str = "") -> tuple[ActorCandidate, ...]:
    reading = read(title, text, language, DAY)
    return unlisted(reading, MentionFinder(small).candidates(reading), small)


def names(candidates: Sequence[ActorCandidate]) -> list[str]:
    return [candidate.name for candidate in candidates]


@pytest.mark.parametrize(
    ("language", "text", "name", "title"),
    [
        ("en", "Talks with Foreign Minister Xyz Abc began.", "Xyz Abc", "Foreign Minister"),
        ("en", "The minister of trade and industry Ana Bel went home.", "Ana Bel", "minister of trade and industry"),
        ("en", "Then Vietnam's Deputy Prime Minister Ngo Van Ty spoke.", "Ngo Van Ty", "Deputy Prime Minister"),
        ("en", "The ambassador of Vietnam to Russia Dang Le Ha left.", "Dang Le Ha", "ambassador of Vietnam to Russia"),
        ("en", "It was Gen. Juan dela Cruz, who said so.", "Juan", None),
        ("en", "Director K. Lim Boon’s idea", "K. Lim Boon", "Director"),
        ("en", "President Mun Ye-in spoke.", "Mun Ye-in", "President"),
        ("ru", "По словам министра иностранных дел Ивана Петрова, да.", "Иван Петров", "министра иностранных дел"),
        ("ru", "С послом Анной Беловой говорили.", "Анна Белова", "послом"),
        ("id", "Menteri Luar Negeri (Menlu) Sugeng Wira tiba.", "Sugeng Wira", "Menteri Luar Negeri (Menlu)"),
        ("id", "Kepala BKPM Darto Hadi bicara.", "Darto Hadi", "Kepala BKPM"),
        ("id", "Presiden Suparno tiba.", "Suparno", "Presiden"),
        ("ms", "Kata Ketua Pengarah Datuk Ali bin Abu itu.", "Ali bin Abu", "Ketua Pengarah Datuk"),
        ("vi", "Hôm qua Bộ trưởng Ngoại giao Lê Văn Tám nói.", "Lê Văn Tám", "Bộ trưởng Ngoại giao"),
        ("tl", "Sinabi ni Kalihim ng Ugnayang Panlabas Ana Reyes ito.", "Ana Reyes", "Kalihim ng Ugnayang Panlabas"),
        ("tl", "Dumating si Pangulong Juan dela Cruz.", "Juan dela Cruz", "Pangulong"),
        (
            "pt",
            "O ministro dos Negócios Estrangeiros Rui da Costa chegou.",
            "Rui da Costa",
            "ministro dos Negócios Estrangeiros",
        ),
        ("pt", "Disse a embaixadora da Rússia Ana Sousa.", "Ana Sousa", "embaixadora da Rússia"),
        ("tet", "Ministru Negósiu Estranjeiru Rui Soares hatete.", "Rui Soares", "Ministru Negósiu Estranjeiru"),
        ("th", "วันนี้นายสมพงษ์ ทองใบใหม่ รองนายกรัฐมนตรี เดินทางถึง", "สมพงษ์ ทองใบใหม่", "นาย"),
        ("th", "โดย พล.อ. มานี ใจกล้ากล่าวว่า", "มานี ใจกล้า", "พล.อ."),
        ("km", "លោក សុខ វិបុល បានថ្លែង", "សុខ វិបុល", "លោក"),
        ("lo", "ທ່ານ ບຸນມີ ແກ້ວມະນີ ໄດ້ກ່າວ", "ບຸນມີ ແກ້ວມະນີ", "ທ່ານ"),
        ("vi", "Bộ trưởng Bộ Công Thương Lý Thị Bưởi nói.", "Lý Thị Bưởi", "Bộ trưởng Bộ Công Thương"),
    ],
)
def test_a_name_after_a_title_is_a_candidate(
    small: CompiledWatchlist, language: str, text: str, name: str, title: str | None
) -> None:
    candidates = found(small, text, language)
    if title is None:
        assert name not in names(candidates), "one word is no whole name in English"
        return
    (candidate,) = candidates
    assert (candidate.name, candidate.title, candidate.kind, candidate.basis) == (name, title, "person", "pattern")
    assert text[candidate.mention.start : candidate.mention.end] == candidate.mention.text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "He met the president. Xyz Abc came later, on Monday."),
        ("en", "The president of the Moon Base said so."),
        ("en", "The President On Monday Left."),
        ("en", "A minister and a friend of Ana Bel."),
        ("en", "President Vladimir Putin spoke. Putin left."),
        ("en", "The leader Vladimir Vladimirovich Putin spoke."),
        ("id", "Ketua DPR hadir."),
        ("ru", "Президент вчера не приехал."),
        ("th", "President Xyz Abc"),
        ("th", "นายกรัฐมนตรีรัสเซีย เดินทางถึง"),
        ("th", "วันนี้ นายวลาดิเมียร์กล่าวว่า ดีมาก"),
    ],
)
def test_what_is_no_name_after_a_title_or_is_listed_is_no_candidate(
    small: CompiledWatchlist, language: str, text: str
) -> None:
    assert names(found(small, text, language)) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The University of Malaya and Petrol Bank spoke.", ["University of Malaya", "Petrol Bank"]),
        ("en", "At the Embassy of Peru a bank opened.", ["Embassy of Peru"]),
        ("en", "The Bank of Trade and Industry and Peru and Ana spoke.", []),
        ("en", "The Bank of Siam and Laos and Peru spoke.", ["Bank of Siam and Laos"]),
        ("en", "The Bank of Vietnam and Russia spoke.", ["Bank of Vietnam"]),
        ("en", "The Ministry of Trade and Industry spoke to the Central Bank in Petrol City.", []),
        ("en", "The Olympic Committee Chairman and Olympic Committee Resolution 5", ["Olympic Committee"]),
        ("en", "The Russian Federation and the Kingdom of Siam", []),
        ("en", "the Embassy of Russia in Vietnam", []),
        ("id", "Kementerian Pertahanan, Bank Elang dan Universitas Garuda", ["Bank Elang", "Universitas Garuda"]),
        ("ru", "Компания «Синяя птица» и фонд «Нева»", ["Синяя птица", "Нева"]),
    ],
)
def test_a_name_with_a_kind_of_organisation_is_a_candidate(
    small: CompiledWatchlist, language: str, text: str, expected: list[str]
) -> None:
    candidates = found(small, text, language)
    assert sorted(names(candidates)) == sorted(expected)
    assert {candidate.kind for candidate in candidates} <= {"organisation"}


def test_a_candidate_is_counted_wherever_its_whole_name_stands(small: CompiledWatchlist) -> None:
    text = "Minister Ana Bel came. Ana Bel spoke; Ana Belinda did not. “Ana Bel,” they cried."
    (candidate,) = found(small, text, title="Ana Bel comes")
    assert candidate.count == 4


def test_the_cases_of_a_russian_name_are_one_candidate(small: CompiledWatchlist) -> None:
    text = "Министр Иван Петров приехал. С министром Иваном Петровым говорили. Посла Анну Белову ждали."
    assert [(one.name, one.count) for one in found(small, text, "ru")] == [("Иван Петров", 2), ("Анна Белова", 1)]


def test_one_word_is_part_of_the_fuller_name(small: CompiledWatchlist) -> None:
    assert names(found(small, "Menteri Sugeng Wira tiba. Menteri Sugeng pergi.", "id")) == ["Sugeng Wira"]


def test_an_article_has_so_many_candidates_at_most_those_named_most_often(small: CompiledWatchlist) -> None:
    letters = [chr(97 + number) for number in range(MOST + 5)]
    text = " ".join(f"Minister Ab{letter} Cd{letter} came." for letter in letters) + " Minister Abz Cdz left." * 2
    assert len(found(small, text)) == MOST
    assert names(found(small, text))[0] == "Abz Cdz"


def test_of_a_list_without_end_only_the_beginning_is_read(small: CompiledWatchlist) -> None:
    text = " ".join(f"Министр Иван Петров{chr(1072 + number % 32)} сказал." for number in range(3000))
    assert len(found(small, text, "ru")) == MOST
    assert "Анна Белова" not in names(found(small, text + " Министр Анна Белова сказала." * 900, "ru"))


def test_candidates_are_looked_for_in_relevant_articles_only(tagger: Tagger) -> None:
    relevant = (
        "Vietnam and Russia signed an oil deal after talks. Russia and Vietnam are pleased, Minister Ana Bel said."
    )
    _, (tagging,) = tagger.tag("Vietnam and Russia hold talks", relevant, "en")
    assert (tagging.level, names(tagging.candidates)) == ("direct", ["Ana Bel"])
    _, (tagging,) = tagger.tag("Fair", "At the fair Minister Ana Bel bought a goat in Vietnam.", "en")
    assert (tagging.level, tagging.candidates) == ("none", ())


@settings(max_examples=150, deadline=None)
@given(title=TEXTS, text=TEXTS, language=LANGUAGES)
def test_every_place_of_a_candidate_is_exact(
    small: CompiledWatchlist, title: str, text: str, language: str | None
) -> None:
    text = (
        text.replace("Nga", "Minister Ana Bel")
        .replace("said", "Universitas Menteri ")
        .replace("Россию", "посла Ивана Белова")
    )
    for candidate in found(small, text, language or "en", title):
        field = {"title": title, "text": text}[candidate.mention.field]
        assert field[candidate.mention.start : candidate.mention.end] == candidate.mention.text != ""
        assert candidate.count >= 1
        assert candidate.name.isprintable()


def test_what_is_on_the_watchlist_by_now_is_known(small: CompiledWatchlist) -> None:
    assert is_listed("Vladimir Putin", "en", small)
    assert is_listed("Владимира Путина", "ru", small)
    assert not is_listed("Ana Bel", "en", small)
    assert not is_listed("Bank of Russia", "en", small), "a country in a name is not the one who has the name"


def test_messages_of_before_have_no_candidates() -> None:
    old = {"watchlist": "w", "watchlist_version": "v", "relevance": 0.5, "level": "passing"}
    assert Tagging.model_validate(old).candidates == ()


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A spaCy pipeline in a folder that knows a few names."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    known = {
        "Ana Bel": "PERSON",
        "Cher": "PERSON",
        "Petrol Union": "ORG",
        "Vladimir Putin": "PERSON",
        "Russia": "ORG",
        "GmbH": "PRODUCT",
    }
    ruler.add_patterns([{"label": label, "pattern": name} for name, label in known.items()])  # type: ignore[attr-defined]
    nlp.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


def test_a_model_adds_who_has_no_title(small: CompiledWatchlist, model: str) -> None:
    reading = read(
        "", "Yesterday Ana Bel, Cher and Petrol Union met Vladimir Putin in Russia, GmbH. Ana Bel left.", "en", DAY
    )
    listed = MentionFinder(small).candidates(reading)
    candidates = unlisted(reading, listed, small, ModelFinder(model))
    assert [(one.name, one.kind, one.basis, one.count) for one in candidates] == [
        ("Ana Bel", "person", "model", 2),
        ("Petrol Union", "organisation", "model", 1),
    ]


def test_a_model_reads_articles_of_its_language_only(small: CompiledWatchlist, model: str) -> None:
    assert list(ModelFinder(model)(read("", "Ana Bel", "en", DAY))) == [("person", "text", 0, 7)]
    assert list(ModelFinder(model)(read("", "Ana Bel", "id", DAY))) == []


@pytest.mark.parametrize("model", ["en_no_such_model", "/nowhere/at/all", "."])
def test_a_model_that_is_not_installed_is_an_input_error(model: str) -> None:
    with pytest.raises(InputError, match=r"tagger\.model: .* is no spaCy pipeline"):
        ModelFinder(model)
