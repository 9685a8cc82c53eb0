"""One run at a time writes to an output folder: a lock of the system on disks, a lease in object stores."""

import fcntl
import time
from pathlib import Path
from typing import IO, Final, Protocol

from flows.output import Output, OutputError

LOCK: Final = ".lock"
LOOK_SECONDS: Final = 0.5
"""Between two looks at a lock that another run holds."""


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
