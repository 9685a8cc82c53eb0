"""The output folder as a place: where its files lie, on a disk or in an object store, and where parts grow.

Parts always grow on a disk: beside the datasets where these lie on one, in a temporary folder of this machine where
they lie in a store. What is published is whole: a rename on a disk, a PUT in a store.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from flows import addresses, places
from flows.schema import SCHEMAS

WRITING: Final = ".writing"
STATE_FOLDER: Final = ".state"
PARTS: Final = "part-*.parquet"


class OutputError(OSError):
    """The output folder cannot be written; the message is one sentence that says what to do."""


@contextmanager
def explained(out: object) -> Iterator[None]:
    """Turn what the disk, a store or Arrow says into an OutputError that tells what to do."""
    try:
        yield
    except OutputError:
        raise
    except places.PlaceError as error:
        raise OutputError(str(error)) from error
    except (OSError, pa.ArrowException) as error:
        raise OutputError(_sentence(out, error)) from error


def _sentence(out: object, error: Exception) -> str:
    number = getattr(error, "errno", None)
    # Arrow sometimes gives the number only in its words.
    if number in {errno.ENOSPC, errno.EDQUOT} or "No space left" in str(error):
        return f"The disk of {out} is full: make room and run again, what is written so far stays valid."
    if number in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{out} cannot be written ({os.strerror(number)}): change its permissions or choose another --out."
    if number in {errno.ENOTDIR, errno.EEXIST}:
        return f"{out} cannot be a folder, because there is a file in its place: choose another --out."
    reason = os.strerror(number) if number else str(error).partition("\n")[0][:200]
    return f"Writing to {out} failed ({reason}): mend that or choose another --out, then run again."


class Output:
    """An output folder by its path or address; its names are those of the datasets, the state and their files."""

    def __init__(self, root: str | Path) -> None:
        self.root = str(root)
        self.is_remote = addresses.is_remote(self.root)
        self.writing = _temporary(self.root) if self.is_remote else Path(root) / WRITING

    def __str__(self) -> str:
        return addresses.shown(self.root)

    def uri(self, *names: str) -> str:
        """Name a file in the folder."""
        return "/".join([self.root.rstrip("/") or "/", *names])

    def path(self, *names: str) -> Path:
        """Find a file in the folder, which lies on a disk."""
        return Path(self.root, *names)

    def make(self) -> None:
        """Make the folders; a store needs none but the one on this machine."""
        if self.is_remote:
            self.writing.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.writing.stat().st_uid != os.getuid():
                raise OutputError(f"{self.writing} belongs to somebody else: remove it, or set TMPDIR.")
            return
        for name in (*SCHEMAS, STATE_FOLDER, WRITING):
            self.path(name).mkdir(parents=True, exist_ok=True)

    def clear_writing(self) -> None:
        """Remove what has grown and was not published."""
        if not self.writing.exists():
            return
        for path in self.writing.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if self.is_remote:
            self.writing.rmdir()

    def sizes(self, dataset: str) -> dict[str, int]:
        """List the parts of a dataset, or of the state, in the order of their names, with their sizes in bytes."""
        if self.is_remote:
            found = {entry.uri.rpartition("/")[2]: entry.size for entry in places.listing(self.uri(dataset))}
        else:
            with os.scandir(self.path(dataset)) as entries:
                found = {entry.name: entry.stat().st_size for entry in entries}
        return {name: found[name] for name in sorted(found) if Path(name).match(PARTS)}

    def size(self, dataset: str, name: str) -> int | None:
        """Give the bytes of a part, None where there is none."""
        found = places.stat(self.uri(dataset, name))
        return None if found is None else found.size

    def exists(self, dataset: str, name: str) -> bool:
        """Tell whether a part is there."""
        return self.size(dataset, name) is not None

    def growing(self, dataset: str, name: str) -> Path:
        """Give the place where a part grows."""
        return self.writing / f"{dataset}.{name}"

    def publish(self, dataset: str, name: str) -> None:
        """Put a part that has grown in its place."""
        places.publish(self.growing(dataset, name), self.uri(dataset, name))
        if not self.is_remote:
            sync(self.path(dataset))

    @contextmanager
    def opened(self, dataset: str, name: str) -> Iterator[pq.ParquetFile]:
        """Open a part. OutputError where it is damaged or another version of the columns."""
        with self._file(dataset, name) as part:
            wanted = SCHEMAS[dataset]
            same = part.schema_arrow.equals(wanted)
            if not same or (part.schema_arrow.metadata or {}).items() < wanted.metadata.items():
                raise OutputError(
                    f"{self.uri(dataset, name)} has other columns than this version writes: choose another --out."
                )
            yield part

    @contextmanager
    def _file(self, dataset: str, name: str) -> Iterator[pq.ParquetFile]:
        uri = self.uri(dataset, name)
        if self.is_remote:
            with places.opened(uri) as stream:
                yield _parquet(stream, uri)
            return
        with _parquet(addresses.path_of(uri), uri) as part:
            yield part


def _parquet(source: object, uri: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(source)
    except places.PlaceError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise OutputError(
            f"{uri} is damaged: delete it and the files of its name in articles, lines and rejects, and run again; "
            "what stood there will be cleaned anew."
        ) from error


def _temporary(root: str) -> Path:
    """Name the folder of this machine and user where parts for a store grow: the next run finds and clears it."""
    name = sha256(root.encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"copydesk-{os.getuid()}-{name}"


def sync(path: Path) -> None:
    """See that a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
