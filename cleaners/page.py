"""What goes in and what comes out: a raw page, its labelled lines, the clean article."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from cleaners.labels import Label

Kind = Literal["html", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Quality signals of one article's body: plain numbers for an analyst to filter by.

    Shares lie between 0 and 1; `mean_line_chars` is in characters.
    """

    line_count: int = 0
    kept_line_count: int = 0
    mean_line_chars: float = 0.0
    prose_line_share: float = 0.0
    digit_share: float = 0.0
    upper_share: float = 0.0
    symbol_share: float = 0.0
    duplicate_line_share: float = 0.0
    replacement_char_count: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One raw document: its bytes or text, and what the source knows about it.

    `kind` None means that the content decides. `charset` is what the transport declared (an HTTP header);
    `fields` is metadata that the source already gives (title, authors, published, ...), which wins over the page's own.
    """

    raw: bytes | str
    url: str | None = None
    kind: Kind | None = None
    charset: str | None = None
    fetched_at: datetime | None = None
    fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document with what was decided about it.

    `number` is the 1-based line of the decoded text: pieces split from one line share its number, a rejoined
    paragraph has that of its first line. In HTML it counts the lines that a browser would set apart.
    `confidence` lies between 0 and 1; `reason` names the rule.
    """

    number: int
    text: str
    label: Label
    kept: bool
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One clean article. What is not known is None or empty.

    `title_raw` is the title as it stood, before a site's or section's name was taken off.

    `metadata_from` says for each field that is filled where it came from: json-ld, meta, dom, line, url or file.
    `parts` holds the articles of a digest (each an Article); it is empty for a page that is one article.
    """

    body: str = ""
    title: str | None = None
    title_raw: str | None = None
    authors: list[str] = field(default_factory=list)
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    url: str | None = None
    domain: str | None = None
    site_name: str | None = None
    section: str | None = None
    description: str | None = None
    tags: list[str] = field(default_factory=list)
    image_url: str | None = None
    syndicated_from: str | None = None
    reading_minutes: int | None = None
    metadata_from: Mapping[str, str] = field(default_factory=dict)
    verdict: str = "article"
    verdict_reason: str = ""
    confidence: float = 0.0
    encoding: str | None = None
    repairs: list[str] = field(default_factory=list)
    word_count: int = 0
    paragraph_count: int = 0
    kept_chars: int = 0
    removed_chars: int = 0
    signals: Signals = field(default_factory=Signals)
    lines: list[Line] = field(default_factory=list)
    parts: list["Article"] = field(default_factory=list)
