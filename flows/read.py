"""Sources to raw documents: what a worker gets from one reference, document by document, in bounded memory.

A text or HTML file is one document at offset 0. Of JSON lines each line is one, its offset in bytes (of the unpacked
stream where the file is packed). Of a .json file each object is one, its offset the ordinal number: the elements of an
array, the objects of the one list that an object wraps, or values one after the other.
"""

import gzip
import json
import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import Final

from cleaners.page import Kind, Page
from flows.jsonvalues import RecordError, parse, values
from flows.options import CleanOptions
from flows.places import path_of, uri_of
from flows.records import page_of, records_in
from flows.sources import (
    CHUNK_BYTES,
    JSON_SUFFIX,
    LINE_SUFFIXES,
    Discovery,
    Document,
    InputError,
    Key,
    Reference,
    Reject,
    discover,
    key_of,
    suffix_of,
)

__all__ = [
    "CHUNK_BYTES",
    "Discovery",
    "Document",
    "InputError",
    "Key",
    "Reference",
    "Reject",
    "discover",
    "key_of",
    "open_documents",
    "uri_of",
]

STAGE: Final = "read"
GZIP_MAGIC: Final = b"\x1f\x8b"
STEP_BYTES: Final = 1024 * 1024

Stream = BufferedReader | gzip.GzipFile

_MARKUP: Final = re.compile(rb"<[!/?a-zA-Z]")


def open_documents(reference: Reference, options: CleanOptions) -> Iterator[Document | Reject]:
    """Open a reference and yield its documents and rejects, in ascending order of offset.

    Never raises on what the file holds or that it cannot be read: that is a Reject. Where a packed file breaks off,
    the documents before that point have already come.
    """
    reading = _Reading(reference, options, reference.offset)
    try:
        with _opened(path_of(reference.uri)) as file:
            yield from reading.documents(file)
    except EOFError:
        yield reading.reject("truncated_gzip", "the packed file ends too early: fetch it again")
    except (gzip.BadGzipFile, zlib.error):
        yield reading.reject("corrupt_gzip", "the packed file is damaged: fetch it again")
    except OSError as error:
        yield reading.reject("unreadable", f"the file cannot be read: {error.strerror or type(error).__name__}")


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file; a pipe or a device is an OSError at once, where a plain open would wait for ever."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "not a regular file")
        yield file


@dataclass(slots=True)
class _Reading:
    """The state of reading one reference: how far it has come."""

    reference: Reference
    options: CleanOptions
    offset: int
    line_number: int = 0
    lines_before: int | None = None

    def reject(self, reason: str, message: str, *, size: int | None = None, digest: str | None = None) -> Reject:
        return Reject(self.reference.uri, self.offset, STAGE, reason, message, size, digest)

    def documents(self, file: BufferedReader) -> Iterator[Document | Reject]:
        is_packed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        stream: Stream = gzip.GzipFile(fileobj=file) if is_packed else file
        suffix = suffix_of(self.reference.uri)
        if suffix == JSON_SUFFIX or (suffix in LINE_SUFFIXES and self.offset == 0 and not _has_lines(stream)):
            return self._values(stream)
        return self._lines(stream) if suffix in LINE_SUFFIXES else self._whole(stream, suffix)

    def _whole(self, stream: Stream, suffix: str) -> Iterator[Document | Reject]:
        limit = self.options.max_bytes
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            yield self.reject("too_large", f"larger than {limit} bytes: raise --max-bytes", size=self.reference.size)
            return
        digest = sha256(raw).hexdigest()
        if not raw.strip():
            yield self.reject("empty", "the file is empty", size=len(raw), digest=digest)
            return
        page = Page(raw, kind=_kind(raw, suffix) if self.options.kind == "auto" else self.options.kind)
        yield Document(self.reference.uri, 0, page, digest, len(raw))

    def _lines(self, stream: Stream) -> Iterator[Document | Reject]:
        """Yield the records of the lines that start in the span; a line too long is stepped over, never held."""
        length = self.reference.length
        end = None if length is None else self.reference.offset + length
        if self.reference.offset:
            self._step_into(stream, end)
        limit, found = self.options.max_bytes, False
        while end is None or self.offset < end:
            line = stream.readline(limit + 1)
            if not line:
                break
            self.line_number += 1
            taken = len(line)
            if taken > limit and not line.endswith(b"\n"):
                found = True
                taken, digest = _step_over(stream, line)
                yield self._line_reject("too_large", f"longer than {limit} bytes: raise --max-bytes", taken, digest)
            elif (content := line.rstrip(b"\r\n").removeprefix(b"\x1e")) and not content.isspace():
                found = True
                yield self._record_of_line(content)
            self.offset += taken
        if not found and self.reference.offset == 0 and end is None:
            self.offset = 0
            yield self.reject("empty", "the file is empty", size=self.reference.size)

    def _step_into(self, stream: Stream, end: int | None) -> None:
        """Go to the first line that starts in the span: the line before may reach into it, or even through it."""
        self.offset = stream.seek(self.reference.offset - 1)
        while end is None or self.offset < end:
            piece = stream.readline(STEP_BYTES)
            self.offset += len(piece)
            if not piece or piece.endswith(b"\n"):
                return

    def _record_of_line(self, content: bytes) -> Document | Reject:
        digest = sha256(content).hexdigest()
        try:
            page = page_of(parse(content), self.options)
        except RecordError as error:
            return self._line_reject(error.reason, str(error), len(content), digest)
        return Document(self.reference.uri, self.offset, page, digest, len(content))

    def _line_reject(self, reason: str, message: str, size: int, digest: str) -> Reject:
        """Make a reject that names the line; a span has to count the lines before it, once, and only for this."""
        if self.lines_before is None:
            is_span = self.reference.offset > 0
            counted = _count_lines(path_of(self.reference.uri), self.offset) if is_span else self.line_number - 1
            self.lines_before = counted - (self.line_number - 1)
        return self.reject(reason, f"line {self.lines_before + self.line_number}: {message}", size=size, digest=digest)

    def _values(self, stream: Stream) -> Iterator[Document | Reject]:
        self.offset = 0
        try:
            for value, text in values(stream):
                records = records_in(value, self.options)
                for record in records:
                    yield self._record_of_value(record, text if record is value else json.dumps(record))
                    self.offset += 1
        except RecordError as error:
            yield self.reject(error.reason, f"record {self.offset + 1}: {error}")
            return
        if self.offset == 0:
            yield self.reject("empty", "the file holds no record", size=self.reference.size)

    def _record_of_value(self, record: object, text: str) -> Document | Reject:
        raw = text.encode("utf-8", "surrogatepass")
        digest = sha256(raw).hexdigest()
        if len(raw) > self.options.max_bytes:
            message = f"record {self.offset + 1}: larger than {self.options.max_bytes} bytes: raise --max-bytes"
            return self.reject("too_large", message, size=len(raw), digest=digest)
        try:
            page = page_of(record, self.options)
        except RecordError as error:
            message = f"record {self.offset + 1}: {error}"
            return self.reject(error.reason, message, size=len(raw), digest=digest)
        return Document(self.reference.uri, self.offset, page, digest, len(raw))


def _has_lines(stream: Stream) -> bool:
    """Tell JSON lines from a file that holds one array, or is in UTF-16, whatever its name says."""
    head = stream.peek(64)[:64]
    is_utf8 = json.detect_encoding(head).startswith("utf-8")
    return is_utf8 and not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def _step_over(stream: Stream, start: bytes) -> tuple[int, str]:
    """Read to the end of a line whose start has been read, and give its whole size and sha256."""
    digest, size, piece = sha256(start), len(start), start
    while piece and not piece.endswith(b"\n"):
        piece = stream.readline(STEP_BYTES)
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _count_lines(path: Path, end: int) -> int:
    count = 0
    with path.open("rb") as file:
        while end and (piece := file.read(min(STEP_BYTES, end))):
            count += piece.count(b"\n")
            end -= len(piece)
    return count


def _kind(raw: bytes, suffix: str) -> Kind | None:
    """Say HTML where the name says so and there is markup; all else is for the content to tell."""
    return "html" if suffix in {".html", ".htm"} and _MARKUP.search(raw) else None
