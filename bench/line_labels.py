"""The labels of single lines against those given by hand: F1 of each label, for HTML and for plain dumps."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.corpora import GoldPage, LabelledPage, decoded, load_gold, load_labelled, resiliparse_dump
from bench.network.align import carried_over
from bench.systems import cleaned
from cleaners import Article, Label

FEWEST_LINES = 30
"""The mean over labels leaves out those with fewer lines: a few lines decide their F1."""

Pairs = Counter[tuple[str, str, str]]
"""Input, label by hand, label found → lines."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label is found."""

    lines: int
    precision: float
    recall: float
    f1: float


def load_pairs() -> list[tuple[GoldPage, LabelledPage]]:
    """Load the labelled pages with the pages of the corpora that they are of."""
    labelled = load_labelled()
    gold = {(page.corpus, page.id): page for name in {page.corpus for page in labelled} for page in load_gold(name)}
    return [(gold[page.corpus, page.id], page) for page in labelled]


def label_batch(pages: Sequence[tuple[GoldPage, LabelledPage]]) -> Pairs:
    """Label some pages and count which label meets which. Runs in a worker."""
    htmls = [page.html() for page, _ in pages]
    dumps = [resiliparse_dump(decoded(html)) for html in htmls]
    pairs: Pairs = Counter()
    for source, articles in (("html", cleaned(htmls, kind="html")), ("dump", cleaned(dumps, kind="text"))):
        for (_, labelled), article in zip(pages, articles, strict=True):
            pairs.update((source, *pair) for pair in met(article, labelled))
    return pairs


def met(article: Article, labelled: LabelledPage) -> list[tuple[str, str]]:
    """Lay the labelled lines along those of the article; lines that only one of the two has say nothing."""
    gold = carried_over([line.text for line in article.lines], labelled.lines, labelled.labels)
    return [(name, line.label.value) for name, line in zip(gold, article.lines, strict=True) if name is not None]


def label_scores(pairs: Pairs, source: str) -> dict[str, LabelScore]:
    """Score each label on one input."""
    counts = Counter({(gold, found): count for (of, gold, found), count in pairs.items() if of == source})
    scores: dict[str, LabelScore] = {}
    for label in (label.value for label in Label):
        wanted = sum(count for (gold, _), count in counts.items() if gold == label)
        given = sum(count for (_, found), count in counts.items() if found == label)
        right = counts[label, label]
        scores[label] = LabelScore(
            lines=wanted,
            precision=right / given if given else 0.0,
            recall=right / wanted if wanted else 0.0,
            f1=2 * right / (wanted + given) if wanted + given else 0.0,
        )
    return scores


def macro_f1(scores: dict[str, LabelScore]) -> float:
    """Average over the labels that have lines enough."""
    return statistics.fmean(score.f1 for score in scores.values() if score.lines >= FEWEST_LINES)
