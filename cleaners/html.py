"""HTML → lines with hints: the page as a whole.

The tree comes from lexbor, which parses as browsers do; `cleaners.walk` goes over it, `cleaners.claims` tells what its
elements claim.
"""

import re

from selectolax.lexbor import LexborHTMLParser

from cleaners.boxes import box_measures
from cleaners.claims import believed_marks
from cleaners.lines import DocumentLines
from cleaners.markup import read_head
from cleaners.walk import UNSEEN, walked

_MANY_TAGS = 20_000
"""Below so many tags even a page of nothing but open elements parses in half a second; above, the depth is looked
at."""
_DEEPEST = 512
"""Elements nested deeper are flattened, as browsers do. HTML's parsing rules look through all open elements at each
tag, so the time grows with the square of the depth: 100,000 nested `div` take 25 s."""
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})[^<>]*>")
_NOT_NESTED = frozenset(
    "area base br col embed hr img input link meta param source track wbr "
    "p li dt dd tr td th thead tbody tfoot option optgroup colgroup rp rt".split()
)
"""Elements without content, and those that HTML ends by itself when the next of their kind begins."""
_MANY_SPACES = 50_000
_HUGE_CHARS = 20_000
_HUGE_TAG = re.compile(rf"<([a-zA-Z][^\s/<>]{{0,40}}+)[^<>]{{{_HUGE_CHARS},}}+>")
"""HTML's rules compare each attribute of a tag with all before it: 100,000 of them take ten seconds. A tag so long
keeps its name alone."""


def _may_have_huge_tag(source: str) -> bool:
    """Tell by leaps whether so many characters stand between a "<" and the next bracket; nearly all pages end here."""
    start = source.find("<") + 1
    while 0 < start <= len(source) - _HUGE_CHARS:
        end = start + _HUGE_CHARS
        last = max(source.rfind("<", start, end), source.rfind(">", start, end))
        if last < 0 and source[start - 1] == "<":
            return True
        start = last + 1 if last >= 0 else source.find("<", end) + 1
    return False


def _flattened(source: str) -> str:
    """Take away what makes a parser's time grow with the square: tags nested without end, endless attributes."""
    if _may_have_huge_tag(source) and sum(map(source.count, " \n\t")) > _MANY_SPACES:
        source = _HUGE_TAG.sub(r"<\1>", source)
    if source.count("<") <= _MANY_TAGS:
        return source
    depth = 0

    def shallow(match: re.Match[str]) -> str:
        nonlocal depth
        closing, name = match.groups()
        if name.lower() in _NOT_NESTED:
            return match[0]
        if closing:
            depth = max(0, depth - 1)
            return match[0] if depth < _DEEPEST else " "
        depth += 1
        return match[0] if depth <= _DEEPEST else " "

    return _TAG.sub(shallow, source)


LITTLE_TEXT = 400
"""A page with less text than this shows it by script; what stands in its `<noscript>` is then all there is to read."""


def html_lines(source: str, url: str | None) -> DocumentLines:
    """Parse a page and give its lines with hints, and what its head says."""
    tree = LexborHTMLParser(_flattened(source))
    root = tree.body or tree.root
    walk = walked(root, UNSEEN)
    if sum(map(len, walk.text)) < LITTLE_TEXT and "<noscript" in source:
        walk = walked(root, UNSEEN - {"noscript"})
    count = len(walk.text)
    return DocumentLines(
        list(range(1, count + 1)),
        walk.text,
        walk.gap,
        walk.tag,
        walk.link_share,
        believed_marks(walk.text, walk.spans),
        is_html=True,
        head=read_head(tree, url),
        boxes=box_measures(walk.boxes, walk.own, walk.text, walk.link_share),
    )


_HTML_START = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_PROLOG = (("<?xml", "?>"), ("<!--", "-->"))
_MARKUP = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|table|tr|td|article|section|body|html|head|nav|footer|figure|blockquote)\b[^<>]{0,300}>",
    re.IGNORECASE,
)
_SNIFFED_CHARS = 20_000
_FEWEST_TAGS = 2
_MARKUP_PER_CHARS = 400
"""A fragment is taken for HTML when it begins with a tag and has a block tag for at least so many characters; text with
a few leftover tags stays text."""


def looks_like_html(text: str) -> bool:
    """Tell by its beginning whether a document is HTML and not text with leftover tags."""
    start = _without_prolog(text[:_SNIFFED_CHARS])
    if _HTML_START.match(start):
        return True
    found = len(_MARKUP.findall(start))
    return start.lstrip().startswith("<") and found >= _FEWEST_TAGS and found * _MARKUP_PER_CHARS >= len(start)


def _without_prolog(start: str) -> str:
    """A document's beginning without the XML declaration and comments in front of it."""
    while True:
        start = start.lstrip()
        closing = next((closing for opening, closing in _PROLOG if start.startswith(opening)), None)
        if closing is None or closing not in start:
            return start
        start = start.partition(closing)[2]
