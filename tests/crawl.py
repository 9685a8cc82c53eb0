"""Files as crawlers, mailers and archivers write them, made in a test from words of ours."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path

import pyarrow as pa

from flows.options import CleanOptions
from flows.read import Document, Notes, Reject, discover, open_documents


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return packed


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], *others: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in others:
            archive.addfile(info)
    return buffer.getvalue()


def http(
    body: bytes, content_type: str = "text/html; charset=iso-8859-1", *, status: int = 200, more: str = ""
) -> bytes:
    return f"HTTP/1.1 {status} OK\r\nContent-Type: {content_type}\r\n{more}\r\n".encode() + body


def warc_record(
    block: bytes,
    url: str = "https://harrow.example/1",
    kind: str = "response",
    content_type: str = "application/http; msgtype=response",
) -> bytes:
    header = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{len(block):012}>\r\n"
        f"WARC-Date: 2031-05-03T10:00:00Z\r\nWARC-Target-URI: {url}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return header.encode() + block + b"\r\n\r\n"


def mail(text: str | None, html: str | None, **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if text is not None:
        message.set_content(text)
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    return message.as_bytes()


def read_all(*inputs: Path | str, notes: Notes | None = None, **choices: object) -> list[Document | Reject]:
    """Read as a run does: discover, then open each reference."""
    options = CleanOptions.model_validate(choices)
    references = (reference for reference in discover([str(text) for text in inputs]) if not reference.twin_of)
    return [outcome for reference in references for outcome in open_documents(reference, options, notes)]


def said(outcomes: list[Document | Reject]) -> list[str]:
    """Give the text of each document and the reason of each reject."""
    return [outcome.reason if isinstance(outcome, Reject) else raw_of(outcome) for outcome in outcomes]


def raw_of(document: Document) -> str:
    raw = document.page.raw
    return raw if isinstance(raw, str) else raw.decode("latin-1")


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
