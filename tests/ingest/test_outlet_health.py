from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from ingest.outlet_health import ACCEPTED, ENOUGH, HISTORY, RECENT, Health, Seen, in_words, observe

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BROKEN = {
    "text-short": {"length": 90},
    "text-long": {"length": 60_000},
    "title-missing": {"title": False},
    "date-missing": {"date": False},
}


def chances(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # variety, not secrecy


def normal(chance: random.Random) -> Seen:
    """Return an article of a lively outlet: lengths spread over a factor of ten, a few briefs and lapses among them."""
    length = 40 if chance.random() < 0.05 else int(chance.lognormvariate(8.0, 0.6))
    return Seen(length, title=chance.random() < 0.98, date=chance.random() < 0.9)


def after(health: Health, *articles: Seen) -> Health:
    for number, seen in enumerate(articles):
        health = observe(health, seen, NOON + timedelta(minutes=health.articles + number))
    return health


def settled(chance: random.Random, articles: int = 100) -> Health:
    return after(Health(), *(normal(chance) for _ in range(articles)))


def changed(chance: random.Random, problem: str) -> Seen:
    seen = normal(chance)
    fields = {"length": seen.length, "title": True, "date": True, **BROKEN[problem]}
    return Seen(**fields)  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize("problem", BROKEN)
@pytest.mark.parametrize("seed", range(20))
def test_a_layout_change_is_seen_within_twenty_articles(problem: str, seed: int) -> None:
    chance = chances(seed)
    health = after(settled(chance), *(changed(chance, problem) for _ in range(RECENT)))
    assert health.problems == (problem,)
    [words] = in_words(health)
    assert f"of the last {RECENT} articles" in words


def test_a_change_that_breaks_two_pages_in_three_is_seen_within_twenty_articles() -> None:
    chance = chances(1)
    some = [normal(chance) if number % 3 == 0 else changed(chance, "text-short") for number in range(RECENT)]
    assert after(settled(chance), *some).problems == ("text-short",)


def test_an_outlet_that_stays_as_it_is_is_never_suspected() -> None:
    for seed in range(10):
        chance, health = chances(seed), Health()
        for _ in range(2000):
            health = after(health, normal(chance))
            assert health.problems == ()


def test_an_outlet_that_never_had_dates_or_is_always_brief_is_well() -> None:
    some = [Seen(0 if number % 2 else 300, title=True, date=False) for number in range(200)]
    assert after(Health(), *some).problems == ()


def test_a_new_outlet_is_not_judged_before_there_is_enough_to_compare_with() -> None:
    good, bad = Seen(3000, title=True, date=True), Seen(10, title=False, date=False)
    assert after(Health(), *[good] * (ENOUGH - 1), *[bad] * RECENT).problems == ()
    assert after(Health(), *[good] * ENOUGH, *[bad] * RECENT).problems == (
        "text-short",
        "title-missing",
        "date-missing",
    )


def test_an_outlet_is_ill_since_the_first_sign_and_well_again_when_most_pages_are() -> None:
    chance = chances(2)
    ill = after(settled(chance), *(changed(chance, "text-short") for _ in range(RECENT)))
    later = after(ill, *(changed(chance, "text-short") for _ in range(RECENT)))
    assert ill.since is not None
    assert later.since == ill.since
    well = after(later, *(normal(chance) for _ in range(RECENT)))
    assert (well.problems, well.since, well.ailing) == ((), None, 0)


def test_what_lasts_is_no_problem_any_more_but_how_the_outlet_is_now() -> None:
    chance = chances(3)
    health = settled(chance)
    for _ in range(RECENT + ACCEPTED):
        health = after(health, changed(chance, "text-short"))
    assert health.problems == ()
    assert after(health, *(normal(chance) for _ in range(RECENT))).problems == ("text-long",)


def test_only_so_much_is_remembered() -> None:
    health = settled(chances(4), 1000)
    assert (health.articles, len(health.history), len(health.recent)) == (1000, HISTORY, RECENT)


def test_a_problem_is_told_in_figures() -> None:
    long, short = Seen(3400, title=True, date=True), Seen(210, title=True, date=True)
    health = after(Health(), *[long] * 50, *[short] * RECENT)
    assert in_words(health) == (
        "20 of the last 20 articles are far shorter than usual: half have up to 210 characters, used to have 3,400",
    )
    assert in_words(Health()) == ()
