"""The rules of ARCHITECTURE.md that no linter of imports can see."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("wirewatch", "ingest", "processors", "sinks", "pipeline")
HEAVY = {"aiohttp", "alembic", "apprise", "feedparser", "kafka", "lxml", "numpy", "spacy", "sqlalchemy", "trafilatura"}

CONNECTING = re.compile(
    r"^\s*(?:import|from) (?:socket|ssl|http\.client|urllib\.request|xmlrpc|smtplib|ftplib|poplib|imaplib|aiohttp"
    r"|apprise|httpx|kafka|psycopg|requests|urllib3|websockets)\b|\b(?:open_connection|create_connection|urlopen)\(",
    re.MULTILINE,
)
CONNECTED = {
    "pipeline/http.py": "the one client, behind the address guard",
    "pipeline/address.py": "the guard",
    "pipeline/names.py": "looks names up for the one client",
    "pipeline/kafka.py": "the brokers of the settings",
    "sinks/apprise.py": "the services of the settings; no redirects",
    "sinks/mail.py": "the mail server of the settings",
    "sinks/syslog.py": "the log server of the settings",
    "wirewatch/cli.py": "health asks this machine's own page",
    "wirewatch/top_pages.py": "the stages, or the Prometheus, that its user names",
    "ingest/lease.py": "the name of this machine",
}
"""What may know of connections, and why; all else asks pipeline/http.py."""

IMPORT_ALL = """
import importlib, pkgutil, socket, sqlite3, subprocess, threading
import pymorphy3, spacy
from py3langid import langid

def refuse(*_, **__):
    raise AssertionError("something connected, started or loaded at import")

socket.socket.connect = sqlite3.connect = subprocess.Popen.__init__ = threading.Thread.start = refuse
spacy.blank = pymorphy3.MorphAnalyzer.__init__ = langid.LanguageIdentifier.from_model_file = refuse
for room in {rooms}:
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
"""


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)


def test_only_the_configuration_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text(encoding="utf-8"))
    }
    assert readers == {"wirewatch/configuration.py"}


def test_every_request_goes_through_the_one_guarded_client() -> None:
    connecting = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if CONNECTING.search(path.read_text(encoding="utf-8"))
    }
    assert connecting == set(CONNECTED)


def test_nothing_connects_and_no_model_loads_at_import() -> None:
    done = python(IMPORT_ALL.format(rooms=ROOMS))
    assert done.returncode == 0, done.stderr


def test_asking_for_help_loads_no_client_and_no_model() -> None:
    done = python(f"import sys, wirewatch.cli; print(*sorted({HEAVY} & set(sys.modules)))")
    assert (done.stdout.strip(), done.stderr) == ("", "")
