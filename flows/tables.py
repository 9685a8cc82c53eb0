"""CSV and TSV to documents: each row a record, under the names that the header gives."""

import codecs
import csv
import json
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Final

from cleaners.charsets import codec_of
from cleaners.decode import decode
from flows.columns import no_text_field
from flows.csvrows import Rows, dialect_of, separator_of
from flows.forms import HEAD_BYTES
from flows.intake import Intake, json_of
from flows.jsonvalues import RecordError
from flows.records import holds_text
from flows.sources import Document, Reject
from flows.unpack import Stream

MOST_BAD_ROWS: Final = 1000
"""So many bad rows without a good one between them: the file is no table, or not with these quotes."""
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def table(intake: Intake, stream: Stream) -> Iterator[Document | Reject]:
    """Yield the rows of a table; rows with more or fewer fields than the header are rejects.

    A row that is the header once more, as in files that were put together, is passed over and counted.
    """
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    if not head.strip():
        yield intake.reject("empty", "the file is empty", size=intake.size)
        return
    encoding, errors = _encoding(head)
    sample = head.decode(encoding, "replace")
    # No field is longer than its row, and how long that may be is seen to where its lines are read.
    csv.field_size_limit(min(intake.options.max_bytes, sys.maxsize))
    text = TextIOWrapper(stream, encoding, errors, newline="")
    rows = Rows(text, dialect_of(sample, is_tabs=intake.suffix == ".tsv"), intake.options.max_bytes)
    if separator_of(sample):
        rows.skip_line()
    header = next(rows, [])
    if isinstance(header, RecordError):
        yield intake.reject("invalid_row", f"the header cannot be read: {header}", size=intake.size)
        return
    if not holds_text(dict.fromkeys(_names(header), ""), intake.options):
        yield no_text_field(intake, _names(header))
        return
    yield from _records(intake, rows, _names(header))
    if intake.offset == 0:
        yield intake.reject("empty", "the table has no row", size=intake.size)


def _names(header: list[str]) -> list[str]:
    """Give the names of the fields. In files that were put together, a mark of UTF-8 may stand before the first."""
    return [name.removeprefix("\ufeff").strip() for name in header]


def _records(intake: Intake, rows: Rows, header: list[str]) -> Iterator[Document | Reject]:
    bad = 0
    while bad < MOST_BAD_ROWS:
        row = next(rows, None)
        if row is None:
            return
        where = f"row {intake.offset + 1}, line {rows.line}: "
        if isinstance(row, RecordError):
            bad += 1
            yield intake.reject(row.reason, f"{where}{row}")
        elif row[-1].strip() == header[-1] and _names(row) == header:
            intake.notes.passed_over["header again in a table"] += 1
        else:
            bad = 0
            record = dict(zip(header, row, strict=True))
            yield intake.record(record, json_of(record), where)
        intake.offset += 1
    message = f"{MOST_BAD_ROWS} bad rows one after the other: the rest is not read, check quotes and delimiter"
    yield intake.reject("invalid_row", message, size=intake.size)


def _encoding(head: bytes) -> tuple[str, str]:
    """Tell the encoding of a table by its start, and what to do with bytes that do not fit.

    UTF-8 carries stray bytes through, for the cleaners to find the charset of a field that is in another one.
    """
    marked = next((encoding for mark, encoding in MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked, "surrogateescape" if marked == "utf-8-sig" else "replace"
    wide = json.detect_encoding(head[:4])
    if wide != "utf-8":
        return wide, "replace"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        found = codec_of(decode(head).encoding or "utf-8")
        return found, "surrogateescape" if found == "utf-8" else "replace"
    return "utf-8", "surrogateescape"
