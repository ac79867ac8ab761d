"""What an expression of Prometheus names, and whether there is such a thing."""

from __future__ import annotations

import re

from pipeline.telemetry import Telemetry
from tests.deploy.places import RULES, read_yaml

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",), "gauge": ("",)}
SCRAPED = {"up": {"job", "service"}, "ALERTS": {"alertname", "alertstate", "severity"}}
"""What Prometheus itself knows of a target and of its rules."""

TARGET_LABELS = {"job", "service", "instance", "le", "version"}
"""Labels that come from the scrape, from buckets, and the one of the build."""

WORDS = {"by", "without", "on", "ignoring", "or", "and", "unless", "offset", "bool", "group_left", "group_right"}
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
SELECTOR = re.compile(r"\{([^}]*)\}")
RANGE = re.compile(r"\[[^\]]*\]")
NAME = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*\b(?!\s*\()")
SERIES = re.compile(r"(?<![\w:.\"])(?P<name>[a-zA-Z_:][\w:]*)\b(?:\{[^}]*\})?(?!\s*\()")


def known_metrics() -> dict[str, set[str]]:
    """Return every series the program or Prometheus makes, with its labels."""
    registry = Telemetry().registry
    found = {name: set(labels) for name, labels in SCRAPED.items()}
    for family in registry.collect():
        collector = registry._names_to_collectors.get(family.name)
        labels = set(getattr(collector, "_labelnames", ()))
        for suffix in SUFFIXES[family.type]:
            found[family.name + suffix] = labels | TARGET_LABELS
    for path in RULES:
        for group in read_yaml(path)["groups"]:
            for rule in group["rules"]:
                if "record" in rule:
                    found[rule["record"]] = _kept(rule["expr"])
    return found


def _kept(expression: str) -> set[str]:
    """Return the labels that a recorded expression is grouped by."""
    return {name.strip() for group in GROUPING.findall(expression) for name in group.split(",")} - {""}


def metrics_in(expression: str) -> set[str]:
    bare = RANGE.sub("", SELECTOR.sub("", GROUPING.sub("", expression)))
    return set(NAME.findall(bare)) - WORDS


def labels_in(expression: str) -> set[str]:
    grouped = [name.strip() for group in GROUPING.findall(expression) for name in group.split(",")]
    selected = [name for group in SELECTOR.findall(expression) for name in re.findall(r"(\w+)\s*(?:=|!)", group)]
    return {*grouped, *selected} - {""}


def problems(expression: str, known: dict[str, set[str]]) -> list[str]:
    named = metrics_in(expression)
    unknown = [f"no such metric: {name}" for name in sorted(named - known.keys())]
    labels: set[str] = set().union(*(known.get(name, set()) for name in named))
    return unknown + [f"no such label: {name}" for name in sorted(labels_in(expression) - labels)]


def selectors(expression: str) -> set[str]:
    """Return the series that an expression looks at, each as an expression of its own."""
    bare = GROUPING.sub("", expression)
    return {found[0] for found in SERIES.finditer(bare) if found["name"] not in WORDS}
