"""What a line's characters are: capitals, digits, quotes, how it begins and ends, and its longer words as numbers.

All lines of a batch are taken together as one array of code points, each of which has one class. That counts in one
pass what a regular expression each would take ten for. Letters of scripts without cases count as letters, those of
scripts without spaces as their own class.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cleaners.boxes import Floats
from cleaners.phrases import UNSPACED

Numbers = NDArray[np.int64]

PLANE = 0x10000
"""Code points beyond the first plane (emoji, rare ideographs) count as other signs."""

_CLASSES = (
    "other", "space", "lower", "upper", "letter", "unspaced", "digit", "stop", "wide_stop", "comma", "quote", "bracket",
    "separator", "money", "percent", "at", "ellipsis",
)  # fmt: skip
_NUMBER = {name: number for number, name in enumerate(_CLASSES)}
_SIGNS = {
    "stop": ".!?؟۔।॥",
    "wide_stop": "。！？",
    "comma": ",，、;",
    "quote": '"“”„«»「」',
    "bracket": "()[]",
    "separator": "|·•\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}/",
    "money": "$€£¥",
    "percent": "%",
    "at": "@",
    "ellipsis": "…",
}
_CATEGORIES = {
    "lower": r"\p{Ll}",
    "upper": r"[\p{Lu}\p{Lt}]",
    "letter": r"[\p{Lo}\p{Lm}\p{Mn}\p{Mc}]",
    "digit": r"\p{Nd}",
}
"""A mark that is set upon a letter goes on with its word: the vowels of Hindi, Bengali and Tamil are such marks."""
_SPACES = r"[\s\x1c-\x1f]"
_SURROGATES = range(0xD800, 0xE000)


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """The class of each code point of the first plane, and its lower case where that is one code point as well."""
    every = pl.Series(["" if place in _SURROGATES else chr(place) for place in range(PLANE)])
    classes = np.zeros(PLANE, np.uint8)
    for name, pattern in _CATEGORIES.items():
        classes[every.str.contains(pattern).to_numpy()] = _NUMBER[name]
    for name, signs in _SIGNS.items():
        classes[[ord(sign) for sign in signs]] = _NUMBER[name]
    classes[every.str.contains(_SPACES).to_numpy()] = _NUMBER["space"]
    classes[every.str.contains(f"[{UNSPACED}]").to_numpy()] = _NUMBER["unspaced"]
    lower = np.arange(PLANE, dtype=np.uint16)
    capitals = np.flatnonzero(classes == _NUMBER["upper"])
    small = every.gather(capitals).str.to_lowercase()
    is_one = (small.str.len_chars() == 1).to_numpy()
    lower[capitals[is_one]] = [ord(letter) for letter in small.filter(is_one)]
    return classes, lower


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of many lines, one after the other, each line's followed by a break that belongs to it."""

    points: NDArray[np.uint16]
    classes: NDArray[np.uint8]
    line: NDArray[np.int32]
    starts: Numbers
    lengths: Numbers

    @classmethod
    def of(cls, text: pl.Series) -> "Characters":
        """Lay the lines out."""
        lengths = text.str.len_chars().to_numpy().astype(np.int64)
        joined = str(text.str.join("\n").item()) + "\n"
        wide = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
        points = np.minimum(wide, PLANE - 1).astype(np.uint16)
        starts = np.cumsum(lengths + 1) - (lengths + 1)
        line = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths + 1)
        return cls(points, _tables()[0][points], line, starts, lengths)

    def _per_line(self, marked: NDArray[np.bool_]) -> Floats:
        """How many of the marked characters each line has."""
        return np.bincount(self.line[np.flatnonzero(marked)], minlength=len(self.lengths)).astype(np.float32)

    def _is(self, name: str) -> NDArray[np.bool_]:
        """Which characters are of a class."""
        return np.asarray(self.classes == _NUMBER[name])

    def _counted(self) -> dict[str, Floats]:
        """How many characters of each class a line has, those apart that make up most of a text."""
        place = np.flatnonzero(self.classes > _NUMBER["lower"])
        size = len(self.lengths) * len(_CLASSES)
        count = np.bincount(self.line[place] * np.int64(len(_CLASSES)) + self.classes[place], minlength=size)
        return dict(zip(_CLASSES, count.reshape(-1, len(_CLASSES)).T.astype(np.float32), strict=True))

    def measures(self, units: Floats) -> Floats:
        """Measure each line: (lines, `CHARACTER_COLUMNS`)."""
        counted = self._counted()
        chars = np.maximum(self.lengths, 1).astype(np.float32)
        upper, space = self._is("upper"), self._is("space")
        after_space = np.zeros(len(space), bool)
        after_space[1:] = space[:-1]
        before_space = np.ones(len(space), bool)
        before_space[:-1] = space[1:]
        is_pair = np.zeros(len(space), bool)
        is_pair[1:] = upper[1:] & upper[:-1]
        capitals = self._per_line(upper & after_space) - upper[self.starts] * after_space[self.starts]
        sentences = self._per_line(self._is("stop") & before_space) + counted["wide_stop"]
        first, last = self.classes[self.starts], self.classes[self.starts + np.maximum(self.lengths - 1, 0)]
        return np.stack(
            [
                counted["upper"] / chars,
                capitals / units,
                (self._per_line(is_pair) > 0) & ~np.logical_or.reduceat(self._is("lower"), self.starts),
                np.minimum(sentences, 6) / 3,
                np.minimum(counted["separator"], 4) / 2,
                np.minimum(counted["quote"], 4) / 2,
                np.minimum(counted["bracket"], 4) / 2,
                first == _NUMBER["digit"],
                last == _NUMBER["digit"],
                np.isin(first, _SYMBOLS),
                self.points[self.starts + np.maximum(self.lengths - 1, 0)] == ord("!"),
                last == _NUMBER["ellipsis"],
                last == _NUMBER["comma"],
                np.isin(last, _LETTERS),
                counted["at"] > 0,
                counted["money"] > 0,
                counted["percent"] > 0,
                counted["unspaced"] / chars,
            ],
            axis=1,
        ).astype(np.float32)

    def edges(self, doc: Numbers) -> Floats:
        """How many lines of the document begin with the same letters as a line, and how many end with them: (lines, 2).

        Entries of a list made by a machine do ("Average cost in ..."), paragraphs do not.
        """
        small = _tables()[1][self.points]
        reach = np.arange(EDGE_SEEN)
        begin = self.starts[:, None] + np.minimum(reach, self.lengths[:, None])
        end = self.starts[:, None] + np.maximum(self.lengths[:, None] - 1 - reach, -1)
        found: list[Floats] = []
        for places in (begin, end):
            _, group, count = np.unique(_numbered(small[places], doc), return_inverse=True, return_counts=True)
            found.append((np.log(count[group]) / 2).astype(np.float32))
        return np.stack(found, axis=1)

    def words(self) -> tuple[Numbers, NDArray[np.uint64]]:
        """Find the longer words, in lower case: the line of each and a number for its first letters.

        In scripts without spaces each two characters are a word.
        """
        kind = _KIND[self.classes]
        begin = np.flatnonzero(np.append(True, kind[1:] != kind[:-1]))
        length = np.diff(np.append(begin, len(kind)))
        found = kind[begin]
        is_word = (found == _OF_LETTERS) & (length >= WORD_LETTERS)
        runs = np.where(found == _OF_UNSPACED, length // 2, is_word)
        step = np.arange(int(runs.sum())) - np.repeat(np.cumsum(runs) - runs, runs)
        is_pair = np.repeat(found == _OF_UNSPACED, runs)
        begin = np.repeat(begin, runs) + 2 * step
        length = np.where(is_pair, 2, np.repeat(length, runs))
        line = self.line[begin]
        is_near = begin - self.starts[line] < WORD_REACH
        begin, length, line = begin[is_near], length[is_near], line[is_near]
        small = _tables()[1][np.append(self.points, np.zeros(WORD_SEEN, np.uint16))]
        signs = np.lib.stride_tricks.sliding_window_view(small, WORD_SEEN)[begin]
        signs *= np.arange(WORD_SEEN) < length[:, None]
        first, second = signs.view(np.uint64).T
        return line, (first * _FACTOR ^ second) * _FACTOR


def _numbered(signs: NDArray[np.uint16], doc: Numbers) -> NDArray[np.uint64]:
    """One number for some signs in a row, different in each document."""
    number = (doc.astype(np.uint64) + np.uint64(1)) * _FACTOR
    for column in signs.T:
        number = (number ^ column) * np.uint64(1099511628211)
    return number


_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""An odd number whose multiples spread over all 64 bits: 2 to the 64th over the golden ratio."""
_SYMBOLS = [
    _NUMBER[name] for name in ("other", "stop", "wide_stop", "comma", "separator", "money", "percent", "at", "ellipsis")
]
_OF_LETTERS, _OF_UNSPACED, _NO_KIND = 1, 2, 3
_KIND = np.zeros(len(_CLASSES), np.uint8)
_KIND[[_NUMBER["lower"], _NUMBER["upper"], _NUMBER["letter"]]] = _OF_LETTERS
_KIND[_NUMBER["unspaced"]] = _OF_UNSPACED
_LETTERS = [_NUMBER[name] for name in ("lower", "upper", "letter", "unspaced")]

EDGE_SEEN = 10

WORD_REACH = 600
"""So many characters of a line are looked at for its words."""
WORD_LETTERS = 5
WORD_SEEN = 8
"""Inflected forms of a word mostly share their first eight letters."""

EDGE_COLUMNS = ("same_start", "same_end")

CHARACTER_COLUMNS = (
    "upper_rate", "capital_rate", "all_capitals", "sentences", "separators", "quotes", "brackets", "starts_digit",
    "ends_digit", "starts_symbol", "ends_bang", "ends_ellipsis", "ends_comma", "ends_letter", "has_at", "has_money",
    "has_percent", "unspaced_rate",
)  # fmt: skip
