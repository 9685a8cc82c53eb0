"""The fields of a record: by which names scrapers know them, and what a value of JSON says."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final

# Names are compared without case and punctuation: `pub_date`, `pubDate` and `PubDate` are one.
HTML_NAMES: Final = (
    *("html", "rawhtml", "htmlcontent", "contenthtml", "htmlbody", "bodyhtml", "pagehtml", "sourcehtml"),
    *("htmlsource", "articlehtml", "pagesource"),
)
TEXT_NAMES: Final = (
    *("text", "content", "body", "raw", "article", "fulltext", "maintext", "rawcontent", "articlebody", "articletext"),
    *("bodytext", "plaintext", "rawtext", "contenttext", "textcontent", "pagecontent", "pagetext", "story", "markdown"),
    *("paragraphs", "document", "contentencoded"),
)
TEXT_RANKS: Final = {name: rank for rank, name in enumerate((*HTML_NAMES, *TEXT_NAMES))}
URL_NAMES: Final = (
    *("url", "link", "canonicalurl", "sourceurl", "pageurl", "articleurl", "originalurl", "finalurl", "permalink"),
    *("uri", "href", "weburl", "requestedurl", "targeturi"),
)
TITLE_NAMES: Final = ("title", "headline", "articletitle", "pagetitle")
AUTHOR_NAMES: Final = ("authors", "author", "byline", "creator", "writer", "authorname")
DATE_NAMES: Final = (
    *("published", "date", "publishedat", "datepublish", "datepublished", "pubdate", "publishdate", "publicationdate"),
    *("publisheddate", "publishedtime", "publishtime", "publishedon", "timestamp", "datetime", "createdat", "created"),
)
SITE_NAMES: Final = (
    *("source", "sitename", "publisher", "sourcedomain", "sourcename", "site", "outlet", "newspaper", "publication"),
    "provider",
)
LANGUAGE_NAMES: Final = ("language", "lang", "inlanguage", "languagecode")
SECTION_NAMES: Final = ("section", "category", "articlesection", "categories", "rubric")
TAG_NAMES: Final = ("tags", "keywords", "topics", "tag")
DESCRIPTION_NAMES: Final = ("description", "summary", "excerpt", "abstract", "standfirst", "subtitle", "teaser")
FETCHED_NAMES: Final = (
    *("fetched", "fetchedat", "crawldate", "datedownload", "crawledat", "scrapedat", "scrapeddate", "downloaddate"),
    *("downloadedat", "retrieved", "retrievedat", "fetchtime", "crawltime", "datecrawled", "crawled", "accessedat"),
)
INNER_NAMES: Final = ("source", "article", "data", "item", "document", "doc", "post")
"""Where a record wraps its fields in one more object (a dump of a search index says `_source`)."""
KNOWN_NAMES: Final = frozenset({
    *HTML_NAMES, *TEXT_NAMES, *URL_NAMES, *TITLE_NAMES, *AUTHOR_NAMES, *DATE_NAMES, *SITE_NAMES, *LANGUAGE_NAMES,
    *SECTION_NAMES, *TAG_NAMES, *DESCRIPTION_NAMES, *FETCHED_NAMES, *INNER_NAMES,
})  # fmt: skip
VALUE_NAMES: Final = ("rendered", "name", "text", "value", "title", "$date", "$numberLong", "__cdata", "#text")
"""Where a value is wrapped: WordPress says {"rendered": …}, NewsAPI {"name": …}, MongoDB {"$date": …}."""

MAX_NESTING: Final = 4
MILLISECONDS_FROM: Final = 1e11
"""A timestamp from here on counts milliseconds: as seconds it would lie in the year 5138."""


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Fold a field name for comparing.

    >>> fold("pub_Date"), fold("og:title")
    ('pubdate', 'ogtitle')
    """
    return "".join(char for char in name.casefold() if char.isalnum())


class Fields:
    """The fields of one record, found by name whatever their case and punctuation."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record
        self._folded: dict[str, Any] = {}
        for name, value in record.items():
            self._folded.setdefault(fold(name), value)

    def has(self, name: str) -> bool:
        """Tell whether there is such a field, empty or not."""
        return name in self._record or fold(name) in self._folded or self._inside(name) is not None

    def get(self, name: str) -> Any:  # noqa: ANN401  JSON may hold anything
        """Give the value of a field; a name with dots reaches into objects. None where there is none."""
        if name in self._record:
            return self._record[name]
        return self._folded.get(fold(name), self._inside(name))

    def _inside(self, name: str) -> Any:  # noqa: ANN401
        head, dot, tail = name.partition(".")
        inner = self._record.get(head) if dot else None
        return Fields(inner).get(tail) if isinstance(inner, dict) else None

    def text(self, named: str | None, names: tuple[str, ...]) -> str | None:
        """Give the first of the fields that holds text; the one that the user named goes before the conventions."""
        return next((text for name in names_in_order(named, names) if (text := text_of(self.get(name)))), None)

    def texts(self, named: str | None, names: tuple[str, ...]) -> list[str]:
        """Give the first of the fields that holds a list of texts, or one text, as a list."""
        return next((texts for name in names_in_order(named, names) if (texts := texts_of(self.get(name)))), [])


def names_in_order(named: str | None, names: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names of a field in the order in which they are tried: the one that the user named goes first."""
    return (named, *names) if named else names


def text_of(value: object, *, joint: str = "\n\n", depth: int = MAX_NESTING) -> str | None:
    r"""Give the text in a JSON value: a string, a list of strings (paragraphs), or an object that wraps one.

    >>> text_of({"rendered": "<p>Rain.</p>"}), text_of(["One.", "Two."]), text_of(3)
    ('<p>Rain.</p>', 'One.\n\nTwo.', None)
    """
    if isinstance(value, str):
        return value if value.strip() else None
    if depth and isinstance(value, list):
        return joint.join(text for item in value if (text := text_of(item, joint=joint, depth=depth - 1))) or None
    if depth and isinstance(value, dict):
        wrapped = (text_of(value[name], joint=joint, depth=depth - 1) for name in VALUE_NAMES if name in value)
        return next((text for text in wrapped if text), None)
    return None


def texts_of(value: object) -> list[str]:
    """Give the texts in a JSON value as a list: authors or tags, as strings or objects with a name."""
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := text_of(item, joint=", "))]


def moment_of(value: object) -> datetime | None:
    """Read a moment: ISO 8601, the format of mail and RSS, or seconds or milliseconds since 1970. Naive means UTC."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    text = text_of(value)
    if text is None:
        return None
    text = text.strip()
    if re.fullmatch(r"\d{9,13}(\.\d+)?", text, re.ASCII):
        return _from_epoch(float(text))
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _from_epoch(number: float) -> datetime | None:
    if not 0 < number < MILLISECONDS_FROM * 1000 or not math.isfinite(number):
        return None
    return datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS_FROM else number, UTC)


def well_formed(text: str) -> str:
    r"""Put the replacement character where a text has half a surrogate pair, which no file can hold.

    >>> well_formed("a\ud83d!") == "a\N{REPLACEMENT CHARACTER}!"
    True
    """
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
