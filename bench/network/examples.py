"""What the labeller learns from: pages in all styles, with what is known of each of their lines.

Each page gives up to thirteen examples: its HTML with hints and the same lines with the hints gone, dumps, what other
extractors left over, and two mixed pages into which lines of other sites were put. Of a line is known which share of it
stands in the gold body (-1 where that is not known), and its label where the page was labelled by hand.
"""

import gzip
import hashlib
import json
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from tld import get_fld

from bench.corpora import GoldPage, LabelledPage, decoded, load_gold, load_labelled
from bench.network.align import carried_over, shares
from bench.network.inputs import LABELS, inputs
from bench.network.styles import LEFTOVERS, installed_styles
from cleaners.html import html_lines
from cleaners.labeller import label_lines
from cleaners.lines import DocumentLines, line_table
from cleaners.repair import repair, repair_lines
from cleaners.text import text_lines

CORPORA = ("wcxb-dev", "fundus-pages-dev", "magic-html-dev", "trafilatura-eval-dev")
FOLDS = 5
MOST_LINES = 6_000
UNKNOWN = -1

_PLACES = {label.value: place for place, label in enumerate(LABELS)}
_RELATED = _PLACES["related"]
_KEPT = 2


@dataclass(slots=True)
class Example:
    """One page in one style: each line's share in the gold body, and its label (a place in `LABELS`); -1: unknown."""

    page: GoldPage
    style: str
    fold: int
    lines: DocumentLines
    kept: NDArray[np.float32]
    label: NDArray[np.int64]
    features: NDArray[np.float16]

    @property
    def text(self) -> str:
        """All of it, a line a line."""
        return "\n".join(self.lines.text)


def domain_of(page: GoldPage) -> str:
    """Find the registered domain: folds are split by it."""
    return (get_fld(page.url, fail_silently=True, fix_protocol=True) if page.url else None) or page.id


def fold_of(domain: str) -> int:
    """Put a domain into a fold, the same one each time."""
    return int(hashlib.sha1(domain.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


STYLE_SECONDS = 15


class _TooSlow(Exception):
    pass


def _give_up(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _TooSlow


def _attempt(make: Callable[[str], str], html: str) -> str:
    """Make one style; a tool that breaks on a page or takes too long has none of it."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(STYLE_SECONDS)
    try:
        return make(html)
    except Exception:  # noqa: BLE001 - six tools by other hands fail in as many ways, and a page less is no loss
        return ""
    finally:
        signal.alarm(0)


def _texts_of(page: GoldPage, styles: Sequence[str]) -> tuple[str, dict[str, str]]:
    html = decoded(page.html())
    makers = installed_styles()
    wanted = [name for name in styles if name not in LEFTOVERS or (page.body and page.page_type == "article")]
    return f"{page.corpus}/{page.id}", {name: _attempt(makers[name], html) for name in wanted}


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


def _examples_of(known: tuple[GoldPage, dict[str, str], LabelledPage | None]) -> list[Example]:
    """Align one page in all its styles with what is known of it; the features come later, for many pages at once."""
    page, texts, hand = known
    fold = fold_of(domain_of(page))
    found: list[Example] = []
    for style, lines in _documents(page, texts):
        if 0 < len(lines) <= MOST_LINES:
            names = carried_over(lines.text, hand.lines, hand.labels) if hand else [None] * len(lines)
            label = np.array([_PLACES[name] if name else UNKNOWN for name in names], np.int64)
            found.append(Example(page, style, fold, lines, kept_shares(page, lines.text), label, _NO_FEATURES))
    return found


def load_examples(work: Path, *, workers: int) -> list[Example]:
    """Load all pages in all styles, with features."""
    pages = [page for corpus in CORPORA for page in load_gold(corpus)]
    texts = styled_texts(pages, work, workers=workers)
    by_hand = {f"{page.corpus}/{page.id}": page for page in load_labelled()}
    known = [(page, texts[(key := f"{page.corpus}/{page.id}")], by_hand.get(key)) for page in pages]
    with get_context("fork").Pool(workers) as pool:
        examples = [example for found in pool.imap(_examples_of, known, chunksize=8) for example in found]
    examples += [mixed for style in ("html", "dump") for mixed in mixed_pages(examples, style)]
    _add_features(examples)
    return examples


BATCH_LINES = 60_000


def _add_features(examples: Sequence[Example]) -> None:
    batch: list[Example] = []
    for place, example in enumerate(examples):
        batch.append(example)
        if sum(len(one.lines) for one in batch) >= BATCH_LINES or place == len(examples) - 1:
            table = inputs(label_lines(line_table([one.lines for one in batch]))).astype(np.float16)
            start = 0
            for one in batch:
                one.features = table[start : start + len(one.lines)]
                start += len(one.lines)
            batch = []


FEWEST_BODY_LINES = 4
DROPPED_SHARE = 0.04


def mixed_pages(examples: Sequence[Example], style: str) -> Iterator[Example]:
    """Put clutter, teasers and second articles of other sites of the same fold into each article; drop a few lines."""
    draw = random.Random(1)
    known = [example for example in examples if example.style == style]
    by_fold = {fold: [example for example in known if example.fold == fold] for fold in range(FOLDS)}
    for example in known:
        body = np.flatnonzero(example.kept >= 0.5)
        if example.page.page_type != "article" or not example.page.body or len(body) < FEWEST_BODY_LINES:
            continue
        places = (body[0], body[-1] + 1, body[-1] + 1, draw.choice(list(body[1:])), len(example.lines))
        inserts = [
            (int(draw.choice(places)), _piece(draw, draw.choice(by_fold[example.fold])))
            for _ in range(draw.choice((1, 2, 3)))
        ]
        yield _with_inserts(draw, example, sorted(inserts, key=lambda insert: insert[0]))


def _piece(draw: random.Random, donor: Example) -> Example:
    """Cut a run of lines out of a page: any lines, or its article from the headline on; none of it is body any more."""
    body = np.flatnonzero(donor.kept >= 0.5)
    if draw.random() < 0.3 and len(body) >= FEWEST_BODY_LINES:
        start, count = max(0, int(body[0]) - draw.choice((0, 1, 3))), draw.choice((3, 6, 12, 40))
    else:
        start, count = draw.randrange(len(donor.lines)), draw.choice((1, 2, 3, 3, 6, 12, 25, 50))
    places = list(range(start, min(start + count, len(donor.lines))))
    cut = _at(donor, places)
    cut.kept = np.zeros_like(cut.kept)
    cut.label = np.where((cut.label >= 0) & (cut.label < _KEPT), _RELATED, cut.label)
    return cut


def _at(example: Example, places: Sequence[int]) -> Example:
    lines = example.lines
    chosen = DocumentLines(
        list(range(1, len(places) + 1)),
        [lines.text[place] for place in places],
        [lines.gap[place] for place in places],
        [lines.tag[place] for place in places],
        [lines.link_share[place] for place in places],
        [lines.marks[place] for place in places],
        is_html=lines.is_html,
        head=lines.head,
    )
    return replace(example, lines=chosen, kept=example.kept[list(places)], label=example.label[list(places)])


def _with_inserts(draw: random.Random, example: Example, inserts: Sequence[tuple[int, Example]]) -> Example:
    pieces: list[Example] = []
    last = 0
    for place, cut in inserts:
        pieces += [_at(example, range(last, place)), cut]
        last = place
    pieces.append(_at(example, range(last, len(example.lines))))
    whole = DocumentLines([], [], [], [], [], [], is_html=example.lines.is_html, head=example.lines.head)
    for piece in pieces:
        whole.text += piece.lines.text
        whole.gap += piece.lines.gap
        whole.tag += piece.lines.tag
        whole.link_share += piece.lines.link_share
        whole.marks += piece.lines.marks
    joined = replace(
        example,
        style=f"{example.style}-mix",
        lines=whole,
        kept=np.concatenate([piece.kept for piece in pieces]),
        label=np.concatenate([piece.label for piece in pieces]),
    )
    return _at(joined, [place for place in range(len(whole)) if draw.random() > DROPPED_SHARE])
