"""The headline among what a page gives as its title.

A site's name is taken off only when it is known to be one: from the page's own data, its domain, or because the same
headline stands elsewhere on the page without it. Dashes, colons and bars inside a headline stay.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

from cleaners.head import Candidate, Head
from cleaners.names import fold_name

_BREAK = re.compile(r"\s+(?:[|·•»«–—-]|::|//|>|<|/)\s+|\s*[|｜–—]\s+|:\s+|\s-\s?")
_BAR = re.compile(r"\s*[|｜]\s*")
MAX_PIECES_OFF = 3
"""Pieces taken off one title: "Headline - Section - City - Site" is the longest chain seen."""


@cache
def _section_words() -> frozenset[str]:
    text = (Path(__file__).parent / "lexicon" / "sections.toml").read_text(encoding="utf-8")
    return frozenset(word for words in tomllib.loads(text)["section"].values() for word in words)


def fold_title(text: str) -> str:
    """Fold a title for comparison: letters and digits only, no case, no accents."""
    return fold_name(text)


def without_site(title: str, *, site_names: AbstractSet[str], bare_titles: AbstractSet[str] = frozenset()) -> str:
    """Take a known site's name off either end of a title; without knowledge the title stays whole.

    `site_names` are folded names that the site is known by, `bare_titles` folded titles that the page shows elsewhere:
    a headline that stands there alone is right even where the name behind it is unknown.

    >>> without_site("Storm hits coast - Harbour Gazette", site_names={"harbourgazette"})
    'Storm hits coast'
    >>> without_site("Storm hits coast - again", site_names={"harbourgazette"})
    'Storm hits coast - again'
    """
    for _ in range(MAX_PIECES_OFF):
        shorter = _one_piece_off(title, site_names, bare_titles)
        if shorter is None:
            break
        title = shorter
    return title


def _one_piece_off(title: str, site_names: AbstractSet[str], bare_titles: AbstractSet[str]) -> str | None:
    for match in reversed(list(_BREAK.finditer(title))):
        before, after = title[: match.start()].strip(), title[match.end() :].strip()
        if not before or not after:
            continue
        if fold_title(after) in site_names and ":" not in match[0]:
            return before
        bare = [piece for piece in (before, after) if fold_title(piece) in bare_titles - site_names]
        if bare:
            return max(bare, key=len)
    first = _BREAK.search(title)
    if first is not None and fold_title(title[: first.start()]) in site_names:
        return title[first.end() :].strip() or None
    return None


def without_section(title: str) -> str:
    """Take a section's name off behind the last bar: in plain text nothing else tells that it is one.

    >>> without_section("Storm hits coast | World News")
    'Storm hits coast'
    >>> without_section("Storm hits coast | the aftermath")
    'Storm hits coast | the aftermath'
    """
    *pieces, last = _BAR.split(title)
    words = last.casefold().split()
    if pieces and pieces[0] and words and all(word in _section_words() for word in words):
        return _BAR.sub(" | ", title[: title.rindex(last)]).strip(" |｜")
    return title


def choose_title(head: Head, lines: Sequence[Candidate], *, site_names: AbstractSet[str]) -> Candidate | None:
    """Choose the headline of an HTML page.

    A visible headline that the page's data confirm wins, for it is what a reader sees: the title lines in `lines`
    first, then the headings. Otherwise the data themselves: JSON-LD, og:title, a lone heading, `<title>`.
    """
    shown = [entry for entry in (*lines, *head.headings) if fold_title(entry.value) not in site_names]
    named = [entry for entry in head.headlines if fold_title(entry.value) not in site_names]
    surest = {fold_title(entry.value) for entry in lines}
    bare = {fold_title(entry.value) for entry in (*shown, *named)} - {""}

    def cleaned(entry: Candidate) -> Candidate:
        value = without_site(entry.value, site_names=site_names, bare_titles=surest)
        if value == entry.value:
            value = without_site(value, site_names=site_names, bare_titles=bare)
        return Candidate(value, entry.source, entry.name)

    shown, named = [cleaned(entry) for entry in shown], [cleaned(entry) for entry in named]
    confirmed = _confirmed(shown, named)
    if confirmed is not None:
        return confirmed
    by_name = {entry.name: entry for entry in reversed(named)}
    ordered: Iterable[Candidate | None] = (
        *(by_name.get(name) for name in ("headline", "itemprop:headline", "og:title")),
        next((entry for entry in shown if entry.name == "h1"), None),
        *(by_name.get(name) for name in ("title", "name")),
        *named,
        *shown,
    )
    return next((entry for entry in ordered if entry is not None and fold_title(entry.value)), None)


def _confirmed(shown: Sequence[Candidate], named: Sequence[Candidate]) -> Candidate | None:
    """Find the visible headline that the page's data repeat, or mean in other words.

    Where it has a kicker before it that the data leave out, the data's title is right, unless a colon ties them.
    """
    keys = {fold_title(entry.value): entry for entry in reversed(named)}
    for headline in shown:
        if fold_title(headline.value) in keys:
            return headline
    for headline in shown:
        folded = fold_title(headline.value)
        for key, entry in keys.items():
            is_kicked = len(key) >= MIN_KICKED_CHARS and folded.endswith(key) and entry.name != "title"
            if is_kicked and ":" not in headline.value[: -len(entry.value)][-2:]:
                return entry
    likest = max(shown, key=lambda entry: _likeness_to_any(entry, named), default=None)
    return likest if likest is not None and _likeness_to_any(likest, named) >= MIN_LIKENESS else None


def _likeness_to_any(headline: Candidate, named: Sequence[Candidate]) -> float:
    return max((_likeness(headline.value, entry.value) for entry in named), default=0.0)


MIN_KICKED_CHARS = 15
MIN_LIKENESS = 0.3
"""Share of common words from which on a heading and a title in the data name the same article; a tagline has none."""


def _likeness(one: str, other: str) -> float:
    words, others = ({fold_title(word) for word in text.split()} - {""} for text in (one, other))
    return len(words & others) / max(1, min(len(words), len(others)))
