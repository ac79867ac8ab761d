"""Alerts by mail: one message an alert to everybody, as text and as HTML, through an SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import structlog

from pipeline.messages import Alert
from pipeline.settings import MailSettings
from sinks.channels import DeliveryError
from sinks.templating import Texts

PORTS = {"starttls": 587, "tls": 465, "none": 25}

POLICY = SMTP.clone(cte_type="7bit")
"""Lines end as SMTP wants, and every server passes on what is in ASCII (RFC 5321)."""

SUBJECT_LENGTH = 200


class Mail:
    """Sends through the server of the settings, a connection for each alert.

    The Message-ID is made of the alert's id, so it is the same at each attempt, and so is all the rest; mails of one
    story refer to the same message, so that mail programs put them together. The server is named by the operator
    alone, so its address is not guarded. Raises ValueError for an address that cannot be written to, OSError for a
    file of authorities that cannot be read.
    """

    name = "mail"

    def __init__(self, settings: MailSettings, texts: Texts) -> None:
        self._settings = settings
        self._texts = texts
        self._sender = _address(settings.sender or "")
        self._to = tuple(_address(to) for to in settings.to)
        self._context = ssl.create_default_context(cafile=settings.cafile)
        self._log = structlog.get_logger().bind(channel=self.name)

    def send(self, alert: Alert, /) -> None:
        """Hand the mail to the server. Raises DeliveryError, a permanent one for a mail that it will never take."""
        message = self.message(alert)
        try:
            refused = self._hand_over(message)
        except smtplib.SMTPDataError as error:
            # The server does not want this mail; those behind it may be welcome.
            raise DeliveryError(f"mail: refused ({error.smtp_code})", permanent=_is_final(error.smtp_code)) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
            raise DeliveryError(f"mail: no recipient is accepted ({codes})") from None
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(f"mail: {type(error).__name__} ({error.smtp_code})") from None
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"mail: {_reason(error)}") from None
        if refused:
            # The others have it: to send it again would be a repeat to them.
            self._log.warning("mail.recipients_refused", count=len(refused), id=alert.id)

    def close(self) -> None:
        """Hold nothing between two alerts."""

    def message(self, alert: Alert) -> EmailMessage:
        """Return the mail."""
        domain = self._sender.domain
        message = EmailMessage(POLICY)
        message["From"] = self._sender
        message["To"] = self._to
        message["Subject"] = self._texts.title(alert)[:SUBJECT_LENGTH]
        message["Date"] = format_datetime(alert.created)
        message["Message-ID"] = f"<{alert.id}@{domain}>"
        message["References"] = f"<story.{alert.story}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
        message["X-Wirewatch-Watchlist"] = _token(alert.watchlist)
        message["X-Wirewatch-Level"] = alert.level
        message.set_content(f"{self._texts.title(alert)}\n\n{self._texts.message(alert)}\n")
        message.add_alternative(self._texts.html(alert), subtype="html")
        message.set_boundary(f"=_{alert.id}")
        return message

    def _hand_over(self, message: EmailMessage) -> dict[str, tuple[int, bytes]]:
        """Send the mail; return the recipients that were refused where others were not. Raises as smtplib does."""
        server = self._connect()
        try:
            self._prepare(server)
            return server.send_message(message)
        finally:
            # What the server says to the end of the talk changes nothing: the mail is taken, or it is not.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        settings, port = self._settings, self._settings.port or PORTS[self._settings.security]
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host or "", port, timeout=settings.timeout, context=self._context)
        return smtplib.SMTP(settings.host or "", port, timeout=settings.timeout)

    def _prepare(self, server: smtplib.SMTP) -> None:
        """Encrypt the connection and log in, as far as the settings ask."""
        settings = self._settings
        if settings.security == "starttls":
            server.starttls(context=self._context)
        if settings.user is not None and settings.password is not None:
            server.login(settings.user, settings.password.get_secret_value())


def _address(text: str) -> Address:
    """Return an address as it stands in a header. Raises ValueError."""
    name, _, spec = text.rpartition("<")
    try:
        address = Address(name.strip().strip('"'), addr_spec=spec.removesuffix(">").strip())
    except (MessageError, IndexError, ValueError):
        raise ValueError("not an address that mail can be sent to") from None
    if not address.domain or not address.addr_spec.isascii():
        raise ValueError("an address needs a domain, and letters of ASCII")
    return address


def _token(text: str) -> str:
    """Return what a header can hold of a watchlist's id, or of those of a digest."""
    return "".join(character for character in text if character.isascii() and character.isprintable())


def _is_final(code: int) -> bool:
    return code >= 500  # noqa: PLR2004  # a permanent negative completion, RFC 5321


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "timeout"),
    (ssl.SSLCertVerificationError, "the server's certificate is not trusted; see alerts.mail.cafile"),
    (ssl.SSLError, "no TLS"),
    (smtplib.SMTPNotSupportedError, "the server lacks STARTTLS or a way to log in"),
    (smtplib.SMTPServerDisconnected, "the server closed the connection, or said nothing in time"),
)
"""What the errors beneath mean, without addresses and words that the server may have repeated; the first that fits."""


def _reason(error: Exception) -> str:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), type(error).__name__)
