"""The network: what the rules saw of each line and of its neighbours → a probability for each label.

A small network reads the lines of a document in order, as a reader would: each line's features, then layers of dilated
convolutions, so that a line sees some thirty lines above and below it, and once the document as a whole. It knows no
words but those of the phrase lists: a network that learned words did well on the sites it was trained on and badly on
others (see `docs/model.md`). The weights are plain arrays; numpy runs it.

The rows come out the same in whatever batch a document stands: documents are parted by empty rows, and the products are
taken in blocks of one fixed size, since the last digits of a matrix product depend on its shape.
"""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from cleaners.boxes import Floats
from cleaners.inputs import LABELS, input_names

WEIGHTS = Path(__file__).parent / "model"
Part = Literal["text", "label"]
PARTS: tuple[Part, ...] = ("text", "label")
"""Two networks of one shape: the first decides whether a line is part of the text, the second which label it has. One
that was to do both did each a little worse: what tells rare labels apart is learned from few pages, and to lean on
those cost the text 0.006 in word F1."""
REACH = 16
"""The widest dilation, and so the number of empty rows between documents."""
HALVES = np.dtype("<f2")
"""How weights lie in their file: numbers and nothing else, so that it can hold no code."""
BLOCK = 512
"""Rows of one matrix product."""
SIZE_COLUMN = input_names().index("units")
LONGEST_SIZE = 60.0
LEAST_FOCUS = 1e-3
CHUNK_LINES = 3_000
"""Documents are taken together up to so many lines, whose layers stay in the processor's cache."""


class Reading(NamedTuple):
    """What came of some lines: the probability of each label (lines, labels), and which units spoke, by layer."""

    scores: Floats
    active: NDArray[np.bool_]


def sizes_of(column: Floats) -> Floats:
    """How much a line counts as part of the text: its words, as the inputs have them, up to sixty."""
    return np.asarray(np.clip(column * 40, 1, LONGEST_SIZE), np.float32)


@dataclass(frozen=True, slots=True)
class Network:
    """The weights: an input layer, residual convolutions of three lines, two looks at the document, an output.

    `leaning` is added to the log odds of the labels before the likeliest is taken: where to draw the line between a
    rare label and a common one is a question of its own.

    One look is at the document as a whole, the other at its course: what has come up above a line, and what is still to
    come below it. A comments heading ninety lines above, or the text's end, is beyond any convolution's reach.
    """

    names: tuple[str, ...]
    dilations: tuple[int, ...]
    arrays: Mapping[str, Floats]
    version: str
    leaning: Floats

    def read(self, features: Floats, lengths: NDArray[np.int64]) -> "Reading":
        """Read the lines of some documents; `lengths` says how many lines each document has."""
        ends = np.cumsum(lengths)
        found: list[Reading] = []
        first = start = 0
        for document, end in enumerate(ends.tolist()):
            if end - start >= CHUNK_LINES or document == len(ends) - 1:
                found.append(self._chunk(features[start:end], lengths[first : document + 1]))
                first, start = document + 1, end
        return Reading(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def _chunk(self, features: Floats, lengths: NDArray[np.int64]) -> "Reading":
        starts = REACH + np.concatenate([[0], np.cumsum(lengths + REACH)[:-1]])
        rows = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(len(features))
        total = len(features) + REACH * (len(lengths) + 1)
        gaps = np.delete(np.arange(total), rows)
        own = self._layer("input", features)
        first = np.zeros((total, own.shape[1]), np.float32)
        first[rows] = own
        seen = first
        active = [first > 0]
        for place, dilation in enumerate(self.dilations):
            found = self._layer(f"convolution{place}", _around(seen, dilation))
            active.append(found > 0)
            seen = seen + found
            seen[gaps] = 0
            if place == len(self.dilations) // 2:
                seen[rows] += np.repeat(self._overview(seen[rows], lengths), lengths, axis=0)
                seen += self._layer("course", _most_around(seen, starts, lengths))
                seen[gaps] = 0
            if place == len(self.dilations) // 2 + 1 and "focus.weight" in self.arrays:
                seen[rows] += self._focus(seen[rows], lengths, sizes_of(features[:, SIZE_COLUMN]))
        logits = self._product("output", np.concatenate([seen[rows], own], axis=1))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores = np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)
        return Reading(scores, np.stack([spoke[rows] for spoke in active], axis=1))

    def weight_of_inputs(
        self, features: Floats, active: NDArray[np.bool_], *, label: NDArray[np.int64], other: NDArray[np.int64]
    ) -> Floats:
        """Weigh what each feature of a line said for its label and against another one: (lines, features).

        The gradient of the difference of the two scores times the feature, along the line's own way through the layers;
        what the neighbours said is left out.
        """
        width = active.shape[2]
        output = self.arrays["output.weight"]
        way = output[:, label].T - output[:, other].T
        seen = way[:, :width]
        for place in reversed(range(len(self.dilations))):
            own_line = self.arrays[f"convolution{place}.weight"][width : 2 * width]
            seen = seen + product(seen * active[:, place + 1], own_line.T)
        return features * product((seen + way[:, width:]) * active[:, 0], self.arrays["input.weight"].T)

    def _overview(self, seen: Floats, lengths: NDArray[np.int64]) -> Floats:
        """What a document looks like as a whole: (documents, width)."""
        edges = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        mean = np.add.reduceat(seen, edges, axis=0) / lengths[:, None].astype(np.float32)
        most = np.maximum.reduceat(seen, edges, axis=0)
        return self._layer("overview", np.concatenate([mean, most], axis=1))

    def _focus(self, seen: Floats, lengths: NDArray[np.int64], sizes: Floats) -> Floats:
        """What a line looks like beside the lines that seem to be the text so far, and where it stands among them."""
        inside: Floats = sizes[:, None] / (1 + np.exp(-self._product("gate", seen)))
        edges = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        means: list[Floats] = []
        for weight in (inside, sizes[:, None] - inside):
            total = np.add.reduceat(weight, edges, axis=0) + LEAST_FOCUS
            mean = np.add.reduceat(seen * weight, edges, axis=0) / total
            means.append(np.repeat(mean, lengths, axis=0))
        text, rest = means
        around = _text_around(inside[:, 0], lengths)
        return self._layer("focus", np.concatenate([seen * text, seen * rest, seen - text, around], axis=1))

    def _product(self, layer: str, rows: Floats) -> Floats:
        found = product(rows, self.arrays[f"{layer}.weight"])
        found += self.arrays[f"{layer}.bias"]
        return found

    def _layer(self, layer: str, rows: Floats) -> Floats:
        found = self._product(layer, rows)
        return np.maximum(found, 0, out=found)


def _around(seen: Floats, dilation: int) -> Floats:
    """Each row with those so many rows above and below it: (rows, 3, width), a view that copies nothing."""
    padded = np.zeros((len(seen) + 2 * dilation, seen.shape[1]), np.float32)
    padded[dilation:-dilation] = seen
    down, across = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded, (len(seen), 3, seen.shape[1]), (down, dilation * down, across), writeable=False
    )


def _most_around(seen: Floats, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Floats:
    """The most that each number comes to from a document's first line to a line, and from there to its last."""
    width = seen.shape[1]
    most = np.zeros((len(seen), 2 * width), np.float32)
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        document = seen[start : start + length]
        np.maximum.accumulate(document, axis=0, out=most[start : start + length, :width])
        most[start : start + length, width:] = np.maximum.accumulate(document[::-1], axis=0)[::-1]
    return most


def _text_around(inside: Floats, lengths: NDArray[np.int64]) -> Floats:
    """How much of the text seems to stand above a line and how much below, as shares and as sizes: (lines, 4)."""
    ends = np.cumsum(lengths).tolist()
    found = np.empty((len(inside), 4), np.float32)
    for start, end in zip([0, *ends], ends, strict=False):
        added = np.cumsum(inside[start:end])
        above, below = added - inside[start:end], added[-1] - added
        found[start:end, 0], found[start:end, 1] = above / (added[-1] + 1), below / (added[-1] + 1)
        found[start:end, 2], found[start:end, 3] = np.log1p(above) / 4, np.log1p(below) / 4
    return found


def product(rows: Floats, weight: Floats) -> Floats:
    """Multiply in blocks of one fixed size, so that a row comes out the same whatever rows stand beside it.

    What stands beside a row in further dimensions is laid out flat, a block at a time.
    """
    count, wide = len(rows), len(weight)
    blocks = -(-count // BLOCK)
    found = np.empty((blocks * BLOCK, weight.shape[1]), np.float32)
    for start in range(0, count - BLOCK + 1, BLOCK):
        np.matmul(rows[start : start + BLOCK].reshape(BLOCK, wide), weight, out=found[start : start + BLOCK])
    if count % BLOCK:
        last = np.zeros((BLOCK, wide), np.float32)
        last[: count % BLOCK] = rows[count - count % BLOCK :].reshape(-1, wide)
        np.matmul(last, weight, out=found[-BLOCK:])
    return found[:count]


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Multiply with one thread: the products are too small to share, and on a busy machine threads wait for each other.

    To be entered once for a batch, since it asks each library that multiplies.
    """
    limit: AbstractContextManager[object] = _blas().limit(limits=1, user_api="blas")
    return limit


@cache
def network(part: Part) -> Network:
    """Load the weights that training wrote: `layers.json` says what stands where in `weights.f16`."""
    folder = WEIGHTS / part
    layers = json.loads((folder / "layers.json").read_text(encoding="utf-8"))
    flat = np.fromfile(folder / "weights.f16", HALVES).astype(np.float32)
    arrays: dict[str, Floats] = {}
    place = 0
    for name, shape in layers["shapes"].items():
        count = int(np.prod(shape))
        arrays[name] = np.ascontiguousarray(flat[place : place + count].reshape(shape))
        place += count
    if layers["inputs"] != input_names():
        raise ValueError("the weights were trained on other features: run python -m bench.network.train")
    leaning = np.array([layers["leaning"].get(label.value, 0) for label in LABELS], np.float32)
    return Network(tuple(layers["inputs"]), tuple(layers["dilations"]), arrays, layers["version"], leaning)


def model_version() -> str:
    """Name the weights: what was labelled by others may have other labels."""
    return "-".join(network(part).version for part in PARTS)
