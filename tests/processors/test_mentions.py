import pytest

from processors.tagger import Tagger


def found(tagger: Tagger, text: str, language: str = "en", title: str = "") -> list[tuple[str, str]]:
    """Return (actor, surface) for every mention, in the order of the article."""
    _, (tagging,) = tagger.tag(title, text, language)
    mentions = []
    for actor in tagging.actors:
        for mention in actor.mentions:
            source = title if mention.field == "title" else text
            assert source[mention.start : mention.end] == mention.text
            mentions.append((mention.field != "title", mention.start, actor.id, mention.text))
        assert actor.count == len(actor.mentions)
    return [(actor, surface) for _, _, actor, surface in sorted(mentions)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia's envoy", [("russia", "Russia")]),
        ("Russia’s envoy", [("russia", "Russia")]),
        ("Russian-ASEAN talks", [("russia", "Russian"), ("asean", "ASEAN")]),
        ("Russia–Vietnam trade", [("russia", "Russia"), ("vietnam", "Vietnam")]),
        ("the Việt Nam of today", [("vietnam", "Việt Nam")]),
        ("Asean and RUSSIA", [("asean", "Asean"), ("russia", "RUSSIA")]),
        ("Viet   Nam (ASEAN).", [("vietnam", "Viet   Nam"), ("asean", "ASEAN")]),
        ("the Association of Southeast Asian Nations", [("asean", "Association of Southeast Asian Nations")]),
        (
            "the Embassy of Russia in Vietnam",
            [("embassy", "Embassy of Russia in Vietnam"), ("russia", "Russia"), ("vietnam", "Vietnam")],
        ),
        ("\x00Russia\x00", [("russia", "Russia")]),
        ("\u202eASEAN\u202c", [("asean", "ASEAN")]),
        ("a thai-style salad, prussian blue, Belorussia", []),
    ],
)
def test_english_names(tagger: Tagger, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(tagger, f"It was said of {text} on the day.") == expected


def test_the_title_has_mentions_of_its_own(tagger: Tagger) -> None:
    assert found(tagger, "It was so.", title="Russia speaks") == [("russia", "Russia")]


def test_russian_names_are_found_in_every_case(tagger: Tagger) -> None:
    text = "Президент принял посла Вьетнама, а в Москву прибыли гости из России и российско-вьетнамские компании."
    assert found(tagger, text, "ru") == [
        ("vietnam", "Вьетнама"),
        ("moscow", "Москву"),
        ("russia", "России"),
        ("russia", "российско"),
        ("vietnam", "вьетнамские"),
    ]


def test_thai_needs_no_spaces(tagger: Tagger) -> None:
    text = "นายกรัฐมนตรีไทยพบประธานาธิบดีรัสเซียที่เวียดนาม"
    assert found(tagger, text, "th") == [("thailand", "ไทย"), ("russia", "รัสเซีย"), ("vietnam", "เวียดนาม")]


def test_a_thai_name_does_not_end_inside_a_grapheme_cluster(tagger: Tagger) -> None:
    assert found(tagger, "คำว่าไทย์กับเไทยนั้นไม่มีความหมายใดเลยในภาษานี้", "th") == []


def test_latin_names_in_running_thai_are_found(tagger: Tagger) -> None:
    assert found(tagger, "ที่ประชุมASEANเห็นชอบกับข้อเสนอของรัสเซียเมื่อวาน", "th") == [("asean", "ASEAN"), ("russia", "รัสเซีย")]


def test_chinese_needs_no_spaces(tagger: Tagger) -> None:
    assert found(tagger, "越南总理访问俄罗斯并举行会谈。", "zh") == [("vietnam", "越南"), ("russia", "俄罗斯")]


def test_vietnamese_nga_is_the_country_and_no_given_name(tagger: Tagger) -> None:
    text = (
        "Tổng thống Nga đến Hà Nội. Ca sĩ Nguyễn Phương Nga biểu diễn. Bà Nga vỗ tay. "
        "Tại Nga, trời lạnh. Quan hệ ASEAN – Nga phát triển."
    )
    places = [text.index("Nga đến"), text.index("Nga, trời"), text.index("Nga phát")]
    _, (tagging,) = tagger.tag("", text, "vi")
    russia = next(actor for actor in tagging.actors if actor.id == "russia")
    assert [mention.start for mention in russia.mentions] == places


def test_a_short_name_counts_where_its_actor_is_named(tagger: Tagger) -> None:
    assert found(tagger, "Putin spoke.") == []
    assert found(tagger, "Putin spoke. Vladimir Putin left.") == [("putin", "Putin"), ("putin", "Vladimir Putin")]


def test_a_short_name_counts_where_its_country_is_named(tagger: Tagger) -> None:
    assert found(tagger, "Russia agreed. Putin spoke.") == [("russia", "Russia"), ("putin", "Putin")]


def test_a_short_name_of_several_means_the_one_named_last(tagger: Tagger) -> None:
    text = "ASEAN met. The bloc agreed. The European Union met. The bloc disagreed."
    assert found(tagger, text) == [
        ("asean", "ASEAN"),
        ("asean", "The bloc"),
        ("european-union", "European Union"),
        ("european-union", "The bloc"),
    ]


def test_what_a_name_is_not_is_no_mention(tagger: Tagger) -> None:
    assert found(tagger, "Her Russian Blue slept on a Russian doll beside a Russian.") == [("russia", "Russian")]


def test_a_word_elsewhere_makes_a_name_doubtful_unless_its_country_is_named(tagger: Tagger) -> None:
    assert found(tagger, "The Moscow council met. Many in Idaho came.") == []
    both = found(tagger, "The Moscow council met. Many in Idaho came. Russia did not.")
    assert both == [("moscow", "Moscow"), ("russia", "Russia")]


def test_a_box_of_links_is_not_the_article(tagger: Tagger) -> None:
    text = "A bus left the road near the river.\n\nMost read this week:\nRussia and ASEAN meet\nVietnam wins"
    assert found(tagger, text) == []
