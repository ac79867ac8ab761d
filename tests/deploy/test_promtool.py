"""What Prometheus' own tool says of the metrics page and of the scrape configuration."""

from __future__ import annotations

import subprocess

from prometheus_client import Counter, Gauge, Histogram, Info

from pipeline.telemetry import Telemetry
from tests.deploy.places import SCRAPE_CONFIG, program


def filled_page() -> bytes:
    """Return the page of a process in which everything has happened once."""
    telemetry = Telemetry()
    for metric in vars(telemetry).values():
        if not isinstance(metric, Counter | Gauge | Histogram | Info):
            continue
        one = metric.labels(*("x" for _ in metric._labelnames)) if metric._labelnames else metric
        if isinstance(one, Histogram):
            one.observe(1.0)
        elif isinstance(one, Info):
            one.info({"version": "1"})
        else:
            one.inc()
    return telemetry.page()[1]


def test_the_metrics_page_passes_the_linter() -> None:
    promtool = program("promtool", "prometheus")
    done = subprocess.run([promtool, "check", "metrics"], input=filled_page(), capture_output=True, check=False)
    assert (done.stdout + done.stderr).decode() == ""
    assert done.returncode == 0


def test_the_linter_would_find_a_badly_named_counter() -> None:
    promtool = program("promtool", "prometheus")
    bad = b"# HELP wirewatch_polls Polls.\n# TYPE wirewatch_polls counter\nwirewatch_polls 1\n"
    done = subprocess.run([promtool, "check", "metrics"], input=bad, capture_output=True, check=False)
    assert done.returncode != 0


def test_the_scrape_configuration_is_valid() -> None:
    promtool = program("promtool", "prometheus")
    done = subprocess.run([promtool, "check", "config", str(SCRAPE_CONFIG)], capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
