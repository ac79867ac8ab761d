"""The texts of alerts as templates, shipped ones and those of the user. Two pages of wirewatch import Jinja, too.

Values come in made harmless (`sinks.wording`), so a template decides on order and words alone. It runs in Jinja's
sandbox: it can neither change what it is given nor reach anything else.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from pipeline.errors import InputError
from pipeline.messages import Alert, AlertKind, Change, DigestLine, Evidence, Mention, Outlet, Quote, Surge
from sinks import inert, marks
from sinks.wording import CHAT, PLAIN, Style, Words, words

NAMES = ("title.txt", "message.txt", "short.txt", "mail.html")
"""The templates: a line, a text for chat and mail, a text for phones, the HTML of a mail."""

SHIPPED = Path(str(importlib.resources.files("sinks"))) / "templates"

KINDS: tuple[AlertKind, ...] = ("story", "update", "surge", "digest", "notice", "test")


def _highlighted(text: str) -> str:
    return marks.replaced(escape(text), Markup("<mark>"), Markup("</mark>"))


HTML = Style(inert.line, inert.link, _highlighted)
"""Text that a template for HTML escapes."""


class Texts:
    """The texts of an alert, by the templates in a folder, and the shipped ones where it has none.

    Raises InputError for a template that does not work: each is tried on an alert of every kind.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        if folder is not None:
            _refuse_strangers(folder)
        environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(place) for place in (folder, SHIPPED) if place is not None]),
            autoescape=lambda name: (name or "").endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates: Mapping[str, Template] = {name: self._load(environment, name) for name in NAMES}
        for name in NAMES:
            self._try(name)

    def title(self, alert: Alert, style: Style = PLAIN) -> str:
        """Return the one line that names the alert."""
        return inert.line(self._render("title.txt", alert, style)) or "(no title)"

    def message(self, alert: Alert, style: Style = PLAIN) -> str:
        """Return the whole text, without the title."""
        return self._render("message.txt", alert, style)

    def short(self, alert: Alert, style: Style = PLAIN) -> str:
        """Return the text for a phone, without the title."""
        return self._render("short.txt", alert, style)

    def html(self, alert: Alert) -> str:
        """Return the whole text as an HTML document."""
        return self._render("mail.html", alert, HTML)

    def _load(self, environment: ImmutableSandboxedEnvironment, name: str) -> Template:
        try:
            return environment.get_template(name)
        except TemplateSyntaxError as error:
            place = f"{self._place(name)}:{error.lineno}"
            raise InputError(place, error.message or "not a template", "Mend the line.") from None
        except (OSError, UnicodeDecodeError, TemplateError) as error:
            raise InputError(self._place(name), f"cannot be read: {error}", "Make it a UTF-8 file.") from None

    def _render(self, name: str, alert: Alert, style: Style) -> str:
        return self._templates[name].render(_values(words(alert, style))).strip()

    def _try(self, name: str) -> None:
        for kind in KINDS:
            try:
                text = self._render(name, sample(kind), HTML if name.endswith(".html") else CHAT)
            except Exception as error:  # noqa: BLE001  # an expression can raise whatever Python can
                remedy = f"It may use: {', '.join(field.name for field in fields(Words))}."
                raise InputError(self._place(name), f"of an alert of kind {kind}: {error}", remedy) from None
            if name == "title.txt" and not text:
                raise InputError(self._place(name), f"says nothing of an alert of kind {kind}", "Use {{ title }}.")

    def _place(self, name: str) -> str:
        own = (self._folder or SHIPPED) / name
        return str(own if own.exists() else SHIPPED / name)


def _refuse_strangers(folder: Path) -> None:
    """Raise InputError for a folder that is none, or for a file in it whose name is of no template."""
    if not folder.is_dir():
        raise InputError("alerts.templates", f"{folder} is no folder", "Name a folder with templates in it.")
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in NAMES and not path.name.startswith("."):
            raise InputError(str(path), "no template has this name", f"The names are: {', '.join(NAMES)}.")


def _values(found: Words) -> dict[str, Any]:
    return {field.name: getattr(found, field.name) for field in fields(Words)}


def sample(kind: AlertKind) -> Alert:
    """Return an alert that has everything its kind can have."""
    moment = datetime(2025, 3, 14, 12, tzinfo=UTC)
    outlet = Outlet(name="The Example", country="ID", kind="newspaper")
    line = DigestLine(
        alert="0", kind="story", watchlist="w", story="0", title="Title", url="https://news.example/a", outlet=outlet,
        language="en", level="direct", relevance=0.9, published=moment,
    )  # fmt: skip
    surge = Surge(
        id="0", watchlist="w", scope="watchlist", subject="w", name="W", counted="stories", hour=moment, count=9,
        expected=1, deviations=5,
    )  # fmt: skip
    return Alert(
        id="0" * 32, kind=kind, channel="sample", watchlist="w", story="0", title="Title",
        url="" if kind == "digest" else "https://news.example/a", outlet=outlet, language="en", level="direct",
        relevance=0.9, published=moment, discovered=moment, created=moment, themes=("trade",), actors=("ASEAN",),
        evidence=(Evidence(field="text", start=0, end=12, text="ASEAN signed", reasons=()),),
        mentions=(Mention(field="text", start=0, end=5, text="ASEAN"),),
        quotes=(Quote(speaker="A. Minister", text="We agree.", start=0, end=9),),
        outlets=("The Example", "Another"), changes=(Change(kind="number", detail="12"),),
        surge=surge if kind == "surge" else None, lines=(line,) if kind == "digest" else (), omitted=1,
    )  # fmt: skip
