"""The life of a worker process: it carries out orders and leaves what may go wrong to its parent, `flows.crew`."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from flows.gauge import STANDARD_ERROR, Gauge
from flows.options import MIB
from flows.work import Order, clean_batch
from flows.write import Counts, OutputError

MEMORY_ALLOWANCE = 2048 * MIB
"""What a worker may hold beyond its start. A usual window needs under 300 MB; one text of a million lines 1.2 GB."""
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def serve(pipe: Connection, stderr: Connection, cells: Any) -> None:  # noqa: ANN401  shared memory has no type
    """Carry out the orders that come through the pipe: the whole life of a worker process.

    What goes wrong with a document in Python ends in an answer (reason, message), after which the parent ends the
    process: nobody knows what a half-done window has left behind.
    """
    os.dup2(stderr.fileno(), STANDARD_ERROR)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they reach the whole process group; the parent alone decides
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # by which `flows.work.watch` ends this process
    end_with_parent()
    gauge = Gauge(cells)
    cap_memory()
    pipe.send(True)  # noqa: FBT003  the message that says: ready
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        pipe.send(answer_to(order, gauge))


def answer_to(order: Order, gauge: Gauge) -> Counts | OutputError | tuple[str, str]:
    """Carry out one order: its counts, or what went wrong."""
    try:
        return clean_batch(order, gauge)
    except OutputError as error:
        return error
    except MemoryError:
        return "memory", "It needed more memory than a worker may take."
    except BaseException as error:  # noqa: BLE001  a panic in Polars is no Exception, and must not end the batch
        return "error", f"{type(error).__name__}: {error}"


def cap_memory() -> None:
    """Let an allocation beyond the allowance fail here, before it takes the whole machine down."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        import resource

        data_pages = int(statm.read_text().split()[5])
        limit = data_pages * resource.getpagesize() + MEMORY_ALLOWANCE
        # Address space would count what allocators only reserve (gigabytes); data counts what may be written to.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """See to it that this process ends when its parent does, even by SIGKILL: nobody would take its work any more.

    Linux does it also where native code holds Python's lock. It means the thread that started the worker; those live
    as long as their crew. A thread of our own does it elsewhere.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=await_end_of_parent, daemon=True).start()


def await_end_of_parent() -> None:
    """Wait for the parent's end and end this process."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
