"""The headline among the lines of plain text: the line above the first paragraph that looks most like one.

Each candidate is described by a few plain facts; a linear model whose weights stand in `lexicon/headline.toml` weighs
them. What the line was labelled is one fact among them, for the labels are made line by line and the headline is the
best of all. `python -m bench.headlines` learns the weights from pages with gold titles.
"""

import math
import re
from bisect import bisect, bisect_left
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import compress, islice
from typing import Literal

from cleaners.dates import find_dates
from cleaners.headline_words import (
    facts_of_words,
    is_mostly_dense,
    likeness,
    plain_words,
    word_count,
    word_counts,
    words_in,
    words_of_address,
)
from cleaners.labels import Label
from cleaners.lexicon import lexicon
from cleaners.names import is_name, opens_byline, says_role
from cleaners.page import Line

LINES_ABOVE = 60
"""Lines above the first paragraph that may be the headline; in the corpora 98 % stand within 45."""
LINES_BELOW = 3
"""Some pages show a picture's caption or a summary above the headline."""
TITLES_FARTHER = 5
"""Lines further below that may be the headline where they are labelled so: consent texts and offers stand above."""
HEADLINE_CHARS = (4, 250)
PROSE_CHARS = 80
_PROSE_CHARS_DENSE = 35
_BODY_CHARS = 6_000
_NEAR = 3
_NO_HEADLINE = frozenset({Label.CAPTION, Label.LEGAL, Label.COMMENTS, Label.SOURCE})
_ECHOES = frozenset({"glued menu", "title cut short"})
"""Rules that find the headline repeated with a menu before it, or cut off."""

_SENTENCE_END = re.compile(r"[.!。！…]['\"”’»)]?$")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b\d+ min\b", re.IGNORECASE)
_BYLINE = re.compile(r"(?:by|von|par|por|di|door|author|written by|posted by)\b", re.IGNORECASE)


def headline_of(lines: Sequence[Line], *, first: int, url: str | None = None) -> int | None:
    """Find the headline's place among the lines; None where no line is likely enough to be one.

    `first` is the place of the first paragraph. A text that begins with a line labelled as its title, as each part of a
    digest does, has its headline there. Where there is no paragraph at all, only a line labelled as the title counts.
    """
    likeliest = likeliest_headline(lines, first=first, url=url)
    return likeliest[0] if likeliest is not None and likeliest[1] >= _FLOORS[lines[likeliest[0]].label] else None


def likeliest_headline(lines: Sequence[Line], *, first: int, url: str | None = None) -> tuple[int, float] | None:
    """Find the place that is likeliest to be the headline's, however unlikely, and its score."""
    if lines and lines[0].label is Label.TITLE:
        return 0, math.inf
    page = _Around(lines, first, words_of_address(url))
    places = [place for place in page.places if first < len(lines) or lines[place].label is Label.TITLE]
    weights = weights_of("line")
    glanced = {place: score(page.glance(place), weights) for place in places}
    likeliest: tuple[int, float] | None = None
    for place in sorted(places, key=lambda place: -glanced[place]):
        if likeliest is not None and glanced[place] + _most_beyond_a_glance() < likeliest[1]:
            break
        weighed = score(page.facts(place), weights)
        if likeliest is None or (weighed, -place) > (likeliest[1], -likeliest[0]):
            likeliest = place, weighed
    return likeliest


_GLANCED = re.compile(
    r"(?:label|after|before) \w+|(?:first|last) of all|(?:words|distance|titles above) \d+|log distance|share[sd] .+"
    r"|words of the address"
)
"""The facts of `_Around.glance`."""
_ROUNDING = 1e-6


@cache
def _most_beyond_a_glance() -> float:
    """The most that all other facts can add, none of which has a size above one.

    Of those that exclude each other ("words next 3") the best one counts.
    """
    best: dict[str, float] = {}
    for name, weight in weights_of("line").items():
        if not _GLANCED.fullmatch(name):
            family = name.rstrip("0123456789")
            best[family] = max(best.get(family, 0.0), weight)
    return sum(best.values()) + _ROUNDING


_FLOORS: Mapping[Label, float] = {
    **dict.fromkeys(Label, 4.0),
    **dict.fromkeys((Label.HEADING, Label.DEK, Label.SECTION, Label.OTHER), 3.0),
    **dict.fromkeys((Label.NAV, Label.RELATED, Label.PROMO, Label.BYLINE, Label.BIO), 2.0),
    Label.TITLE: -math.inf,
}
"""Scores below which the likeliest line is no headline, by its label. Of 1,324 dumps, labelled out of fold, no right
headline lies below; thirty wrong ones do, and most that were given to texts whose headline had been cut away."""


def score(facts: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Weigh the facts about one candidate."""
    return sum(weights.get(name, 0.0) * value for name, value in facts.items())


@cache
def weights_of(model: Literal["line", "page"]) -> dict[str, float]:
    """Look up what each fact weighs: about a line of plain text, or about a title of an HTML page."""
    return {name: float(weight) for name, weight in lexicon("headline")[model].items()}


def first_paragraph(lines: Sequence[Line]) -> int:
    """Find the place of the article's first paragraph: the first long line of its body, else the first long line."""
    body = (place for place, line in enumerate(lines) if line.label is Label.BODY and is_long(line.text))
    return next(body, next((place for place, line in enumerate(lines) if is_long(line.text)), len(lines)))


def is_long(text: str) -> bool:
    """Tell whether a line is as long as a paragraph; scripts without spaces say it in fewer characters."""
    return len(text) >= PROSE_CHARS or (len(text) >= _PROSE_CHARS_DENSE and is_mostly_dense(text))


def describe(lines: Sequence[Line], *, first: int, url: str | None = None) -> dict[int, dict[str, float]]:
    """Describe each line that may be the headline, by its place: the facts that hold, and those that have a size."""
    page = _Around(lines, first, words_of_address(url))
    return {place: page.facts(place) for place in page.places}


_BEFORE, _AFTER = 5, 5
"""Lines looked at on both sides of a candidate."""


@dataclass(frozen=True)
class _Around:
    """The candidates and what is looked up around them, each thing when the first candidate needs it."""

    lines: Sequence[Line]
    first: int
    slug: AbstractSet[str]

    @cached_property
    def places(self) -> list[int]:
        """Where the candidates stand."""
        start, end = max(0, self.first - LINES_ABOVE), min(len(self.lines), self.first + LINES_BELOW)
        titles = (place for place in range(end, len(self.lines)) if self.lines[place].label is Label.TITLE)
        return [
            place
            for place in (*range(start, end), *islice(titles, TITLES_FARTHER))
            if _may_be_headline(self.lines[place])
        ]

    @cached_property
    def titles(self) -> list[int]:
        """Where candidates stand that are labelled as titles."""
        return [place for place in self.places if self.lines[place].label is Label.TITLE]

    @cached_property
    def shown(self) -> Mapping[str, Sequence[int]]:
        """The places of each short text."""
        shown: dict[str, list[int]] = {}
        for place, line in enumerate(self.lines):
            if len(line.text) <= HEADLINE_CHARS[1]:
                shown.setdefault(line.text.casefold(), []).append(place)
        return shown

    @cached_property
    def short(self) -> str:
        """All short texts, each once."""
        return "\n".join(self.shown)

    @cached_property
    def words(self) -> Mapping[str, int]:
        """How often the text says each of its longer words."""
        text = " ".join(line.text for line in self.lines[self.first : self.first + 40])[:_BODY_CHARS]
        return word_counts(text)

    @cached_property
    def _counts(self) -> dict[int, int]:
        return {}

    def count(self, place: int) -> int:
        """How many words a line has."""
        if place not in self._counts:
            self._counts[place] = word_count(self.lines[place].text)
        return self._counts[place]

    @cached_property
    def _data(self) -> dict[int, bool]:
        return {}

    def is_data(self, place: int) -> bool:
        """Tell whether there is such a line and it gives a date, a name or a reading time."""
        if place not in self._data:
            self._data[place] = 0 <= place < len(self.lines) and _is_data(self.lines[place])
        return self._data[place]

    def glance(self, place: int) -> dict[str, float]:
        """The facts that cost little to find, and those whose size has no bound."""
        line = self.lines[place]
        titles = bisect_left(self.titles, place)
        return {
            f"label {line.label.value}": line.confidence if line.label is Label.TITLE else 1.0,
            "log distance": math.log(1 + abs(place - self.first)),
            **facts_of_words(words_in(line.text), self.words),
            binned("words", self.count(place), _WORD_BOUNDS): 1.0,
            binned("distance", place - self.first, _DISTANCE_BOUNDS): 1.0,
            f"after {self.lines[place - 1].label.value}" if place else "first of all": 1.0,
            f"before {self.lines[place + 1].label.value}" if place + 1 < len(self.lines) else "last of all": 1.0,
            **({binned("titles above", titles, (1, 2, 3)): 1.0} if titles else {}),
            "words of the address": likeness(plain_words(line.text), self.slug) if self.slug else 0.0,
        }

    def facts(self, place: int) -> dict[str, float]:
        """All facts about a candidate."""
        text = self.lines[place].text
        said = [*_of_text(text, self.count(place)), *_of_neighbours(self, place), *_of_repetitions(self, place)]
        return {**self.glance(place), **dict.fromkeys(said, 1.0)}


def _may_be_headline(line: Line) -> bool:
    if not HEADLINE_CHARS[0] <= len(line.text) <= HEADLINE_CHARS[1] or line.label in _NO_HEADLINE:
        return False
    if line.label is Label.BYLINE and opens_byline(line.text):
        return False
    is_paragraph = line.label is Label.BODY and is_long(line.text) and _ends_sentence(line.text)
    return not is_paragraph and line.reason not in _ECHOES and any(map(str.isalnum, line.text))


def binned(name: str, value: float, bounds: Sequence[float]) -> str:
    """Say in which of the ranges between the bounds a number lies, as one fact."""
    return f"{name} {bisect(bounds, value)}"


_SHORT_COUNT = 4
_WORD_BOUNDS = (2, 3, 4, 5, 7, 9, 12, 16, 20, 27)
_DISTANCE_BOUNDS = (-40, -25, -15, -10, -7, -5, -4, -3, -2, -1, 0, 1)


def _of_neighbours(page: _Around, place: int) -> Iterator[str]:
    before = [page.count(near) for near in range(max(0, place - _BEFORE), place)]
    after = [page.count(near) for near in range(place + 1, min(len(page.lines), place + 1 + _AFTER))]
    data = [page.is_data(near) for near in range(place - 2, place + 1 + _NEAR)]
    yield binned("words next", after[0] if after else 0, (1, 2, 4, 7, 12, 20))
    yield binned("words before", before[-1] if before else 0, (1, 2, 4, 7, 12, 20))
    yield binned("long lines before", len([count for count in before if count > _SHORT_COUNT]), (1, 2, 3, 4))
    yield binned("long lines next", len([count for count in after if count > _SHORT_COUNT]), (1, 2, 3, 4))
    facts = {
        "longer next": bool(after) and after[0] > 1.3 * page.count(place),
        "data next": data[3],
        "data near": True in data[3:],
        "data before": True in data[:2],
        "data itself": data[2],
    }
    yield from compress(facts, facts.values())


def _of_repetitions(page: _Around, place: int) -> Iterator[str]:
    """Say whether the line stands elsewhere too, alone or inside a longer one such as a breadcrumb."""
    folded = page.lines[place].text.casefold()
    shown = page.shown[folded]
    if len(shown) > 1:
        yield "repeated" if shown[0] == place else "repeated above"
        yield binned("shown", len(shown), (3, 4))
    if len(folded) >= _MIN_ECHO and page.short.count(folded) > 1:
        yield "within others"


_MIN_ECHO = 12


def _is_data(line: Line) -> bool:
    """Tell whether a line gives a date, a name after "by" or a reading time: it stands right below headlines."""
    if line.label in (Label.BYLINE, Label.DATE, Label.READING_TIME):
        return True
    if len(line.text) > PROSE_CHARS:
        return False
    return _BYLINE.match(line.text) is not None or (
        any(map(str.isdigit, line.text)) and (_CLOCK.search(line.text) is not None or bool(find_dates(line.text)))
    )


def _of_text(text: str, count: int) -> Iterator[str]:
    facts = {
        "sentence": _ends_sentence(text),
        "question": text.rstrip("\"'”’»").endswith(("?", "？")),
        "colon at end": text.endswith((":", "：")),
        "colon within": ": " in text or "：" in text,
        "bar": " | " in text or " » " in text or " > " in text or " / " in text,
        "starts lower": text[:1].islower(),
        "starts with digit": text[:1].isdigit(),
        "starts with sign": not text[:1].isalnum(),
        "all capitals": text.isupper(),
        "name": count in (2, 3) and text.istitle() and is_name(text),
        "cut off": text.endswith(("...", "…")),
        "brackets": text.endswith((")", "]")),
        "role": says_role(text),
        "opens byline": opens_byline(text),
    }
    yield from compress(facts, facts.values())


def _ends_sentence(text: str) -> bool:
    return _SENTENCE_END.search(text[-2:]) is not None
