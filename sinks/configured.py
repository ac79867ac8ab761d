"""The channels that the settings ask for."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr
from rich.console import Console

from pipeline.errors import InputError
from pipeline.http import HttpError, checked
from pipeline.settings import AlertSettings, MailSettings, SyslogSettings
from sinks.alertmanager import Alertmanager
from sinks.apprise import Apprise
from sinks.channels import Channel
from sinks.jsonl import JsonLines
from sinks.mail import Mail
from sinks.posting import Poster
from sinks.slack import Slack
from sinks.syslog import Syslog
from sinks.teams import Teams
from sinks.templating import Texts
from sinks.terminal import Terminal
from sinks.webhook import Webhook


def build_channels(
    settings: AlertSettings, client: Callable[[], Poster], *, console: Console | None = None
) -> tuple[Channel, ...]:
    """Return the channels; nothing connects yet.

    `client` makes the HTTP client of a channel that needs one; `console` is standard output unless given.
    Raises InputError for a setting that no channel can be made of, without showing it.
    """
    channels: list[Channel] = []
    texts = Texts(settings.templates)
    if settings.terminal:
        channels.append(Terminal(console or Console()))
    if settings.jsonl is not None:
        if settings.jsonl.is_dir():
            raise InputError("alerts.jsonl", f"{settings.jsonl} is a folder", "Name a file in it.")
        channels.append(JsonLines(settings.jsonl))
    if settings.webhook_url is not None and settings.webhook_secret is not None:
        channels.append(_webhook(settings.webhook_url, settings.webhook_secret.get_secret_value(), client))
    if settings.mail.host is not None:
        channels.append(_mail(settings.mail, texts))
    if settings.slack_url is not None:
        channels.append(Slack(_address("slack_url", settings.slack_url), client, texts))
    if settings.teams_url is not None:
        channels.append(Teams(_address("teams_url", settings.teams_url), client, texts))
    if settings.alertmanager_url is not None:
        channels.append(Alertmanager(_address("alertmanager_url", settings.alertmanager_url), client, texts))
    if settings.syslog.host is not None:
        channels.append(_syslog(settings.syslog, texts))
    urls = dict.fromkeys(url.get_secret_value() for url in settings.apprise_urls)
    channels.extend(_apprise(url, number, texts) for number, url in enumerate(urls))
    return tuple(channels)


def _address(name: str, secret: SecretStr) -> str:
    """Return the address in a setting if it can be posted to. Raises InputError that does not show it."""
    url = secret.get_secret_value()
    try:
        checked(url)
    except HttpError:
        remedy = "Give the receiver's whole address, http or https, without a user name."
        # The cause would show the address, which may hold a secret.
        raise InputError(f"alerts.{name}", "not an address that can be posted to", remedy) from None
    return url


def _webhook(url: SecretStr, secret: str, client: Callable[[], Poster]) -> Webhook:
    address = _address("webhook_url", url)
    try:
        return Webhook(address, secret, client)
    except ValueError:
        remedy = "Give whsec_ and the key in Base64, as the receiver shows it."
        raise InputError("alerts.webhook_secret", "not a signing secret", remedy) from None


def _mail(settings: MailSettings, texts: Texts) -> Mail:
    try:
        return Mail(settings, texts)
    except ValueError as error:
        raise InputError("alerts.mail", str(error), "Correct alerts.mail.sender and alerts.mail.to.") from None
    except OSError as error:
        raise _unreadable("alerts.mail.cafile", error) from None


def _syslog(settings: SyslogSettings, texts: Texts) -> Syslog:
    try:
        return Syslog(settings, texts)
    except OSError as error:
        raise _unreadable("alerts.syslog.cafile", error) from None


def _unreadable(place: str, error: OSError) -> InputError:
    return InputError(place, f"cannot be used: {error.strerror or error}", "Name a readable file in PEM.")


def _apprise(url: str, number: int, texts: Texts) -> Apprise:
    try:
        return Apprise(url, texts)
    except ValueError:
        remedy = "See the documentation of Apprise for the URL of each service."
        raise InputError(f"alerts.apprise_urls[{number}]", "not a URL that Apprise knows", remedy) from None
