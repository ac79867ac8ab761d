"""The docker program, and a daemon for it where none answers."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 30.0
LOOK = 0.25


class DockerUnavailable(RuntimeError):
    """There is no Docker to be had here."""


@dataclass(frozen=True)
class Docker:
    """The docker program, talking to one daemon."""

    program: str
    host: str | None = None

    def __call__(self, *arguments: str, timeout: float = 600.0) -> str:
        """Run a command and return its output; an error has what it said."""
        done = self.attempt(*arguments, timeout=timeout)
        if done.returncode:
            raise AssertionError(f"docker {' '.join(arguments)}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout.strip()

    def attempt(self, *arguments: str, timeout: float = 600.0) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever becomes of it."""
        named = {"DOCKER_HOST": self.host} if self.host else {}
        environment = os.environ | named | {"DOCKER_BUILDKIT": "1"}
        return subprocess.run(
            [self.program, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=timeout
        )

    def answers(self) -> bool:
        """Return whether the daemon does."""
        return self.attempt("info").returncode == 0


def within(seconds: float, what: str, condition: Callable[[], bool], state: Callable[[], object] = str) -> None:
    """Wait until a condition holds; fail with its state after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}\n{state()}")
        time.sleep(LOOK)


@contextlib.contextmanager
def available() -> Iterator[Docker]:
    """Give a daemon that answers, or one of our own, without any network but those of the test.

    Raises DockerUnavailable with the reason.
    """
    program = os.environ.get("DOCKER") or shutil.which("docker")
    if program is None:
        raise DockerUnavailable("docker is not installed (Debian: apt-get install docker.io)")
    docker = Docker(program)
    if docker.answers():
        yield docker
        return
    if shutil.which("dockerd") is None or os.geteuid():
        raise DockerUnavailable("no Docker daemon answers, and starting one takes root and dockerd")
    with tempfile.TemporaryDirectory(prefix="wirewatch-docker-") as folder, _daemon(program, Path(folder)) as own:
        yield own


@contextlib.contextmanager
def _daemon(program: str, folder: Path) -> Iterator[Docker]:
    docker = Docker(program, f"unix://{folder}/docker.sock")
    folders = [f"--data-root={folder}/data", f"--exec-root={folder}/run", f"--pidfile={folder}/pid"]
    with (folder / "log").open("wb") as log:
        command = ["dockerd", *folders, f"--host={docker.host}", "--iptables=false", "--bridge=none"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not docker.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                said = (folder / "log").read_text(encoding="utf-8", errors="replace")
                raise DockerUnavailable(f"dockerd does not start here: {said[-500:]}")
            time.sleep(LOOK)
        yield docker
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        # The daemon leaves its network namespaces mounted.
        for mounted in (folder / "run" / "netns").glob("*"):
            subprocess.run(["umount", str(mounted)], check=False, capture_output=True)
