"""The fit: weights that mean something, written where they belong and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.messages import Level
from processors.fitting import (
    NAMES,
    NEGATIVE,
    THIRDS,
    Labelled,
    Sample,
    cross_validated,
    fit,
    merged,
    sample,
    thinned,
    thresholds,
    vector,
    written,
)
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist, load_watchlist
from processors.watchlist_model import Thresholds
from tests.quality.report import WATCHLIST


def test_a_feature_of_relevant_articles_gains_weight_and_no_weight_has_the_wrong_sign() -> None:
    rng = np.random.default_rng(1)
    degrees = np.repeat([0.0, 1.0], 100)
    features = rng.random((200, len(NAMES)))
    features[:, 0] = 1
    features[:, NAMES.index("passage")] = degrees
    features[:, NAMES.index("others")] = degrees
    weights = dict(zip(NAMES, fit(features, degrees), strict=True))
    assert weights["passage"] == max(weights.values()) > 1
    assert weights["others"] == 0
    assert all(weights[name] <= 0 if name in NEGATIVE else weights[name] >= 0 for name in NAMES[1:])


def test_new_weights_change_their_block_and_their_thresholds_only(tmp_path: Path) -> None:
    before = WATCHLIST.read_text(encoding="utf-8")
    after = written("w.yaml", before, np.arange(len(NAMES)) / 8, Thresholds(passing=0.25, direct=0.75))
    changed = {line.strip().split(":")[0] for line in set(after.splitlines()) - set(before.splitlines())}
    assert changed <= {*NAMES, "thresholds"}
    assert len(after.splitlines()) == len(before.splitlines())
    path = tmp_path / "new.yaml"
    path.write_text(after, encoding="utf-8")
    relation = load_watchlist(path).relation
    assert relation.weights.title_sides == 0.25
    assert relation.thresholds == Thresholds(passing=0.25, direct=0.75)


def test_a_watchlist_without_the_block_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"(?s)w\.yaml: has no block.*Write both first"):
        written("w.yaml", "id: other\n", np.zeros(len(NAMES)), Thresholds())


JOINED = "Vietnam and Russia signed an oil deal after talks. Russia and Vietnam are pleased."


def test_a_sample_has_the_articles_that_name_both_sides_with_their_labels(small: CompiledWatchlist) -> None:
    articles: list[tuple[str, Level]] = [(JOINED, "direct"), ("Vietnam sold rice.", "none"), (JOINED, "passing")]
    data = sample(small, [Labelled("", text, "en", level, counts=len(level)) for text, level in articles])
    assert data.features.shape == (2, len(NAMES))
    assert data.features[0, 0] == 1
    assert (data.degrees.tolist(), data.counts.tolist()) == ([1.0, 0.5], [6.0, 7.0])
    assert sample(small, []).features.shape == (0, len(NAMES))


def test_the_relevance_of_a_sample_is_that_of_the_tagger(small: CompiledWatchlist, tagger: Tagger) -> None:
    data = sample(small, [Labelled("", JOINED, "en", "direct")])
    _, (tagging,) = tagger.tag("", JOINED, "en")
    (relevance,) = data.relevance(vector(small.relation.weights))
    assert relevance == pytest.approx(tagging.relevance, abs=1e-3)
    assert data.error(vector(small.relation.weights)) == pytest.approx((1 - relevance) ** 2)


def test_thresholds_part_the_levels_and_heed_what_an_article_counts() -> None:
    degrees = np.array([0.0] * 10 + [0.5] * 10 + [1.0] * 10)
    relevance = np.concatenate([np.linspace(0.0, 0.3, 10), np.linspace(0.4, 0.5, 10), np.linspace(0.7, 0.9, 10)])
    data = Sample(np.zeros((30, len(NAMES))), degrees, np.ones(30))
    limits = thresholds(relevance, data)
    assert 0.3 < limits.passing <= 0.4
    assert 0.5 < limits.direct <= 0.7
    heavy = np.ones(30)
    heavy[20] = 100.0
    relevance[20] = 0.35
    assert thresholds(relevance, Sample(data.features, degrees, heavy)).direct <= 0.35


def test_cross_validation_knows_a_sign_from_noise() -> None:
    rng = np.random.default_rng(2)
    degrees = np.repeat([0.0, 1.0], 30)[rng.permutation(60)]
    noise = rng.random((60, len(NAMES)))
    noise[:, 0] = 1
    telling = noise.copy()
    telling[:, NAMES.index("passage")] = degrees
    counts = np.ones(60)
    assert cross_validated(Sample(telling, degrees, counts)) < 0.1
    assert cross_validated(Sample(noise, degrees, counts)) > 0.25, "worse than always saying one half"


def test_of_two_errors_the_direct_article_that_is_missed_weighs_more() -> None:
    degrees = np.array([0.0] * 10 + [0.5, 1.0])
    relevance = np.array([0.0] * 10 + [0.6, 0.55])
    data = Sample(np.zeros((12, len(NAMES))), degrees, np.ones(12))
    assert thresholds(relevance, data).direct <= 0.55


def test_each_cue_is_left_out_of_one_thinned_watchlist_and_kept_in_the_two_others(small: CompiledWatchlist) -> None:
    lists = [thinned(small, third) for third in THIRDS]
    for cue in small.relation.cues["en"]:
        assert sum(cue in each.relation.cues["en"] for each in lists) == len(lists) - 1
    kept = [theme.cues["en"] for each in lists for theme in each.themes]
    assert 0 < len({cue for group in kept for cue in group}) == sum(len(theme.cues["en"]) for theme in small.themes)
    assert sum(map(len, kept)) == (len(lists) - 1) * sum(len(theme.cues["en"]) for theme in small.themes)


def test_merged_samples_keep_all_their_articles(small: CompiledWatchlist) -> None:
    data = sample(small, [Labelled("", JOINED, "en", "direct", counts=3.0)])
    whole = merged([data, data])
    assert whole.features.shape == (2, len(NAMES))
    assert (whole.degrees.tolist(), whole.counts.tolist()) == ([1.0, 1.0], [3.0, 3.0])
