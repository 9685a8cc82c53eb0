"""The dates that the lines of a page show its readers: around the headline, and else in lines that are there for it."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from itertools import islice

from cleaners.date_words import find_relative, says_published, speaks_of_publishing
from cleaners.dates import find_dates
from cleaners.evidence import MAX_LINES_READ, Evidence
from cleaners.head import Source
from cleaners.labels import Label
from cleaners.moments import FoundDate, Moment
from cleaners.page import Line

Dated = tuple[Moment, Source]

DATE_LINES_ABOVE, DATE_LINES_BELOW = 5, 12
"""Lines around the headline in which the article's date stands; dates of other articles stand further off."""
DATE_LINES_INTO_TEXT = 3
DATE_CHARS = 120
"""A longer line says something else and mentions a date."""
DATE_ALONE_CHARS = 40
_NO_DATE_LABELS = frozenset({Label.CAPTION, Label.COMMENTS, Label.LEGAL})
_DATE_LABELS = frozenset({Label.DATE, Label.BYLINE, Label.READING_TIME})


def dates_of_lines(page: Evidence, *, month_first: bool) -> tuple[Dated | None, Dated | None]:
    """Find the day of publication and that of a change in the lines around the headline.

    Below the headline comes before above it. Where nothing stands there, the lines labelled as dates count if they all
    agree: a list of other articles shows many dates, the foot of a blog post one.
    """
    published: Dated | None = None
    changed: Dated | None = None
    left = UPDATE_REACH
    for place in date_zone(page):
        for entry in dates_in(page, page.lines[place].text, month_first=month_first):
            if entry.is_update:
                changed = changed or (entry.moment, "line")
            else:
                published = published or (entry.moment, "line")
        left -= published is not None
        if not left:
            break
    if published is not None or changed is not None:
        return published, changed
    labelled = [line.text for line in _labelled(page.lines, _DATE_LABELS) if not _only_mentions_a_day(line)]
    said = [line.text for line in page.lines if len(line.text) <= DATE_CHARS and says_published(line.text)]
    found = [entry for text in said[:1] or labelled for entry in dates_in(page, text, month_first=month_first)]
    days = {entry.moment.at.date() for entry in found}
    if len(days) != 1:
        return None, None
    dated: Dated = (found[0].moment, "line")
    return (None, dated) if all(entry.is_update for entry in found) else (dated, None)


UPDATE_REACH = 4
"""Lines from that of the publication on in which the day of a change stands."""


def date_zone(page: Evidence) -> list[int]:
    """The places around the headline where its date may stand, lines taken for dates or bylines first."""
    if page.headline is None:
        return []
    first, top = page.first, page.headline
    end = min(len(page.lines), max(top + 1 + DATE_LINES_BELOW, min(first + DATE_LINES_INTO_TEXT, top + DATE_FARTHEST)))
    places = (*range(top, end), *range(top - 1, max(-1, top - 1 - DATE_LINES_ABOVE), -1))
    giving = [
        place
        for place in places
        if place < len(page.lines) and _may_give_date(page.lines[place], is_above_text=place <= first)
    ]
    return sorted(giving, key=lambda place: page.lines[place].label not in _DATE_LABELS)


DATE_FARTHEST = 40


def _may_give_date(line: Line, *, is_above_text: bool) -> bool:
    if line.label is Label.HEADING and len(line.text) > DATE_ALONE_CHARS:
        return any(entry.moment.precision == "minute" for entry in find_dates(line.text))
    if line.label in _NO_DATE_LABELS and not (is_above_text and line.label is Label.COMMENTS):
        return False
    if _only_mentions_a_day(line):
        return False
    return len(line.text) <= DATE_CHARS or line.label in _DATE_LABELS


def _only_mentions_a_day(line: Line) -> bool:
    """Tell a sentence of the text, though it was taken for a date, from one that says when the text appeared."""
    if not _is_sentence(line.text) or says_published(line.text):
        return False
    return line.label is Label.BODY or (line.label in _DATE_LABELS and not speaks_of_publishing(line.text))


SENTENCE_WORDS = 3


def _is_sentence(text: str) -> bool:
    """Tell a sentence of the text, which speaks of another day, from a date with a word or two.

    >>> _is_sentence("The bench was made on 12 May 1998.")
    True
    >>> _is_sentence("Karsten, den 12. Mai 1998")
    False
    """
    return text.rstrip()[-1:] in ".!?…" and sum(word[:1].islower() for word in text.split()) >= SENTENCE_WORDS


def dates_in(page: Evidence, text: str, *, month_first: bool) -> list[FoundDate]:
    """The possible dates of one line; a relative time counts from the fetch."""
    found = find_dates(text, month_first=month_first) if any(map(str.isdigit, text)) else []
    if not found and page.fetched_at is not None:
        found = [entry] if (entry := find_relative(text, page.fetched_at)) else []
    return [entry for entry in found if if_possible(page, (entry.moment, "line"))]


def _labelled(lines: Sequence[Line], labels: AbstractSet[Label]) -> Iterator[Line]:
    """Give the first lines of some labels."""
    return islice((line for line in lines if line.label in labels), MAX_LINES_READ)


def is_date_line(page: Evidence, place: int, day: date, *, month_first: bool) -> bool:
    """Tell whether a line is there to give that day, and does not only mention it."""
    line = page.lines[place]
    is_there_for_it = line.label in _DATE_LABELS or len(line.text) <= DATE_ALONE_CHARS or says_published(line.text)
    dates = dates_in(page, line.text, month_first=month_first) if is_there_for_it else []
    return any(entry.moment.at.date() == day for entry in dates)


def if_possible(page: Evidence, dated: Dated | None) -> Dated | None:
    """Pass over a date after the fetch; a day's grace covers zones that the page does not give."""
    if dated is None or page.fetched_at is None:
        return dated
    return dated if dated[0].utc <= page.fetched_at + timedelta(days=1) else None
