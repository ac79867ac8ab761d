"""A real Apache Kafka broker on this machine: one KRaft node, from the jars that Maven fetches.

Java 17 and, the first time, Maven have to be on the PATH.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent
POM = ROOT / "deploy" / "kafka" / "pom.xml"
JARS = ROOT / ".tools" / "kafka-libs"
START_SECONDS = 90.0
CLUSTER_ID = "d2lyZXdhdGNoLXRlc3RzIQ"
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.1
TERMINATED = 128 + 15
"""What Java exits with after SIGTERM."""

CONFIG = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENT://127.0.0.1:{port}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.enable=false
"""


class KafkaUnavailable(RuntimeError):
    """There is no broker to be had: a program is missing, or it did not start."""


def fetch_jars() -> Path:
    """Return the folder with the broker's jars, fetched by Maven when the pom is newer. Raises KafkaUnavailable."""
    missing = [program for program in ("java", "mvn") if shutil.which(program) is None]
    stamp = JARS / "complete"
    if "java" in missing:
        raise KafkaUnavailable("java is not on the PATH")
    JARS.mkdir(parents=True, exist_ok=True)
    with (JARS.parent / "kafka-libs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_bytes() == POM.read_bytes():
            return JARS
        if missing:
            raise KafkaUnavailable("mvn is not on the PATH")
        shutil.rmtree(JARS)
        arguments = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={JARS}"]
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(POM), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise KafkaUnavailable(f"Maven could not fetch the broker: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        stamp.write_bytes(POM.read_bytes())
    return JARS


class KafkaServer:
    """A broker that runs between `start` and `stop`, or as a context manager; it also ends with this process."""

    def __init__(self, heap: str = "512m") -> None:
        self.port, controller = _free_ports(2)
        self.bootstrap_servers = f"127.0.0.1:{self.port}"
        self._heap = heap
        self._controller = controller
        self._data: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the broker and wait until it answers. Raises KafkaUnavailable."""
        jars = fetch_jars()
        self._data = Path(tempfile.mkdtemp(prefix="wirewatch-kafka-"))
        config = self._data / "server.properties"
        config.write_text(
            CONFIG.format(port=self.port, controller=self._controller, logs=self._data / "logs"), encoding="utf-8"
        )
        java = ["java", f"-Xmx{self._heap}", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{jars}/*"]
        # A broker for minutes gains nothing from the optimising compiler, and starts sooner without it.
        java[1:1] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
        with (self._data / "output.txt").open("wb") as output:
            try:
                subprocess.run(
                    [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(config)],
                    stdout=output,
                    stderr=output,
                    check=True,
                )
                self._process = subprocess.Popen(
                    [sys.executable, __file__, str(self._data), *java, "kafka.Kafka", str(config)],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                self._wait()
            except subprocess.CalledProcessError as error:
                message = f"the broker's storage was not formatted:\n{self._output()}"
                self.stop()
                raise KafkaUnavailable(message) from error
            except BaseException:
                self.stop()
                raise

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise KafkaUnavailable(f"the broker did not start:\n{self._output()[-3000:]}")
            time.sleep(LOOK_SECONDS)

    def _output(self) -> str:
        return (self._data / "output.txt").read_text(encoding="utf-8", errors="replace") if self._data else ""

    def stop(self) -> None:
        """Stop the broker and remove its data."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
        self._process = None
        if self._data is not None:
            shutil.rmtree(self._data, ignore_errors=True)
            self._data = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextlib.contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """Give the bootstrap servers of one broker to all processes that name the same folder.

    The first starts it, and stops it when all others have let go of it. Raises KafkaUnavailable.
    """
    address = folder / "kafka-bootstrap"
    with (folder / "kafka-start.lock").open("w") as start, (folder / "kafka-users.lock").open("w") as users:
        fcntl.flock(start, fcntl.LOCK_EX)
        if address.exists():
            fcntl.flock(users, fcntl.LOCK_SH)
            fcntl.flock(start, fcntl.LOCK_UN)
            yield address.read_text(encoding="utf-8")
            return
        with KafkaServer() as server:
            address.write_text(server.bootstrap_servers, encoding="utf-8")
            fcntl.flock(start, fcntl.LOCK_UN)
            try:
                yield server.bootstrap_servers
            finally:
                fcntl.flock(start, fcntl.LOCK_EX)
                address.unlink()
                fcntl.flock(start, fcntl.LOCK_UN)
                fcntl.flock(users, fcntl.LOCK_EX)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _supervise(folder: Path, command: list[str]) -> None:
    """Run a command until standard input is closed, also by the death of the parent; then remove the folder."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def end_with_parent() -> None:
        os.read(sys.stdin.fileno(), 1)
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        shutil.rmtree(folder, ignore_errors=True)

    ending = threading.Thread(target=end_with_parent, daemon=True)
    ending.start()
    if child.wait() < 0 or child.returncode == TERMINATED:
        ending.join(STOP_SECONDS)
    sys.exit(child.returncode)


if __name__ == "__main__":
    _supervise(Path(sys.argv[1]), sys.argv[2:])
