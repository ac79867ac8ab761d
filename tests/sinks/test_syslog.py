from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import SyslogSettings
from sinks.channels import DeliveryError
from sinks.syslog import Syslog
from sinks.templating import Texts
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.channel_contract import ChannelContract, Stand, hostile_alert
from tests.sinks.mail_server import certified

# RFC 5424, section 6, for the parts that are used here.
MESSAGE = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) (?P<host>[!-~]{1,255}) "
    r"(?P<app>[!-~]{1,48}) (?P<process>[!-~]{1,128}) (?P<kind>[!-~]{1,32}) "
    r'\[(?P<id>[!-<>-~]{1,32})(?P<data>( [a-z]{1,32}="([^"\\\]]|\\["\\\]])*")*)\] \ufeff(?P<text>[^\n]*)'
)


def make_syslog(port: int, protocol: str = "udp", **changes: Any) -> Syslog:
    return Syslog(
        SyslogSettings.model_validate({"host": "localhost", "port": port, "protocol": protocol, **changes}), Texts()
    )


@pytest.fixture
def datagrams() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        yield server


def all_of(server: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(server.recv(65536))
        except TimeoutError:
            return found


class TestContract(ChannelContract):
    golden_name = "syslog"

    @pytest.fixture
    def stand(self, datagrams: socket.socket) -> Stand:
        port = datagrams.getsockname()[1]
        channel = make_syslog(port)
        known = channel._settings

        def received() -> list[str]:
            # Of the header only what is the same on every machine.
            return [re.sub(r" \S+ wirewatch", " HOST wirewatch", text(each), count=1) for each in all_of(datagrams)]

        def refuse() -> None:
            channel._settings = known.model_copy(update={"host": "SECRET.invalid"})
            sent = channel.send

            def once(alert: Any, /) -> None:
                try:
                    sent(alert)
                finally:
                    channel._settings = known

            channel.send = once  # type: ignore[method-assign]

        return Stand(channel, received, refuse, lambda: make_syslog(port))


def text(message: bytes) -> str:
    """Return a message without the mark that says it is UTF-8."""
    return message.decode().replace("\ufeff", "", 1)


@pytest.mark.parametrize("title", [*HOSTILE, 'quo"te] \\ [alert@32473 level="none"]'])
def test_every_message_is_of_the_form_of_rfc_5424(title: str) -> None:
    found = MESSAGE.fullmatch(make_syslog(1).message(hostile_alert(title)).decode())
    assert found is not None
    assert (found["priority"], found["app"], found["process"], found["kind"]) == ("133", "wirewatch", "-", "update")
    assert found["time"] == "2025-03-14T12:00:00.000Z"
    assert found["id"] == "alert@32473"
    assert re.findall(r' ([a-z]+)="', re.sub(r"\\.", "", found["data"])) == [
        "id", "rule", "watchlist", "story", "level", "outlet", "url",
    ]  # fmt: skip


def test_a_datagram_is_no_longer_than_a_receiver_must_take_and_ends_with_a_whole_character(
    datagrams: socket.socket,
) -> None:
    alert = hostile_alert("ข่าว " * 500)
    make_syslog(datagrams.getsockname()[1]).send(alert)
    [message] = all_of(datagrams)
    assert 2040 <= len(message) <= 2048
    assert message.decode()


class Collector:
    """A syslog server over TCP that gathers what each connection brings."""

    def __init__(self, wrap: Callable[[socket.socket], socket.socket]) -> None:
        self.received: list[bytes] = []
        self._wrap = wrap
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            try:
                with self._wrap(connection) as wrapped:
                    self.received.append(b"".join(iter(lambda: wrapped.recv(4096), b"")))
            except OSError:
                connection.close()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_a_connection_carries_one_counted_message(tmp_path: Path, protocol: str) -> None:
    context, cafile = certified(tmp_path)
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF

    def wrap(connection: socket.socket) -> socket.socket:
        return context.wrap_socket(connection, server_side=True) if protocol == "tls" else connection

    collector = Collector(wrap)
    channel = make_syslog(collector.port, protocol, cafile=cafile)
    for name in "ab":
        channel.send(make_alert(name))
    collector.close()
    expected = [channel.message(make_alert(name)) for name in "ab"]
    assert collector.received == [b"%d %b" % (len(message), message) for message in expected]


def test_a_server_that_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    context, _ = certified(tmp_path)
    collector = Collector(lambda connection: context.wrap_socket(connection, server_side=True))
    with pytest.raises(DeliveryError, match="syslog: SSLCertVerificationError"):
        make_syslog(collector.port, "tls").send(make_alert())
    collector.close()
    assert collector.received == []


def test_a_server_that_is_not_there_is_a_failed_delivery() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(DeliveryError, match="syslog: ConnectionRefusedError"):
        make_syslog(port, "tcp").send(make_alert())
