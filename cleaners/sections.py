"""The section that an article stands in, by the lines around its headline.

A line that was taken for a section may as well open a list of sections ("Topics"), tags or other articles, or belong to
a menu. Such words are no section; where they are followed by one ("Filed under: Harbour"), that is taken.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

from cleaners.dates import find_dates
from cleaners.head import fold
from cleaners.labels import Label
from cleaners.lexicon import words_of
from cleaners.page import Line

MAX_SECTION_CHARS = 80
LINES_ABOVE, LINES_BELOW = 6, 6
"""Lines around the headline in which its section stands; those of menus and of other articles stand further off."""


def _words(table: str) -> frozenset[str]:
    return words_of("sections", table)


def section_words() -> frozenset[str]:
    """The words of which names of sections are made."""
    return _words("section")


@cache
def _openers() -> re.Pattern[str]:
    """Match what names a section outright; one word needs a colon behind it, "posted in" does not."""
    words = sorted(_words("openers"), key=len, reverse=True)
    phrases = [word for word in words if " " in word]
    return re.compile(
        rf"(?:{'|'.join(map(re.escape, words))})\s?:\s?(?=\S)|(?:{'|'.join(map(re.escape, phrases))})\s(?=\S)",
        re.IGNORECASE,
    )


def section_in(text: str) -> str | None:
    """Read a line as a section's name, without the words before it; None where it is none.

    >>> section_in("Filed under: Harbour, Weather"), section_in("Posted in Harbour"), section_in("Harbour")
    ('Harbour', 'Harbour', 'Harbour')
    >>> section_in("Topics"), section_in("Read next:"), section_in("Tags: pier, storm"), section_in("3 May 2024")
    (None, None, None, None)
    """
    line = fold(text)
    opener = _openers().match(line)
    name = line[opener.end() :].split(",")[0] if opener else line
    name = name.lstrip(_MARKS + "+").rstrip(_MARKS + ":")
    head, colon, _ = name.partition(":")
    bare = head.casefold().strip()
    is_opener = bare in _words("not_sections") or bare in _words("openers")
    if is_opener or (colon and not opener) or not any(map(str.isalpha, name)) or len(line) > MAX_SECTION_CHARS:
        return None
    return None if find_dates(name) or _CODE.search(name) else name


def section_given(value: str) -> str | None:
    """Read the section that a page's data give: the first of a list, no address and no word for "none".

    >>> section_given("Harbour, Weather, Piers, storm"), section_given("College of Arts, Letters and Science")
    ('Harbour', 'College of Arts, Letters and Science')
    >>> section_given("Uncategorized"), section_given("https://gazette.example/harbour/")
    (None, None)
    """
    pieces = value.split(", ") if value.count(",") >= _MANY_COMMAS else [value]
    named = (piece.strip() for piece in pieces if piece.casefold().strip() not in _words("not_sections"))
    name = next(named, "")
    return name if 0 < len(name) <= MAX_SECTION_CHARS and not name.startswith("http") else None


_MANY_COMMAS = 2
"""Commas from which on a section is a list; one may stand inside a name."""
_MARKS = " #•·|/><»«←→■*–—-\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
_CODE = re.compile(r"[{}=@\\]|\w/\w+/|\.(?:md|html?|com|org|net)\b")


def sections_of(lines: Sequence[Line], *, headline: int | None, first: int) -> Iterator[str]:
    """Give the sections named around the headline, the nearest above it first; then those that a line says outright."""
    top = headline if headline is not None else first
    above = range(top - 1, max(-1, top - 1 - LINES_ABOVE), -1)
    below = range(top + 1, min(first, top + 1 + LINES_BELOW))
    near = (lines[place] for place in (*above, *below) if place < len(lines))
    said = (line for line in lines if line.label is Label.SECTION and _openers().match(line.text))
    for line in chain(near, said):
        name = section_in(line.text) if line.label is Label.SECTION else None
        if name is not None:
            yield name
