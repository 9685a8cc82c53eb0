"""Digests: a page that strings several articles together, most often of several publishers, gives one part an article.

Two shapes are known. In a *reviewed* digest each article is a headline, a summary of it, and its text: the summary says
in the words of the text what the text then says. In a *stacked* one each is a headline, a byline, date or source, and
its text. Subheads have neither, so an article with many subheads stays one article.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from cleaners.labels import Label
from cleaners.page import Line

MOST_LINES = 5_000
"""A longer page is no digest but a dump; looking for repeated word sequences in it would cost much memory."""
FEWEST_PARTS = 3
"""Two headlines with their texts may be an article and a long teaser; three are a pattern."""
HEADLINE_CHARS = (24, 160)
HEADLINE_WORDS = 5
TEXT_CHARS = 80
SUBHEADS = 3
"""A summary may speak of the text below so many subheads."""
SUMMARY_PARAGRAPHS = 2
STACKED_PARAGRAPHS = 3
"""Each part has so many paragraphs of text below its summary, or below its byline: fewer are teasers, or comments."""
FEWEST_PARAGRAPHS = min(SUMMARY_PARAGRAPHS + 1, STACKED_PARAGRAPHS)
ALIKE_SHARE = 0.2
"""The smallest of stacked articles has at least so large a share of the largest one's text."""
SHINGLE_WORDS = 7
SUMMARY_SHINGLES = 2
"""A summary shares so many of its seven-word sequences with the text below it. Listicles and guides repeat shorter
ones; see `docs/measurements.md` for how many single articles are taken apart by mistake."""

OPENING_PARAGRAPHS = 1
"""A digest begins with its first article; at most a word of introduction stands above."""

Shingles = frozenset[str]
_WORD = re.compile(r"\w+")
_ENDS = tuple(".!…。！:：,;")
_CLOSES = "\"'”’)»"
_ITEM = re.compile(r"[-–•*]|\(?\d+[.)]")
_HEADLINES = frozenset({Label.TITLE, Label.HEADING, Label.BODY, Label.RELATED})
_DATA = frozenset({Label.BYLINE, Label.DATE, Label.SOURCE})
_TEXT = frozenset({Label.BODY, Label.DEK})
_BELOW = _TEXT | _DATA


def find_parts(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Find where the articles of a digest begin and end, as places in `lines`; none for a page that is one article."""
    paragraphs = [place for place, line in enumerate(lines) if len(line.text) >= TEXT_CHARS and line.label in _TEXT]
    if len(lines) > MOST_LINES or len(paragraphs) < FEWEST_PARTS * FEWEST_PARAGRAPHS:
        return []
    top = range(min(paragraphs[OPENING_PARAGRAPHS] + 1, len(lines) - 1))
    first = [place for place in top if _could_be_headline(lines, place)]
    if not any(_is_summarised(lines, place) or _has_data(lines, place) for place in first):
        return []
    below = [place for place in range(top.stop, len(lines) - 1) if _could_be_headline(lines, place)]
    candidates = [*first, *below]
    if len(candidates) < FEWEST_PARTS or not _may_begin(lines, first, candidates):
        return []
    shingles = _own_shingles(lines)
    starts = _without_repeats(
        lines,
        [
            place
            for place, end in zip(candidates, _reaches(candidates, len(lines)), strict=True)
            if _has_summary(lines, shingles, place, end) or _has_data(lines, place)
        ],
    )
    while len(starts) >= FEWEST_PARTS:
        parts = list(pairwise([*starts, len(lines)]))
        full = [start for start, end in parts if _is_full(lines, start, end)]
        if full == starts:
            return parts if _paragraphs(lines, 0, starts[0]) <= OPENING_PARAGRAPHS and _are_alike(lines, parts) else []
        starts = full
    return []


def _may_begin(lines: Sequence[Line], first: Sequence[int], candidates: Sequence[int]) -> bool:
    """Tell whether one of the first candidates begins an article: this rules out most pages."""
    if any(_has_data(lines, place) for place in first):
        return True
    return any(
        _overlaps(_shingles(lines[place + 1].text), (_shingles(line.text) for line in lines[place + 2 : end]))
        for place, end in zip(first, _reaches(candidates, len(lines)), strict=False)
        if _is_summarised(lines, place)
    )


def _are_alike(lines: Sequence[Line], parts: Sequence[tuple[int, int]]) -> bool:
    """Tell whether parts known by their bylines alone are of a size: an article and its teasers are not."""
    if all(_is_summarised(lines, start) for start, _ in parts):
        return True
    sizes = [sum(len(line.text) for line in lines[start:end] if line.label in _TEXT) for start, end in parts]
    return min(sizes) >= ALIKE_SHARE * max(sizes)


def _is_summarised(lines: Sequence[Line], start: int) -> bool:
    return _is_paragraph(lines[start + 1])


def _reaches(candidates: Sequence[int], end: int) -> list[int]:
    """Where the text ends that a candidate's summary may speak of: the next subheads do not end it."""
    return [*candidates, *[end] * SUBHEADS][SUBHEADS:]


def _is_full(lines: Sequence[Line], start: int, end: int) -> bool:
    needed = SUMMARY_PARAGRAPHS + 1 if _is_summarised(lines, start) else STACKED_PARAGRAPHS
    return _paragraphs(lines, start + 1, end) >= needed


def _paragraphs(lines: Sequence[Line], start: int, end: int) -> int:
    return sum(_is_paragraph(line) for line in lines[start:end])


def _is_paragraph(line: Line) -> bool:
    return len(line.text) >= TEXT_CHARS and line.label in _TEXT


def relabelled(part: Sequence[Line]) -> list[Line]:
    """Give the lines of one part with its headline as title and its summary as dek."""
    found = list(part)
    found[0] = _as(found[0], Label.TITLE, "headline in a digest")
    texts = [line.text if line.label in _TEXT else "" for line in found]
    shingles = [_shingles(text) for text in texts]
    first_text = next((place for place, line in enumerate(found) if place and len(line.text) >= TEXT_CHARS), 0)
    for place in range(1, min(len(found), 5)):
        if found[place].label is Label.DEK:
            continue
        if place < first_text and found[place].kept:
            found[place] = _as(found[place], Label.SOURCE, "outlet in a digest")
        is_summary = place == 1 and _overlaps(shingles[1], shingles[2:])
        is_point = place > 1 and found[place - 1].label is Label.DEK and found[place].text.startswith(("-", "•", "*"))
        if found[place].label is Label.BODY and (is_summary or is_point):
            found[place] = _as(found[place], Label.DEK, "summary in a digest")
    return found


def introduction(lines: Sequence[Line]) -> list[Line]:
    """Give the lines above the first article, of which none belongs to an article's body."""
    return [_as(line, Label.DEK, "above the articles of a digest") if line.kept else line for line in lines]


def _as(line: Line, label: Label, reason: str) -> Line:
    return replace(line, label=label, kept=False, reason=reason)


def _could_be_headline(lines: Sequence[Line], place: int) -> bool:
    line, below = lines[place], lines[place + 1]
    shortest, longest = HEADLINE_CHARS
    return (
        shortest <= len(line.text) <= longest
        and line.label in _HEADLINES
        and not line.text.rstrip(_CLOSES).endswith(_ENDS)
        and not _ITEM.match(line.text)
        and len(_WORD.findall(line.text)) >= HEADLINE_WORDS
        and (below.label in _BELOW or len(_WORD.findall(below.text)) < HEADLINE_WORDS)
        and any(len(line.text) >= TEXT_CHARS for line in lines[place + 1 : place + 5])
    )


def _has_summary(lines: Sequence[Line], shingles: Sequence[Shingles], place: int, end: int) -> bool:
    return lines[place + 1].label in _TEXT and _overlaps(shingles[place + 1], shingles[place + 2 : end])


def _overlaps(summary: Shingles, text: Iterable[Shingles]) -> bool:
    return bool(summary) and sum(len(summary & piece) for piece in text) >= SUMMARY_SHINGLES


def _has_data(lines: Sequence[Line], place: int) -> bool:
    """Tell whether a date and a byline, a source or an outlet's name stand between the headline and a text."""
    below = lines[place + 1 : place + 5]
    first = next((at for at, line in enumerate(below) if len(line.text) >= TEXT_CHARS), None)
    between = below[:first] if first else []
    is_dated = any(line.label is Label.DATE for line in between)
    are_data = all(line.label in _DATA or len(_WORD.findall(line.text)) < HEADLINE_WORDS for line in between)
    return are_data and (len(between) > 1 if is_dated else any(line.label is Label.BYLINE for line in between))


def _without_repeats(lines: Sequence[Line], starts: Sequence[int]) -> list[int]:
    """The same headline twice is one article: the later place counts, where its text stands."""
    later = {lines[place].text.casefold(): place for place in starts}
    return sorted(later.values())


def _own_shingles(lines: Sequence[Line]) -> list[Shingles]:
    """The word sequences of each paragraph that one other has, a summary or its text.

    Those that recur all over the page are set phrases and specifications.
    """
    all_of_them = [_shingles(line.text) if line.label in _TEXT else frozenset() for line in lines]
    seen: set[str] = set()
    twice: set[str] = set()
    often: set[str] = set()
    for found in all_of_them:
        again = seen & found
        often |= twice & again
        twice |= again
        seen |= found
    twice -= often
    return [found & twice for found in all_of_them]


def _shingles(text: str) -> Shingles:
    words = _WORD.findall(text.casefold())
    joined = " ".join(words)
    starts = [0, *accumulate(len(word) + 1 for word in words)]
    return frozenset(joined[start : end - 1] for start, end in zip(starts, starts[SHINGLE_WORDS:], strict=False))
