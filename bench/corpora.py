"""The pages to measure on, as HTML and as the plain text that scrapers make of it.

The folder is COPYDESK_DATA, by default `shared` beside the checkout. A corpus is a folder with `gold.jsonl` and
`html/<id>.html.gz`.
"""

import gzip
import hashlib
import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding
from tld import get_fld

FOLDS = 5

CHECKOUT = Path(__file__).resolve().parent.parent

MISSING = "no {what} in {folder}: set COPYDESK_DATA to the folder that holds seeds/, labels/ and corpora/"


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page of a corpus with what a right extraction gives; None where there is no gold for a field."""

    corpus: str
    id: str
    url: str | None
    page_type: str
    language: str | None
    body: str | None
    title: str | None
    authors: Sequence[str] | None
    published: str | None
    present: Sequence[str]
    absent: Sequence[str]
    path: Path

    def html(self) -> bytes:
        """Read the page's bytes."""
        return gzip.decompress(self.path.read_bytes())


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A plain dump whose lines were labelled one by one."""

    corpus: str
    id: str
    lines: Sequence[str]
    labels: Sequence[str]


@dataclass(frozen=True, slots=True)
class SeedLine:
    """One labelled line of a seed; `number` is its 1-based line in the file."""

    number: int
    label: str
    text: str


def data_folder() -> Path:
    """Find the folder of seeds, labels and corpora; it need not exist."""
    return Path(os.environ.get("COPYDESK_DATA") or CHECKOUT.parent / "shared")


def has_data() -> bool:
    """Tell whether the corpora are here."""
    return (data_folder() / "corpora").is_dir()


def missing(what: str) -> str:
    """Say what is not here and what to do about it."""
    return MISSING.format(what=what, folder=data_folder())


def gold_path(corpus: str) -> Path:
    """Find the gold file of a corpus."""
    return data_folder() / "corpora" / corpus / "gold.jsonl"


def sha256(path: Path) -> str:
    """Hash a gold file: a floor holds for one version of it only."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_gold(corpus: str, *, page_type: str | None = None, limit: int | None = None) -> list[GoldPage]:
    """Load the pages of a corpus, in the order of the file; `limit` draws the same sample each time."""
    folder = gold_path(corpus).parent
    with gold_path(corpus).open(encoding="utf-8") as gold:
        rows = [json.loads(row) for row in gold]
    pages = [
        GoldPage(
            corpus=corpus,
            id=row["id"],
            url=row["url"],
            page_type=row["page_type"],
            language=row["language"],
            body=row["body"],
            title=row["title"],
            authors=row["authors"],
            published=row["published"],
            present=tuple(row["present"] or ()),
            absent=tuple(row["absent"] or ()),
            path=folder / "html" / f"{row['id']}.html.gz",
        )
        for row in rows
        if page_type is None or row["page_type"] == page_type
    ]
    return sample(pages, limit)


def sample(pages: Sequence[GoldPage], limit: int | None) -> list[GoldPage]:
    """Draw `limit` pages, the same ones each time, in their order."""
    if limit is None or limit >= len(pages):
        return list(pages)
    drawn = random.Random(0).sample(range(len(pages)), limit)
    return [pages[place] for place in sorted(drawn)]


def domain_of(page: GoldPage) -> str:
    """Find the registered domain: folds are split by it."""
    return (get_fld(page.url, fail_silently=True, fix_protocol=True) if page.url else None) or page.id


def fold_of(domain: str) -> int:
    """Put a domain into a fold, the same one each time."""
    return int(hashlib.sha1(domain.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def labels_path() -> Path:
    """Find the file of the pages whose lines are labelled."""
    return data_folder() / "labels" / "dev.jsonl"


def load_labelled() -> list[LabelledPage]:
    """Load the pages whose lines are labelled."""
    with labels_path().open(encoding="utf-8") as rows:
        return [LabelledPage(**json.loads(row)) for row in rows]


def load_seeds() -> dict[str, list[SeedLine]]:
    """Load the labelled lines of each seed, by file name."""
    folder = data_folder() / "seeds"
    texts: dict[str, list[str]] = {}
    seeds: dict[str, list[SeedLine]] = {}
    for row in (folder / "labels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, number, label = row.split("\t")
        if name not in texts:
            texts[name] = (folder / name).read_text(encoding="utf-8").split("\n")
        seeds.setdefault(name, []).append(SeedLine(int(number), label, texts[name][int(number) - 1].strip()))
    return seeds


def decoded(html: bytes) -> str:
    """Decode a page for the tools that want text: as UTF-8 where it is, else as the HTML standard's detection says."""
    return bytes_to_str(html, detect_encoding(html) or "utf-8")


def resiliparse_dump(html: str) -> str:
    """Make the plain dump that the labels were given on: every visible line, nothing marked."""
    return str(extract_plain_text(html, main_content=False, alt_texts=False, list_bullets=False, links=False))


def soup_dump(html: str) -> str:
    """Make the dump of the usual scraper script: every string on a line of its own, links inside sentences too."""
    return BeautifulSoup(html, "lxml").get_text("\n")
