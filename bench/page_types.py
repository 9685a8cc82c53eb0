"""Verdicts against the page types of wcxb-dev: which type gets which verdict, for HTML and for plain dumps."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from bench.corpora import GoldPage, decoded, resiliparse_dump
from bench.systems import cleaned

CORPUS = "wcxb-dev"

RIGHT: Mapping[str, frozenset[str]] = {
    "article": frozenset({"article", "digest"}),
    "documentation": frozenset({"article", "digest"}),
    "forum": frozenset({"forum"}),
    "product": frozenset({"product"}),
    "collection": frozenset({"index"}),
    "listing": frozenset({"index"}),
}
"""Page type → the verdicts that are right. Pages of services have none: some are articles about the service, some a
front page, some a form."""

Met = Counter[tuple[str, str, str]]
"""Input, page type, verdict → pages."""


def verdict_batch(pages: Sequence[GoldPage]) -> Met:
    """Clean some pages and count which type gets which verdict. Runs in a worker."""
    htmls = [page.html() for page in pages]
    dumps = [resiliparse_dump(decoded(html)) for html in htmls]
    met: Met = Counter()
    for source, articles in (("html", cleaned(htmls, kind="html")), ("dump", cleaned(dumps, kind="text"))):
        met.update((source, page.page_type, article.verdict) for page, article in zip(pages, articles, strict=True))
    return met


def right_share(met: Met, source: str, page_type: str) -> float:
    """Give the share of the pages of a type that get a right verdict."""
    counts = {verdict: count for (of, kind, verdict), count in met.items() if (of, kind) == (source, page_type)}
    right = sum(count for verdict, count in counts.items() if verdict in RIGHT[page_type])
    return right / max(1, sum(counts.values()))


def accuracy(met: Met, source: str) -> float:
    """Average the share of right verdicts over the page types, or the articles, half of all pages, hide the rest."""
    return statistics.fmean(right_share(met, source, page_type) for page_type in RIGHT)
