"""The sample news site as it is read: every path of every outlet, rendered for one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from jinja2 import Environment, FunctionLoader, StrictUndefined

from wirewatch.site_content import ArticleFile, Content, FeedFormat, OutletEntry

SLOW_SECONDS = 3.0
"""How long the slow page takes at normal speed: longer than a person waits, shorter than a fetcher should."""

ARTICLE_PATHS = {"wordpress": "/{slug}/", "drupal": "/article/{slug}", "next": "/news/{slug}"}

FEEDS: Mapping[FeedFormat, tuple[str, str, str]] = {
    "rss2": ("/feed.xml", "application/rss+xml", "rss"),
    "rss1": ("/index.rdf", "application/rdf+xml", "rss"),
    "atom": ("/atom.xml", "application/atom+xml", "atom"),
    "news-sitemap": ("/news-sitemap.xml", "application/xml", "sitemap"),
}
"""By feed format: path, media type, and the type the OPML catalogue gives it."""


@dataclass(frozen=True)
class Reply:
    """An answer before compression and validators; `changed` is a Unix time, `delay` in seconds."""

    status: int
    media_type: str
    body: bytes
    changed: float | None = None
    delay: float = 0.0


@dataclass(frozen=True)
class Edition:
    """One run of the site: where each outlet is served and when the clock of the news began to run."""

    content: Content
    base_urls: Mapping[str, str]
    start: float
    speed: float

    def appears_at(self, article: ArticleFile) -> float:
        """The Unix time at which the article is published."""
        return self.start + article.head.appears / self.speed

    def url(self, article: ArticleFile, cms: str) -> str:
        """The canonical address of the article."""
        return self.base_urls[article.outlet] + ARTICLE_PATHS[cms].format(slug=article.slug)

    def feed_url(self, outlet: OutletEntry) -> str:
        """The address of the outlet's feed."""
        return self.base_urls[outlet.id] + FEEDS[outlet.feed][0]


class Pages:
    """Renders an edition; the same path at the same moment is the same bytes."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._templates = _environment(edition.content)
        self._outlets = {outlet.id: outlet for outlet in edition.content.outlets}
        self._articles: dict[str, list[ArticleFile]] = {outlet: [] for outlet in self._outlets}
        for article in sorted(edition.content.articles, key=lambda article: (article.head.appears, article.slug)):
            self._articles[article.outlet].append(article)

    def reply(self, outlet_id: str, path: str, now: float) -> Reply:
        """Answer a path of an outlet at a Unix time; what has not appeared yet is not there."""
        outlet = self._outlets[outlet_id]
        out = [article for article in self._articles[outlet_id] if self._edition.appears_at(article) <= now]
        fixed: dict[str, Callable[[OutletEntry, list[ArticleFile]], Reply]] = {
            "/": self._home,
            "/archive": self._home,
            "/robots.txt": self._robots,
            FEEDS[outlet.feed][0]: self._feed,
        }
        if path in fixed:
            return fixed[path](outlet, out)
        for article in out:
            canonical = ARTICLE_PATHS[outlet.cms].format(slug=article.slug)
            if article.head.page != "missing" and path in {canonical, f"{canonical}amp/" if outlet.amp else canonical}:
                return self._article(outlet, article, out, amp=path != canonical)
        return Reply(HTTPStatus.NOT_FOUND, "text/html", self._render("shared/not-found.html", outlet))

    def catalogue(self) -> str:
        """The outlets' feeds as an OPML 2.0 document."""
        outlets = [self._outlet_fields(outlet) for outlet in self._outlets.values()]
        return self._templates.get_template("feeds/catalogue.opml").render(outlets=outlets)

    def _home(self, outlet: OutletEntry, out: list[ArticleFile]) -> Reply:
        body = self._render("shared/home.html", outlet, fellows=self._newest_first(outlet, out))
        return Reply(HTTPStatus.OK, "text/html", body, self._changed(out))

    def _robots(self, outlet: OutletEntry, _out: list[ArticleFile]) -> Reply:
        return Reply(HTTPStatus.OK, "text/plain", self._render("shared/robots.txt", outlet), self._edition.start)

    def _feed(self, outlet: OutletEntry, out: list[ArticleFile]) -> Reply:
        changed = self._changed(out)
        fields = {
            "fellows": self._newest_first(outlet, out),
            "updated": _iso(changed),
            "updated_rfc": _rfc(changed),
        }
        body = self._render(f"feeds/{outlet.feed}.xml", outlet, **fields)
        return Reply(HTTPStatus.OK, FEEDS[outlet.feed][1], body, changed)

    def _article(self, outlet: OutletEntry, article: ArticleFile, out: list[ArticleFile], *, amp: bool) -> Reply:
        fields = self._article_fields(outlet, article)
        others = [self._article_fields(outlet, other) for other in out if other is not article]
        old_news = [{"title": headline, "url": "/archive"} for headline in outlet.archive]
        template = f"{outlet.cms}/amp.html" if amp else f"{outlet.cms}/article.html"
        body = self._render(
            template, outlet, article=fields, related=old_news + others[-2:], most_read=others[:3] + old_news[:1]
        )
        delay = SLOW_SECONDS / self._edition.speed if article.head.page == "slow" else 0.0
        return Reply(HTTPStatus.OK, "text/html", body, self._changed(out), delay)

    def _newest_first(self, outlet: OutletEntry, out: list[ArticleFile]) -> list[dict[str, Any]]:
        return [self._article_fields(outlet, article) for article in reversed(out)]

    def _changed(self, out: list[ArticleFile]) -> float:
        return max((self._edition.appears_at(article) for article in out), default=self._edition.start)

    def _render(self, template: str, outlet: OutletEntry, **fields: Any) -> bytes:
        labels = self._edition.content.labels[outlet.language]
        page = self._templates.get_template(template).render(
            outlet=self._outlet_fields(outlet), labels=labels, **fields
        )
        return page.encode()

    def _outlet_fields(self, outlet: OutletEntry) -> dict[str, Any]:
        return outlet.model_dump() | {
            "base_url": self._edition.base_urls[outlet.id],
            "feed_url": self._edition.feed_url(outlet),
            "feed_type": FEEDS[outlet.feed][1],
            "opml_type": FEEDS[outlet.feed][2],
        }

    def _article_fields(self, outlet: OutletEntry, article: ArticleFile) -> dict[str, Any]:
        moment = self._edition.appears_at(article)
        url = self._edition.url(article, outlet.cms)
        paywalled = article.head.page == "paywalled"
        fields = article.head.model_dump(include={"title", "authors", "section", "summary"}) | {
            "url": url,
            "amp_url": f"{url}amp/" if outlet.amp else None,
            "number": uuid5(NAMESPACE_URL, article.id).int % 90_000 + 10_000,
            "published": _iso(moment),
            "published_rfc": _rfc(moment),
            "date": f"{datetime.fromtimestamp(moment, UTC):%d.%m.%Y %H:%M} UTC",
            "paywalled": paywalled,
            "visible": article.paragraphs[:1] if paywalled else article.paragraphs,
            "html": "\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in article.paragraphs),
        }
        return fields | {"json_ld": _json_ld(outlet, article, fields)}


def _json_ld(outlet: OutletEntry, article: ArticleFile, fields: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.head.title,
        "datePublished": fields["published"],
        "dateModified": fields["published"],
        "author": [{"@type": "Person", "name": name} for name in article.head.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "inLanguage": outlet.language,
        "articleSection": article.head.section,
        "mainEntityOfPage": {"@type": "WebPage", "@id": fields["url"]},
        "isAccessibleForFree": not fields["paywalled"],
    }
    if fields["paywalled"]:
        wall = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall-fade"}
        return data | {"hasPart": wall}
    return data | {"articleBody": "\n\n".join(article.paragraphs)} if outlet.cms == "next" else data


def _environment(content: Content) -> Environment:
    directory = content.directory / "templates"

    def source(name: str) -> str | None:
        file = directory.joinpath(*name.split("/"))
        return file.read_text(encoding="utf-8") if file.is_file() else None

    environment = Environment(loader=FunctionLoader(source), autoescape=True, undefined=StrictUndefined)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return environment


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def _rfc(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)
