"""Which lines of a page stand in its gold text: a line gets a share from 0 (none of it) to 1 (all of it).

Lines are matched in the order of the gold text, so that a teaser which repeats a sentence of the body stays clutter
while the sentence itself is body. First come the lines that stand in the gold word for word: of all ways to lay them
along the gold, the one that covers most of it and leaves the fewest holes is taken. Then the lines between two such
anchors are compared with the gold words that are still free there, for what the gold spells or cuts otherwise.

The lines that get a share of 0.5 or more reach a word F1 of 0.995 on the article pages of wcxb-dev, 0.9995 on those of
fundus-pages-dev and 0.99 on magic-html-dev: that is the ceiling for whoever chooses among lines.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.metrics import words_of

MOST_PLACES = 60
"""A line of one frequent word may stand in hundreds of places; so many are tried."""
FEW_WORDS = 3
"""So short a line matches by chance; it counts only where it fills a whole gold line or touches a matched neighbour."""
CHANCE_WORTH = 0.3
TOUCHING_BONUS = 1.5
"""Worth, in words, of going on exactly where the line before ended."""


@dataclass(frozen=True, slots=True)
class Match:
    """A line's stretch of gold words, from `start` to before `end`."""

    line: int
    start: int
    end: int
    is_chance: bool


class _Best:
    """The best chain that ends at or before a gold word (a Fenwick tree over maxima)."""

    def __init__(self, size: int) -> None:
        self.worth = [0.0] * (size + 2)
        self.node = [-1] * (size + 2)
        self.size = size + 1

    def put(self, end: int, worth: float, node: int) -> None:
        place = end + 1
        while place <= self.size:
            if worth > self.worth[place]:
                self.worth[place], self.node[place] = worth, node
            place += place & -place

    def up_to(self, end: int) -> tuple[float, int]:
        place, found = end + 1, (0.0, -1)
        while place > 0:
            if self.worth[place] > found[0]:
                found = self.worth[place], self.node[place]
            place -= place & -place
        return found


def _places(words: Sequence[str], gold: Sequence[str], index: dict[str, list[int]]) -> list[int]:
    """Where the words stand in the gold one after the other, looked up by the rarest of them."""
    if not words or any(word not in index for word in words):
        return []
    rarest = min(range(len(words)), key=lambda place: len(index[words[place]]))
    wanted = list(words)
    starts = (place - rarest for place in index[words[rarest]])
    return [start for start in starts if start >= 0 and gold[start : start + len(wanted)] == wanted][:MOST_PLACES]


def matches(lines: Sequence[Sequence[str]], gold_lines: Sequence[Sequence[str]]) -> list[Match]:
    """Lay the lines that stand word for word in the gold along it, in order."""
    gold = [word for line in gold_lines for word in line]
    index: dict[str, list[int]] = {}
    for place, word in enumerate(gold):
        index.setdefault(word, []).append(place)
    edges = {0}
    for line in gold_lines:
        edges.add(max(edges) + len(line))
    best = _Best(len(gold))
    ending: dict[int, tuple[float, int]] = {}
    nodes: list[tuple[Match, int]] = []
    for number, words in enumerate(lines):
        found: list[tuple[int, float, int]] = []
        for start in _places(words, gold, index):
            end = start + len(words)
            is_chance = len(words) <= FEW_WORDS and not (start in edges and end in edges)
            worth = len(words) * (CHANCE_WORTH if is_chance else 1.0)
            before, node = best.up_to(start)
            touching = ending.get(start)
            if touching and touching[0] + TOUCHING_BONUS >= before:
                before, node = touching[0] + TOUCHING_BONUS, touching[1]
            nodes.append((Match(number, start, end, is_chance), node))
            found.append((end, before + worth, len(nodes) - 1))
        for end, worth, node in found:
            best.put(end, worth, node)
            if worth > ending.get(end, (0.0, -1))[0]:
                ending[end] = worth, node
    return _without_chance(_chain(best.up_to(len(gold))[1], nodes))


def _chain(node: int, nodes: list[tuple[Match, int]]) -> list[Match]:
    chain: list[Match] = []
    while node >= 0:
        match, node = nodes[node]
        chain.append(match)
    return chain[::-1]


def _without_chance(chain: list[Match]) -> list[Match]:
    """Drop the short matches that touch no other on either side."""
    starts, ends = {match.start for match in chain}, {match.end for match in chain}
    return [match for match in chain if not match.is_chance or match.start in ends or match.end in starts]


def shares(lines: Sequence[str], gold: str) -> list[float]:
    """Tell for each line which share of its words stands in the gold text, in its place."""
    words = [words_of(line) for line in lines]
    gold_lines = [words_of(line) for line in gold.split("\n")]
    gold_words = [word for line in gold_lines for word in line]
    chain = matches(words, gold_lines)
    found = [0.0] * len(lines)
    for match in chain:
        found[match.line] = 1.0
    anchors = [
        Match(-1, 0, 0, is_chance=False),
        *chain,
        Match(len(lines), len(gold_words), len(gold_words), is_chance=False),
    ]
    for above, below in pairwise(anchors):
        free = Counter(gold_words[above.end : below.start])
        if not free:
            continue
        for number in sorted(range(above.line + 1, below.line), key=lambda number: -len(words[number])):
            held = Counter(words[number]) & free
            share = held.total() / len(words[number]) if words[number] else 0.0
            if share >= LOOSE_SHARE and len(words[number]) > FEW_WORDS:
                found[number] = share
                free -= held
    return found


LOOSE_SHARE = 0.5
"""A line between anchors of which less stands among the free gold words is clutter that shares common words with it."""


def carried_over(lines: Sequence[str], labelled: Sequence[str], labels: Sequence[str]) -> list[str | None]:
    """Carry the labels of one rendering of a page over to the lines of another; None for lines that it does not have.

    A line that spans several labelled ones gets the label of most of its words.
    """
    words = [words_of(line) for line in lines]
    labelled_words = [words_of(line) for line in labelled]
    ends: list[int] = []
    for line in labelled_words:
        ends.append((ends[-1] if ends else 0) + len(line))
    found: list[str | None] = [None] * len(lines)
    for match in matches(words, labelled_words):
        counts: Counter[str] = Counter()
        for place in range(match.start, match.end):
            counts[labels[bisect_left(ends, place + 1)]] += 1
        if counts:
            found[match.line] = counts.most_common(1)[0][0]
    return found
