"""The figures of the labeller on pages it was not trained on: out of fold by registered domain, and across corpora.

`python -m bench.network.train --folds` prints them. Each split trains a network of its own.
"""

import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import typer
from numpy.typing import NDArray

from bench import metrics
from bench.network.examples import FOLDS, Example
from bench.network.inputs import LABELS
from bench.network.scorer import KEPT_PLACES, Network
from bench.tables import markdown_table

Trainer = Callable[[Sequence[Example]], Network]


def score(network: Network, example: Example) -> NDArray[np.float32]:
    """Give the probabilities of one page's lines."""
    return network.scores(example.features.astype(np.float32), np.array([len(example.kept)]))


@dataclass(slots=True)
class Figures:
    """What was measured on the pages of one split, by corpus and style."""

    f1: dict[str, list[float]]
    harmed: dict[str, list[bool]]
    snippets: dict[str, list[metrics.SnippetCount]]
    labels: dict[str, list[tuple[int, int]]]


def measure(network: Network, examples: Iterable[Example]) -> Figures:
    """Measure on article pages: body F1, share of pages harmed, snippets, and the finer labels."""
    figures = Figures(defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list))
    for example in examples:
        if example.style.endswith("-mix"):
            continue
        found = score(network, example)
        is_kept = found[:, KEPT_PLACES].sum(1) > network.threshold
        page, key = example.page, f"{example.page.corpus} {example.style}"
        text = "\n".join(line for line, kept in zip(example.lines.text, is_kept, strict=True) if kept)
        if page.page_type == "article" and page.body is not None:
            by_characters = page.corpus.startswith("magic")
            whole = metrics.word_f1(example.text, page.body, by_characters=by_characters)
            reached = metrics.word_f1(text, page.body, by_characters=by_characters)
            figures.f1[key].append(reached)
            figures.harmed[key].append(reached < whole - metrics.HARM_MARGIN)
            figures.f1[f"{key} kept as is"].append(whole)
        elif page.page_type == "article":
            figures.snippets[key].append(metrics.count_snippets(text, page.present, page.absent))
        if example.style in ("html", "dump"):
            chosen = _labels(found, is_kept)
            pairs = zip(example.label.tolist(), chosen.tolist(), strict=True)
            figures.labels[example.style] += [pair for pair in pairs if pair[0] >= 0]
    return figures


def _labels(found: NDArray[np.float32], is_kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    allowed = np.zeros((2, len(LABELS)), np.float32)
    allowed[1, KEPT_PLACES] = 1
    allowed[0] = 1 - allowed[1]
    return np.asarray((found * allowed[is_kept.astype(np.int64)]).argmax(1))


FEWEST_LINES = 30


def label_f1(pairs: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Give the F1 of each label that at least thirty lines have."""
    scores: dict[str, float] = {}
    for place, label in enumerate(LABELS):
        wanted = sum(gold == place for gold, _ in pairs)
        found = sum(chosen == place for _, chosen in pairs)
        if wanted >= FEWEST_LINES:
            scores[label.value] = 2 * sum(gold == chosen == place for gold, chosen in pairs) / (wanted + found)
    return scores


_loaded: list[Example] = []
_trainers: list[Trainer] = []
"""What the processes of the pool find when they are forked: the examples are too large to be sent to them."""


def _split(name: str) -> tuple[str, Figures]:
    """Train without one fold or one corpus, and measure on it."""
    is_held: Callable[[Example], bool]
    if name.isdigit():
        is_held = lambda example: example.fold == int(name)  # noqa: E731 - two ways to say one thing
    else:
        is_held = lambda example: example.page.corpus == name  # noqa: E731
    network = _trainers[0]([example for example in _loaded if not is_held(example)])
    return name, measure(network, filter(is_held, _loaded))


def print_folds(examples: Sequence[Example], trainer: Trainer, *, workers: int) -> None:
    """Print the figures of all folds and of the held-out corpora."""
    _loaded.extend(examples)
    _trainers.append(trainer)
    names = [*map(str, range(FOLDS)), "fundus-pages-dev", "magic-html-dev", "trafilatura-eval-dev"]
    with get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        done = dict(pool.imap_unordered(_split, names))
    folds = [done[str(fold)] for fold in range(FOLDS)]
    rows = [(key, "out of fold", *_body_cells(key, folds)) for key in sorted({key for one in folds for key in one.f1})]
    for name in names[FOLDS:]:
        rows += [(key, "without the corpus", *_body_cells(key, [done[name]])) for key in sorted(done[name].f1)]
    typer.echo(markdown_table(("corpus and style", "split", "pages", "F1", "spread", "F1 p10", "harmed"), rows))
    for split, figures in (("out of fold", folds), ("without the corpus", [done["trafilatura-eval-dev"]])):
        for style in ("html", "dump"):
            counts = [count for one in figures for count in one.snippets[f"trafilatura-eval-dev {style}"]]
            total = metrics.add_snippets(counts)
            f1 = 2 * total.precision * total.recall / (total.precision + total.recall)
            typer.echo(f"snippets {style} {split}: P {total.precision:.3f} R {total.recall:.3f} F1 {f1:.3f}")
    for style in ("html", "dump"):
        scores = label_f1([pair for one in folds for pair in one.labels[style]])
        typer.echo(
            f"labels {style}: macro {statistics.fmean(scores.values()):.3f} "
            + json.dumps({k: round(v, 2) for k, v in scores.items()})
        )


def _body_cells(key: str, figures: Sequence[Figures]) -> tuple[str, ...]:
    values = [value for one in figures for value in one.f1[key]]
    means = [statistics.fmean(one.f1[key]) for one in figures if one.f1[key]]
    harmed = [value for one in figures for value in one.harmed[key]]
    return (
        str(len(values)),
        f"{statistics.fmean(values):.4f}",
        f"{statistics.pstdev(means):.4f}" if len(means) > 1 else "",
        f"{metrics.percentile(values, 0.1):.3f}",
        f"{100 * statistics.fmean(harmed):.1f} %" if harmed else "",
    )
