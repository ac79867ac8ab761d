from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.messages import Tagging
from pipeline.testing import make_article
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist

PIECES = st.sampled_from(
    [
        "Russia",
        "ASEAN",
        "Vietnam",
        "Россию",
        "รัสเซีย",
        "俄罗斯",
        "Nga",
        "said",
        "“",
        "”",
        '"',
        "«",
        "»",
        "\n",
        "\n\n",
        ". ",
        "\x00",
        "\u202e",
        "\u200b",
        "\u0301",
        "😀",
        "👨‍👩‍👧",
        "İ",
        "\r",
        "\u2028",
        " - ",
        "’s",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join)
LANGUAGES = st.sampled_from([None, "en", "vi", "ru", "th", "zh", "xx"])


def check_places(tagging: Tagging, title: str, text: str) -> None:
    fields = {"title": title, "text": text}
    for mention in (mention for actor in tagging.actors for mention in actor.mentions):
        assert fields[mention.field][mention.start : mention.end] == mention.text != ""
    for quote in tagging.quotes:
        assert text[quote.start : quote.end] == quote.text != ""
    for item in tagging.evidence:
        assert fields[item.field][item.start : item.end] == item.text != ""


@settings(max_examples=150, deadline=None)
@given(title=TEXTS, text=TEXTS, language=LANGUAGES)
@example(title="", text="", language=None)
@example(title="\x00", text="😀😀", language="th")
@example(title="", text="“Russia\u202e and ASEAN” said Vladimir Putin\x00", language="en")
def test_every_place_is_exact_and_the_same_input_gives_the_same_tagging(
    small: CompiledWatchlist, title: str, text: str, language: str | None
) -> None:
    first, second = Tagger([small]).tag(title, text, language), Tagger([small]).tag(title, text, language)
    assert first == second
    check_places(first[1][0], title, text)


def test_an_article_becomes_one_tagged_article_with_a_tagging_for_each_watchlist(small: CompiledWatchlist) -> None:
    article = make_article(title="Russia and ASEAN hold talks", text="Russia and ASEAN held talks.", language="en")
    (tagged,) = Tagger([small, small])(article)
    assert tagged.id == article.id
    assert tagged.article == article
    assert tagged.language == "en"
    assert [tagging.watchlist for tagging in tagged.taggings] == ["small", "small"]
    assert tagged.taggings[0].watchlist_version == small.version


def test_actors_are_ordered_by_how_often_they_are_named(tagger: Tagger) -> None:
    _, (tagging,) = tagger.tag("", "Vietnam met Russia. Russia left.", "en")
    assert [(actor.id, actor.count) for actor in tagging.actors] == [("russia", 2), ("vietnam", 1)]


def test_a_long_text_of_names_only_ends(tagger: Tagger) -> None:
    _, (tagging,) = tagger.tag("", "Russia " * 20_000, "en")
    assert tagging.actors[0].count == 20_000
