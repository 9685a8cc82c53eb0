"""Labelled lines → the clean body, its counts and its quality signals."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cleaners.lines import Gap
from cleaners.page import Line, Signals

_SEPARATORS = {Gap.NONE: " ", Gap.LINE: "\n", Gap.PARAGRAPH: "\n\n"}
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"\w+")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’“»«)\]」』]*$")
_PROSE_CHARS = 40

UNSPACED_CHARS_PER_WORD = 2
"""Chinese, Japanese and Thai words are one to three characters long; two is the usual figure."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The clean body of one article and what was counted on the way. Lengths are in characters."""

    body: str
    word_count: int
    paragraph_count: int
    kept_chars: int
    removed_chars: int
    signals: Signals


def compose(lines: Sequence[Line], gaps: Sequence[int]) -> Composed:
    """Put the kept lines together in order: paragraphs parted by a blank line, verse and table rows by a break."""
    pieces: list[str] = []
    last = -2
    for place, line in enumerate(lines):
        if line.kept:
            if pieces:
                pieces.append(_SEPARATORS[Gap(gaps[place])] if last == place - 1 else "\n\n")
            pieces.append(line.text)
            last = place
    body = "".join(pieces)
    return Composed(
        body=body,
        word_count=word_count(body),
        paragraph_count=body.count("\n\n") + 1 if body else 0,
        kept_chars=sum(len(line.text) for line in lines if line.kept),
        removed_chars=sum(len(line.text) for line in lines if not line.kept),
        signals=_signals(lines, body),
    )


def word_count(text: str) -> int:
    """Count words: runs of letters and digits; where a script writes no spaces, two characters to a word.

    >>> word_count("Two words"), word_count("天気予報です")
    (2, 3)
    """
    if text.isascii():
        return len(_WORD.findall(text))
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + -(-unspaced // UNSPACED_CHARS_PER_WORD)


def _signals(lines: Sequence[Line], body: str) -> Signals:
    kept = [line.text for line in lines if line.kept]
    if not kept:
        return Signals(line_count=len(lines))
    chars = len(body)
    counts = Counter(body)
    digits = _total(counts, str.isdigit)
    spaces = _total(counts, str.isspace)
    return Signals(
        line_count=len(lines),
        kept_line_count=len(kept),
        mean_line_chars=sum(map(len, kept)) / len(kept),
        prose_line_share=sum(len(text) >= _PROSE_CHARS and bool(_ENDS_SENTENCE.search(text)) for text in kept)
        / len(kept),
        digit_share=digits / chars,
        upper_share=_total(counts, str.isupper) / chars,
        symbol_share=(chars - _total(counts, str.isalpha) - digits - spaces) / chars,
        duplicate_line_share=1 - len(set(kept)) / len(kept),
        replacement_char_count=counts["\N{REPLACEMENT CHARACTER}"],
    )


def _total(counts: Counter[str], is_kind: Callable[[str], bool]) -> int:
    return sum(count for char, count in counts.items() if is_kind(char))
