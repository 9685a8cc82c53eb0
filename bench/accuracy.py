"""Copydesk beside its peers on the corpora: `python -m bench.accuracy`, written into docs/measurements.md.

Bodies are compared as bags of words and as shingles of four words (of magic-html by characters, since its gold breaks
lines inside words), snippets by presence.
"""

import shlex
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Annotated

import typer
from rich.progress import track

from bench import metrics, systems, tables
from bench.corpora import STYLES, GoldPage, decoded, has_data, load_gold, missing, resiliparse_dump
from bench.metrics import BodyScore, SnippetCount
from bench.systems import Input

BATCH_PAGES = 32
WORKERS = 2
INPUTS: tuple[Input, ...] = ("html", "dump", "soup")


@dataclass(frozen=True, slots=True)
class Corpus:
    """What of a corpus is measured, and how."""

    name: str
    page_type: str | None = None
    by_characters: bool = False


CORPORA = {
    corpus.name: corpus
    for corpus in (
        Corpus("wcxb-dev", page_type="article"),
        Corpus("fundus-pages-dev"),
        Corpus("magic-html-dev", by_characters=True),
        Corpus("trafilatura-eval-dev"),
    )
}


@dataclass(slots=True)
class Scores:
    """What one system reached with one input: a score for each page with a gold body, and its snippets."""

    bodies: list[BodyScore] = field(default_factory=list)
    snippets: list[SnippetCount] = field(default_factory=list)

    def add(self, other: "Scores") -> None:
        """Take over the scores of a further batch."""
        self.bodies += other.bodies
        self.snippets += other.snippets


Results = dict[tuple[Input, str], Scores]
"""Scores by input and system."""


def score_page(page: GoldPage, text: str, untouched: str, *, by_characters: bool) -> Scores:
    """Score one text of one page by whatever gold the page has."""
    scores = Scores()
    if page.body is not None:
        untouched_f1 = metrics.word_f1(untouched, page.body, by_characters=by_characters)
        scores.bodies.append(
            metrics.score_body(text, page.body, untouched_f1=untouched_f1, by_characters=by_characters)
        )
    if page.present or page.absent:
        scores.snippets.append(metrics.count_snippets(text, page.present, page.absent))
    return scores


def score_batch(pages: Sequence[GoldPage], *, peers: Sequence[str], by_characters: bool) -> Results:
    """Run every system on some pages. Also runs in a worker: takes references to pages, gives numbers."""
    results: Results = {}
    htmls = [page.html() for page in pages]
    dumps = [resiliparse_dump(decoded(html)) for html in htmls]
    for source in INPUTS:
        untouched = dumps if source == "html" else [STYLES[source](decoded(html)) for html in htmls]
        for name, texts in systems.extractions(htmls, source, peers):
            scores = results.setdefault((source, name), Scores())
            for page, text, raw in zip(pages, texts, untouched, strict=True):
                scores.add(score_page(page, text, raw, by_characters=by_characters))
    return results


def score_corpus(corpus: Corpus, *, limit: int | None, peers: Sequence[str], workers: int) -> Results:
    """Run every system on a corpus, in batches over processes of their own: native parsers leak and crash."""
    pages = load_gold(corpus.name, page_type=corpus.page_type, limit=limit)
    batches = [pages[start : start + BATCH_PAGES] for start in range(0, len(pages), BATCH_PAGES)]
    score = partial(score_batch, peers=peers, by_characters=corpus.by_characters)
    results: Results = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for batch in track(pool.map(score, batches), description=corpus.name, total=len(batches), transient=True):
            for key, scores in batch.items():
                results.setdefault(key, Scores()).add(scores)
    return results


BODY_HEADER = ("corpus", "input", "system", "pages", "precision", "recall", "F1", "F1 p10", "shingle F1", "harmed")
WHAT_IS_MEASURED = """Means over pages against gold bodies: words as a bag (magic-html: characters), shingles of four.
*F1 p10*: nine pages of ten reach more. *Harmed*: pages that end more than 0.01 F1 below keeping everything."""
SNIPPET_HEADER = ("corpus", "input", "system", "snippets", "recall", "precision", "unwanted kept")


def body_rows(corpus: Corpus, results: Results) -> list[tuple[str, ...]]:
    """Make a row for each input and system that was scored against gold bodies."""
    rows: list[tuple[str, ...]] = []
    for (source, system), scores in results.items():
        if scores.bodies:
            of = metrics.summarize(scores.bodies)
            numbers = (of.precision, of.recall, of.f1, of.f1_p10, of.shingle_f1)
            cells = (f"{number:.3f}" for number in numbers)
            rows.append((corpus.name, source, system, f"{of.pages:,}", *cells, tables.percent(of.harmed)))
    return rows


def snippet_rows(corpus: Corpus, results: Results) -> list[tuple[str, ...]]:
    """Make a row for each input and system that was scored by snippets."""
    rows: list[tuple[str, ...]] = []
    for (source, system), scores in results.items():
        if scores.snippets:
            of = metrics.add_snippets(scores.snippets)
            unwanted = tables.percent(of.absent_found / of.absent) if of.absent else "-"
            cells = (f"{of.present + of.absent:,}", f"{of.recall:.3f}", f"{of.precision:.3f}", unwanted)
            rows.append((corpus.name, source, system, *cells))
    return rows


def report(
    command: str, *, peers: Sequence[str], bodies: list[tuple[str, ...]], snippets: list[tuple[str, ...]]
) -> str:
    """Put tables, command and versions together for docs/measurements.md."""
    versions = ", ".join(f"{name} {version}" for name, version in systems.peer_versions(peers).items())
    lines = [
        f"`{command}` with {tables.versions('polars', 'selectolax', 'resiliparse')}; peers: {versions}.",
        WHAT_IS_MEASURED,
        tables.markdown_table(BODY_HEADER, bodies),
        "Sentences that must and must not be there:",
        tables.markdown_table(SNIPPET_HEADER, snippets),
    ]
    return "\n\n".join(lines)


def main(
    *,
    corpus: Annotated[list[str] | None, typer.Option(help="Only this corpus; may be given several times.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Measure on a sample of this many pages a corpus.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    peers: Annotated[bool, typer.Option(help="Measure the installed HTML peers too.")] = True,
    write: Annotated[bool | None, typer.Option(help="Write docs/measurements.md. Default: on a full run.")] = None,
) -> None:
    """Score Copydesk and its peers side by side."""
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    if unknown := set(corpus or ()) - set(CORPORA):
        raise typer.BadParameter(f"no corpus {', '.join(unknown)}; there are {', '.join(CORPORA)}")
    names = systems.installed_html_peers() if peers else []
    bodies: list[tuple[str, ...]] = []
    snippets: list[tuple[str, ...]] = []
    for chosen in (CORPORA[name] for name in corpus or CORPORA):
        results = score_corpus(chosen, limit=limit, peers=names, workers=workers)
        bodies += body_rows(chosen, results)
        snippets += snippet_rows(chosen, results)
    tables.show_table("Bodies", BODY_HEADER, bodies)
    tables.show_table("Snippets", SNIPPET_HEADER, snippets)
    if write or (write is None and not corpus and not limit and peers):
        command = shlex.join(["python", "-m", "bench.accuracy", *sys.argv[1:]])
        tables.write_block("accuracy", report(command, peers=names, bodies=bodies, snippets=snippets))


if __name__ == "__main__":
    typer.run(main)
