"""Which form a file has: told by its content where that speaks, else by its name."""

import json
import re
from typing import Final, Literal

from flows.jsonvalues import RecordError, parse
from flows.options import CleanOptions
from flows.records import holds_text
from flows.unpack import is_packed_name, suffix_of

Form = Literal["page", "lines", "json", "table", "parquet", "arrow", "warc", "mail", "zip", "tar"]

PAGE_SUFFIXES: Final = frozenset({".txt", ".md", ".html", ".htm", ".xhtml"})
LINE_SUFFIXES: Final = frozenset({".jsonl", ".ndjson"})
JSON_SUFFIX: Final = ".json"
TABLE_SUFFIXES: Final = frozenset({".csv", ".tsv"})
COLUMN_SUFFIXES: Final = frozenset({".parquet", ".arrow", ".arrows", ".feather"})
WARC_SUFFIXES: Final = frozenset({".warc", ".wet"})
MAIL_SUFFIXES: Final = frozenset({".eml", ".mhtml", ".mht"})
ARCHIVE_SUFFIXES: Final = frozenset({".zip", ".tar"})
SUFFIXES: Final = (
    PAGE_SUFFIXES
    | LINE_SUFFIXES
    | {JSON_SUFFIX}
    | TABLE_SUFFIXES
    | COLUMN_SUFFIXES
    | WARC_SUFFIXES
    | MAIL_SUFFIXES
    | ARCHIVE_SUFFIXES
)
"""The kinds that are read; each also packed (see `flows.unpack`)."""

BY_NAME: Final[tuple[tuple[frozenset[str], Form], ...]] = (
    (TABLE_SUFFIXES, "table"),
    (WARC_SUFFIXES, "warc"),
    (frozenset({".parquet"}), "parquet"),
    (COLUMN_SUFFIXES, "arrow"),
    (frozenset({".zip"}), "zip"),
    (frozenset({".tar"}), "tar"),
)
HEAD_BYTES: Final = 64 * 1024
"""So much of a file is looked at to tell its form."""
ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
TAR_MAGIC_AT: Final = 257
ARROW_STREAM: Final = b"\xff\xff\xff\xff"
_MARKUP_FIRST: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|\?xml|!--)", re.IGNORECASE)
_MAIL_HEADERS: Final = re.compile(rb"(?:[!-9;-~]{2,60}:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)++\r?\n")
_MAIL_SIGN: Final = re.compile(
    rb"^(?:MIME-Version|Message-ID|Received|Return-Path|From):", re.IGNORECASE | re.MULTILINE
)
_UTF8_MARK: Final = b"\xef\xbb\xbf"


def is_read(name: str) -> bool:
    """Tell whether a file of this name is of a kind that is read."""
    return suffix_of(name) in SUFFIXES


def shrinks(name: str) -> bool:
    """Tell by its name whether a file holds more than its size on disk."""
    return is_packed_name(name) or suffix_of(name) in {".zip", ".parquet"}


def form_of(head: bytes, suffix: str, options: CleanOptions) -> Form:
    """Tell the form of a file by its first bytes, unpacked, and its suffix.

    >>> form_of(b"WARC/1.0", ".html", CleanOptions()), form_of(b"Rain", ".txt", CleanOptions())
    ('warc', 'page')
    """
    return _by_magic(head, suffix) or _by_text(head, suffix, options) or _by_name(suffix)


def _by_magic(head: bytes, suffix: str) -> Form | None:
    if head.startswith(ZIP_MAGICS):
        # Office documents are zip archives, too, and no articles: the cleaners say so.
        return "zip" if suffix in SUFFIXES or not suffix else "page"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"ARROW1") or (suffix in COLUMN_SUFFIXES and head.startswith(ARROW_STREAM)):
        return "arrow"
    if head[TAR_MAGIC_AT : TAR_MAGIC_AT + 5] == b"ustar":
        return "tar"
    return "warc" if head.lstrip(b"\r\n").startswith(b"WARC/") else None


def _by_text(head: bytes, suffix: str, options: CleanOptions) -> Form | None:
    if _MARKUP_FIRST.match(head.removeprefix(_UTF8_MARK)):
        return "page"
    if suffix in MAIL_SUFFIXES:
        return "mail" if _looks_like_mail(head) else "page"
    if suffix in LINE_SUFFIXES:
        return "lines" if has_lines(head) else "json"
    if suffix == JSON_SUFFIX:
        return "lines" if len(_objects(head)) > 1 else "json"
    objects = _objects(head)
    return "lines" if objects and isinstance(objects[0], dict) and holds_text(objects[0], options) else None


def _by_name(suffix: str) -> Form:
    return next((form for suffixes, form in BY_NAME if suffix in suffixes), "page")


def _looks_like_mail(head: bytes) -> bool:
    found = _MAIL_HEADERS.match(head.lstrip().removeprefix(_UTF8_MARK))
    return found is not None and _MAIL_SIGN.search(found[0]) is not None


def has_lines(head: bytes) -> bool:
    """Tell JSON lines from a file that holds one array, or is in UTF-16, whatever its name says."""
    is_utf8 = json.detect_encoding(head[:64]).startswith("utf-8")
    return is_utf8 and not head.removeprefix(_UTF8_MARK).lstrip().startswith(b"[")


def _objects(head: bytes) -> list[object]:
    """Parse the first two lines if each is a whole JSON object; empty where the first is none."""
    objects: list[object] = []
    for line in [line for line in head.removeprefix(_UTF8_MARK).split(b"\n", 8) if line.strip()][:2]:
        if not line.lstrip().startswith(b"{"):
            break
        try:
            objects.append(parse(line.strip()))
        except RecordError:
            # The second may be broken, or cut off by the end of the head: its first sign has to do.
            return [*objects, None] if objects else []
    return objects
