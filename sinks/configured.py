"""The channels that the settings ask for."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from pipeline.errors import InputError
from pipeline.http import HttpError, checked
from pipeline.settings import AlertSettings
from sinks.apprise import Apprise
from sinks.channels import Channel
from sinks.jsonl import JsonLines
from sinks.posting import Poster
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
        channels.append(
            _webhook(settings.webhook_url.get_secret_value(), settings.webhook_secret.get_secret_value(), client)
        )
    urls = dict.fromkeys(url.get_secret_value() for url in settings.apprise_urls)
    channels.extend(_apprise(url, number, texts) for number, url in enumerate(urls))
    return tuple(channels)


def _webhook(url: str, secret: str, client: Callable[[], Poster]) -> Webhook:
    try:
        checked(url)
    except HttpError:
        remedy = "Give the receiver's whole address, http or https, without a user name."
        # The cause would show the address, which may hold a secret.
        raise InputError("alerts.webhook_url", "not an address that can be posted to", remedy) from None
    try:
        return Webhook(url, secret, client)
    except ValueError:
        remedy = "Give whsec_ and the key in Base64, as the receiver shows it."
        raise InputError("alerts.webhook_secret", "not a signing secret", remedy) from None


def _apprise(url: str, number: int, texts: Texts) -> Apprise:
    try:
        return Apprise(url, texts)
    except ValueError:
        remedy = "See the documentation of Apprise for the URL of each service."
        raise InputError(f"alerts.apprise_urls[{number}]", "not a URL that Apprise knows", remedy) from None
