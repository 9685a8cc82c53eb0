"""How the finer labels are asked of the network: by line and not by length, rare ones more, and apart from the body.

The loss asks within a group only (body against heading, the kinds of clutter among each other), so that it does not
pull at what is kept.
"""

from collections.abc import Iterable

import numpy as np
import torch

from bench.network.examples import Example
from cleaners.inputs import IS_KEPT, LABELS

RARITY_POWER = 0.5
"""A label's lines weigh by the share of lines that have it, to minus this power: the root, between lines and labels."""
LEAST_WEIGHT, MOST_WEIGHT = 0.2, 12.0
LEAST_ASKED = 0.3
"""A batch with hardly a line that asks has no louder a voice for it."""
MANY_LINES = 200

IN_TEXT = torch.from_numpy(IS_KEPT)
"""Which labels are text; the others are clutter."""


def rarity_weights(examples: Iterable[Example]) -> torch.Tensor:
    """Weigh the labels against how common they are on the pages labelled by hand."""
    counts = np.ones(len(LABELS))
    for example in examples:
        if example.style == "html":
            counts += np.bincount(example.label[example.label >= 0], minlength=len(LABELS))
    weights = (counts / counts.sum()) ** -RARITY_POWER
    weights *= counts.sum() / (weights * counts).sum()
    return torch.from_numpy(np.clip(weights, LEAST_WEIGHT, MOST_WEIGHT).astype(np.float32))


def group_loss(scores: torch.Tensor, label: torch.Tensor, weight: torch.Tensor, rarity: torch.Tensor) -> torch.Tensor:
    """Ask which label the lines labelled by hand have among those of their group; a label of -1 is not known."""
    is_named = label >= 0
    wanted = label.clamp(min=0)
    asked = is_named * weight * rarity[wanted]
    found = -(_within(scores).gather(1, wanted[:, None])[:, 0] * asked).sum() / asked.sum().clamp(min=LEAST_ASKED)
    return min(1.0, float(is_named.sum()) / MANY_LINES) * found


def taught_loss(scores: torch.Tensor, taught: torch.Tensor, weight: torch.Tensor, rarity: torch.Tensor) -> torch.Tensor:
    """Ask for the labels that were read in a page's HTML (`selftaught`), each as far as it was believed."""
    is_text = taught[:, IN_TEXT].sum(1, keepdim=True) > 1 / 2
    asked = taught * rarity * weight[:, None] * (is_text == IN_TEXT)
    found = -(_within(scores) * asked).sum() / asked.sum().clamp(min=LEAST_ASKED)
    return min(1.0, float((taught.sum(1) > 0).sum()) / MANY_LINES) * found


def _within(scores: torch.Tensor) -> torch.Tensor:
    """The logarithm of each label's probability among those of its group."""
    text = torch.logsumexp(scores[:, IN_TEXT], 1, keepdim=True)
    clutter = torch.logsumexp(scores[:, ~IN_TEXT], 1, keepdim=True)
    return scores - torch.where(IN_TEXT, text, clutter)
