"""Dates in text: found in many languages and spellings, read into UTC, with their precision and zone.

Only whole dates count: a day, a month and a year. What is no date of the Gregorian calendar in the years asked for
comes out as nothing, so Buddhist and Persian years, year 9999 and 30 February are not guessed at.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Literal

from cleaners.lexicon import lexicon, words_of

Precision = Literal["day", "minute"]

FIRST_YEAR = 1990
"""Nothing on the web was published before; an older date in a line is what the article is about."""
FIRST_STRUCTURED_YEAR = 1800
"""Digitised archives give their pages' dates in structured fields; older ones are defaults and slips."""
LAST_YEAR = 2099
MAX_DATE_TEXT = 400
"""Characters of a line in which a date is looked for; longer lines are prose."""
_CENTURY_PIVOT = 50
"""Two-digit years below are of this century; those from 90 on of the last, those between are no year of a web page but
mostly short for a Buddhist one: 68 is 2568."""


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


@cache
def month_numbers() -> dict[str, int]:
    """Map every known name of a month, casefolded, to its number."""
    return {
        unicodedata.normalize("NFKC", form).casefold(): number
        for names in lexicon("calendar")["months"].values()
        for number, forms in enumerate(names, 1)
        for form in forms.split("|")
    }


def only_dates(text: str) -> bool:
    """Tell whether a text is made of nothing but days, months and numbers.

    >>> only_dates("26 Sep 2019 at 4"), only_dates("Wednesday"), only_dates("20 Minuten")
    (True, True, False)
    """
    words = (word.strip(".,") for word in text.casefold().split())
    return all(word in month_numbers() or word in words_of("calendar", "days") or word.isdigit() for word in words)


@cache
def _update_words() -> re.Pattern[str]:
    words = sorted(words_of("calendar", "updated"), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


@cache
def _published_words() -> re.Pattern[str]:
    words = sorted(words_of("calendar", "published"), key=len, reverse=True)
    return re.compile(rf"\W{{0,3}}(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


def says_published(line: str) -> bool:
    """Tell whether a line begins with a word that says that the date after it is that of the publication.

    >>> says_published("Published: 5 September 2025"), says_published("Publishing is hard")
    (True, False)
    """
    return _published_words().match(line) is not None and any(map(str.isdigit, line))


def speaks_of_publishing(line: str) -> bool:
    """Tell whether a line says anywhere that something was published or changed.

    >>> speaks_of_publishing("This article was last updated on 5 May 2024.")
    True
    >>> speaks_of_publishing("The bench was made on 12 May 1998.")
    False
    """
    return _publishing_words().search(line) is not None


@cache
def _publishing_words() -> re.Pattern[str]:
    words = words_of("calendar", "published") | words_of("calendar", "updated")
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})", re.IGNORECASE)


_ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:T|\s{1,3}|,\s)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?"
    r"\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}(?!\d))?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?(?!\d)")
_CJK = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?")
_JAPANESE_ERA = re.compile(r"(令和|平成)\s?(\d{1,2}|元)年\s?(\d{1,2})月\s?(\d{1,2})日")
_ERA_START = {"令和": 2018, "平成": 1988}
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:\s?[./–-]\s?|\.\s)(\d{1,2})(?:\s?[./–-]\s?|\.\s)(\d{1,2})(?!\d)")
# A year may run into the day of the next date, "30.01.202430. Januar 2024", where a page glued two of them together.
_YEAR = r"((?:19|20)\d{2}(?!\d{3})|\d{2}(?!\d|\.\d))"
_DOTTED = re.compile(r"(?<!\d)(?<!\d\.)(\d{1,2})\.\s?(\d{1,2})\.\s?" + _YEAR)
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})\s?([/-])\s?(\d{1,2})\s?\2\s?" + _YEAR)
_WORD = r"([^\s\d.,:;/|()\[\]-]{2,14})"
_DAY_MONTH_YEAR = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°)?[.,]?[ -]{{0,2}}(?:de |of |di |d')?{_WORD}[.,]?"
    r"[ /-]{0,3}(?:de |del |of )?"
    r"((?:19|20)\d{2}(?!\d{3})|'\d{2}(?!\d)|\d{2}(?= ?(?:$|[,|·•;)\]\n–—-])| \d{1,2}[:.h]\d{2}))",
    re.IGNORECASE,
)
_MONTH_DAY_YEAR = re.compile(
    rf"{_WORD}[.,]?[ -]{{1,2}}(\d{{1,2}})(?:st|nd|rd|th)?(?:[.,]{{1,2}}[ ]?|[ -])((?:19|20)\d{{2}})(?!\d{{3}})",
    re.IGNORECASE,
)
_YEAR_MONTH_DAY = re.compile(rf"((?:19|20)\d{{2}})[.,]?[ -]{_WORD}[.]?[ -](\d{{1,2}})(?!\d)", re.IGNORECASE)
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


def find_dates(text: str, *, month_first: bool = False, first_year: int = FIRST_YEAR) -> list[FoundDate]:
    """Find the whole dates in a line, in order, each with its time of day where one stands beside it.

    `month_first` reads 9/5/2025 as 5 September; a number above 12 decides for itself, dots and dashes mean day first.

    >>> [str(found.moment.at) for found in find_dates("Published May 3, 2024 | Updated: 04.05.2024, 9:30 Uhr")]
    ['2024-05-03 00:00:00+00:00', '2024-05-04 09:30:00+00:00']
    >>> [found.is_update for found in find_dates("Published May 3, 2024 | Updated: 04.05.2024, 9:30 Uhr")]
    [False, True]
    >>> find_dates("on page 30.02.2024")
    []
    """
    folded = " ".join(unicodedata.normalize("NFKC", text[:MAX_DATE_TEXT]).split()).casefold()
    found: list[FoundDate] = []
    past = 0
    spans = sorted(_day_spans(folded, month_first=month_first, first_year=first_year), key=lambda span: span[0])
    spans = _without_overlaps(spans)
    for position, (start, end, moment) in enumerate(spans):
        following = spans[position + 1][0] if position + 1 < len(spans) else len(folded)
        timed, used = moment, 0
        if moment.precision == "day":
            timed, used = _with_clock(moment, folded[past:start], folded[end:following])
        found.append(FoundDate(timed, _update_words().search(folded, past, start) is not None))
        past = end + used
    return found


Span = tuple[int, int, Moment]


def _without_overlaps(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _day_spans(text: str, *, month_first: bool, first_year: int) -> Iterator[Span]:
    """Give every reading of a piece of the text as a date; the surest spellings first where they begin alike."""
    for match in _ISO.finditer(text):
        moment = _iso_moment(match, first_year)
        if moment is not None:
            yield match.start(), match.end(), moment
    for match in _JAPANESE_ERA.finditer(text):
        year = _ERA_START[match[1]] + (1 if match[2] == "元" else int(match[2]))
        yield from _span(match, _day(year, int(match[3]), int(match[4]), first_year))
    for pattern in (_CJK, _YEAR_FIRST):
        for match in pattern.finditer(text):
            yield from _span(match, _day(int(match[1]), int(match[2]), int(match[3]), first_year))
    for match in _DOTTED.finditer(text):
        yield from _span(
            match, _day_or_month_first(match[1], match[2], match[3], month_first=False, first_year=first_year)
        )
    for match in _SLASHED.finditer(text):
        yield from _span(
            match,
            _day_or_month_first(
                match[1], match[3], match[4], month_first=month_first and match[2] == "/", first_year=first_year
            ),
        )
    yield from _named_spans(text, first_year)


def _named_spans(text: str, first_year: int) -> Iterator[Span]:
    """Give the dates whose month is written as a word."""
    months = month_numbers()
    for pattern, (day, month, year) in (
        (_DAY_MONTH_YEAR, (1, 2, 3)),
        (_MONTH_DAY_YEAR, (2, 1, 3)),
        (_YEAR_MONTH_DAY, (3, 2, 1)),
    ):
        for match in _overlapping(pattern, text):
            number = months.get(match[month])
            if number is not None:
                yield from _span(match, _day(_full_year(match[year].strip("'")), number, int(match[day]), first_year))


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Give the matches at every place, so that "16.03 Uhr 28. Juni 2025" is not used up by "03 Uhr 28"."""
    match = pattern.search(text)
    while match is not None:
        yield match
        match = pattern.search(text, match.start() + 1)


def _span(match: re.Match[str], moment: Moment | None) -> Iterator[Span]:
    if moment is not None:
        yield match.start(), match.end(), moment


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 - a two-digit year
        return year
    return year + (2000 if year < _CENTURY_PIVOT else 1900)


def _day_or_month_first(first: str, second: str, year: str, *, month_first: bool, first_year: int) -> Moment | None:
    """Read two numbers as day and month in the order asked for, or in the only order that gives a date."""
    one, two = int(first), int(second)
    month, day = (one, two) if month_first else (two, one)
    full = _full_year(year)
    return _day(full, month, day, first_year) or _day(full, day, month, first_year)


def _day(year: int, month: int, day: int, first_year: int) -> Moment | None:
    """Give midnight UTC of a day that exists and lies in the years asked for."""
    if not (first_year <= year <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):  # noqa: PLR2004
        return None
    return Moment(datetime(year, month, day, tzinfo=UTC), "day")


def _iso_moment(match: re.Match[str], first_year: int) -> Moment | None:
    day = _day(int(match[1]), int(match[2]), int(match[3]), first_year)
    if day is None or match[4] is None:
        return day
    return _at_clock(day, int(match[4]), int(match[5]), zone=match[7], second=int(match[6] or 0))


_LAST_HOUR, _LAST_MINUTE, _NOON = 23, 59, 12


def _at_clock(day: Moment, hour: int, minute: int, *, zone: str | None, second: int = 0) -> Moment:
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


def _with_clock(day: Moment, before: str, after: str) -> tuple[Moment, int]:
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
    return _at_clock(day, hour, int(match[2]), zone=match[4]), match.end() if match is following else 0


@cache
def _relative() -> tuple[re.Pattern[str], dict[str, timedelta]]:
    """Give the pattern of relative times and the length of each unit's word."""
    table = lexicon("calendar")["relative"]
    lengths = {
        word: _UNITS[unit]
        for words in table.values()
        for unit, forms in words.items()
        if unit in _UNITS
        for word in forms
    }
    units = "|".join(sorted(map(re.escape, lengths), key=len, reverse=True))
    before = "|".join(re.escape(word) for words in table.values() for word in words.get("before", ()))
    after = "|".join(re.escape(word) for words in table.values() for word in words.get("after", ()))
    count = r"(\d{1,3}|an?|ein(?:er|em|e)?|une?|un[ao]?)"
    return re.compile(rf"(?:{before})\s?{count}\s?({units})(?!\w)|(?<!\w){count}\s?({units})\s?(?:{after})"), lengths


_UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}


def find_relative(text: str, fetched_at: datetime) -> FoundDate | None:
    """Find a relative time, "2 hours ago", and count it back from the moment at which the page was fetched.

    Minutes and hours give a time of day, days and weeks a day. Months and years are too vague to name a day.

    >>> fetched = datetime(2025, 9, 5, 14, 30, tzinfo=UTC)
    >>> [str(find_relative(text, fetched).moment.at) for text in ("2 hours ago", "vor 3 Tagen")]
    ['2025-09-05 12:30:00+00:00', '2025-09-02 00:00:00+00:00']
    """
    folded = " ".join(unicodedata.normalize("NFKC", text[:MAX_DATE_TEXT]).split()).casefold()
    pattern, lengths = _relative()
    match = pattern.search(folded)
    if match is None:
        return None
    count, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    at = fetched_at - lengths[unit] * (int(count) if count.isdigit() else 1)
    is_update = _update_words().search(folded, 0, match.start()) is not None
    if lengths[unit] >= timedelta(days=1):
        return FoundDate(Moment(at.replace(hour=0, minute=0, second=0, microsecond=0), "day"), is_update)
    return FoundDate(Moment(at.replace(second=0, microsecond=0), "minute", has_zone=True), is_update)


def read_stamp(text: str, *, month_first: bool = False) -> Moment | None:
    """Read the value of a structured field: ISO 8601 in all its sloppy forms, or any date that a line may hold.

    >>> str(read_stamp("2025-09-05T14:30:00+02:00").utc)
    '2025-09-05 12:30:00+00:00'
    >>> read_stamp("20250905").precision
    'day'
    """
    value = text[:MAX_DATE_TEXT].strip()
    found = find_dates(value, month_first=month_first, first_year=FIRST_STRUCTURED_YEAR)
    if found:
        return None if str(found[0].moment.utc.date()) in _DEFAULT_DAYS else found[0].moment
    match = _COMPACT.search(value)
    if match is not None:
        day = _day(int(match[1]), int(match[2]), int(match[3]), FIRST_STRUCTURED_YEAR)
        timed = day is not None and match[4] is not None
        return _at_clock(day, int(match[4]), int(match[5]), zone=match[7]) if day is not None and timed else day
    return _unix_time(value)


_DEFAULT_DAYS = frozenset({"1970-01-01", "1969-12-31", "1900-01-01", "1899-12-30"})
"""What programs write where no day was given: their clocks' first."""

_UNIX_TIME = re.compile(r"(?:1\d{9}|[6-9]\d{8})(\d{3})?")


def _unix_time(value: str) -> Moment | None:
    """Read seconds or milliseconds since 1970, from 1990 on."""
    match = _UNIX_TIME.fullmatch(value)
    if match is None:
        return None
    seconds = int(value) // 1000 if match[1] else int(value)
    return Moment(datetime.fromtimestamp(seconds, tz=UTC), "minute", has_zone=True)


_URL_DATE = re.compile(r"[/-]((?:19|20)\d{2})([/-])(\d{1,2})\2(\d{1,2})(?=[/_.-]|$)")
_URL_DAY_FIRST = re.compile(r"[/-](\d{1,2})-(\d{1,2})-(20\d{2})(?=[/_.-]|$)")
_URL_DIGITS = re.compile(r"[/_-]((?:19|20)\d{2})(\d{2})(\d{2})(?=[/_.-]|$)")


def date_in_url(url: str) -> Moment | None:
    """Find the day in an address's path, such as /2025/09/05/ or -20250905.

    >>> str(date_in_url("https://example.org/2025/09/05/storm").at.date())
    '2025-09-05'
    >>> date_in_url("https://example.org/item/20259999") is None
    True
    """
    path = re.split(r"[?#]", url[:2000])[0]
    match = _URL_DATE.search(path)
    numbers = (match[1], match[3], match[4]) if match else None
    turned = _URL_DAY_FIRST.search(path) if numbers is None else None
    if turned is not None:
        numbers = (turned[3], turned[2], turned[1])
    if numbers is None:
        digits = _URL_DIGITS.search(path)
        numbers = (digits[1], digits[2], digits[3]) if digits else None
    return _day(int(numbers[0]), int(numbers[1]), int(numbers[2]), FIRST_YEAR) if numbers else None
