"""The services of docker-compose.yml as containers, by the docker program alone: each gets what the file says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy.docker import Docker
from tests.deploy.places import COMPOSE, read_yaml

_INTERPOLATED = re.compile(r"\$\{\w+:-([^}]*)\}")


@dataclass
class Deployment:
    """Containers of one test: `prefix` begins their names, `folder` holds their secrets and mounted files."""

    docker: Docker
    prefix: str
    image: str
    folder: Path
    settings: Mapping[str, str]
    services: Mapping[str, Any] = field(default_factory=lambda: read_yaml(COMPOSE)["services"])

    def name(self, service: str, number: int = 1) -> str:
        """Return the name of a service's container."""
        return f"{self.prefix}-{service}-{number}"

    def make_networks(self) -> None:
        """Make the networks of the file, each of them closed: nothing here reaches outside."""
        for network in read_yaml(COMPOSE)["networks"]:
            self.docker("network", "create", "--internal", f"{self.prefix}-{network}")

    def start(self, service: str, number: int = 1) -> str:
        """Start a container of one of our services, with its limits, rights, networks and secrets; return its name."""
        spec = self.services[service]
        options = [*hardening(spec), *self._environment(spec), *self._mounts(spec)]
        options += ["--no-healthcheck"] if "healthcheck" in spec else ["--health-interval", "5s"]
        return self.run(self.name(service, number), service, spec["networks"], options, self.image, spec["command"])

    def run(
        self, name: str, alias: str, networks: Sequence[str], options: Sequence[str], image: str, command: Sequence[str]
    ) -> str:
        """Start a container on networks, known there by its alias, and return its name."""
        first, *others = [f"{self.prefix}-{network}" for network in networks]
        self.docker("create", "--name", name, "--network", first, "--network-alias", alias, *options, image, *command)
        for network in others:
            self.docker("network", "connect", "--alias", alias, network, name)
        self.docker("start", name)
        return name

    def _environment(self, spec: Mapping[str, Any]) -> list[str]:
        given = {name: _INTERPOLATED.sub(r"\1", str(value)) for name, value in spec.get("environment", {}).items()}
        return [f"--env={name}={value}" for name, value in {**given, **self.settings}.items()]

    def _mounts(self, spec: Mapping[str, Any]) -> list[str]:
        secrets = [f"--volume={self.folder}/secrets/{name}:/run/secrets/{name}:ro" for name in spec.get("secrets", ())]
        return [
            *secrets,
            f"--volume={self.prefix}-data:/var/lib/wirewatch",
            f"--volume={self.prefix}-site:/site:ro",
            f"--volume={COMPOSE.parent / 'seeds'}:/etc/wirewatch:ro",
        ]

    def remove(self) -> None:
        """Remove every container, volume and network that was made here."""
        for what, remove in (
            ("container", ("rm", "-fv")),
            ("volume", ("volume", "rm")),
            ("network", ("network", "rm")),
        ):
            listing = ("ps", "-aq") if what == "container" else (what, "ls", "-q")
            if found := self.docker(*listing, "--filter", f"name={self.prefix}-").split():
                self.docker(*remove, *found)


def hardening(spec: Mapping[str, Any]) -> list[str]:
    """Return the options for what a service may do and take."""
    options = [f"--cap-drop={one}" for one in spec["cap_drop"]] + [
        f"--cap-add={one}" for one in spec.get("cap_add", ())
    ]
    options += [f"--security-opt={one}" for one in spec["security_opt"]]
    options += [f"--tmpfs={one}" for one in spec.get("tmpfs", ())]
    options += [f"--memory={spec['mem_limit']}", f"--cpus={spec['cpus']}", f"--pids-limit={spec['pids_limit']}"]
    return options + ["--read-only"] * spec.get("read_only", False) + ["--init"] * spec.get("init", False)
