"""What there is to read: the files below the inputs, as references that a worker opens later."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cleaners.page import Page
from flows.places import fingerprint_of, is_remote, uri_of

CHUNK_BYTES: Final = 8 * 1024 * 1024
"""Record files above this are read in spans of it: a second of cleaning or more, so that all workers have a share."""

PAGE_SUFFIXES: Final = frozenset({".txt", ".md", ".html", ".htm"})
LINE_SUFFIXES: Final = frozenset({".jsonl", ".ndjson"})
JSON_SUFFIX: Final = ".json"
SUFFIXES: Final = PAGE_SUFFIXES | LINE_SUFFIXES | {JSON_SUFFIX}

GZIP_GAIN: Final = 5
"""Articles and their HTML shrink to about a fifth in gzip: what batches count on for a packed file."""

_MAGIC: Final = re.compile(r"[*?\[]")

Key = tuple[str, int]
"""What is read and replaced as one: (source uri, offset // CHUNK_BYTES)."""


class InputError(ValueError):
    """The inputs cannot be read at all; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where documents are: a whole file (offset 0, length None), or one span of a record file.

    A span holds the lines that START in [offset, offset + length); the last one has length None and runs to the end.
    `size` is in bytes on disk. `fingerprint` changes when the file does, as far as a stat can tell; empty where nothing
    is known.
    """

    uri: str
    offset: int = 0
    length: int | None = None
    size: int = 0
    fingerprint: str = ""

    @property
    def key(self) -> Key:
        """The key of the first row that this reference can give."""
        return key_of(self.uri, self.offset)

    @property
    def weight(self) -> int:
        """Bytes to be expected once unpacked: what batches are sized by."""
        return self.size * GZIP_GAIN if self.uri.lower().endswith(".gz") else self.size


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
    """Give the key that a row of this source and offset belongs to."""
    return uri, offset // CHUNK_BYTES


def suffix_of(uri: str) -> str:
    """Give the suffix that tells the kind of a file: lower case, without a closing `.gz`.

    >>> suffix_of("/raw/May.JSONL.gz")
    '.jsonl'
    """
    return Path(uri.lower().removesuffix(".gz")).suffix


class Discovery:
    """Iterator of the references below the inputs, in the order of their uri; each real file comes once.

    Hidden files are spared, and so is what lies in the excluded folders. Files of other kinds met in a folder are not
    taken but counted by suffix in `passed_over`; a file that is named is taken whatever its kind. A folder or a link
    that cannot be followed comes as a reference, too: opening it gives the reject that says why.
    """

    def __init__(self, inputs: Iterable[str], *, exclude: Iterable[str | Path] = ()) -> None:
        self.passed_over: Counter[str] = Counter()
        self._excluded = [Path(os.path.realpath(folder)) for folder in exclude]
        self._seen: set[tuple[int, int]] = set()
        self._references = self._walk_all(self._roots(inputs))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Reference:
        return next(self._references)

    def _roots(self, inputs: Iterable[str]) -> list[Path]:
        roots: set[Path] = set()
        for text in inputs:
            if os.path.lexists(text):
                if self._is_excluded(Path(text)):
                    raise InputError(f"{text} lies in the output folder: choose another --out or other inputs.")
                roots.add(Path(text))
            else:
                roots.update(path for path in _matches(text) if not self._is_excluded(path))
        return sorted(roots, key=lambda path: _order(uri_of(path), is_folder=_is_folder(path)))

    def _is_excluded(self, path: Path) -> bool:
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(folder) for folder in self._excluded)

    def _walk_all(self, roots: list[Path]) -> Iterator[Reference]:
        for root in roots:
            if _is_folder(root):
                yield from self._walk(root)
            else:
                yield from self._file(root)

    def _walk(self, folder: Path) -> Iterator[Reference]:
        try:
            if self._is_known(folder.stat()) or self._is_excluded(folder):
                return
            with os.scandir(folder) as found:
                entries = [(entry.name, _is_folder(entry)) for entry in found if not entry.name.startswith(".")]
        except OSError:
            yield Reference(uri_of(folder))
            return
        for name, is_folder in sorted(entries, key=lambda entry: _order(entry[0], is_folder=entry[1])):
            if is_folder:
                yield from self._walk(folder / name)
            elif suffix_of(name) in SUFFIXES:
                yield from self._file(folder / name)
            else:
                self.passed_over[Path(name).suffix.lower() or "no suffix"] += 1

    def _file(self, path: Path) -> Iterator[Reference]:
        uri = uri_of(path)
        try:
            status = path.stat()
            if self._is_known(status):
                return
            in_spans = stat.S_ISREG(status.st_mode) and status.st_size > CHUNK_BYTES and _is_splittable(path)
        except OSError:
            yield Reference(uri)
            return
        if not in_spans:
            yield Reference(uri, size=status.st_size, fingerprint=fingerprint_of(status))
            return
        for start in range(0, status.st_size, CHUNK_BYTES):
            left = status.st_size - start
            length = CHUNK_BYTES if left > CHUNK_BYTES else None
            yield Reference(uri, start, length, min(CHUNK_BYTES, left), fingerprint_of(status))

    def _is_known(self, status: os.stat_result) -> bool:
        """Tell whether this very file or folder came before (links to folders may run in circles), and note it."""
        identity = status.st_dev, status.st_ino
        is_known = identity in self._seen
        self._seen.add(identity)
        return is_known


def discover(inputs: Iterable[str], *, exclude: Iterable[str | Path] = ()) -> Discovery:
    """Find the files below the inputs. InputError at once for a missing path or a glob without a match."""
    return Discovery(inputs, exclude=exclude)


def _is_folder(place: Path | os.DirEntry[str]) -> bool:
    """Tell a folder, or a link to one; what cannot be followed is none, where `Path.is_dir` would raise."""
    return os.path.isdir(place)  # noqa: PTH112


def _order(name: str, *, is_folder: bool) -> str:
    """Give the sort key that makes a walk come in the order of whole paths: `a.txt`, then `a/b.txt`."""
    return f"{name}/" if is_folder else name


def _is_splittable(path: Path) -> bool:
    """Tell whether a big file holds plain JSON lines whatever its name says: not packed, UTF-8, not one array."""
    if suffix_of(path.name) not in LINE_SUFFIXES:
        return False
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _matches(pattern: str) -> list[Path]:
    """Expand a quoted glob. `**` does not follow links, so that circles of them end; hidden names have to be named."""
    if is_remote(pattern):
        raise InputError(f"{pattern} is an address, and only local files are read: download it first.")
    if not _MAGIC.search(pattern):
        raise InputError(f"There is no file or folder named {pattern} (looked from {Path.cwd()}): check the path.")
    parts = Path(pattern).parts
    fixed = next(number for number, part in enumerate(parts) if _MAGIC.search(part))
    base, wild = Path(*parts[:fixed]), parts[fixed:]
    if wild[-1] == "**":
        wild = wild[:-1]
    wants_hidden = any(part.startswith(".") for part in wild)
    found = [
        path
        for path in (base.glob(str(Path(*wild))) if wild else [base] * base.is_dir())
        if wants_hidden or not any(part.startswith(".") for part in path.parts[len(base.parts) :])
    ]
    if not found:
        raise InputError(f"No file matches {pattern} (looked from {Path.cwd()}): check the pattern.")
    return found
