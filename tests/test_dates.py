"""Dates in text: read in many languages, and left alone where they are none."""

import doctest
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners import date_words, dates
from cleaners.date_words import find_relative
from cleaners.dates import date_in_url, find_dates, month_numbers, read_stamp

DAYS = [
    ("September 5, 2025", "2025-09-05"),
    ("5 September 2025", "2025-09-05"),
    ("Fri, 5th Sep 2025", "2025-09-05"),
    ("05.09.2025", "2025-09-05"),
    ("5.9.25", "2025-09-05"),
    ("5. September 2025", "2025-09-05"),
    ("date 2025-09-05 WORLD", "2025-09-05"),
    ("le 5 septembre 2025", "2025-09-05"),
    ("1er mai 2024", "2024-05-01"),
    ("5 de septiembre de 2025", "2025-09-05"),
    ("5 settembre 2025", "2025-09-05"),
    ("5 września 2025", "2025-09-05"),
    ("5 сентября 2025", "2025-09-05"),
    ("5 Eylül 2025 Cuma", "2025-09-05"),
    ("2025年9月5日", "2025-09-05"),
    ("2025년 9월 5일", "2025-09-05"),
    ("令和7年9月5日", "2025-09-05"),
    ("２０２５年９月５日", "2025-09-05"),
    ("29 February 2024", "2024-02-29"),
    ("Updated onDecember 16, 2025 by the desk", "2025-12-16"),
    ("30.01.202430. Januar 2024", "2024-01-30"),
    ("13/05/2024", "2024-05-13"),
    ("05/13/2024", "2024-05-13"),
]
NO_DAYS = [
    "29 February 2023",
    "31.04.2024",
    "30.02.2024",
    "5 กันยายน 2568",
    "1404/06/14",
    "31 December 9999",
    "9999-12-31",
    "May 28",
    "November 2015",
    "3 hours ago",
    "founded on 4 July 1876",
    "version 10.11.12.13",
    "+49 30 2024 5678",
    "",
]
MINUTES = [
    ("05.09.2025 14:30 Uhr", "2025-09-05T14:30:00+00:00"),
    ("28. Juni 2025 - 16.03 Uhr", "2025-06-28T16:03:00+00:00"),
    ("16.03 Uhr, 28. Juni 2025", "2025-06-28T16:03:00+00:00"),
    ("May 11, 2024 at 4:31 pm ET", "2024-05-11T16:31:00+00:00"),
    ("12 Jan 2024, 12:05 a.m.", "2024-01-12T00:05:00+00:00"),
    ("Sat 24 Feb 2024 12.42 CET", "2024-02-24T11:42:00+00:00"),
    ("June 12, 2020 9:49 am EST", "2020-06-12T14:49:00+00:00"),
    ("2025-09-05T14:30:00+02:00", "2025-09-05T12:30:00+00:00"),
    ("2025-09-05 14:30:00.123Z", "2025-09-05T14:30:00+00:00"),
    ("Thu, 05 Sep 2019 12:00:00 +0200", "2019-09-05T10:00:00+00:00"),
]


@pytest.mark.parametrize("room", [dates, date_words])
def test_examples_in_the_rooms(room: object) -> None:
    assert doctest.testmod(room).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_day_is_read(text: str, day: str) -> None:
    assert [str(found.moment.at.date()) for found in find_dates(text)][:1] == [day]


@pytest.mark.parametrize("text", NO_DAYS)
def test_what_is_no_day_is_left_alone(text: str) -> None:
    assert find_dates(text) == []


@pytest.mark.parametrize(("text", "utc"), MINUTES)
def test_a_time_of_day_is_read_with_its_zone(text: str, utc: str) -> None:
    moment = find_dates(text)[0].moment
    assert (moment.utc.isoformat(), moment.precision) == (utc, "minute")


@pytest.mark.parametrize(("month_first", "month"), [(False, 5), (True, 9)])
def test_the_order_of_day_and_month_is_the_callers(month_first: bool, month: int) -> None:  # noqa: FBT001
    assert find_dates("9/5/2025", month_first=month_first)[0].moment.at.month == month
    assert find_dates("9.5.2025", month_first=month_first)[0].moment.at.month == 5


def test_a_change_is_told_from_a_publication() -> None:
    found = find_dates("Aktualizacja: 02.02.2025 23:49 Publikacja: 02.02.2025 21:52")
    assert [(entry.moment.at.hour, entry.is_update) for entry in found] == [(23, True), (21, False)]


def test_each_of_two_glued_dates_keeps_its_own_time() -> None:
    found = find_dates("08:39, 06 Jan 2026Updated 08:41, 06 Jan 2026")
    assert [entry.moment.at.minute for entry in found] == [39, 41]


@pytest.mark.parametrize(
    "line",
    [
        "Published May 3, 2024 9:15 am | Updated May 4, 2024",
        "Published 3 May 2024 at 9:15, updated 4 May 2024",
    ],
)
def test_a_date_without_a_time_of_day_borrows_none(line: str) -> None:
    assert [entry.moment.precision for entry in find_dates(line)] == ["minute", "day"]


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("20250905", "2025-09-05T00:00:00+00:00"),
        ("20250905T143000Z", "2025-09-05T14:30:00+00:00"),
        ("1757082600", "2025-09-05T14:30:00+00:00"),
        ("1757082600000", "2025-09-05T14:30:00+00:00"),
        ("2025-9-5T14:30", "2025-09-05T14:30:00+00:00"),
        ("1912-04-15", "1912-04-15T00:00:00+00:00"),
    ],
)
def test_a_structured_stamp_is_read_in_its_sloppy_forms(stamp: str, utc: str) -> None:
    moment = read_stamp(stamp)
    assert moment is not None
    assert moment.utc.isoformat() == utc


@pytest.mark.parametrize(
    "stamp",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "false",
        "12345",
        "99991231",
        "1970-01-01T01:00:00+0100",
        "1900-01-01",
    ],
)
def test_a_nonsense_stamp_is_nothing(stamp: str) -> None:
    assert read_stamp(stamp) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://example.org/2025/09/05/storm", "2025-09-05"),
        ("https://example.org/news/storm-20250905.html", "2025-09-05"),
        ("https://example.org/2025-09-05-storm", "2025-09-05"),
        ("https://example.org/2025/13/45/storm", None),
        ("https://example.org/item/20259999", None),
        ("https://example.org/a?d=/2025/09/05/", None),
    ],
)
def test_a_day_stands_in_an_address(url: str, day: str | None) -> None:
    moment = date_in_url(url)
    assert (str(moment.at.date()) if moment else None) == day


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for found in find_dates(text):
        assert found.moment.utc.tzinfo is UTC
    read_stamp(text)
    date_in_url(text)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_every_iso_stamp_comes_back(naive: datetime, minutes: int) -> None:
    from datetime import timezone

    stamp = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    moment = read_stamp(stamp.isoformat())
    assert moment is not None
    assert (moment.utc, moment.has_zone) == (stamp, True)


@given(st.dates(datetime(1990, 1, 1).date(), datetime(2099, 12, 31).date()), st.sampled_from(sorted(month_numbers())))  # noqa: DTZ001
def test_every_named_month_is_read_on_both_sides_of_the_day(day: object, name: str) -> None:
    from datetime import date

    assert isinstance(day, date)
    wanted = (day.year, month_numbers()[name], min(day.day, 28))
    for text in (f"{wanted[2]} {name} {day.year}", f"{name} {wanted[2]}, {day.year}"):
        at = find_dates(text)[0].moment.at
        assert (at.year, at.month, at.day) == wanted


FETCHED = datetime(2025, 9, 5, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("2 hours ago", "2025-09-05 12:30", "minute"),
        ("Posted an hour ago", "2025-09-05 13:30", "minute"),
        ("vor 3 Tagen", "2025-09-02 00:00", "day"),
        ("il y a 2 semaines", "2025-08-22 00:00", "day"),
        ("hace 10 minutos", "2025-09-05 14:20", "minute"),
        ("3日前", "2025-09-02 00:00", "day"),
        ("5小时前", "2025-09-05 09:30", "minute"),
    ],
)
def test_a_relative_time_counts_from_the_fetch(text: str, at: str, precision: str) -> None:
    found = find_relative(text, FETCHED)
    assert found is not None
    assert (f"{found.moment.at:%Y-%m-%d %H:%M}", found.moment.precision) == (at, precision)


@pytest.mark.parametrize("text", ["years ago", "2 months ago", "long ago", "vorgestern", "in 2 hours", ""])
def test_what_is_no_relative_time(text: str) -> None:
    assert find_relative(text, FETCHED) is None


@pytest.mark.parametrize(
    "text",
    [
        "5 กันยายน 2568",
        "5.9.68",
        "1403/06/15",
        "\u06f1\u06f4\u06f0\u06f3/\u06f0\u06f6/\u06f1\u06f5",
        "\u06f1\u06f5 \u0634\u0647\u0631\u06cc\u0648\u0631 \u06f1\u06f4\u06f0\u06f3",
        "\u0e55 \u0e01\u0e31\u0e19\u0e22\u0e32\u0e22\u0e19 \u0e52\u0e55\u0e56\u0e58",
        "29.02.2025",
        "9999-12-31",
        "31 April 2024",
    ],
)
def test_other_calendars_and_days_that_are_none_give_nothing(text: str) -> None:
    assert find_dates(text) == []


def test_a_leap_day_is_a_day() -> None:
    assert [found.moment.at.day for found in find_dates("29 February 2024")] == [29]
