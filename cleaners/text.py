"""Plain text → lines: what scrapers leave when the tags are gone.

Lines stay as they stand but for three things: leftover tags are taken out, hard-wrapped lines are joined again, and a
text in one giant line is cut into its sentences. Each leaves alone what it is not sure of.
"""

import html
import re
from collections.abc import Sequence
from itertools import pairwise

from cleaners.giant import is_giant, pieces
from cleaners.lines import DocumentLines, Gap, Row


def text_lines(text: str) -> tuple[DocumentLines, tuple[str, ...]]:
    r"""Split repaired text into lines, and name what was mended (`markup`, `wrapping`).

    >>> lines, mended = text_lines("<p>The bridge is open.</p>\n\nThe ferry stops.")
    >>> lines.text, lines.number, mended
    (['The bridge is open.', 'The ferry stops.'], [1, 3], ('markup',))
    """
    mended: list[str] = []
    split = text.split("\n")
    numbers: Sequence[int] = range(1, len(split) + 1)
    if "<" in text and _TAG.search(text):
        parted = [(number, piece) for number, line in enumerate(split, 1) for piece in without_tags(line)]
        numbers, split = [number for number, _ in parted], [piece for _, piece in parted]
        mended.append("markup")
    lines = _with_text(numbers, split)
    width = wrap_width(lines)
    if width:
        lines = rejoined(lines, width)
        mended.append("wrapping")
    lines.gap = _gaps(lines, width)
    longest = max(lines.text, key=len, default="")
    if is_giant(longest, sum(map(len, lines.text))):
        lines = _with_pieces(lines, lines.text.index(longest))
    return lines, tuple(mended)


BLOCKS_SHARE = 0.3
"""Where so many of the lines stand below a blank line, blank lines part the paragraphs, and lines without one between
them belong together (verse, addresses, table rows); elsewhere each line is a paragraph of its own."""


def _with_text(numbers: Sequence[int], split: list[str]) -> DocumentLines:
    """The lines that hold text; a blank line between two of them is a paragraph's gap."""
    stripped = [line.strip() for line in split]
    line_gap, paragraph_gap = Gap.LINE, Gap.PARAGRAPH
    return DocumentLines.plain(
        [number for number, line in zip(numbers, stripped, strict=True) if line],
        [line for line in stripped if line],
        [line_gap if above else paragraph_gap for above, line in pairwise(["", *stripped]) if line],
    )


def _gaps(lines: DocumentLines, width: int) -> list[int]:
    """What parts the lines: each is a paragraph of its own where blank lines part none, or where it was joined."""
    if lines.gap.count(Gap.PARAGRAPH) < max(2, BLOCKS_SHARE * len(lines)):
        return [Gap.PARAGRAPH] * len(lines)
    if not width:
        return lines.gap
    are_joined = [len(text) > width for text in lines.text]
    beside = zip([False, *are_joined], are_joined, lines.gap, strict=False)
    return [Gap.PARAGRAPH if is_joined or above else gap for above, is_joined, gap in beside]


def _with_pieces(lines: DocumentLines, place: int) -> DocumentLines:
    """The same lines with the giant one at a place cut into pieces."""
    giant = Row(lines.number[place], lines.text[place], Gap(lines.gap[place]))
    number, text, gap = (list(column) for column in zip(*pieces(giant), strict=True))
    return DocumentLines.plain(
        [*lines.number[:place], *number, *lines.number[place + 1 :]],
        [*lines.text[:place], *text, *lines.text[place + 1 :]],
        [*lines.gap[:place], *gap, *lines.gap[place + 1 :]],
    )


_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|big|blockquote|body|br|button|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|font|"
    r"footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|main|mark|meta|nav|noscript|ol|option|p|"
    r"path|pre|q|s|script|section|select|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|tfoot|th|thead|"
    r"time|title|tr|tt|u|ul|video|wbr)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_BREAKING = (
    "p",
    "br",
    "div",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "section",
    "article",
    "ul",
    "ol",
)
_MANY_TAGS = 500
"""A line with more tags than this is no text with leftovers: its tags go without a look at how they nest, since a
parser's time would grow with the square of the depth."""


def without_tags(line: str) -> list[str]:
    """Take the markup out of a line; block elements inside it part it into several. Scripts and styles go whole.

    Spares what only looks like a tag: '3 < 4 and 5 > 2', '<3', a name in angle brackets.

    >>> without_tags("The <b>bridge</b> is open.<br>The ferry stops.")
    ['The bridge is open.', 'The ferry stops.']
    >>> without_tags("It holds for x < y > z.")
    ['It holds for x < y > z.']
    """
    found = sum(1 for _ in _TAG.finditer(line))
    if not found:
        return [line]
    if found > _MANY_TAGS:
        return [_TAG.sub(" ", line)]
    from bs4 import BeautifulSoup  # few texts have tags left, and importing it is a twentieth of the start

    soup = BeautifulSoup(_only_tags(line), "html.parser")
    for element in soup.find_all(_BREAKING):
        element.insert_before("\n")
        element.insert_after("\n")
    return [piece for piece in soup.get_text().split("\n") if piece.strip()]


_HIDING = re.compile(r"</?(script|style)\b", re.IGNORECASE)


def _only_tags(line: str) -> str:
    """The line with all escaped that a parser could take for markup and that is none; a lone script tag goes alone."""
    escaped: list[str] = []
    end = 0
    lowered = line.lower()
    for match in _TAG.finditer(line):
        hiding = _HIDING.match(match[0])
        is_alone = hiding is not None and not (f"<{hiding[1]}" in lowered and f"</{hiding[1]}" in lowered)
        escaped += [html.escape(line[end : match.start()], quote=False), "" if is_alone else match[0]]
        end = match.end()
    return "".join([*escaped, html.escape(line[end:], quote=False)])


NARROWEST_WRAP = 40
WIDEST_WRAP = 120
"""Mail and text files are wrapped at 60 to 100 columns, narrow columns of old newspapers' sites at 40."""
WRAPPED_PAIRS = 6
WRAPPED_SHARE = 0.5
"""A text is taken for wrapped when at least so many lines, and so large a share of those with a neighbour below, could
not have held the next line's first word. By chance that holds for one pair in ten or twenty."""

_ITEM = re.compile(r"(?:[-–—*•·▪◦‣○●+>|]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_COLUMNS = re.compile(r"\S(?:\t| {3,}|\s\|\s)\S")


def wrap_width(lines: DocumentLines) -> int:
    """Find the column at which a text was hard-wrapped, 0 where it was not.

    A wrapped line is one that could not have held the first word of the next line as well; that is true of each line of
    a wrapped paragraph save its last, and of hardly any line of verse, of a list or of a table.
    """
    width = max(map(len, lines.text), default=0)
    if not NARROWEST_WRAP <= width <= WIDEST_WRAP:
        return 0
    beside = zip(lines.text, lines.text[1:], lines.gap[1:], strict=False)
    pairs = [(above, below) for above, below, gap in beside if gap == Gap.LINE]
    wrapped = sum(_is_wrapped(above, below, width) for above, below in pairs)
    return width if wrapped >= max(WRAPPED_PAIRS, WRAPPED_SHARE * len(pairs)) else 0


LONGEST_WORD = 30
"""A first word longer than this is none: Chinese and Japanese lines, addresses."""


def _is_wrapped(above: str, below: str, width: int) -> bool:
    """Tell whether the line above goes on below: it had no room for the next word, which begins no item or row."""
    word = len(below.split(maxsplit=1)[0])
    if word > LONGEST_WORD or len(above) + 1 + word <= width:
        return False
    return not (_ITEM.match(below) or _COLUMNS.search(below) or _COLUMNS.search(above))


_PARTED_WORD = re.compile(r"\w-$")


def rejoined(lines: DocumentLines, width: int) -> DocumentLines:
    """Join hard-wrapped lines into paragraphs; verse, lists and tables stay as they are.

    A word that was parted at a hyphen keeps the hyphen, since nothing tells "well-known" from "know-ledge".
    """
    starts: list[int] = []
    paragraphs: list[list[str]] = []
    for place, (above, text) in enumerate(pairwise(["", *lines.text])):
        if place and lines.gap[place] == Gap.LINE and _is_wrapped(above, text, width):
            paragraphs[-1].append(text if _PARTED_WORD.search(above) else f" {text}")
        else:
            starts.append(place)
            paragraphs.append([text])
    return DocumentLines.plain(
        [lines.number[place] for place in starts],
        ["".join(paragraph) for paragraph in paragraphs],
        [lines.gap[place] for place in starts],
    )
