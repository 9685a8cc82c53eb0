"""The headline among what a page gives as its title.

A site's name is taken off only when it is known to be one: from the page's own data, its domain, or because the same
headline stands elsewhere on the page without it. Dashes, colons and bars inside a headline stay.
"""

import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from cleaners.head import FRONT_MATTER, Candidate, Head, fold
from cleaners.headline import LINES_BELOW, binned, score
from cleaners.headline_words import likeness, plain_words, words_of_address
from cleaners.labels import Label
from cleaners.lexicon import words_of
from cleaners.names import fold_name
from cleaners.page import Line
from cleaners.sections import section_words

_BREAK = re.compile(r"(?<!\s)\s+(?:[|·•»«–—-]|::|//|>|<|/)\s+|(?:(?<!\s)\s+)?[|｜–—]\s+|:\s+|\s-\s?")
_BAR = re.compile(r"(?:(?<!\s)\s+)?[|｜]\s*")
MAX_PIECES_OFF = 3
"""Pieces taken off one title: "Headline - Section - City - Site" is the longest chain seen."""


def fold_title(text: str) -> str:
    """Fold a title for comparison: letters and digits only, no case, no accents."""
    return fold_name(text)


def says_untitled(text: str) -> bool:
    """Tell whether a title given by a file only says that there is none.

    >>> says_untitled("Untitled (2)"), says_untitled("The untitled bridge")
    (True, False)
    """
    return text.casefold().strip("\"'[]()<>.-_ 0123456789") in words_of("head", "untitled")


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
    if pieces and pieces[0] and words and all(word in section_words() for word in words):
        return _BAR.sub(" | ", title[: title.rindex(last)]).strip(" |｜")
    return title


def choose_title(
    head: Head,
    lines: Sequence[Line],
    *,
    site_names: AbstractSet[str],
    first: int,
    url: str | None,
    weights: Mapping[str, float],
) -> Candidate | None:
    """Choose the headline of an HTML page among its headings, its title lines and what its data call the page.

    `first` is the place of the first paragraph. A linear model weighs where a text stands, how many places agree on it
    and how it looks; `python -m bench.headlines` learns the weights. The front matter of Markdown is not weighed: it is
    the file's own word.
    """
    own = next((entry for entry in head.headlines if entry.name == FRONT_MATTER), None)
    if own is not None:
        return own
    described = describe_titles(head, lines, site_names=site_names, first=first, url=url)
    possible = [key for key in described if key not in site_names]
    best = max(possible, key=lambda key: score(described[key][1], weights), default=None)
    return described[best][0] if best is not None else None


Described = dict[str, tuple[Candidate, dict[str, float]]]
"""By folded title: where it was found first, and the facts about it."""


def describe_titles(
    head: Head, lines: Sequence[Line], *, site_names: AbstractSet[str], first: int, url: str | None
) -> Described:
    """Describe each text that may be the headline; each as it stands, and without the pieces known to be the site's."""
    opening = lines[: first + LINES_BELOW]
    titled = [line.text for line in lines if line.label is Label.TITLE][:MAX_TITLE_LINES]
    given = [
        *(
            (Candidate(fold(text), "line", "line"), "line later" if place else "line")
            for place, text in enumerate(titled)
        ),
        *((entry, "h1 later" if place else "h1") for place, entry in enumerate(head.headings)),
        *((entry, entry.name) for entry in head.headlines),
    ]
    bare = {fold_title(entry.value) for entry, _ in given}
    described: Described = {}
    shorter: dict[str, tuple[str, str]] = {}
    for entry, name in given:
        if entry.value not in shorter:
            whole = without_site(entry.value, site_names=site_names)
            shorter[entry.value] = whole, without_site(whole, site_names=site_names, bare_titles=bare)
        whole, cut = shorter[entry.value]
        for value, found_as in ((whole, name), (cut, f"{name} cut")):
            key = fold_title(value)
            if key and (found_as == name or key != fold_title(whole)):
                facts = described.setdefault(key, (Candidate(value, entry.source, entry.name), {}))[1]
                facts[f"from {found_as}"] = 1.0
    lengths = range(min(map(len, described), default=0), max((len(entry.value) for entry, _ in given), default=0) + 1)
    shown = {fold_title(line.text): place - first for place, line in enumerate(opening) if len(line.text) in lengths}
    words = {key: frozenset(entry.value.casefold().split()) for key, (entry, _) in described.items()}
    slug = words_of_address(url)
    is_news = any(_NEWS in entry.value for entry in head.kinds)
    for key, (entry, facts) in described.items():
        facts.update(_of_sources(facts, is_lone="from h1" in facts and len(head.headings) == 1))
        facts.update(_of_others(key, words))
        facts.update(_of_address(entry.value, slug))
        facts[binned("words", len(words[key]), (2, 3, 4, 6, 12, 20))] = 1.0
        if key in shown:
            facts[binned("distance", shown[key], (-40, -15, -8, -4, -1, 0))] = 1.0
        facts["shown"] = float(key in shown)
        facts["site"] = float(key in site_names)
        facts["bar"] = float(" | " in entry.value or " - " in entry.value)
        facts["all capitals"] = float(entry.value.isupper())
        if is_news:
            facts.update({f"news {name}": value for name, value in facts.items() if name.startswith(_OF_NEWS)})
    return described


_NEWS = "newsarticle"
_OF_NEWS = ("from h1", "from og", "from headline", "from title", "from line", "shown", "words of", "all words")
"""Facts that weigh differently where a page calls itself news: there the data more often give the headline in full."""


MAX_TITLE_LINES = 20


def _of_sources(facts: Mapping[str, float], *, is_lone: bool) -> dict[str, float]:
    """How many places give a title, whole or as a piece, and whether a lone heading is borne out by the page's data."""
    pieces = sum(name.endswith(" cut") for name in facts)
    return {
        "sources": math.log(len(facts)),
        "whole sources": math.log(1 + len(facts) - pieces),
        "lone h1": float(is_lone),
        "h1 confirmed": float(is_lone and not _DATA.isdisjoint(facts)),
    }


_DATA = frozenset({"from og:title", "from og:title cut", "from headline", "from title", "from title cut"})
_MIN_PART_CHARS = 9


def _of_others(key: str, words: Mapping[str, AbstractSet[str]]) -> dict[str, float]:
    """How a title stands to the page's other titles: a part of them, longer than they, or in other words."""
    others = [other for other in words if other != key]
    parts = [other for other in others if len(other) >= _MIN_PART_CHARS]
    own = words[key]
    shared = (len(own & words[other]) / max(1, min(len(own), len(words[other]))) for other in others)
    return {
        "starts other": float(any(other.startswith(key) for other in others)),
        "ends other": float(any(other.endswith(key) for other in others)),
        "starts with other": float(any(key.startswith(other) for other in parts)),
        "ends with other": float(any(key.endswith(other) for other in parts)),
        "like": max(shared, default=0.0),
    }


_FEW_WORDS = 3


def _of_address(title: str, slug: AbstractSet[str]) -> dict[str, float]:
    """How much of a title stands in the page's address, which is mostly made of the headline."""
    if len(slug) < _FEW_WORDS:
        return {}
    words = plain_words(title)
    return {
        "words of the address": likeness(words, slug),
        "all words of the address": float(len(slug - words) <= 1),
        "all words in the address": float(bool(words) and words <= slug),
    }
