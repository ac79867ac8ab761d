from __future__ import annotations

import pytest

from ingest.headline import LONGEST_TITLE, headline

FOG = "Fog shuts the port of Batam for a second day"


def chosen(*headings: str, told: tuple[str, ...] = (), document: str = "", site: str = "", domain: str = "") -> str:
    return headline(headings, told, document, site, domain)


def test_the_heading_that_readers_see_goes_before_what_is_told_to_search_engines() -> None:
    told = ("Batam port: Fog shuts the port for second day", "Batam fog")
    assert chosen(FOG, told=told) == FOG


def test_a_heading_is_known_by_any_of_the_other_titles() -> None:
    assert chosen("Business", FOG, "Most read", told=("Why ferries stayed in", FOG)) == FOG
    assert chosen("Business", FOG, document=f"{FOG} - Harbour Herald") == FOG


@pytest.mark.parametrize("heading", ["Harbour Herald", "Business", "Why don't you ask the reindeer?", ""])
def test_a_heading_that_is_like_no_other_title_is_not_the_article_s(heading: str) -> None:
    assert chosen(heading, told=(FOG,), document=FOG) == FOG


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("นักศึกษาไทยฝึกงานซ่อมหัวรถจักร", "นักศึกษาไทยฝึกงานซ่อมหัวรถจักรที่คาซาน"),
        ("雾锁巴淡岛港口渡轮停航", "巴淡岛港口渡轮停航"),
        ("Порт Батама закрыт из-за тумана", "Порт Батама закрыли из-за тумана"),
    ],
)
def test_likeness_needs_no_words_and_no_exact_forms(heading: str, told: str) -> None:
    assert chosen("Разное", heading, told=(told,)) == heading


def test_a_title_that_was_cut_short_is_made_whole() -> None:
    assert chosen(f"{FOG} and keeps all of the ferries to the islands at their berths", told=(f"{FOG[:24]}…",)) == (
        f"{FOG} and keeps all of the ferries to the islands at their berths"
    )


@pytest.mark.parametrize(
    ("document", "site", "domain"),
    [
        (f"{FOG} | Harbour Herald", "Harbour Herald", ""),
        (f"{FOG} - HarbourHerald", "", "harbour-herald.example"),
        (f"{FOG} – Harbour Herald", "", "harbourherald.co.id"),
    ],
)
def test_the_name_of_the_site_is_no_part_of_a_title(document: str, site: str, domain: str) -> None:
    assert chosen("Harbour Herald", document=document, site=site, domain=domain) == FOG


def test_a_part_of_a_title_that_is_not_the_site_s_name_stays() -> None:
    assert (
        chosen(document="Batam - Vladivostok", site="Harbour Herald", domain="herald.example") == "Batam - Vladivostok"
    )


def test_a_short_heading_is_the_title_where_the_document_only_adds_the_site() -> None:
    assert chosen("About fog", document="About fog – Harbour Herald Weekly of the Islands") == "About fog"


def test_without_any_other_title_the_fuller_of_heading_and_document_title_is_taken() -> None:
    assert chosen(FOG, document="Herald") == FOG
    assert chosen("Herald", document=FOG) == FOG
    assert chosen() == ""


def test_a_title_has_an_end() -> None:
    assert len(chosen("x" * 2000, told=("x" * 2000,))) == LONGEST_TITLE
    assert len(chosen(told=("y" * 2000,))) == LONGEST_TITLE
