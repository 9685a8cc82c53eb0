"""What words say about dates: that one is of the publication or of a change, and relative times, "2 hours ago"."""

import re
import unicodedata
from datetime import datetime, timedelta
from functools import cache

from cleaners.lexicon import lexicon, words_of
from cleaners.moments import FoundDate, Moment

MAX_DATE_TEXT = 400
"""Characters of a line in which a date is looked for; longer lines are prose."""


def folded_line(text: str) -> str:
    """Fold the part of a line in which dates are looked for: plain characters, single spaces, small letters."""
    return " ".join(unicodedata.normalize("NFKC", text[:MAX_DATE_TEXT]).split()).casefold()


def _one_of(*tables: str) -> str:
    """Give the words of some tables as a pattern; longer ones win over shorter ones."""
    words = {word for table in tables for word in words_of("calendar", table)}
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"


@cache
def update_words() -> re.Pattern[str]:
    """Give the pattern of the words that say that the date after them is that of a change, in a folded line."""
    return re.compile(_one_of("updated"))


@cache
def _published_words() -> re.Pattern[str]:
    return re.compile(rf"\W{{0,3}}{_one_of('published')}(?!\w)", re.IGNORECASE)


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
    return re.compile(rf"(?<!\w){_one_of('published', 'updated')}", re.IGNORECASE)


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

    >>> fetched = datetime.fromisoformat("2025-09-05T14:30Z")
    >>> [str(find_relative(text, fetched).moment.at) for text in ("2 hours ago", "vor 3 Tagen")]
    ['2025-09-05 12:30:00+00:00', '2025-09-02 00:00:00+00:00']
    """
    folded = folded_line(text)
    pattern, lengths = _relative()
    match = pattern.search(folded)
    if match is None:
        return None
    count, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    at = fetched_at - lengths[unit] * (int(count) if count.isdigit() else 1)
    is_update = update_words().search(folded, 0, match.start()) is not None
    if lengths[unit] >= timedelta(days=1):
        return FoundDate(Moment(at.replace(hour=0, minute=0, second=0, microsecond=0), "day"), is_update)
    return FoundDate(Moment(at.replace(second=0, microsecond=0), "minute", has_zone=True), is_update)
