"""Worker processes that a document may hang, crash or fill up: what is lost is that document, never its batch.

Each seat has a process of its own, not a share in a common pool, because one death breaks a common pool for all: here
the batch in hand is the only suspect, and the others go on undisturbed.
"""

import multiprocessing
import os
import queue
import signal
import tempfile
import threading
from ctypes import c_longlong
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from flows.gauge import Gauge, Guilt, Position
from flows.work import BY_THE_CLOCK, Batch, Order
from flows.worker import serve
from flows.write import Counts, OutputError

ATTEMPTS = 3
"""How often a batch is tried before the run fails. The hunt between two attempts finds all that stops a worker for
certain; a worker that dies without a cause to be found (the system ended it) gets two more chances."""
TAIL_BYTES = 4096
"""So much of a dead worker's last words is looked at."""


class BatchFailed(RuntimeError):
    """A batch cannot be done, for no fault of its documents; the message is one sentence."""


class NotWritten(BatchFailed):
    """The rows of a batch could not be written; on another day they can."""


class Interrupted(BatchFailed):
    """The crew was sent home while a batch was in hand."""


class Death(Exception):
    """A worker's end: why, and which documents it had in hand."""

    def __init__(self, reason: str, message: str, *, gauge: Gauge) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.message = message
        self.window = gauge.window
        self.reading = gauge.reading


class Crew:
    """Some worker processes, each cleaning one batch at a time; all of them end with the `with`."""

    def __init__(self, size: int) -> None:
        self._closed = threading.Event()
        self._seats = [Seat(self._closed) for _ in range(size)]
        self._free: queue.SimpleQueue[Seat] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._documents = self._bytes = 0

    def __enter__(self) -> Self:
        for seat in self._seats:
            seat.hire()
            self._free.put(seat)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        for seat in self._seats:
            seat.dismiss()

    def clean(self, batch: Batch) -> Counts:
        """Clean a batch on the next free seat, waiting for one; for any thread to call.

        BatchFailed where the Parquet cannot be written or no worker lives through the batch.
        """
        seat = self._free.get()
        try:
            counts = seat.clean(batch)
            with self._lock:
                self._documents += counts.documents
                self._bytes += batch.weight
                seat.gauge.reset()
            return counts
        finally:
            self._free.put(seat)

    @property
    def done(self) -> tuple[int, int]:
        """Documents and bytes done so far, those of the batches in hand included."""
        with self._lock:
            gauges = [seat.gauge for seat in self._seats]
            return (
                self._documents + sum(gauge.documents for gauge in gauges),
                self._bytes + sum(gauge.bytes for gauge in gauges),
            )


class Seat:
    """A place for one worker process; when one has died the next takes the place."""

    def __init__(self, closed: threading.Event) -> None:
        self._context = multiprocessing.get_context("spawn")  # fork would copy locks that Polars' threads hold
        self._cells: Any = self._context.RawArray(c_longlong, Gauge.SLOTS)
        self.gauge = Gauge(self._cells)
        self._closed = closed
        self._guard = threading.Lock()
        self._worker: Worker | None = None

    def hire(self) -> "Worker":
        """Return the worker in the seat, a new one if there is none."""
        with self._guard:
            if self._closed.is_set():
                raise Interrupted("The run was interrupted.")
            if self._worker is None:
                self._worker = Worker(self._context, self._cells)
            return self._worker

    def dismiss(self) -> None:
        """End the worker, whatever it is doing."""
        with self._guard:
            if self._worker is not None:
                self._worker.end()
                self._worker = None

    def clean(self, batch: Batch) -> Counts:
        """Clean a batch; the documents that stop a worker become rejects, all others are cleaned and written."""
        order = Order(batch)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.attempt(order)
            except Death as death:
                if attempt == ATTEMPTS:
                    raise BatchFailed(
                        f"Batch {batch.number} stopped its worker {attempt} times, and no document of it alone does "
                        f"({death.message}): try fewer --workers or a smaller --batch-bytes."
                    ) from death
                order = self.hunt(order, death)
        raise AssertionError("the last attempt returns or raises")

    def attempt(self, order: Order) -> Counts:
        """Let a worker carry out an order; Death where that ends it."""
        try:
            return self.hire().carry_out(order, self.gauge)
        except (Death, BatchFailed):
            self.dismiss()
            if self._closed.is_set():
                raise Interrupted("The run was interrupted.") from None
            raise

    def hunt(self, order: Order, death: Death) -> Order:
        """Find the documents that end workers, from a first death to the end of the batch, and return a wiser order.

        A window that ended its worker is tried again document by document; who then ends it is guilty. Trials write
        nothing and each starts where the last one died, so that many guilty documents cost little more than one.
        """
        guilty: dict[Position, Guilt] = dict(order.guilty)
        alone = list(order.alone)
        while True:
            window = death.window
            if not any(window.last in span for span in alone):
                alone.append(window)
            elif window.last in guilty and guilty[window.last].reading == death.reading:
                raise BatchFailed(f"Batch {order.batch.number} stops its worker before any document: {death.message}")
            else:
                guilty[window.last] = Guilt(death.reason, death.message, reading=death.reading)
            order = Order(order.batch, guilty, tuple(alone), trial_from=window.first)
            try:
                self.attempt(order)
            except Death as next_death:
                death = next_death
            else:
                return Order(order.batch, guilty, tuple(alone))


class Worker:
    """One process that carries out orders until it is ended or dies."""

    def __init__(self, context: multiprocessing.context.SpawnContext, cells: Any) -> None:  # noqa: ANN401  shared memory
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the process lives
        self._pipe, far_end = context.Pipe()
        stderr = Connection(os.dup(self._last_words.fileno()), readable=False)
        self._process = context.Process(target=serve, args=(far_end, stderr, cells), daemon=True)
        # Read when Polars and Arrow are imported, which the new process may do before any line of ours runs there.
        # One thread each, for the workers share out the processors already; and the system's allocator, for Arrow's
        # own one reserves a gigabyte at its first use, which would count against the memory allowance.
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        self._process.start()
        far_end.close()
        stderr.close()
        self._ready = False
        self._guard = threading.Lock()  # the thread that waits for a dying worker and the one that ends it may meet

    def carry_out(self, order: Order, gauge: Gauge) -> Counts:
        """Send an order and wait for its counts."""
        try:
            if not self._ready:
                self._ready = self._pipe.recv()
            self._pipe.send(order)
            answer = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise self._death(gauge) from None
        if isinstance(answer, Counts):
            return answer
        if isinstance(answer, OutputError):
            raise NotWritten(str(answer))
        reason, message = answer
        raise Death(reason, message, gauge=gauge)

    def end(self) -> None:
        """End the process at once."""
        with self._guard:
            self._process.kill()
            self._process.join()
            self._last_words.close()

    def _death(self, gauge: Gauge) -> Exception:
        with self._guard:
            self._process.join()
            code = self._process.exitcode or 0
            words = "" if self._last_words.closed else self._read_last_words()
        if not self._ready:
            lines = words.strip().splitlines() or ["it said nothing"]
            return BatchFailed(f"A worker process cannot start: {lines[-1]}")
        reason, message = cause_of_death(code, words)
        return Death(reason, message, gauge=gauge)

    def _read_last_words(self) -> str:
        size = self._last_words.seek(0, os.SEEK_END)
        self._last_words.seek(max(0, size - TAIL_BYTES))
        return self._last_words.read().decode("utf-8", "replace")


def cause_of_death(code: int, words: str) -> tuple[str, str]:
    """Tell from a worker's exit code and its last words why it died: a reason and a sentence.

    >>> cause_of_death(-11, "")
    ('crash', 'The worker process died of SIGSEGV.')
    >>> cause_of_death(1, "Timeout (0:00:20)!")[0]
    'timeout'
    """
    if code == -signal.SIGPROF:
        return "timeout", "It took longer than the time limit."
    if "Timeout (" in words:
        return "timeout", f"It did not end in {BY_THE_CLOCK} times the time limit, though it used the processor less."
    if "memory allocation" in words or "bad_alloc" in words:
        return "memory", "It needed more memory than a worker may take."
    if code == -signal.SIGKILL:
        return "memory", "The system ended the worker process, as it does where the machine's memory is used up."
    if code < 0:
        return "crash", f"The worker process died of {signal.Signals(-code).name}."
    return "crash", f"The worker process ended with status {code}."
