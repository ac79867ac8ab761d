"""Labels: articles judged, judgements exported and imported, and a watchlist's weights fitted to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.errors import InputError
from pipeline.messages import Level, url_id
from pipeline.settings import Settings
from processors.fitting import Labelled, Sample, Vector, cross_validated, fitted, sample, vector, written
from processors.watchlist import CompiledWatchlist, load_watchlist
from processors.watchlist_model import Thresholds
from sinks.labels import Label, LabelledArticle, labelled, save, unlabelled
from sinks.stored import StoredArticle
from wirewatch import batch, wiring
from wirewatch.label_session import Ask, Tell, judge
from wirewatch.since import since as begin_of

FEWEST = 50
"""Labelled articles with both sides in them, from which on weights are fitted: three for each of them."""

FEWEST_OF_LEVEL = 10
"""How many of them must be direct, and how many none."""


@dataclass(frozen=True)
class Refit:
    """New weights and thresholds; the mean squared error of the old ones, and cross-validated that of the new.

    `unusable` labels belong to articles that the archive does not have, or that name one side at most.
    """

    old: CompiledWatchlist
    weights: Vector
    limits: Thresholds
    articles: int
    unusable: int
    error_now: float
    error_new: float


def label(
    settings: Settings, watchlist: str | None, since: str, most: int, *, themes: bool, ask: Ask, tell: Tell
) -> tuple[str, int]:
    """Judge articles and keep each judgement at once; return the watchlist's id and how many there were.

    Raises InputError for a bad `since`, a watchlist that the settings do not name, and where there is no archive.
    """
    chosen = _chosen(settings, watchlist)
    begin = begin_of(since, datetime.now(UTC))
    limits = chosen.relation.thresholds
    asked = [theme.id for theme in chosen.themes] if themes else []
    count = 0
    with wiring.archive(settings) as engine:
        articles = unlabelled(engine, chosen.id, (limits.passing, limits.direct), begin, most)
        if not articles:
            tell(f"no article since {begin:%Y-%m-%d} is without a label for {chosen.id}")
        for said in judge(articles, asked, ask, tell):
            save(engine, [Label(chosen.id, said.article.id, said.level, said.themes, datetime.now(UTC))])
            count += 1
    return chosen.id, count


def _chosen(settings: Settings, watchlist: str | None) -> CompiledWatchlist:
    lists = {one.id: one for one in wiring.load_watchlists(settings)}
    if watchlist is None and len(lists) == 1:
        return next(iter(lists.values()))
    if watchlist not in lists:
        problem = f"{watchlist!r} is no watchlist's id" if watchlist else "there are several watchlists"
        raise InputError("--watchlist", problem, f"Use {', '.join(lists)}.")
    return lists[watchlist]


def export(settings: Settings) -> list[dict[str, Any]]:
    """Return every label as JSON has it, with address and title of its article. Raises InputError."""
    with wiring.archive(settings) as engine:
        return [_as_json(each) for each in labelled(engine)]


def _as_json(each: LabelledArticle) -> dict[str, Any]:
    mine, article = each.label, each.article
    return {
        "watchlist": mine.watchlist,
        "article": mine.article,
        "url": article.url if article else None,
        "title": article.title if article else None,
        "level": mine.level,
        "themes": mine.themes,
        "judged": mine.judged,
    }


class ImportedLabel(BaseModel):
    """One line of labels; an unknown field is passed over. The article is given by its id or its canonical address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    watchlist: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    article: Annotated[str | None, Field(min_length=1, max_length=36)] = None
    url: str | None = None
    level: Level
    themes: tuple[str, ...] = ()
    judged: Annotated[AwareDatetime | None, BeforeValidator(batch.with_zone)] = None


def import_file(path: str, settings: Settings) -> tuple[int, int]:
    """Keep the labels of a file, `-` for standard input; return how many, and for how many the archive has no article.

    A label for an article that has a later one changes nothing. Raises InputError that names the line; then none is
    kept.
    """
    now = datetime.now(UTC)
    given = [_label(place, line, now) for place, line in batch.read_lines(path)]
    with wiring.archive(settings) as engine:
        save(engine, given)
        known = {(each.label.watchlist, each.label.article) for each in labelled(engine) if each.article}
    return len(given), sum((each.watchlist, each.article) not in known for each in given)


def _label(place: str, text: bytes, now: datetime) -> Label:
    try:
        read = ImportedLabel.model_validate(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise InputError(place, f"no valid JSON: {error}", "Give one JSON object on each line.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        remedy = 'Give {"watchlist": "…", "article": "…", "level": "direct"}.'
        raise InputError(place, f"{field}: {first['msg']}", remedy) from None
    article = read.article or (url_id(read.url) if read.url else None)
    if article is None:
        raise InputError(place, "names no article", "Give its id as 'article', or its canonical address as 'url'.")
    return Label(read.watchlist, article, read.level, read.themes, read.judged or now)


def refit(path: Path, settings: Settings, *, write: bool) -> Refit:
    """Fit a watchlist's weights and thresholds to its labels, and write them into its file where asked to.

    Raises InputError for a bad file, too few labels, and a file that has no weights which could be replaced.
    """
    watchlist = load_watchlist(path)
    with wiring.archive(settings) as engine:
        given = list(_usable(labelled(engine, watchlist.id)))
    articles = [_labelled(article, level) for article, level in given if article is not None]
    data = sample(watchlist, articles)
    _need_enough(data, watchlist.id)
    weights, limits = fitted(watchlist, articles, data)
    if write:
        _write(path, weights, limits)
    return Refit(
        watchlist,
        weights,
        limits,
        len(data.degrees),
        len(given) - len(data.degrees),
        data.error(vector(watchlist.relation.weights)),
        cross_validated(data),
    )


def _usable(found: Iterator[LabelledArticle]) -> Iterator[tuple[StoredArticle | None, Level]]:
    for each in found:
        yield each.article if each.article and each.article.text.strip() else None, each.label.level


def _labelled(article: StoredArticle, level: Level) -> Labelled:
    return Labelled(article.title, article.text, article.language, level, article.published.date())


def _need_enough(data: Sample, watchlist: str) -> None:
    levels = Counter(data.degrees.tolist())
    direct, none = levels[1.0], levels[0.0]
    if len(data.degrees) < FEWEST or min(direct, none) < FEWEST_OF_LEVEL:
        raise InputError(
            f"labels for {watchlist}",
            f"{len(data.degrees)} articles with both sides have one, {direct} of them direct, {none} none",
            f"Judge more with wirewatch label: {FEWEST}, of which {FEWEST_OF_LEVEL} are direct and as many none.",
        )


def _write(path: Path, weights: Vector, limits: Thresholds) -> None:
    text = written(str(path), path.read_text(encoding="utf-8"), weights, limits)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), f"cannot be written: {error.strerror}", "Make it writable.") from None
