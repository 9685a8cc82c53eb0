"""Dates in text: found in many languages and spellings, read into UTC, with their precision and zone.

Only whole dates count: a day, a month and a year. What is no date of the Gregorian calendar in the years asked for
comes out as nothing, so Buddhist and Persian years, year 9999 and 30 February are not guessed at.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from cleaners.date_words import MAX_DATE_TEXT, folded_line, update_words
from cleaners.lexicon import lexicon, words_of
from cleaners.moments import FoundDate, Moment, at_clock, day_of, with_clock

FIRST_YEAR = 1990
"""Nothing on the web was published before; an older date in a line is what the article is about."""
FIRST_STRUCTURED_YEAR = 1800
"""Digitised archives give their pages' dates in structured fields; older ones are defaults and slips."""
_CENTURY_PIVOT = 50
"""Two-digit years below are of this century; those from 90 on of the last, those between are no year of a web page but
mostly short for a Buddhist one: 68 is 2568."""


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
    folded = folded_line(text)
    found: list[FoundDate] = []
    past = 0
    spans = sorted(_day_spans(folded, month_first=month_first, first_year=first_year), key=lambda span: span[0])
    spans = _without_overlaps(spans)
    for position, (start, end, moment) in enumerate(spans):
        following = spans[position + 1][0] if position + 1 < len(spans) else len(folded)
        timed, used = moment, 0
        if moment.precision == "day":
            timed, used = with_clock(moment, folded[past:start], folded[end:following])
        found.append(FoundDate(timed, update_words().search(folded, past, start) is not None))
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
        yield from _span(match, day_of(year, int(match[3]), int(match[4]), first_year))
    for pattern in (_CJK, _YEAR_FIRST):
        for match in pattern.finditer(text):
            yield from _span(match, day_of(int(match[1]), int(match[2]), int(match[3]), first_year))
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
                yield from _span(match, day_of(_full_year(match[year].strip("'")), number, int(match[day]), first_year))


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
    return day_of(full, month, day, first_year) or day_of(full, day, month, first_year)


def _iso_moment(match: re.Match[str], first_year: int) -> Moment | None:
    day = day_of(int(match[1]), int(match[2]), int(match[3]), first_year)
    if day is None or match[4] is None:
        return day
    return at_clock(day, int(match[4]), int(match[5]), zone=match[7], second=int(match[6] or 0))


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
        day = day_of(int(match[1]), int(match[2]), int(match[3]), FIRST_STRUCTURED_YEAR)
        timed = day is not None and match[4] is not None
        return at_clock(day, int(match[4]), int(match[5]), zone=match[7]) if day is not None and timed else day
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
    return day_of(int(numbers[0]), int(numbers[1]), int(numbers[2]), FIRST_YEAR) if numbers else None
