"""How fast Copydesk is on one core: `python -m bench.speed`, written into docs/measurements.md.

The process binds itself to one core where the system allows it, Polars gets one thread; the best of some rounds counts,
after a warm-up. trafilatura runs on the same pages in the same run, so that a busy machine slows both.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

# Before anything imports Polars, which sizes its pool when it is loaded.
os.environ["POLARS_MAX_THREADS"] = "1"

import typer

from bench import tables
from bench.corpora import CHECKOUT, decoded, has_data, load_gold, missing, resiliparse_dump

PAGES = 200
ROUNDS = 3
WARM_UP_PAGES = 20
FLOW_FILES = 10

START = "from cleaners import clean; clean('The mayor cut the ribbon on Monday.')"


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages to time, as bytes and as plain dumps."""

    htmls: Sequence[bytes]
    dumps: Sequence[str]

    @property
    def kilobytes(self) -> float:
        """Mean size of a page of HTML."""
        return sum(map(len, self.htmls)) / len(self.htmls) / 1000

    @property
    def hundred_lines(self) -> float:
        """Hundreds of lines with text in the plain dumps."""
        return sum(1 for dump in self.dumps for line in dump.split("\n") if line.strip()) / 100


def load_pages(limit: int) -> Pages:
    """Load the same sample of article pages each time."""
    htmls = [page.html() for page in load_gold("wcxb-dev", page_type="article", limit=limit)]
    return Pages(htmls, [resiliparse_dump(decoded(html)) for html in htmls])


def best_seconds(work: Callable[[], object], *, rounds: int) -> float:
    """Time some rounds and take the fastest: noise only ever adds."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def run_python(*arguments: str) -> None:
    """Run an interpreter of its own from the checkout."""
    subprocess.run([sys.executable, *arguments], cwd=CHECKOUT, check=True, capture_output=True)


def trafilatura_pages(htmls: Sequence[bytes]) -> None:
    """Do with trafilatura what Copydesk does with HTML: body and metadata."""
    import trafilatura

    for html in htmls:
        trafilatura.bare_extraction(html, with_metadata=True)


def library_rows(pages: Pages, *, rounds: int) -> list[tuple[str, str, str]]:
    """Time the library on plain text and on HTML, and trafilatura on the same HTML."""
    from bench.systems import copydesk

    copydesk(pages.dumps[:WARM_UP_PAGES], kind="text")
    copydesk(pages.htmls[:WARM_UP_PAGES], kind="html")
    trafilatura_pages(pages.htmls[:WARM_UP_PAGES])
    text = 1000 * best_seconds(lambda: copydesk(pages.dumps, kind="text"), rounds=rounds)
    html = 1000 * best_seconds(lambda: copydesk(pages.htmls, kind="html"), rounds=rounds) / len(pages.htmls)
    peer = 1000 * best_seconds(lambda: trafilatura_pages(pages.htmls), rounds=rounds) / len(pages.htmls)
    size = f"{pages.kilobytes:.0f} KB on average"
    return [
        ("clean_many, plain text, 100 lines", "1.5 ms", f"{text / pages.hundred_lines:.2f} ms"),
        ("clean_many, plain text, a page", "", f"{text / len(pages.dumps):.2f} ms"),
        (f"clean_many, HTML with metadata, a page ({size})", "", f"{html:.1f} ms"),
        ("clean_many, HTML with metadata, 100 KB", "10 ms", f"{100 * html / pages.kilobytes:.1f} ms"),
        ("trafilatura with metadata, a page, same run", "", f"{peer:.1f} ms"),
    ]


def program_rows(pages: Pages, *, rounds: int) -> list[tuple[str, str, str]]:
    """Time fresh interpreters: the first call of the library, and the program on ten files."""
    run_python("-c", START)
    start = best_seconds(lambda: run_python("-c", START), rounds=rounds)
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "raw"), Path(folder, "parquet")
        source.mkdir()
        for place, html in enumerate(pages.htmls[:FLOW_FILES]):
            (source / f"{place}.html").write_bytes(html)

        def clean_files() -> None:
            shutil.rmtree(out, ignore_errors=True)
            run_python("-m", "flows.clean", str(source), "--out", str(out), "--engine", "none")

        flow = best_seconds(clean_files, rounds=rounds)
    return [
        ('clean("...") in a fresh interpreter', "1 s", f"{start:.2f} s"),
        (f"flows.clean on {FLOW_FILES} pages of HTML, no server", "5 s", f"{flow:.2f} s"),
    ]


def bind_to_one_core() -> None:
    """Stay on one core, where the system knows how; children stay with it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main(
    *,
    limit: Annotated[int, typer.Option(min=FLOW_FILES, help="Time this many pages.")] = PAGES,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, of which the fastest counts.")] = ROUNDS,
    write: Annotated[bool, typer.Option(help="Write docs/measurements.md.")] = True,
) -> None:
    """Time Copydesk on one core."""
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    bind_to_one_core()
    pages = load_pages(limit)
    header = ("what", "budget", "reached")
    rows = library_rows(pages, rounds=rounds) + program_rows(pages, rounds=rounds)
    tables.show_table("Speed", header, rows)
    if write:
        command = shlex.join(["python", "-m", "bench.speed", *sys.argv[1:]])
        words = tables.versions("polars", "selectolax", "trafilatura")
        text = f"`{command}` with {words}; {len(pages.htmls)} article pages of wcxb-dev."
        tables.write_block("speed", f"{text}\n\n{tables.markdown_table(header, rows)}")


if __name__ == "__main__":
    typer.run(main)
