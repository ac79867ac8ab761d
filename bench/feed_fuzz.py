"""Parses mutated feeds of every format, each in a process of its own, and prints how they ended: 5 seconds, 200 MB.

The memory is all that the process has while it parses, the interpreter and the libraries included, at its highest. Each
feed has a process of its own, in which what was needed to make the feed is given back before it is parsed: what an
allocator keeps of earlier work would be counted against the next feed otherwise, by chance and up to 150 MB.

    python bench/feed_fuzz.py [COUNT] [--seed NUMBER] [--workers NUMBER]

Exit code 1 when a feed gave neither entries nor a clear error, or took more than it may.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import gzip
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from ingest.parse import parse_feed
from ingest.parsed import ParseError

SECONDS = 5.0
PATIENCE = 300.0
"""Seconds by the clock, at most, of a process that does not use up its time: others may want the processor, too."""

MEGABYTES = 200
LARGEST = 10 * 1024 * 1024
"""Bytes of a feed, at most: what the HTTP client takes."""

UNFORESEEN = "a feed that cannot be read: "
"""How the parser names an error of the libraries that nobody foresaw; it should know them all."""

URL = "https://news.example.org/feed"
WORDS = ("Россия и АСЕАН", "Việt Nam & Nga", "ข่าวด่วน", "សារព័ត៌មាន", "Berita 😀", "news of the day", "<b>x</b>", "]]>")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _items(chance: random.Random, shape: str) -> str:
    return "".join(
        shape.format(
            n=n,
            title=_escaped(chance.choice(WORDS)),
            text=_escaped(" ".join(chance.choices(WORDS, k=30))),
            day=1 + n % 28,
        )
        for n in range(chance.randint(1, 30))
    )


def _rss(chance: random.Random) -> str:
    version = chance.choice(("0.91", "0.92", "0.93", "0.94", "2.0"))
    item = (
        "<item><title>{title}</title><link>https://www.example.org/{n}</link><guid>g{n}</guid><dc:creator>A</dc:creator>"
        "<pubDate>Tue, {day:02} Mar 2025 15:00:00 +0700</pubDate><description>{text}</description>"
        "<content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="{version}" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title><link>https://www.example.org/'
        f"</link><ttl>15</ttl>{_items(chance, item)}</channel></rss>"
    )


def _rdf(chance: random.Random) -> str:
    space = chance.choice(("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"))
    item = "<item rdf:about='{n}'><title>{title}</title><link>/{n}</link><description>{text}</description></item>"
    return (
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{space}"><channel><title>T</title>'
        f"</channel>{_items(chance, item)}</rdf:RDF>"
    )


def _atom(chance: random.Random) -> str:
    space = chance.choice(('"http://www.w3.org/2005/Atom"', '"http://purl.org/atom/ns#" version="0.3"'))
    entry = (
        "<entry><id>urn:{n}</id><title type='html'>{title}</title><link href='/{n}'/><author><name>A</name></author>"
        "<updated>2025-03-{day:02}T12:00:00Z</updated><summary>{text}</summary><content type='xhtml'>"
        "<div xmlns='http://www.w3.org/1999/xhtml'><p>{text}</p></div></content></entry>"
    )
    return f'<feed xmlns={space} xml:lang="vi"><title>T</title>{_items(chance, entry)}</feed>'


def _json(chance: random.Random) -> str:
    items = [
        {"id": str(n), "url": f"/{n}", "title": chance.choice(WORDS), "content_html": chance.choice(WORDS) * 20}
        for n in range(chance.randint(1, 30))
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": items})


def _sitemap(chance: random.Random) -> str:
    page = (
        "<url><loc>https://www.example.org/{n}</loc><news:news><news:publication_date>2025-03-{day:02}"
        "</news:publication_date><news:title>{title}</news:title></news:news></url>"
    )
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{_items(chance, page)}</urlset>'
    )


def _index(chance: random.Random) -> str:
    link = "<sitemap><loc>https://www.example.org/{n}.xml</loc><lastmod>2025-03-{day:02}</lastmod></sitemap>"
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<sitemapindex xmlns="{space}">{_items(chance, link)}</sitemapindex>'


def _page(chance: random.Random) -> str:
    return f"<!DOCTYPE html><html><head><title>T</title></head><body>{_items(chance, '<p>{text}</p>')}</body></html>"


FORMATS: tuple[Callable[[random.Random], str], ...] = (_rss, _rss, _rdf, _atom, _atom, _json, _sitemap, _index, _page)
TOKENS = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"?>", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"&a;",
    b"&#0;", b"&#xD800;", b"&#99999999999;", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"'", b'"', b"</item>",
    b"</channel>", b"<item>", b"<entry>", b"<url>", b"<link/>", b"<guid isPermaLink='true'>", b"<base href='x'>",
    b" xml:base='http://[::1'", b" xmlns='x'", b"<content type='application/octet-stream' mode='base64'>", b"{", b"[",
    b"\\u0000", b"\\ud800", b"1e999", b"null", b"<script>", b"<svg>", b"\r", b"\x0c", b"\x85", b"31 February 99999",
)  # fmt: skip
ENCODINGS = (
    "utf-16",
    "utf-32",
    "utf-8-sig",
    "windows-1251",
    "cp874",
    "gb18030",
    "iso2022_jp",
    "utf-7",
    "cp037",
    "utf-16-le",
)


def _flip(body: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 3, 30))):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)


def _cut(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body))
    del body[start : start + chance.choice((1, 10, 100, len(body)))]


def _insert(body: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 5))):
        at = chance.randrange(len(body) + 1)
        body[at:at] = chance.choice(TOKENS)


def _splice(body: bytearray, chance: random.Random) -> None:
    other = chance.choice(FORMATS)(chance).encode()
    at, start = chance.randrange(len(body) + 1), chance.randrange(len(other))
    body[at : at + chance.choice((0, 100))] = other[start : start + chance.choice((20, 500, 5000))]


def _repeat(body: bytearray, chance: random.Random) -> None:
    """Repeat a piece or a token, sometimes until the feed is as large as a feed may be."""
    piece = chance.choice(TOKENS)
    if chance.random() < 0.7:  # noqa: PLR2004  # mostly a piece of the feed itself
        start = chance.randrange(len(body))
        piece = bytes(body[start : start + chance.choice((3, 30, 300))])
    at = chance.randrange(len(body) + 1)
    room = max(LARGEST - len(body), 0)
    body[at:at] = piece * min(chance.choice((10, 100, 1000, 1000, 30_000, 1_000_000)), room // max(len(piece), 1))


def _nest(body: bytearray, chance: random.Random) -> None:
    depth = chance.choice((10, 300, 5000, 50_000))
    name = chance.choice((b"div", b"a", b"item", b"entry", b"content", b"url", b"link"))
    at = chance.randrange(len(body) + 1)
    body[at:at] = (
        b"<" + name + b">" + (b"<" + name + b">") * depth + chance.choice((b"", (b"</" + name + b">") * depth))
    )


def _crowd(body: bytearray, chance: random.Random) -> None:
    """Give a tag attributes or prefixes without end."""
    many, shape = (
        chance.choice((40, 400, 20_000)),
        chance.choice((b" a%d='x'", b" xmlns:a%d='x'", b" a%d=x", b' a="%d>"')),
    )
    at = body.find(b">", chance.randrange(len(body)))
    body[at:at] = b"".join(shape % number for number in range(many))


def _bomb(body: bytearray, chance: random.Random) -> None:
    levels = chance.choice((3, 12))
    declared = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"boom") for n in range(levels))
    at = max(body.find(b"<title>"), 0)
    body[at:at] = b"<title>&e%d;</title>" % (levels - 1)
    body[0:0] = b"<!DOCTYPE x [" + declared + b"]>"


def _recode(body: bytearray, chance: random.Random) -> None:
    encoding = chance.choice(ENCODINGS)
    body[:] = body.decode("utf-8", "replace").encode(encoding, "replace")
    if chance.random() < 0.5:  # noqa: PLR2004  # half of them lie
        body[0:0] = b'<?xml version="1.0" encoding="%s"?>' % chance.choice(ENCODINGS).encode()


def _pack(body: bytearray, chance: random.Random) -> None:
    packed = gzip.compress(bytes(body) + b" " * chance.choice((0, 0, 40 * LARGEST // 10)), 1, mtime=0)
    body[:] = packed[: chance.choice((len(packed), len(packed) // 2))]


MUTATIONS = (
    _flip,
    _flip,
    _cut,
    _insert,
    _insert,
    _splice,
    _splice,
    _repeat,
    _repeat,
    _nest,
    _crowd,
    _bomb,
    _recode,
    _pack,
)


def mutated(seed: int) -> bytes:
    """Return the feed of that number, broken in one to five ways."""
    chance = random.Random(seed)  # noqa: S311  # nothing here is secret
    body = bytearray(chance.choice(FORMATS)(chance).encode())
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        chance.choice(MUTATIONS)(body, chance)
        del body[LARGEST:]
        if not body:
            break
    return bytes(body)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a feed ended, in one word; CPU seconds, and the process's memory at its highest meanwhile, in MB."""

    word: str
    seconds: float
    megabytes: float
    said: str = ""


def parse(seed: int) -> Outcome:
    """Parse the feed of that number."""
    body = mutated(seed)
    charset = (None, "utf-8", "iso-8859-1", "x-unknown")[seed % 4]
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # of glibc
    Path("/proc/self/clear_refs").write_text("5")  # makes the highest memory that of now (Linux)
    start = time.process_time()
    feed, said = None, ""
    try:
        feed = parse_feed(body, URL, charset=charset)
    except ParseError as error:
        word, said = "error", str(error)
        if said.startswith(UNFORESEEN):
            word = "unclear"
    else:
        word = "entries" if feed.entries else "sitemaps" if feed.sitemaps else "empty"
    seconds = time.process_time() - start
    status = Path("/proc/self/status").read_text()
    memory = int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) / 1024
    repr(feed).encode()  # it raises for what cannot be stored
    return Outcome(word, seconds, memory, said)


def _limit() -> None:
    """Keep a process from taking the machine's memory and time; what counts is measured."""
    resource.setrlimit(resource.RLIMIT_DATA, (4 * MEGABYTES * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (4 * int(SECONDS),) * 2)


def main() -> int:
    """Run, print the counts and the worst, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", type=int, help="write the feed of this number to feed.bin and stop")
    chosen = parser.parse_args()
    if chosen.write is not None:
        Path("feed.bin").write_bytes(mutated(chosen.write))
        return 0
    counts: Counter[str] = Counter()
    slowest, largest, bad = (0.0, 0), (0.0, 0), list[str]()
    seeds = range(chosen.seed, chosen.seed + chosen.count)
    with ProcessPool(max_workers=chosen.workers, max_tasks=1, initializer=_limit) as pool:
        results = pool.map(parse, seeds, timeout=PATIENCE).result()
        for seed in seeds:
            try:
                outcome = next(results)
            except (TimeoutError, ProcessExpired) as error:
                outcome = Outcome("killed", 4 * SECONDS, 0.0, f"{type(error).__name__}: {error}")
            except Exception as error:  # noqa: BLE001  # any other is a crash, which is what is looked for
                outcome = Outcome("crash", 0.0, 0.0, f"{type(error).__name__}: {error}")
            counts[outcome.word] += 1
            slowest = max(slowest, (outcome.seconds, seed))
            largest = max(largest, (outcome.megabytes, seed))
            too_much = outcome.seconds > SECONDS or outcome.megabytes > MEGABYTES
            if too_much or outcome.word in {"crash", "killed", "unclear"}:
                spent = f"{outcome.seconds:.1f} s, {outcome.megabytes:.0f} MB"
                bad.append(f"feed {seed}: {outcome.word}, {spent}: {outcome.said[:200]}")
    print(f"{chosen.count} feeds: {', '.join(f'{count} {word}' for word, count in counts.most_common())}")
    print(f"slowest {slowest[0]:.2f} s of CPU (feed {slowest[1]}), most memory {largest[0]:.0f} MB (feed {largest[1]})")
    print("\n".join(bad[:50]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
