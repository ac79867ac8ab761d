from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.date_words import THAI_MONTHS
from ingest.dates import Moment, certainty_of, in_country, parse_moment


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


@pytest.mark.parametrize(
    "written",
    [
        "4 มีนาคม 2568 12:00", "4 มี.ค. 2568 12:00 น.", "วันอังคารที่ 4 มีนาคม พ.ศ. 2568 เวลา 12:00 น.", "๔ มีนาคม ๒๕๖๘ ๑๒:๐๐",
        "2568-03-04T12:00:00", "Tue, 04 Mar 2568 12:00:00", "4 ມີນາ 2025 12:00", "4 មីនា 2025 12:00",
        "4 မတ်လ 2025 12:00", "Marso 4, 2025 12:00 PM", "4 Mac 2025 12:00", "4 Maret 2025 12.00", "4 março 2025 12:00",
        "ngày 4 tháng 3 năm 2025 12:00", "2025年3月4日12时00分", "4 марта 2025 г. 12:00", "04.03.2025 12:00",
    ],
)  # fmt: skip
def test_dates_in_the_words_and_the_era_of_the_region_are_read(written: str) -> None:
    moment = parse_moment(written)
    assert moment == datetime(2025, 3, 4, 12, tzinfo=UTC)
    assert moment is not None
    assert moment.certainty == "no-zone"


@pytest.mark.parametrize("month", range(12))
def test_every_thai_month_is_read_in_full_and_in_short(month: int) -> None:
    for name in THAI_MONTHS[month]:
        assert parse_moment(f"9 {name} 2568") == datetime(2025, month + 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "certainty"),
    [
        ("2025-03-04T12:00:00Z", "exact"), ("Tue, 04 Mar 2025 12:00:00 -0000", "exact"), ("1741089600", "exact"),
        ("4 марта 2025, 15:00 МСК", "exact"), ("Thứ ba, 04/03/2025 19:00 (GMT+7)", "exact"),
        ("2025-03-04 12:00", "no-zone"), ("March 4, 2025 at 12 pm", "no-zone"), ("2025-03-04", "date-only"),
        ("15/04/2025", "date-only"), ("Tue, 04 Mar 2025", "date-only"), ("03/04/2025 12:00", "guessed"),
        ("4 มี.ค. 68 12:00", "guessed"),
    ],
)  # fmt: skip
def test_a_moment_says_how_sure_it_is(written: str, certainty: str) -> None:
    moment = parse_moment(written)
    assert moment is not None
    assert moment.certainty == certainty
    for same in (pickle.loads(pickle.dumps(moment)), copy.copy(moment)):  # noqa: S301  # our own
        assert (same, same.certainty) == (moment, certainty)


def test_a_short_thai_year_is_of_the_buddhist_era_only_where_it_can_be_no_other() -> None:
    assert parse_moment("4 มี.ค. 68") == datetime(2025, 3, 4, tzinfo=UTC)
    assert parse_moment("4 มี.ค. 25") == datetime(2025, 3, 4, tzinfo=UTC)


def test_a_time_without_a_zone_is_read_in_that_of_the_outlets_country_if_it_has_one() -> None:
    written = parse_moment("2025-03-04 12:00")
    assert written is not None
    local = in_country(written, "MM")
    assert (local, local.certainty) == (datetime(2025, 3, 4, 5, 30, tzinfo=UTC), "country-zone")
    assert in_country(written, "US") is written
    assert in_country(written, None) is written
    zoned = parse_moment("2025-03-04T12:00:00Z")
    assert zoned is not None
    assert in_country(zoned, "MM") is zoned


def test_what_is_computed_from_a_moment_is_an_ordinary_one() -> None:
    later = Moment.of(datetime(2025, 3, 4, tzinfo=UTC), "guessed") + timedelta(days=1)
    assert certainty_of(later) == certainty_of(datetime.now(UTC)) == "exact"


@settings(deadline=None)  # the first date in words loads the languages
@given(st.text(max_size=60) | st.text(alphabet="0123456789 /:.-+TZพ.ศเมีนาคม១២៣марта", max_size=40))
def test_anything_can_be_asked_for_its_date(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or moment.tzinfo is UTC
