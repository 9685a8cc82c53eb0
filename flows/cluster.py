"""Batches on a Dask cluster: what runs in its workers, and what is asked of the cluster before.

A batch is a Dask task: it takes references and returns counts. In the Dask worker it is handed to a worker process of
our own, one for each thread of the Dask worker, so that a hostile document harms a cluster as little as one machine.
What a Dask worker that dies had in hand is given to another one by the scheduler.
"""

import atexit
import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cleaners import __version__
from flows.counts import Counts
from flows.crew import BatchFailed, Interrupted, Seat
from flows.engine import Parcel
from flows.options import CleanOptions
from flows.server import EngineError
from flows.work import Batch

if TYPE_CHECKING:
    from dask.typing import Key
    from distributed import Client
    from distributed.worker import Worker as DaskWorker
    from prefect_dask.task_runners import DaskTaskRunner

CONNECT_SECONDS = 10
LOOK_SECONDS = 0.5
"""A batch that nobody wants any more ends within this time."""
IDLE_SECONDS = 60.0
"""An idle worker process is kept so long, because the next batch is likely to come; it holds some 200 MB."""


class Desk:
    """A seat for one of our worker processes in a Dask worker, which another thread can clear."""

    def __init__(self) -> None:
        self._closed = threading.Event()
        self.seat = Seat(self._closed)

    def clear(self) -> None:
        """End the process, whatever it is doing; nothing can be done at this desk any more."""
        self._closed.set()
        self.seat.dismiss()


class Desks:
    """The idle desks of one Dask worker. They are given up when no batch comes for a while, and at exit."""

    def __init__(self) -> None:
        self._idle: list[Desk] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        atexit.register(self.clear)

    def take(self) -> Desk:
        """Take an idle desk, or a new one."""
        with self._lock:
            return self._idle.pop() if self._idle else Desk()

    def give_back(self, desk: Desk) -> None:
        """Keep a desk for the next batch."""
        with self._lock:
            self._idle.append(desk)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(IDLE_SECONDS, self.clear)
            self._timer.daemon = True
            self._timer.start()

    def clear(self) -> None:
        """End the processes of all idle desks."""
        with self._lock:
            idle, self._idle = self._idle, []
        for desk in idle:
            desk.clear()


DESKS = Desks()


def clean_in_dask_worker(parcel: Parcel) -> Counts:
    """Clean a batch in a thread of a Dask worker: the task that the cluster runs."""
    from distributed import get_worker

    worker, over = get_worker(), threading.Event()
    desk = DESKS.take()
    watch = threading.Thread(target=clear_when_unwanted, args=(desk, worker, worker.get_current_task(), over))
    watch.start()
    try:
        counts = desk.seat.clean(parcel.batch)
    except BatchFailed as error:
        desk.clear()
        failure = type(error)(str(error))  # without its cause, which cannot travel
    else:
        DESKS.give_back(desk)
        return counts
    finally:
        over.set()
        watch.join()
    if isinstance(failure, Interrupted) and is_closing(worker):
        # The scheduler gives the batch to another worker. An error of ours, should it be faster than that, would end
        # the run; so this thread says nothing and ends with its process.
        threading.Event().wait()
    raise failure


def clear_when_unwanted(desk: Desk, worker: "DaskWorker", key: "Key", over: threading.Event) -> None:
    """End a batch when its run is cancelled or gone, or when its Dask worker closes.

    Otherwise it would go on writing while the next run, or the worker that has its batch now, writes the same part.
    Dask cannot stop a thread, but it notes that nobody waits for the task any more.
    """
    while not over.wait(LOOK_SECONDS):
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled" or is_closing(worker):
            desk.clear()
            return


def is_closing(worker: "DaskWorker") -> bool:
    """Tell whether a Dask worker is on its way out; one that has lost its scheduler is, too."""
    return worker.status.name not in {"running", "paused"}


def installed_here() -> tuple[str, bool]:
    """Tell a Dask worker's version of Copydesk, and whether it may start processes."""
    return __version__, not multiprocessing.current_process().daemon


@contextmanager
def cluster_client(address: str) -> Iterator["Client"]:
    """Connect to a cluster that is fit for a run; EngineError says what is missing."""
    try:
        from distributed import Client
    except ImportError as error:
        raise EngineError("Dask is not installed: pip install 'copydesk[dask]'.") from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(f"No Dask scheduler answers at {address}: start it, or correct --dask-address.") from error
    with client:
        check(client, address)
        yield client


def check(client: "Client", address: str) -> None:
    """See that all Dask workers run this version and may start worker processes of ours."""
    try:
        answers = client.run(installed_here)
    except ModuleNotFoundError as error:
        raise EngineError(f"The Dask workers at {address} lack a module: {error}. Install Copydesk there.") from error
    if not answers:
        raise EngineError(f"The Dask scheduler at {address} has no workers: start some.")
    versions = sorted({version for version, _ in answers.values()})
    if versions != [__version__]:
        raise EngineError(
            f"The Dask workers run Copydesk {', '.join(versions)}, this is {__version__}: make them equal."
        )
    if not all(may_start for _, may_start in answers.values()):
        raise EngineError(
            "The Dask workers may not start processes of their own: "
            "start them with DASK_DISTRIBUTED__WORKER__DAEMON=False, or with --no-nanny."
        )


def slots(options: CleanOptions) -> int:
    """Count the batches that the cluster can clean at the same time."""
    with cluster_client(str(options.dask_address)) as client:
        return sum(client.nthreads().values())


def for_anywhere(batch: Batch) -> Batch:
    """Give a batch whose output folder is the same wherever it is cleaned."""
    options = batch.options
    out = options.out if "://" in options.out else str(Path(options.out).absolute())
    return replace(batch, options=options.model_copy(update={"out": out}))


@contextmanager
def dask_task_runner(address: str) -> Iterator["DaskTaskRunner"]:
    """Give Prefect's task runner for a cluster that is fit for a run."""
    with cluster_client(address):
        from prefect_dask.task_runners import DaskTaskRunner

        runner = DaskTaskRunner(address=address, client_kwargs={"timeout": CONNECT_SECONDS})
    with runner:
        yield runner


def losses() -> tuple[type[BaseException], ...]:
    """Give what is raised for a batch that killed every Dask worker it was given to, or whose scheduler is gone."""
    from asyncio import CancelledError

    from distributed import KilledWorker

    return KilledWorker, CancelledError
