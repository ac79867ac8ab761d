"""What a watchlist's YAML may say: the validated model; docs/watchlists.md describes it for an analyst."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Kind = Literal["person", "organisation", "country", "body", "place", "agreement", "event"]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Phrases = Annotated[dict[LanguageCode, tuple[Text, ...]], Field(json_schema_extra={"additionalProperties": False})]
Share = Annotated[float, Field(gt=0, lt=1)]
Day = Annotated[date, Field(strict=True)]


class Section(BaseModel):
    """A frozen part of a watchlist; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Side(Section):
    """One of the parties whose relation is watched."""

    id: Id
    name: Text


class Role(Section):
    """An office of a person: its titles, from its first day up to, and without, the first day it was not theirs."""

    titles: Annotated[Phrases, Field(min_length=1)]
    begin: Annotated[Day, Field(alias="from")]
    end: Annotated[Day | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.end is not None and self.end <= self.begin:
            raise ValueError("'to' must be later than 'from'")
        return self


class ActorEntry(Section):
    """Somebody or something with a name, and what the name is not."""

    id: Id
    name: Text
    kind: Kind
    side: Id | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")] | None = None
    names: Annotated[Phrases, Field(min_length=1)]
    context: Phrases = Field(default_factory=dict)
    negated: Phrases = Field(default_factory=dict, alias="not")
    roles: tuple[Role, ...] = ()


def _open_ended_only(phrases: Phrases) -> Phrases:
    for phrase in (phrase for group in phrases.values() for phrase in group):
        if "*" in phrase[:-1]:
            raise ValueError(f"'{phrase}' has a * that is not at its end; write out the forms")
    return phrases


Cues = Annotated[Phrases, AfterValidator(_open_ended_only)]
"""Phrases of which one that ends in `*` may go on, as "diplomat*" does in "diplomats"."""


class Theme(Section):
    """A subject, recognised by its cues; the `faint` ones are words of other subjects too."""

    id: Id
    name: Text
    weight: Annotated[float, Field(gt=0, le=5, description="what one of its cues counts beside those of others")] = 1.0
    cues: Annotated[Cues, Field(min_length=1)]
    faint: Cues = Field(default_factory=dict)


class Weights(Section):
    """What each feature of relevance.py adds to the score, before the logistic function."""

    base: float = -2.59
    title_relation: float = 0.27
    title_sides: float = 1.99
    title_side: float = 0.4
    lead_relation: float = 0.28
    lead_sentence: float = 1.59
    lead_near: float = 0.85
    relation_names: float = 0.09
    sentences: float = 0.8
    passage: float = 0.94
    neighbours: float = 0.1
    share: float = 0.12
    presence: float = 0.84
    cues: float = 1.63
    paragraphs: float = 0.92
    lead_implied: float = 0.6
    implied: float = 1.57
    meeting: float = 1
    lists: float = -0.96
    others: float = -1.86
    third_parties: float = -1.01
    negative: float = -1.14
    other_subject: float = -1.4


class Thresholds(Section):
    """The least relevance for a level, between 0 and 1."""

    passing: Share = 0.25
    direct: Share = 0.75

    @model_validator(mode="after")
    def _direct_is_higher(self) -> Self:
        if self.direct <= self.passing:
            raise ValueError("direct must be above passing")
        return self


class Relation(Section):
    """Which two sides are watched together, the words of their relation, and how much each sign weighs."""

    sides: tuple[Id, Id]
    window: Annotated[int, Field(ge=0, le=5, description="sentences between two sides that still belong together")] = 1
    names: Phrases = Field(default_factory=dict)
    cues: Cues = Field(default_factory=dict)
    negative: Cues = Field(default_factory=dict)
    weights: Weights = Weights()
    thresholds: Thresholds = Thresholds()


class Example(Section):
    """An article that shows what the watchlist is for; its actors must be found in it, or must not."""

    title: str = ""
    text: str = ""
    language: LanguageCode | None = None
    published: Day | None = None
    actors: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.title.strip() or self.text.strip()):
            raise ValueError("an example needs a title or a text")
        return self


class Match(Example):
    """An article that the watchlist must find relevant: at this level, where one is given, and with these themes."""

    level: Literal["direct", "passing"] | None = None
    themes: tuple[Id, ...] = ()


class Examples(Section):
    """Articles by which a watchlist is tested."""

    must_match: tuple[Match, ...] = Field(default=(), alias="must match")
    must_not: tuple[Example, ...] = Field(default=(), alias="must not")


def _relation_is_optional(schema: dict[str, Any]) -> None:
    schema["required"].remove("relation")


class Watchlist(Section):
    """A whole watchlist, consistent in itself."""

    model_config = ConfigDict(json_schema_extra=_relation_is_optional)

    version: Literal[1]
    id: Id
    name: Text
    sides: Annotated[tuple[Side, ...], Field(min_length=2)]
    actors: Annotated[tuple[ActorEntry, ...], Field(min_length=1)]
    themes: tuple[Theme, ...] = ()
    relation: Relation
    examples: Examples = Examples()

    @model_validator(mode="before")
    @classmethod
    def _first_two_sides(cls, data: Any) -> Any:
        """Relate the first two sides where the file says nothing of a relation."""
        if not isinstance(data, dict) or "relation" in data or not isinstance(data.get("sides"), list):
            return data
        ids = [side.get("id") for side in data["sides"] if isinstance(side, dict)]
        return {**data, "relation": {"sides": ids[:2]}}

    @property
    def digest(self) -> str:
        """Return the hash that changes whenever the rules do, 16 hexadecimal digits; examples do not count."""
        rules = self.model_dump_json(by_alias=True, exclude={"examples"})
        return hashlib.sha256(rules.encode()).hexdigest()[:16]
