"""Sources to raw documents: what a worker gets from one reference, document by document, in bounded memory.

A page, a mail or an MHTML file is one document at offset 0. Of JSON lines each line is one, its offset in bytes (of the
unpacked stream where the file is packed). Of a .json, CSV or Arrow file each record is one, its offset the ordinal
number; of Parquet that in its row group, which counts from a number of its own (see `flows.columns`). Of a WARC file
each record is one, its offset that of the record in the file. Members of an archive are read like files, under the
uri `archive!/member`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader, RawIOBase
from typing import Any, Final

from cleaners.page import Page
from flows.addresses import uri_of
from flows.archives import tar_members, zip_members
from flows.columns import arrow_rows, parquet_rows
from flows.discovery import Discovery, discover
from flows.forms import HEAD_BYTES, Form, form_of
from flows.intake import Intake, Notes
from flows.jsonfiles import json_values, lines
from flows.mail import mail
from flows.options import CleanOptions
from flows.places import opened
from flows.sources import CHUNK_BYTES, Document, InputError, Key, Reference, Reject, key_of
from flows.tables import table
from flows.unpack import BUFFER_BYTES, PackedError, Stream, suffix_of, unpacked
from flows.warc import warc

__all__ = [
    "CHUNK_BYTES",
    "Discovery",
    "Document",
    "InputError",
    "Key",
    "Notes",
    "Reference",
    "Reject",
    "discover",
    "key_of",
    "open_documents",
    "uri_of",
]

Reader = Callable[[Intake, Stream], Iterator[Document | Reject]]

_MARKUP: Final = re.compile(rb"<[!/?a-zA-Z]")


def open_documents(
    reference: Reference, options: CleanOptions, notes: Notes | None = None
) -> Iterator[Document | Reject]:
    """Open a reference and yield its documents and rejects, in the order in which they lie in the file.

    Never raises on what the file holds or that it cannot be read: that is a Reject. Where a packed file or an archive
    breaks off, the documents before that point have already come. What is passed over is added to the notes.
    """
    notes = notes or Notes()
    uri, size = reference.uri, reference.size
    intake = Intake(uri, options, notes, suffix_of(uri), reference.offset, reference.length, size)
    intake.offset = reference.offset
    intake.address = reference.address or uri
    try:
        with opened(intake.address) as file:
            yield from documents(intake, BufferedReader(_Alive(file, notes), BUFFER_BYTES))
    except PackedError as error:
        yield intake.reject(error.reason, str(error))
    except OSError as error:
        yield intake.reject("unreadable", f"the file cannot be read: {error.strerror or type(error).__name__}")


def documents(intake: Intake, file: Stream) -> Iterator[Document | Reject]:
    """Read a file or a member of an archive: unpack it, tell its form, and yield what it holds."""
    stream = unpacked(file)
    form = form_of(stream.peek(HEAD_BYTES)[:HEAD_BYTES], intake.suffix, intake.options)
    if form in ARCHIVES:
        if intake.depth:
            message = "an archive in an archive is not opened: unpack the outer one first"
            yield intake.reject("nested_archive", message, size=intake.size)
            return
        for inner, member in ARCHIVES[form](intake, stream):
            yield from member_documents(inner, member)
        return
    if form == "warc" and file.seekable():
        # Packed record by record, as most are, it is read as it lies there: offsets are those of the file.
        file.seek(0)
        stream = file
    yield from READERS[form](intake, stream)


def member_documents(intake: Intake, member: Stream | Reject) -> Iterator[Document | Reject]:
    """Read a member of an archive; one that is damaged is a reject and harms no other."""
    if isinstance(member, Reject):
        yield member
        return
    try:
        yield from documents(intake, member)
    except PackedError as error:
        yield intake.reject(error.reason, str(error))


def whole(intake: Intake, stream: Stream) -> Iterator[Document | Reject]:
    """Yield a file that is one page."""
    limit = intake.options.max_bytes
    raw = stream.read(limit + 1)
    intake.offset = 0
    if len(raw) > limit:
        yield intake.too_large(size=intake.size)
        return
    found = "html" if intake.suffix in {".html", ".htm", ".xhtml"} and _MARKUP.search(raw) else None
    document = intake.document(Page(raw, kind=intake.kind("html" if found else None)), raw)
    if raw.strip():
        yield document
    else:
        yield intake.reject("empty", "the file is empty", size=len(raw), digest=document.sha256)


READERS: Final[Mapping[Form, Reader]] = {
    "page": whole,
    "lines": lines,
    "json": json_values,
    "table": table,
    "parquet": parquet_rows,
    "arrow": arrow_rows,
    "warc": warc,
    "mail": mail,
}
ARCHIVES: Final = {"zip": zip_members, "tar": tar_members}


class _Alive(RawIOBase):
    """A file that tells with each read that it goes on."""

    def __init__(self, file: Any, notes: Notes) -> None:  # noqa: ANN401
        super().__init__()
        self._file = file
        self._notes = notes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        self._notes.alive()
        return int(self._file.readinto1(buffer))

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())
