from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from pipeline.messages import Alert
from sinks.channels import DeliveryError
from sinks.jsonl import JsonLines
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.channel_contract import ChannelContract, Stand
from tests.sinks.test_inert import steering


class TestContract(ChannelContract):
    golden_name = "jsonl"
    shows_full_key = True

    @pytest.fixture
    def stand(self, tmp_path: Path) -> Stand:
        folder = tmp_path / "folder"
        path = folder / "alerts.jsonl"

        def received() -> list[str]:
            # What stood in the way of a refused alert is cleared away with what was written.
            lines = path.read_text().splitlines() if path.is_file() else []
            folder.unlink() if folder.is_file() else path.unlink(missing_ok=True)
            return lines

        return Stand(JsonLines(path), received, folder.touch, lambda: JsonLines(path))


def test_each_alert_is_a_line_that_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "new" / "alerts.jsonl"
    channel = JsonLines(path)
    sent = [make_alert(str(number), title=title) for number, title in enumerate(HOSTILE)]
    for alert in sent:
        channel.send(alert)
    lines = path.read_bytes().splitlines()
    assert [Alert.model_validate_json(line) for line in lines] == sent
    assert steering(path.read_text().replace("\n", "")) == []


def test_lines_are_added_to_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    JsonLines(path).send(make_alert("a"))
    JsonLines(path).send(make_alert("b"))
    assert len(path.read_bytes().splitlines()) == 2


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"id": "cut o')
    JsonLines(path).send(make_alert())
    first, second = path.read_bytes().splitlines()
    assert first == b'{"id": "cut o'
    assert orjson.loads(second)["id"] == make_alert().id


def test_a_file_that_was_rotated_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    channel = JsonLines(path)
    channel.send(make_alert("a"))
    path.rename(tmp_path / "alerts.jsonl.1")
    channel.send(make_alert("b"))
    assert len(path.read_bytes().splitlines()) == 1


def test_a_file_that_cannot_be_written_is_a_failed_delivery(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeliveryError, match="jsonl: "):
        JsonLines(tmp_path / "file" / "alerts.jsonl").send(make_alert())
