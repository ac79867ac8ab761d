"""Gets the metrics of running stages: from their own pages, or all at once from Prometheus."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.telemetry import Sample, read_page

TIMEOUT = 2.0
"""Seconds to wait for a page."""

AT_ONCE = 16
SELECTOR = '{__name__=~"wirewatch_.+"}'


@dataclass(frozen=True)
class Look:
    """What was seen at one moment: the samples by where they came from, and what did not answer, in words."""

    pages: Mapping[str, Sequence[Sample]]
    problems: Sequence[str]


def addresses(targets: Sequence[str], port: int) -> tuple[list[str], list[str]]:
    """Return the host:port of every container behind the targets, and the targets that have none, in words.

    A target is a name, which stands for all its addresses, with a port of its own or the given one. Raises InputError.
    """
    found, problems = [], []
    for target in targets:
        parts = urllib.parse.urlsplit(f"//{target.removeprefix('http://').removesuffix('/metrics')}")
        try:
            host, own = parts.hostname or "", parts.port or port
        except ValueError:
            raise InputError(target, "is no host:port", "Name a host, as fetcher or 127.0.0.1:9464.") from None
        try:
            answers = socket.getaddrinfo(host, own, type=socket.SOCK_STREAM, family=socket.AF_INET)
        except OSError:
            problems.append(f"{host}: no such host")
            continue
        found += [f"{answer[4][0]}:{own}" for answer in answers]
    return list(dict.fromkeys(found)), problems


def from_stages(targets: Sequence[str], port: int) -> Look:
    """Return the metrics of every container behind the targets. Raises InputError."""
    found, problems = addresses(targets, port)
    pages: dict[str, Sequence[Sample]] = {}

    def page(address: str) -> Sequence[Sample] | str:
        return _asked(f"http://{address}/metrics", read_page)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for address, answer in zip(found, pool.map(page, found), strict=True):
            if isinstance(answer, str):
                problems.append(f"{address}: {answer}")
            else:
                pages[address] = answer
    return Look(pages, problems)


def from_prometheus(url: str) -> Look:
    """Return the newest metrics that a Prometheus has, by instance. Raises InputError for an address that is none."""
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise InputError(url, "is no address of a Prometheus", "Give it as http://prometheus:9090.")
    query = urllib.parse.urlencode({"query": SELECTOR})
    answer = _asked(f"{url.rstrip('/')}/api/v1/query?{query}", _vector)
    if isinstance(answer, str):
        return Look({}, [f"{url}: {answer}"])
    pages: dict[str, list[Sample]] = {}
    for sample in answer:
        pages.setdefault(sample.labels.get("instance", ""), []).append(sample)
    return Look(pages, [])


def _vector(text: str) -> Sequence[Sample]:
    found = json.loads(text)["data"]["result"]
    return [Sample(one["metric"].get("__name__", ""), one["metric"], float(one["value"][1])) for one in found]


def _asked(url: str, read: Callable[[str], Sequence[Sample]]) -> Sequence[Sample] | str:
    """Return what is read from the answer, or what went wrong, in words."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310  # checked to be http by the callers
            return read(answer.read().decode())
    except urllib.error.HTTPError as error:
        return f"answers {error.code}"
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error))
    except (ValueError, KeyError, TypeError, IndexError):
        return "answers something else than metrics"
