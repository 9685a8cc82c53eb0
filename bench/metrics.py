"""How near a text comes to the gold text of its page.

A bag of words asks what was kept, shingles and ROUGE-LSum ask also whether it hangs together, snippets ask about single
sentences that must or must not be there.
"""

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.overlap import Overlap, overlap, rouge_lsum

# Kana, the ideographs with extension A, the compatibility ideographs: scripts without spaces between words.
UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")

SHINGLE_WORDS = 4

# A page is harmed when cleaning leaves it this much worse than leaving it alone: below that, a single line decides.
HARM_MARGIN = 0.01


@dataclass(frozen=True, slots=True)
class BodyScore:
    """How one page's text meets its gold body."""

    words: Overlap
    shingles: Overlap
    rouge: Overlap
    harmed: bool


@dataclass(frozen=True, slots=True)
class BodySummary:
    """The scores of a corpus: means over its pages, and the F1 that nine pages of ten exceed."""

    pages: int
    precision: float
    recall: float
    f1: float
    f1_p10: float
    shingle_f1: float
    rouge_f1: float
    harmed: float


@dataclass(frozen=True, slots=True)
class SnippetCount:
    """Snippets found among those that must be there, and among those that must not."""

    present_found: int
    present: int
    absent_found: int
    absent: int

    @property
    def recall(self) -> float:
        """Share of the wanted snippets that are there."""
        return self.present_found / self.present if self.present else 1.0

    @property
    def precision(self) -> float:
        """Share of the wanted among all snippets that are there."""
        found = self.present_found + self.absent_found
        return self.present_found / found if found else 1.0

    @property
    def f1(self) -> float:
        """Weigh both."""
        return Overlap(self.precision, self.recall).f1


def words_of(text: str) -> list[str]:
    """Split text into folded words; ideographs and kana count one by one.

    >>> words_of("Zwei Grad, 3 %")
    ['zwei', 'grad', '3']
    >>> len(words_of("\N{CJK UNIFIED IDEOGRAPH-65E5}\N{CJK UNIFIED IDEOGRAPH-672C} Tokyo"))
    3
    """
    return WORD.findall(text.casefold())


def characters_of(text: str) -> list[str]:
    """Split text into its characters without white space: for gold whose word limits are not to be trusted."""
    return [char for char in text if not char.isspace()]


def shingles_of(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """Take each run of four tokens; a text shorter than that is one shingle."""
    if len(tokens) < SHINGLE_WORDS:
        return [tuple(tokens)] if tokens else []
    return list(zip(*(tokens[shift:] for shift in range(SHINGLE_WORDS)), strict=False))


def score_body(found: str, gold: str, *, untouched_f1: float, by_characters: bool = False) -> BodyScore:
    """Score one page; `untouched_f1` is what keeping everything reaches on it."""
    tokens_of = characters_of if by_characters else words_of
    lines, gold_lines = ([tokens_of(line) for line in text.split("\n")] for text in (found, gold))
    kept, wanted = ([token for line in each for token in line] for each in (lines, gold_lines))
    words = overlap(kept, wanted)
    return BodyScore(
        words=words,
        shingles=overlap(shingles_of(kept), shingles_of(wanted)),
        rouge=rouge_lsum(lines, gold_lines),
        harmed=words.f1 < untouched_f1 - HARM_MARGIN,
    )


def word_f1(found: str, gold: str, *, by_characters: bool = False) -> float:
    """Compare two texts as bags of words (or characters)."""
    tokens_of = characters_of if by_characters else words_of
    return overlap(tokens_of(found), tokens_of(gold)).f1


def percentile(values: Sequence[float], share: float) -> float:
    """Find the value below which `share` of the values lie, without interpolation."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def summarize(scores: Sequence[BodyScore]) -> BodySummary:
    """Average over pages: a long page weighs as much as a short one."""
    return BodySummary(
        pages=len(scores),
        precision=statistics.fmean(score.words.precision for score in scores),
        recall=statistics.fmean(score.words.recall for score in scores),
        f1=statistics.fmean(score.words.f1 for score in scores),
        f1_p10=percentile([score.words.f1 for score in scores], 0.1),
        shingle_f1=statistics.fmean(score.shingles.f1 for score in scores),
        rouge_f1=statistics.fmean(score.rouge.f1 for score in scores),
        harmed=statistics.fmean(score.harmed for score in scores),
    )


def count_snippets(found: str, present: Iterable[str], absent: Iterable[str]) -> SnippetCount:
    """Look for snippets; runs of white space count as one space on both sides."""
    text = " ".join(found.split())
    wanted = [" ".join(snippet.split()) in text for snippet in present]
    unwanted = [" ".join(snippet.split()) in text for snippet in absent]
    return SnippetCount(sum(wanted), len(wanted), sum(unwanted), len(unwanted))


def add_snippets(counts: Iterable[SnippetCount]) -> SnippetCount:
    """Add up the snippets of many pages: each snippet weighs the same."""
    rows = [(count.present_found, count.present, count.absent_found, count.absent) for count in counts]
    present_found, present, absent_found, absent = (sum(column) for column in zip(*rows, strict=True))
    return SnippetCount(present_found, present, absent_found, absent)
