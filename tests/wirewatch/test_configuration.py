from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.settings import Settings
from wirewatch import configuration


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_the_defaults_hold() -> None:
    assert configuration.load({}) == Settings()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text('bus = "kafka"\n[http]\ntimeout = 7\nredirects = 2\n')
    settings = configuration.load({"WIREWATCH_HTTP__TIMEOUT": "9"})
    assert (settings.bus, settings.http.timeout, settings.http.redirects) == ("kafka", 9.0, 2)


def test_a_list_may_be_separated_by_commas() -> None:
    settings = configuration.load({"WIREWATCH_WATCHLISTS": "a.yaml, b.yaml"})
    assert settings.watchlists == (Path("a.yaml"), Path("b.yaml"))


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgresql://user:hidden@host/name\n")
    settings = configuration.load({"WIREWATCH_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://user:hidden@host/name"


def test_secrets_are_masked_where_settings_are_shown() -> None:
    settings = configuration.load(
        {
            "WIREWATCH_DATABASE_URL": "postgresql://user:hidden@host/name",
            "WIREWATCH_ALERTS__APPRISE_URLS": "slack://hidden-a/hidden-b",
            "WIREWATCH_ALERTS__WEBHOOK_URL": "https://desk.example/hidden",
            "WIREWATCH_ALERTS__WEBHOOK_SECRET": "whsec_hidden",
            "WIREWATCH_KAFKA__SASL_PASSWORD": "hidden",
        }
    )
    shown = dict(configuration.shown(settings))
    assert not [line for line in shown.items() if "hidden" in str(line)]
    assert "hidden" not in repr(settings)
    assert shown["database_url"] == "**********"


@pytest.mark.parametrize(
    ("environ", "place", "remedy"),
    [
        ({"WIREWATCH_HTP__TIMEOUT": "3"}, "WIREWATCH_HTP__TIMEOUT", "Did you mean WIREWATCH_HTTP__TIMEOUT?"),
        ({"WIREWATCH_HTTP__TIMEOUT": "soon"}, "WIREWATCH_HTTP__TIMEOUT", "Correct the value"),
        ({"WIREWATCH_BUS": "carrier-pigeon"}, "WIREWATCH_BUS", "Correct the value"),
        ({"WIREWATCH_DATABASE_URL_FILE": "nowhere"}, "WIREWATCH_DATABASE_URL_FILE", "readable file"),
        (
            {"WIREWATCH_ALERTS__MAIL__HOST": "h.example", "WIREWATCH_ALERTS__MAIL__PORT": "smtp"},
            "WIREWATCH_ALERTS__MAIL__PORT",
            "Correct the value",
        ),
        ({"WIREWATCH_ALERTS__MAIL__HOST": "h.example"}, "WIREWATCH_ALERTS__MAIL__HOST", "Correct the value"),
        ({"WIREWATCH_ALERTS__MAIL__HORST": "h"}, "WIREWATCH_ALERTS__MAIL__HORST", "WIREWATCH_ALERTS__MAIL__HOST?"),
        ({"WIREWATCH_FEED__ADDRESS": "desk.example"}, "WIREWATCH_FEED__ADDRESS", "Correct the value"),
        ({"WIREWATCH_ALERTS__WEBHOOK_URL": "https://x.example"}, "WIREWATCH_ALERTS__WEBHOOK_URL", "Correct the value"),
        ({"WIREWATCH_CONFIG": "nowhere.toml"}, "nowhere.toml", "unset WIREWATCH_CONFIG"),
    ],
)
def test_a_mistake_in_the_environment_is_named_with_its_remedy(
    environ: dict[str, str], place: str, remedy: str
) -> None:
    with pytest.raises(InputError) as caught:
        configuration.load(environ)
    assert caught.value.place == place
    assert remedy in caught.value.remedy


def test_a_typo_in_the_file_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text("[http]\ntimeot = 7\n")
    with pytest.raises(InputError) as caught:
        configuration.load({})
    assert str(caught.value) == "wirewatch.toml: http.timeot: no such setting\nDid you mean http.timeout?"


def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text('bus = "kafka"\nhttp = {\n')
    with pytest.raises(InputError, match=r"wirewatch\.toml: no valid TOML.*line 2"):
        configuration.load({})


def test_a_wrong_value_never_shows_a_secret() -> None:
    with pytest.raises(InputError) as caught:
        configuration.load({"WIREWATCH_ALERTS__WEBHOOK_URL": "https://desk.example/hidden"})
    assert "hidden" not in str(caught.value)
