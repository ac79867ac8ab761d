import pytest

from pipeline.messages import Tagging
from processors.relevance import level_of
from processors.tagger import Tagger
from processors.watchlist_model import Thresholds

FILLER = "The council spoke of roads and schools. The rain went on for a week. Nobody was hurt.\n\n" * 6


def tagged(tagger: Tagger, title: str, text: str, language: str = "en") -> Tagging:
    return tagger.tag(title, text, language)[1][0]


def test_news_of_one_side_only_has_no_relevance_at_all(tagger: Tagger) -> None:
    tagging = tagged(tagger, "Russia opens a port", "Russia signed talks. Russian ships came. Vladimir Putin spoke.")
    assert (tagging.relevance, tagging.level, tagging.score) == (0.0, "none", {})


def test_a_title_and_a_lead_with_both_sides_are_direct(tagger: Tagger) -> None:
    text = "Russia and Vietnam signed a pact after talks.\n\nRussian firms will visit Vietnam. Vietnam welcomed it."
    tagging = tagged(tagger, "Russia, Vietnam hold talks", text)
    assert tagging.level == "direct"
    assert {"title_sides", "lead_sentence", "sentences"} <= tagging.score.keys()


def test_one_passage_deep_in_another_article_is_passing(tagger: Tagger) -> None:
    passage = "Russia and Vietnam signed a pact after talks. Russian firms will visit Vietnam soon."
    assert tagged(tagger, "Roads and schools", f"{FILLER}{passage}\n\n{FILLER}").level == "passing"


def test_a_list_of_countries_is_none(tagger: Tagger) -> None:
    text = f"{FILLER}Guests came from China, India, Russia and Vietnam for talks.\n\n{FILLER}"
    tagging = tagged(tagger, "Roads and schools", text)
    assert tagging.level == "none"
    assert tagging.score["lists"] < 0


def test_a_list_with_a_country_that_the_watchlist_does_not_know_is_none(tagger: Tagger) -> None:
    text = f"{FILLER}Guests came from France, Russia and Vietnam for talks.\n\n{FILLER}"
    assert tagged(tagger, "Roads and schools", text).level == "none"


def test_a_single_word_of_each_side_never_fires(tagger: Tagger) -> None:
    assert tagged(tagger, "Roads and schools", f"{FILLER}Russia. {FILLER} Vietnam.").level == "none"


def test_the_place_a_report_comes_from_is_no_side_of_it(tagger: Tagger) -> None:
    text = "VIETNAM — Russia signed a pact with China after talks.\n\n" + FILLER
    assert tagged(tagger, "Roads and schools", text).score == {}


def test_names_joined_by_a_dash_name_the_relation(tagger: Tagger) -> None:
    assert tagged(tagger, "Russia–Vietnam route", "It opens.").score["title_relation"] > 0
    assert "title_relation" not in tagged(tagger, "Russia to Vietnam by ship", "It opens.").score


def test_another_subject_lowers_the_relevance(tagger: Tagger) -> None:
    text = "Russia met Vietnam. {} Russia won in Vietnam. {}"
    plain = tagged(tagger, "", text.format("They spoke.", "They left."))
    sport = tagged(tagger, "", text.format("The goalkeeper spoke.", "Football won."))
    assert sport.relevance < plain.relevance


def test_a_theme_joins_the_sides_as_a_cue_does(tagger: Tagger) -> None:
    plain = tagged(tagger, "Roads", f"A Russian came to Vietnam. {FILLER}")
    themed = tagged(tagger, "Roads", f"A Russian tourist came to Vietnam. {FILLER}")
    assert themed.score["lead_sentence"] > plain.score["lead_sentence"]


def test_two_sides_near_each_other_count_less_where_nothing_is_said_of_relations(tagger: Tagger) -> None:
    still = tagged(tagger, "A street in Vietnam", f"A Russian cooks there. {FILLER}")
    said = tagged(tagger, "Talks in Vietnam", f"A Russian cooks there. {FILLER}")
    assert 0 < still.score["lead_near"] < said.score["lead_near"]


def test_another_subject_counts_by_its_share_whatever_the_length(tagger: Tagger) -> None:
    lead = "Russia met Vietnam in football. They spoke of football."
    short = tagged(tagger, "Russia and Vietnam", lead)
    long = tagged(tagger, "Russia and Vietnam", f"{lead}\n\nIt rained.\n\n{FILLER * 3}")
    assert short.score["negative"] < 0
    assert long.score["negative"] == pytest.approx(short.score["negative"], abs=0.3)


def test_a_sentence_that_joins_the_sides_counts_more_the_more_cues_it_has(tagger: Tagger) -> None:
    one = tagged(tagger, "Roads", f"{FILLER}Russia and Vietnam held talks.\n\n{FILLER}")
    many = tagged(
        tagger, "Roads", f"{FILLER}Russia and Vietnam signed a visa pact after talks and a visit.\n\n{FILLER}"
    )
    assert 0 < one.score["cues"] < many.score["cues"]


def test_an_article_at_home_on_one_side_means_it_where_a_sentence_names_the_other_alone(tagger: Tagger) -> None:
    home = "Schools in Vietnam open on Monday. It rained in Vietnam.\n\n"
    said = f"The ministry signed an agreement on visits with Russia.\n\n{FILLER}"
    tagging = tagged(tagger, "Schools", f"{home}{FILLER}{said}")
    assert tagging.score["implied"] > 0
    silent = tagged(tagger, "Schools", f"{home}{FILLER}One pupil was born in Russia.\n\n{FILLER}")
    assert "implied" not in silent.score
    sport = tagged(tagger, "Schools", f"{home}{FILLER}{said.replace('.', ' of football.', 1)}")
    others = tagged(tagger, "Schools", f"{home}{FILLER}{said.replace('.', ', China and India.', 1)}")
    assert max(sport.score.get("implied", 0), others.score.get("implied", 0)) < tagging.score["implied"]
    elsewhere = tagged(tagger, "Russia", f"Russia rests. Russian ships wait.\n\nVietnam rests.\n\n{FILLER}{said}")
    assert "implied" not in elsewhere.score


def test_a_title_may_leave_out_the_side_that_the_article_names_later(tagger: Tagger) -> None:
    text = f"{FILLER}Vietnam has many."
    assert tagged(tagger, "Talks on visits to Russia", text).score["lead_implied"] > 0
    assert "lead_implied" not in tagged(tagger, "Rain in Russia", text).score


def test_a_paragraph_may_join_the_sides_where_no_sentence_does(tagger: Tagger) -> None:
    apart = "Vietnam signed it after talks. {}It was short. Then Russia signed."
    together = tagged(tagger, "Roads", f"{FILLER}{apart.format('')}\n\n{FILLER}")
    parted = tagged(tagger, "Roads", f"{FILLER}{apart.format(chr(10) * 2)}\n\n{FILLER}")
    assert together.score["meeting"] > 0
    assert together.score["paragraphs"] > 0
    assert not {"meeting", "paragraphs"} & parted.score.keys()


def test_third_parties_beside_both_sides_lower_the_relevance(tagger: Tagger) -> None:
    text = "Russia and Vietnam held talks {}.\n\nThey spoke again."
    alone, beside = (tagged(tagger, "", text.format(where)) for where in ("on Monday", "with India"))
    assert "third_parties" not in alone.score
    assert beside.score["third_parties"] < 0


def test_words_of_another_subject_anywhere_lower_the_relevance(tagger: Tagger) -> None:
    lead = "Russia and Vietnam held talks.\n\n"
    sport = tagged(tagger, "", f"{lead}{FILLER}The goalkeeper spoke of football.")
    assert "other_subject" not in tagged(tagger, "", f"{lead}{FILLER}").score
    assert sport.score["other_subject"] < 0


def test_relevance_is_the_logistic_of_the_score(tagger: Tagger) -> None:
    tagging = tagged(tagger, "Russia, Vietnam hold talks", "Russia and Vietnam signed a pact.")
    assert tagging.relevance == pytest.approx(1 / (1 + 2.718281828459045 ** -sum(tagging.score.values())), abs=1e-3)


def test_evidence_is_the_sentences_with_both_sides_and_says_why(tagger: Tagger) -> None:
    text = "It rained.\n\nRussia and Vietnam signed a pact. It stopped."
    tagging = tagged(tagger, "Russia–Vietnam talks", text)
    assert [(item.field, item.text, item.reasons) for item in tagging.evidence] == [
        ("title", "Russia–Vietnam talks", ("in the title", "names the relation")),
        ("text", "Russia and Vietnam signed a pact.", ("in the lead", "joins both sides")),
    ]


@pytest.mark.parametrize(("relevance", "level"), [(0.29, "none"), (0.3, "passing"), (0.59, "passing"), (0.6, "direct")])
def test_a_level_is_reached_at_its_threshold(relevance: float, level: str) -> None:
    assert level_of(relevance, Thresholds(passing=0.3, direct=0.6)) == level


def test_themes_are_those_of_the_relation_the_weightiest_first(tagger: Tagger) -> None:
    text = "Russia and Vietnam signed a pact on oil, gas and a pipeline. Russian tourists will visit Vietnam."
    assert tagged(tagger, "Russia, Vietnam agree on gas", text).themes[0] == "energy"


def test_a_longer_cue_of_one_theme_hides_a_shorter_one_of_another(tagger: Tagger) -> None:
    text = "Russia and Vietnam signed a pact on a gas museum."
    assert tagged(tagger, "Russia, Vietnam agree", text).themes == ("culture",)


def test_a_theme_of_more_weight_comes_first(tagger: Tagger) -> None:
    text = "Russia and Vietnam signed a pact on a vaccine and on oil."
    assert tagged(tagger, "Russia, Vietnam agree", text).themes == ("health", "energy")


def test_a_faint_cue_counts_less_than_another(tagger: Tagger) -> None:
    text = "Russia and Vietnam signed a pact on {} and oil."
    assert tagged(tagger, "Russia, Vietnam agree", text.format("art")).themes == ("energy", "culture")
    assert tagged(tagger, "Russia, Vietnam agree", text.format("ballet and a stage")).themes[0] == "culture"


def test_the_themes_of_a_passing_article_are_also_those_of_sentences_on_the_side_it_is_not_about(
    tagger: Tagger,
) -> None:
    home = "Oil is dear in Vietnam. The gas pipeline of Vietnam leaks. Vietnam has oil.\n\n"
    said = "The ministry signed an agreement after talks on a visa for Russian tourists, and on visits."
    tagging = tagged(tagger, "Oil in Vietnam", f"{home}{FILLER}{said}\n\n{FILLER}")
    assert (tagging.level, tagging.themes[0]) == ("passing", "tourism")


def test_the_themes_of_a_passing_article_are_those_of_its_passage(tagger: Tagger) -> None:
    oil = "The oil and gas pipeline of the city leaks. Oil prices rose. Gas was sold. " * 4
    passage = "Russia and Vietnam signed a pact on tourism after talks. Russian tourists will visit Vietnam."
    tagging = tagged(tagger, "Oil and gas", f"{oil}\n\n{FILLER}{passage}\n\n{FILLER}")
    assert (tagging.level, tagging.themes[0]) == ("passing", "tourism")


def test_an_irrelevant_article_has_no_theme(tagger: Tagger) -> None:
    assert tagged(tagger, "Oil and gas", "The oil pipeline leaks.").themes == ()
