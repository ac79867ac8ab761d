"""The sample news site is written down without contradictions, and a fault in its files is named."""

import shutil
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from pipeline.errors import InputError
from wirewatch.site import SampleSite


@pytest.fixture
def site() -> SampleSite:
    return SampleSite.load()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    target = tmp_path / "demo"
    shutil.copytree(str(files("seeds") / "demo"), target)
    return target


def test_there_are_enough_articles_of_each_language_and_level(site: SampleSite) -> None:
    languages = Counter(article.lang for article in site.articles)
    levels = Counter(article.level for article in site.articles)
    assert languages == {"en": 29, "id": 10, "ru": 10, "vi": 9, "th": 9}
    assert levels == {"none": 35, "direct": 24, "passing": 8}
    assert {(article.lang, article.level) for article in site.articles} == {
        (language, level) for language in languages for level in levels
    }


def test_news_appears_from_the_start_over_twelve_seconds(site: SampleSite) -> None:
    times = [article.appears for article in site.articles]
    assert times == sorted(times)
    assert times[-1] <= 12
    assert any(article.appears == 0 and article.level == "direct" for article in site.articles)
    assert all(any(second <= time < second + 1 for time in times) for second in range(12))


def test_copies_follow_an_original_of_another_outlet_in_the_same_language_and_story(site: SampleSite) -> None:
    by_id = {article.id: article for article in site.articles}
    copies = [article for article in site.articles if article.copy_of]
    assert len(copies) == 8
    for copy in copies:
        original = by_id[copy.copy_of or ""]
        assert original.copy_of is None
        assert (original.lang, original.level, original.story) == (copy.lang, copy.level, copy.story)
        assert original.outlet != copy.outlet
        assert original.appears < copy.appears
        assert original.title != copy.title


def test_no_story_has_two_originals(site: SampleSite) -> None:
    originals = Counter(article.story for article in site.articles if article.story and not article.copy_of)
    assert set(originals.values()) == {1}
    assert len({article.story for article in site.articles if article.level == "direct"}) == 16


def test_a_site_that_has_not_started_has_published_nothing(site: SampleSite) -> None:
    assert site.published() == ()
    assert site.outlets[0].base_url == ""
    with pytest.raises(RuntimeError, match="before it has started"):
        site.opml()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("appears: 0\n", "appears: soon\n", "appears: "),
        ("appears: 0\n", "appears: 0\ncolour: red\n", "colour: "),
        ("title: ", "title: a: b ", "mapping values are not allowed"),
        ("lang: en", "lang: th", "lang is th"),
        ("---\ntitle", "title", "no front matter"),
        ("story: cambodia-russia-demining", "story: null", "names its story"),
        ("lang: en\n", "lang: en\ncopy_of: mekong-wire/nowhere\n", "is no original"),
    ],
)
def test_a_broken_article_is_named_with_its_fault(copied: Path, old: str, new: str, message: str) -> None:
    file = copied / "articles" / "mekong-wire" / "cambodia-russia-demining-centre.md"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        SampleSite.load(copied)
    assert "cambodia-russia-demining-centre.md" in caught.value.place


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"site\.yaml"):
        SampleSite.load(tmp_path / "nowhere")
