"""Faults on demand, for tests of the recovery: what documents do to a worker, done for real.

No cleaner is known to do these things today, and no test may depend on a bug of a library.
"""

import ctypes
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from flows.options import MIB
from flows.sources import Document

ASKED_FOR: Final = os.environ.get("COPYDESK_TEST_FAULTS", "")
"""Only where the tests set this is a document looked at for what it asks. A fault that happens once notes that here."""

_FAULT: Final = re.compile("COPYDESK-FAULT:([a-z_]{1,20})")


def hang() -> None:
    """Sleep in native code that keeps the lock of the interpreter, as a parser waiting for something may."""
    ctypes.PyDLL(None).sleep(3600)


def stall() -> None:
    """Come late, as on a machine that is busy with other things, and go on."""
    time.sleep(3)


def spin() -> None:
    """Burn time in a C extension that gives the lock away to nobody: a pattern that needs longer than there is."""
    re.fullmatch("(a|a)+", "a" * 64 + "b")


def crash() -> None:
    """Read where nothing is: SIGSEGV."""
    ctypes.string_at(0)


def abort() -> None:
    """End as a failed assertion in native code does: SIGABRT."""
    ctypes.PyDLL(None).abort()


def recurse() -> None:
    """Call until Python says that it is too deep."""
    recurse()


def overflow() -> None:
    """Call from C to Python and back until the stack of the process is used up: SIGSEGV."""
    sys.setrecursionlimit(2**31 - 1)

    def deeper(_: object) -> int:
        return len(sorted([0], key=deeper))

    deeper(0)


def hoard() -> None:
    """Take memory, piece by piece, until there is no more."""
    pieces: list[bytes] = []
    while True:
        pieces.append(bytes(64 * MIB))


def allocate() -> None:
    """Take four gigabytes at once."""
    bytes(4096 * MIB)


def kill() -> None:
    """Die as a process does that the kernel ends where the machine's memory is used up."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_once() -> None:
    """Die so in one process, and in the next one not."""
    if not Path(ASKED_FOR).exists():
        Path(ASKED_FOR).touch()
        kill()


def fail() -> None:
    """Raise what no cleaner raises."""
    raise RuntimeError("asked for by a test")


FAULTS: Final[Mapping[str, Callable[[], None]]] = {
    fault.__name__: fault
    for fault in (hang, stall, spin, crash, abort, recurse, overflow, hoard, allocate, kill, kill_once, fail)
}


def fail_as_asked(document: Document) -> None:
    """Do to this process what a document asks for."""
    raw = document.page.raw
    asked = _FAULT.search(raw if isinstance(raw, str) else raw.decode("utf-8", "replace"))
    if asked is not None:
        FAULTS[asked[1]]()
