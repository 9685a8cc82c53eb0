"""What HTTP did to a body on its way: chunks and compression, undone as far as they go."""

import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final

from fastwarc.stream_io import BrotliReader, ZstdReader

MOST_ENCODINGS: Final = 4
MOST_CHUNK_DIGITS: Final = 8


def decoded(body: bytes, headers: Any, limit: int) -> bytes:  # noqa: ANN401  FastWARC's header map
    """Undo chunks and compression, up to `limit` bytes.

    Crawlers store many bodies that are decoded already under headers that say they are not: what does not decode is
    taken as it is.
    """
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        body = unchunked(body)
    names = [name.strip().lower() for name in (headers.get("Content-Encoding") or "").split(",")]
    for name in reversed(names[:MOST_ENCODINGS]):
        if name in DECODERS:
            body = DECODERS[name](body, limit)
    return body


def unchunked(body: bytes) -> bytes:
    r"""Put the chunks of a body together; one that does not start with a chunk is given back as it is.

    >>> unchunked(b"5\r\nRain \r\n5;x=1\r\nfell.\r\n0\r\n\r\n"), unchunked(b"<p>Rain</p>")
    (b'Rain fell.', b'<p>Rain</p>')
    """
    chunks: list[bytes] = []
    place = 0
    while (end := body.find(b"\n", place)) >= 0:
        digits = body[place:end].partition(b";")[0].strip()
        if not 0 < len(digits) <= MOST_CHUNK_DIGITS or not all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            break
        size = int(digits, 16)
        if size == 0:
            return b"".join(chunks)
        chunks.append(body[end + 1 : end + 1 + size])
        place = end + 1 + size
        place += 2 if body[place : place + 2] == b"\r\n" else body[place : place + 1] == b"\n"
    return b"".join(chunks) if chunks else body


def _inflated(body: bytes, limit: int) -> bytes:
    """Unpack gzip, zlib or bare deflate; of one that is cut off what came before."""
    for bits in (47, -zlib.MAX_WBITS):
        member = zlib.decompressobj(wbits=bits)
        try:
            content = member.decompress(body, limit)
        except zlib.error:
            continue
        if content or member.eof:
            return content
    return body


def _by_reader(reader: Any) -> Callable[[bytes, int], bytes]:  # noqa: ANN401  FastWARC's classes
    def read(body: bytes, limit: int) -> bytes:
        try:
            content: bytes = reader(BytesIO(body)).read(limit)
        except OSError:
            return body
        return content or body

    return read


DECODERS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _inflated,
    "x-gzip": _inflated,
    "deflate": _inflated,
    "br": _by_reader(BrotliReader),
    "zstd": _by_reader(ZstdReader),
}
