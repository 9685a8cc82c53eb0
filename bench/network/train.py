"""Train the labeller's network and write `bench/network/weights/`, or measure it out of fold.

    python -m bench.network.train                # train on everything, write the weights
    python -m bench.network.train --folds        # print the out-of-fold and the cross-corpus figures, write nothing

Needs the corpora, torch, and for all styles the tools that styles.py names; what is not
installed is left out.
Making the styles takes some ten minutes; they are kept in the folder of `--work`. The rest takes four on two cores.
"""

import hashlib
import json
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import nn
from torch.nn import functional

from bench.network.examples import Example, load_examples
from bench.network.folds import print_folds
from bench.network.inputs import LABELS, input_names
from bench.network.scorer import KEPT_PLACES, REACH, WEIGHTS, Network

WORK = Path(tempfile.gettempdir()) / "copydesk-train"

WIDTH = 48
DILATIONS = (1, 2, 4, 8, 16)
DROPOUT = 0.25
FEATURE_DROPOUT = 0.3
"""Whole features are left out of a document, so that none is leaned on: one language's phrases, one corpus' rule."""
EPOCHS = 12
BATCH_PAGES = 12
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.02
AVERAGING = 0.997
"""The shipped weights are a moving average over the last few hundred steps."""
LABEL_WEIGHT = 1.5
HAND_REPEATS = 3
"""Pages labelled by hand come up so many times as often: they are one in six, and all that teaches the finer labels."""
OTHER_TYPES_WEIGHT = 0.3
"""Forums, products and lists teach the finer labels; what counts as their body is another question."""
LONGEST_PAGE = 900
"""Longer pages are learned in pieces of so many lines."""
THRESHOLD = 0.5
LENGTH_POWER = 0.7
"""A line weighs by its length, up to sixty words, to this power: between one vote a line and one a word."""

STYLE_ODDS: dict[str, float] = {
    "html": 2.5, "dump": 2.5, "html-mix": 2.0, "dump-mix": 2.0, "bare": 1.0, "soup": 0.7, "inscriptis": 0.7,
    "glued": 0.7, "wrapped": 0.7, "trafilatura": 0.5, "newspaper4k": 0.5, "readability": 0.5, "goose3": 0.5,
}  # fmt: skip
"""How often a page comes up in each style."""

UNITS_COLUMN = input_names().index("units")


class LineNetwork(nn.Module):
    """The network of `bench.network.scorer`, in torch; the same layers by the same names."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.layers = nn.ModuleDict({"input": nn.Linear(features, WIDTH), "overview": nn.Linear(2 * WIDTH, WIDTH)})
        for place in range(len(DILATIONS)):
            self.layers[f"convolution{place}"] = nn.Linear(3 * WIDTH, WIDTH)
        self.layers["output"] = nn.Linear(2 * WIDTH, len(LABELS))

    def forward(self, rows: torch.Tensor, document: torch.Tensor, count: int) -> torch.Tensor:
        """Score rows; `document` numbers them, and is `count` for the empty rows between documents."""
        is_line = (document < count).to(rows.dtype).unsqueeze(1)
        if self.training:
            left = torch.rand(count + 1, rows.shape[1]) > FEATURE_DROPOUT
            rows = rows * left.to(rows.dtype)[document]
        first = functional.relu(self.layers["input"](rows)) * is_line
        seen = first
        for place, step in enumerate(DILATIONS):
            held = functional.dropout(seen, DROPOUT, self.training)
            above, below = functional.pad(held[:-step], (0, 0, step, 0)), functional.pad(held[step:], (0, 0, 0, step))
            found = functional.relu(self.layers[f"convolution{place}"](torch.cat([above, held, below], 1)))
            seen = (seen + found) * is_line
            if place == len(DILATIONS) // 2:
                seen = (seen + self._overview(seen, document, is_line, count)[document]) * is_line
        held = functional.dropout(torch.cat([seen, first], 1), DROPOUT, self.training)
        scores: torch.Tensor = self.layers["output"](held)
        return scores

    def _overview(self, seen: torch.Tensor, document: torch.Tensor, is_line: torch.Tensor, count: int) -> torch.Tensor:
        empty = torch.zeros(count + 1, seen.shape[1])
        lines = torch.zeros(count + 1, 1).index_add_(0, document, is_line).clamp(min=1)
        mean = empty.index_add(0, document, seen) / lines
        most = empty.scatter_reduce(0, document[:, None].expand_as(seen), seen, "amax")
        found: torch.Tensor = functional.relu(self.layers["overview"](torch.cat([mean, most], 1)))
        return found


@dataclass(frozen=True, slots=True)
class Batch:
    """Some documents as rows with empty rows between them."""

    rows: torch.Tensor
    document: torch.Tensor
    kept: torch.Tensor
    label: torch.Tensor
    weight: torch.Tensor


def _cut(example: Example, draw: random.Random) -> slice:
    spare = len(example.kept) - LONGEST_PAGE
    start = draw.randrange(spare + 1) if spare > 0 and draw.random() < 0.5 else 0
    return slice(start, start + LONGEST_PAGE)


def batch_of(examples: Sequence[Example], draw: random.Random) -> Batch:
    """Lay out documents; a long line weighs more than a short one, a page by the root of its lines."""
    cuts = [_cut(example, draw) for example in examples]
    total = REACH + sum(len(example.kept[cut]) + REACH for example, cut in zip(examples, cuts, strict=True))
    rows = np.zeros((total, len(input_names())), np.float32)
    document = np.full(total, len(examples))
    kept, label, weight = np.full(total, -1, np.float32), np.full(total, -1), np.zeros(total, np.float32)
    start = REACH
    for number, (example, cut) in enumerate(zip(examples, cuts, strict=True)):
        features = example.features[cut]
        place = slice(start, start + len(features))
        rows[place], document[place] = features, number
        kept[place], label[place] = example.kept[cut], example.label[cut]
        lengths = np.clip(features[:, UNITS_COLUMN].astype(np.float32) * 40, 1, 60) ** LENGTH_POWER
        weight[place] = lengths / (np.sqrt(lengths.sum()) + 5)
        if example.page.page_type != "article":
            weight[place] *= OTHER_TYPES_WEIGHT
        start = place.stop + REACH
    return Batch(*(torch.from_numpy(array) for array in (rows, document, kept, label, weight)))


def loss_of(scores: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Weigh two questions: is a line kept (body and heading have it together), and which label is it, where known."""
    logs = functional.log_softmax(scores, 1)
    is_kept = torch.zeros(len(LABELS), dtype=torch.bool)
    is_kept[KEPT_PLACES] = True
    yes, no = torch.logsumexp(logs[:, is_kept], 1), torch.logsumexp(logs[:, ~is_kept], 1)
    asked = (batch.kept >= 0) * batch.weight
    share = batch.kept.clamp(0, 1)
    body = -((share * yes + (1 - share) * no) * asked).sum() / asked.sum().clamp(min=1e-3)
    named = (batch.label >= 0) * batch.weight
    label = functional.nll_loss(logs, batch.label.clamp(min=0), reduction="none")
    share_named = min(1.0, float((batch.label >= 0).sum()) / 200)
    return body + LABEL_WEIGHT * share_named * (label * named).sum() / named.sum().clamp(min=1)


def train(examples: Sequence[Example], *, seed: int = 0) -> Network:
    """Train a network; each epoch shows each page once, in one of its styles."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    draw = random.Random(seed)
    pages: dict[str, list[Example]] = defaultdict(list)
    for example in filter(is_useful, examples):
        pages[f"{example.page.corpus}/{example.page.id}"].append(example)
    shown = [page for page in pages.values() for _ in range(HAND_REPEATS if (page[0].label >= 0).any() else 1)]
    network = LineNetwork(len(input_names()))
    averaged = {name: array.detach().clone() for name, array in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = math.ceil(len(shown) / BATCH_PAGES) * EPOCHS
    step = 0
    network.train()
    for _ in range(EPOCHS):
        chosen = [draw.choices(page, [STYLE_ODDS[example.style] for example in page])[0] for page in shown]
        draw.shuffle(chosen)
        for start in range(0, len(chosen), BATCH_PAGES):
            rate = min(1.0, (step + 1) / (0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * step / steps))
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * rate
            documents = chosen[start : start + BATCH_PAGES]
            batch = batch_of(documents, draw)
            optimizer.zero_grad()
            torch.autograd.backward(loss_of(network(batch.rows, batch.document, len(documents)), batch))
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            decay = min(AVERAGING, step / (step + 20))
            for name, array in network.state_dict().items():
                averaged[name].mul_(decay).add_(array, alpha=1 - decay)
    return exported(averaged)


def exported(state: dict[str, torch.Tensor]) -> Network:
    """Turn torch's weights into those of `bench.network.scorer`, at the precision in which they ship."""
    arrays = {
        name.removeprefix("layers."): np.ascontiguousarray(
            (array.T if array.ndim == 2 else array).numpy().astype(np.float16).astype(np.float32)
        )
        for name, array in state.items()
    }
    return Network(tuple(input_names()), DILATIONS, arrays, "unsaved", THRESHOLD)


def save(network: Network) -> None:
    """Write the weights as one array of halves, and what stands where beside it."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    flat = np.concatenate([array.ravel() for array in network.arrays.values()]).astype(np.float16)
    np.save(WEIGHTS / "weights.npy", flat, allow_pickle=False)
    layers = {
        "version": hashlib.sha256((WEIGHTS / "weights.npy").read_bytes()).hexdigest()[:12],
        "threshold": network.threshold,
        "dilations": list(network.dilations),
        "shapes": {name: list(array.shape) for name, array in network.arrays.items()},
        "inputs": list(network.names),
    }
    (WEIGHTS / "layers.json").write_text(json.dumps(layers, indent=1) + "\n", encoding="utf-8")


def is_useful(example: Example) -> bool:
    """Tell whether a page is learned from: articles of whose lines something is known, other types labelled by hand."""
    is_known = example.page.page_type == "article" and (example.kept >= 0).any()
    return bool(is_known or (example.label >= 0).any())


def main(
    *,
    folds: Annotated[
        bool, typer.Option(help="Measure out of fold and across corpora instead; writes nothing.")
    ] = False,
    work: Annotated[Path, typer.Option(help="Where the made styles are kept.")] = WORK,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Train the labeller, or measure it."""
    examples = load_examples(work, workers=workers)
    typer.echo(f"{len(examples)} examples, {sum(len(one.kept) for one in examples)} lines", err=True)
    if folds:
        print_folds(examples, train, workers=workers)
    else:
        save(train(examples))
        typer.echo(f"wrote {WEIGHTS}", err=True)


if __name__ == "__main__":
    typer.run(main)
