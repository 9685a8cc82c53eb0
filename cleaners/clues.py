"""What can be counted on a page that tells an article from a forum, a product or a list: short lines and long ones."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from cleaners.compose import UNSPACED_CHARS_PER_WORD, ends_sentence
from cleaners.lexicon import lexicon
from cleaners.page import Line

SHORT_CHARS = 60
PRICE_CHARS = 40
"""Buttons, counters and price tags are shorter."""
PROSE_WORDS = 10
LONG_WORDS = 28
"""As in `cleaners.features`: a sentence, and a paragraph."""

_EDGES = " \t:.,·|()[]#+*-–—/0123456789"
_DIGIT = re.compile(r"\d")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_PRICE = re.compile(r"(?:[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|Rs\.?|kr)) ?\d|\d[.,]* ?(?:[€£₽]|USD\b|EUR\b|CHF\b|kr\b|zł)")


@dataclass(frozen=True, slots=True)
class Clues:
    """What was counted on one page.

    `forum`, `shop` and `controls` are the different words of a forum, a shop, a list's controls; `turns` the lines that
    open or close a turn of a discussion. `longest` is the longest run of prose without a shorter line inside, in words;
    `joined` the words of prose that stands beside more prose; `paragraphs` the number of long lines of prose.
    """

    forum: int = 0
    turns: int = 0
    shop: int = 0
    controls: int = 0
    prices: int = 0
    lines: int = 0
    words: int = 0
    longest: int = 0
    joined: int = 0
    paragraphs: int = 0


@cache
def _kinds() -> dict[str, frozenset[str]]:
    """What each telling line tells of."""
    kinds: dict[str, set[str]] = {}
    for kind in ("forum", "shop", "list"):
        for words in lexicon("page_types")[kind]["is"].values():
            for word in words:
                kinds.setdefault(word, set()).add(kind)
    return {word: frozenset(found) for word, found in kinds.items()}


@cache
def _edges(kind: str, edge: str) -> tuple[str, ...]:
    return tuple(word for words in lexicon("page_types")[kind][edge].values() for word in words)


def clues_of(lines: Sequence[Line]) -> Clues:
    """Count the clues of a page."""
    texts = [line.text for line in lines]
    found: dict[str, set[str]] = {"forum": set(), "shop": set(), "list": set()}
    kinds, opens, ends, counts = _kinds(), _edges("forum", "opens"), _edges("forum", "ends"), _edges("count", "ends")
    turns = prices = 0
    for text in texts:
        if len(text) > SHORT_CHARS:
            continue
        folded = text.casefold()
        bare = folded.strip(_EDGES)
        for kind in kinds.get(bare, ()):
            found[kind].add(bare)
        if folded.startswith(opens):
            turns += 1
            found["forum"].add(folded.split(" ", 1)[0])
        elif folded.endswith(ends):
            turns += 1
            found["forum"].add(folded.rsplit(" ", 1)[1])
        if _DIGIT.search(text):
            prices += len(text) <= PRICE_CHARS and _PRICE.search(text) is not None
            if folded.endswith(counts):
                found["list"].add("count")
    forum, shop, controls = map(len, found.values())
    return Clues(forum, turns, shop, controls, prices, len(texts), *_prose(texts))


def _prose(texts: Iterable[str]) -> tuple[int, int, int, int]:
    """All words; the longest run of prose; the words of prose that touches prose; the paragraphs."""
    total = longest = run = joined = paragraphs = before = 0
    for text in texts:
        words = text.count(" ") + 1
        if not text.isascii():
            words += len(_UNSPACED.findall(text)) // UNSPACED_CHARS_PER_WORD
        total += words
        if words < PROSE_WORDS or not ends_sentence(text):
            run = before = 0
            continue
        if before:
            joined += words + (before if before == run else 0)
        run += words
        before = words
        longest = max(longest, run)
        paragraphs += words >= LONG_WORDS
    return total, longest, joined, paragraphs
