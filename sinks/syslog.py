"""Alerts to a syslog server: RFC 5424 over UDP (RFC 5426), TCP (RFC 6587, counted octets) or TLS (RFC 5425)."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress
from datetime import UTC

from pipeline.messages import Alert
from pipeline.settings import SyslogSettings
from sinks import inert
from sinks.channels import DeliveryError
from sinks.templating import Texts
from sinks.wording import PLAIN, Words, words

PORTS = {"udp": 514, "tcp": 601, "tls": 6514}

NOTICE = 5
"""Severity of every alert: normal but significant."""

SD_ID = "alert@32473"
"""Name of the data; 32473 is the enterprise number that RFC 5612 sets aside for those who have none."""

LONGEST = 2048
"""Bytes of a message over UDP that every receiver should take (RFC 5426, 3.2)."""

_ESCAPED = re.compile(r'([\\"\]])')


class Syslog:
    """Sends each alert as one message, over a connection of its own.

    Nobody answers: over UDP an alert counts as sent when it has left, over TCP and TLS when the server's machine has
    taken it. The server is named by the operator alone, so its address is not guarded. Raises OSError for a file of
    authorities that cannot be read.
    """

    name = "syslog"

    def __init__(self, settings: SyslogSettings, texts: Texts) -> None:
        self._settings = settings
        self._texts = texts
        self._host = inert.line(socket.gethostname(), 255).replace(" ", "-") or "-"
        self._context = ssl.create_default_context(cafile=settings.cafile) if settings.protocol == "tls" else None

    def send(self, alert: Alert, /) -> None:
        """Send the alert. Raises DeliveryError when it cannot leave."""
        message = self.message(alert)
        try:
            if self._settings.protocol == "udp":
                self._send_datagram(_cut(message, LONGEST))
            else:
                self._send_counted(message)
        except OSError as error:
            # A name that is not found and a certificate that is not trusted are OSErrors too.
            raise DeliveryError(f"syslog: {type(error).__name__}") from None

    def close(self) -> None:
        """Hold nothing between two alerts."""

    def message(self, alert: Alert) -> bytes:
        """Return the message, the same at each attempt; MSGID is the kind of the alert, the data has its id."""
        found = words(alert, PLAIN)
        priority = self._settings.facility * 8 + NOTICE
        moment = alert.created.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        header = f"<{priority}>1 {moment} {self._host} wirewatch - {alert.kind}"
        said = " | ".join([self._texts.title(alert), *self._texts.short(alert).splitlines()])
        return f"{header} {_data(alert, found)} \ufeff{said}".encode()

    def _address(self) -> tuple[str, int]:
        return self._settings.host or "", self._settings.port or PORTS[self._settings.protocol]

    def _send_datagram(self, message: bytes) -> None:
        host, port = self._address()
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as datagrams:
            datagrams.sendto(message, address)

    def _send_counted(self, message: bytes) -> None:
        host, port = self._address()
        with socket.create_connection((host, port), timeout=self._settings.timeout) as plain:
            connection = self._context.wrap_socket(plain, server_hostname=host) if self._context else plain
            with connection:
                connection.sendall(b"%d %b" % (len(message), message))
                connection.shutdown(socket.SHUT_WR)
                # A server ends its side when it has read all; one that goes away before that resets the connection.
                with suppress(TimeoutError):
                    connection.recv(1)


def _data(alert: Alert, found: Words) -> str:
    """Return the structured data: what a collector filters by."""
    values = {
        "id": alert.id,
        "rule": found.rule,
        "watchlist": found.watchlist,
        "story": alert.story,
        "level": found.level,
        "outlet": found.outlet,
        "url": found.link,
    }
    pairs = (f'{name}="{_ESCAPED.sub(_escape, value)}"' for name, value in values.items())
    return f"[{SD_ID} {' '.join(pairs)}]"


def _escape(found: re.Match[str]) -> str:
    return "\\" + found[1]


def _cut(message: bytes, limit: int) -> bytes:
    """Return the message cut to so many bytes, between two characters."""
    return message[:limit].decode(errors="ignore").encode()
