"""What a draft of a watchlist changes, for a person and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from sinks.inert import line, link
from wirewatch.agreement import in_words
from wirewatch.replay import Alerting, ReplayedStory
from wirewatch.watchlist_commands import Tried

HEADLINE = 90
"""Characters of a title that are shown."""


def show(tried: Tried, most: int, console: Console) -> None:
    """Print how often draft and live watchlist alert, and the stories that differ, `most` of each kind."""
    for text in lines(tried, most):
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def lines(tried: Tried, most: int) -> Iterator[str]:
    """Yield the lines that `show` prints."""
    found = tried.replay
    yield (
        f"{tried.draft} {tried.version}, a draft, on {found.articles} articles published since"
        f" {found.since:%Y-%m-%d %H:%M} UTC, beside {tried.live} as the archive has it"
    )
    if found.without_text:
        yield f"{found.without_text} articles have no text in the archive and are left out"
    if found.unjudged:
        others = f"; it has taggings of {', '.join(tried.others)}, see --against" if tried.others else ""
        yield f"{found.unjudged} articles were not judged by {tried.live}, which counts as none{others}"
    yield f"alerts ({found.min_level}) with the draft: {_alerts(found.stories.draft)}"
    yield f"alerts ({found.min_level}) with the live one: {_alerts(found.stories.live)}"
    if found.draft_agreement.labelled:
        yield f"{found.draft_agreement.labelled} of the articles have a label for {tried.live}"
        yield f"  with the draft: {in_words(found.draft_agreement)}"
        yield f"  with the live one: {in_words(found.live_agreement)}"
    kinds = (
        ("appear", "stories that would alert and did not", found.stories.appear),
        ("disappear", "stories that alerted and would not", found.stories.disappear),
        ("other changes", "stories whose level changes otherwise", found.stories.changed),
    )
    for kind, words, stories in kinds:
        yield f"{kind}: {len(stories)} {words}"
        yield from (f"  {_story(story)}" for story in stories[:most])
        if len(stories) > most:
            yield f"  and {len(stories) - most} more"


def _alerts(alerting: Alerting) -> str:
    busiest = f", at most {alerting.busiest[1]} ({alerting.busiest[0]})" if alerting.busiest else ""
    return f"{alerting.stories} stories, {alerting.a_day:.1f} a day{busiest}"


def _story(story: ReplayedStory) -> str:
    lead = story.lead
    copies = f" ({len(story.articles)} articles)" if len(story.articles) > 1 else ""
    return (
        f"{lead.published:%Y-%m-%d}  {story.live} → {story.draft}  {line(lead.outlet, 40)}: "
        f"{line(lead.title, HEADLINE)}{copies}  {link(lead.url)}"
    )


def as_json(tried: Tried) -> dict[str, Any]:
    """Return a try as JSON has it, with all stories that differ."""
    found = tried.replay
    return {
        "draft": tried.draft,
        "version": tried.version,
        "live": tried.live,
        "since": found.since,
        "min_level": found.min_level,
        "articles": found.articles,
        "without_text": found.without_text,
        "unjudged": found.unjudged,
        "alerts": {"draft": _alerts_json(found.stories.draft), "live": _alerts_json(found.stories.live)},
        "labelled": found.draft_agreement.labelled,
        "agreement": {"draft": asdict(found.draft_agreement), "live": asdict(found.live_agreement)},
        "appear": _stories_json(found.stories.appear),
        "disappear": _stories_json(found.stories.disappear),
        "changed": _stories_json(found.stories.changed),
    }


def _alerts_json(alerting: Alerting) -> dict[str, Any]:
    day, most = alerting.busiest or (None, 0)
    return {"stories": alerting.stories, "a_day": round(alerting.a_day, 3), "busiest_day": day, "busiest": most}


def _stories_json(stories: Sequence[ReplayedStory]) -> list[dict[str, Any]]:
    return [
        {
            "title": story.lead.title,
            "outlet": story.lead.outlet,
            "published": story.lead.published,
            "url": story.lead.url,
            "live": story.live,
            "draft": story.draft,
            "articles": len(story.articles),
        }
        for story in stories
    ]
