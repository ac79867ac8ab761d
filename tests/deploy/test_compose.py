"""docker-compose.yml and .env.example say the truth about stages, settings and versions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.settings import MetricsSettings
from tests.deploy.places import CLUSTER, COMPOSE, DEPLOY, ENV_EXAMPLE, ROOT, SCRAPE_CONFIG, read_yaml
from wirewatch import __version__, configuration
from wirewatch.cli import app
from wirewatch.stages import SERVERS, STAGES

PROFILES = {"mailbox": ["mail"], "kafka-ui": ["ui"], "backup": ["backup"]}
OUTSIDE = {"poller": "outside", "fetcher": "outside", "alerts": "channels"}
"""The services that reach what is beyond this machine, and their network for it."""

ONCE = {"topics": ["topics", "create"], "migrations": ["migrate"]}
SET_LINE = re.compile(r"^#?(?P<name>[A-Z][A-Z_]*)=(?P<value>.*)$", re.MULTILINE)
INTERPOLATED = re.compile(r"\$\{(\w+):-([^}]*)\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found = read_yaml(COMPOSE)
    assert isinstance(found, dict)
    return found


def images(compose: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, service in compose["services"].items():
        yield name, INTERPOLATED.sub(r"\2", service["image"])


def settings_of(service: dict[str, Any]) -> dict[str, str]:
    environment = service.get("environment", {})
    return {
        name: INTERPOLATED.sub(r"\2", str(value))
        for name, value in environment.items()
        if name.startswith("WIREWATCH_")
    }


def offered() -> dict[str, str]:
    return {found["name"]: found["value"] for found in SET_LINE.finditer(ENV_EXAMPLE.read_text(encoding="utf-8"))}


def test_every_stage_is_a_service_that_runs_its_command(compose: dict[str, Any]) -> None:
    for stage in (*STAGES, *SERVERS):
        assert compose["services"][stage]["command"] == [stage]


def test_the_one_shot_services_run_commands_that_exist(compose: dict[str, Any]) -> None:
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    groups = {
        (group.name, command.name or getattr(command.callback, "__name__", ""))
        for group in app.registered_groups
        for command in group.typer_instance.registered_commands
    }
    assert ("topics", "create") in groups
    assert "migrate" in commands
    for name, command in ONCE.items():
        assert compose["services"][name]["command"] == command


def test_every_stage_waits_for_topics_and_tables(compose: dict[str, Any]) -> None:
    for stage in STAGES:
        waits = compose["services"][stage]["depends_on"]
        assert {name: waits[name]["condition"] for name in ONCE} == dict.fromkeys(
            ONCE, "service_completed_successfully"
        )


def test_every_stage_is_scraped_on_the_port_it_serves(compose: dict[str, Any]) -> None:
    job = next(job for job in read_yaml(SCRAPE_CONFIG)["scrape_configs"] if job["job_name"] == "wirewatch")
    targets = job["dns_sd_configs"][0]
    assert targets["names"] == list(STAGES)
    assert targets["port"] == MetricsSettings().port
    for stage in STAGES:
        assert settings_of(compose["services"][stage])["WIREWATCH_METRICS__PORT"] == str(targets["port"])


def test_ports_are_open_to_this_machine_only(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert (
        {"feed", "grafana", "prometheus"}
        <= set(published)
        <= {"feed", "grafana", "prometheus", "mailbox", "kafka-ui", "alertmanager"}
    )
    for ports in published.values():
        assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_image_has_an_exact_version(compose: dict[str, Any]) -> None:
    for name, image in images(compose):
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?", image), f"{name}: {image}"


def test_our_image_carries_the_version_of_the_program(compose: dict[str, Any]) -> None:
    ours = dict(images(compose))
    assert {ours[name] for name in (*STAGES, *SERVERS, *ONCE)} == {f"wirewatch:{__version__}"}
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"ARG VERSION=(\S+)", dockerfile) == [__version__]


def test_the_broker_is_of_the_version_that_the_tests_use(compose: dict[str, Any]) -> None:
    pom = (DEPLOY / "kafka" / "pom.xml").read_text(encoding="utf-8")
    tested = re.findall(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([\d.]+)</version>", pom)
    assert [dict(images(compose))["kafka"]] == [f"apache/kafka:{version}" for version in tested]


def test_nothing_can_gain_rights_and_everything_starts_again(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["cpus"], name
        assert service["pids_limit"], name
        assert service["restart"] == ("on-failure" if name in ONCE else "unless-stopped"), name
        assert service.get("privileged") is None, name


def test_the_broker_makes_no_topic_by_chance_and_needs_no_second_broker(compose: dict[str, Any]) -> None:
    environment = compose["services"]["kafka"]["environment"]
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    factors = {name: value for name, value in environment.items() if "REPLICATION_FACTOR" in name or "MIN_ISR" in name}
    assert len(factors) == 5
    assert set(factors.values()) == {1}


def test_only_those_reach_outside_that_have_to(compose: dict[str, Any]) -> None:
    networks = compose["networks"]
    internal = {name for name, network in networks.items() if network.get("internal")}
    # A container is reached through the front and reaches nothing itself.
    assert networks["front"] == {"driver_opts": {"com.docker.network.bridge.enable_ip_masquerade": "false"}}
    open_ = set(networks) - internal - {"front"}
    assert open_ == {"outside", "channels"}
    reaching = {name: open_ & set(service["networks"]) for name, service in compose["services"].items()}
    found = {name: found.pop() for name, found in reaching.items() if found}
    assert {name: found[name] for name in OUTSIDE} == OUTSIDE
    assert set(found) - set(OUTSIDE) <= {"alertmanager"}


def test_every_published_port_has_a_network_to_be_reached_through(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert ("front" in service["networks"]) == ("ports" in service), name


def test_each_stage_reaches_the_broker_and_only_those_that_need_it_the_database(compose: dict[str, Any]) -> None:
    networks = {name: set(service["networks"]) for name, service in compose["services"].items()}
    assert all({"bus", "watch"} <= networks[stage] for stage in STAGES)
    assert {stage for stage in STAGES if "database" not in networks[stage]} == {"tagger", "metrics"}


def test_what_is_not_for_every_day_is_started_by_profile(compose: dict[str, Any]) -> None:
    found = {name: service["profiles"] for name, service in compose["services"].items() if "profiles" in service}
    assert found == PROFILES


def test_the_cluster_keeps_three_copies_on_three_brokers_and_tells_every_stage() -> None:
    cluster = read_yaml(CLUSTER)["services"]
    brokers = {name: service["environment"] for name, service in cluster.items() if name.startswith("kafka")}
    assert {name: one["KAFKA_NODE_ID"] for name, one in brokers.items()} == {"kafka": 1, "kafka-2": 2, "kafka-3": 3}
    voters = ",".join(f"{one['KAFKA_NODE_ID']}@{name}:9093" for name, one in brokers.items())
    for name, one in brokers.items():
        assert one["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert one["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092"
        assert one["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
        factors = {value for key, value in one.items() if "REPLICATION_FACTOR" in key}
        assert factors == {len(brokers)}
        assert {value for key, value in one.items() if "MIN_ISR" in key or "MIN_INSYNC" in key} == {2}
    for name in (*STAGES, *ONCE):
        assert cluster[name]["environment"] == {
            "WIREWATCH_KAFKA__BOOTSTRAP_SERVERS": ",".join(f"{broker}:9092" for broker in brokers),
            "WIREWATCH_KAFKA__REPLICATION_FACTOR": "3",
        }


@pytest.mark.parametrize("files", [[COMPOSE], [COMPOSE, CLUSTER]], ids=["one broker", "three"])
def test_docker_compose_accepts_it_without_a_warning(files: list[Path], tmp_path: Path) -> None:
    asked = ["docker", "compose"]
    if not shutil.which("docker") or subprocess.run([*asked, "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    (tmp_path / "secrets").mkdir()
    named = [part for file in files for part in ("-f", str(file))]
    profiles = [part for names in PROFILES.values() for name in names for part in ("--profile", name)]
    command = [*asked, "--project-directory", str(tmp_path), *named, *profiles, "config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    merged = tmp_path / "merged.yml"
    merged.write_text(done.stdout)
    lint(merged)


def test_the_linter_finds_nothing_to_say(tmp_path: Path) -> None:
    lint(COMPOSE)
    worse = tmp_path / "docker-compose.yml"
    worse.write_text(COMPOSE.read_text().replace("cap_drop: [ALL]", "privileged: true", 1))
    with pytest.raises(AssertionError, match="CL-0002"):
        lint(worse)


def lint(path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "compose_lint",
        "check",
        "--fail-on",
        "low",
        "--skip-suppressed",
    ]
    done = subprocess.run(
        [*command, "--config", str(ROOT / ".compose-lint.yml"), "--no-env", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:]


def test_every_setting_of_the_containers_is_one_the_program_knows(compose: dict[str, Any], tmp_path: Any) -> None:
    empty = tmp_path / "secret"
    empty.write_text("")
    for stage in (*STAGES, *SERVERS, *ONCE):
        given = settings_of(compose["services"][stage])
        assert given
        readable = {name: str(empty) if name.endswith("_FILE") else value for name, value in given.items()}
        assert configuration.load(readable).bus == "kafka"


def test_every_secret_of_a_service_is_a_file_that_the_script_makes(compose: dict[str, Any]) -> None:
    script = (DEPLOY / "secrets.sh").read_text(encoding="utf-8")
    made = re.findall(r"^keep (\w+) ", script, re.MULTILINE)
    assert set(compose["secrets"]) == set(made)
    assert {secret["file"] for secret in compose["secrets"].values()} == {f"./secrets/{name}" for name in made}
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for service in compose["services"].values():
        named = {
            value.rpartition("/")[2]
            for value in map(str, service.get("environment", {}).values())
            if "/run/secrets/" in value
        }
        assert named <= set(service.get("secrets", ()))


def test_every_line_of_the_example_is_a_setting_with_its_default() -> None:
    given = {name: value for name, value in offered().items() if name.startswith("WIREWATCH_")}
    plain = {name: value for name, value in given.items() if not name.endswith("_FILE")}
    loaded, default = configuration.load(plain), configuration.load({})
    different = [
        name for name, value in configuration.shown(loaded) if value != dict(configuration.shown(default))[name]
    ]
    assert different == ["watchlists"]
    files = [name.removesuffix("_FILE") for name in given.keys() - plain.keys()]
    assert set(files) <= {configuration.variable(name) for name in configuration.NAMES}


def test_every_setting_is_in_the_example_or_set_by_the_compose_file(compose: dict[str, Any]) -> None:
    fixed = {name for stage in (*STAGES, *SERVERS) for name in settings_of(compose["services"][stage])}
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    in_words = {name.removesuffix("_FILE") for name in {*offered(), *fixed, *re.findall(r"WIREWATCH_\w+", image)}}
    missing = {configuration.variable(name) for name in configuration.NAMES} - in_words
    assert missing == set()


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    defaults = dict(INTERPOLATED.findall(text))
    assert {name: offered().get(name) for name in defaults} == defaults


def test_a_typo_in_a_setting_would_be_found() -> None:
    with pytest.raises(InputError, match="no such setting"):
        configuration.load({"WIREWATCH_POLLER__FLOR": "600"})
