"""The accuracy gate: `python -m bench.gate` ends non-zero when a demand on the seeds or a pinned floor is missed.

A floor belongs to one version of a corpus, told by the hash of its gold file. `--raise` lifts floors to what is reached
now and pins what has none yet; nothing here lowers one. The pages are those that the labeller learned from: floors tell
that a change made something worse, `bench.accuracy --weights` how good it is.
"""

import json
import math
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench import page_types, tables
from bench.accuracy import count_labels, count_verdicts, score_pages
from bench.corpora import gold_path, has_data, labels_path, load_gold, missing, sha256
from bench.line_labels import label_scores, macro_f1
from bench.metadata_floors import check_metadata
from bench.reports import mean_f1, snippet_f1
from bench.scoring import COPYDESK, HTML
from bench.seeds import Check, check_seeds

FLOORS = Path(__file__).with_name("floors.json")
WORKERS = 2

# Floors are kept to three digits, cut off and not rounded: a rounded one could lie above what was reached.
DIGITS = 1000


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that is to be reached on one version of a gold file, by measure."""

    name: str
    sha256: str
    least: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Measure:
    """What the gate measures on one gold file, which is known by its hash."""

    path: Path
    reach: Callable[[], dict[str, float]]


def measures() -> dict[str, Measure]:
    """List all that has floors: the bodies and snippets of each corpus, the page types, the labels of lines."""
    styles = {
        "wcxb-dev": (HTML, "dump", "soup"),
        "fundus-pages-dev": (HTML, "dump"),
        "magic-html-dev": (HTML, "dump"),
        "trafilatura-eval-dev": (HTML, "dump"),
    }
    bodies = {corpus: Measure(gold_path(corpus), partial(reach_bodies, corpus, of)) for corpus, of in styles.items()}
    return {
        **bodies,
        "page types": Measure(gold_path(page_types.CORPUS), reach_verdicts),
        "line labels": Measure(labels_path(), reach_labels),
    }


def reach_bodies(corpus: str, styles: Sequence[str]) -> dict[str, float]:
    """Measure Copydesk on the article pages of a corpus: F1 by gold bodies, by snippets where there are none."""
    pages = load_gold(corpus, page_type="article")
    rows = score_pages(pages, folder=None, styles=styles, peers=(), workers=WORKERS)
    reached: dict[str, float] = {}
    for style in styles:
        known = [row for row in rows if (row.style, row.system) == (style, COPYDESK)]
        f1, of_snippets = mean_f1(known), snippet_f1(known)
        if f1 is not None:
            reached[f"F1, {style}"] = f1
        elif of_snippets is not None:
            reached[f"snippet F1, {style}"] = of_snippets
    return reached


def reach_verdicts() -> dict[str, float]:
    """Measure the verdicts: the mean over all page types, and that articles stay articles."""
    met = count_verdicts(folder=None, limit=None, workers=WORKERS)
    mean = {f"right verdicts, {source}": page_types.accuracy(met, source) for source in ("html", "dump")}
    articles = {f"articles, {source}": page_types.right_share(met, source, "article") for source in ("html", "dump")}
    return {**mean, **articles}


def reach_labels() -> dict[str, float]:
    """Measure the labels of single lines: the mean F1 over labels."""
    pairs = count_labels(folder=None, limit=None, workers=WORKERS)
    return {f"macro F1, {source}": macro_f1(label_scores(pairs, source)) for source in ("html", "dump")}


def read_floors(*, path: Path = FLOORS) -> dict[str, Floor]:
    """Read the pinned floors."""
    pinned = json.loads(path.read_text(encoding="utf-8"))
    return {name: Floor(name=name, **floor) for name, floor in pinned.items()}


def write_floors(floors: Sequence[Floor], *, path: Path = FLOORS) -> None:
    """Write the floors so that a raise shows in a diff as one number a line."""
    pinned = {floor.name: {"sha256": floor.sha256, "least": dict(floor.least)} for floor in floors}
    path.write_text(json.dumps(pinned, indent=2) + "\n", encoding="utf-8")


def raised(floor: Floor, reached: Mapping[str, float]) -> Floor:
    """Lift each floor to what is reached and pin what has none; one that is not reached stays."""
    lifted = {name: max(math.floor(f1 * DIGITS) / DIGITS, floor.least.get(name, 0.0)) for name, f1 in reached.items()}
    return replace(floor, least={**floor.least, **lifted})


def check_floor(floor: Floor, reached: Mapping[str, float], *, gold_sha256: str) -> list[Check]:
    """Compare what is reached with its floors; against another version of the gold they say nothing, and that fails."""
    if gold_sha256 != floor.sha256:
        return [Check(f"{floor.name}: gold file", floor.sha256[:12], gold_sha256[:12], passed=False)]
    checks = []
    for name in dict.fromkeys((*floor.least, *reached)):
        least, found = floor.least.get(name), reached.get(name)
        asked = "no floor: --raise pins one" if least is None else f"{least:.3f}"
        passed = least is not None and found is not None and found >= least
        checks.append(
            Check(f"{floor.name}: {name}", asked, "not measured" if found is None else f"{found:.4f}", passed=passed)
        )
    return checks


def check_floors(*, lift: bool) -> list[Check]:
    """Measure everything that has floors; with `lift`, write the floors that rose."""
    pinned = read_floors()
    checks: list[Check] = []
    floors: list[Floor] = []
    for name, measure in measures().items():
        gold_sha256 = sha256(measure.path)
        floor = pinned.get(name, Floor(name, gold_sha256, {}))
        reached = measure.reach() if gold_sha256 == floor.sha256 else {}
        floors.append(raised(floor, reached) if lift else floor)
        checks += check_floor(floors[-1], reached, gold_sha256=gold_sha256)
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
    checks += check_metadata(lift=lift) if floors else []
    rows = [(check.what, check.asked, check.reached, "ok" if check.passed else "MISSED") for check in checks]
    tables.show_table("Accuracy gate", ("what", "asked", "reached", ""), rows)
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
