"""JSON files to documents: lines, each a record at its offset in bytes, or values, each at its ordinal number."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from flows.intake import Intake
from flows.jsonvalues import RecordError, parse, values
from flows.places import opened
from flows.records import page_of, records_in
from flows.sources import Document, Reject
from flows.unpack import Stream

STEP_BYTES: Final = 1024 * 1024


def lines(intake: Intake, stream: Stream) -> Iterator[Document | Reject]:
    """Yield the records of the lines that start in the span; a line too long is stepped over, never held."""
    numbers = _LineNumbers(intake)
    end = intake.end
    if intake.start:
        _step_into(intake, stream, end)
    limit, found = intake.options.max_bytes, False
    while end is None or intake.offset < end:
        line = stream.readline(limit + 1)
        if not line:
            break
        numbers.number += 1
        taken = len(line)
        if taken > limit and not line.endswith(b"\n"):
            found = True
            taken, digest = _step_over(stream, line)
            message = f"{numbers.where()}longer than {limit} bytes: raise --max-bytes"
            yield intake.reject("too_large", message, size=taken, digest=digest)
        elif (content := line.rstrip(b"\r\n").removeprefix(b"\x1e")) and not content.isspace():
            found = True
            yield _record_of_line(intake, content, numbers)
        intake.offset += taken
    if not found and intake.start == 0 and end is None:
        intake.offset = 0
        yield intake.reject("empty", "the file is empty", size=intake.size)


def json_values(intake: Intake, stream: Stream) -> Iterator[Document | Reject]:
    """Yield the records of a .json file: elements of an array, of the one list in an object, or values in a row."""
    try:
        for value, text in values(stream):
            for record in records_in(value, intake.options):
                where = f"record {intake.offset + 1}: "
                yield intake.record(record, text if record is value else json.dumps(record), where)
                intake.offset += 1
    except RecordError as error:
        yield intake.reject(error.reason, f"record {intake.offset + 1}: {error}")
        return
    if intake.offset == 0:
        yield intake.reject("empty", "the file holds no record", size=intake.size)


class _LineNumbers:
    """The number of the line in hand; a span has to count the lines before it, once, and only for a reject."""

    def __init__(self, intake: Intake) -> None:
        self.number = 0
        self._intake = intake
        self._before: int | None = None

    def where(self) -> str:
        """Give the words that open the message of a reject."""
        if self._before is None:
            is_span = self._intake.start > 0
            counted = _count_lines(self._intake.address, self._intake.offset) if is_span else self.number - 1
            self._before = counted - (self.number - 1)
        return f"line {self._before + self.number}: "


def _record_of_line(intake: Intake, content: bytes, numbers: _LineNumbers) -> Document | Reject:
    digest = sha256(content).hexdigest()
    try:
        record = parse(content)
        page = page_of(record, intake.options)
    except RecordError as error:
        return intake.reject(error.reason, f"{numbers.where()}{error}", size=len(content), digest=digest)
    intake.note_choice(record)
    return Document(intake.uri, intake.offset, page, digest, len(content))


def _step_into(intake: Intake, stream: Stream, end: int | None) -> None:
    """Go to the first line that starts in the span: the line before may reach into it, or even through it."""
    intake.offset = stream.seek(intake.start - 1)
    while end is None or intake.offset < end:
        piece = stream.readline(STEP_BYTES)
        intake.offset += len(piece)
        if not piece or piece.endswith(b"\n"):
            return


def _step_over(stream: Stream, start: bytes) -> tuple[int, str]:
    """Read to the end of a line whose start has been read, and give its whole size and sha256."""
    digest, size, piece = sha256(start), len(start), start
    while piece and not piece.endswith(b"\n"):
        piece = stream.readline(STEP_BYTES)
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _count_lines(address: str, end: int) -> int:
    count = 0
    with opened(address) as file:
        while end and (piece := file.read(min(STEP_BYTES, end))):
            count += piece.count(b"\n")
            end -= len(piece)
    return count
