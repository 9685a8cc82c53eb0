"""Under Prefect or without: which it is, and how batches reach the crew in each case.

Prefect sees each batch as a task run, but does not run it: a task is a thread that hands its batch to the crew and
waits. So isolation and recovery stand in one place, the same with Prefect and without, where Prefect's own process pool
would break for good with the first worker that dies. Importing Prefect costs more than a second, so only functions do.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

from flows.crew import Crew
from flows.work import Batch
from flows.write import Counts

Engine = Literal["prefect", "none"]


class Runner:
    """Hands batches to a crew and gives back their counts as they come."""

    def __init__(self, crew: Crew, run_all: Callable[[Sequence[Batch]], Iterator[Counts]]) -> None:
        self._crew = crew
        self.map = run_all

    def done(self) -> tuple[int, int]:
        """Tell how many documents and bytes are done, those of the batches in hand included."""
        return self._crew.done


def make_runner(engine: Engine, workers: int) -> AbstractContextManager[Runner]:
    """Make the runner of an engine; another way to spread batches (a cluster) is one more function here."""
    return {"prefect": prefect_runner, "none": thread_runner}[engine](workers)


@contextmanager
def thread_runner(workers: int) -> Iterator[Runner]:
    """Run batches without Prefect: a thread waits for each worker."""
    # The crew is the inner one: where the run is broken off it ends its workers, and then the threads have no more
    # to wait for.
    with ThreadPoolExecutor(workers) as threads, Crew(workers) as crew:

        def run_all(batches: Sequence[Batch]) -> Iterator[Counts]:
            for future in as_completed([threads.submit(crew.clean, batch) for batch in batches]):
                yield future.result()

        yield Runner(crew, run_all)


@contextmanager
def prefect_runner(workers: int) -> Iterator[Runner]:
    """Run each batch as a Prefect task of the flow run that this is called in.

    The tasks take a number, not the batch: Prefect would walk through all its references and store them.
    """
    from prefect import task
    from prefect.cache_policies import NO_CACHE
    from prefect.futures import PrefectFuture
    from prefect.futures import as_completed as tasks_as_completed
    from prefect.logging import get_run_logger
    from prefect.task_runners import ThreadPoolTaskRunner

    threads: ThreadPoolTaskRunner[Counts] = ThreadPoolTaskRunner(max_workers=workers)
    with threads, Crew(workers) as crew:

        def run_all(batches: Sequence[Batch]) -> Iterator[Counts]:
            @task(name="clean-batch", task_run_name="batch {number} of {total}", cache_policy=NO_CACHE)
            def clean_batch(number: int, total: int) -> Counts:
                counts = crew.clean(batches[number - 1])
                get_run_logger().info(
                    "Batch %d of %d: %d documents, %d rejected", number, total, counts.documents, counts.rejected
                )
                return counts

            total = len(batches)
            futures: list[PrefectFuture[Counts]] = [
                threads.submit(clean_batch, {"number": n, "total": total}) for n in range(1, total + 1)
            ]
            for future in tasks_as_completed(futures):
                yield future.result()

        yield Runner(crew, run_all)


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
