"""A second opinion on doubtful HTML pages: which of the lines trafilatura takes for the article.

The labels go by runs of prose; where a page's prose lies scattered (a list article, a page builder's pieces) they keep
too small a part of it. trafilatura goes by the tree. It costs some 30 ms a page, so only doubtful pages pay for it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from cleaners.labels import KEPT, Label
from cleaners.page import Line

DOUBTFUL_SHARE = 0.7
"""A page is doubtful when less than this share of its undisputed prose is kept, in words. Of 790 WCXB articles 15 are;
their word F1 is 0.46, trafilatura's 0.85; between 0.7 and 0.85 the two are equal."""
FEWEST_WORDS = 50
"""A shorter answer is none."""
_WORD = re.compile(r"\w+")
_HEADING_WORDS = 14
_PHRASE_WORDS = 8
"""A line of so many words may be part of a line that trafilatura joined; a shorter one may stand there by chance."""


def is_doubtful() -> pl.Expr:
    """Tell of each document whether a second opinion is worth its cost: an aggregation over its labelled lines."""
    units = pl.col("units")
    undisputed = pl.col("prose") & pl.col("line_rule").is_null() & pl.col("claim_rule").is_null()
    kept = units.filter(pl.col("prose") & pl.col("label").is_in(sorted(KEPT))).sum()
    return pl.col("is_html").first() & (kept < DOUBTFUL_SHARE * units.filter(undisputed).sum())


def second_opinion(source: str, lines: Sequence[Line]) -> list[Line]:
    """Keep the lines that trafilatura finds in the page, and no others; all stay as they are where it finds little."""
    import trafilatura

    found = trafilatura.extract(source, include_comments=False, deduplicate=False) or ""
    if len(_WORD.findall(found)) < FEWEST_WORDS:
        return list(lines)
    whole = f" {_folded(found)} "
    chosen = {_folded(line) for line in found.split("\n")}

    def is_chosen(line: Line) -> bool:
        words = _folded(line.text)
        return words in chosen or (words.count(" ") >= _PHRASE_WORDS and f" {words} " in whole)

    return [_judged(line, is_chosen=is_chosen(line)) for line in lines]


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _judged(line: Line, *, is_chosen: bool) -> Line:
    if is_chosen == line.kept or line.label is Label.TITLE or not _folded(line.text):
        return line
    if not is_chosen:
        return replace(line, label=Label.OTHER, kept=False, confidence=0.6, reason="second opinion: not in the article")
    is_heading = len(_WORD.findall(line.text)) < _HEADING_WORDS and line.text[-1:].isalnum()
    label = Label.HEADING if is_heading else Label.BODY
    return replace(line, label=label, kept=True, confidence=0.6, reason="second opinion: in the article")
