"""The stages as containers beside a real broker and a real database: the alerts of the demonstration, and no other.

`make test-deploy` runs it. It takes Docker, root and Debian: where no image can be pulled, the base is made by
debootstrap, and broker and database are this machine's own programs in containers of that base. The networks are
those of docker-compose.yml, all closed; rights, limits and secrets of every service are what that file says.

    CA_BUNDLE    authorities for the build's downloads, where a proxy signs with one of its own
    BASE_IMAGE   an image to build on; by default the one that deploy/base-image.sh makes
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipeline import database
from tests.deploy import backing
from tests.deploy.docker import Docker, DockerUnavailable, available, within
from tests.deploy.places import COMPOSE, ROOT, read_yaml
from tests.deploy.services import Deployment
from tests.e2e.harness import Result, expected, result
from wirewatch.site import SampleSite
from wirewatch.site_pages import Edition
from wirewatch.stages import STAGES

BASE = "wirewatch-base:debian"
IMAGE = "wirewatch:test"
STOP_SECONDS = 10.0
HEALTHY_SECONDS = 90.0
SITE_SPEED = 0.15
"""The sample site publishes for some 12 s; so much slower there is a middle in which to restart everything."""

PORTS = 8000

SETTINGS = {
    "WIREWATCH_POLLER__CATALOGUE": "/site/site.opml",
    "WIREWATCH_POLLER__FLOOR": "0.5",
    "WIREWATCH_POLLER__CAP": "1",
    "WIREWATCH_POLITENESS__DELAY": "0",
    "WIREWATCH_POLITENESS__IN_FLIGHT": "8",
    "WIREWATCH_HTTP__CONTACT": "sample site",
    "WIREWATCH_RUNNER__BACKOFF": "0.5",
    "WIREWATCH_ALERTS__JSONL": "/var/lib/wirewatch/alerts.jsonl",
    "WIREWATCH_LOG__FORMAT": "json",
}


@dataclass
class Site:
    """The sample site in its container, as the test knows it: the articles, with their addresses there."""

    articles: tuple[object, ...]


@pytest.fixture(scope="module")
def docker() -> Iterator[Docker]:
    try:
        with available() as found:
            yield found
    except DockerUnavailable as error:
        pytest.skip(f"the containers are not tried: {error}")


@pytest.fixture(scope="module")
def base(docker: Docker) -> str:
    given = os.environ.get("BASE_IMAGE")
    if given or docker.attempt("image", "inspect", BASE).returncode == 0:
        return given or BASE
    named = {"DOCKER": docker.program} | ({"DOCKER_HOST": docker.host} if docker.host else {})
    made = subprocess.run(
        ["sh", str(ROOT / "deploy" / "base-image.sh"), BASE],
        env=os.environ | named,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"the containers are not tried: no base image: {made.stderr.strip()[-500:]}")
    return BASE


@pytest.fixture(scope="module")
def image(docker: Docker, base: str) -> str:
    bundle = os.environ.get("CA_BUNDLE") or os.environ.get("PIP_CERT")
    secret = ["--secret", f"id=ca,src={bundle}"] if bundle else []
    options = ["--network", "host", "-f", str(ROOT / "deploy" / "Dockerfile"), "--build-arg", f"BASE_IMAGE={base}"]
    docker("build", "-q", "-t", IMAGE, *options, *secret, str(ROOT), timeout=1200)
    return IMAGE


@pytest.fixture(scope="module")
def made(docker: Docker, image: str) -> Iterator[Deployment]:
    with tempfile.TemporaryDirectory(prefix="wirewatch-deploy-") as folder:
        made = Deployment(docker, f"wirewatch-{uuid.uuid4().hex[:8]}", image, Path(folder), SETTINGS)
        Path(folder).chmod(0o755)
        _write_secrets(Path(folder) / "secrets")
        made.make_networks()
        network = docker(
            "network", "inspect", f"{made.prefix}-outside", "--format", "{{(index .IPAM.Config 0).Subnet}}"
        )
        made.settings = {**SETTINGS, "WIREWATCH_HTTP__ALLOW_NETWORKS": network}
        try:
            yield made
        finally:
            made.remove()


def _write_secrets(folder: Path) -> None:
    folder.mkdir()
    url = f"postgresql+psycopg://wirewatch:{backing.PASSWORD}@postgres:5432/wirewatch"
    texts = {"postgres_password": backing.PASSWORD, "database_url": url}
    for name in read_yaml(COMPOSE)["secrets"]:
        (folder / name).write_text(texts.get(name, ""), encoding="utf-8")


@pytest.fixture(scope="module")
def engine(made: Deployment, base: str) -> Iterator[Engine]:
    """Start broker and database, make topics and tables as the one-shot services do, and give the database."""
    try:
        backing.start_kafka(made, base)
        backing.start_postgres(made, base)
    except DockerUnavailable as error:
        pytest.skip(f"the containers are not tried: {error}")
    for service in backing.QUESTIONS:
        backing.wait_for(made, service)
    for service in ("topics", "migrations"):
        container = made.start(service)
        assert made.docker("wait", container, timeout=120) == "0", made.docker.attempt("logs", container)
    engine = database.open_engine(backing.database_url(made))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def site(made: Deployment) -> Site:
    """Start the sample site on the network of the news, and know its articles by their addresses there."""
    command = f"-m wirewatch.site --host site --port-base {PORTS} --speed {SITE_SPEED} --opml /site/site.opml".split()
    # The folder must be the site's own, as the volume of the stages is made by the image.
    options = [
        f"--volume={made.prefix}-site:/site",
        "--entrypoint=python",
        "--no-healthcheck",
        "--user=0:0",
        "--cap-drop=ALL",
    ]
    container = made.run(made.name("site"), "site", ["outside"], options, made.image, command)
    within(
        30,
        "the site serves",
        lambda: made.docker.attempt("exec", container, "test", "-s", "/site/site.opml").returncode == 0,
    )
    content = SampleSite.load()._content
    urls = {outlet.id: f"http://site:{PORTS + index}" for index, outlet in enumerate(content.outlets)}
    edition, cms = Edition(content, urls, 0.0, 1.0), {outlet.id: outlet.cms for outlet in content.outlets}
    files = {file.id: file for file in content.articles}
    known = [replace(one, url=edition.url(files[one.id], cms[one.outlet])) for one in SampleSite.load().articles]
    return Site(tuple(known))


@pytest.fixture(scope="module")
def through(made: Deployment, engine: Engine, site: Site) -> Iterator[Result]:
    """Run the site through the stages: each container restarted once in the middle, fetcher and tagger scaled to 3."""
    began = time.monotonic()
    for stage in STAGES:
        made.start(stage)
    for stage in STAGES:
        _healthy(made, stage)
    _report(f"every stage healthy after {time.monotonic() - began:.0f} s")
    for stage in ("fetcher", "tagger"):
        for number in (2, 3):
            made.start(stage, number)
    for service in ("kafka", "postgres", *STAGES):
        made.docker("restart", "--time", f"{STOP_SECONDS:.0f}", made.name(service))
        if service in backing.QUESTIONS:
            backing.wait_for(made, service)
        _report(f"{service} restarted after {time.monotonic() - began:.0f} s")
    _report(f"{len(result(engine, site).stored)} of {len(site.articles)} articles stored by then")
    for stage in STAGES:
        _healthy(made, stage)
    within(
        150,
        "all of the site is through",
        lambda: result(engine, site) == expected(site),
        lambda: _told(made, engine, site),
    )
    _report(f"all of the site through after {time.monotonic() - began:.0f} s")
    return result(engine, site)


def _healthy(made: Deployment, stage: str, number: int = 1) -> None:
    name = made.name(stage, number)
    state = ("inspect", "--format", "{{.State.Health.Status}}", name)
    within(HEALTHY_SECONDS, f"{stage} is healthy", lambda: made.docker(*state) == "healthy", lambda: _logs(made, name))


def _logs(made: Deployment, name: str) -> str:
    done = made.docker.attempt("logs", "--tail", "20", name)
    return done.stdout + done.stderr


def _told(made: Deployment, engine: Engine, site: Site) -> str:
    found, wanted = result(engine, site), expected(site)
    missing = set(wanted.stored) - set(found.stored)
    lines = [
        f"stored {len(found.stored)} of {len(wanted.stored)}, not {sorted(missing)[:5]}; alerts {len(found.alerted)}"
    ]
    return "\n".join(lines + [f"--- {stage}\n{_logs(made, made.name(stage))}" for stage in STAGES])


def _report(text: str) -> None:
    print(f"test-deploy: {text}", flush=True)  # noqa: T201  # what takes minutes says how far it is


def _ask(made: Deployment, *command: str) -> str:
    return made.docker("exec", made.name("store"), "wirewatch", *command)


@pytest.mark.timeout(900)
def test_the_containers_alert_of_what_the_demonstration_alerts_of_once_each(
    made: Deployment, through: Result, site: Site
) -> None:
    assert through == expected(site)
    assert len(through.alerted) == len(set(through.alerted)) == 16
    lines = made.docker("exec", made.name("alerts"), "cat", "/var/lib/wirewatch/alerts.jsonl").splitlines()
    assert len(lines) == 16


def test_nothing_is_left_over_and_nothing_was_given_up(made: Deployment, through: Result) -> None:
    within(
        30,
        "every stage is through",
        lambda: all(line.endswith("\t0") for line in _ask(made, "topics", "lag").splitlines()),
    )
    assert _ask(made, "dlt", "list") == ""


def test_three_fetchers_and_three_taggers_share_the_work(made: Deployment, through: Result) -> None:
    page = _ask(made, "top", "--once", "--interval", "1")
    rows = {line.split("\t")[0]: line.split("\t") for line in page.splitlines()}
    assert {stage: rows[stage][1] for stage in ("poller", "fetcher", "tagger", "store")} == {
        "poller": "1", "fetcher": "3", "tagger": "3", "store": "1",
    }  # fmt: skip
    assert "no answer" not in page


@pytest.mark.parametrize("stage", ["tagger", "stories", "store", "metrics"])
def test_what_need_not_reach_outside_cannot(made: Deployment, through: Result, stage: str) -> None:
    ask = "import socket; socket.create_connection(('site', 8000), 2)"
    done = made.docker.attempt("exec", made.name(stage), "python", "-c", ask)
    assert done.returncode == 1
    assert "gaierror" in done.stderr
    assert made.docker.attempt("exec", made.name("fetcher"), "python", "-c", ask).returncode == 0


def test_no_container_can_write_but_where_it_should_or_is_root(made: Deployment, through: Result) -> None:
    for stage in STAGES:
        name = made.name(stage)
        assert made.docker("exec", name, "id", "-u") == "10001"
        for place in ("/opt/wirewatch/x", "/etc/x", "/etc/wirewatch/x", "/x"):
            assert made.docker.attempt("exec", name, "touch", place).returncode != 0, place


def test_the_image_holds_no_build_tools_no_pip_and_no_authority_of_the_build(docker: Docker, image: str) -> None:
    for command in (["pip", "--version"], ["gcc", "--version"], ["python", "-m", "pip", "--version"]):
        assert (
            docker.attempt("run", "--rm", "--network", "none", "--entrypoint", *_entry(image, command)).returncode != 0
        )
    labels = docker("image", "inspect", "--format", "{{json .Config.Labels}}", image)
    assert all(f"org.opencontainers.image.{name}" in labels for name in ("title", "version", "revision", "licenses"))


def _entry(image: str, command: list[str]) -> list[str]:
    return [command[0], image, *command[1:]]


def test_every_stage_ends_within_ten_seconds_of_sigterm(made: Deployment, through: Result) -> None:
    usage = made.docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}")
    _report("memory:\n" + "\n".join(line for line in usage.splitlines() if line.startswith(made.prefix)))
    for stage in STAGES:
        began = time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            made.docker("kill", "--signal", "TERM", made.name(stage))
            code = made.docker("wait", made.name(stage), timeout=STOP_SECONDS)
            assert code == "0", _logs(made, made.name(stage))
            _report(f"{stage} ended {time.monotonic() - began:.1f} s after SIGTERM")
            continue
        pytest.fail(f"{stage} did not end within {STOP_SECONDS:.0f} s")
