"""Kill runs at random moments: `python -m bench.kills`, written into docs/measurements.md.

One output folder lives through all of it. Round by round some inputs change, a run over them is killed with SIGKILL at
a random moment, all its processes at once, and the same command is run again. Then the rows must be those of an
undisturbed run over the same inputs, byte for byte after sorting. Meanwhile pandas, Polars and DuckDB read the
folder's articles again and again; none should fail, and none may see an article twice.
"""

import hashlib
import json
import multiprocessing
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated, Any

import pyarrow.parquet as pq
import typer

from bench import tables
from bench.corpora import CHECKOUT
from bench.documents import document, json_lines

FILES, A_FILE, TEXTS = 8, 40, 12
VERSIONS = 3
"""The inputs go round through so many states, so that a round can take rows away as well as bring new ones."""
BREATH = 0.05
"""Seconds between two reads of one reader: it shall not take the processors from the runs."""
MAY_DIFFER = ("run_id", "cleaned_at")
"""Columns that tell which run wrote a row, and when; all others must be equal."""


# --- inputs and their rows


def write_inputs(folder: Path, version: int) -> None:
    """Bring the inputs into one of their states: a third of the files differs from one to the next."""
    folder.mkdir(exist_ok=True)
    for number in range(FILES):
        first = 1_000 * number + (A_FILE // 2 if number % VERSIONS == version else 0)
        replace(
            folder / f"{number}.jsonl", b"".join(json_lines(range(first, first + A_FILE - 7 * (number % 2 * version))))
        )
    for number in range(TEXTS):
        made = document(500_000 + number + (TEXTS if number % VERSIONS == version else 0))
        replace(folder / f"{number}.txt", made.text.encode() if (number + version) % 5 else b"")


def replace(path: Path, content: bytes) -> None:
    """Change a file at once, as a scraper should; one that stays the same is left alone."""
    if not path.exists() or path.read_bytes() != content:
        new = path.with_name(f".{path.name}")
        new.write_bytes(content)
        new.replace(path)


def digests(out: Path) -> dict[str, str]:
    """Hash the sorted rows of each dataset, less the columns that name the run."""
    found = {}
    for dataset in ("articles", "lines", "rejects"):
        rows = pq.read_table(out / dataset).to_pylist()
        kept = [{name: value for name, value in row.items() if name not in MAY_DIFFER} for row in rows]
        lines = sorted(json.dumps(row, default=str, sort_keys=True) for row in kept)
        found[dataset] = f"{len(lines)} rows {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"
    return found


# --- runs


def start(source: Path, out: Path) -> "subprocess.Popen[bytes]":
    """Start a run in a process group of its own."""
    command = [
        sys.executable,
        "-m",
        "flows.clean",
        str(source),
        "--out",
        str(out),
        "--engine",
        "none",
        "--workers",
        "2",
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen([*command, "--max-rejects", "1"], cwd=CHECKOUT, start_new_session=True, **quiet)  # type: ignore[call-overload]


def run(source: Path, out: Path) -> float:
    """Run to the end; give the seconds."""
    started = time.perf_counter()
    with start(source, out) as process:
        _, errors = process.communicate()
    if process.returncode:
        raise typer.BadParameter(f"a run that nobody killed ended with {process.returncode}: {errors.decode()[-500:]}")
    return time.perf_counter() - started


def killed(source: Path, out: Path, after: float) -> bool:
    """Start a run and kill all its processes after some seconds; tell whether it was still running."""
    with start(source, out) as process:
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=after)
        was_running = process.returncode is None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return was_running


# --- readers


def with_pandas(folder: str) -> list[str]:
    """Read all articles with pandas."""
    import pandas as pd

    return list(pd.read_parquet(folder, columns=["article_id", "body"])["article_id"])


def with_polars(folder: str) -> list[str]:
    """Read all articles with Polars."""
    import polars as pl

    return pl.read_parquet(folder, columns=["article_id", "body"])["article_id"].to_list()


def with_duckdb(folder: str) -> list[str]:
    """Read all articles with DuckDB."""
    import duckdb

    found = duckdb.read_parquet(f"{folder}/*.parquet").select("article_id", "body").fetchall()
    return [row[0] for row in found]


READERS: dict[str, Callable[[str], list[str]]] = {"pandas": with_pandas, "Polars": with_polars, "DuckDB": with_duckdb}


@dataclass
class Readings:
    """What one reader met: how often it read, errors, and how often it saw articles twice."""

    times: int = 0
    errors: list[str] = field(default_factory=list)
    twice: int = 0


def read_on(name: str, folder: str, ended: Event, answer: Any) -> None:  # noqa: ANN401  a queue has no type
    """Read the articles again and again until the end."""
    found = Readings()
    while not ended.is_set():
        try:
            ids = READERS[name](folder)
        except BaseException as error:  # noqa: BLE001  a panic of Polars is no Exception
            found.errors.append(f"{type(error).__name__}: {error}"[:200])
        else:
            found.twice += len(ids) != len(set(ids))
        found.times += 1
        ended.wait(BREATH)
    answer.put((name, found))


@contextmanager
def readers(folder: Path) -> Iterator[dict[str, Readings]]:
    """Let one process for each library read the folder; what they found is there after the `with`."""
    context = multiprocessing.get_context("spawn")
    ended, answers = context.Event(), context.Queue()
    processes = [context.Process(target=read_on, args=(name, str(folder), ended, answers)) for name in READERS]
    for process in processes:
        process.start()
    found: dict[str, Readings] = {}
    try:
        yield found
    finally:
        ended.set()
        for _ in processes:
            name, readings = answers.get()
            found[name] = readings
        for process in processes:
            process.join()


# --- rounds


def undisturbed(folder: Path, version: int) -> tuple[dict[str, str], float]:
    """Clean one state of the inputs into a folder of its own: its rows and the seconds it took."""
    write_inputs(folder / "in", version)
    seconds = run(folder / "in", folder / f"calm-{version}")
    return digests(folder / f"calm-{version}"), seconds


def main(
    *,
    kills: Annotated[int, typer.Option(min=1, help="Kill so many runs.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the moments.")] = 0,
    write: Annotated[bool, typer.Option(help="Write docs/measurements.md.")] = True,
) -> None:
    """Kill runs at random moments, and compare what is there after the next with an undisturbed run."""
    rng = random.Random(seed)
    wrong: list[str] = []
    late = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        calm = [undisturbed(folder, version) for version in range(VERSIONS)]
        seconds = min(took for _, took in calm)
        out = folder / "out"
        write_inputs(folder / "in", 0)
        run(folder / "in", out)
        with readers(out / "articles") as found:
            for number in range(1, kills + 1):
                version = number % VERSIONS
                write_inputs(folder / "in", version)
                moment = rng.uniform(0, seconds)
                late += not killed(folder / "in", out, moment)
                run(folder / "in", out)
                if (left := digests(out)) != calm[version][0]:
                    wrong.append(f"kill {number}, after {moment:.2f} s: {left} instead of {calm[version][0]}")
                if number % 20 == 0:
                    typer.echo(f"{number} of {kills} runs killed, {len(wrong)} differ")
    rows = [
        ("runs killed", "200", f"{kills - late} in their course, {late} after their end"),
        ("moments", "random", f"0 to {seconds:.1f} s, seed {seed}"),
        ("outputs that differ from an undisturbed run", "0", str(len(wrong))),
        *(
            (
                f"{name}: reads, of which failed, of which saw an article twice",
                "0 and 0",
                f"{seen.times:,}, {len(seen.errors)}, {seen.twice}",
            )
            for name, seen in sorted(found.items())
        ),
    ]
    header = ("what", "asked", "reached")
    tables.show_table("Killed runs", header, rows)
    for text in wrong + [f"{name}: {text}" for name, seen in found.items() for text in sorted(set(seen.errors))[:5]]:
        typer.echo(text)
    if write:
        command = shlex.join(["python", "-m", "bench.kills", *sys.argv[1:]])
        words = tables.versions("pyarrow", "pandas", "polars", "duckdb")
        tables.write_block("kills", f"`{command}` with {words}.\n\n{tables.markdown_table(header, rows)}")
    if wrong or any(seen.errors or seen.twice for seen in found.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
