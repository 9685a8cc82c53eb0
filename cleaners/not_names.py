"""What looks like a person's name and is none: words that the text itself writes in small letters, words of menus."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from cleaners.lexicon import words_of

_AROUND_WORDS = ".,;:!?'\"()“”‘’»«"
_COMMON_CHARS = 8_000
_MIN_LONG = 3
"""Shorter words are initials and particles."""


def without_common(names: Iterable[str], text: str, *, most: int = 1) -> list[str]:
    """Leave out what looks like a name but is made of common words: those that a text also writes in small letters.

    A name may have `most` such words, for there are Bakers and Winters, but must have one other.

    >>> without_common(["Window Sensors", "Mira Holt"], "New sensors tell when a window is open, says Mira Holt.")
    ['Mira Holt']
    """
    kept = list(names)
    start = text[:_COMMON_CHARS]
    if not any(word in start for name in kept for word in _long_words(name)):
        return kept
    common = {word.strip(_AROUND_WORDS) for word in start.split() if word.islower()}
    return [name for name in kept if not _is_common(name, common, most)]


def _long_words(name: str) -> list[str]:
    return [word for word in name.casefold().split() if len(word) >= _MIN_LONG]


def _is_common(name: str, common: AbstractSet[str], most: int) -> bool:
    long = _long_words(name)
    shared = sum(word in common for word in long)
    return shared > most or 0 < len(long) == shared


def is_of_menu(name: str) -> bool:
    """Tell whether a bare name is more likely an entry of a menu: it begins with a menu's word, or has no other words.

    Family names that are such words too (Park, Price) are spared: they stand last, and behind a given name.

    >>> is_of_menu("Browse Investments"), is_of_menu("Our Trade Program"), is_of_menu("Mira Price")
    (True, True, False)
    """
    words = [word.strip(_AROUND_WORDS) for word in name.casefold().split()]
    long = [word for word in words if len(word) >= _MIN_LONG]
    is_glued = len(words) > 1 and _GLUED.search(name) is not None
    return is_glued or words[0] in _menu_words() or 0 < len(long) == sum(word in _menu_words() for word in long)


_GLUED = re.compile(r"[a-z]{5}[A-Z][a-z]{2}")
"""Two entries run together, "RobotsCommercial"; in names the capital inside comes sooner."""


def _menu_words() -> frozenset[str]:
    return words_of("menus", "words")
