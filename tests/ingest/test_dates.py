from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.dates import parse_moment


@pytest.mark.parametrize(
    "written",
    [
        "2025-03-04T12:00:00Z", "2025-03-04T12:00:00.000+00:00", "2025-03-04 19:00:00 +0700", "2025-03-04T19:00:00+07",
        "2025-03-04T12:00:00", "Tue, 04 Mar 2025 12:00:00 GMT", "Tue, 04 Mar 2025 12:00:00",
        "Tue, 04 Mar 2025 15:00:00 MSK", "Tue, 04 Mar 2025 19:00:00 WIB", "Tue, 04 Mar 2025 18:30:00 MMT",
        "Tue, 4 Mar 25 20:00:00 +08", "Вт, 04 мар 2025 15:00:00 +0300", "4 марта 2025 12:00",
        "Selasa, 4 Maret 2025 19:00 WIB", "1741089600", "1741089600000",
    ],
)  # fmt: skip
def test_one_moment_is_read_however_it_is_written(written: str) -> None:
    assert parse_moment(written) == datetime(2025, 3, 4, 12, tzinfo=UTC)


def test_a_date_without_a_time_is_its_midnight() -> None:
    assert parse_moment("2025-03-04") == datetime(2025, 3, 4, tzinfo=UTC)
    assert parse_moment("4 tháng 3 năm 2025") == datetime(2025, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [None, "", "soon", "yesterday", "2025-13-45", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1" * 90],
)
def test_what_is_no_plausible_date_is_none(written: str | None) -> None:
    assert parse_moment(written) is None
