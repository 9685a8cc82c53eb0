"""Packed streams (gzip, bzip2, xz, zstd) unpacked as they are read, told by their content, and bounded."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from io import BufferedReader, RawIOBase
from typing import Any, Final

PIECE_BYTES: Final = 256 * 1024
BUFFER_BYTES: Final = 128 * 1024
BOMB_RATIO: Final = 200
"""Text shrinks to a fifth or a tenth, the log of a machine to a fiftieth. gzip can reach 1,000, zstd 30,000."""
BOMB_BYTES: Final = 256 * 1024 * 1024
"""Below this a stream may shrink as it likes: what it unpacks to is bounded by --max-bytes a document."""
XZ_MEMORY: Final = 128 * 1024 * 1024
"""What `xz -9` asks of a reader is 65 MB; a file may ask for 4 GB."""

GZIP_MAGIC: Final = b"\x1f\x8b"
MAGICS: Final = {
    GZIP_MAGIC: "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    **{bytes([0x50 + number]) + b"\x2a\x4d\x18": "zstd" for number in range(16)},
}
PACKINGS: Final = (".gz", ".bz2", ".xz", ".zst")
TARBALLS: Final = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar"}
PACKED_SUFFIXES: Final = frozenset({*PACKINGS, *TARBALLS})

Stream = BufferedReader
"""What every form is read from: buffered, with `peek`."""


class PackedError(Exception):
    """A packed file or an archive that cannot be read on: the reason (a word for counting) and a message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def suffix_of(name: str) -> str:
    """Give the suffix that tells the kind of a file: lower case, without that of a packing.

    >>> suffix_of("/raw/May.JSONL.gz"), suffix_of("/raw/may.tgz"), suffix_of("/raw/may.tar.zst")
    ('.jsonl', '.tar', '.tar')
    """
    name = name.lower()
    packing = next((packing for packing in PACKINGS if name.endswith(packing)), "")
    suffix = _suffix(name.removesuffix(packing))
    return TARBALLS.get(suffix, suffix)


def is_packed_name(name: str) -> bool:
    """Tell a name that promises a packed file."""
    return _suffix(name.lower()) in PACKED_SUFFIXES


def _suffix(name: str) -> str:
    """Give what `Path.suffix` gives, at once: it is asked of each of a million files."""
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    return f".{ending}" if dot and stem and ending else ""


def codec_of(head: bytes) -> str | None:
    """Tell by its first bytes how a stream is packed; None where it is not.

    >>> codec_of(bytes.fromhex("1f8b08")), codec_of(b"BZip is a name"), codec_of(b"Rain fell.")
    ('gzip', None, None)
    """
    codec = next((codec for magic, codec in MAGICS.items() if head.startswith(magic)), None)
    # Three letters are no proof: after them stands the size of the blocks and the number pi.
    return None if codec == "bzip2" and head[4:10] not in {b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"} else codec


class Meter:
    """Counts what goes into unpacking and what comes out; PackedError where it is a bomb."""

    def __init__(self) -> None:
        self.packed = self.unpacked = 0

    def add(self, *, packed: int = 0, unpacked: int = 0) -> None:
        """Count bytes."""
        self.packed += packed
        self.unpacked += unpacked
        if self.unpacked > BOMB_BYTES and self.unpacked > BOMB_RATIO * self.packed:
            raise PackedError("bomb", f"it unpacks to more than {BOMB_RATIO} times its size: it is made to do harm")


def unpacked(stream: Stream) -> Stream:
    """Give the unpacked stream of a packed one, and any other as it is."""
    codec = codec_of(stream.peek(10)[:10])
    if codec is None:
        return stream
    raw: RawIOBase = _Zstd(stream) if codec == "zstd" else Unpacked(stream, codec)
    return BufferedReader(raw, BUFFER_BYTES)


class Unpacked(RawIOBase):
    """The content of a gzip, bzip2 or xz stream, all its members one after the other.

    PackedError: `truncated` where it ends too early, `corrupt` where it is damaged or rubbish follows, `bomb`.
    """

    def __init__(self, stream: Stream, codec: str) -> None:
        super().__init__()
        self._stream = stream
        self._make = DECOMPRESSORS[codec]
        self._decompressor: Any = self._make()
        self._meter = Meter()
        self._pending = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  the buffer of the buffered reader
        """Unpack some bytes into a buffer."""
        while True:
            if self._decompressor.eof and not self._next_member():
                return 0
            content = self._piece(len(buffer))
            self._meter.add(unpacked=len(content))
            if content:
                buffer[: len(content)] = content
                return len(content)

    def _next_member(self) -> bool:
        """Start on the member behind the one that has ended; none where only zeros (padding) are left."""
        rest = self._decompressor.unused_data.lstrip(b"\0")
        while not rest:
            rest = self._stream.read1(PIECE_BYTES)
            self._meter.add(packed=len(rest))
            if not rest:
                return False
            rest = rest.lstrip(b"\0")
        self._decompressor = self._make()
        self._pending = rest
        return True

    def _piece(self, size: int) -> bytes:
        """Unpack at least one byte, or nothing at the end of a member; never much more than asked for."""
        while True:
            data = self._more()
            try:
                content: bytes = self._decompressor.decompress(data, size)
            except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
                raise PackedError("corrupt", "the packed file is damaged: fetch it again") from error
            if content or self._decompressor.eof:
                return content

    def _more(self) -> bytes:
        """Give the decompressor what it has not taken yet, or bytes from the file. Zlib hands back what it left."""
        if self._pending:
            data, self._pending = self._pending, b""
            return data
        left: bytes = getattr(self._decompressor, "unconsumed_tail", b"")
        if left or not getattr(self._decompressor, "needs_input", True):
            return left
        data = self._stream.read1(PIECE_BYTES)
        self._meter.add(packed=len(data))
        if not data:
            raise PackedError("truncated", "the packed file ends too early: fetch it again")
        return data


class RawDeflate:
    """One deflated member of a zip archive, read to its end and not a byte beyond."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decompressor = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        self._meter = Meter()

    def read(self, size: int) -> bytes:
        """Unpack at least one byte and at most `size`; nothing at the end."""
        content = b""
        while not content and not self._decompressor.eof:
            data = self._stream.peek(PIECE_BYTES)
            try:
                content = self._decompressor.decompress(data, size)
            except zlib.error as error:
                raise PackedError("corrupt", "the member is damaged: fetch the archive again") from error
            if not data and not content:
                raise PackedError("truncated", "the archive ends too early: fetch it again")
            left = len(self._decompressor.unused_data) + len(self._decompressor.unconsumed_tail)
            self._stream.read(len(data) - left)
            self._meter.add(packed=len(data) - left, unpacked=len(content))
        return content


class _Zstd(RawIOBase):
    """The content of a zstd stream, unpacked by Arrow: Python has a module for it from 3.14 on only."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        import pyarrow as pa

        self._meter = Meter()
        self._source = _Counted(stream, self._meter)
        self._unpacked = pa.CompressedInputStream(pa.PythonFile(self._source, "r"), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        try:
            content: bytes = self._unpacked.read(len(buffer))
        except OSError as error:
            if error.errno is not None:  # the file below, not what it holds
                raise
            if "Truncated" in str(error):
                raise PackedError("truncated", "the packed file ends too early: fetch it again") from error
            raise PackedError("corrupt", "the packed file is damaged: fetch it again") from error
        self._meter.add(unpacked=len(content))
        buffer[: len(content)] = content
        return len(content)


class _Counted(RawIOBase):
    """A stream that counts what is read from it."""

    def __init__(self, stream: Stream, meter: Meter) -> None:
        super().__init__()
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self._meter.add(packed=len(content))
        return content


DECOMPRESSORS: Final[dict[str, Callable[[], Any]]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY),
}
