"""Beside other pipelines: `python -m bench.pipelines`, written into docs/measurements.md.

The same pages of HTML go through `python -m flows.clean`, trafilatura's command and a pipeline of datatrove, one after
the other, each with two processes: documents a second, peak memory of all processes, and what each leaves on disk.

datatrove asks for versions that do not go with ours, so it has an environment of its own: `make bench-pipelines`
makes it. All three run trafilatura, where they do, in the same version.
"""

import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated

import typer

from bench import tables
from bench.corpora import CHECKOUT, decoded, has_data, load_gold, missing
from bench.watching import MIB, Watched, size_of, watched

PAGES = 2_000
CORPORA = ("wcxb-dev", "fundus-pages-dev", "trafilatura-eval-dev", "magic-html-dev")
PROCESSES = 2
ASKED = 5.0
"""So many times faster than each of the others it should be."""
DATATROVE = CHECKOUT / ".venv-datatrove" / "bin" / "python"
JSON_FILES = 8


def write_pages(folder: Path, count: int) -> int:
    """Write pages of the corpora as files of HTML and as JSON lines, drawn again from the start when they run out."""
    pages = [page for corpus in CORPORA for page in load_gold(corpus)]
    (folder / "html").mkdir()
    (folder / "json").mkdir()
    size = 0
    for number, page in enumerate(islice(cycle(pages), count)):
        html = page.html()
        size += len(html)
        (folder / "html" / f"{number:05}.html").write_bytes(html)
        with (folder / "json" / f"{number % JSON_FILES}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": str(number), "html": decoded(html)}) + "\n")
    return size


def commands(folder: Path) -> dict[str, list[str]]:
    """Give the command of each system, Copydesk's first; it writes into the folder of that name."""
    html, found = folder / "html", {}
    ours = [sys.executable, "-m", "flows.clean", str(html), "--out", str(folder / "Copydesk"), "--engine", "none"]
    found["Copydesk"] = [*ours, "--workers", str(PROCESSES), "--max-rejects", "1"]
    peer = [str(Path(sys.executable).with_name("trafilatura")), "--input-dir", str(html), "--parallel", str(PROCESSES)]
    found["trafilatura"] = [*peer, "--output-dir", str(folder / "trafilatura")]
    if DATATROVE.exists():
        script = [str(DATATROVE), str(CHECKOUT / "bench" / "datatrove_run.py"), str(folder / "json")]
        found["datatrove"] = [*script, str(folder / "datatrove"), str(folder / "logs")]
    return found


def row_of(name: str, found: Watched, left: Path, count: int) -> tuple[str, ...]:
    """Lay out what was measured of one system."""
    files = [path for path in left.glob("**/*") if path.is_file()]
    return (
        name,
        f"{count / found.seconds:.1f}",
        f"{found.seconds:.1f} s",
        f"{found.tree_peak / MIB:,.0f} MiB",
        f"{size_of(left) / 1e6:.1f} MB in {len(files):,} files",
    )


def measure(folder: Path, count: int, rounds: int) -> dict[str, Watched]:
    """Run each system some rounds, in turn, so that a busy hour slows all of them; the fastest round counts."""
    best: dict[str, Watched] = {}
    for _ in range(rounds):
        for name, command in commands(folder).items():
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.rmtree(
                folder / "logs", ignore_errors=True
            )  # datatrove passes over tasks whose logs say they are done
            found = watched(command)
            typer.echo(f"{name}: {count / found.seconds:.1f} pages a second")
            if name not in best or found.seconds < best[name].seconds:
                best[name] = found
    return best


def notes(best: dict[str, Watched], count: int, size: int) -> Sequence[str]:
    """Say what was run, and how much faster Copydesk was."""
    times = [f"{best[name].seconds / best['Copydesk'].seconds:.1f} times {name}" for name in best if name != "Copydesk"]
    return (
        f"{count:,} pages from {', '.join(CORPORA)}, {size / count / 1000:.0f} KB on average; two processes each.",
        f"Copydesk is {' and '.join(times)} (asked: {ASKED:.0f}), with metadata, ledger and Parquet included.",
        "trafilatura writes text files without metadata, datatrove the texts that pass its filters.",
    )


def main(
    *,
    pages: Annotated[int, typer.Option(min=10, help="Pages to clean.")] = PAGES,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, of which the fastest counts.")] = 1,
    write: Annotated[bool, typer.Option(help="Write docs/measurements.md.")] = True,
) -> None:
    """Run three pipelines over the same pages."""
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        size = write_pages(folder, pages)
        best = measure(folder, pages, rounds)
        header = ("system", "pages a second", "time", "peak memory, all processes", "left on disk")
        rows = [row_of(name, found, folder / name, pages) for name, found in best.items()]
    tables.show_table("Pipelines", header, rows)
    text = "\n".join(notes(best, pages, size))
    typer.echo(text)
    if write:
        command = shlex.join(["python", "-m", "bench.pipelines", *sys.argv[1:]])
        words = tables.versions("trafilatura", "polars", "selectolax")
        tables.write_block("pipelines", f"`{command}` with {words}.\n{text}\n\n{tables.markdown_table(header, rows)}")


if __name__ == "__main__":
    typer.run(main)
