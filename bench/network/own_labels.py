"""Pages of the corpora that we labelled line by line ourselves, to learn from; the gold of `bench.corpora` measures.

`own_labels.jsonl` holds no text: of each page the corpus, the id, a hash of its plain dump, and its labels as runs
("12 nav, 1 title, …"). A page of which another version of resiliparse makes another dump is left out.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from bench.corpora import GoldPage, LabelledPage, decoded, resiliparse_dump

OWN_LABELS = Path(__file__).with_name("own_labels.jsonl")
HASH_DIGITS = 16


def dump_lines(page: GoldPage) -> list[str]:
    """Give the lines that are labelled: those of the plain dump that are not blank."""
    dump = resiliparse_dump(decoded(page.html()))
    return [line.strip() for line in dump.split("\n") if line.strip()]


def hash_of(lines: Sequence[str]) -> str:
    """Name the lines that labels belong to."""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]


def runs_of(labels: Iterable[str]) -> str:
    """Write labels as runs.

    >>> runs_of(["nav", "nav", "title", "body"])
    '2 nav, 1 title, 1 body'
    """
    return ", ".join(f"{sum(1 for _ in run)} {label}" for label, run in groupby(labels))


def labels_of(runs: str) -> list[str]:
    """Read labels written as runs.

    >>> labels_of("2 nav, 1 title")
    ['nav', 'nav', 'title']
    """
    return [label for count, label in (run.split() for run in runs.split(", ")) for _ in range(int(count))]


def load_own(pages: Iterable[GoldPage]) -> list[LabelledPage]:
    """Load the labels of those pages that we labelled, as far as their dumps are what they were."""
    gold = {(page.corpus, page.id): page for page in pages}
    found: list[LabelledPage] = []
    for row in OWN_LABELS.read_text(encoding="utf-8").splitlines():
        known = json.loads(row)
        page = gold.get((known["corpus"], known["id"]))
        if page is not None and hash_of(lines := dump_lines(page)) == known["dump"]:
            found.append(LabelledPage(known["corpus"], known["id"], lines, labels_of(known["runs"])))
    return found
