"""docker-compose.yml and .env.example say the truth about stages, settings and versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.settings import MetricsSettings
from tests.deploy.places import COMPOSE, DEPLOY, ENV_EXAMPLE, ROOT, SCRAPE_CONFIG, read_yaml
from wirewatch import __version__, configuration
from wirewatch.cli import app
from wirewatch.stages import SERVERS, STAGES

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
        (group.name, command.name or (command.callback.__name__ if command.callback else None))
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
    assert set(published) == {"feed", "grafana", "prometheus"}
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
        assert service["restart"] == ("on-failure" if name in ONCE else "unless-stopped"), name
        assert service.get("privileged") is None, name


def test_the_broker_makes_no_topic_by_chance_and_needs_no_second_broker(compose: dict[str, Any]) -> None:
    environment = compose["services"]["kafka"]["environment"]
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    factors = {name: value for name, value in environment.items() if "REPLICATION_FACTOR" in name or "MIN_ISR" in name}
    assert len(factors) == 5
    assert set(factors.values()) == {1}


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
