"""HTML → lines: one walk over the parse tree, in the order a reader sees the text.

A line ends where a browser would break it: at block elements and `<br>`. Scripts, styles and what is never shown are
passed over; hidden elements are kept and marked, since paywalls and lazy pages hide real text.
"""

from enum import IntEnum, auto

from selectolax.lexbor import LexborNode

from cleaners.boxes import Boxes
from cleaners.claims import MARKS_OF_TAG, Span, marks_of
from cleaners.lines import Gap

UNSEEN = frozenset(
    "script style noscript template svg math head iframe object embed audio video canvas input select option textarea "
    "datalist source track param area map frame frameset noframes applet".split()
)
_BLOCK = frozenset(
    "address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table "
    "caption tbody tfoot thead tr ul title".split()
)
_CELL = frozenset({"td", "th"})

MOST_OF_A_LINE = 0.6
"""An element inside a line (`<span class="byline">`) speaks for the line when it holds so large a share of it."""


class _Kind(IntEnum):
    """What a walk does at a node; from BLOCK on it is an element that opens and closes."""

    PASSED_OVER = auto()
    TEXT = auto()
    BREAK = auto()
    BLOCK = auto()
    CELL = auto()
    LINK = auto()
    INLINE = auto()


_KINDS = {
    **dict.fromkeys(_BLOCK, _Kind.BLOCK),
    **dict.fromkeys(_CELL, _Kind.CELL),
    "-text": _Kind.TEXT,
    "br": _Kind.BREAK,
    "a": _Kind.LINK,
}

_Element = tuple[LexborNode, str, _Kind, int, int, int]
"""An open element: its node, tag, kind and marks, and the lines, and characters of the next one, before it."""


class Walk:
    """The state of one walk: the line being gathered, the lines so far, and the spans that marked elements cover."""

    def __init__(self, unseen: frozenset[str]) -> None:
        self.kinds = _KINDS | dict.fromkeys(unseen, _Kind.PASSED_OVER)
        self.pieces: list[str] = []
        self.chars = 0
        self.link_chars = 0
        self.inline: list[tuple[int, int]] = []
        self.text: list[str] = []
        self.gap: list[int] = []
        self.tag: list[str | None] = []
        self.link_share: list[float] = []
        self.blocks: list[str] = ["body"]
        self.boxes = Boxes()
        self.own: list[int] = []
        self.links = 0
        self.preformatted = 0
        self.spans: list[Span] = []
        self.next_gap: Gap = Gap.PARAGRAPH

    def flush(self, gap: Gap = Gap.PARAGRAPH) -> None:
        """End the line being gathered; `gap` is what parts it from the next."""
        if not self.pieces:
            self.next_gap = max(self.next_gap, gap)
            return
        joined = "".join(self.pieces)
        line = joined.rstrip() if self.preformatted else " ".join(joined.split())
        if line:
            self.text.append(line)
            self.gap.append(self.next_gap)
            self.tag.append(self.blocks[-1])
            self.own.append(self.boxes.open[-1])
            self.link_share.append(min(1.0, self.link_chars / len(line)))
            for marks, covered in self.inline:
                if covered >= MOST_OF_A_LINE * self.chars:
                    self.spans.append((len(self.text) - 1, len(self.text), marks))
        self.next_gap = gap if line else max(self.next_gap, gap)
        self.pieces.clear()
        self.inline.clear()
        self.chars = self.link_chars = 0

    def flush_at_break(self) -> None:
        """End the line at a `<br>`; two in a row part paragraphs."""
        self.flush(Gap.LINE if any(piece and not piece.isspace() for piece in self.pieces) else Gap.PARAGRAPH)

    def add(self, value: str) -> None:
        """Add a text to the line being gathered; in preformatted text its breaks end lines."""
        if self.preformatted and "\n" in value:
            *lines, value = value.split("\n")
            for line in lines:
                self.pieces.append(line)
                self.flush_at_break()
        if self.pieces or not value.isspace():
            self.pieces.append(value)
            length = len(" ".join(value.split()))
            self.chars += length
            if self.links:
                self.link_chars += length

    def walk(self, root: LexborNode) -> None:
        """Visit the elements under the root in order, without recursion: hostile pages nest a million deep.

        Hardly anything is asked of elements without content, such as pictures: nothing stands there to be marked.
        """
        kinds, pieces = self.kinds, self.pieces
        open_elements = [self.enter(root, root.tag or "-", _Kind.BLOCK)]
        node = root.child
        while open_elements:
            if node is None:
                node = self.leave(open_elements.pop()).next
                continue
            tag = node.tag or "-"
            kind = kinds.get(tag) or self.kind_of(tag)
            if kind is _Kind.TEXT:
                value = node.text_content
                if value and (pieces or not value.isspace()):
                    self.add(value)
            elif kind >= _Kind.BLOCK:
                child = node.child
                if child is not None:
                    open_elements.append(self.enter(node, tag, kind))
                    node = child
                    continue
                self.part_at(tag, kind)
            elif kind is _Kind.BREAK:
                self.flush_at_break()
            node = node.next

    def part_at(self, tag: str, kind: _Kind) -> None:
        """Part what stands before and after an element without content."""
        if kind is _Kind.BLOCK:
            self._flush_at(tag)
        elif kind is _Kind.CELL:
            self.pieces.append("  ")

    def kind_of(self, tag: str) -> _Kind:
        """Learn what to do at a tag that comes for the first time."""
        kind = _Kind.PASSED_OVER if tag[0] in "-_!" else _Kind.INLINE
        self.kinds[tag] = kind
        return kind

    def claim(self, marks: int, first: int, chars: int) -> None:
        """Note what an element that ends here covers: the lines since it began, and its share of the next."""
        began_inside = chars > 0
        if len(self.text) > first + began_inside:
            self.spans.append((first + began_inside, len(self.text), marks))
        covered = self.chars - (chars if len(self.text) == first else 0)
        if covered:
            self.inline.append((marks, covered))

    def enter(self, node: LexborNode, tag: str, kind: _Kind) -> _Element:
        """Begin an element."""
        attributes = node.attributes
        if kind is _Kind.BLOCK:
            self._flush_at(tag)
            self.blocks.append(tag)
            self.preformatted += tag == "pre"
            self.boxes.enter(f"{tag} {attributes.get('class') or ''}", len(self.text))
        elif kind is _Kind.CELL:
            self.pieces.append(" ")
            self.blocks.append(tag)
        elif kind is _Kind.LINK:
            self.links += 1
        marks = marks_of(tag, attributes) if attributes else MARKS_OF_TAG.get(tag, 0)
        return node, tag, kind, marks, len(self.text), self.chars

    def leave(self, element: _Element) -> LexborNode:
        """End an element and give its node."""
        node, tag, kind, marks, first, chars = element
        if kind is _Kind.BLOCK:
            self._flush_at(tag)
            self.preformatted -= tag == "pre"
            self.blocks.pop()
            self.boxes.leave(len(self.text))
        elif kind is _Kind.CELL:
            self.pieces.append(" ")
            self.blocks.pop()
        elif kind is _Kind.LINK:
            self.links -= 1
        if marks:
            self.claim(marks, first, chars)
        return node

    def _flush_at(self, tag: str) -> None:
        if self.pieces or self.next_gap is not Gap.PARAGRAPH:
            self.flush(Gap.LINE if tag == "tr" else Gap.PARAGRAPH)


def walked(root: LexborNode | None, unseen: frozenset[str]) -> Walk:
    """Walk over the elements under a root and give what was found; the text of unseen elements is passed over."""
    walk = Walk(unseen)
    if root is not None:
        walk.walk(root)
        walk.flush()
    return walk
