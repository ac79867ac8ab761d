from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from lxml import html

from pipeline.settings import MailSettings
from sinks.channels import DeliveryError
from sinks.mail import Mail
from sinks.templating import Texts
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.channel_contract import ChannelContract, Stand, hostile_alert
from tests.sinks.mail_server import MailServer, mail_server

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

DESK, EDITOR = "desk@ministry.example", "editor@ministry.example"


def make_mail(server: MailServer, **changes: Any) -> Mail:
    values: dict[str, Any] = {
        "host": "localhost",
        "port": server.port,
        "security": "none",
        "cafile": server.cafile,
        "sender": "wirewatch <alerts@ministry.example>",
        "to": (DESK, EDITOR),
        "timeout": 5,
    }
    return Mail(MailSettings(**(values | changes)), Texts())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as server:
        yield server


def parts(mail: EmailMessage) -> tuple[str, str]:
    """Return the text and the HTML of a mail."""
    plain, markup = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert markup is not None
    return plain.get_content(), markup.get_content()


class TestContract(ChannelContract):
    golden_name = "mail"

    @pytest.fixture
    def stand(self, server: MailServer) -> Stand:
        def received() -> list[str]:
            mails, server.mails = server.mails, []
            return ["\n".join([f"Subject: {mail['Subject']}", *parts(mail)]) for mail in mails]

        secret = {"user": None, "password": None}
        return Stand(
            make_mail(server, **secret),
            received,
            lambda: server.answers.append("451 hunter2: local error"),
            lambda: make_mail(server, **secret),
        )


def test_a_mail_has_the_headers_that_mail_programs_and_servers_ask_for(server: MailServer) -> None:
    alert = make_alert(title="Rice for oil: ข้าว")
    make_mail(server).send(alert)
    [mail] = server.mails
    assert str(mail["Subject"]) == "Rice for oil: ข้าว"
    assert str(mail["From"]) == "wirewatch <alerts@ministry.example>"
    assert str(mail["To"]) == f"{DESK}, {EDITOR}"
    assert mail["Message-ID"] == f"<{alert.id}@ministry.example>"
    assert mail["References"] == f"<story.{alert.story}@ministry.example>"
    assert parsedate_to_datetime(mail["Date"]) == alert.created
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert server.recipients == [[DESK, EDITOR]]
    assert mail.defects == []


def test_a_mail_is_the_same_bytes_at_each_attempt_and_of_ascii(server: MailServer) -> None:
    channel = make_mail(server)
    for _ in range(2):
        channel.send(make_alert(title="ข้าวแลกน้ำมัน " * 30))
    first, second = server.raw
    assert first == second
    assert first.isascii()
    assert max(map(len, first.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_makes_a_header_or_an_element(server: MailServer, title: str) -> None:
    make_mail(server).send(hostile_alert(title))
    [mail] = server.mails
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "X-Wirewatch-Watchlist",
        "X-Wirewatch-Level", "MIME-Version", "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo",
    } - {"X-Peer", "X-MailFrom", "X-RcptTo"}  # fmt: skip
    document = html.document_fromstring(parts(mail)[1])
    tags = {element.tag for element in document.iter()}
    assert tags <= {"html", "head", "meta", "title", "body", "h2", "a", "p", "strong", "blockquote", "mark"}
    assert [link.get("href") for link in document.iter("a")] == ["https://x.example/@here?a=%3Cb%3E"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_over_an_encrypted_connection_with_a_login(tmp_path: Path, security: str) -> None:
    with mail_server(tmp_path, security, logins=True) as server:
        make_mail(server, security=security, user="desk", password="hunter2").send(make_alert())
        assert server.encrypted == [True]
        assert server.users == ["desk"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_gets_no_mail_and_no_password(tmp_path: Path, security: str) -> None:
    with mail_server(tmp_path, security, logins=True) as server:
        channel = make_mail(server, security=security, user="desk", password="hunter2", cafile=None)
        with pytest.raises(DeliveryError, match="certificate is not trusted"):
            channel.send(make_alert())
        assert (server.mails, server.users) == ([], [])


def test_a_server_without_starttls_gets_no_mail(server: MailServer) -> None:
    with pytest.raises(DeliveryError, match="lacks STARTTLS"):
        make_mail(server, security="starttls").send(make_alert())
    assert server.mails == []


def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    with mail_server(tmp_path, "starttls", logins=True) as server:
        channel = make_mail(server, security="starttls", user="desk", password="SECRET")
        with pytest.raises(DeliveryError, match=r"^mail: SMTPAuthenticationError \(535\)$") as raised:
            channel.send(make_alert())
    assert not raised.value.permanent
    assert "SECRET" not in repr(raised.value) + repr(raised.value.__cause__) + repr(channel)


@pytest.mark.parametrize(("answer", "permanent"), [("451 later", False), ("452 full", False), ("554 spam", True)])
def test_a_mail_that_the_server_will_never_take_holds_up_no_other(
    server: MailServer, answer: str, *, permanent: bool
) -> None:
    server.answers.append(answer)
    with pytest.raises(DeliveryError, match=rf"^mail: refused \({answer[:3]}\)$") as raised:
        make_mail(server).send(make_alert())
    assert raised.value.permanent is permanent


def test_a_recipient_who_is_refused_keeps_no_mail_from_the_others(server: MailServer) -> None:
    server.refused.add(EDITOR)
    with structlog.testing.capture_logs() as logs:
        make_mail(server).send(make_alert())
    assert server.recipients == [[DESK]]
    assert [(entry["event"], entry["count"]) for entry in logs] == [("mail.recipients_refused", 1)]
    server.refused.add(DESK)
    with pytest.raises(DeliveryError, match=r"no recipient is accepted \(550\)"):
        make_mail(server).send(make_alert())


def test_a_mail_that_was_taken_is_sent_however_the_talk_ends(server: MailServer) -> None:
    server.closing = "421 hurry"
    make_mail(server).send(make_alert())
    assert len(server.mails) == 1


def test_a_server_that_is_not_there_or_silent_is_a_failed_delivery(server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DeliveryError, match="mail: the server closed the connection, or said nothing in time"):
            make_mail(server, port=port, timeout=0.2).send(make_alert())
    with pytest.raises(DeliveryError, match="mail: ConnectionRefusedError"):
        make_mail(server, port=port).send(make_alert())


def test_a_server_that_hangs_up_is_a_failed_delivery(server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def hang_up() -> None:
            connection, _ = rude.accept()
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(DeliveryError, match=r"the server closed the connection|ConnectionReset"):
            make_mail(server, port=rude.getsockname()[1]).send(make_alert())
        thread.join()


@pytest.mark.parametrize(
    "address", ["desk", "desk@", "a@b@c", "desk@x.example, editor@x.example", "dësk@x.example", ""]
)
def test_an_address_that_cannot_be_written_to_is_refused(server: MailServer, address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        make_mail(server, to=(address,))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"host": "h"}, "a sender and somebody to write to"),
        ({"host": "h", "sender": "a@b.example"}, "a sender and somebody to write to"),
        ({"user": "u"}, "a user needs a password"),
        ({"password": "p"}, "a user needs a password"),
        ({"user": "u", "password": "p", "security": "none"}, "starttls or tls"),
    ],
)
def test_settings_that_make_no_mail_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        MailSettings(**settings)
