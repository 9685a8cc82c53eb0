"""What the labeller learns from: pages in all styles, with what is known of each of their lines.

Each page gives up to eleven examples: its HTML with hints and the same lines with the hints gone, dumps, what other
extractors left over, and two mixed pages into which lines of other sites were put. Of a line is known which share of it
stands in the gold body (-1 where that is not known), and its label where the page was labelled by hand.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.corpora import GoldPage, LabelledPage, decoded, domain_of, fold_of, load_gold, load_labelled
from bench.network.align import carried_over, shares
from bench.network.own_labels import load_own
from bench.styles import LEFTOVERS, attempt, installed_styles
from cleaners.html import html_lines
from cleaners.inputs import LABELS, inputs
from cleaners.labeller import ruled_lines
from cleaners.lines import DocumentLines, line_table
from cleaners.repair import repair, repair_lines
from cleaners.text import text_lines

CORPORA = ("wcxb-dev", "fundus-pages-dev", "magic-html-dev", "trafilatura-eval-dev")
MOST_LINES = 6_000
UNKNOWN = -1

_PLACES = {label.value: place for place, label in enumerate(LABELS)}


@dataclass(slots=True)
class Example:
    """One page in one style: each line's share in the gold body, and its label (a place in `LABELS`); -1: unknown.

    `twin`: the line of the page's HTML that a line is, -1 where there is none; empty where nobody looked.
    """

    page: GoldPage
    style: str
    fold: int
    lines: DocumentLines
    kept: NDArray[np.float32]
    label: NDArray[np.int64]
    features: NDArray[np.float16]
    twin: NDArray[np.int64]

    @property
    def text(self) -> str:
        """All of it, a line a line."""
        return "\n".join(self.lines.text)


def _texts_of(page: GoldPage, styles: Sequence[str]) -> tuple[str, dict[str, str]]:
    html = decoded(page.html())
    makers = installed_styles()
    wanted = [name for name in styles if name not in LEFTOVERS or (page.body and page.page_type == "article")]
    return f"{page.corpus}/{page.id}", {name: attempt(makers[name], html) for name in wanted}


def styled_texts(pages: Sequence[GoldPage], work: Path, *, workers: int) -> dict[str, dict[str, str]]:
    """Make the styles of all pages, or read them from the folder of an earlier run: page → style → text."""
    styles = sorted(installed_styles())
    store = work / f"styles-{hashlib.sha1(' '.join(styles).encode(), usedforsecurity=False).hexdigest()[:8]}.jsonl.gz"
    if not store.exists():
        work.mkdir(parents=True, exist_ok=True)
        with get_context("fork").Pool(workers, maxtasksperchild=100) as pool:
            made = pool.imap_unordered(partial(_texts_of, styles=styles), pages, chunksize=4)
            with gzip.open(store.with_suffix(".part"), "wt", compresslevel=3, encoding="utf-8") as file:
                for row in made:
                    file.write(json.dumps(row) + "\n")
        store.with_suffix(".part").rename(store)
    with gzip.open(store, "rt", encoding="utf-8") as file:
        return dict(json.loads(row) for row in file)


def _plain(lines: DocumentLines) -> DocumentLines:
    return DocumentLines.plain(lines.number, lines.text, lines.gap)


def _documents(page: GoldPage, texts: dict[str, str]) -> Iterator[tuple[str, DocumentLines]]:
    lines = html_lines(decoded(page.html()), page.url)
    lines.text, _ = repair_lines(lines.text, is_html=True)
    lines = lines.filled()
    yield "html", lines
    if page.page_type == "article":
        yield "bare", _plain(lines)
    for style, text in texts.items():
        if text.strip() and (page.page_type == "article" or style == "dump"):
            yield style, text_lines(repair(text, is_html=False).text)[0]


def kept_shares(page: GoldPage, lines: Sequence[str]) -> NDArray[np.float32]:
    """Tell what is known of each line: its share in the gold body, or what the snippets say, else -1."""
    if page.body:
        return np.array(shares(lines, page.body), np.float32)
    wanted = [" ".join(snippet.split()) for snippet in page.present]
    unwanted = [" ".join(snippet.split()) for snippet in page.absent]
    found = np.full(len(lines), UNKNOWN, np.float32)
    for place, line in enumerate(lines):
        if any(snippet in line for snippet in wanted):
            found[place] = 1
        elif any(snippet in line for snippet in unwanted):
            found[place] = 0
    return found


_NO_FEATURES = np.zeros((0, 0), np.float16)
NO_TWIN = np.zeros(0, np.int64)
TAUGHT_STYLES = ("bare", "dump", "soup", "glued")
"""Styles in which a page is learned from what was read of its HTML, where nobody labelled it by hand."""


def twins(style: str, lines: DocumentLines, html: DocumentLines) -> NDArray[np.int64]:
    """Find for each line of a style the line of the HTML that it is."""
    if style in {"html", "bare"}:
        return np.arange(len(lines))
    if style not in TAUGHT_STYLES:
        return NO_TWIN
    found = carried_over(lines.text, html.text, [str(place) for place in range(len(html))])
    return np.array([UNKNOWN if place is None else int(place) for place in found], np.int64)


def _examples_of(known: tuple[GoldPage, dict[str, str], LabelledPage | None]) -> list[Example]:
    """Align one page in all its styles with what is known of it; the features come later, for many pages at once."""
    page, texts, hand = known
    fold = fold_of(domain_of(page))
    found: list[Example] = []
    html = DocumentLines.plain([], [], [])
    for style, lines in _documents(page, texts):
        if style == "html":
            html = lines
        if 0 < len(lines) <= MOST_LINES:
            names = carried_over(lines.text, hand.lines, hand.labels) if hand else [None] * len(lines)
            label = np.array([_PLACES[name] if name else UNKNOWN for name in names], np.int64)
            twin = NO_TWIN if hand else twins(style, lines, html)
            found.append(Example(page, style, fold, lines, kept_shares(page, lines.text), label, _NO_FEATURES, twin))
    return found


def load_pages(work: Path, *, workers: int) -> list[Example]:
    """Load all pages in all styles, without features."""
    pages = [page for corpus in CORPORA for page in load_gold(corpus)]
    texts = styled_texts(pages, work, workers=workers)
    labelled = [*load_own(pages), *load_labelled()]
    by_hand = {f"{page.corpus}/{page.id}": page for page in labelled}
    known = [(page, texts[(key := f"{page.corpus}/{page.id}")], by_hand.get(key)) for page in pages]
    with get_context("fork").Pool(workers) as pool:
        return [example for found in pool.imap(_examples_of, known, chunksize=8) for example in found]


BATCH_LINES = 60_000


def add_features(examples: Sequence[Example]) -> None:
    """Let the rules see all examples, a batch at a time, and keep what the network learns from."""
    batch: list[Example] = []
    for place, example in enumerate(examples):
        batch.append(example)
        if sum(len(one.lines) for one in batch) >= BATCH_LINES or place == len(examples) - 1:
            table = inputs(ruled_lines(line_table([one.lines for one in batch]))).astype(np.float16)
            start = 0
            for one in batch:
                one.features = table[start : start + len(one.lines)]
                start += len(one.lines)
            batch = []
