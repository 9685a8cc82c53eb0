"""A second opinion on doubtful HTML pages: which of the lines trafilatura takes for the article.

Our labels go by lines and their neighbours, trafilatura goes by the tree. It costs some 30 ms a page, so only pages pay
for it of which the network is in doubt; and it tips the scale, it does not overrule.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from cleaners.labels import KEPT, Label
from cleaners.page import Line

DOUBT = 0.2
"""A page is doubtful where the words that may be misjudged (each by how unsure its line is) come to more than this
share of those that are kept. Of articles 3 to 8 % are. Out of fold it gives 0.005 in snippet F1 on pages of many
countries and nothing, within the spread, elsewhere; asking above 0.1 would give 0.002 more and cost twice as much."""
WEIGHT = 0.4
"""How much the second opinion weighs beside the first. With one half or more it gives nothing: it overrules then."""
FEWEST_WORDS = 50
"""A shorter answer is none, and a page of which fewer words are kept is no article to ask about."""
_LONG_TAG = re.compile(r"<[^<>]{300000}")
"""A page with such a tag is not asked about: trafilatura's parser takes time by the square of a tag's attributes."""
MOST_TAGS = 6_000
"""Tags of a page that is still asked about: trafilatura takes some 100 ms for so many, and two seconds for ten times as
many. Longer pages are mostly lists, where asking gains nothing."""
_WORD = re.compile(r"\w+")
_HEADING_WORDS = 14
_PHRASE_WORDS = 8
"""A line of so many words may be part of a line that trafilatura joined; a shorter one may stand there by chance."""


def is_doubtful() -> pl.Expr:
    """Tell of each document whether a second opinion is worth its cost: an aggregation over its labelled lines."""
    units = pl.col("units")
    kept = units.filter(pl.col("label").is_in(sorted(KEPT))).sum()
    doubt = ((1 - pl.col("confidence")) * units).sum()
    return pl.col("is_html").first() & (kept >= FEWEST_WORDS) & (doubt > DOUBT * kept)


def second_opinion(source: str, lines: Sequence[Line]) -> list[Line]:
    """Weigh anew the lines that trafilatura takes for the article or leaves; all stay where it finds little.

    Titles stay out of the body, which trafilatura opens with them.
    """
    if source.count("<") > MOST_TAGS or _LONG_TAG.search(source):
        return list(lines)
    import trafilatura

    # Fast: without asking two more extractors in doubt, which costs a third of the time and is no better here.
    found = trafilatura.extract(source, fast=True, include_comments=False, favor_recall=True) or ""
    if len(_WORD.findall(found)) < FEWEST_WORDS:
        return list(lines)
    whole = f" {_folded(found)} "
    chosen = {_folded(line) for line in found.split("\n")}

    def is_chosen(line: Line) -> bool:
        words = _folded(line.text)
        return words in chosen or (words.count(" ") >= _PHRASE_WORDS and f" {words} " in whole)

    return [_weighed(line, is_chosen=is_chosen(line)) for line in lines]


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _weighed(line: Line, *, is_chosen: bool) -> Line:
    """Give the line as both opinions together see it: another label only where the second one tips the scale."""
    first = line.confidence if line.kept else 1 - line.confidence
    kept = (1 - WEIGHT) * first + WEIGHT * is_chosen
    if (kept > 1 / 2) == line.kept or line.label is Label.TITLE or not _folded(line.text):
        return line
    if line.kept:
        reason = "second opinion: not in the article"
        return replace(line, label=Label.OTHER, kept=False, confidence=round(1 - kept, 4), reason=reason)
    is_heading = len(_WORD.findall(line.text)) < _HEADING_WORDS and line.text[-1:].isalnum()
    label = Label.HEADING if is_heading else Label.BODY
    reason = "second opinion: in the article"
    return replace(line, label=label, kept=True, confidence=round(kept, 4), reason=reason)
