"""What the shipped watchlists must have, whoever edits them."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

import seeds
from processors.names import Name
from processors.watchlist import CompiledWatchlist, load_watchlist

FOLDER = Path(str(seeds.__file__)).parent / "watchlists"
PATHS = sorted(FOLDER.glob("*.yaml"))
LANGUAGES = ("en", "id", "ms", "tl", "tet", "vi", "th", "lo", "km", "my", "zh", "ru")
MEMBERS = {"BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "TL", "VN"}


@pytest.fixture(scope="module")
def asean_russia() -> CompiledWatchlist:
    return load_watchlist(FOLDER / "asean-russia.yaml")


def strong_names(watchlist: CompiledWatchlist) -> Iterator[tuple[str, list[Name]]]:
    for language in LANGUAGES:
        for form, names in watchlist.lexicon(language).names.items():
            yield f"{language}: {form}", [name for name in names if name.strong and name.since is None]


def test_the_watchlist_on_asean_and_russia_has_at_least_450_actors(asean_russia: CompiledWatchlist) -> None:
    sided = [actor for actor in asean_russia.actors if actor.side or actor.kind in {"agreement", "event"}]
    assert len(sided) >= 450


@pytest.mark.parametrize("country", sorted(MEMBERS))
def test_each_member_state_has_its_ministry_of_foreign_affairs_and_people(
    asean_russia: CompiledWatchlist, country: str
) -> None:
    own = [actor for actor in asean_russia.actors if actor.country == country]
    assert all(actor.side == "asean" for actor in own)
    assert any("foreign" in actor.id and actor.kind == "organisation" for actor in own)
    assert sum(actor.kind == "person" for actor in own) >= 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_names_all_countries_of_both_sides_its_own_way(
    asean_russia: CompiledWatchlist, language: str
) -> None:
    countries = [actor for actor in asean_russia.actors if actor.kind == "country" and actor.side]
    assert {actor.country for actor in countries} == MEMBERS | {"RU"}
    assert [actor.id for actor in countries if not actor.names.get(language)] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_name_that_is_enough_by_itself_stands_for_two_actors(path: Path) -> None:
    watchlist = load_watchlist(path)
    shared = {
        form: actors
        for form, names in strong_names(watchlist)
        if len(actors := sorted({watchlist.actors[name.actor].id for name in names})) > 1
    }
    assert shared == {}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_title_never_means_two_people_on_one_day(path: Path) -> None:
    watchlist = load_watchlist(path)
    for language in LANGUAGES:
        for form, names in watchlist.lexicon(language).names.items():
            titles = [name for name in names if name.since is not None]
            for day in {None, *chain.from_iterable((name.since, name.until) for name in titles)}:
                holders = {watchlist.actors[name.actor].id for name in titles if name.holds(day)}
                assert len(holders) <= 1, f"{language}: {form} on {day}: {sorted(holders)}"
