from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.messages import Change
from sinks.templating import KINDS, SHIPPED, Texts, sample
from sinks.wording import CHAT
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.channel_contract import hostile_alert


def test_the_shipped_templates_say_all_that_is_known() -> None:
    alert = sample("update")
    for text in (Texts().message(alert), Texts().html(alert)):
        for part in (
            "The Example (ID)", "2025-03-14 12:00 UTC", "number: 12", "signed", "“We agree.” — A. Minister", "ASEAN",
            "2 outlets (1 independent): The Example, Another", "direct", "0.90", "https://news.example/a", "00000000",
        ):  # fmt: skip
            assert part in text
    assert "Why: *ASEAN* signed" in Texts().message(alert)
    assert "<blockquote><mark>ASEAN</mark> signed</blockquote>" in Texts().html(alert)


@pytest.mark.parametrize("kind", KINDS)
def test_the_short_text_is_short_for_every_kind(kind: str) -> None:
    alert = hostile_alert("Слово " * 200).model_copy(update={"kind": kind, "url": "https://news.example/a"})
    assert len(Texts().short(alert, CHAT)) <= 700
    assert Texts().short(alert, CHAT).endswith("https://news.example/a")


def test_a_surge_and_a_digest_say_what_they_are_about() -> None:
    assert "9 stories on W in the hour from 2025-03-14 12:00 UTC; usual: 1" in Texts().message(sample("surge"))
    digest = Texts().message(sample("digest"))
    assert "• Title — The Example (ID) https://news.example/a\nand 1 more" in digest


def test_a_story_that_goes_on_says_so_in_its_title() -> None:
    assert Texts().title(make_alert(title="Rice")) == "Rice"
    assert Texts().title(make_alert(title="Rice", kind="update", changes=(Change(kind="denial"),))) == "Update: Rice"


@pytest.mark.parametrize("title", HOSTILE)
def test_no_markup_from_the_web_is_markup_in_html(title: str) -> None:
    html = Texts().html(hostile_alert(title))
    for hostile in ("<script", "<b>", "<U", "&lt;entity&gt; &amp; &#x202e;"):
        assert hostile not in html
    assert html.count("<a ") == 1


def test_own_templates_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("{{ title | upper }} {% for name in themes %}#{{ name }}{% endfor %}")
    texts = Texts(tmp_path)
    assert texts.short(make_alert(title="rice")) == "RICE #trade"
    assert texts.message(make_alert()) == Texts().message(make_alert())


def test_a_template_of_a_title_makes_one_line(tmp_path: Path) -> None:
    (tmp_path / "title.txt").write_text("{{ level }}\n{{ title }}\n")
    assert Texts(tmp_path).title(make_alert(title="rice")) == "direct rice"


@pytest.mark.parametrize(
    ("name", "content", "place", "problem"),
    [
        ("message.txt", "{{ title }}\n{% if %}", "message.txt:2", "Expected an expression"),
        ("message.txt", "{{ headline }}", "message.txt", "'headline' is undefined"),
        ("short.txt", "{{ 1 / omitted / 0 }}", "short.txt", "division by zero"),
        ("title.txt", "{% if kind == 'story' %}x{% endif %}", "title.txt", "says nothing of an alert of kind update"),
        ("mail.html", "{{ ''.__class__.__mro__ }}", "mail.html", "unsafe"),
        ("massage.txt", "{{ title }}", "massage.txt", "no template has this name"),
        ("title.txt", b"\xff", "title.txt", "cannot be read"),
    ],
)
def test_a_template_that_does_not_work_is_refused_with_its_place(
    tmp_path: Path, name: str, content: str | bytes, place: str, problem: str
) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=problem) as raised:
        Texts(tmp_path)
    assert raised.value.place == str(tmp_path / place)
    assert str(raised.value).count("\n") == 1


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        Texts(tmp_path / "none")


def test_every_shipped_template_has_a_text() -> None:
    assert sorted(path.name for path in SHIPPED.iterdir()) == ["mail.html", "message.txt", "short.txt", "title.txt"]
