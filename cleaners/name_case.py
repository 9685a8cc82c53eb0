"""Shouted names in usual case: VAN DE VELDE → van de Velde, McDONALD → McDonald, while initials stay as they are."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

_MIN_MC = 5
_MIN_SHOUTED = 3
"""Capitals from here on are a shouted word; shorter ones may be initials (JK, OJ)."""


def in_usual_case(words: Sequence[str], *, particles: AbstractSet[str]) -> Iterator[str]:
    """Put the shouted words of a name into usual case, its particles and two-letter words by what stands around them.

    >>> particles = {"van", "de", "le"}
    >>> [" ".join(in_usual_case(name.split(), particles=particles)) for name in ("JON VAN DE VELDE", "ZOÉ LE CLERC")]
    ['Jon van de Velde', 'Zoé Le Clerc']
    >>> [" ".join(in_usual_case(name.split(), particles=particles)) for name in ("JK HOLT", "MEI LI", "Al AP")]
    ['JK Holt', 'Mei Li', 'Al AP']
    """
    is_shouted = any(len(word) >= _MIN_SHOUTED and word.isupper() for word in words)
    follows_particle = False
    for place, word in enumerate(words):
        folded = word.casefold()
        is_inside = 0 < place < len(words) - 1 and is_shouted and word.isupper() and len(word) > 1
        if is_inside and folded in particles and (follows_particle or folded not in _ARTICLES):
            follows_particle = True
            yield word.lower()
            continue
        follows_particle = False
        is_short = is_shouted and _SHORT_NAME.fullmatch(word) is not None and (place or word[1] in "AEIOUY")
        yield word.capitalize() if is_short else _usual_case(word)


_ARTICLES = frozenset({"le", "la", "lo", "los", "las", "el", "al", "di"})
"""A family name begins with these, Le Clerc, Al Masri, Di Salvo, unless another particle stands before: de la Cruz."""
_SHORT_NAME = re.compile(r"[B-DF-HJ-NP-TV-Z][A-Z]")
"""Names of two letters, LI, NG, JO; what begins with a vowel is rather initials, AJ."""


def _usual_case(word: str) -> str:
    """Put a shouted word into usual case: McDONALD → McDonald, O'NEIL → O'Neil."""
    letters = [char for char in word if char.isalpha()]
    if len(letters) < _MIN_SHOUTED or not all(char.isupper() for char in letters[2:]) or not letters[0].isupper():
        return word
    if any(char.islower() for char in letters[:2]):
        shouted_tail = letters[0] == "M" and letters[1] == "c"
        return f"Mc{word[2:].capitalize()}" if shouted_tail else word
    if not word.isupper():
        return word
    usual = re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), word)
    return f"Mc{usual[2:].capitalize()}" if usual.startswith("Mc") and len(usual) >= _MIN_MC else usual
