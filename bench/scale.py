"""Many documents: `python -m bench.scale --documents 50000`, written into docs/measurements.md.

Runs over documents of `bench.documents` in a temporary folder: all of them, once more with nothing to do, with one
file in a hundred changed, and with one worker. Memory and processor time are read from /proc while the runs go on.
"""

import shlex
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from bench import tables
from bench.documents import Form, document, json_lines, warc_records, write_documents
from bench.watching import MIB, Watched, size_of, watched

FILES = 100
DATASETS = ("articles", "lines", "rejects", "runs")
WORKER_MIB, PARENT_MIB = 600, 1024
IDLE_SECONDS, PARENT_SHARE, SPEED_UP = 60, 0.10, 1.8
CHANGED_FROM = 10_000_000
"""A changed file holds documents from this number on."""


def run(source: Path, out: Path, workers: int) -> Watched:
    """Clean a folder with the command, without Prefect."""
    command = [sys.executable, "-m", "flows.clean", str(source), "--out", str(out), "--engine", "none"]
    return watched([*command, "--workers", str(workers), "--max-rejects", "0"])


def change_one_in_a_hundred(paths: list[Path], form: Form, a_file: int) -> int:
    """Put new documents into one file of a hundred; give how many."""
    changed = paths[:: max(1, len(paths) // max(1, len(paths) // 100))]
    for place, path in enumerate(changed):
        numbers = range(CHANGED_FROM + place * a_file, CHANGED_FROM + (place + 1) * a_file)
        path.write_bytes(b"".join(json_lines(numbers) if form == "jsonl" else warc_records(numbers)))
    return len(changed) * a_file


def rows_of(form: Form, count: int, workers: int, folder: Path) -> list[tuple[str, str, str, str]]:
    """Measure one form of input."""
    a_file = max(1, count // FILES)
    started = time.perf_counter()
    paths = write_documents(folder / form, count, form=form, a_file=a_file)
    typer.echo(f"{form}: {count:,} documents made in {time.perf_counter() - started:.0f} s")
    out = folder / f"{form}-out"
    first = run(folder / form, out, workers)
    typer.echo(f"{form}: cleaned in {first.seconds:.0f} s")
    state = size_of(out) - sum(size_of(out / dataset) for dataset in DATASETS) - (out / "report.html").stat().st_size
    idle = run(folder / form, out, workers)
    changed_documents = change_one_in_a_hundred(paths, form, a_file)
    changed = run(folder / form, out, workers)
    return [
        (form, "documents, their bytes", "", f"{count:,}, {size_of(folder / form) / 1e6:,.0f} MB"),
        (form, f"documents a second, {workers} workers", "", f"{count / first.seconds:,.0f} ({first.seconds:,.1f} s)"),
        (form, "largest worker", f"{WORKER_MIB} MiB", f"{first.child_peak / MIB:,.0f} MiB"),
        (form, "largest worker, last third against second", "flat", f"{first.growth:.2f} times"),
        (form, "parent", f"{PARENT_MIB} MiB", f"{first.parent_peak / MIB:,.0f} MiB"),
        (form, "parent's share of a core", f"{PARENT_SHARE:.0%}", f"{first.parent_share:.1%}"),
        (form, "Parquet", "", f"{sum(size_of(out / dataset) for dataset in DATASETS) / 1e6:,.1f} MB"),
        (form, "state", "", f"{state / 1e3:,.0f} kB"),
        (form, "second run, nothing to do", f"{IDLE_SECONDS} s", f"{idle.seconds:.1f} s"),
        (form, f"third run, {changed_documents:,} documents changed", "", f"{changed.seconds:.1f} s"),
    ]


def speed_up(folder: Path, count: int) -> list[tuple[str, str, str, str]]:
    """Clean the same documents with one worker and with two, in turn, twice; the faster ones count.

    Beside it what the machine gives at most: two runs of one worker each, at the same time, that share nothing.
    """
    source = folder / "both"
    write_documents(source, count, form="jsonl", a_file=max(1, count // FILES))
    best = dict.fromkeys(("one", "two", "apart"), float("inf"))
    for _ in range(2):
        for name, runs, workers in (("one", 1, 1), ("two", 1, 2), ("apart", 2, 1)):
            outs = [folder / f"both-out{number}" for number in range(runs)]
            with ThreadPoolExecutor(runs) as pool:
                started = time.perf_counter()
                list(pool.map(lambda out, workers=workers: run(source, out, workers), outs))
                best[name] = min(best[name], time.perf_counter() - started)
            for out in outs:
                shutil.rmtree(out)
    figure = f"{best['one'] / best['two']:.2f} times ({best['one']:.1f} s, {best['two']:.1f} s)"
    most = f"{2 * best['one'] / best['apart']:.2f} times ({best['apart']:.1f} s for both)"
    return [
        ("jsonl", f"two workers against one, {count:,} documents", f"{SPEED_UP} times", figure),
        ("jsonl", "two runs that share nothing against one", "", most),
    ]


def main(
    *,
    documents: Annotated[int, typer.Option(min=100, help="Make and clean this many documents of each form.")] = 50_000,
    both: Annotated[int, typer.Option(min=100, help="Documents to clean with one worker and with two.")] = 20_000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 2,
    forms: Annotated[str, typer.Option(help="Forms of input, with commas between.")] = "jsonl,warc",
    folder: Annotated[str | None, typer.Option(help="Where the documents and the output go for the while.")] = None,
    write: Annotated[bool, typer.Option(help="Write docs/measurements.md.")] = True,
) -> None:
    """Measure throughput, memory and second runs over many documents."""
    document(0)
    header = ("input", "what", "budget", "reached")
    rows: list[tuple[str, str, str, str]] = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for form in ("jsonl", "warc"):
            if form in forms.split(","):
                rows += rows_of(form, documents, workers, Path(place))
                shutil.rmtree(Path(place, form))
        rows += speed_up(Path(place), both)
    tables.show_table("Scale", header, rows)
    if write:
        command = shlex.join(["python", "-m", "bench.scale", *sys.argv[1:]])
        text = f"`{command}` with {tables.versions('polars', 'pyarrow')}."
        tables.write_block("scale", f"{text}\n\n{tables.markdown_table(header, rows)}")


if __name__ == "__main__":
    typer.run(main)
