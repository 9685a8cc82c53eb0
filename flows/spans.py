"""How a big file is cut into spans, so that all workers have a share of it."""

from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader
from typing import Any

from flows import sources
from flows.columns import group_rows
from flows.forms import HEAD_BYTES, LINE_SUFFIXES, has_lines
from flows.places import opened
from flows.sources import Reference
from flows.unpack import suffix_of
from flows.warc import is_packed_by_record


def spans(reference: Reference) -> Iterator[Reference]:
    """Yield a file as the references that a run reads it by: itself, or its spans where it is big and can be cut.

    Cut are plain JSON lines, WARC that is plain or packed record by record, and Parquet, whose spans are its row
    groups. What cannot be opened is not cut: reading it gives the reject that says why.
    """
    if reference.size <= sources.CHUNK_BYTES:
        yield reference
        return
    try:
        with opened(reference.address or reference.uri) as file:
            found = list(_row_groups(reference, file)) if _head(file, 4) == b"PAR1" else None
            is_cut = found is None and _is_splittable(_head(file, HEAD_BYTES), suffix_of(reference.uri))
    except Exception:  # noqa: BLE001  Arrow has errors of its own; whatever it is, the worker meets it again
        yield reference
        return
    if found is not None:
        yield from found
    elif is_cut:
        yield from _pieces(reference)
    else:
        yield reference


def _head(file: "BufferedReader[Any]", size: int) -> bytes:
    file.seek(0)
    head = file.read(size)
    file.seek(0)
    return head


def _pieces(reference: Reference) -> Iterator[Reference]:
    chunk = sources.CHUNK_BYTES
    for start in range(0, reference.size, chunk):
        left = reference.size - start
        yield replace(reference, offset=start, length=chunk if left > chunk else None, size=min(chunk, left))


def _row_groups(reference: Reference, file: "BufferedReader[Any]") -> Iterator[Reference]:
    """Yield a reference for each row group; the whole file where they cannot be told apart by their offsets."""
    chunk = sources.CHUNK_BYTES
    rows = group_rows(file)
    if rows is None or len(rows) == 1:
        yield reference
        return
    for number in range(len(rows)):
        size = reference.size * rows[number] // max(1, sum(rows))
        length = chunk if number + 1 < len(rows) else None
        yield replace(reference, offset=number * chunk, length=length, size=size)


def _is_splittable(head: bytes, suffix: str) -> bool:
    """Tell whether records can be found from any place on: JSON lines not packed and in UTF-8, and most WARC files."""
    if head.startswith(b"WARC/") or is_packed_by_record(head):
        return True
    opens_object = head[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    return suffix in LINE_SUFFIXES and opens_object and has_lines(head)
