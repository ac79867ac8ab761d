"""The sample news site: invented outlets on 127.0.0.1, whose news appears over the first seconds.

`python -m wirewatch.site --opml FILE` serves it in a process of its own until SIGTERM.
"""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from pipeline.errors import InputError
from pipeline.messages import Level
from wirewatch.site_content import Content, FeedFormat, Kind, Language, Page, load_content
from wirewatch.site_pages import Edition, Pages, Reply
from wirewatch.site_server import HOST, OutletServer


@dataclass(frozen=True)
class Outlet:
    """An outlet of the site, with its addresses once the site has started ('' before)."""

    id: str
    name: str
    country: str
    language: Language
    kind: Kind
    base_url: str
    feed_url: str
    feed_format: FeedFormat


@dataclass(frozen=True)
class SampleArticle:
    """An article of the site and what a correct pipeline makes of it; `appears` in seconds after the start.

    `id` and `copy_of` have the form `outlet/slug`; `url` is '' before the site has started.
    """

    id: str
    outlet: str
    title: str
    lang: Language
    level: Level
    story: str | None
    copy_of: str | None
    page: Page
    appears: float
    url: str


class SampleSite:
    """The sample news site; a context manager that starts on entry and stops on exit.

    `clock` gives Unix time; `pause` waits that many seconds before a slow page, by default until the site stops.
    """

    def __init__(
        self,
        content: Content,
        *,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._content = content
        self._clock = clock
        self._stopping = threading.Event()
        self._pause = pause or self._stopping.wait
        self._servers: dict[str, OutletServer] = {}
        self._edition: Edition | None = None
        self._pages: Pages | None = None

    @classmethod
    def load(
        cls,
        directory: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], object] | None = None,
    ) -> Self:
        """Read the site from a directory, by default the one that ships with the program.

        Raises InputError naming the file that is not as seeds/demo/README.md describes.
        """
        return cls(load_content(directory), clock=clock, pause=pause)

    def start(self, speed: float = 1.0, port_base: int = 0, host: str = HOST) -> Self:
        """Serve every outlet on a port of its own, and let the news begin to appear.

        `speed` divides every waiting time. Ports count up from `port_base`; 0 lets the system choose them. `host` is an
        address or a name of this machine, and part of every link.
        Raises InputError for a speed that is not positive and for a port that cannot be had.
        """
        if speed <= 0:
            raise InputError("the site's speed", f"{speed:g} is not above 0", "give 1 for normal speed")
        self._stopping.clear()
        self._bind(port_base, host)
        base_urls = {outlet: server.base_url for outlet, server in self._servers.items()}
        self._edition = Edition(self._content, base_urls, self._clock(), speed)
        self._pages = Pages(self._edition)
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop serving; the addresses stay known."""
        self._stopping.set()
        with ThreadPoolExecutor(len(self._servers) or 1) as pool:
            list(pool.map(OutletServer.shutdown, self._servers.values()))
        self._close()

    def __enter__(self) -> Self:
        return self if self._servers else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """Every outlet, in the order of site.yaml."""
        edition = self._edition
        return tuple(
            Outlet(
                entry.id,
                entry.name,
                entry.country,
                entry.language,
                entry.kind,
                edition.base_urls[entry.id] if edition else "",
                edition.feed_url(entry) if edition else "",
                entry.feed,
            )
            for entry in self._content.outlets
        )

    @property
    def articles(self) -> tuple[SampleArticle, ...]:
        """Every article, published or not, in the order of publication."""
        cms = {outlet.id: outlet.cms for outlet in self._content.outlets}
        return tuple(
            SampleArticle(
                file.id,
                file.outlet,
                file.head.title,
                file.head.lang,
                file.head.expect.level,
                file.head.expect.story,
                file.head.copy_of,
                file.head.page,
                file.head.appears,
                self._edition.url(file, cms[file.outlet]) if self._edition else "",
            )
            for file in sorted(self._content.articles, key=lambda file: (file.head.appears, file.id))
        )

    def published(self) -> tuple[SampleArticle, ...]:
        """The articles that have appeared so far; none before the start."""
        if self._edition is None:
            return ()
        elapsed = (self._clock() - self._edition.start) * self._edition.speed
        return tuple(article for article in self.articles if article.appears <= elapsed)

    @property
    def finished(self) -> bool:
        """Whether every article has appeared."""
        return len(self.published()) == len(self._content.articles)

    def opml(self) -> str:
        """The catalogue of the outlets' feeds, OPML 2.0; the site must have started."""
        return self._running().catalogue()

    def _bind(self, port_base: int, host: str) -> None:
        for index, outlet in enumerate(self._content.outlets):
            port = port_base + index if port_base else 0
            try:
                reply = partial(self._reply, outlet.id)
                self._servers[outlet.id] = OutletServer(host, port, reply, self._clock, self._pause)
            except (OSError, OverflowError) as error:
                self._close()
                raise InputError(f"port {port} of {host}", str(error), "choose another first port, or 0") from None

    def _reply(self, outlet: str, path: str) -> Reply:
        return self._running().reply(outlet, path, self._clock())

    def _running(self) -> Pages:
        if self._pages is None:
            raise RuntimeError("the sample site has no addresses before it has started")
        return self._pages

    def _close(self) -> None:
        for server in self._servers.values():
            server.server_close()
        self._servers.clear()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the site until SIGTERM or SIGINT; the catalogue file appears when the site answers."""
    parser = argparse.ArgumentParser(prog="python -m wirewatch.site", description="Serve the sample news site.")
    parser.add_argument("--opml", type=Path, required=True, help="where to write the catalogue of its feeds")
    parser.add_argument("--port-base", type=int, default=0, help="first port; 0 lets the system choose")
    parser.add_argument("--host", default=HOST, help="address or name of this machine, in every link")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than normal the news appears")
    options = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        site = SampleSite.load().start(options.speed, options.port_base, options.host)
    except InputError as error:
        parser.exit(2, f"{error}\n")
    with site:
        unfinished = options.opml.with_name(options.opml.name + ".part")
        unfinished.write_text(site.opml(), encoding="utf-8")
        unfinished.replace(options.opml)
        ended.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
