from pathlib import Path
from typing import Any

import pytest
import yaml

import seeds
from processors.tagger import Tagger

ARTICLES = Path(str(seeds.__file__)).parent / "demo" / "articles"


def samples() -> list[Any]:
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in sorted(ARTICLES.glob("*/*.md"))]


@pytest.mark.parametrize("path", samples())
def test_a_sample_article_has_the_level_its_label_says(tagger: Tagger, path: Path) -> None:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    label = yaml.safe_load(front)
    language, (tagging,) = tagger.tag(label["title"], body.strip(), None)
    assert language == label["lang"]
    assert tagging.level == label["expect"]["level"], tagging.score
