"""The first page's first command, as a stranger runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FIRST_ALERT_SECONDS = 10.0


def test_the_demo_names_the_right_stories_and_only_those_and_ends_with_zero() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wirewatch", "demo"], capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the 16 expected and no other; every article is stored" in done.stdout
    found = re.search(r"First alert (\d+\.\d) s after the pipeline's start", done.stdout)
    assert found, done.stdout
    assert float(found[1]) < FIRST_ALERT_SECONDS
    for stage in ("poller", "fetcher", "tagger", "stories", "store", "alerts"):
        assert re.search(rf"^{stage}: [1-9]\d* messages", done.stdout, re.MULTILINE), stage
    assert done.stderr == ""


def test_the_demo_stays_when_asked_until_it_is_told_to_end(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "wirewatch", "demo", "--stay", "--data", str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = next((line for line in process.stdout if "Still running" in line), None)
        assert told, "the demo ended by itself"
        process.terminate()
        assert process.wait(10) == 0
    assert (tmp_path / "wirewatch.sqlite").exists()
