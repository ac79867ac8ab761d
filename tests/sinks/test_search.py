"""The same words find the same articles in both databases, in every script of the region."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, inspect

from pipeline.database import migrate, open_engine, writing
from pipeline.errors import InputError
from pipeline.messages import Outlet, TaggedArticle, url_id
from pipeline.tables import articles, mentions, taggings
from pipeline.testing import NOON
from sinks import rows
from sinks.search import Filter, search
from sinks.store import Store
from tests.sinks.builders import Clock, make_actor, make_article, make_event, make_tagged, make_tagging
from tests.sinks.contract import contents

TEXTS = {
    "english": ("Ministers sign accord", "The Asia-Pacific energy deal was signed in São Paulo by 19 ministers."),
    "vietnamese": ("Việt Nam và Nga", "Bộ trưởng ký thỏa thuận năng lượng ở Đà Nẵng."),
    "russian": ("Россия и Вьетнам", "Министры подписали соглашение об энергетике. Счёт закрыт."),
    "thai": ("ประเทศไทยและรัสเซีย", "รัฐมนตรีลงนามในข้อตกลงด้านพลังงานที่กรุงเทพมหานคร"),
    "khmer": ("កម្ពុជា និងរុស្ស៊ី", "រដ្ឋមន្ត្រីបាន\u200bចុះហត្ថលេខាលើកិច្ចព្រមព្រៀងថាមពល នៅឆ្នាំ២០២៥"),
    "lao": ("ລາວ ແລະ ຣັດເຊຍ", "ລັດຖະມົນຕີໄດ້ລົງນາມໃນຂໍ້ຕົກລົງດ້ານພະລັງງານ"),
    "burmese": ("မြန်မာနှင့် ရုရှား", "ဝန်ကြီးများက စွမ်းအင်သဘောတူညီချက်ကို လက်မှတ်ရေးထိုးခဲ့သည်"),
    "chinese": ("俄罗斯与东盟", "部长们在河内签署了能源协议，COVID-19疫情之后。"),
}


def stored(engine: Engine, clock: Clock) -> None:
    messages: list[TaggedArticle] = []
    for hours, (name, (title, text)) in enumerate(TEXTS.items()):
        article = make_article(name, title=title, text=text, published=NOON - timedelta(hours=hours))
        messages.append(make_tagged(article, language=name[:2]))
    Store(engine, clock).write(messages)


def found(engine: Engine, text: str, most: int = 20, **wanted: Any) -> list[str]:
    names = {url_id(f"https://news.example/{name}"): name for name in TEXTS}
    return [names.get(hit.id, hit.id) for hit in search(engine, text, Filter(**wanted), most)]


QUERIES = [
    ("ministers", ["english"]),
    ("MINISTERS accord", ["english"]),
    ("sao paulo", ["english"]),
    ("São", ["english"]),
    ("asia-pacific", ["english"]),
    ("pacific asia", ["english"]),
    ('"pacific asia"', []),
    ('"accord the"', []),
    ("minis*", ["english"]),
    ("minis", []),
    ("19", ["english", "chinese"]),
    ("19 -covid", ["english"]),
    ("19 -cov*", ["english"]),
    ('19 -"energy deal"', ["chinese"]),
    ("viet nam", ["vietnamese"]),
    ("Việt Nam", ["vietnamese"]),
    ("Đà Nẵng", ["vietnamese"]),
    ("da nang", ["vietnamese"]),
    ("счет", ["russian"]),
    ("соглашен*", ["russian"]),
    ("россии", []),
    ("รัสเซีย", ["thai"]),
    ("พลังงาน", ["thai"]),
    ("กรุงเทพ", ["thai"]),
    ("งานพลัง", []),
    ("ซีรัส", []),
    ("ចុះហត្ថលេខា", ["khmer"]),
    ("បានចុះ", ["khmer"]),
    ("ថាមពល", ["khmer"]),
    ("2025", ["khmer"]),
    ("២០២៥", ["khmer"]),
    ("ພະລັງງານ", ["lao"]),
    ("ຣັດເຊຍ", ["lao"]),
    ("ရုရှား", ["burmese"]),
    ("စွမ်းအင်", ["burmese"]),
    ("俄罗斯", ["chinese"]),
    ("东盟", ["chinese"]),
    ("盟", ["chinese"]),
    ("俄", ["chinese"]),
    ("盟部长", []),
    ("能源 河内", ["chinese"]),
    ("内河", []),
    ("19疫情", ["chinese"]),
    ("俄罗斯 -能源", []),
]


@pytest.mark.parametrize(("text", "names"), QUERIES, ids=[text for text, _ in QUERIES])
def test_words_find_the_articles_that_have_them(engine: Engine, clock: Clock, text: str, names: Sequence[str]) -> None:
    stored(engine, clock)
    assert found(engine, text) == names


def test_the_newest_come_first_and_no_more_than_were_asked_for(engine: Engine, clock: Clock) -> None:
    same = [make_article(str(n), title="Accord", published=NOON - timedelta(hours=n % 3)) for n in range(6)]
    Store(engine, clock).write([make_tagged(one) for one in same])
    ids = found(engine, "accord", most=4)
    newest = sorted(same, key=lambda one: (-one.published.timestamp(), one.id))
    assert ids == [one.id for one in newest[:4]]


def test_filters_narrow_what_is_found(engine: Engine, clock: Clock) -> None:
    near = make_article("near", title="Accord", outlet=Outlet(name="Near & Far", country="ID"))
    other = make_tagging("v", "passing", make_actor("a-b"))
    old = make_article("old", title="Accord", published=NOON - timedelta(days=9), outlet=Outlet(name="Old"))
    Store(engine, clock).write(
        [
            make_tagged(near, make_tagging("w", "direct", make_actor("asean")), make_tagging("v", "none")),
            make_tagged(old, make_tagging("w", "none", make_actor("a-b")), other, language="ru"),
            make_event("opened", article=near),
        ]
    )
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [near.id, old.id]),
        ({"since": NOON - timedelta(days=2)}, [near.id]),
        ({"until": NOON - timedelta(days=2)}, [old.id]),
        ({"watchlist": "w"}, [near.id]),
        ({"watchlist": "v"}, [old.id]),
        ({"watchlist": "w", "levels": ["none"]}, [old.id]),
        ({"levels": ["passing"]}, [old.id]),
        ({"actors": ["asean"]}, [near.id]),
        ({"actors": ["a-b"]}, [old.id]),
        ({"actors": ["a"]}, []),
        ({"actors": ["asean", "a-b"]}, [near.id, old.id]),
        ({"themes": ["trade"]}, [near.id, old.id]),
        ({"themes": ["energy"]}, []),
        ({"countries": ["id"]}, [near.id]),
        ({"languages": ["ru"]}, [old.id]),
        ({"outlets": ["Near & Far"]}, [near.id]),
    ]
    for wanted, ids in filters:
        assert found(engine, "accord", **wanted) == ids, wanted
    first, second = search(engine, "accord", Filter(), 5)
    assert (first.level, first.stories) == ("direct", (make_event("opened").story,))
    assert (second.level, second.stories, second.country) == ("passing", (), None)


def test_an_edited_article_is_found_by_what_it_says_now(engine: Engine, clock: Clock) -> None:
    store = Store(engine, clock)
    store.write([make_tagged(make_article("a", title="Rice")), make_tagged(make_article("b", title="Rice"))])
    store.write([make_tagged(make_article("a", title="Maize", revision=1))])
    assert found(engine, "rice") == [url_id("https://news.example/b")]
    assert found(engine, "maize") == [url_id("https://news.example/a")]


def test_a_deleted_article_is_not_found(engine: Engine, clock: Clock) -> None:
    stored(engine, clock)
    with writing(engine) as connection:
        connection.execute(delete(articles))
    assert found(engine, "ministers") == []


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without tables."""
    sqlite = f"sqlite:///{tmp_path / 'bare.db'}"
    engine = open_engine(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield engine
    engine.dispose()


def test_articles_from_before_there_was_a_search_are_found_as_if_stored_now(bare: Engine) -> None:
    article = make_article("early", title="ข้อตกลง", text="Accord, and more.")
    tagged = make_tagged(article, make_tagging("w", "direct", make_actor("asean")), make_tagging("v", "none"))
    migrate(bare, "0010")
    with writing(bare) as connection:
        for table, made in (
            (articles, [rows.article(tagged, NOON)]),
            (taggings, [*rows.taggings(tagged)]),
            (mentions, [*rows.mentions(tagged)]),
        ):
            there = {column["name"] for column in inspect(connection).get_columns(table.name)}
            connection.execute(table.insert(), [{name: row[name] for name in row.keys() & there} for row in made])
    migrate(bare)
    assert found(bare, "ตกลง accord", watchlist="w", actors=["asean"]) == [article.id]
    before = contents(bare)["article_terms"]
    Store(bare, Clock()).write([tagged])
    assert contents(bare)["article_terms"] == before


def test_a_long_article_is_found_by_any_of_its_first_words(engine: Engine, clock: Clock) -> None:
    words = " ".join(f"w{number} same" for number in range(9000))
    Store(engine, clock).write([make_tagged(make_article("long", text=words))])
    one = [url_id("https://news.example/long")]
    assert found(engine, "w7000") == found(engine, "same") == found(engine, '"w200 same w201"') == one
    assert found(engine, '"w7000 same"') == []
    assert found(engine, "w8999") == []


@pytest.mark.parametrize("text", ["", "   ", "-", "-oil", '""', "*", "!?", '"'])
def test_a_search_for_no_word_says_so(engine: Engine, text: str) -> None:
    with pytest.raises(InputError, match="no word to look for"):
        search(engine, text, Filter(), 5)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=40), st.text(max_size=12))
def test_whatever_is_asked_is_answered(engine: Engine, text: str, value: str) -> None:
    with contextlib.suppress(InputError):
        assert search(engine, text, Filter(actors=(value,), outlets=(value,)), 5) == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60))
def test_whatever_an_article_says_is_stored(engine: Engine, text: str) -> None:
    Store(engine, Clock()).write([make_tagged(make_article("any", text=text, title=text))])
