"""Half-way through its training a network teaches itself the labels of pages that nobody labelled by hand.

What it reads of a page's HTML, where elements tell more, is what it learns of the page's plain styles. The pages
labelled by hand are one in eight; from so few, rare labels are learned by heart.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.network.examples import Example
from cleaners.network import Network

Taught = Mapping[int, NDArray[np.float16]]
"""The probability of each label of each line, by the `id` of an example."""

LONGEST_TAUGHT = 1_500
"""Longer pages are mostly lists."""


def is_by_hand(page: Sequence[Example]) -> bool:
    """Tell whether a page, given in some styles, was labelled by hand."""
    return bool((page[0].label >= 0).any())


def readings(network: Network, pages: Sequence[Sequence[Example]]) -> Taught:
    """Read the HTML of all pages not labelled by hand, and say it of their lines in the other styles."""
    found: dict[int, NDArray[np.float16]] = {}
    for page in pages:
        html = next((example for example in page if example.style == "html"), None)
        if html is None or is_by_hand(page) or len(html.lines) > LONGEST_TAUGHT:
            continue
        odds = network.read(html.features.astype(np.float32), np.array([len(html.lines)])).scores.astype(np.float16)
        for example in page:
            if len(example.twin):
                found[id(example)] = np.where(example.twin[:, None] >= 0, odds[example.twin], np.float16(0))
    return found
