"""One run at a time writes to an output folder: a lock of the system on disks, a lease in object stores."""

import fcntl
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Protocol
from uuid import uuid4

from flows import addresses, places
from flows.output import Output, OutputError

LOCK: Final = ".lock"
LOOK_SECONDS: Final = 0.5
"""Between two looks at a lock that another run holds."""

BEAT_SECONDS: Final = 15.0
LEASE_SECONDS: Final = 90.0
"""A lease that was not renewed for so long is that of a killed run: six beats, for a store or a machine may stall."""
SETTLE_SECONDS: Final = 1.0
"""Two who take over an expired lease at once may both think they have it; so much later one of them sees otherwise."""


class Lock(Protocol):
    """What is held while a run writes."""

    def free(self) -> None:
        """Let the next run have it."""

    def check(self) -> None:
        """OutputError where it has been lost."""


def take(output: Output, *, wait: float) -> Lock:
    """Take the lock of an output, waiting for so many seconds. OutputError where another run keeps it."""
    until = time.monotonic() + wait
    while True:
        lock = _try(output)
        if lock is not None:
            return lock
        left = until - time.monotonic()
        if left <= 0:
            raise OutputError(
                f"Another run is writing to {output}: wait until it has ended (--wait 600 waits up to ten minutes), "
                "or choose another --out."
            )
        time.sleep(min(LOOK_SECONDS, left))


def _try(output: Output) -> Lock | None:
    if output.is_remote:
        return Lease.try_to_take(output.uri(LOCK))
    return FileLock.try_to_take(output.path(LOCK), output)


class FileLock:
    """A lock of the system on an open file: it is free when the process ends, however that happens."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    @classmethod
    def try_to_take(cls, path: Path, output: Output) -> "FileLock | None":
        """Take it, or return None at once where another process has it."""
        file = path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        except OSError as error:
            file.close()
            raise OutputError(f"{output} is on a disk that knows no locks: choose another --out.") from error
        return cls(file)

    def free(self) -> None:
        """Let the next run have it."""
        self._file.close()

    def check(self) -> None:
        """A lock of the system is not lost while its process lives."""


class Lease:
    """An object that names its owner, who renews it as long as he lives; all times are by the clock of the store.

    A lease that expires while its owner is stalled (a machine asleep) goes to the next run; the owner finds out at his
    next beat, and his run ends.
    """

    def __init__(self, uri: str, owner: bytes) -> None:
        self._uri = uri
        self._owner = owner
        self._ended = threading.Event()
        self._is_lost = False
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._heart.start()

    @classmethod
    def try_to_take(cls, uri: str) -> "Lease | None":
        """Take it, or return None where another run has it."""
        owner = uuid4().hex.encode()
        if places.create(uri, owner):
            return cls(uri, owner)
        try:
            holder = places.read_bytes(uri)
            if not _is_expired(uri, owner) or places.read_bytes(uri) != holder:
                return None
        except FileNotFoundError:
            return None
        places.remove(uri)
        if not places.create(uri, owner):
            return None
        time.sleep(SETTLE_SECONDS)
        return cls(uri, owner) if _read(uri) == owner else None

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            # A store that stalls for some beats is no loss yet: the next run judges by the store's clock.
            with suppress(places.PlaceError):
                self.beat()

    def beat(self) -> None:
        """Renew the lease, or find out that it is lost."""
        self._is_lost = self._is_lost or _read(self._uri) != self._owner
        if not self._is_lost:
            places.write_bytes(self._uri, self._owner)

    def free(self) -> None:
        """Let the next run have it."""
        self._ended.set()
        self._heart.join()
        if _read(self._uri) == self._owner:
            places.remove(self._uri)

    def check(self) -> None:
        """OutputError where another run has taken it over."""
        if self._is_lost:
            raise OutputError(
                f"{addresses.shown(self._uri)} was taken over by another run while this one stalled: run again later."
            )


def _read(uri: str) -> bytes | None:
    try:
        return places.read_bytes(uri)
    except FileNotFoundError:
        return None


def _is_expired(uri: str, probe: bytes) -> bool:
    """Tell whether a lease was not renewed for long: an object written now tells what the store takes for now."""
    witness = f"{uri}-{probe.decode()}"
    places.write_bytes(witness, probe)
    try:
        return places.changed_at(witness) - places.changed_at(uri) > LEASE_SECONDS
    finally:
        places.remove(witness)
