"""Train the labeller: `python -m bench.network.train`.

Writes the network that ships into `cleaners/model/`, and into the folder of `--folds` those that
`bench.accuracy --weights` measures with: one for each fold, trained without it, and one without each other corpus.

Needs the corpora, torch, and for all styles the tools that `bench.styles` names; what is not installed is left out.
Making the styles takes some ten minutes, and they are kept in the folder of `--work`; training takes twenty minutes on
two cores.
"""

import hashlib
import json
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from bench.network.augment import load_examples
from bench.network.examples import Example
from bench.network.folds import WHOLE, train_splits
from bench.network.layers import DILATIONS, UNITS_COLUMN, LineNetwork
from bench.network.leaning import NO_LEANING
from bench.network.selftaught import Taught, is_by_hand, readings
from bench.network.teaching import IN_TEXT, group_loss, rarity_weights, taught_loss
from cleaners.boxes import Floats
from cleaners.inputs import KEPT_PLACES, LABELS, input_names
from cleaners.network import HALVES, REACH, WEIGHTS, Network, Part

WORK = Path(tempfile.gettempdir()) / "copydesk-train"

BATCH_PAGES = 12
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.02
AVERAGING = 0.997
"""The shipped weights are a moving average over the last few hundred steps."""
LABEL_WEIGHT = 0.7
TAUGHT_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Recipe:
    """What sets the trainings of the two networks apart.

    `dropout`: so much of what the layers hold is left out. `feature_dropout`: so often is a feature left out of a whole
    document, so that none is leaned on, such as one language's phrases or one corpus' rule. `hand_repeats`: pages
    labelled by hand come up so many times as often; they are one in four, and all that teaches the finer labels.
    `group_weight`: how much these weigh beside the text. `has_focus`: whether the network looks at what seems to be the
    text half-way through its layers. `taught_from`: the epoch from which a network also learns
    what it has read itself (`selftaught`).
    """

    dropout: float
    feature_dropout: float
    epochs: int
    hand_repeats: int
    group_weight: float
    has_focus: bool = False
    taught_from: int | None = None


RECIPES: dict[Part, Recipe] = {
    "text": Recipe(dropout=0.15, feature_dropout=0.2, epochs=18, hand_repeats=2, group_weight=0, has_focus=True),
    "label": Recipe(dropout=0.25, feature_dropout=0.1, epochs=12, hand_repeats=4, group_weight=3, taught_from=6),
}
OTHER_TYPES_LABEL_WEIGHT = 0.6
OTHER_TYPES_WEIGHT = 0.3
"""Forums, products and lists teach the finer labels; what counts as their body is another question."""
LONGEST_PAGE = 900
"""Longer pages are learned in pieces of so many lines."""
LENGTH_POWER = 0.7
"""A line weighs by its length, up to sixty words, to this power: between one vote a line and one a word."""

STYLE_ODDS: dict[str, float] = {
    "html": 2.5, "dump": 2.5, "html-mix": 1.7, "dump-mix": 1.7, "html-crop": 0.7, "dump-crop": 1.0, "bare": 1.0,
    "soup": 0.7, "inscriptis": 0.7, "glued": 0.7, "wrapped": 0.7,
    "trafilatura": 0.5, "newspaper4k": 0.5, "readability": 0.5, "goose3": 0.5,
}  # fmt: skip
"""How often a page comes up in each style."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some documents as rows with empty rows between them."""

    rows: torch.Tensor
    document: torch.Tensor
    kept: torch.Tensor
    label: torch.Tensor
    weight: torch.Tensor
    line_weight: torch.Tensor
    taught: torch.Tensor


def _cut(example: Example, draw: random.Random) -> slice:
    spare = len(example.kept) - LONGEST_PAGE
    start = draw.randrange(spare + 1) if spare > 0 and draw.random() < 0.5 else 0
    return slice(start, start + LONGEST_PAGE)


def batch_of(examples: Sequence[Example], taught: Taught, draw: random.Random) -> Batch:
    """Lay out documents; a long line weighs more than a short one, a page by the root of its lines."""
    cuts = [_cut(example, draw) for example in examples]
    total = REACH + sum(len(example.kept[cut]) + REACH for example, cut in zip(examples, cuts, strict=True))
    rows = np.zeros((total, len(input_names())), np.float32)
    document = np.full(total, len(examples))
    kept, label, weight = np.full(total, -1, np.float32), np.full(total, -1), np.zeros(total, np.float32)
    line_weight = weight.copy()
    read = np.zeros((total, len(LABELS)), np.float32)
    start = REACH
    for number, (example, cut) in enumerate(zip(examples, cuts, strict=True)):
        features = example.features[cut]
        place = slice(start, start + len(features))
        rows[place], document[place] = features, number
        label[place] = example.label[cut]
        if id(example) in taught:
            read[place] = taught[id(example)][cut]
        kept[place] = _kept_by_hand(example.kept[cut], example.label[cut])
        lengths = np.clip(features[:, UNITS_COLUMN].astype(np.float32) * 40, 1, 60) ** LENGTH_POWER
        weight[place] = lengths / (np.sqrt(lengths.sum()) + 5)
        line_weight[place] = 1 / (np.sqrt(len(features)) + 5)
        if example.page.page_type != "article":
            weight[place] *= OTHER_TYPES_WEIGHT
            line_weight[place] *= OTHER_TYPES_LABEL_WEIGHT
        start = place.stop + REACH
    return Batch(*(torch.from_numpy(array) for array in (rows, document, kept, label, weight, line_weight, read)))


def _kept_by_hand(kept: NDArray[np.float32], label: NDArray[np.int64]) -> NDArray[np.float32]:
    """Where no gold text says whether a line is kept, the label by hand does."""
    return np.where((kept < 0) & (label >= 0), np.isin(label, KEPT_PLACES), kept).astype(np.float32)


GATE_WEIGHT = 0.3
"""How much the first guess at the text, half-way through the layers, weighs beside the answer."""


def gate_loss(gate: torch.Tensor | None, batch: Batch) -> torch.Tensor:
    """Ask a network with a focus half-way through its layers already whether a line is kept."""
    if gate is None:
        return torch.zeros(())
    asked = (batch.kept >= 0) * batch.weight
    found = functional.binary_cross_entropy_with_logits(gate[:, 0], batch.kept.clamp(0, 1), reduction="none")
    return GATE_WEIGHT * (found * asked).sum() / asked.sum().clamp(min=1e-3)


def loss_of(scores: torch.Tensor, batch: Batch, rarity: torch.Tensor, *, group_weight: float) -> torch.Tensor:
    """Weigh two questions: is a line kept (body and heading have it together), and which label is it, where known."""
    logs = functional.log_softmax(scores, 1)
    yes, no = torch.logsumexp(logs[:, IN_TEXT], 1), torch.logsumexp(logs[:, ~IN_TEXT], 1)
    asked = (batch.kept >= 0) * batch.weight
    share = batch.kept.clamp(0, 1)
    body = -((share * yes + (1 - share) * no) * asked).sum() / asked.sum().clamp(min=1e-3)
    named = (batch.label >= 0) * batch.weight
    label = functional.nll_loss(logs, batch.label.clamp(min=0), reduction="none")
    share_named = min(1.0, float((batch.label >= 0).sum()) / 200)
    label = LABEL_WEIGHT * share_named * (label * named).sum() / named.sum().clamp(min=1)
    by_hand = group_loss(scores, batch.label, batch.line_weight, rarity)
    by_itself = taught_loss(scores, batch.taught, batch.line_weight, rarity)
    return body + label + group_weight * (by_hand + TAUGHT_WEIGHT * by_itself)


def train(examples: Sequence[Example]) -> dict[Part, Network]:
    """Train both networks."""
    return {part: train_one(examples, recipe) for part, recipe in RECIPES.items()}


def train_one(examples: Sequence[Example], recipe: Recipe, *, seed: int = 0) -> Network:
    """Train a network; each epoch shows each page once, in one of its styles."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    draw = random.Random(seed)
    pages = _by_page(filter(is_useful, examples))
    shown = [page for page in pages for _ in range(recipe.hand_repeats if is_by_hand(page) else 1)]
    taught: Taught = {}
    rarity = rarity_weights(examples)
    network = LineNetwork(
        len(input_names()),
        dropout=recipe.dropout,
        feature_dropout=recipe.feature_dropout,
        has_focus=recipe.has_focus,
    )
    averaged = {name: array.detach().clone() for name, array in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = math.ceil(len(shown) / BATCH_PAGES) * recipe.epochs
    step = 0
    network.train()
    for epoch in range(recipe.epochs):
        if epoch == recipe.taught_from:
            pages = _by_page(example for example in examples if is_useful(example) or len(example.twin))
            taught = readings(exported(averaged), pages)
        if taught:
            shown = _some_taught(pages, taught, draw, by_hand=recipe.hand_repeats, count=len(shown))
        chosen = [draw.choices(page, [STYLE_ODDS[example.style] for example in page])[0] for page in shown]
        draw.shuffle(chosen)
        for start in range(0, len(chosen), BATCH_PAGES):
            rate = min(1.0, (step + 1) / (0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * step / steps))
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * rate
            documents = chosen[start : start + BATCH_PAGES]
            batch = batch_of(documents, taught, draw)
            optimizer.zero_grad()
            scores, gate = network(batch.rows, batch.document, len(documents))
            loss = loss_of(scores, batch, rarity, group_weight=recipe.group_weight) + gate_loss(gate, batch)
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            decay = min(AVERAGING, step / (step + 20))
            for name, array in network.state_dict().items():
                averaged[name].mul_(decay).add_(array, alpha=1 - decay)
    return exported(averaged)


def _by_page(examples: Iterable[Example]) -> list[list[Example]]:
    """Put together the examples of each page."""
    pages: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        pages[f"{example.page.corpus}/{example.page.id}"].append(example)
    return list(pages.values())


def _some_taught(
    pages: Sequence[list[Example]], taught: Taught, draw: random.Random, *, by_hand: int, count: int
) -> list[list[Example]]:
    """Choose the pages of an epoch: those labelled by hand, and of the others some, in the styles that were read."""
    by_hand_again = [page for page in pages if is_by_hand(page) for _ in range(by_hand)]
    others = [page for page in pages if not is_by_hand(page)]
    drawn = draw.sample(others, min(len(others), count - len(by_hand_again)))
    return by_hand_again + [[example for example in page if id(example) in taught] or page for page in drawn]


def exported(state: dict[str, torch.Tensor]) -> Network:
    """Turn torch's weights into those of `cleaners.network`, at the precision in which they ship."""
    arrays = {
        name.removeprefix("layers."): np.ascontiguousarray(
            (array.T if array.ndim == 2 else array).numpy().astype(np.float16).astype(np.float32)
        )
        for name, array in state.items()
    }
    return Network(tuple(input_names()), DILATIONS, arrays, "unsaved", NO_LEANING)


def save(network: Network, leaning: Floats, *, folder: Path) -> None:
    """Write the weights as one array of halves, and what stands where beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    flat = np.concatenate([array.ravel() for array in network.arrays.values()]).astype(HALVES)
    flat.tofile(folder / "weights.f16")
    layers = {
        "version": hashlib.sha256(flat.tobytes()).hexdigest()[:12],
        "dilations": list(network.dilations),
        "leaning": {label.value: float(lean) for label, lean in zip(LABELS, leaning, strict=True) if lean},
        "shapes": {name: list(array.shape) for name, array in network.arrays.items()},
        "inputs": list(network.names),
    }
    (folder / "layers.json").write_text(json.dumps(layers, indent=1) + "\n", encoding="utf-8")


def is_useful(example: Example) -> bool:
    """Tell whether a page is learned from: articles of whose lines something is known, other types labelled by hand."""
    is_known = example.page.page_type == "article" and (example.kept >= 0).any()
    return bool(is_known or (example.label >= 0).any())


def main(
    *,
    folds: Annotated[Path, typer.Option(help="Where the networks that ship not are written.")] = WORK / "weights",
    work: Annotated[Path, typer.Option(help="Where the made styles are kept.")] = WORK,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Train the labeller: the network that ships, and those that measure it."""
    examples = load_examples(work, workers=workers)
    typer.echo(f"{len(examples)} examples, {sum(len(one.kept) for one in examples)} lines", err=True)
    for name, (networks, leaning) in train_splits(examples, train, workers=workers).items():
        folder = WEIGHTS if name == WHOLE else folds / name
        for part, network in networks.items():
            save(network, leaning, folder=folder / part)
        typer.echo(f"wrote {folder}", err=True)


if __name__ == "__main__":
    typer.run(main)
