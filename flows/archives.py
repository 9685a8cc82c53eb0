"""Archives to their members: zip and tar, read as streams; nothing of them is ever written to disk.

A member is named `archive!/path`. What its name says about places (`..`, a leading `/`) is a name and nothing else.
Links, devices, folders, hidden members and those of other kinds are passed over. A member that comes twice under one
name keeps it the first time, and gets a number behind it (`#2`) after that.
"""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader, RawIOBase
from pathlib import PurePosixPath
from typing import Any, Final, Self

from flows.forms import is_read
from flows.intake import Intake
from flows.sources import Reject, member_uri
from flows.unpack import BOMB_BYTES, BOMB_RATIO, BUFFER_BYTES, PackedError, RawDeflate, Stream, suffix_of

MOST_MEMBERS: Final = 2_000_000
"""Beyond it an archive is not read on: the names of so many take some 500 MB."""
ENCRYPTED: Final = 0x1
"""The bit of a zip member's flags that says so; from the specification, APPNOTE.TXT 4.4.4."""
SIZE_FOLLOWS: Final = 0x8
"""The bit that says: sizes stand behind the data."""
UTF8_NAME: Final = 0x800
LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
LOCAL_MAGIC: Final = b"PK\x03\x04"
STORED, DEFLATED = 0, 8
FILE_TYPE: Final = 0o170000
LINK: Final = 0o120000
CUT: Final = ("truncated", "the archive ends too early: fetch it again")
DAMAGED: Final = ("corrupt", "the archive is damaged from here on: fetch it again")

Member = tuple[Intake, Stream | Reject]


class _Members:
    """The members of one archive as they come: which are read, and under which names."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._seen: set[int] = set()
        self._number = 0
        self.unpacked = 0
        self.is_silent = True
        """Whether nothing has come of the archive yet, not even a number of members that are passed over."""

    def intake(self, name: str, size: int) -> Intake | None:
        """Give the intake of a member; None, counted, where its kind is not read."""
        self._number += 1
        if self._number > MOST_MEMBERS:
            raise PackedError("too_many_members", f"more than {MOST_MEMBERS} members: unpack it first")
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts:
            return None
        self.is_silent = False
        if not is_read(name):
            self._intake.notes.passed_over[PurePosixPath(name).suffix.lower() or "no suffix"] += 1
            return None
        uri = self._own(member_uri(self._intake.uri, name))
        depth = self._intake.depth + 1
        return replace(
            self._intake, uri=uri, suffix=suffix_of(name), start=0, length=None, size=size, depth=depth, offset=0
        )

    def _own(self, uri: str) -> str:
        own, number = uri, 1
        while hash(own) in self._seen:
            number += 1
            own = f"{uri}#{number}"
        self._seen.add(hash(own))
        return own

    def add(self, size: int) -> None:
        """Count what members unpack to, up to where the archive is a bomb."""
        self.unpacked += size
        self.check()

    def check(self) -> None:
        """Raise PackedError where the archive is a bomb, as when its members overlap: of itself, and of the member."""
        if self.unpacked > max(BOMB_BYTES, BOMB_RATIO * (self._intake.size or 0)):
            raise PackedError("bomb", f"it unpacks to more than {BOMB_RATIO} times its size: it is made to do harm")


def zip_members(intake: Intake, stream: Stream) -> Iterator[Member]:
    """Yield the members of a zip archive by its directory; of one cut off, what lies before the break."""
    if not stream.seekable():
        yield from _salvaged(intake, stream)
        return
    members = _Members(intake)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, UnicodeDecodeError):
        stream.seek(0)
        yield from _salvaged(intake, stream)
        return
    with archive:
        for info in sorted(archive.infolist(), key=lambda info: (info.filename, info.header_offset)):
            if info.is_dir() or _is_link(info) or (inner := members.intake(info.filename, info.file_size)) is None:
                continue
            if info.flag_bits & ENCRYPTED:
                yield inner, inner.reject("encrypted", "the member is encrypted: unpack it first", size=info.file_size)
                continue
            try:
                opened = archive.open(info)
            except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, struct.error):
                yield inner, inner.reject("corrupt", "the member is damaged or packed in an unknown way")
                continue
            with opened:
                yield inner, BufferedReader(_Checked(opened, members), BUFFER_BYTES)
            members.check()
    if members.is_silent:
        yield intake, _nothing_in(intake)


def _nothing_in(intake: Intake) -> Reject:
    return intake.reject("empty", "the archive holds no file", size=intake.size)


def _is_link(info: zipfile.ZipInfo) -> bool:
    """Tell a symbolic link by the mode of Unix that zip keeps in the upper half of a field."""
    return (info.external_attr >> 16) & FILE_TYPE == LINK


def _salvaged(intake: Intake, stream: Stream) -> Iterator[Member]:
    """Yield the members of a zip archive one after the other, as they lie, up to where it breaks off."""
    members = _Members(intake)
    found = False
    while (start := stream.read(LOCAL_HEADER.size))[:4] == LOCAL_MAGIC and len(start) == LOCAL_HEADER.size:
        _, _, flags, method, _, _, _, packed, size, name_size, extra_size = LOCAL_HEADER.unpack(start)
        name = stream.read(name_size).decode("utf-8" if flags & UTF8_NAME else "cp437", "replace")
        stream.read(extra_size)
        found = True
        inner = None if name.endswith("/") else members.intake(name, size)
        if flags & ENCRYPTED or method not in {STORED, DEFLATED} or (method == STORED and flags & SIZE_FOLLOWS):
            break
        raw = RawDeflate(stream) if method == DEFLATED else _Stored(stream, packed)
        if inner is not None:
            yield inner, BufferedReader(_Checked(raw, members), BUFFER_BYTES)
            members.check()
        while raw.read(BUFFER_BYTES):
            pass
        if method == DEFLATED and flags & SIZE_FOLLOWS:
            _step_over_sizes(stream)
    if not found or start[:4] not in {b"PK\x01\x02", b"PK\x05\x06"}:
        yield intake, intake.reject("truncated", "the archive ends too early: fetch it again", size=intake.size)


def _step_over_sizes(stream: Stream) -> None:
    """Read the sizes behind a member: 12 bytes, 4 more with a signature, 8 more in a big archive."""
    for size in (12, 16, 20, 24):
        ahead = stream.peek(size + 4)[: size + 4]
        if ahead[size : size + 2] == b"PK" or len(ahead) < size + 4:
            stream.read(size)
            return
    raise PackedError("corrupt", "the archive is damaged: fetch it again")


def tar_members(intake: Intake, stream: Stream) -> Iterator[Member]:
    """Yield the members of a tar archive as they come by; PackedError where it breaks off or is damaged."""
    members = _Members(intake)
    last: list[str] = []

    class Header(tarfile.TarInfo):
        """A header that remembers how the last one read: `tarfile` takes a break for the end."""

        @classmethod
        def frombuf(cls, buf: Any, encoding: str, errors: str) -> Self:  # noqa: ANN401
            last[:] = ["broken" if len(buf) == tarfile.BLOCKSIZE else "missing"]
            if buf.count(0) == tarfile.BLOCKSIZE:
                last[:] = ["end"]
            header = super().frombuf(buf, encoding, errors)
            last[:] = ["read"]
            return header

    source: Any = _Shorn(stream)
    try:
        with tarfile.open(fileobj=source, mode="r|", tarinfo=Header, errors="surrogateescape") as archive:
            for info in archive:
                vars(archive)["members"].clear()  # or it keeps them all
                inner = members.intake(info.name, info.size) if info.isreg() and not info.issparse() else None
                file = archive.extractfile(info) if inner is not None else None
                if inner is not None and file is not None:
                    yield inner, BufferedReader(_Checked(file, members), BUFFER_BYTES)
                    members.check()
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        source.raise_failure()
        is_cut = isinstance(error, tarfile.ReadError) and "unexpected end" in str(error)
        raise PackedError(*(CUT if is_cut else DAMAGED)) from error
    source.raise_failure()
    if last != ["end"]:
        raise PackedError(*(CUT if last == ["missing"] else DAMAGED))
    if members.is_silent:
        yield intake, _nothing_in(intake)


class _Checked(RawIOBase):
    """The content of a member, counted, with the errors of both kinds of archive made one."""

    def __init__(self, file: Any, members: _Members) -> None:  # noqa: ANN401  three kinds of readers
        super().__init__()
        self._file = file
        self._members = members

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        try:
            content = self._file.read(len(buffer))
        except EOFError as error:
            raise PackedError(*CUT) from error
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, ValueError, RuntimeError) as error:
            raise PackedError("corrupt", "the member is damaged: fetch the archive again") from error
        except tarfile.TarError as error:
            raise PackedError(*CUT) from error
        self._members.add(len(content))
        buffer[: len(content)] = content
        return len(content)


class _Shorn:
    """A stream that ends where it breaks off, for a reader who would lose what it has in hand; and says so later."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._failure: PackedError | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read1(size)
        except PackedError as error:
            self._failure = error
            return b""

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


class _Stored:
    """A member of a zip archive that is not packed."""

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int) -> bytes:
        content = self._stream.read(min(size, self._left))
        if not content and self._left and size:
            raise PackedError(*CUT)
        self._left -= len(content)
        return content
