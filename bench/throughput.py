"""Articles per CPU-second: the whole embedded pipeline from feed to alert, beside bare extraction of the same pages.

CPU is user and system time of all processes of the pipeline, from the moment it is warm; the server of the pages is a
process of its own and stands for the internet. The pages are those of the sample site, each in many variants whose
paragraphs have their words in another order, so that no two are copies of each other. Since the sample pages are short,
each is dressed to the means of 181 real news pages (those of Scrapinghub's article-extraction-benchmark: 780 elements,
144 links, 730 words, 94 kB of scripts and styles). The article's body in JSON-LD is taken out, as most
sites have none: every text is extracted from the markup. One article in ten is relevant to the watchlist, which is more
than real streams bring.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from xml.sax.saxutils import escape

import psutil

from ingest.extract import extract
from pipeline import database
from wirewatch.site import SampleSite

FEEDS = 40
WARM = 4
"""Variants of each page that are published first, to start the workers and load every language."""

PARAGRAPH = re.compile(r"(<p[^>]*>)([^<>]{40,})</p>")
LOWER_WORD = re.compile(r"\b[^\W\d_A-ZА-ЯЁ]{4,}\b")
JSON_LD_BODY = re.compile(r'"articleBody":\s*"(?:[^"\\]|\\.)*"')
RELEVANT_EVERY = 8
"""In one variant of so many the relevant pages are there too, half of the sample site's."""

REPEATS = 3
"""How often each paragraph is told, in another order of words each time, to come to the length of real articles."""

LOOK = 0.25


@dataclass(frozen=True)
class Sample:
    """One page of the sample site."""

    path: str
    title: str
    html: str
    relevant: bool


def sample_pages() -> list[Sample]:
    """Return each page of the sample site that answers at once."""
    with SampleSite.load() as site:
        site.start(speed=1000.0)
        while not site.finished:
            time.sleep(LOOK)
        normal = [article for article in site.articles if article.page == "normal"]
        pages = []
        for article in normal:
            with urllib.request.urlopen(article.url) as answer:  # noqa: S310  # the sample site's own address
                html = answer.read().decode()
            pages.append(Sample(article.id, article.title, html, article.level != "none"))
    return pages


def variant(page: str, number: int) -> str:
    """Return the page with the ordinary words of each paragraph in another order; names stay where they are."""
    order = random.Random(number)  # noqa: S311  # variety, not secrecy

    def shuffle(text: str) -> str:
        words = LOWER_WORD.findall(text)
        order.shuffle(words)
        taken = iter(words)
        return LOWER_WORD.sub(lambda _: next(taken), text)

    def longer(paragraph: re.Match[str]) -> str:
        return "".join(f"{paragraph[1]}{shuffle(paragraph[2])}</p>" for _ in range(REPEATS))

    page = PARAGRAPH.sub(longer, JSON_LD_BODY.sub('"articleBody":""', page))
    return dress(page, order)


def dress(page: str, order: random.Random) -> str:
    """Return the page with what surrounds the article at a usual site."""
    words = [word.lower() for word in re.findall(r"[^\W\d_]{3,}", page)]

    def text(count: int) -> str:
        return escape(" ".join(order.choices(words, k=count)))

    links = [f'<li class="css-1x{n % 7}"><a href="/s/{n}"><span>{text(2)}</span></a></li>' for n in range(55)]
    cards = "".join(
        f'<div class="css-9k{n % 5}"><div class="css-2p"><a href="/t/{n}"><img src="/i/{n}.jpg" alt="">'
        f'<h3>{text(9)}</h3></a></div><div class="css-3q"><div class="css-4r">{text(16)}</div>'
        f"<span>{text(1)}</span><time>3 h</time></div></div>"
        for n in range(40)
    )
    state = "".join(f'{{"id":{n},"title":"{text(8)}","url":"/t/{n}","tags":["{text(1)}"]}},' for n in range(680))
    rules = "".join(f".c{n} > .d{n}:hover{{margin:{n}px;color:#{n:06x};display:flex}}" for n in range(500))
    head = f"<style>{rules}</style><script>window.__STATE__=[{state}null];</script></head>"
    menu = f'<div class="css-m0"><ul>{"".join(links)}</ul></div>'
    foot = f'<div class="css-f1">{cards}</div><div class="css-f2"><ul>{"".join(links[:25])}</ul></div>'
    page = page.replace("</head>", head, 1)
    page = re.sub(r"(<body[^>]*>)", lambda match: match[1] + menu, page, count=1)
    return page.replace("</body>", foot + "</body>", 1)


class Web:
    """Feeds and pages on 127.0.0.1; the feeds list the warm-up articles, and all when told."""

    def __init__(self, pages: list[Sample], variants: int) -> None:
        self.open = False
        self.warm, self.rest = {}, {}
        for number in range(variants + WARM):
            for sample in pages:
                if sample.relevant and number % RELEVANT_EVERY:
                    continue
                clean = re.sub(r'<link[^>]+rel="(?:canonical|amphtml)"[^>]*>', "", sample.html)
                shown = self.warm if number < WARM else self.rest
                shown[f"/{number}/{sample.path}"] = (sample.title, variant(clean, number))

    def feed(self, number: int, base: str) -> str:
        """Return one of the feeds."""
        shown = [*self.warm.items(), *(self.rest.items() if self.open else ())]
        items = (
            f"<item><title>{escape(title)}</title><link>{base}{path}</link><guid>{base}{path}</guid></item>"
            for path, (title, _) in shown[number::FEEDS]
        )
        return f'<rss version="2.0"><channel><title>f</title><link>{base}</link>{"".join(items)}</channel></rss>'

    def page(self, path: str) -> str | None:
        """Return a page."""
        found = self.warm.get(path) or self.rest.get(path)
        return found[1] if found else None


def serve(pages: list[Sample], variants: int, pipe: Connection) -> None:
    """Serve until the other end of the pipe is closed; anything that arrives there opens the feeds."""
    web = Web(pages, variants)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            base = f"http://{self.headers['Host']}"
            if self.path.startswith("/feed/"):
                kind, body = "application/rss+xml", web.feed(int(self.path.rpartition("/")[2]), base)
            else:
                kind, body = "text/html; charset=utf-8", web.page(self.path) or ""
            data = body.encode()
            self.send_response(200 if data else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send((server.server_address[1], len(web.warm), [page for _, page in web.rest.values()]))
    while True:
        try:
            pipe.recv()
        except EOFError:
            return
        web.open = True


def cpu_seconds(process: psutil.Process) -> float:
    """Return user and system seconds of a process, of its children, and of those that have ended."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        times = one.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def pipeline_cost(port: int, folder: Path, warm: int, rest: int, pipe: Connection) -> tuple[float, float, float]:
    """Return CPU seconds of the start and of the work from feed to alert, and the wall seconds of the work."""
    outlines = "".join(
        f'<outline type="rss" text="f{n}" xmlUrl="http://127.0.0.1:{port}/feed/{n}"/>' for n in range(FEEDS)
    )
    catalogue = folder / "feeds.opml"
    catalogue.write_text(f'<opml version="2.0"><head/><body>{outlines}</body></opml>', encoding="utf-8")
    settings = {
        "DATA": str(folder),
        "POLLER__CATALOGUE": str(catalogue),
        "POLLER__FLOOR": "5",
        "POLLER__CAP": "5",
        "HTTP__ALLOW_NETWORKS": "127.0.0.0/8",
        "POLITENESS__DELAY": "0",
        "POLITENESS__IN_FLIGHT": "16",
        "ALERTS__TERMINAL": "false",
        "ALERTS__JSONL": str(folder / "alerts.jsonl"),
        "METRICS__ENABLED": "false",
        "LOG__LEVEL": "error",
    }
    engine = database.open_engine(f"sqlite:///{folder / 'wirewatch.sqlite'}")
    database.migrate(engine)
    environment = os.environ | {f"WIREWATCH_{name}": value for name, value in settings.items()}
    running = subprocess.Popen([sys.executable, "-m", "wirewatch", "run"], env=environment)
    try:
        process = psutil.Process(running.pid)
        until_done(engine, running, warm)
        started = cpu_seconds(process)
        began = time.monotonic()
        pipe.send("open")
        until_done(engine, running, warm + rest)
        return started, cpu_seconds(process) - started, time.monotonic() - began
    finally:
        running.terminate()
        running.wait()
        engine.dispose()


def until_done(engine: database.Engine, running: subprocess.Popen[bytes], count: int) -> None:
    """Wait until so many articles are stored and no alert is pending."""
    queries = ("SELECT count(*) FROM articles", "SELECT count(*) FROM alerts WHERE state = 'pending'")
    while True:
        with engine.connect() as connection:
            stored, pending = (connection.exec_driver_sql(query).scalar_one() for query in queries)
        if stored >= count and not pending:
            return
        if running.poll() is not None:
            sys.exit(f"the pipeline ended with {running.returncode}")
        time.sleep(LOOK)


def extraction_cost(pages: list[str]) -> float:
    """Return the CPU seconds of the extraction call alone, in a loop over the pages."""
    for page in pages[:50]:
        extract(page.encode(), "http://127.0.0.1/")
    began = time.process_time()
    for page in pages:
        extract(page.encode(), "http://127.0.0.1/")
    return time.process_time() - began


@dataclass(frozen=True)
class Round:
    """What one round measured: articles per CPU-second, and the CPU seconds of the pipeline's start."""

    bare: float
    whole: float
    start: float

    @property
    def ratio(self) -> float:
        """Return the whole as a share of the bare call."""
        return self.whole / self.bare


def measure(samples: list[Sample], variants: int) -> Round:
    """Measure the extraction loop, the pipeline, and the loop again, since the machine's speed drifts."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    web = context.Process(target=serve, args=(samples, variants, theirs), daemon=True)
    web.start()
    port, warm, pages = ours.recv()
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as folder:
        before = extraction_cost(pages)
        start, work, wall = pipeline_cost(port, Path(folder), warm, len(pages), ours)
        after = extraction_cost(pages)
    web.terminate()
    web.join()
    found = Round(len(pages) / ((before + after) / 2), len(pages) / work, start)
    print(
        f"{len(pages)} articles: extraction alone {found.bare:5.1f}, whole pipeline {found.whole:5.1f} articles per"
        f" CPU-second ({work:.1f} s CPU, {wall:.1f} s wall), ratio {found.ratio:.2f}",
        flush=True,
    )
    return found


def main() -> None:
    """Measure some rounds and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--variants", type=int, default=24, help="variants of each of the sample site's pages")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the medians are told")
    arguments = parser.parse_args()
    samples = sample_pages()
    rounds = [measure(samples, arguments.variants) for _ in range(arguments.rounds)]
    print(f"extraction call alone   {median(one.bare for one in rounds):7.1f} articles per CPU-second")
    print(f"whole pipeline          {median(one.whole for one in rounds):7.1f} articles per CPU-second")
    print(f"ratio, whole to bare    {median(one.ratio for one in rounds):7.2f} (median of {len(rounds)} rounds)")
    print(
        f"start of the pipeline   {median(one.start for one in rounds):7.1f} s CPU with its warm-up, not counted above"
    )


if __name__ == "__main__":
    main()
