"""The file of the embedded log: whose it is, its versions, and processes that share it or are killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import embedded_file
from pipeline.embedded import EmbeddedBroker
from pipeline.errors import BusError, InputError
from pipeline.settings import EmbeddedSettings
from tests.pipeline.conftest import OpenBroker, everything, put
from tests.pipeline.records import settle


def test_a_file_that_is_no_database_is_named(path: Path, open_broker: OpenBroker) -> None:
    path.parent.mkdir()
    path.write_text("These are my notes. " * 100)
    with pytest.raises(InputError, match=r"log\.sqlite: is not an SQLite database") as caught:
        open_broker()
    assert len(str(caught.value).splitlines()) == 2
    assert path.read_text().startswith("These are my notes.")


def test_a_database_of_another_program_is_named_and_left_as_it_is(path: Path, open_broker: OpenBroker) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"log\.sqlite: is an SQLite database of another program"):
        open_broker()
    assert path.read_bytes() == before


def test_a_log_of_a_newer_version_is_named(path: Path, open_broker: OpenBroker) -> None:
    open_broker()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(InputError, match="version 99"):
        open_broker()


def test_a_log_of_an_older_version_is_migrated_with_its_records(
    open_broker: OpenBroker, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(open_broker(), b"kept")
    monkeypatch.setattr(embedded_file, "MIGRATIONS", (*embedded_file.MIGRATIONS, ("CREATE TABLE added (x)",)))
    assert everything(open_broker(), "topic") == [b"kept"]
    with sqlite3.connect(path) as log:
        assert log.execute("PRAGMA user_version").fetchone() == (2,)
        assert log.execute("SELECT count(*) FROM added").fetchone() == (0,)
    log.close()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    broker = EmbeddedBroker(tmp_path / "file" / "log.sqlite", EmbeddedSettings())
    with pytest.raises(BusError, match="file: cannot hold the embedded log"):
        broker.connect("group")


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


OPENER = """
import sys
from pathlib import Path
from pipeline.embedded_file import LogFile

print("ready", flush=True)
sys.stdin.readline()
LogFile(Path(sys.argv[1])).open().close()
"""


def test_processes_that_open_a_new_log_at_once_all_succeed(path: Path) -> None:
    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == b"ready\n"
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write(b"go\n")
        opener.stdin.flush()
    for opener in openers:
        opener.communicate()
    assert [opener.returncode for opener in openers] == [0, 0, 0, 0]


COPIER = """
import os
import sys
from pathlib import Path
from pipeline.embedded import EmbeddedBroker
from pipeline.settings import EmbeddedSettings

bus = EmbeddedBroker(Path(sys.argv[1]), EmbeddedSettings(session=3600)).connect("copier", ["topic"])
print(len(bus.assignment()), flush=True)
parent = os.getppid()
while os.getppid() == parent:  # not longer than the test
    for record in bus.poll(1.0, 3, 1 << 20):
        bus.publish("out", record.key, record.value)
        bus.publish("out", record.key, record.value + b" again")
        bus.commit({record.origin: record.offset + 1})
        print(record.value.decode(), flush=True)
"""


def test_a_killed_process_loses_nothing_and_does_nothing_twice(path: Path, open_broker: OpenBroker) -> None:
    broker = open_broker()
    bus = broker.connect("writers")
    sent = [b"%04d" % number for number in range(600)]
    for payload in sent:
        bus.publish("topic", payload, payload)
    bus.flush()
    for lines in (1, 40, 90):
        copier = start(COPIER, path)
        # A killed process gives its partitions free at once: the session of an hour plays no part.
        assert line(copier) == "4"
        for _ in range(lines):
            assert line(copier)
        kill(copier)
        done = everything(broker, "out")
        assert len(done) == 2 * (len(sent) - broker.backlog("copier", ["topic"]))
    copier = start(COPIER, path)
    while broker.backlog("copier", ["topic"]):
        assert line(copier)
    kill(copier)
    assert everything(broker, "out") == sorted([*sent, *(payload + b" again" for payload in sent)])


def test_the_partitions_of_a_killed_process_are_free_at_once(path: Path, open_broker: OpenBroker) -> None:
    broker = open_broker()
    put(broker)
    copier = start(COPIER, path)
    assert line(copier) == "4"
    one = broker.connect("copier", ["topic"])
    kill(copier)
    two = EmbeddedBroker(path, EmbeddedSettings(session=3600)).connect("copier", ["topic"])
    settle(one, two)
