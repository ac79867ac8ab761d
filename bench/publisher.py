"""Ten thousand invented feeds on thousands of host names, and the server that stands for their publishers.

The mix is that of news feeds: RSS 2.0 with summaries, RSS 2.0 with the whole article, Atom, RSS 1.0, and one in twenty
that is not well-formed; 20 to 50 items; English, Russian, Thai, Vietnamese and Indonesian words. All is drawn
from the number of the feed: every process that asks for feed 7 gets the same one.
"""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from multiprocessing.connection import Connection
from xml.sax.saxutils import escape

BORN = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
PHASES = ("new", "not-modified", "changed", "unchanged")
"""All items are new; validators still hold; one or two new items each; the same items sent again with a new date."""

KINDS = ("summary",) * 9 + ("content",) * 5 + ("atom",) * 3 + ("atom-content",) + ("rdf", "broken")
WORDS = (
    "energy accord summit minister region cooperation trade port security currency official meeting border tourism",
    "соглашение министр регион сотрудничество торговля безопасность встреча заявление рынок проект граница туризм",
    "ความร่วมมือ รัฐมนตรี การค้า ภูมิภาค การประชุม แถลงการณ์ ตลาด โครงการ ชายแดน พลังงาน ท่องเที่ยว นักศึกษา วัฒนธรรม",
    "hợp tác bộ trưởng thương mại khu vực an ninh hội nghị tuyên bố thị trường dự án biên giới năng lượng du lịch",
    "kerja sama menteri perdagangan kawasan keamanan pertemuan pernyataan pasar proyek perbatasan energi pariwisata",
)


LENGTH = 20_000
"""Words of the text in each language that titles and paragraphs are taken from."""


@dataclass(frozen=True)
class Bench:
    """How many feeds there are, and on how many hosts; `port` is where all of them are served."""

    feeds: int
    hosts: int
    port: int = 0

    def url(self, number: int) -> str:
        """Return the address of a feed."""
        return f"http://www.outlet{number % self.hosts:05}.example:{self.port}/feed/{number}.xml"


def bodies(bench: Bench, number: int) -> Iterator[tuple[str, bytes]]:
    """Yield a feed as it is in each phase that has bodies."""
    order = random.Random(number)  # noqa: S311  # variety, not secrecy
    kind = KINDS[order.randrange(len(KINDS))]
    many, added = order.randrange(20, 51), order.randrange(1, 3)
    words = _texts()[order.randrange(len(WORDS))]
    items = [_item(kind, bench.url(number), n, order, words) for n in range(many + added)]
    for phase, shown in (("new", items[:many]), ("changed", items[added:]), ("unchanged", items[added:])):
        built = BORN + timedelta(hours=PHASES.index(phase))
        yield phase, _feed(kind, bench.url(number), "".join(reversed(shown)), built, words).encode()


@cache
def _texts() -> list[list[str]]:
    """Return a long text of each language, word by word."""
    return [random.Random(words).choices(words.split(), k=LENGTH) for words in WORDS]  # noqa: S311


def _feed(kind: str, url: str, items: str, built: datetime, words: list[str]) -> str:
    home, title, say = url.partition("/feed")[0], " ".join(words[:3]), " ".join(words[3:9])
    if kind.startswith("atom"):
        return (
            f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
            f'<title>{title}</title><link rel="self" href="{url}"/><link href="{home}/"/><id>{home}/</id>'
            f"<updated>{built.isoformat()}</updated>\n{items}</feed>\n"
        )
    if kind == "rdf":
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f'<channel rdf:about="{home}/"><title>{title}</title><link>{home}/</link><description>{say}</description>'
            f"<dc:date>{built.isoformat()}</dc:date></channel>\n{items}</rdf:RDF>\n"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">\n<channel>'
        f'<title>{title}</title><atom:link href="{url}" rel="self" type="application/rss+xml"/><link>{home}/</link>'
        f"<description>{say}</description><lastBuildDate>{format_datetime(built)}</lastBuildDate>"
        f"<language>en-US</language><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>\n"
        f"{items}</channel>\n</rss>\n"
    )


def _item(kind: str, url: str, number: int, order: random.Random, words: list[str]) -> str:
    home = url.rpartition(":")[0]
    feed = url.rpartition("/")[2].partition(".")[0]

    def say(many: int) -> str:
        start = order.randrange(LENGTH - many)
        return " ".join(words[start : start + many]).capitalize()

    link = f"{home}/{feed}/2025/03/04/{number}-{'-'.join(_texts()[0][number * 6 : number * 6 + 6])}/"
    written = BORN - timedelta(hours=100 - number)
    title, summary, author = say(10), say(order.randrange(20, 60)), say(2)
    text = "".join(
        f'<p>{say(60)} <a href="{home}/tag/{n}">{say(2)}</a> {say(20)}.</p>\n<img src="{home}/i/{n}.jpg" alt=""/>\n'
        for n in range(order.randrange(2, 7))
    )
    if kind.startswith("atom"):
        content = f'<content type="html">{escape(text)}</content>' if kind == "atom-content" else ""
        return (
            f'<entry><title>{title}</title><link href="{link}"/><id>{link}</id>'
            f"<published>{written.isoformat()}</published>"
            f"<updated>{written.isoformat()}</updated><author><name>{author}</name></author>"
            f'<summary type="html">{escape(f"<p>{summary}</p>")}</summary>{content}</entry>\n'
        )
    if kind == "rdf":
        return (
            f'<item rdf:about="{link}"><title>{title}</title><link>{link}</link><description>{summary}</description>'
            f"<dc:creator>{author}</dc:creator><dc:date>{written.isoformat()}</dc:date></item>\n"
        )
    extra = f"<content:encoded><![CDATA[{text}]]></content:encoded>" if kind == "content" else ""
    broken = "&nbsp;R&D" if kind == "broken" else ""
    return (
        f"<item>\n<title>{title}{broken}</title>\n<link>{link}</link>\n<dc:creator><![CDATA[{author}]]></dc:creator>\n"
        f"<pubDate>{format_datetime(written)}</pubDate>\n<category><![CDATA[{say(1)}]]></category>\n"
        f'<guid isPermaLink="false">{home}/?p={feed}{number}</guid>\n'
        f'<description><![CDATA[<p>{summary}</p>]]></description>\n{extra}<media:content url="{home}/{number}.jpg" '
        f'medium="image" width="800"/></item>\n'
    )


class Publisher(asyncio.Protocol):
    """Answers GET on kept connections: 304 where the validators hold, otherwise the packed feed of the phase."""

    phase = PHASES[0]
    packed: dict[tuple[int, str], bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self._asked = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._asked += data
        while b"\r\n\r\n" in self._asked:
            head, _, self._asked = self._asked.partition(b"\r\n\r\n")
            self._transport.writelines(self._answer(head))

    def _answer(self, head: bytes) -> Iterator[bytes]:
        if head.startswith(b"GET /phase/"):
            Publisher.phase = head.split(b" ")[1].decode().rpartition("/")[2]
            yield b"HTTP/1.1 204 No Content\r\n\r\n"
            return
        number = int(head.split(b" ", 2)[1].rpartition(b"/")[2].partition(b".")[0])
        tag = f'"{number}-{"new" if self.phase == "not-modified" else self.phase}"'.encode()
        date = b"Date: Tue, 04 Mar 2025 12:00:00 GMT\r\nServer: bench\r\nVary: Accept-Encoding\r\n"
        fields = date + b"ETag: " + tag + b"\r\nLast-Modified: Tue, 04 Mar 2025 12:00:00 GMT\r\n"
        if tag in head:
            yield b"HTTP/1.1 304 Not Modified\r\n" + fields + b"\r\n"
            return
        packed = self.packed.get((number, self.phase)) or self.packed[number, PHASES[0]]
        yield b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Type: application/rss+xml; charset=UTF-8\r\n"
        yield f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
        yield packed


def serve(bench: Bench, pipe: Connection) -> None:
    """Serve on a port of 127.0.0.1, told through the pipe, until the other end of the pipe is closed."""
    asyncio.run(_serve(bench, pipe))


async def _serve(bench: Bench, pipe: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(Publisher, "127.0.0.1", 0, backlog=4096)
    here = Bench(bench.feeds, bench.hosts, server.sockets[0].getsockname()[1])
    Publisher.packed = {
        (number, phase): _packed(data) for number in range(here.feeds) for phase, data in bodies(here, number)
    }
    pipe.send(here.port)
    await asyncio.to_thread(pipe.poll, None)


def _packed(data: bytes) -> bytes:
    packer = zlib.compressobj(3, wbits=16 + zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()
