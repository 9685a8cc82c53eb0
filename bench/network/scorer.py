"""The learned labeller: what the rules saw of each line and of its neighbours → a probability for each label.

A small network reads the lines of a document in order, as a reader would: each line's features, then layers of dilated
convolutions, so that a line sees some thirty lines above and below it, and once the document as a whole. It knows no
words but those of the phrase lists: a network that learned words did well on the sites it was trained on and badly on
others (see `docs/model.md`). The weights are plain arrays; numpy runs it.

The rows come out the same in whatever batch a document stands: documents are parted by empty rows, and the products are
taken in blocks of one fixed size, since the last digits of a matrix product depend on its shape.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.network.inputs import LABELS, Floats, input_names, inputs
from cleaners.labels import KEPT, Label

WEIGHTS = Path(__file__).parent / "weights"
"""Where training writes; not part of the repository, since nothing in `cleaners` asks the network yet."""
REACH = 16
"""The widest dilation, and so the number of empty rows between documents."""
BLOCK = 512
"""Rows of one matrix product."""
CHUNK_LINES = 3_000
"""Documents are taken together up to so many lines, whose layers stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Network:
    """The weights: an input layer, residual convolutions of three lines, a look at the whole document, an output."""

    names: tuple[str, ...]
    dilations: tuple[int, ...]
    arrays: Mapping[str, Floats]
    version: str
    threshold: float

    def scores(self, features: Floats, lengths: NDArray[np.int64]) -> Floats:
        """Give the probability of each label for each line; `lengths` says how many lines each document has."""
        ends = np.cumsum(lengths)
        found: list[Floats] = []
        first = start = 0
        for document, end in enumerate(ends.tolist()):
            if end - start >= CHUNK_LINES or document == len(ends) - 1:
                found.append(self._chunk(features[start:end], lengths[first : document + 1]))
                first, start = document + 1, end
        return np.concatenate(found)

    def _chunk(self, features: Floats, lengths: NDArray[np.int64]) -> Floats:
        starts = REACH + np.concatenate([[0], np.cumsum(lengths + REACH)[:-1]])
        rows = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(len(features))
        total = -(-(len(features) + REACH * (len(lengths) + 1)) // BLOCK) * BLOCK
        spread = np.zeros((total, features.shape[1]), np.float32)
        spread[rows] = features
        first = self._layer("input", spread)
        is_gap = np.ones(total, bool)
        is_gap[rows] = False
        first[is_gap] = 0
        seen = first
        for place, dilation in enumerate(self.dilations):
            around = np.zeros((total, 3 * seen.shape[1]), np.float32)
            width = seen.shape[1]
            around[dilation:, :width] = seen[:-dilation]
            around[:, width : 2 * width] = seen
            around[:-dilation, 2 * width :] = seen[dilation:]
            seen = seen + self._layer(f"convolution{place}", around)
            seen[is_gap] = 0
            if place == len(self.dilations) // 2:
                seen[rows] += np.repeat(self._overview(seen[rows], lengths), lengths, axis=0)
        logits = self._product("output", np.concatenate([seen, first], axis=1))[rows]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)

    def _overview(self, seen: Floats, lengths: NDArray[np.int64]) -> Floats:
        """What a document looks like as a whole: (documents, width)."""
        edges = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        mean = np.add.reduceat(seen, edges, axis=0) / lengths[:, None].astype(np.float32)
        most = np.maximum.reduceat(seen, edges, axis=0)
        table = np.zeros((-(-len(lengths) // BLOCK) * BLOCK, 2 * seen.shape[1]), np.float32)
        table[: len(lengths)] = np.concatenate([mean, most], axis=1)
        return self._layer("overview", table)[: len(lengths)]

    def _product(self, layer: str, rows: Floats) -> Floats:
        weight, bias = self.arrays[f"{layer}.weight"], self.arrays[f"{layer}.bias"]
        found = np.empty((len(rows), weight.shape[1]), np.float32)
        for start in range(0, len(rows), BLOCK):
            np.matmul(rows[start : start + BLOCK], weight, out=found[start : start + BLOCK])
        found += bias
        return found

    def _layer(self, layer: str, rows: Floats) -> Floats:
        found = self._product(layer, rows)
        return np.maximum(found, 0, out=found)


@cache
def network() -> Network:
    """Load the weights that training wrote: `layers.json` says what stands where in `weights.npy`."""
    layers = json.loads((WEIGHTS / "layers.json").read_text(encoding="utf-8"))
    with (WEIGHTS / "weights.npy").open("rb") as file:
        flat = np.load(file, allow_pickle=False).astype(np.float32)
    arrays: dict[str, Floats] = {}
    place = 0
    for name, shape in layers["shapes"].items():
        count = int(np.prod(shape))
        arrays[name] = np.ascontiguousarray(flat[place : place + count].reshape(shape))
        place += count
    if layers["inputs"] != input_names():
        raise ValueError("the weights were trained on other features: run python -m bench.network.train")
    return Network(
        tuple(layers["inputs"]), tuple(layers["dilations"]), arrays, layers["version"], float(layers["threshold"])
    )


def probabilities(labelled: pl.DataFrame) -> Floats:
    """Give the probability of each of `LABELS` for each line: (lines, 19), in the table's order.

    Takes the whole table that `label_lines` gives, with each document's lines together and in order.
    """
    if not len(labelled):
        return np.zeros((0, len(LABELS)), np.float32)
    lengths = labelled["doc"].rle().struct.field("len").to_numpy().astype(np.int64)
    return network().scores(inputs(labelled), lengths)


KEPT_PLACES = [place for place, label in enumerate(LABELS) if label in KEPT]


CLEANED_SHARE = 0.8
CLEANED_THRESHOLD = 0.05
"""Text of which the network would keep more than four fifths has been cleaned before or has little to clean: only what
it is sure of goes. On what trafilatura, newspaper4k, readability and goose3 leave of WCXB pages that takes the share of
harmed pages from 10 % to under 4 %, and costs plain dumps 0.001 in word F1."""


def decisions(found: Floats, labelled: pl.DataFrame) -> tuple[NDArray[np.int64], Floats]:
    """Decide on each line: the place of its label in `LABELS`, and how sure that is.

    First whether it is kept, by what body and heading have together; then which label, among those that agree.
    """
    kept = found[:, KEPT_PLACES].sum(axis=1)
    is_kept = kept > _thresholds(kept, labelled)
    allowed = np.zeros((2, len(LABELS)), np.float32)
    allowed[1, KEPT_PLACES] = 1
    allowed[0] = 1 - allowed[1]
    label = (found * allowed[is_kept.astype(np.int64)]).argmax(axis=1)
    return label, np.where(is_kept, kept, 1 - kept).astype(np.float32)


def _thresholds(kept: Floats, labelled: pl.DataFrame) -> Floats:
    """The probability from which a line is kept, by what its document looks like."""
    usual = network().threshold
    is_cleaned = pl.col("units").filter(pl.col("kept") > usual).sum() > CLEANED_SHARE * pl.col("units").sum()
    threshold = pl.when(is_cleaned.over("doc") & ~pl.col("is_html")).then(CLEANED_THRESHOLD).otherwise(usual)
    seen = labelled.select("doc", "is_html", "units", kept=pl.Series(kept))
    return seen.select(threshold.cast(pl.Float32)).to_series().to_numpy()


LEARNED_REASON = "learned from its shape, its place and its neighbours"


def with_learned_labels(labelled: pl.DataFrame) -> pl.DataFrame:
    """Put the network's label, confidence and reason in the place of the rules'; the rules stay where they know better.

    They do for `source`: the credit of a wire service looks like any short line, and no page that was learned from has
    many. Everywhere else the network had better be asked last: on hand-labelled pages the label of the rule that spoke,
    put above it, takes 0.04 off the mean F1 of the labels. Where both agree the rule's name stays as the reason.
    """
    place, sure = decisions(probabilities(labelled), labelled)
    names = pl.Series("learned", [label.value for label in LABELS], dtype=pl.String)
    learned, rule = pl.col("learned"), pl.col("label")
    is_credit = (rule == Label.SOURCE.value) & pl.col("line_rule").is_not_null() & ~learned.is_in(_KEPT_NAMES)
    agrees = (rule == learned) | is_credit
    return (
        labelled.with_columns(names.gather(place), sure=pl.Series(sure, dtype=pl.Float64))
        .with_columns(
            label=pl.when(is_credit).then(rule).otherwise(learned),
            confidence=pl.when(is_credit).then(pl.col("confidence")).otherwise(pl.col("sure").round(4)),
            reason=pl.when(agrees).then(pl.col("reason")).otherwise(pl.lit(LEARNED_REASON)),
        )
        .drop("learned", "sure")
    )


_KEPT_NAMES = [label.value for label in KEPT]
