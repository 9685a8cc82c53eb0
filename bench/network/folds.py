"""Networks that have not seen what they are measured on: one a fold, one a corpus left out.

`bench.accuracy --weights` measures with them. The networks of the folds also tell how far the choice among labels is to
lean (`leaning`), each on the pages it was not trained on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.corpora import FOLDS
from bench.network.examples import Example
from bench.network.leaning import fitted_leaning
from cleaners.boxes import Floats
from cleaners.inputs import KEPT_PLACES
from cleaners.labeller import USUAL_THRESHOLD
from cleaners.network import Network, Part

Networks = Mapping[Part, Network]
Trainer = Callable[[Sequence[Example]], Networks]

WHOLE = "whole"
"""The network that ships, trained on everything."""
ACROSS = ("fundus-pages-dev", "magic-html-dev")


class LabelledLines(NamedTuple):
    """Lines labelled by hand: their labels, the network's odds, and whether it keeps them."""

    gold: NDArray[np.int64]
    odds: Floats
    is_kept: NDArray[np.bool_]


class Split(NamedTuple):
    """Networks and what they think of the hand-labelled lines that they were not trained on."""

    networks: Networks
    lines: LabelledLines | None


_loaded: list[Example] = []
_trainers: list[Trainer] = []
"""What the processes of the pool find when they are forked: the examples are too large to be sent to them."""


def train_splits(examples: Sequence[Example], trainer: Trainer, *, workers: int) -> dict[str, tuple[Networks, Floats]]:
    """Train the networks of each fold, those without a corpus and the whole ones; give each with its leaning.

    The leaning of a fold's networks comes from the other folds, so that no figure knows the pages it is measured on.
    """
    _loaded.extend(examples)
    _trainers.append(trainer)
    folds = [f"fold{fold}" for fold in range(FOLDS)]
    names = [*folds, *(f"without-{corpus}" for corpus in ACROSS), WHOLE]
    with get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        done = dict(pool.imap_unordered(_split, names))
    found: dict[str, tuple[Networks, Floats]] = {}
    for name in names:
        others = [done[fold].lines for fold in folds if fold != name]
        found[name] = done[name].networks, fitted_leaning(*_pooled(lines for lines in others if lines))
    return found


def _split(name: str) -> tuple[str, Split]:
    """Train without one fold or one corpus."""
    held = [_is_held(name, example) for example in _loaded]
    networks = _trainers[0]([example for example, is_held in zip(_loaded, held, strict=True) if not is_held])
    labelled = [
        _labelled_lines(networks, example)
        for example, is_held in zip(_loaded, held, strict=True)
        if is_held and example.style in ("html", "dump") and (example.label >= 0).any()
    ]
    return name, Split(networks, _pooled(labelled) if labelled else None)


def _is_held(name: str, example: Example) -> bool:
    return name in (f"fold{example.fold}", f"without-{example.page.corpus}")


def _labelled_lines(networks: Networks, example: Example) -> LabelledLines:
    found = {
        part: network.read(example.features.astype(np.float32), np.array([len(example.kept)])).scores
        for part, network in networks.items()
    }
    known = example.label >= 0
    is_kept = found["text"][:, KEPT_PLACES].sum(1) > USUAL_THRESHOLD
    return LabelledLines(example.label[known], found["label"][known], is_kept[known])


def _pooled(pages: Iterable[LabelledLines]) -> LabelledLines:
    return LabelledLines(*(np.concatenate(column) for column in zip(*pages, strict=True)))
