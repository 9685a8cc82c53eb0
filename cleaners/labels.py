"""What a line of a scraped page can be."""

from enum import StrEnum


class Label(StrEnum):
    """The label of one line; its value is the lower-case name that stands in the ledger."""

    BODY = "body"
    HEADING = "heading"
    CAPTION = "caption"
    TITLE = "title"
    DEK = "dek"
    BYLINE = "byline"
    DATE = "date"
    SECTION = "section"
    READING_TIME = "reading_time"
    SOURCE = "source"
    NAV = "nav"
    SHARE = "share"
    PROMO = "promo"
    RELATED = "related"
    BIO = "bio"
    COMMENTS = "comments"
    LEGAL = "legal"
    MEDIA = "media"
    OTHER = "other"

    __hash__ = str.__hash__
    """Equal to its value, so of the same hash; that of Enum is a Python function, and each line is looked up by it."""


KEPT = frozenset({Label.BODY, Label.HEADING})
"""The labels whose lines make the clean body."""
