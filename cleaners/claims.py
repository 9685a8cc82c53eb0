"""What the elements around a line claim that it is, by tag, role, class and id, and which claims are believed.

Class and id words are compared whole, so that `story-barcelona` is not a bar. The words stand in `lexicon/claims.toml`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from cleaners.lexicon import lexicon
from cleaners.lines import Mark


def _marks_in(table: str) -> dict[str, int]:
    """Map each word of a table to its marks.

    They are plain integers: an IntFlag's "or" costs a microsecond, and a page has thousands of elements.
    """
    marks: dict[str, int] = {}
    for mark, words in lexicon("claims")[table].items():
        for word in words:
            marks[word] = marks.get(word, 0) | int(Mark[mark.upper()])
    return marks


MARKS_OF_TAG = _marks_in("tags")
_MARKS_OF_ROLE = _marks_in("roles")
_MARKS_OF_ITEMPROP = _marks_in("itemprops")
_WORD_MARKS = _marks_in("words")
_PAIR_MARKS = {tuple(pair.split()): marks for pair, marks in _marks_in("pairs").items()}
_TELLING_WORDS = frozenset(_WORD_MARKS) | {first for first, _ in _PAIR_MARKS}
_HIDDEN = int(Mark.HIDDEN)
_BUILDERS = tuple("not- non- hidden- elementor- et_pb_ wp-block- vc_ fl- fusion- x- has- is- no- js- with-".split())
"""Page builders call each piece of the layout a widget, and state words tell what else is on the page."""
_NAME_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_INVISIBLE_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LONGEST_NAME = 400
"""Characters of a class or id attribute that are read; real ones are shorter, hostile ones may be megabytes."""


@lru_cache(maxsize=16384)
def marks_of_name(name: str) -> int:
    """Find what a class or id attribute claims, by whole words.

    >>> Mark(marks_of_name("site-footer")) == Mark.FOOTER
    True
    >>> marks_of_name("story-barcelona")
    0
    """
    marks = 0
    for token in name[:_LONGEST_NAME].split():
        marks |= _marks_of_token(token)
    return marks


@lru_cache(maxsize=65536)
def _marks_of_token(token: str) -> int:
    """Find what one token of a name claims; names are mostly new, their tokens mostly known."""
    if token.startswith(_BUILDERS):
        return 0
    words = [word.lower() for word in _NAME_WORDS.findall(token)]
    marks = _WORD_MARKS.get("".join(words), 0)
    if _TELLING_WORDS.isdisjoint(words):
        return marks
    for word in words:
        marks |= _WORD_MARKS.get(word, 0)
    for pair in pairwise(words):
        marks |= _PAIR_MARKS.get(pair, 0)
    return marks


_NAMELESS = frozenset({"html", "body"})
"""Their names speak of the whole page."""
_TELLING = frozenset({"role", "itemprop", "hidden", "aria-hidden", "style"})


def marks_of(tag: str, attributes: dict[str, str | None]) -> int:
    """Find what an element claims."""
    marks = MARKS_OF_TAG.get(tag, 0)
    if tag not in _NAMELESS:
        if name := attributes.get("class"):
            marks |= marks_of_name(name)
        if name := attributes.get("id"):
            marks |= marks_of_name(name)
    if _TELLING.isdisjoint(attributes):
        return marks
    if role := attributes.get("role"):
        marks |= _MARKS_OF_ROLE.get(role.lower(), 0)
    if itemprop := attributes.get("itemprop"):
        marks |= _MARKS_OF_ITEMPROP.get(itemprop.lower(), 0)
    return marks | _HIDDEN if _is_hidden(attributes) else marks


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = attributes.get("style")
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or (style is not None and _INVISIBLE_STYLE.search(style[:_LONGEST_NAME]) is not None)
    )


_LARGEST_CLAIM = 0.5
"""A clutter mark on an element that holds more than this share of the page's prose names the layout, not clutter
(`class="content with-sidebar"`), and is dropped."""
_PROSE_CHARS = 80
"""Lines of so many characters count as prose when a claim is weighed; link texts are mostly shorter."""
_LAYOUT_MARKS = int(Mark.LIST | Mark.TABLE | Mark.QUOTE | Mark.CODE | Mark.ARTICLE | Mark.CONTENT)
_DOUBTFUL_CLAIMS = [int(mark) for mark in Mark if not mark & (_LAYOUT_MARKS | Mark.COMMENTS)]

Span = tuple[int, int, int]
"""What an element covers: its first line, the one after its last, and its marks."""


def believed_marks(text: Sequence[str], spans: Iterable[Span]) -> list[int]:
    """Give each line the marks of the elements around it, leaving out claims that cover most of the page's prose.

    One element may cover it (a layout's name) or many together (page builders call each paragraph a widget). Comments
    are believed whatever their share: a thread is often longer than its article.
    """
    prose = [len(line) if len(line) >= _PROSE_CHARS else 0 for line in text]
    sums = [0, *accumulate(prose)]
    most = _LARGEST_CLAIM * sums[-1]
    marks = [0] * len(text)
    around: list[tuple[int, int]] = [(len(text), 0)]
    ordered = sorted(spans, key=lambda span: (span[0], -span[1]))
    following = 0
    for place in range(len(text)):
        while around[-1][0] <= place:
            around.pop()
        while following < len(ordered) and ordered[following][0] == place:
            start, end, mask = ordered[following]
            believed = mask & _LAYOUT_MARKS if sums[end] - sums[start] > most else mask
            around.append((end, around[-1][1] | believed))
            following += 1
        marks[place] = around[-1][1]
    unlikely = _unlikely_claims(marks, prose, most)
    return [mask & ~unlikely for mask in marks] if unlikely else marks


def _unlikely_claims(marks: Sequence[int], prose: Sequence[int], most: float) -> int:
    """Find the claims that all lines together make on more of the prose than that."""
    covered: dict[int, int] = {}
    for mask, length in zip(marks, prose, strict=True):
        if length:
            covered[mask] = covered.get(mask, 0) + length
    unlikely = 0
    for claim in _DOUBTFUL_CLAIMS:
        if sum(n for m, n in covered.items() if m & claim) > most:
            unlikely |= claim
    return unlikely
