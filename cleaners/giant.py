"""A text in one giant line → its sentences, with the menu, headline, byline and date at its start split off.

The sentences lie in the table as lines with no gap between them, so that the body puts the kept ones together again.
"""

import re
from collections.abc import Iterator
from functools import cache

from cleaners import phrases
from cleaners.lines import Gap, Row

GIANT_CHARS = 1_200
GIANT_SHARE = 0.6
"""A text whose longest line has so many characters and so large a share of all has lost its line breaks."""
MENU_WORDS = 3
"""So many words of menus in a row at the start are a menu; one or two may begin a headline."""
_LONGEST_ENTRY = 3
_OPENING_CHARS = 400

_SENTENCE = re.compile(
    r"(?<=[.!?…؟۔।॥])[\"'”’)]* +(?=[\"'“‘(¿¡]*[^\W\d_a-z])|(?<=[。！？])(?![」』）\"”])| {2,}",
)
_ABBREVIATED = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Gen|Col|Lt|No|vs|bzw|Nr|Hr|Fr|Mme|Sra?|Dra?)|\b\w)\.$")
_DATE = r"(?:\d{1,2}\.? [^\W\d_]{3,12}|[^\W\d_]{3,12} \d{1,2},?) \d{4}|\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}"
_NAME = r"[^\W\d_a-z][\w.'’-]{0,30}"


def is_giant(line: str, chars: int) -> bool:
    """Tell whether a line holds a whole text: it is long, most of all there is, and made of words."""
    return len(line) >= max(GIANT_CHARS, GIANT_SHARE * chars) and _SENTENCE.search(line) is not None


def pieces(row: Row) -> Iterator[Row]:
    """Cut a giant line into what stood in lines of its own: menu, headline, byline, then sentence by sentence.

    >>> line = "Home News Sport Ferry sinks in Harrow By Ada Winter 3 May 2031 The ferry sank at noon. Nobody was hurt."
    >>> [piece.text for piece in pieces(Row(1, line, Gap.PARAGRAPH))][:3]
    ['Home News Sport', 'Ferry sinks in Harrow', 'By Ada Winter 3 May 2031']
    """
    gap = row.gap
    rest = row.text
    for end in (_menu_end(rest), *_opening_ends(rest[_menu_end(rest) :])):
        piece, rest = rest[:end].strip(), rest[end:].strip()
        if piece:
            yield Row(row.number, piece, gap)
            gap = Gap.PARAGRAPH
    yield from _sentences(row._replace(text=rest, gap=gap))


def _sentences(row: Row) -> Iterator[Row]:
    """The sentences of a line; initials and titles of persons end none."""
    start = 0
    gap = row.gap
    for match in _SENTENCE.finditer(row.text):
        piece = row.text[start : match.end()].strip()
        if piece and not _ABBREVIATED.search(piece[-8:]):
            yield Row(row.number, piece, gap)
            gap = Gap.NONE
            start = match.end()
    if rest := row.text[start:].strip():
        yield Row(row.number, rest, gap)


@cache
def _menu_entries() -> frozenset[str]:
    return frozenset(phrases.literals("nav", "is"))


def _menu_end(text: str) -> int:
    """Where the menu at the start of a text ends, in characters; 0 where there is none."""
    words = text[:_OPENING_CHARS].split(" ")
    place = 0
    while place < len(words):
        length = next(
            (
                n
                for n in range(_LONGEST_ENTRY, 0, -1)
                if " ".join(words[place : place + n]).casefold() in _menu_entries()
            ),
            0,
        )
        if not length:
            break
        place += length
    return len(" ".join(words[:place])) if place >= MENU_WORDS else 0


@cache
def _opening_pattern() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, phrases.literals("byline", "opens")), key=len, reverse=True))
    return re.compile(
        rf"(.{{10,200}}?) ((?i:{words}) {_NAME}(?: {_NAME}){{0,3}}[,·|]? {_DATE})(?= [\"'“‘«(¿¡]*[^\W\d_a-z])"
    )


def _opening_ends(text: str) -> tuple[int, ...]:
    """The lengths of the headline, and of the byline with its date, where a text begins with both."""
    match = _opening_pattern().match(text[:_OPENING_CHARS].strip())
    return (len(match[1]), len(match[2]) + 1) if match else ()
