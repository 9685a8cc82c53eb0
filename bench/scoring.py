"""Every system on some pages, in every style: one row a page, a style and a system."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench import metrics
from bench.corpora import GoldPage, decoded, domain_of, fold_of, resiliparse_dump
from bench.metrics import BodyScore, SnippetCount
from bench.styles import DUMPS, LEFTOVERS, attempt, installed_styles
from bench.systems import HTML_PEERS, KEEP_EVERYTHING, TEXT_PEERS, copydesk
from cleaners.language import language_of
from cleaners.page import Kind

HTML = "html"
COPYDESK = "Copydesk"
BY_CHARACTERS = frozenset({"magic-html-dev"})
"""Corpora whose gold breaks lines inside words."""
PEER_OF_STYLE = {"newspaper4k": "newspaper4k", "readability": "readability-lxml", "goose3": "goose3"}
"""Leftovers that are what a peer made of the HTML."""

WARM_UP = b"<html><body><article><p>The mayor of Tarnholt cut the ribbon on Monday.</p></article></body></html>"

Raw = TypeVar("Raw", str, bytes)


@dataclass(frozen=True, slots=True)
class Row:
    """What one system reached on one page in one style; None where the page has no such gold.

    `seconds` is processor time.
    """

    corpus: str
    language: str | None
    fold: int
    style: str
    system: str
    seconds: float
    body: BodyScore | None
    snippets: SnippetCount | None


@dataclass(frozen=True, slots=True)
class Run:
    """What one system made of some pages in one style. `places` says which of the pages those are."""

    style: str
    system: str
    places: Sequence[int]
    untouched: Sequence[str]
    texts: Sequence[str]
    seconds: Sequence[float]


def warm_up(peers: Sequence[str]) -> None:
    """Let every tool load what it loads at its first page."""
    for _ in runs([WARM_UP], styles=[HTML, *installed_styles()], peers=peers):
        pass


def runs(htmls: Sequence[bytes], *, styles: Sequence[str], peers: Sequence[str]) -> Iterator[Run]:
    """Run Copydesk and the peers on pages in each style.

    In the style of leftovers a page stands only where the tool left something: of nothing there is nothing to clean.
    """
    pages = [decoded(html) for html in htmls]
    dumps = [resiliparse_dump(page) for page in pages]
    made: dict[str, Sequence[str]] = {"dump": dumps}
    everywhere = range(len(htmls))
    if HTML in styles:
        yield Run(HTML, COPYDESK, everywhere, dumps, *timed(htmls, kind="html"))
        for name in peers:
            made[name], seconds = timed_each(HTML_PEERS[name][1], htmls)
            yield Run(HTML, name, everywhere, dumps, made[name], seconds)
    makers = installed_styles()
    for style in (style for style in (*DUMPS, *LEFTOVERS) if style in styles):
        texts = made.get(PEER_OF_STYLE.get(style, style)) or [attempt(makers[style], page) for page in pages]
        places = [place for place in everywhere if style in DUMPS or texts[place].strip()]
        raws = [texts[place] for place in places]
        yield Run(style, COPYDESK, places, raws, *timed(raws, kind="text"))
        for name in TEXT_PEERS if style in DUMPS and peers else [KEEP_EVERYTHING]:
            yield Run(style, name, places, raws, *timed_each(TEXT_PEERS[name], raws))


def timed(raws: Sequence[bytes] | Sequence[str], *, kind: Kind) -> tuple[list[str], list[float]]:
    """Clean pages in one batch; the time is shared out evenly."""
    started = time.process_time()
    texts = copydesk(raws, kind=kind)
    return texts, [(time.process_time() - started) / max(1, len(raws))] * len(raws)


def timed_each(extract: Callable[[Raw], str], raws: Sequence[Raw]) -> tuple[list[str], list[float]]:
    """Run somebody else's code on pages one by one."""
    texts: list[str] = []
    seconds: list[float] = []
    for raw in raws:
        started = time.process_time()
        texts.append(attempt(extract, raw))
        seconds.append(time.process_time() - started)
    return texts, seconds


def score_batch(pages: Sequence[GoldPage], *, styles: Sequence[str], peers: Sequence[str]) -> list[Row]:
    """Run every system on some pages and score what it made. Runs in a worker: takes references, gives numbers."""
    languages = [language_of(page.body) if page.body else None for page in pages]
    rows: list[Row] = []
    for run in runs([page.html() for page in pages], styles=styles, peers=peers):
        for place, raw, text, seconds in zip(run.places, run.untouched, run.texts, run.seconds, strict=True):
            page = pages[place]
            rows.append(
                Row(
                    corpus=page.corpus,
                    language=languages[place],
                    fold=fold_of(domain_of(page)),
                    style=run.style,
                    system=run.system,
                    seconds=seconds,
                    body=body_score(page, text, raw),
                    snippets=snippet_count(page, text),
                )
            )
    return rows


def body_score(page: GoldPage, text: str, untouched: str) -> BodyScore | None:
    """Score a page's text by its gold body."""
    if page.body is None:
        return None
    by_characters = page.corpus in BY_CHARACTERS
    untouched_f1 = metrics.word_f1(untouched, page.body, by_characters=by_characters)
    return metrics.score_body(text, page.body, untouched_f1=untouched_f1, by_characters=by_characters)


def snippet_count(page: GoldPage, text: str) -> SnippetCount | None:
    """Score a page's text by its gold snippets."""
    return metrics.count_snippets(text, page.present, page.absent) if page.present or page.absent else None
