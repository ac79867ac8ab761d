"""Whatever text comes from the web, a channel says it and nothing else: of this the golden files are examples."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from pipeline.messages import Alert
from pipeline.settings import MailSettings, SyslogSettings
from pipeline.testing import NOON
from sinks import inert
from sinks.feed import Entry, StoryFeed, atom
from sinks.mail import Mail
from sinks.slack import Slack
from sinks.syslog import Syslog
from sinks.templating import Texts
from sinks.wording import CHAT
from tests.sinks.builders import HOSTILE
from tests.sinks.channel_contract import CALLS, hostile_alert
from tests.sinks.test_inert import steering
from tests.sinks.test_slack import elements
from tests.sinks.test_syslog import MESSAGE

TEXTS = Texts()
MAIL = Mail(MailSettings(host="h", sender="a@x.example", to=("b@x.example",)), TEXTS)
SYSLOG = Syslog(SyslogSettings(host="h"), TEXTS)


def no_client() -> None:
    """Make no client: nothing is sent."""


SLACK = Slack("https://hooks.example/", no_client, TEXTS)  # type: ignore[arg-type]

PIECES = st.sampled_from(
    [*HOSTILE, "\r\n", "]]>", "<!--", "&#0;", '"', "\\", "|", "* ", "\ue000", "\ue001", "\ud800", "%0a"]
)
TITLES = st.lists(st.one_of(st.text(max_size=20), PIECES), max_size=6).map("".join)
ALERTS = TITLES.map(hostile_alert)

few = settings(max_examples=60, deadline=None)


@few
@given(ALERTS)
def test_a_mail_has_the_headers_it_was_given_and_the_elements_of_its_template(alert: Alert) -> None:
    message = MAIL.message(alert)
    found = message_from_bytes(bytes(message), policy=default)
    assert found.keys() == message.keys()
    assert found.get_all("To") == ["b@x.example"]
    markup = found.get_body(("html",))  # type: ignore[attr-defined]
    document = html.document_fromstring(markup.get_content())
    assert {element.tag for element in document.iter()} <= {
        "html", "head", "meta", "title", "body", "h2", "a", "p", "strong", "blockquote", "mark",
    }  # fmt: skip


@few
@given(ALERTS)
def test_a_syslog_message_is_one_and_well_formed(alert: Alert) -> None:
    assert MESSAGE.fullmatch(SYSLOG.message(alert).decode())


@few
@given(ALERTS)
def test_a_slack_message_links_to_the_article_alone(alert: Alert) -> None:
    body = SLACK.body(alert)
    assert {element["url"] for element in elements(body) if element["type"] == "link"} <= {inert.link(alert.url)}
    assert "<" not in body["text"]
    assert all(element.get("text") != "" for element in elements(body))


@few
@given(ALERTS)
def test_a_chat_text_calls_nobody_and_steers_nothing(alert: Alert) -> None:
    for text in (TEXTS.title(alert, CHAT), TEXTS.message(alert, CHAT), TEXTS.short(alert, CHAT)):
        assert [call for call in CALLS if call in text] == []
        assert steering(text.replace("\n", "")) == []


@few
@given(TITLES, TITLES)
def test_atom_stays_well_formed_and_says_the_text_as_it_is(title: str, name: str) -> None:
    entry = Entry(
        "urn:uuid:0", inert.line(title), inert.link(title), NOON, NOON, inert.line(name), (inert.line(name),),
        (inert.line(title),), "en", "direct", "0",
    )  # fmt: skip
    root = etree.fromstring(atom(StoryFeed("w", "https://x.example", (entry,))))
    [found] = root.iter("{http://www.w3.org/2005/Atom}entry")
    assert (found.findtext("{*}title") or "") == inert.line(title)
    assert (found.findtext("{*}content") or "") == inert.line(name)
