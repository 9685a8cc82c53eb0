"""Where a line stands in the page's tree, in numbers: what its element holds, and what the element around that holds.

A line's *box* is the smallest element around it that holds another line as well: the element of the article's
paragraphs, a teaser's card, a menu. The *outer* box is the next larger one. The *main* box is the one whose own lines
hold the most prose. Names play no part here but to tell which boxes look the same: a page has one article and twenty
cards of teasers.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PROSE_CHARS = 80
"""Lines of so many characters that are no link count as prose; what is shorter is a headline or an entry of a menu."""
MOSTLY_LINK = 0.6
FARTHEST = 8
"""Boxes farther from the main one than this are simply far."""


class Boxes:
    """The block elements of a page in the order in which they begin, as parallel lists.

    `parent` is the place of the element around (-1: none), `name` its tag and class; its lines go from `start` to
    before `end`.
    """

    def __init__(self) -> None:
        self.parent: list[int] = [-1]
        self.name: list[str] = [""]
        self.start: list[int] = [0]
        self.end: list[int] = [0]
        self.open: list[int] = [0]

    def enter(self, name: str, line: int) -> None:
        """An element begins at a line."""
        self.parent.append(self.open[-1])
        self.open.append(len(self.name))
        self.name.append(name)
        self.start.append(line)
        self.end.append(line)

    def leave(self, line: int) -> None:
        """The element that began last ends before a line; one without lines is forgotten."""
        box = self.open.pop()
        self.end[box] = line
        if box == len(self.name) - 1 and self.start[box] == line:
            for column in (self.parent, self.name, self.start, self.end):
                column.pop()

    def size(self, box: int) -> int:
        """How many lines a box holds."""
        return self.end[box] - self.start[box]

    def shared(self) -> list[int]:
        """For each box the smallest of two lines or more: the box itself or one around it."""
        found = [0]
        for box in range(1, len(self.name)):
            found.append(box if self.size(box) >= SHARED else found[self.parent[box]])
        return found

    def outer(self) -> list[int]:
        """For each box the next one around it that holds more lines."""
        found = [0]
        for box in range(1, len(self.name)):
            parent = self.parent[box]
            found.append(parent if self.size(parent) > self.size(box) else found[parent])
        return found

    def steps(self, main: int, outer: Sequence[int]) -> list[tuple[int, int]]:
        """For each box the steps up to the first that holds the main box as well, and from there down to that one."""
        chain = self._chain(main)
        found: list[tuple[int, int]] = []
        for box, around in enumerate(outer):
            up, down = (-1, chain[box]) if box in chain else found[around]
            found.append((up + 1, down))
        return found

    def _chain(self, main: int) -> dict[int, int]:
        """All that holds the main box, each with its steps from there."""
        chain = {main: 0}
        box, steps = main, 0
        while self.parent[box] >= 0:
            parent = self.parent[box]
            steps += self.size(parent) > self.size(box)
            chain[parent] = steps
            box = parent
        return chain


SHARED = 2

BOX_COLUMNS = (
    "box_prose",
    "box_links",
    "box_lines",
    "box_text",
    "outer_prose",
    "outer_links",
    "outer_lines",
    "steps_to_main",
    "steps_from_main",
    "box_twins",
    "kin_prose",
    "kin_lines",
    "main_prose",
)
"""Shares of the page's prose in the box; of its characters in links; its lines; the share of its characters in prose;
the same of the outer box; steps up from the box to the first that holds the main box as well, and down from there;
boxes of the same name; share of the page's prose in lines whose element has the same name and stands in a box of the
same name, and the number of such lines; share of the page's prose in the main box."""


def no_boxes(count: int) -> Floats:
    """The measures of lines that have no tags around them."""
    return np.zeros((count, len(BOX_COLUMNS)), np.float32)


def box_measures(boxes: Boxes, own: Sequence[int], text: Sequence[str], links: Sequence[float]) -> Floats:
    """Measure where each line stands; `own` is the element whose line it is."""
    count = len(own)
    if not count:
        return no_boxes(0)
    boxes.end[0] = count
    length = np.array([len(line) if line.isascii() else max(len(line), len(line.encode()) // 2) for line in text])
    link = np.array(links)
    prose = np.where((length >= PROSE_CHARS) & (link < MOSTLY_LINK), length, 0.0)
    shared, outer_of = boxes.shared(), boxes.outer()
    box_of = np.array([shared[box] for box in own])
    used, place = np.unique(box_of, return_inverse=True)
    outer = np.array([outer_of[box] for box in used.tolist()])
    sums = np.zeros((3, count + 1))
    np.cumsum((prose, length * link, length), axis=1, out=sums[:, 1:])
    total = max(1.0, float(sums[0, -1]))
    direct = np.bincount(place, weights=prose)
    main = int(direct.argmax())
    steps_of = boxes.steps(int(used[main]), outer_of)
    steps = np.array([steps_of[box] for box in used.tolist()])
    names = [(boxes.name[box], boxes.name[boxes.parent[box]]) for box in used.tolist()]
    alike = Counter(names)
    twins = np.array([alike[name] for name in names])
    numbers: dict[object, int] = {}
    kin_of = np.array(
        [
            numbers.setdefault((boxes.name[box], names[number]), len(numbers))
            for box, number in zip(own, place.tolist(), strict=True)
        ]
    )
    inner = _held(sums, boxes, used, total)
    around_it = _held(sums, boxes, outer, total)
    per_box = np.column_stack(
        [*inner, *around_it[:3], np.minimum(steps, FARTHEST) / 4, np.log1p(twins) / 3],
    )
    return np.column_stack(
        [
            per_box[place],
            np.bincount(kin_of, weights=prose)[kin_of] / total,
            np.log1p(np.bincount(kin_of)[kin_of]) / 5,
            np.full(count, direct[main] / total),
        ]
    ).astype(np.float32)


def _held(sums: NDArray[np.float64], boxes: Boxes, which: NDArray[np.int64], total: float) -> list[NDArray[np.float64]]:
    """What boxes hold: share of the page's prose, of their characters in links, lines, share of characters in prose."""
    start = np.array([boxes.start[box] for box in which.tolist()])
    end = np.array([boxes.end[box] for box in which.tolist()])
    prose, link, length = sums[:, end] - sums[:, start]
    size = np.maximum(length, 1.0)
    return [prose / total, link / size, np.log1p(end - start) / 5, prose / size]
