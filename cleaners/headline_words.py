"""The words of a headline, of the text below it and of the page's address, and how far they agree."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise
from urllib.parse import unquote, urlsplit

_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_WORD = re.compile(r"[^\W\d_]{4,}")
_UMLAUT = re.compile("([aou])e")


def is_dense(text: str) -> bool:
    """Tell whether a text has signs of Chinese, Japanese or Korean, which say more each."""
    return not text.isascii() and _DENSE.search(text) is not None


def is_mostly_dense(text: str) -> bool:
    """Tell whether more than half of a text are such signs."""
    return not text.isascii() and len(_DENSE.findall(text)) * 2 > len(text)


def word_count(text: str) -> int:
    """Count words; in scripts without spaces three signs are one."""
    return max(1, len(text) // 3) if is_dense(text) else len(text.split())


def words_in(text: str) -> set[str]:
    """The longer words of a text; scripts without spaces in pairs of characters."""
    words = set(_WORD.findall(text.casefold()))
    if is_dense(text):
        words.update(pair for pair in map("".join, pairwise(text)) if _DENSE.match(pair))
    return words


def word_counts(text: str) -> Counter[str]:
    """Count how often a text says each of its longer words; pairs of signs without spaces once."""
    folded = text.casefold()
    return Counter(words_in(folded) if is_dense(folded) else _WORD.findall(folded))


def words_of_address(url: str | None) -> frozenset[str]:
    """The longer words of an address's path, as `plain_words` writes them: mostly those of the headline.

    >>> sorted(words_of_address("https://gazette.example/2025/storm-ueber-der-k%C3%BCste-4711.html"))
    ['html', 'kuste', 'storm', 'uber']
    """
    return plain_words(unquote(urlsplit(url).path)) if url else frozenset()


def plain_words(text: str) -> frozenset[str]:
    """The longer words of a text as addresses may have them: without accents, ä as ae or a.

    >>> sorted(plain_words("Storm über der Küste"))
    ['kuste', 'storm', 'uber']
    """
    bare = text.casefold()
    if not bare.isascii():
        bare = "".join(char for char in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(char))
    return frozenset(_WORD.findall(_UMLAUT.sub(r"\1", bare.replace("_", " "))))


def likeness(words: AbstractSet[str], others: AbstractSet[str]) -> float:
    """The share of words that both have among those that either has."""
    return len(words & others) / max(1, len(words | others))


def facts_of_words(own: AbstractSet[str], of_body: Mapping[str, int]) -> dict[str, float]:
    """Describe by its longer words how much of a line the text says again, and how often."""
    shared = [word for word in own if word in of_body]
    return {
        "shared words": len(shared) / max(1, len(own)),
        "shares many words": math.log(1 + len(shared)),
        "shares no word": float(not shared),
        "shares frequent words": sum(math.log(of_body[word]) for word in shared) / max(1, len(own)),
    }
