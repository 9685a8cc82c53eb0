"""Under Prefect or without, on this machine or on a cluster: how batches reach those who clean them in each case.

Prefect sees each batch as a task run, but none of its pools cleans it: a task hands its batch to a worker process of
ours and waits. So isolation and recovery stand in one place, the same with Prefect and without, where Prefect's own
process pool would break for good with the first worker that dies. Importing Prefect costs more than a second, so only
functions do.
"""

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from flows.crew import BatchFailed, Crew, NotWritten
from flows.options import CleanOptions
from flows.work import Batch
from flows.write import Counts

if TYPE_CHECKING:
    from prefect import Task
    from prefect.client.schemas.objects import State, TaskRun
    from prefect.task_runners import TaskRunner

Engine = Literal["prefect", "none"]
Submit = Callable[[Sequence[Batch]], Sequence[Any]]
"""Hands out batches and gives their futures: of concurrent.futures, Dask or Prefect, which are alike in what we use."""

IO_RETRY_SECONDS = [1.0, 4.0]
"""A batch that could not be written is tried again after so long, because disks and networks recover. A document that
cannot be cleaned is a reject, and a batch that stops its workers is tried again in pieces by `flows.crew`."""

LOOK_SECONDS = 0.5
"""How often a flow run looks whether its parent is still there."""


class OutOfTime(BatchFailed):
    """The run has used up the time that it may take."""


class Parcel:
    """A batch that Prefect and Dask carry without looking inside: they would walk through all its references."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch


class Runner:
    """Hands batches to those who clean them and gives back their counts as they come."""

    def __init__(
        self, submit: Submit, crew: Crew | None = None, *, losses: tuple[type[BaseException], ...] = ()
    ) -> None:
        self._submit = submit
        self._crew = crew
        self._losses = losses
        self._documents = self._bytes = 0

    def map(self, batches: Sequence[Batch], *, deadline: float | None = None) -> Iterator[Counts]:
        """Clean batches and give the counts of each as it ends. OutOfTime where the clock passes the deadline."""
        for number, future in enumerate(as_they_end(self._submit(batches), deadline=deadline)):
            if future is None:
                raise OutOfTime(
                    f"Out of time after {number} of {len(batches)} batches; what was finished is kept, "
                    "and the same run again does the rest."
                )
            counts = self._counts_of(future)
            self._documents += counts.documents
            self._bytes += counts.bytes
            yield counts

    def _counts_of(self, future: Any) -> Counts:  # noqa: ANN401  three libraries have their own
        try:
            counts: Counts = future.result()
        except self._losses as error:
            raise BatchFailed(
                f"The cluster has lost a batch ({type(error).__name__}): look at the logs of its scheduler and workers."
            ) from error
        return counts

    def done(self) -> tuple[int, int]:
        """Tell how many documents and bytes are done; on this machine those of the batches in hand included."""
        return self._crew.done if self._crew else (self._documents, self._bytes)


def as_they_end(futures: Sequence[Any], *, deadline: float | None) -> Iterator[Any]:
    """Give futures as they end; None, and nothing more, when the time is up."""
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for future in futures:
        future.add_done_callback(ended.put)
    for _ in futures:
        try:
            yield ended.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            yield None
            return


def capacity(options: CleanOptions) -> int:
    """Count the batches that can be cleaned at the same time."""
    if options.runner == "dask":
        from flows.cluster import slots

        return slots(options)
    return options.workers or usable_processors()


def usable_processors() -> int:
    """Count the processors that this process may use, which in a container can be fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_runner(engine: Engine, options: CleanOptions, workers: int) -> AbstractContextManager[Runner]:
    """Make the runner of an engine, on this machine or on a cluster."""
    if options.runner == "dask":
        return {"prefect": prefect_dask_runner, "none": dask_runner}[engine](str(options.dask_address))
    return {"prefect": prefect_runner, "none": thread_runner}[engine](workers)


@contextmanager
def thread_runner(workers: int) -> Iterator[Runner]:
    """Run batches without Prefect: a thread waits for each worker."""
    # The crew is the inner one: where the run is broken off it ends its workers, and then the threads have no more
    # to wait for.
    with ThreadPoolExecutor(workers) as threads, Crew(workers) as crew:
        yield Runner(lambda batches: [threads.submit(crew.clean, batch) for batch in batches], crew)


@contextmanager
def prefect_runner(workers: int) -> Iterator[Runner]:
    """Run each batch as a Prefect task of the flow run that this is called in; a thread waits for each worker."""
    from prefect.task_runners import ThreadPoolTaskRunner

    threads: ThreadPoolTaskRunner[Counts] = ThreadPoolTaskRunner(max_workers=workers)
    with threads, Crew(workers) as crew:
        yield Runner(lambda batches: task_runs(threads, lambda parcel: crew.clean(parcel.batch), batches), crew)


@contextmanager
def dask_runner(address: str) -> Iterator[Runner]:
    """Run batches on a Dask cluster without Prefect. When the `with` ends, so do the batches in hand."""
    from flows.cluster import clean_in_dask_worker, cluster_client, for_anywhere, losses

    with cluster_client(address) as client:

        def submit(batches: Sequence[Batch]) -> Sequence[Any]:
            parcels = [Parcel(for_anywhere(batch)) for batch in batches]
            return [client.submit(clean_in_dask_worker, parcel, pure=False) for parcel in parcels]

        yield Runner(submit, losses=losses())


@contextmanager
def prefect_dask_runner(address: str) -> Iterator[Runner]:
    """Run each batch as a Prefect task on a Dask cluster, whose workers reach Prefect's server themselves."""
    from flows.cluster import clean_in_dask_worker, dask_task_runner, for_anywhere, losses

    with dask_task_runner(address) as tasks:
        yield Runner(
            lambda batches: task_runs(tasks, clean_in_dask_worker, [for_anywhere(batch) for batch in batches]),
            losses=losses(),
        )


def task_runs(tasks: "TaskRunner[Any]", clean: Callable[[Parcel], Counts], batches: Sequence[Batch]) -> Sequence[Any]:
    """Submit each batch as a task run."""
    clean_batch, total = batch_task(clean), len(batches)
    return [
        tasks.submit(clean_batch, {"number": batch.number, "total": total, "parcel": Parcel(batch)})
        for batch in batches
    ]


def batch_task(clean: Callable[[Parcel], Counts]) -> "Task[..., Counts]":
    """Make the Prefect task of a batch. Its state says what it did, which Prefect logs: one line a batch, no text."""
    from prefect import task
    from prefect.cache_policies import NO_CACHE
    from prefect.states import Completed

    @task(
        name="clean-batch",
        task_run_name="batch {number} of {total}",
        cache_policy=NO_CACHE,
        retries=len(IO_RETRY_SECONDS),
        retry_delay_seconds=IO_RETRY_SECONDS,
        retry_condition_fn=could_not_write,
    )
    def clean_batch(number: int, total: int, parcel: Parcel) -> Any:  # noqa: ANN401  counts, in a state of Prefect
        started = time.perf_counter()
        counts = clean(parcel)
        words = (
            f"batch={number} of={total} documents={counts.documents} articles={counts.articles} "
            f"rejected={counts.rejected} bytes={counts.bytes} seconds={time.perf_counter() - started:.1f}"
        )
        return Completed(message=words, data=counts)

    return clean_batch


def could_not_write(_task: "Task[..., Any]", _run: "TaskRun", state: "State[Any]") -> bool:
    """Tell Prefect to try again only what failed for the disk or the network."""
    return isinstance(state.result(raise_on_failure=False), NotWritten)


@contextmanager
def ended_with_parent() -> Iterator[None]:
    """End this process by SIGTERM when its parent ends: for a flow run whose parent is a Prefect worker.

    A worker that is killed leaves its flow runs behind, in process groups of their own. SIGTERM ends one in order:
    Prefect records that it crashed, and the crew goes home.
    """
    parent, over = os.getppid(), threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            if os.getppid() != parent:
                # Nobody reads the output any more, and Rich ends a process that writes into a broken pipe: here before
                # Prefect has recorded the end.
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, sys.stdout.fileno())
                os.dup2(nowhere, sys.stderr.fileno())
                os.kill(os.getpid(), signal.SIGTERM)
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def configured_server() -> str | None:
    """Find the address of the Prefect server that this user has configured, if any.

    Prefect knows five places for it. Only where one of them exists and may hold an address is Prefect itself asked.
    """
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    places = [Path(os.environ.get("PREFECT_PROFILES_PATH", home / "profiles.toml")), Path(".env"), Path("prefect.toml")]
    is_likely = (
        "PREFECT_API_URL" in os.environ
        or "PREFECT_PROFILE" in os.environ
        or any(place.is_file() for place in places)
        or (Path("pyproject.toml").is_file() and "[tool.prefect" in Path("pyproject.toml").read_text(encoding="utf-8"))
    )
    if not is_likely:
        return None
    from prefect.settings import PREFECT_API_URL

    return PREFECT_API_URL.value() or None


def answers() -> bool:
    """Tell whether the configured server answers."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.api_healthcheck() is None
