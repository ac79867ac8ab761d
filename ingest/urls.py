"""Canonical URLs and registered domains: two spellings of an address are one article."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote_plus, urljoin, urlsplit, urlunsplit

import tldextract

DEFAULT_PORTS = {"http": 80, "https": 443}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Only parameters that no site uses to choose an article: courlan's own list takes cid, eid, uid and source as well,
# by which some sites name their articles, and two of those would become one.
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "vero_", "oly_", "ns_", "at_", "_hs", "itm_")
TRACKING = _words(
    "_ga _gl _openstat __twitter_impression cmpid dclid dicbo fbclid gaa_at gad_source gbraid gclid gclsrc guccounter "
    "guce_referrer guce_referrer_sig igsh igshid mc_cid mc_eid mkt_tok msclkid ocid s_cid sfnsn share_id smid spm "
    "srsltid ttclid twclid wbraid wt.mc_id wt_mc xtor yclid ysclid"
)
SOURCE_PARAMETERS = _words("campaign cid feature from medium origin partner ref referrer source src utm via")
SOURCE_VALUES = _words("atom feed feedburner rss rss2 rss_feed rssfeed rss-feed telegram tg twitter facebook")
"""What a link says of the way it was found by; with any other value the parameter stays."""

PLAIN = re.compile(
    r"https?://(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,63}/(?:[A-Za-z0-9_~-][A-Za-z0-9._~/-]*)?"
)
"""URLs that are written as simply as a URL can be: nothing in them has a second spelling."""

_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_CONTROL = re.compile(r"[\x00-\x20\x7f]+")
_RESERVED = "!$&'()*+,;=:@/%~"

_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def canonical_url(url: str, base: str | None = None) -> str | None:
    """Return the one spelling of an http or https URL, relative to `base` if given, or None if it is none.

    Host in lower case and ASCII; no user name, default port, fragment or tracking parameters.
    """
    if PLAIN.fullmatch(url) and "/." not in url:
        return url
    try:
        joined = urljoin(base, url.strip()) if base else url.strip()
        parts = urlsplit(_CONTROL.sub("%20", joined))
        scheme, host, port = parts.scheme.lower(), _host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if scheme not in DEFAULT_PORTS or not host:
        return None
    netloc = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit((scheme, netloc, _quoted(parts.path) or "/", _query(parts.query), _quoted(fragment)))


def registered_domain(url: str) -> str:
    """Return the domain that somebody registered, such as bbc.co.uk; host and port where there is none.

    By the suffix list inside tldextract, private suffixes included: two blogs of one service are two domains.
    """
    try:
        parts = urlsplit(url)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    domain = _domain(host)
    if domain:
        return domain
    return f"{host}:{port or DEFAULT_PORTS.get(parts.scheme.lower(), 80)}"


def same_site(one: str, other: str) -> bool:
    """Return whether both URLs lie on one registered domain."""
    return registered_domain(one) == registered_domain(other)


@lru_cache(maxsize=65536)
def _domain(host: str) -> str:
    return _suffixes(host).top_domain_under_public_suffix


def _host(host: str) -> str:
    host = host.lower().rstrip(".")
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _quoted(text: str, safe: str = _RESERVED) -> str:
    return _ESCAPE.sub(lambda escape: escape[0].upper(), quote(text, safe=safe))


def _query(query: str) -> str:
    return "&".join(_quoted(part, _RESERVED + "?[]|") for part in query.split("&") if part and not _tracks(part))


def _tracks(parameter: str) -> bool:
    name, _, value = unquote_plus(parameter).lower().partition("=")
    if name in SOURCE_PARAMETERS and value in SOURCE_VALUES:
        return True
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)
