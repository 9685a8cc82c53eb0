"""Points in time as pages give them: a day that exists, the time of day beside it, the zone in which both stand."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

Precision = Literal["day", "minute"]

LAST_YEAR = 2099


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a page gives it: `at` keeps the page's own zone; without one it is taken as UTC."""

    at: datetime
    precision: Precision
    has_zone: bool = False

    @property
    def utc(self) -> datetime:
        """The same point in time in UTC."""
        return self.at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, and whether the words before it say that it is that of a change."""

    moment: Moment
    is_update: bool


def day_of(year: int, month: int, day: int, first_year: int) -> Moment | None:
    """Give midnight UTC of a day that exists and lies in the years asked for."""
    if not (first_year <= year <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):  # noqa: PLR2004
        return None
    return Moment(datetime(year, month, day, tzinfo=UTC), "day")


_CLOCK = re.compile(
    r"(?<![\d.:/])(\d{1,2})(?:[:h]|\.(?=\d\d(?:\s|\s?uhr|$|\D)))(\d{2})(?::\d{2})?(?![\d:/])(?!\.\d)\s?"
    r"(?:uhr\s?)?(a\.?m\b\.?|p\.?m\b\.?)?\s?"
    r"((?:utc|gmt|[acemp][sd]t|cest|cet|eest|eet|bst|ist|msk|myt|sgt|jst|z|[+-]\d{2}:?\d{2})\b)?",
    re.IGNORECASE,
)
_ZONE_HOURS = {
    "z": 0.0, "utc": 0.0, "gmt": 0.0, "bst": 1.0, "cet": 1.0, "cest": 2.0, "eet": 2.0, "eest": 3.0, "msk": 3.0,
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
    "akst": -9.0, "ist": 5.5, "myt": 8.0, "sgt": 8.0, "jst": 9.0,
}  # fmt: skip
_CLOCK_REACH = 30
"""Characters around a date in which its time of day stands: "28 April 2023 at 20:22", "15:44, 6 Jan 2026"."""
_LAST_HOUR, _LAST_MINUTE, _NOON = 23, 59, 12


def at_clock(day: Moment, hour: int, minute: int, *, zone: str | None, second: int = 0) -> Moment:
    """Set a day's time of day and zone; what is no time of day leaves the day as it is."""
    if hour > _LAST_HOUR or minute > _LAST_MINUTE:
        return day
    offset = _offset(zone)
    at = day.at.replace(hour=hour, minute=minute, second=min(second, 59), tzinfo=offset or UTC)
    return Moment(at, "minute", has_zone=offset is not None)


def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    hours = _ZONE_HOURS.get(zone.casefold())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    digits = zone[1:].replace(":", "")
    if zone[0] not in "+-" or not digits.isdigit():
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:4] or 0)
    return timezone(timedelta(minutes=minutes if zone[0] == "+" else -minutes)) if minutes <= 14 * 60 else None


def with_clock(day: Moment, before: str, after: str) -> tuple[Moment, int]:
    """Add the time of day that stands right before the date, or else follows it, or else stands somewhere before.

    Also gives how many characters after the date its time of day takes up: that one is no other date's.
    """
    earlier = [*_CLOCK.finditer(before[-_CLOCK_REACH:])]
    following = _CLOCK.search(after[:_CLOCK_REACH])
    match = following
    if earlier and (following is None or not any(map(str.isalnum, before[-_CLOCK_REACH:][earlier[-1].end() :]))):
        match = earlier[-1]
    if match is None:
        return day, 0
    hour = int(match[1])
    half = (match[3] or "")[:1]
    if half and 1 <= hour <= _NOON:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return at_clock(day, hour, int(match[2]), zone=match[4]), match.end() if match is following else 0
