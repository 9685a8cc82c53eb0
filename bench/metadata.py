"""Copydesk's metadata beside trafilatura's, field by field: `python -m bench.metadata`, into docs/measurements.md.

A field of a page is *right*, *wrong*, *missed* (gold has it, nothing was given) or *extra* (given where gold has none).
Titles are compared by their letters and digits, authors as sets of persons, dates by the day, in UTC or where the page
is at home. What is compared with what stands in `bench/gold_metadata.py`.
"""

import timeit
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import process_time
from typing import Annotated, Literal

import typer
from selectolax.lexbor import LexborHTMLParser

from bench import tables, weights
from bench.corpora import GoldPage, decoded, domain_of, fold_of, has_data, load_gold, missing, resiliparse_dump
from bench.gold_metadata import FIELDS, Answer, Field, Outcome, answer_of, is_borne_out, outcome_of, wrong_names
from cleaners import Page, clean_many
from cleaners.language import language_of
from cleaners.markup import read_head
from cleaners.metadata import decide

BATCH_PAGES = 64
WORKERS = 2
TUNED_FOLDS = frozenset({0, 1, 2})
"""Patterns and word lists were written by what was seen on sites of these folds; the others are held out."""

PAGE_TYPES: Mapping[str, str | None] = {"wcxb-dev": "article", "fundus-pages-dev": None, "trafilatura-eval-dev": None}
"""The corpora with gold metadata, and which of their pages count."""
LANGUAGE_CORPORA = ("fundus-pages-dev", "magic-html-dev")

System = Literal["html", "trafilatura", "dump", "dump with address"]
NAMES: Mapping[System, tuple[str, str]] = {
    "html": ("html", "Copydesk"),
    "trafilatura": ("html", "trafilatura"),
    "dump": ("dump", "Copydesk"),
    "dump with address": ("dump, URL", "Copydesk"),
}


@dataclass(slots=True)
class Tally:
    """Outcomes of each field over some pages, and the names that are nobody's on the pages whose authors are known."""

    outcomes: dict[Field, Counter[Outcome]] = field(default_factory=lambda: {name: Counter() for name in FIELDS})
    borne_out: dict[Field, Counter[Outcome]] = field(default_factory=lambda: {name: Counter() for name in FIELDS})
    wrong_names: int = 0
    pages_with_authors: int = 0

    def add(self, page: GoldPage, answer: Answer) -> None:
        """Count one page."""
        for name in FIELDS:
            outcome = outcome_of(name, page, answer)
            self.outcomes[name][outcome] += 1
            self.borne_out[name][outcome] += is_borne_out(name, page)
        if page.authors:
            self.pages_with_authors += 1
            self.wrong_names += wrong_names(page, answer)

    def merge(self, other: "Tally") -> None:
        """Take over the counts of a further batch."""
        for name in FIELDS:
            self.outcomes[name] += other.outcomes[name]
            self.borne_out[name] += other.borne_out[name]
        self.wrong_names += other.wrong_names
        self.pages_with_authors += other.pages_with_authors

    def share(self, name: Field, outcome: Outcome, *, borne_out: bool = False) -> float:
        """The share of an outcome among the pages whose gold has the field; or among those that bear it out."""
        counts = (self.borne_out if borne_out else self.outcomes)[name]
        return counts[outcome] / max(1, counts["right"] + counts["wrong"] + counts["missed"])

    @property
    def names_off(self) -> float:
        """Names given that are no person of the gold, a page."""
        return self.wrong_names / max(1, self.pages_with_authors)


Tallies = dict[tuple[System, bool], Tally]
"""By system, and by whether the page's site was held out."""


def by_copydesk(pages: Sequence[GoldPage]) -> list[Answer]:
    """Read the metadata of HTML pages."""
    articles = clean_many(Page(page.html(), url=page.url, kind="html") for page in pages)
    return [answer_of(article) for article in articles]


def by_copydesk_from_dumps(pages: Sequence[GoldPage], *, with_url: bool) -> list[Answer]:
    """Read the metadata of the same pages with their tags gone."""
    raws = (Page(resiliparse_dump(decoded(page.html())), url=page.url if with_url else None) for page in pages)
    return [answer_of(article) for article in clean_many(raws)]


def by_trafilatura(pages: Sequence[GoldPage]) -> list[Answer]:
    """Read the metadata of HTML pages with trafilatura's own function."""
    return [_trafilatura_answer(page) for page in pages]


def _trafilatura_answer(page: GoldPage) -> Answer:
    from trafilatura.metadata import extract_metadata

    try:
        found = extract_metadata(page.html(), default_url=page.url)
    except Exception:  # noqa: BLE001 - peers raise whatever they like on odd pages, and the comparison goes on
        return Answer()
    return Answer(
        title=found.title,
        authors=tuple(found.author.split("; ")) if found.author else (),
        days=frozenset({found.date}) if found.date else frozenset(),
    )


READERS: Mapping[System, Callable[[Sequence[GoldPage]], list[Answer]]] = {
    "html": by_copydesk,
    "trafilatura": by_trafilatura,
    "dump": partial(by_copydesk_from_dumps, with_url=False),
    "dump with address": partial(by_copydesk_from_dumps, with_url=True),
}


def tally_batch(pages: Sequence[GoldPage], *, systems: Sequence[System]) -> tuple[Tallies, list[str]]:
    """Run every system on some pages; also gives a line for each answer of Copydesk that is not right."""
    tallies: Tallies = {}
    misses: list[str] = []
    for system in systems:
        for page, answer in zip(pages, READERS[system](pages), strict=True):
            is_held_out = fold_of(domain_of(page)) not in TUNED_FOLDS
            tallies.setdefault((system, is_held_out), Tally()).add(page, answer)
            misses += _misses(system, page, answer, is_held_out=is_held_out)
    return tallies, misses


def _misses(system: System, page: GoldPage, answer: Answer, *, is_held_out: bool) -> Iterator[str]:
    side = "held out" if is_held_out else "tuned"
    for name in FIELDS:
        outcome = outcome_of(name, page, answer)
        if outcome not in ("right", "silent"):
            gold = {"title": page.title, "authors": page.authors, "published": page.published}[name]
            given = {"title": answer.title, "authors": answer.authors, "published": sorted(answer.days)}[name]
            yield "\t".join(map(str, (page.corpus, system, name, outcome, side, page.id, gold, given, page.url)))


def tally_corpus(
    corpus: str, *, systems: Sequence[System], workers: int, folder: Path | None = None
) -> tuple[Tallies, list[str]]:
    """Run every system on a corpus, in batches over processes; `folder` holds weights trained out of fold."""
    pages = load_gold(corpus, page_type=PAGE_TYPES[corpus])
    work = {
        of_fold: [
            partial(tally_batch, known[start : start + BATCH_PAGES], systems=systems)
            for start in range(0, len(known), BATCH_PAGES)
        ]
        for of_fold, known in weights.by_fold(pages, folder).items()
    }
    tallies: Tallies = {}
    misses: list[str] = []
    for batch, missed in weights.run(work, workers=workers, ready=_nothing_to_warm_up):
        misses += missed
        for key, tally in batch.items():
            tallies.setdefault(key, Tally()).merge(tally)
    return tallies, misses


def _nothing_to_warm_up() -> None:
    """No time is taken here."""


HEADER = (
    "corpus",
    "input",
    "system",
    "sites",
    "field",
    "gold",
    "right",
    "wrong",
    "missed",
    "right*",
    "wrong*",
    "extra",
    "names off",
)


def rows_of(corpus: str, tallies: Tallies) -> Iterator[tuple[str, ...]]:
    """Make a row for each system and field: over all sites, and over the held-out ones alone."""
    for system in NAMES:
        sides = [tally for (name, _), tally in sorted(tallies.items(), key=lambda item: item[0][1]) if name == system]
        if not sides:
            continue
        every = Tally()
        for side in sides:
            every.merge(side)
        held_out = tallies.get((system, True), Tally())
        for sites, tally in (("all", every), ("held out", held_out)):
            for name in FIELDS:
                yield corpus, *NAMES[system], sites, name, *_cells(tally, name)


_SHARES: tuple[Outcome, ...] = ("right", "wrong", "missed")


def _cells(tally: Tally, name: Field) -> Iterator[str]:
    counts = tally.outcomes[name]
    yield f"{counts['right'] + counts['wrong'] + counts['missed']:,}"
    yield from (f"{tally.share(name, outcome):.3f}" for outcome in _SHARES)
    yield from (f"{tally.share(name, outcome, borne_out=True):.3f}" for outcome in _SHARES[:2])
    yield f"{counts['extra']:,}"
    yield f"{tally.names_off:.3f}" if name == "authors" else ""


def language_rows() -> Iterator[tuple[str, ...]]:
    """Compare the language of the cleaned body with that of the gold body, page by page.

    The corpora give no language; the detector on the whole gold body, where it is sure, stands in for one.
    """
    for corpus in LANGUAGE_CORPORA:
        pages = [page for page in load_gold(corpus) if page.body and language_of(page.body)]
        articles = clean_many(Page(page.html(), url=page.url, kind="html") for page in pages)
        right = sum(
            article.language == language_of(page.body or "") for page, article in zip(pages, articles, strict=True)
        )
        yield corpus, f"{len(pages)}", f"{right / len(pages):.3f}"


def cost_row(pages: Sequence[GoldPage]) -> tuple[str, ...]:
    """Time what metadata cost on HTML pages, parsing aside: reading the head, and deciding the fields."""
    htmls = [decoded(page.html()) for page in pages]
    articles = list(clean_many(Page(html, url=page.url, kind="html") for html, page in zip(htmls, pages, strict=True)))
    trees = [LexborHTMLParser(html) for html in htmls]
    heads = [read_head(tree, page.url) for tree, page in zip(trees, pages, strict=True)]

    def read() -> None:
        for tree, page in zip(trees, pages, strict=True):
            read_head(tree, page.url)

    def choose() -> None:
        for head, article, page in zip(heads, articles, pages, strict=True):
            decide(head, article.lines, url=page.url, body=article.body)

    reading, deciding = (min(timeit.repeat(work, process_time, number=1, repeat=3)) for work in (read, choose))
    return tuple(f"{1000 * seconds / len(pages):.2f} ms" for seconds in (reading, deciding, reading + deciding))


LANGUAGE_HEADER = ("corpus", "pages", "same language")
COST_HEADER = ("reading the head", "deciding", "all of metadata, a page")
WHAT_IS_MEASURED = """Shares are of the pages whose gold has the field (*gold*). *Missed*: nothing was given. *Extra*:
pages without gold that got a value. *Names off*: names a page that are no person of the gold. *Held out*: sites of the
folds that no pattern was written by. Authors: gold entries that name a publisher or a team count as nobody.
*right\\**, *wrong\\**: on the pages that bear their gold out; the others stand, by reason, in
`bench/gold_metadata.toml`."""


def main(
    *,
    corpus: Annotated[list[str] | None, typer.Option(help="Only this corpus; may be given several times.")] = None,
    system: Annotated[list[str] | None, typer.Option(help=f"Only this of {', '.join(NAMES)}.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    weights_folder: Annotated[
        Path | None, typer.Option("--weights", help="Folder of weights trained out of fold: fold0 to fold4.")
    ] = None,
    examples: Annotated[Path | None, typer.Option(help="Write what is not right to this file, to be read.")] = None,
    write: Annotated[bool | None, typer.Option(help="Write docs/measurements.md. Default: on a full run.")] = None,
) -> None:
    """Score the metadata of Copydesk and trafilatura side by side."""
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    systems = [name for name in NAMES if not system or name in system]
    if not systems or set(corpus or ()) - set(PAGE_TYPES):
        raise typer.BadParameter(f"corpora are {', '.join(PAGE_TYPES)}; systems {', '.join(NAMES)}")
    if weights_folder:
        weights.check(weights_folder)
    rows: list[tuple[str, ...]] = []
    misses: list[str] = []
    for name in corpus or PAGE_TYPES:
        tallies, missed = tally_corpus(name, systems=systems, workers=workers, folder=weights_folder)
        rows += rows_of(name, tallies)
        misses += missed
    tables.show_table("Metadata", HEADER, rows)
    if examples is not None:
        examples.write_text("\n".join(misses) + "\n", encoding="utf-8")
    if write or (write is None and not corpus and not system):
        _write_report(rows, weights_folder)


def _write_report(rows: Sequence[Sequence[str]], folder: Path | None) -> None:
    cost = cost_row(load_gold("wcxb-dev", page_type="article", limit=200))
    lines = [
        f"`python -m bench.metadata` with {tables.versions('selectolax', 'trafilatura', 'pycld2', 'tld')}.",
        weights.caption(folder),
        WHAT_IS_MEASURED,
        tables.markdown_table(HEADER, rows),
        "The language of the cleaned body against that of the gold body, on HTML:",
        tables.markdown_table(LANGUAGE_HEADER, list(language_rows())),
        "Processor time, best of three, 200 article pages of wcxb-dev, parsing aside:",
        tables.markdown_table(COST_HEADER, [cost]),
    ]
    tables.write_block("metadata", "\n\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
