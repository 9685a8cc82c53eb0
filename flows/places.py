"""Places where files lie: paths of this machine, and addresses of any store that fsspec knows (`s3://`, `gs://`, …).

Whatever is read or written goes through these few functions. A place is a `uri` as `addresses.uri_of` gives it. A local
one never imports fsspec, which costs a third of a second; an address does when it is opened.

Credentials come from where each driver looks for them (environment, profile, role of the machine), never in the
address. What a driver says about an error may hold them, so its words are not passed on: a PlaceError names the address
without query and says what to do.
"""

import os
import shutil
import stat as stat_bits
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, Final, Self

from flows.addresses import EXTRAS, WEB, address_of, is_remote, is_web, path_of, protocol_of, shown, uri_of

READ_AHEAD: Final = 4 * 1024 * 1024
"""Bytes asked for at once from a store: at 30 ms a request still some 100 MB a second."""


class PlaceError(OSError):
    """A place cannot be read or written; the message is one sentence, without credentials."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a stat or a listing tells of a file or folder.

    `fingerprint` changes when the content does, as far as can be told without reading: of a local file its size and
    time of change, of an object its ETag, or size and time. It is empty where nothing is known.
    """

    uri: str
    size: int
    fingerprint: str
    is_folder: bool = False


# Reading


def stat(uri: str) -> Entry | None:
    """Look at a file or folder; None where there is nothing. PlaceError or OSError where it cannot be seen."""
    if is_remote(uri):
        with explained(uri):
            try:
                store, path = _store(uri)
                return _entry(uri_of(uri) if is_web(uri) else uri, store.info(path))
            except FileNotFoundError:
                return None
    try:
        status = path_of(uri).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Entry(uri, status.st_size, fingerprint_of(status), stat_bits.S_ISDIR(status.st_mode))


def fingerprint_of(status: os.stat_result) -> str:
    """Give the fingerprint of a local file."""
    return f"{status.st_size}-{status.st_mtime_ns}"


def listing(folder: str) -> Iterator[Entry]:
    """Yield the files below a folder, at any depth, in the order of their uri. An empty one yields nothing."""
    if is_remote(folder):
        with explained(folder):
            store, path = _store(folder)
            found = store.find(path, detail=True)
            prefix = shown(folder).partition("://")[0]
            entries = [_entry(_named(prefix, store, name), info) for name, info in found.items()]
        yield from sorted(entries, key=lambda entry: entry.uri)
        return
    for uri in sorted(uri_of(below) for below in path_of(folder).rglob("*") if below.is_file()):
        if entry := stat(uri):
            yield entry


def matches(pattern: str) -> list[Entry]:
    """Expand a glob over addresses, in the order of their uri; `**` reaches over folders."""
    with explained(pattern):
        store, path = _store(uri_of(pattern))
        prefix = shown(pattern).partition("://")[0]
        found = store.glob(path, detail=True)
        entries = [_entry(_named(prefix, store, name), info) for name, info in found.items()]
    return sorted(entries, key=lambda entry: entry.uri)


@contextmanager
def opened(uri: str) -> Iterator["BufferedReader[Any]"]:
    """Open a file to read; a pipe or a device is an OSError at once, where a plain open would wait for ever."""
    if is_remote(uri):
        with explained(uri):
            store, path = _store(uri)
            raw = _Reader(uri, store.open(path, "rb", block_size=READ_AHEAD))
        with BufferedReader(raw, 1024 * 1024) as file:
            yield file
        return
    with open(path_of(uri), "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat_bits.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "not a regular file")
        yield file


def read_bytes(uri: str) -> bytes:
    """Read a small file whole. FileNotFoundError where there is none."""
    if not is_remote(uri):
        return path_of(uri).read_bytes()
    with explained(uri):
        store, path = _store(uri)
        content: bytes = store.cat_file(path)
        return content


# Writing


def make_folder(uri: str) -> None:
    """See that a folder is there; a store needs none."""
    if not is_remote(uri):
        path_of(uri).mkdir(parents=True, exist_ok=True)


def publish(grown: Path, uri: str) -> None:
    """Put a finished local file in its place, whole: by rename on a disk, by PUT in a store. It is gone from `grown`.

    A reader sees the old content or the new, nothing between. On a disk both have to lie on the same one.
    """
    if not is_remote(uri):
        grown.replace(path_of(uri))
        return
    with explained(uri):
        store, path = _store(uri)
        store.put_file(str(grown), path)
    grown.unlink()


def write_bytes(uri: str, content: bytes) -> None:
    """Write a small file, whole, in the place of an old one; on a disk it grows beside it under a hidden name."""
    if is_remote(uri):
        with explained(uri):
            store, path = _store(uri)
            store.pipe_file(path, content)
        return
    place = path_of(uri)
    growing = place.with_name(f".{place.name}.growing")
    growing.write_bytes(content)
    growing.replace(place)


def create(uri: str, content: bytes) -> bool:
    """Write a small object into a store unless there is one already; tell whether that was done.

    The store decides, so that of two who try only one does it (S3: `If-None-Match`). PlaceError where it cannot decide.
    """
    with explained(uri):
        store, path = _store(uri)
        try:
            store.pipe_file(path, content, mode="create")
        except FileExistsError:
            return False
        return True


def changed_at(uri: str) -> float:
    """Give the time at which an object was last written, by the clock of its store, in seconds."""
    with explained(uri):
        store, path = _store(uri)
        return float(store.modified(path).timestamp())


def remove(uri: str) -> None:
    """Remove a file; one that is not there is no error."""
    if not is_remote(uri):
        path_of(uri).unlink(missing_ok=True)
        return
    with explained(uri):
        store, path = _store(uri)
        try:
            store.rm_file(path)
        except FileNotFoundError:
            return


def move(source: str, target: str) -> None:
    """Give a file another name in the same kind of place. In a store that is a copy and a removal, in this order."""
    if not is_remote(source):
        shutil.move(path_of(source), path_of(target))
        return
    with explained(source):
        store, path = _store(source)
        store.cp_file(path, _store(target)[1])
        store.rm_file(path)


# Stores


@contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turn whatever a driver raises into a sentence of ours: its own words may hold credentials."""
    try:
        yield
    except PlaceError:
        raise
    except FileNotFoundError:
        raise FileNotFoundError(2, "there is no such file", shown(uri)) from None
    except Exception as error:  # noqa: BLE001  each driver has its own families of errors
        raise PlaceError(_sentence(uri, error)) from None


def _sentence(uri: str, error: Exception) -> str:
    protocol = protocol_of(uri)
    if isinstance(error, ImportError):
        extra = EXTRAS.get(protocol, "s3" if protocol in WEB else "")
        remedy = f"install copydesk[{extra}]" if extra else "install the package that fsspec names for it"
        return f"{shown(uri)} needs a driver for {protocol}:// that is not installed: {remedy}."
    if isinstance(error, PermissionError) or "Credentials" in type(error).__name__:
        return f"{shown(uri)} may not be read or written: check the credentials in the environment."
    if isinstance(error, ValueError) and "Protocol not known" in str(error):
        return f"{shown(uri)} is an address of an unknown kind: use s3://, gs://, az:// or https://."
    return f"{shown(uri)} cannot be reached ({type(error).__name__}): check the address and the network."


def _store(uri: str) -> tuple[Any, str]:
    """Give fsspec's file system for a uri, and the path in it. Listings are not cached: others write there."""
    from fsspec.core import url_to_fs

    store, path = url_to_fs(address_of(uri), use_listings_cache=False)
    return store, path


def _named(prefix: str, store: Any, name: str) -> str:  # noqa: ANN401  fsspec has no types
    """Give the uri of what a listing calls `name`: the same protocol as the user wrote."""
    stripped = store._strip_protocol(name)  # noqa: SLF001  fsspec's own way to say it
    return uri_of(f"{prefix}://{stripped.lstrip('/')}")


def _entry(uri: str, info: dict[str, Any]) -> Entry:
    size = info.get("size") or 0
    return Entry(uri, size, _fingerprint(info, size), info.get("type") == "directory")


def _fingerprint(info: dict[str, Any], size: int) -> str:
    for name in ("ETag", "etag"):
        if info.get(name):
            return str(info[name]).removeprefix("W/").strip('"')
    times = ("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "modified", "created")
    moment = next((info[name] for name in times if info.get(name)), None)
    return f"{size}-{moment.isoformat() if hasattr(moment, 'isoformat') else moment}" if moment else ""


class _Reader(RawIOBase):
    """A file of a store as a plain raw stream, whose errors are ours."""

    def __init__(self, uri: str, file: Any) -> None:  # noqa: ANN401
        super().__init__()
        self._uri = uri
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  the buffer of the buffered reader
        with explained(self._uri):
            content = self._file.read(len(buffer))
            buffer[: len(content)] = content
            return len(content)

    def seek(self, offset: int, whence: int = 0) -> int:
        with explained(self._uri):
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def __enter__(self) -> Self:
        return self
