"""What the YAML of the alert rules may say: the validated model; docs/alerts.md describes it."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.messages import Level

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
RuleKind = Literal["story", "update", "surge"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Sending = Literal["at once", "hourly", "daily", "weekly"]

WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _clock_time(value: Any) -> Any:
    """Return HH:MM as text: YAML takes 22:30 without quotes for a number of minutes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value // 60:02}:{value % 60:02}"
    return value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{name}' is no time zone; write one of IANA's, for example Asia/Jakarta") from None
    return name


ClockTime = Annotated[
    time, BeforeValidator(_clock_time), Field(json_schema_extra={"format": None, "pattern": r"^\d\d:\d\d$"})
]
Zone = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """A frozen part of the rules; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Condition(Section):
    """What a story must have: every key that is given, and of a list one of its items."""

    watchlists: tuple[Id, ...] = ()
    level: Annotated[Level, Field(description="lowest level")] = "direct"
    score: Annotated[float, Field(ge=0, le=1, description="lowest relevance")] = 0.0
    actors: tuple[Id, ...] = ()
    themes: tuple[Id, ...] = ()
    countries: Annotated[tuple[Country, ...], Field(description="of the outlet")] = ()
    languages: tuple[LanguageCode, ...] = ()
    outlets: tuple[Text, ...] = ()
    sources: Annotated[int, Field(ge=1, description="outlets that report it in words of their own, at least")] = 1
    deviations: Annotated[float, Field(ge=0, description="of a surge, above what was expected, at least")] = 0.0


class Quiet(Section):
    """Hours of the day in which nobody is told, but for what matters; they may pass midnight."""

    begin: Annotated[ClockTime, Field(alias="from")]
    end: Annotated[ClockTime, Field(alias="to")]
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, description="on which they begin")] = WEEKDAYS
    override: Annotated[Condition | None, Field(alias="except", description="what is told all the same")] = None


class Rule(Section):
    """Which stories are told to which channels, and when."""

    id: Id
    when: Condition = Condition()
    kinds: Annotated[tuple[RuleKind, ...], Field(min_length=1)] = ("story",)
    channels: Annotated[tuple[Text, ...] | None, Field(min_length=1, description="all of them by default")] = None
    send: Sending = "at once"
    at: Annotated[ClockTime, Field(description="local time of a daily or weekly digest")] = time(8)
    day: Annotated[Weekday, Field(description="of a weekly digest")] = "monday"
    timezone: Annotated[Zone | None, Field(description="by default that of the file")] = None
    quiet: Annotated[Quiet | None, Field(alias="quiet hours")] = None
    ceiling: Annotated[
        int | None, Field(ge=1, alias="ceiling per hour", description="alerts an hour; the rest is told in one")
    ] = None
    stop: Annotated[bool, Field(description="what it tells of is not offered to the rules below")] = False


class RuleFile(Section):
    """The rules of the alerts."""

    version: Literal[1]
    timezone: Zone = "UTC"
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
