"""Labelled lines → the clean body, its counts and its quality signals."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cleaners.page import Line, Signals

_SEPARATORS = (" ", "\n", "\n\n")
"""What a `Gap` is in the body."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WIDE_NON_WORD = re.compile(r"[^\x00-\x7f\w]")
_ENDS = tuple(".!?…。！？؟۔।॥")
_CLOSES = "\"'”’“»«)]」』"
_PROSE_CHARS = 40

UNSPACED_CHARS_PER_WORD = 2
"""Chinese, Japanese and Thai words are one to three characters long; two is the usual figure."""

# Characters are counted as bytes where they are ASCII, which most are: that is ten times as fast.
_ASCII = bytes(range(0x80))
_KINDS: tuple[Callable[[str], bool], ...] = (str.isdigit, str.isspace, str.isupper, str.isalpha)
_ASCII_OF = {is_kind: bytes(byte for byte in _ASCII if is_kind(chr(byte))) for is_kind in _KINDS}
_WORD_SHAPE = bytes(ord("w" if byte not in _ASCII or re.match(r"\w", chr(byte)) else " ") for byte in range(0x100))


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
    kept = [place for place, line in enumerate(lines) if line.kept]
    pieces = [lines[place].text for place in kept[:1]]
    for above, place in pairwise(kept):
        pieces += (_SEPARATORS[gaps[place]] if place == above + 1 else "\n\n", lines[place].text)
    body = "".join(pieces)
    kept_chars = sum(map(len, pieces[::2]))
    return Composed(
        body=body,
        word_count=word_count(body),
        paragraph_count=body.count("\n\n") + 1 if body else 0,
        kept_chars=kept_chars,
        removed_chars=sum(len(line.text) for line in lines) - kept_chars,
        signals=_signals(pieces[::2], body, line_count=len(lines)),
    )


def word_count(text: str) -> int:
    """Count words: runs of letters and digits; where a script writes no spaces, two characters to a word.

    >>> word_count("Two words"), word_count("天気予報です")
    (2, 3)
    """
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    if unspaced:
        text = _UNSPACED.sub(" ", text)
    parted = text if text.isascii() else _WIDE_NON_WORD.sub(" ", text)
    shape = f" {parted}".encode("utf-8", "surrogatepass").translate(_WORD_SHAPE)
    return shape.count(b" w") + -(-unspaced // UNSPACED_CHARS_PER_WORD)


def ends_sentence(text: str) -> bool:
    """Tell whether a line ends as sentences do, closing quotes and brackets aside."""
    return text.rstrip(_CLOSES).endswith(_ENDS)


def _signals(kept: Sequence[str], body: str, *, line_count: int) -> Signals:
    if not kept:
        return Signals(line_count=line_count)
    ascii_part = body.encode("ascii", "ignore")
    wide = Counter(body.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))

    def total(is_kind: Callable[[str], bool]) -> int:
        in_ascii = len(ascii_part) - len(ascii_part.translate(None, _ASCII_OF[is_kind]))
        return in_ascii + sum(count for char, count in wide.items() if is_kind(char))

    chars = len(body)
    digits = total(str.isdigit)
    return Signals(
        line_count=line_count,
        kept_line_count=len(kept),
        mean_line_chars=sum(map(len, kept)) / len(kept),
        prose_line_share=sum(len(text) >= _PROSE_CHARS and ends_sentence(text) for text in kept) / len(kept),
        digit_share=digits / chars,
        upper_share=total(str.isupper) / chars,
        symbol_share=(chars - total(str.isalpha) - digits - total(str.isspace)) / chars,
        duplicate_line_share=1 - len(set(kept)) / len(kept),
        replacement_char_count=wide["\N{REPLACEMENT CHARACTER}"],
    )
