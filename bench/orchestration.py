"""What the orchestration costs: `python -m bench.orchestration`, written into docs/measurements.md.

The start of a server, the price of a task by runner, runs with the engine and without, and a run of many tasks on
Prefect's SQLite file. All of it is real: a Prefect server, a Dask cluster of two workers, the command line.
"""

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from bench import tables
from bench.corpora import CHECKOUT
from flows.counts import Counts, RunStamp
from flows.engine import Parcel, as_they_end, batch_task
from flows.options import CleanOptions
from flows.plan import Batch

EMPTY = Batch(1, "part", (), frozenset(), CleanOptions(), RunStamp("bench", datetime(2031, 3, 4, tzinfo=UTC), "0", "0"))
WORDS = "ferry harbour bridge council storm Monday pier mayor ticket island lamp keeper winter river vote".split()
PARAGRAPHS, SENTENCES = 12, 5
DOCUMENTS_A_FILE = 1000
Row = tuple[str, str]


def nothing(parcel: Parcel) -> Counts:
    """Do no work at all, so that what is left is the price of a task."""
    del parcel
    return Counts()


def article(random: Random) -> str:
    """Make up an article of some 4 kB with a menu and teasers around it."""

    def sentence() -> str:
        return " ".join(random.choices(WORDS, k=12)).capitalize() + "."

    paragraphs = [" ".join(sentence() for _ in range(SENTENCES)) for _ in range(PARAGRAPHS)]
    return "\n\n".join(["Home", "News", sentence()[:-1], *paragraphs, f"Read more: {sentence()}", "Share this"])


def write_documents(folder: Path, number: int) -> None:
    """Write so many made-up articles as JSON lines."""
    random = Random(number)
    folder.mkdir()
    for first in range(0, number, DOCUMENTS_A_FILE):
        records = range(first, min(first + DOCUMENTS_A_FILE, number))
        lines = (json.dumps({"text": article(random), "url": f"https://harrow.example/{n}"}) + "\n" for n in records)
        (folder / f"{first:08}.jsonl").write_text("".join(lines), encoding="utf-8")


def run_command(*arguments: str, **environment: str) -> None:
    """Run the command line to its end."""
    command = [sys.executable, "-m", "flows.clean", *arguments]
    subprocess.run(command, cwd=CHECKOUT, env=os.environ | environment, check=True, capture_output=True)


def run_rows(sizes: Sequence[int], folder: Path, server: str) -> Iterator[Row]:
    """Time runs of several sizes, without the engine and with it, one right after the other."""
    for size in sizes:
        source, out = folder / f"in-{size}", folder / f"out-{size}"
        write_documents(source, size)
        seconds = {}
        for engine, environment in (("none", {}), ("prefect", {"PREFECT_API_URL": server})):
            shutil.rmtree(out, ignore_errors=True)
            started = time.perf_counter()
            run_command(str(source), "--out", str(out), "--engine", engine, **environment)
            seconds[engine] = time.perf_counter() - started
        share = seconds["prefect"] / seconds["none"] - 1
        yield (
            f"{size:,} documents, none / Prefect with a running server",
            f"{seconds['none']:.1f} s / {seconds['prefect']:.1f} s ({100 * share:+.1f} %)",
        )


def flow_of_tasks(number: int, address: str | None) -> float:
    """Run so many empty tasks in one flow run, in threads or on a cluster, and give the seconds of one."""
    from prefect import flow
    from prefect.task_runners import ThreadPoolTaskRunner
    from prefect_dask.task_runners import DaskTaskRunner

    @flow(name="bench")
    def tasks() -> float:
        runner = DaskTaskRunner(address=address) if address else ThreadPoolTaskRunner(max_workers=2)
        task = batch_task(nothing)
        with runner:
            started = time.perf_counter()
            given = [{"number": n, "total": number, "parcel": Parcel(EMPTY)} for n in range(number)]
            for future in as_they_end([runner.submit(task, one) for one in given], deadline=None):
                future.result()
            return (time.perf_counter() - started) / number

    return tasks()


def dask_tasks(number: int, address: str) -> float:
    """Run so many empty tasks on a cluster without Prefect, and give the seconds of one."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        started = time.perf_counter()
        for future in as_they_end(
            [client.submit(nothing, Parcel(EMPTY), pure=False) for _ in range(number)], deadline=None
        ):
            future.result()
        return (time.perf_counter() - started) / number


@contextmanager
def cluster() -> Iterator[str]:
    """Run a Dask scheduler and two workers on this machine."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as found:
        yield found.scheduler_address


def task_rows(number: int) -> Iterator[Row]:
    """Time empty tasks with each runner."""
    yield "a task, Prefect, runner process", f"{1000 * flow_of_tasks(number, None):.0f} ms"
    with cluster() as address:
        yield "a task, Prefect, runner dask", f"{1000 * flow_of_tasks(number, address):.0f} ms"
        yield "a task, no engine, runner dask", f"{1000 * dask_tasks(number, address):.0f} ms"


def pressure_row(number: int, home: Path) -> Row:
    """Run many tasks in one flow run on SQLite, and count what is recorded of them."""
    before = recorded(home)
    took = number * flow_of_tasks(number, None)
    deadline = time.monotonic() + took
    while (kept := recorded(home) - before) < number and time.monotonic() < deadline:
        time.sleep(1)
    return (
        f"{number:,} tasks in one run on SQLite",
        f"{took:.0f} s, no error; {kept:,} task runs recorded; {(home / 'prefect.db').stat().st_size / 1e6:.0f} MB",
    )


def recorded(home: Path) -> int:
    """Count the task runs in a Prefect home that have come to their end."""
    with sqlite3.connect(f"file:{home / 'prefect.db'}?mode=ro", uri=True, timeout=60) as database:
        found: int = database.execute("SELECT count(*) FROM task_run WHERE state_type = 'COMPLETED'").fetchone()[0]
        return found


def main(
    *,
    sizes: Annotated[str, typer.Option(help="Documents of the runs to time.")] = "10,1000,100000",
    tasks: Annotated[int, typer.Option(min=1, help="Empty tasks to time with each runner.")] = 200,
    pressure: Annotated[int, typer.Option(help="Tasks of the run that presses the SQLite file.")] = 2000,
    write: Annotated[bool, typer.Option(help="Write docs/measurements.md.")] = True,
) -> None:
    """Measure what the orchestration costs on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "prefect")
        os.environ |= {"PREFECT_HOME": str(home), "PREFECT_LOGGING_LEVEL": "CRITICAL"}
        rows = []
        for row in measured([int(size) for size in sizes.split(",")], tasks, pressure=pressure, folder=Path(folder)):
            typer.echo(": ".join(row))
            rows.append(row)
    tables.show_table("Orchestration", ("what", "reached"), rows)
    if write:
        command = shlex.join(["python", "-m", "bench.orchestration", *sys.argv[1:]])
        words = tables.versions("prefect", "prefect-dask", "distributed")
        table = tables.markdown_table(("what", "reached"), rows)
        tables.write_block("orchestration", f"`{command}` with {words}.\n\n{table}")


def measured(sizes: Sequence[int], tasks: int, *, pressure: int, folder: Path) -> Iterator[Row]:
    """Yield all rows, from the start of a fresh server to its end."""
    from flows.server import own_server

    for state in ("fresh", "used"):
        started = time.perf_counter()
        with own_server():
            yield f"start of a server of our own, {state} home", f"{time.perf_counter() - started:.1f} s"
            if state == "used":
                from prefect.settings import PREFECT_API_URL

                yield from task_rows(tasks)
                yield from run_rows(sizes, folder, str(PREFECT_API_URL.value()))
                yield pressure_row(pressure, folder / "prefect")


if __name__ == "__main__":
    typer.run(main)
