"""What is new in a poll, what was edited, and what only looks so: pure functions of entries and what is remembered."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ingest.feed_state import SeenEntry
from ingest.parsed import ParsedEntry
from ingest.text import TAG

PAUSE = timedelta(hours=1)
"""Time from the first revision of an entry to its second; it doubles each time, so that in a month there are ten."""

MOST_DOUBLINGS = 13
"""After which an entry is published anew once a year at most."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)

FEW = 3
"""Entries that editors may well have edited between two polls, however many the feed has."""

HALF = 32
"""Characters of the hash that stand for the title; the rest stands for the text."""

UNSEEN = re.compile(r"<(script|style|iframe|ins|noscript)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
RELATIVE = re.compile(
    r"\d+\s*(?:(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?)\s+ago\b"
    r"|(?:detik|menit|minit|saat|jam|hari|minggu|bulan)\s+(?:yang\s+)?(?:lalu|lepas)\b"
    r"|(?:giây|phút|giờ|ngày|tuần|tháng)\s+trước\b"
    r"|(?:секунд|минут|час|дн|день|недел|месяц)\w*\s+назад\b"
    r"|(?:วินาที|นาที|ชั่วโมง|วัน|สัปดาห์|เดือน)\s*(?:ที่แล้ว|ที่ผ่านมา)"
    r"|(?:segundo|minuto|oras|araw|linggo)\s+(?:ang\s+)?nakal[ai]+pas\b"
    r"|(?:秒|分钟|分鐘|小时|小時|天)前)"
)
"""How long ago something was, in the languages of the watched outlets."""

COUNTER = re.compile(
    r"\d[\d.,]*\s*[km]?\s*(?:views?|reads?|comments?|likes?|komentar|komen|tontonan|bình luận|lượt xem|просмотр\w*"
    r"|комментари\w*|ความคิดเห็น)"
    r"|(?:views?|reads?|comments?|likes?|dibaca|dilihat|komentar|lượt xem|bình luận|просмотр\w*|комментари\w*|ดู|อ่าน"
    r"|阅读|浏览)\s*[:：(]?\s*\d[\d.,]*\s*[km]?"
)
"""Counts of readers and of what they say."""

DIGIT = re.compile(r"\d")
NO_WORD = re.compile(r"[\W_]+")


def content_hash(item: ParsedEntry) -> str:
    """Return a hash of the title and one of the text, 32 digits each, of what a reader would call the two.

    Markup, letter case, spacing and punctuation do not count, nor do counts of readers and times such as "2 hours ago".
    """
    return _digest(item.title) + _digest(f"{item.summary}\0{item.content}")


def _digest(markup: str) -> str:
    seen = html.unescape(TAG.sub(" ", UNSEEN.sub(" ", markup))).casefold()
    if DIGIT.search(seen):
        seen = COUNTER.sub(" ", RELATIVE.sub(" ", seen))
    said = NO_WORD.sub(" ", seen).strip()
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=HALF // 2).hexdigest()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a poll has: entries nobody knew, those to publish as a revision, and those whose hash is only noted.

    The last two are as remembered before, by the id they have in the feed now. `held_until` is when the first of the
    revisions is due that came too soon after the one before.
    """

    new: tuple[SeenEntry, ...]
    revised: Mapping[str, SeenEntry]
    noted: Mapping[str, SeenEntry]
    held: int = 0
    held_until: datetime | None = None


def judge(seen: Sequence[SeenEntry], known: Mapping[str, SeenEntry], now: datetime) -> Judgement:
    """Return what the entries of a feed are, given what is remembered of those that are known, by id in the feed.

    Only the feed that had an entry first can revise it. Where most of a feed's texts change at once, under the same
    titles, its template changed, not its articles.
    """
    changed = [each for each in seen if _changed(each, known.get(each.id))]
    noted = [each for each in changed if not known[each.id].content_hash]
    edited = [each for each in changed if known[each.id].content_hash]
    if len(edited) > max(FEW, len(known) // 2):
        noted += [each for each in edited if not _retitled(each, known[each.id])]
        edited = [each for each in edited if _retitled(each, known[each.id])]
    due = {each.id: _due(known[each.id]) for each in edited}
    held = [moment for moment in due.values() if moment > now]
    return Judgement(
        new=tuple(each for each in seen if each.id not in known),
        revised={key: known[key] for key, moment in due.items() if moment <= now},
        noted={each.id: known[each.id] for each in noted},
        held=len(held),
        held_until=min(held, default=None),
    )


def _changed(now: SeenEntry, before: SeenEntry | None) -> bool:
    return before is not None and now.feed_url == before.feed_url and now.content_hash != before.content_hash


def _retitled(now: SeenEntry, before: SeenEntry) -> bool:
    return now.content_hash[:HALF] != before.content_hash[:HALF]


def _due(before: SeenEntry) -> datetime:
    """Return when the next revision of an entry may be published."""
    if before.revised is None:
        return LONG_AGO
    doublings = min(before.revision - 1, MOST_DOUBLINGS)
    return before.revised + PAUSE * (1 << doublings)
