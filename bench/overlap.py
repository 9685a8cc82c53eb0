"""What two texts share: as bags, and line by line in order (ROUGE-LSum)."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

Line = Sequence[Hashable]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Weigh both: 0 where nothing is shared."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def overlap(found: Iterable[object], gold: Iterable[object]) -> Overlap:
    """Compare two bags. Two empty ones agree; of one empty and one full, nothing is right.

    >>> overlap("aab", "abc").recall == 2 / 3
    True
    """
    bag, wanted = Counter(found), Counter(gold)
    return shared_of((bag & wanted).total(), bag.total(), wanted.total())


def shared_of(shared: int, found: int, gold: int) -> Overlap:
    """Make precision and recall of three counts."""
    if not found and not gold:
        return Overlap(1.0, 1.0)
    return Overlap(shared / found if found else 0.0, shared / gold if gold else 0.0)


def rouge_lsum(found: Iterable[Line], gold: Iterable[Line]) -> Overlap:
    """Compare two texts, given as the words of their lines, by ROUGE-LSum.

    For each line of the gold text, its longest common subsequences with all lines of the found text are united; a word
    counts at most as often as both texts have it (Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries",
    section 3.2; Google's rouge_score counts the same way). Bevendorff et al. 2023, "An Empirical Comparison of Web
    Content Extraction Algorithms", score extractors by it.
    """
    found_lines, gold_lines = [line for line in found if line], [line for line in gold if line]
    bag = Counter(word for line in found_lines for word in line)
    wanted = Counter(word for line in gold_lines for word in line)
    whole = {tuple(line) for line in found_lines}
    left, hits = bag & wanted, 0
    for line in gold_lines:
        places = range(len(line)) if tuple(line) in whole else united(line, found_lines, bag)
        for place in places:
            if left[line[place]] > 0:
                left[line[place]] -= 1
                hits += 1
    return shared_of(hits, bag.total(), wanted.total())


def united(line: Line, others: Sequence[Line], bag: Counter[Hashable]) -> list[int]:
    """Find the places of a line that its longest common subsequence with one of the other lines covers."""
    masks = masks_of(line)
    reachable = sum(1 << place for place, word in enumerate(line) if word in bag)
    covered = 0
    for other in others:
        steps = [mask for word in other if (mask := masks.get(word))]
        if steps:
            covered |= common(steps, len(line))
            if covered == reachable:
                break
    return [place for place in range(len(line)) if covered >> place & 1]


def masks_of(line: Line) -> dict[Hashable, int]:
    """Map each word of a line to the set of its places, as bits."""
    masks: dict[Hashable, int] = {}
    for place, word in enumerate(line):
        masks[word] = masks.get(word, 0) | 1 << place
    return masks


def common(steps: Sequence[int], length: int) -> int:
    """Find one longest common subsequence: the set of its places in the line, as bits.

    `steps` gives for each word of the other line the places where the line has it; words that it has nowhere may be
    left out. All places advance at once (Hyyrö 2004); the rows lead back to the words that were matched.

    >>> bin(common([0b0100, 0b1001, 0b0010], 4))
    '0b11'
    """
    full = (1 << length) - 1
    rows = [full]
    for mask in steps:
        row = rows[-1]
        shared = row & mask
        rows.append(((row + shared) | (row - shared)) & full)
    covered = 0
    place, number = length - 1, len(steps)
    while place >= 0 and number > 0:
        bit = 1 << place
        if rows[number] & bit:
            place -= 1
        elif not rows[number - 1] & bit:
            number -= 1
        else:
            covered |= bit
            place -= 1
            number -= 1
    return covered
