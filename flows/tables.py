"""CSV and TSV to documents: each row a record, under the names that the header gives."""

import codecs
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Final

from cleaners.decode import decode
from flows.columns import no_text_field
from flows.forms import HEAD_BYTES
from flows.intake import Intake, json_of
from flows.jsonvalues import RecordError
from flows.records import holds_text
from flows.sources import Document, Reject
from flows.unpack import Stream

DELIMITERS: Final = (",", ";", "\t", "|")
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
    """Yield the rows of a table; rows with more or fewer fields than the header are rejects."""
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    if not head.strip():
        yield intake.reject("empty", "the file is empty", size=intake.size)
        return
    encoding, errors = _encoding(head)
    dialect = dialect_of(head.decode(encoding, "replace"), is_tabs=intake.suffix == ".tsv")
    csv.field_size_limit(min(intake.options.max_bytes, sys.maxsize))
    text = TextIOWrapper(stream, encoding, errors, newline="")
    rows = dialect.rows(Lines(text, intake.options.max_bytes))
    try:
        header = [name.strip() for name in next(rows, [])]
    except (csv.Error, RecordError) as error:
        yield intake.reject("invalid_row", f"the header cannot be read: {_complaint(error)}", size=intake.size)
        return
    if not holds_text(dict.fromkeys(header, ""), intake.options):
        yield no_text_field(intake, header)
        return
    yield from _records(intake, rows, header)
    if intake.offset == 0:
        yield intake.reject("empty", "the table has no row", size=intake.size)


def _records(intake: Intake, rows: Iterator[list[str]], header: list[str]) -> Iterator[Document | Reject]:
    bad = 0
    while bad < MOST_BAD_ROWS:
        where = f"row {intake.offset + 1}: "
        try:
            row = next(rows, None)
        except csv.Error as error:
            bad += 1
            yield intake.reject("invalid_row", f"{where}{_complaint(error)}")
        except RecordError as error:
            bad += 1
            yield intake.reject(error.reason, f"{where}{error}")
        else:
            if row is None:
                return
            if not row:
                continue
            if len(row) != len(header):
                bad += 1
                message = f"{where}{len(row)} fields where the header has {len(header)}"
                yield intake.reject("ragged_row", message)
            else:
                bad = 0
                record = dict(zip(header, row, strict=True))
                yield intake.record(record, json_of(record), where)
        intake.offset += 1
    message = f"{MOST_BAD_ROWS} bad rows one after the other: the rest is not read, check quotes and delimiter"
    yield intake.reject("invalid_row", message, size=intake.size)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written: what stands between its fields, and how a quote stands in a quoted field."""

    delimiter: str
    is_escaped: bool

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Cut lines into rows; csv.Error for a row whose quotes do not close."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            escapechar="\\" if self.is_escaped else None,
            doublequote=not self.is_escaped,
            strict=True,
        )


def dialect_of(sample: str, *, is_tabs: bool = False) -> Dialect:
    r"""Find the delimiter by which most rows of a sample have as many fields as the header, and the more the better.

    >>> dialect_of("title;text\nRain;It rained, it poured\n").delimiter
    ';'
    """
    is_escaped = '\\"' in sample and '""' not in sample
    if is_tabs:
        return Dialect("\t", is_escaped)
    return max((Dialect(delimiter, is_escaped) for delimiter in DELIMITERS), key=lambda dialect: _fit(sample, dialect))


def _fit(sample: str, dialect: Dialect) -> tuple[float, int]:
    """Rate a dialect: the share of rows that are as wide as the header, then the width. The last row may be cut off."""
    widths: list[int] = []
    with suppress(csv.Error):  # the sample may end in a quote
        widths.extend(len(row) for row in dialect.rows(sample.splitlines(keepends=True)) if row)
    whole = widths[:-1] if len(widths) > 1 else widths
    if not whole or whole[0] == 1:
        return 0.0, 0
    return round(Counter(whole)[whole[0]] / len(whole), 1), whole[0]


class Lines:
    """The lines of a text, each bounded; one too long is stepped over and said, and the next one can be asked for."""

    def __init__(self, text: TextIOWrapper, limit: int) -> None:
        self._text = text
        self._limit = limit

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        if len(line) <= self._limit:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(self._limit)
        raise RecordError("too_large", f"a line is longer than {self._limit} characters: raise --max-bytes")


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
        found = decode(head).encoding or "utf-8"
        return found, "surrogateescape" if found == "utf-8" else "replace"
    return "utf-8", "surrogateescape"


def _complaint(error: Exception) -> str:
    """Say what is wrong in the parser's words, which hold no content."""
    return str(error) if isinstance(error, RecordError) else f"not valid CSV: {error}"
