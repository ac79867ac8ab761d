"""Fixtures that several folders of tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.brokers", "tests.postgres"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden files be written instead of compared."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew, to be reviewed")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what a command that ran in this process set: its standard error is closed by now."""
    yield
    structlog.reset_defaults()
