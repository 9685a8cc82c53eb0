"""The line table: where HTML and plain text meet, and nothing that knows either.

One row a line, one table for a whole batch of documents:

| column | type | what it is |
|---|---|---|
| `doc` | u32 | which document of the batch, from 0 |
| `number` | u32 | the line's number in its document (see `cleaners.page.Line`) |
| `text` | str | the line, white space folded |
| `gap` | u8 | what parts it from the line before: a `Gap` |
| `tag` | str or null | the HTML element whose line it is; null where there are no tags |
| `link_share` | f32 | share of its characters inside links, 0 where there are no tags |
| `marks` | u32 | what the elements around it say they are: bits of `Mark` |
| `is_html` | bool | tags were there to look at |
| `is_title` | bool | it repeats a title that the page's head gives |
| `boxes` | f32s | where it stands in the tree: `BOX_COLUMNS`, 0 where there are no tags |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from cleaners.boxes import BOX_COLUMNS, Floats, no_boxes

if TYPE_CHECKING:
    from cleaners.head import Head


class Gap(IntEnum):
    """What parts a line from the one before it in the clean body."""

    NONE = 0
    LINE = 1
    PARAGRAPH = 2


class Row(NamedTuple):
    """One line of plain text on its way to the table: its number, the text, and what parts it from the row before."""

    number: int
    text: str
    gap: Gap


class Mark(IntFlag):
    """What an element around a line claims to be, by its tag, role, class and id."""

    NAV = 1
    HEADER = 2
    FOOTER = 4
    ASIDE = 8
    RELATED = 16
    SHARE = 32
    PROMO = 64
    COMMENTS = 128
    BIO = 256
    META = 512
    CAPTION = 1024
    LEGAL = 2048
    HIDDEN = 4096
    MEDIA = 8192
    LIST = 16384
    TABLE = 32768
    QUOTE = 65536
    CODE = 131072
    FORM = 262144
    ARTICLE = 524288
    CONTENT = 1048576
    TITLE = 2097152
    DEK = 4194304
    DATE = 8388608
    TAGS = 16777216
    BYLINE = 33554432


_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "doc": pl.UInt32,
    "number": pl.UInt32,
    "text": pl.String,
    "gap": pl.UInt8,
    "tag": pl.String,
    "link_share": pl.Float32,
    "marks": pl.UInt32,
    "is_html": pl.Boolean,
    "is_title": pl.Boolean,
    "boxes": pl.Array(pl.Float32, len(BOX_COLUMNS)),
}
SCHEMA = pl.Schema(_COLUMNS)


@dataclass(slots=True)
class DocumentLines:
    """The lines of one document as parallel lists, with what its head says where it has one."""

    number: list[int]
    text: list[str]
    gap: list[int]
    tag: list[str | None]
    link_share: list[float]
    marks: list[int]
    is_html: bool = False
    head: "Head | None" = None
    boxes: Floats | None = None

    def __len__(self) -> int:
        return len(self.text)

    def filled(self) -> "DocumentLines":
        """The same lines without those in which repair left nothing to see."""
        if all(self.text):
            return self
        return self._taking([place for place, text in enumerate(self.text) if text])

    def pieces(self, longest: int) -> "list[DocumentLines]":
        """The same lines as documents of at most so many lines each."""
        if len(self) <= longest:
            return [self]
        return [self._taking(range(start, min(start + longest, len(self)))) for start in range(0, len(self), longest)]

    def _taking(self, places: Sequence[int]) -> "DocumentLines":
        """A document of the lines at some places."""
        return DocumentLines(
            number=[self.number[place] for place in places],
            text=[self.text[place] for place in places],
            gap=[self.gap[place] for place in places],
            tag=[self.tag[place] for place in places],
            link_share=[self.link_share[place] for place in places],
            marks=[self.marks[place] for place in places],
            is_html=self.is_html,
            head=self.head,
            boxes=None if self.boxes is None else self.boxes[list(places)],
        )

    def are_titles(self) -> list[bool]:
        """Tell of each line whether it repeats a title that the head gives."""
        titles = self.head.titles if self.head else frozenset()
        return [text in titles for text in self.text] if titles else [False] * len(self)

    @classmethod
    def plain(cls, number: list[int], text: list[str], gap: list[int]) -> "DocumentLines":
        """Lines of a text whose tags are gone: no hints."""
        count = len(text)
        return cls(number, text, gap, [None] * count, [0.0] * count, [0] * count)


def _boxes_of(document: DocumentLines) -> Floats:
    return no_boxes(len(document)) if document.boxes is None else document.boxes


def line_table(documents: Sequence[DocumentLines]) -> pl.DataFrame:
    """Put the lines of a batch of documents into one table of `SCHEMA`."""
    counts = [len(document) for document in documents]

    def column(name: str) -> list[object]:
        return [value for document in documents for value in getattr(document, name)]

    return pl.DataFrame(
        {
            "doc": np.repeat(np.arange(len(documents), dtype=np.uint32), counts),
            "number": column("number"),
            "text": column("text"),
            "gap": column("gap"),
            "tag": column("tag"),
            "link_share": column("link_share"),
            "marks": column("marks"),
            "is_html": np.repeat(np.array([document.is_html for document in documents], bool), counts),
            "is_title": [is_title for document in documents for is_title in document.are_titles()],
            "boxes": np.concatenate([no_boxes(0), *(_boxes_of(document) for document in documents)]),
        },
        schema=SCHEMA,
    )
