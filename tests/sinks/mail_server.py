"""A real SMTP server on 127.0.0.1 that answers as a test says."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

OK = "250 OK"


@dataclass
class MailServer:
    """Takes mails; `answers` are what it says to the next ones, `refused` the recipients it does not know."""

    port: int = 0
    cafile: Path | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    closing: str = "221 Bye"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802  # the name aiosmtpd calls
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # the name aiosmtpd calls
        answer = self.answers.pop(0) if self.answers else OK
        if answer == OK:
            self.raw.append(envelope.content)
            found = message_from_bytes(envelope.content, policy=default)
            assert isinstance(found, EmailMessage)
            self.mails.append(found)
            self.recipients.append(envelope.rcpt_tos)
            self.encrypted.append(bool(session.ssl or server.transport.get_extra_info("sslcontext")))
        return answer

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802  # the name aiosmtpd calls
        return self.closing

    def authenticated(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.users.append(given.login.decode())
        return AuthResult(success=given.password == b"hunter2", handled=False)


@contextmanager
def mail_server(folder: Path, security: str = "none", *, logins: bool = False) -> Iterator[MailServer]:
    """Serve until the end of the block, with a certificate for localhost where the connection is encrypted."""
    server = MailServer()
    # The server knows of no encryption but its own, STARTTLS.
    options: dict[str, Any] = {
        "auth_require_tls": security != "tls",
        "auth_required": logins,
        "authenticator": server.authenticated,
    }
    logging.getLogger("mail.log").propagate = False  # what it logs is not ours
    if security != "none":
        context, server.cafile = certified(folder)
        options |= {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=_free_port(),
        ssl_context=context if security == "tls" else None,
        **options,
    )
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()


def _free_port() -> int:
    # The controller tries the port that it was given, so it has to be one.
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return context, path
