"""How far the choice among labels leans: a number for each label, added to its log odds before the likeliest is taken.

The network is trained with rare labels weighing more, and the F1 of each label counts alike however rare it is: where
to draw the line between two labels is then a question of its own. It is answered on pages that the network was not
trained on, and measured on yet others.
"""

import statistics

import numpy as np
from numpy.typing import NDArray

from bench.line_labels import FEWEST_LINES
from cleaners.boxes import Floats
from cleaners.inputs import LABELS
from cleaners.labeller import likeliest

STEPS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
ROUNDS = 2
COST = 0.002
"""A leaning must gain so much F1 for each step away from none, else it is a whim of the pages at hand."""

NO_LEANING = np.zeros(len(LABELS), np.float32)


def label_f1(gold: NDArray[np.int64], chosen: NDArray[np.int64]) -> dict[str, float]:
    """Give the F1 of each label that at least thirty lines have."""
    scores: dict[str, float] = {}
    for place, label in enumerate(LABELS):
        wanted, found = gold == place, chosen == place
        if wanted.sum() >= FEWEST_LINES:
            scores[label.value] = float(2 * (wanted & found).sum() / (wanted.sum() + found.sum()))
    return scores


def fitted_leaning(gold: NDArray[np.int64], odds: Floats, is_kept: NDArray[np.bool_]) -> Floats:
    """Find the leaning with the best mean F1 over the labels, one label after the other."""
    leaning = np.zeros(len(LABELS), np.float32)
    for _ in range(ROUNDS):
        for place in range(len(LABELS)):
            leaning[place] = max(STEPS, key=lambda step: _worth(gold, odds, is_kept, leaning, place, step))
    return leaning


def _worth(  # noqa: PLR0917 - one point of a search
    gold: NDArray[np.int64], odds: Floats, is_kept: NDArray[np.bool_], leaning: Floats, place: int, step: float
) -> float:
    tried = leaning.copy()
    tried[place] = step
    return statistics.fmean(label_f1(gold, likeliest(odds, is_kept, tried)).values()) - COST * abs(step)
