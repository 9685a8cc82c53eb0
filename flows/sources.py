"""What passes between the rooms that read: references to files, documents, rejects, and the keys they belong to."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_from_bytes

from cleaners.page import Page
from flows.forms import shrinks

CHUNK_BYTES: Final = 8 * 1024 * 1024
"""Record files above this are read in spans of it: a second of cleaning or more, so that all workers have a share."""

GAIN: Final = 5
"""Articles and their HTML shrink to about a fifth: what batches count on for a packed file."""
MEMBER_SIGN: Final = "!/"
"""What stands between an archive and its member in a uri; `uri_of` sees to it that it stands nowhere else."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Key = tuple[str, int]
"""What is read and replaced as one: (source uri, offset // CHUNK_BYTES)."""


class InputError(ValueError):
    """The inputs cannot be read at all; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where documents are: a whole file (offset 0, length None), or one span of a big file of records.

    A span holds the records that START in [offset, offset + length); the last one has length None and runs to the end.
    `size` is in bytes on disk. `fingerprint` changes when the file does, as far as a stat can tell; empty where nothing
    is known. `address` is what to open where it is not the uri: an address of the web with its query, which may be
    secret and never leaves a reference. `twin_of` tells that this is but another name of a file or folder (by a link)
    that comes under the name that stands there, too.
    """

    uri: str
    offset: int = 0
    length: int | None = None
    size: int = 0
    fingerprint: str = ""
    address: str = field(default="", repr=False)
    twin_of: str = ""

    @property
    def key(self) -> Key:
        """The key of the first row that this reference can give."""
        return key_of(self.uri, self.offset)

    @property
    def weight(self) -> int:
        """Bytes to be expected once unpacked: what batches are sized by."""
        return self.size * GAIN if shrinks(self.uri) else self.size


@dataclass(frozen=True, slots=True)
class Document:
    """One raw document ready for cleaning, with the sha256 (hex) and the size in bytes of what was read."""

    uri: str
    offset: int
    page: Page
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Reject:
    """One document that could not be read or cleaned: a row of parquet/rejects. The message holds no content."""

    uri: str
    offset: int
    stage: str
    reason: str
    message: str
    size: int | None = None
    sha256: str | None = None


def key_of(uri: str, offset: int) -> Key:
    """Give the key that a row of this source and offset belongs to; what lies in an archive belongs to the archive.

    >>> key_of("/raw/may.zip!/a/b.jsonl", 20_000_000), key_of("/raw/may.jsonl", 20_000_000)
    (('/raw/may.zip', 0), ('/raw/may.jsonl', 2))
    """
    container, sign, _ = uri.partition(MEMBER_SIGN)
    return (container, 0) if sign else (uri, offset // CHUNK_BYTES)


def member_uri(container: str, member: str) -> str:
    """Name what lies in an archive. A lone surrogate, of a name that is no UTF-8, is written as its byte.

    >>> member_uri("/raw/may.tar", "./a/caf\udce9.txt")
    '/raw/may.tar!/a/caf%E9.txt'
    """
    name = member.replace("\\", "/").removeprefix("./").lstrip("/")
    if _SURROGATE.search(name):
        name = quote_from_bytes(name.encode("utf-8", "surrogateescape"), safe="/ ()[],;'!&=+@~$")
    return f"{container}{MEMBER_SIGN}{name}"
