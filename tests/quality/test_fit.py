"""The fit: weights that mean something, written where they belong and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from processors.watchlist import load_watchlist
from processors.watchlist_model import Thresholds, Weights
from tests.quality.fit import NEGATIVE, fit, written
from tests.quality.report import WATCHLIST

NAMES = tuple(Weights.model_fields)


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
    after = written(before, np.arange(len(NAMES)) / 8, Thresholds(passing=0.25, direct=0.75))
    changed = {line.strip().split(":")[0] for line in set(after.splitlines()) - set(before.splitlines())}
    assert changed <= {*NAMES, "thresholds"}
    assert len(after.splitlines()) == len(before.splitlines())
    path = tmp_path / "new.yaml"
    path.write_text(after, encoding="utf-8")
    relation = load_watchlist(path).relation
    assert relation.weights.title_sides == 0.25
    assert relation.thresholds == Thresholds(passing=0.25, direct=0.75)


def test_a_watchlist_without_the_block_is_refused_with_a_remedy() -> None:
    with pytest.raises(SystemExit, match="write them first"):
        written("id: other\n", np.zeros(len(NAMES)), Thresholds())
