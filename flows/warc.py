"""WARC and WET files to documents: the HTML and text that a crawler was answered, each at the offset of its record.

Records are read by FastWARC. What is here beside that is what hurt files ask for: where FastWARC stops, the broken
record becomes a reject and reading goes on at the next place that opens a record. Spans start in the same way.
"""

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from cleaners.page import Kind, Page
from flows.bodies import decoded
from flows.intake import Intake
from flows.options import MIB
from flows.sources import Document, Reject
from flows.unpack import GZIP_MAGIC, Stream, unpacked
from flows.window import Window

HTTP_HEAD_BYTES: Final = 64 * 1024
"""What HTTP headers may add to a document's size: servers allow 8 to 64 KB."""
HEADER_BYTES: Final = 16 * 1024
LOOK_BYTES: Final = 4 * MIB
"""So much is looked through at once for the next record."""
MEMBER_MAGIC: Final = GZIP_MAGIC + b"\x08"
HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
TEXT_TYPES: Final = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
TAKEN: Final = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
OK: Final = range(200, 300)

_VERSION: Final = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n")
_NEEDED: Final = (b"warc-type:", b"warc-record-id:", b"content-length:")


def warc(intake: Intake, file: Stream) -> Iterator[Document | Reject]:
    """Yield the pages of a WARC file, or of those records that start in the span."""
    head = file.peek(HTTP_HEAD_BYTES)
    is_packed = is_packed_by_record(head)
    if intake.start:
        file.seek(intake.start)
    window = Window(file if is_packed else unpacked(file), intake.start)
    position = next_record(window, intake.start, is_packed=is_packed) if intake.start else 0
    found = False
    while position is not None and (intake.end is None or position < intake.end):
        run = _Run(intake, window, position, is_packed=is_packed)
        for outcome in run:
            found = True
            yield outcome
        position = run.next_start
    if not found and intake.start == 0 and intake.length is None and not intake.notes.passed_over:
        yield intake.reject("empty", "the file holds no page", size=intake.size)


class _Run:
    """The records from one place on, to the end of the span or to one that is broken: that is the last outcome."""

    def __init__(self, intake: Intake, window: Window, position: int, *, is_packed: bool) -> None:
        self.next_start: int | None = None
        self._is_packed = is_packed
        self._intake = intake
        self._window = window
        self._position = position

    def __iter__(self) -> Iterator[Document | Reject]:
        window, intake = self._window, self._intake
        window.go_to(self._position)
        # Without quirks mode a header that is none is an error; with it, FastWARC would search by its own lights.
        records = iter(ArchiveIterator(window, parse_http=False, quirks_mode=False, fsspec_args=False))
        last: int | None = None
        is_first = True
        intake.offset = self._position
        while True:
            try:
                record = next(records, None)
                if record is None:
                    # Where a span starts, a record opens: FastWARC is silent where that is the end of the file.
                    is_lost = is_first and self._position > 0
                    if is_lost or (last is not None and self._is_cut_behind(last)):
                        yield from self._broken(last)
                    return
                at, last = record.stream_pos, None
                if intake.end is not None and at >= intake.end:
                    yield from self._broken_beyond(at)
                    return
                # Records packed together stand at one place: each counts on from the one before.
                intake.offset = at if is_first else max(at, intake.offset + 1)
                is_first = False
                window.forget(at)
                outcome = outcome_of(intake, record)
            except OSError:
                window.raise_failure()
                yield from self._broken(last)
                return
            last = at
            if outcome is not None:
                yield outcome

    def _is_cut_behind(self, last: int) -> bool:
        """Tell whether a member of a packed file opens behind the last record: FastWARC is silent where it is short."""
        if not self._is_packed:
            return False
        self._window.go_to(end_of_record(self._window, last, is_packed=True))
        return self._window.read_fully(HEADER_BYTES).startswith(GZIP_MAGIC)

    def _broken(self, last: int | None) -> Iterator[Reject]:
        """Yield the reject of the broken record, the one in hand or the one behind the last good one; find the next."""
        intake, window, is_packed = self._intake, self._window, self._is_packed
        if last is not None:
            intake.offset = end_of_record(window, last, is_packed=is_packed)
        if intake.end is not None and intake.offset >= intake.end:
            yield from self._broken_beyond(intake.offset)
            return
        self.next_start = next_record(window, intake.offset + 1, is_packed=is_packed)
        if self.next_start is None:
            yield intake.reject("truncated", "the record ends too early: fetch the file again")
        else:
            yield intake.reject("corrupt", "the record is damaged: fetch the file again")

    def _broken_beyond(self, start: int) -> Iterator[Reject]:
        """Yield the reject of a record that starts behind the end of the span, unless the next span finds it itself.

        It stands at the last place of this span, so that it belongs to it: else it would replace rows of the next one.
        """
        intake, window, is_packed = self._intake, self._window, self._is_packed
        if intake.end is not None and not _opens_at(window, start, is_packed=is_packed):
            intake.offset = intake.end - 1
            is_last = next_record(window, start + 1, is_packed=is_packed) is None
            words = ("truncated", "ends too early") if is_last else ("corrupt", "is damaged")
            yield intake.reject(words[0], f"the record at byte {start} {words[1]}: fetch the file again")


def outcome_of(intake: Intake, record: WarcRecord) -> Document | Reject | None:
    """Make the document of a record; None, counted where it is an answer, for what is no page. OSError if damaged."""
    if record.headers.get("Content-Length") is None:
        raise OSError(0, "the header is cut off")
    if not record.record_type & TAKEN:
        return None
    limit = intake.options.max_bytes
    length = record.content_length
    if length > limit + HTTP_HEAD_BYTES:
        _step_over(record, length)
        return intake.too_large(size=length)
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    is_http = record.record_type == WarcRecordType.response and record.is_http
    if is_http:
        record.parse_http(auto_decode="none", max_header_len=HTTP_HEAD_BYTES)
        length = record.content_length
    kind, why_not = _kind(record, url, is_http=is_http)
    body: bytes = record.reader.read(length)
    if len(body) < length:
        raise OSError(0, "the record ends too early")
    if why_not:
        intake.notes.passed_over[why_not] += 1
        return None
    body = decoded(body, record.http_headers, limit + 1) if is_http else body
    return _document(intake, record, body, url=url, kind=kind)


def _step_over(record: WarcRecord, length: int) -> None:
    """Read a record that is too large to its end; OSError where there is none, and its length is a lie."""
    while length > 0:
        piece = record.reader.read(min(MIB, length))
        if not piece:
            raise OSError(0, "the record ends too early")
        length -= len(piece)


def _document(intake: Intake, record: WarcRecord, body: bytes, *, url: str, kind: Kind) -> Document | Reject:
    page = Page(
        raw=body,
        url=url or None,
        kind=intake.kind(kind),
        charset=record.http_charset or ("utf-8" if record.record_type == WarcRecordType.conversion else None),
        fetched_at=_aware(record.record_date) or _aware(record.http_date),
    )
    document = intake.document(page, body)
    if len(body) > intake.options.max_bytes:
        return intake.too_large(size=len(body))
    if not body.strip():
        return intake.reject("empty", "the page is empty", size=len(body), digest=document.sha256)
    return document


def _kind(record: WarcRecord, url: str, *, is_http: bool) -> tuple[Kind, str]:
    """Tell HTML from text by what the server said; in words why a record is passed over, empty where it is not."""
    if is_http:
        status = record.http_headers.status_code
        if status not in OK:
            return "html", f"HTTP {status or 'without status'} in WARC"
        declared = (record.http_content_type or "text/html").lower()
    else:
        declared = (record.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if not url.lower().startswith(("http:", "https:")):
            return "html", f"{url.partition(':')[0].lower()[:20] or 'record without address'} in WARC"
    if declared in HTML_TYPES:
        return "html", ""
    return "text", "" if declared in TEXT_TYPES else f"{declared[:60]} in WARC"


def _aware(moment: datetime | None) -> datetime | None:
    """Give a moment in UTC; one without a zone is in it."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_packed_by_record(head: bytes) -> bool:
    """Tell a WARC packed record by record: the first member of the gzip stream holds one record and ends soon."""
    if not head.startswith(GZIP_MAGIC):
        return False
    member = zlib.decompressobj(wbits=31)
    try:
        content = member.decompress(head, MIB)
    except zlib.error:
        return False
    return member.eof and content.startswith(b"WARC/") and _length(content) >= len(content.rstrip(b"\r\n"))


def end_of_record(window: Window, start: int, *, is_packed: bool) -> int:
    """Find where a good record ends: its member of the gzip stream, or its header and as many bytes as that says."""
    window.go_to(start)
    if is_packed:
        member: Any = zlib.decompressobj(wbits=31)
        read = 0
        while not member.eof and (data := window.read(MIB)):
            read += len(data)
            member.decompress(data)
        return start + read - len(member.unused_data)
    return start + _length(window.read_fully(HEADER_BYTES))


def _length(record: bytes) -> int:
    """Give the whole length of a record by its header, with the two empty lines that close header and block."""
    header = re.split(rb"\r?\n\r?\n", record, maxsplit=1)[0]
    length = re.search(rb"^content-length:[ \t]*(\d{1,15})", header, re.IGNORECASE | re.MULTILINE)
    return len(header) + (int(length[1]) if length else 0) + 2 * len(b"\r\n\r\n")


def next_record(window: Window, start: int, *, is_packed: bool) -> int | None:
    """Find the first place from `start` on that opens a record; None where there is none.

    It has to look like one in full: with its type, id and length. A page that quotes all that is taken for one only
    where it stands first in a span, or behind damage.
    """
    opens = _opens_packed if is_packed else _opens
    needle = MEMBER_MAGIC if is_packed else b"WARC/"
    while True:
        window.forget(start)
        start = window.go_to(start)
        block = window.read_fully(LOOK_BYTES)
        is_last = len(block) < LOOK_BYTES
        usable = len(block) if is_last else len(block) - HEADER_BYTES
        place = block.find(needle)
        while 0 <= place < usable:
            if opens(block, place):
                return start + place
            place = block.find(needle, place + 1)
        if is_last:
            return None
        start += usable


def _opens_at(window: Window, place: int, *, is_packed: bool) -> bool:
    """Tell whether `next_record` would stop at a place."""
    before = place - window.go_to(max(0, place - 1))
    block = window.read_fully(HEADER_BYTES + before)
    return _opens_packed(block, before) if is_packed else _opens(block, before)


def _opens(block: bytes, place: int) -> bool:
    return block[place - 1 : place] in {b"", b"\n"} and _is_header(block[place : place + HEADER_BYTES])


def _opens_packed(block: bytes, place: int) -> bool:
    member: Any = zlib.decompressobj(wbits=31)
    try:
        return _is_header(member.decompress(block[place : place + HEADER_BYTES], HEADER_BYTES))
    except zlib.error:
        return False


def _is_header(text: bytes) -> bool:
    header = re.split(rb"\r?\n\r?\n", text, maxsplit=1)[0].lower()
    return _VERSION.match(text) is not None and all(field in header for field in _NEEDED)
