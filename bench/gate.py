"""The accuracy gate: `python -m bench.gate` ends non-zero when a demand on the seeds or a pinned floor is missed.

A floor belongs to one version of a corpus, told by the hash of its gold file. `--raise` lifts floors to what is reached
now; nothing here lowers one.
"""

import json
import math
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

from bench import tables
from bench.corpora import STYLES, GoldPage, decoded, gold_sha256, has_data, load_gold, missing
from bench.metrics import word_f1
from bench.seeds import Check, check_seeds
from bench.systems import copydesk

FLOORS = Path(__file__).with_name("floors.json")
WORKERS = 2
BATCH_PAGES = 64

# Floors are kept to three digits, cut off and not rounded: a rounded one could lie above what was reached.
DIGITS = 1000


@dataclass(frozen=True, slots=True)
class Floor:
    """The least mean word F1 on the article pages of a corpus, by input: `html` or a style of plain dump."""

    corpus: str
    gold_sha256: str
    pages: int
    f1: Mapping[str, float]


def read_floors(*, path: Path = FLOORS) -> list[Floor]:
    """Read the pinned floors."""
    pinned = json.loads(path.read_text(encoding="utf-8"))
    return [Floor(corpus=corpus, **floor) for corpus, floor in pinned.items()]


def write_floors(floors: Sequence[Floor], *, path: Path = FLOORS) -> None:
    """Write the floors so that a raise shows in a diff as one number a line."""
    pinned = {
        floor.corpus: {"gold_sha256": floor.gold_sha256, "pages": floor.pages, "f1": dict(floor.f1)} for floor in floors
    }
    path.write_text(json.dumps(pinned, indent=2) + "\n", encoding="utf-8")


def raised(floor: Floor, reached: Mapping[str, float]) -> Floor:
    """Lift each floor to what is reached; one that is not reached stays."""
    return replace(
        floor,
        f1={source: max(f1, math.floor(reached[source] * DIGITS) / DIGITS) for source, f1 in floor.f1.items()},
    )


def check_floor(floor: Floor, reached: Mapping[str, float], *, gold_sha256: str) -> list[Check]:
    """Compare a corpus with its floors; against another version of it they say nothing, and that fails."""
    if gold_sha256 != floor.gold_sha256:
        return [Check(f"{floor.corpus}: gold file", floor.gold_sha256[:12], gold_sha256[:12], passed=False)]
    return [
        Check(
            f"{floor.corpus} {source}, word F1 over {floor.pages} pages",
            f"{f1:.3f}",
            f"{reached[source]:.4f}",
            passed=reached[source] >= f1,
        )
        for source, f1 in floor.f1.items()
    ]


def batch_f1(pages: Sequence[GoldPage], *, sources: Sequence[str]) -> list[dict[str, float]]:
    """Clean some pages as each input and score them. Runs in a worker."""
    htmls = [page.html() for page in pages]
    bodies = {
        source: copydesk(htmls, kind="html")
        if source == "html"
        else copydesk([STYLES[source](decoded(html)) for html in htmls], kind="text")
        for source in sources
    }
    return [
        {source: word_f1(bodies[source][place], page.body or "") for source in sources}
        for place, page in enumerate(pages)
    ]


def reach(floor: Floor) -> dict[str, float]:
    """Measure Copydesk on the article pages of a floor's corpus."""
    pages = load_gold(floor.corpus, page_type="article")
    if len(pages) != floor.pages:
        raise typer.BadParameter(f"{floor.corpus} has {len(pages)} article pages, the floor is for {floor.pages}")
    batches = [pages[start : start + BATCH_PAGES] for start in range(0, len(pages), BATCH_PAGES)]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        rows = [row for batch in pool.map(partial(batch_f1, sources=list(floor.f1)), batches) for row in batch]
    return {source: statistics.fmean(row[source] for row in rows) for source in floor.f1}


def check_floors(*, lift: bool) -> list[Check]:
    """Measure every corpus that has a floor; with `lift`, write the floors that rose."""
    checks: list[Check] = []
    floors = []
    for floor in read_floors():
        sha256 = gold_sha256(floor.corpus)
        reached = reach(floor) if sha256 == floor.gold_sha256 else {}
        checks += check_floor(floor, reached, gold_sha256=sha256)
        floors.append(raised(floor, reached) if reached else floor)
    if lift:
        write_floors(floors)
    return checks


def seeds_or_failure() -> list[Check]:
    """Check the seeds; a program that ended with an error is a failed check which shows its last words."""
    try:
        return check_seeds()
    except subprocess.CalledProcessError as error:
        last_words = (error.stderr or error.stdout).strip().splitlines()[-1:]
        return [
            Check("seeds: flows.clean", "exit status 0", f"{error.returncode} {' '.join(last_words)}", passed=False)
        ]


def main(
    *,
    seeds: Annotated[bool, typer.Option(help="Check the seeds.")] = True,
    floors: Annotated[bool, typer.Option(help="Check the floors.")] = True,
    lift: Annotated[bool, typer.Option("--raise", help="Raise the pinned floors to what is reached.")] = False,
) -> None:
    """Check the seeds and the pinned floors; exit status 1 where one is missed."""
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    checks = (seeds_or_failure() if seeds else []) + (check_floors(lift=lift) if floors else [])
    rows = [(check.what, check.asked, check.reached, "ok" if check.passed else "MISSED") for check in checks]
    tables.show_table("Accuracy gate", ("what", "asked", "reached", ""), rows)
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
