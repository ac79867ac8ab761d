"""The sample news site as it is written down: outlets, articles and labels, read and checked."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import InputError
from pipeline.messages import Level

Language = Literal["en", "id", "vi", "th", "ru"]
Kind = Literal["wire", "public", "private", "state", "official"]
Page = Literal["normal", "paywalled", "missing", "slow"]
FeedFormat = Literal["rss2", "rss1", "atom", "news-sitemap"]

REMEDY = "seeds/demo/README.md describes the format"


class Checked(BaseModel):
    """What every part of the site's files has in common: no unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Checked)


class Expectation(Checked):
    """What a correct pipeline makes of an article: its level and, unless that is `none`, its story."""

    level: Level
    story: str | None = None

    @model_validator(mode="after")
    def _names_a_story_when_relevant(self) -> Expectation:
        if (self.level == "none") != (self.story is None):
            raise ValueError("a direct or passing article names its story, another one has none")
        return self


class OutletEntry(Checked):
    """One outlet of site.yaml; `ttl` is in minutes, `archive` holds headlines of older news."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    language: Language
    kind: Kind
    cms: Literal["wordpress", "drupal", "next"]
    feed: FeedFormat
    tagline: str
    archive: tuple[str, ...] = Field(min_length=1)
    full_text: bool = False
    amp: bool = False
    ttl: int | None = Field(default=None, ge=1)


class FrontMatter(Checked):
    """The head of an article's file; `appears` is in seconds after the start of the site."""

    title: str = Field(min_length=1)
    authors: tuple[str, ...] = Field(min_length=1)
    section: str
    lang: Language
    appears: float = Field(ge=0, le=60)
    summary: str = Field(min_length=1)
    expect: Expectation
    copy_of: str | None = None
    page: Page = "normal"


@dataclass(frozen=True)
class ArticleFile:
    """One article: where it belongs, its head and the paragraphs of its body."""

    outlet: str
    slug: str
    head: FrontMatter
    paragraphs: tuple[str, ...]

    @property
    def id(self) -> str:
        """The article's name within the site, `outlet/slug`."""
        return f"{self.outlet}/{self.slug}"


@dataclass(frozen=True)
class Content:
    """All that the site's directory holds."""

    directory: Traversable
    outlets: tuple[OutletEntry, ...]
    articles: tuple[ArticleFile, ...]
    labels: Mapping[str, Mapping[str, Any]]


def load_content(directory: Path | None = None) -> Content:
    """Read the site from a directory, by default the one that ships with the program.

    Raises InputError naming the file for anything that does not have the form README.md describes.
    """
    root: Traversable = directory or importlib.resources.files("seeds") / "demo"
    outlets = _outlets(root / "site.yaml")
    labels = _mapping(root / "labels.yaml")
    articles = tuple(article for outlet in outlets for article in _articles(root, outlet))
    _check_copies(articles)
    return Content(root, outlets, articles, labels)


def _outlets(file: Traversable) -> tuple[OutletEntry, ...]:
    entries = _mapping(file).get("outlets")
    if not isinstance(entries, list) or not entries:
        raise InputError(str(file), "`outlets` is no list of outlets", REMEDY)
    outlets = tuple(_checked(OutletEntry, entry, str(file)) for entry in entries)
    if len({outlet.id for outlet in outlets}) < len(outlets):
        raise InputError(str(file), "two outlets have the same id", "give each outlet an id of its own")
    return outlets


def _articles(root: Traversable, outlet: OutletEntry) -> Iterator[ArticleFile]:
    folder = root / "articles" / outlet.id
    if not folder.is_dir():
        raise InputError(str(folder), "the outlet has no articles", "add one, or take the outlet out of site.yaml")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".md"):
            yield _article(file, outlet)


def _article(file: Traversable, outlet: OutletEntry) -> ArticleFile:
    start, fence, rest = _text(file).partition("---\n")
    head, closing, body = rest.partition("\n---\n")
    if start or not fence or not closing:
        raise InputError(str(file), "no front matter between two lines of ---", REMEDY)
    paragraphs = tuple(" ".join(block.split()) for block in body.split("\n\n") if block.strip())
    if not paragraphs:
        raise InputError(str(file), "no text below the front matter", REMEDY)
    front = _checked(FrontMatter, _yaml(head, str(file)), str(file))
    if front.lang != outlet.language:
        raise InputError(str(file), f"lang is {front.lang}, the outlet's is {outlet.language}", "move it, or mend lang")
    return ArticleFile(outlet.id, file.name.removesuffix(".md"), front, paragraphs)


def _check_copies(articles: tuple[ArticleFile, ...]) -> None:
    by_id = {article.id: article for article in articles}
    for article in articles:
        if article.head.copy_of is None:
            continue
        original = by_id.get(article.head.copy_of)
        if original is None or original.head.copy_of is not None:
            raise InputError(
                f"{article.id}.md", f"copy_of: {article.head.copy_of} is no original", "name one, as outlet/slug"
            )
        if original.head.expect != article.head.expect or original.head.lang != article.head.lang:
            raise InputError(
                f"{article.id}.md", f"lang or expect differ from {original.id}", "a copy has its original's"
            )


def _checked(kind: type[Model], value: object, place: str) -> Model:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "front matter"
        raise InputError(place, f"{where}: {first['msg']}", REMEDY) from None


def _mapping(file: Traversable) -> dict[str, Any]:
    value = _yaml(_text(file), str(file))
    if not isinstance(value, dict):
        raise InputError(str(file), "not a mapping of keys to values", REMEDY)
    return value


def _yaml(text: str, place: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(place, " ".join(str(error).split()), "mend the YAML; quote texts that hold a colon") from None


def _text(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(file), f"cannot be read: {error}", REMEDY) from None
