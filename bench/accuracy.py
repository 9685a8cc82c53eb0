"""Copydesk beside its peers on the corpora: `python -m bench.accuracy`, written into docs/measurements.md.

Each page is measured as HTML, as plain text in the ways in which tags get lost, and as what other extractors leave
over. `--weights FOLDER` gives the out-of-fold figures of a learned labeller (`bench.weights` says what lies there).
"""

import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench import reports, systems, tables, weights
from bench.corpora import GoldPage, has_data, load_gold, missing
from bench.line_labels import Pairs, label_batch, load_pairs
from bench.page_types import CORPUS as TYPED_CORPUS
from bench.page_types import Met, verdict_batch
from bench.scoring import HTML, Row, score_batch, warm_up
from bench.styles import installed_styles

CORPORA = ("wcxb-dev", "fundus-pages-dev", "magic-html-dev", "trafilatura-eval-dev")
BATCH_PAGES = 64
LABELLED_BATCH_PAGES = 16
"""Pages that carry hand-made labels are compared line by line, which takes longer than cleaning them."""
WORKERS = 2
CROSS_STYLES = (HTML, "dump")

Work = dict[Path | None, list[Callable[[], list[Row]]]]


def batches(pages: Sequence[GoldPage]) -> list[Sequence[GoldPage]]:
    """Cut pages into batches of one corpus each, as long as a worker takes at once."""
    found: list[Sequence[GoldPage]] = []
    for corpus in dict.fromkeys(page.corpus for page in pages):
        of_corpus = [page for page in pages if page.corpus == corpus]
        found += [of_corpus[start : start + BATCH_PAGES] for start in range(0, len(of_corpus), BATCH_PAGES)]
    return found


def score_pages(
    pages: Sequence[GoldPage], *, folder: Path | None, styles: Sequence[str], peers: Sequence[str], workers: int
) -> list[Row]:
    """Score every system on all pages, each page with the weights that were trained without it."""
    work: Work = {
        of_fold: [partial(score_batch, batch, styles=styles, peers=peers) for batch in batches(known)]
        for of_fold, known in weights.by_fold(pages, folder).items()
    }
    return [row for rows in weights.run(work, workers=workers, ready=partial(warm_up, peers)) for row in rows]


def score_across(pages: Sequence[GoldPage], *, folder: Path | None, workers: int) -> list[Row]:
    """Score Copydesk on each corpus with the weights that were trained without that corpus, where there are any."""
    left_out = weights.corpora_left_out(folder, CORPORA)
    work: Work = {
        of_corpus: [
            partial(score_batch, batch, styles=CROSS_STYLES, peers=())
            for batch in batches([page for page in pages if page.corpus == corpus])
        ]
        for corpus, of_corpus in left_out.items()
    }
    return [row for rows in weights.run(work, workers=workers, ready=partial(warm_up, ())) for row in rows]


def count_labels(*, folder: Path | None, limit: int | None, workers: int) -> Pairs:
    """Count on the pages labelled by hand which label meets which, out of fold where there are weights."""
    pairs = load_pairs()[:limit]
    work: dict[Path | None, list[Callable[[], Pairs]]] = {}
    for of_fold in dict.fromkeys(weights.fold_folder(folder, page) for page, _ in pairs):
        known = [pair for pair in pairs if weights.fold_folder(folder, pair[0]) == of_fold]
        starts = range(0, len(known), LABELLED_BATCH_PAGES)
        work[of_fold] = [partial(label_batch, known[start : start + LABELLED_BATCH_PAGES]) for start in starts]
    return sum(weights.run(work, workers=workers, ready=partial(warm_up, ())), Counter())


def count_verdicts(*, folder: Path | None, limit: int | None, workers: int) -> Met:
    """Count which type of page gets which verdict, out of fold where there are weights."""
    pages = load_gold(TYPED_CORPUS, limit=limit)
    work: dict[Path | None, list[Callable[[], Met]]] = {
        of_fold: [partial(verdict_batch, batch) for batch in batches(known)]
        for of_fold, known in weights.by_fold(pages, folder).items()
    }
    return sum(weights.run(work, workers=workers, ready=partial(warm_up, ())), Counter())


def about_peers(peers: Sequence[str], styles: Sequence[str]) -> str:
    """Name the measured peers with their versions, and say which peers and styles are missing and how to get them."""
    names = ", ".join(f"{name} {version}" for name, version in systems.peer_versions(peers).items())
    absent = sorted({*systems.HTML_PEERS} - {*peers} | {*reports.STYLES} - {*styles})
    missed = f" Not measured: {', '.join(absent)} (`pip install -e '.[bench]'` brings all)." if absent else ""
    return f"peers: {names or 'none'}.{missed}"


def main(
    *,
    corpus: Annotated[list[str] | None, typer.Option(help="Only this corpus; may be given several times.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Measure on a sample of this many pages a corpus.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    peers: Annotated[bool, typer.Option(help="Measure the installed peers too.")] = True,
    weights_folder: Annotated[
        Path | None, typer.Option("--weights", help="Folder of weights trained out of fold: fold0 to fold4.")
    ] = None,
    write: Annotated[bool | None, typer.Option(help="Write docs/measurements.md. Default: on a full run.")] = None,
) -> None:
    """Score Copydesk and its peers side by side."""
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    if unknown := set(corpus or ()) - set(CORPORA):
        raise typer.BadParameter(f"no corpus {', '.join(unknown)}; there are {', '.join(CORPORA)}")
    if weights_folder:
        weights.check(weights_folder)
    started = time.monotonic()
    names = systems.installed_html_peers() if peers else []
    styles = [HTML, *installed_styles()]
    pages = [page for name in corpus or CORPORA for page in load_gold(name, page_type="article", limit=limit)]
    measured = reports.Measured(
        rows=score_pages(pages, folder=weights_folder, styles=styles, peers=names, workers=workers),
        across=score_across(pages, folder=weights_folder, workers=workers),
        labels=count_labels(folder=weights_folder, limit=limit, workers=workers),
        verdicts=count_verdicts(folder=weights_folder, limit=limit, workers=workers),
    )
    sections = reports.sections(measured)
    for section in sections:
        tables.show_table(section.title, section.header, section.rows)
    minutes = (time.monotonic() - started) / 60
    command = shlex.join(["python", "-m", "bench.accuracy", *reports.without_paths(sys.argv[1:])])
    if write or (write is None and not corpus and not limit and peers):
        words = [
            (
                f"`{command}`, {minutes:.0f} minutes in {workers} processes, with "
                f"{tables.versions('polars', 'selectolax', 'resiliparse')}; {about_peers(names, styles)}"
            ),
            weights.caption(weights_folder),
        ]
        tables.write_block("accuracy", reports.document(words, sections))
    typer.echo(f"{minutes:.1f} minutes")


if __name__ == "__main__":
    typer.run(main)
