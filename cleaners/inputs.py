"""The table that the rules leave, as numbers for the network: a row a line, a column a feature.

The columns are known by name, and phrase lists and rules by theirs, so that a new list or rule needs no new weights.
Values are divided so that the usual ones lie between 0 and 1 or near it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cleaners.boxes import BOX_COLUMNS, Floats
from cleaners.characters import CHARACTER_COLUMNS, EDGE_COLUMNS, Characters
from cleaners.labels import KEPT, Label
from cleaners.lines import Mark
from cleaners.phrases import names
from cleaners.rules import RULES

LABELS: tuple[Label, ...] = tuple(Label)
"""The labels in the order in which the network knows them."""

KEPT_PLACES = [place for place, label in enumerate(LABELS) if label in KEPT]
IS_KEPT: NDArray[np.bool_] = np.isin(np.arange(len(LABELS)), KEPT_PLACES)
"""Which of the labels stay in the body: by their places, and as a yes or no for each."""

DOC = "doc"
text = pl.col("text")
at = pl.col("at")
length = pl.col("length")
units = pl.col("units").clip(1.0, None)
chars = pl.col("chars").clip(1, None)

_FLAGS = (
    "ends_sentence ends_like_prose ends_cut ends_colon has_sentence_break starts_lower is_item is_quote is_question "
    "is_code has_year has_clock is_timing is_handle is_ago has_case has_capital_inside glued_opening glued_menu "
    "has_month has_full_date prose is_player is_related_heading is_plain is_credit is_picture is_verse in_comments "
    "below_comments in_related in_bio is_caption_twin is_dated_caption after_player has_region in_region is_closing "
    "is_amid_text is_data has_letters data_next is_name_like is_headline repeats_title_start between_titles "
    "after_title is_html is_title"
).split()
"""Columns of the labelled table that are a yes or no."""

_TAGS = (
    "p h1 h2 h3 h4 h5 h6 li td th div a span blockquote pre figcaption button section article dd dt tr label body"
).split()


def _distance(place: str) -> pl.Expr:
    """How far above (negative: below) a place of the document a line stands, far distances pressed together."""
    steps = at - pl.col(place).fill_null(0)
    return steps.sign() * (steps.abs() + 1).log() / 4


def _share_of_document(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64).mean().over(DOC)


_FAR = 60
"""Prose farther away than this many lines might as well be missing."""

_last_prose = pl.when(pl.col("prose")).then(at).forward_fill().over(DOC).fill_null(-_FAR)
_next_prose = pl.when(pl.col("prose")).then(at).backward_fill().over(DOC).fill_null(1_000_000)

_MEASURES: dict[str, pl.Expr] = {
    "log_units": (units + 1).log() / 4,
    "units": (units / 40).clip(0, 2),
    "log_chars": (chars + 1).log() / 6,
    "chars_per_unit": (chars / units / 10).clip(0, 3),
    "commas": (pl.col("commas") + 1).log() / 2,
    "comma_rate": (pl.col("commas") / units * 5).clip(0, 2),
    "lower_rate": pl.col("lower_words") / units,
    "digit_rate": pl.col("digits") / chars,
    "digits": (pl.col("digits") + 1).log() / 3,
    "columns": (pl.col("columns") + 1).log() / 2,
    "has_address": text.str.contains_any(["http://", "https://", "www.", ".com"]),
    "promo_words": pl.col("promo_words").clip(0, 4) / 2,
    "link_share": pl.col("link_share"),
    "place": at / length,
    "log_place": (at + 1).log() / 6,
    "log_rest": (length - at).log() / 6,
    "log_length": (length + 1).log() / 6,
    "prose_place": pl.col("prose_before") / (pl.col("prose_total") + 1),
    "log_prose": (pl.col("prose_total") + 1).log() / 7,
    "worth": (pl.col("worth") / 20).clip(-3, 3),
    "to_region_start": _distance("region_start"),
    "to_region_end": _distance("region_end"),
    "to_first_prose": _distance("first_prose"),
    "to_first_title": _distance("first_title"),
    "to_last_title": _distance("last_title"),
    "has_no_title": pl.col("first_title").is_null(),
    "repeats": pl.len().over(DOC, "folded").cast(pl.Float64).log() / 2,
    "stood_above": at > at.min().over(DOC, "folded"),
    "looks": pl.col("looks").fill_null(0) / 8,
    "could_be_title": pl.col("looks").is_not_null(),
    "goes_on": pl.col("gap") == 0,
    "breaks": pl.col("gap") == 1,
    "since_prose": ((at - _last_prose).clip(0, _FAR) + 1).log() / 4,
    "till_prose": ((_next_prose - at).clip(0, _FAR) + 1).log() / 4,
    "document_links": _share_of_document("link_share"),
    "document_prose": _share_of_document("prose"),
    "document_case": _share_of_document("has_case"),
    "document_cut": _share_of_document("ends_cut"),
}
"""What is measured of a line, its place, and its document."""

_FLAGS_AND_MEASURES = [
    *(pl.col(name).fill_null(False).cast(pl.Float32) for name in _FLAGS),  # noqa: FBT003 - polars asks for it so
    *(value.cast(pl.Float32).fill_nan(0).fill_null(0).alias(f"_{name}") for name, value in _MEASURES.items()),
]

DIGITS = 4
"""The last digits of a logarithm depend on where in a batch a line stands."""

_RULE_COLUMNS = ("line_rule", "claim_rule", "suspect_rule")
_NO_RULE = len(RULES)
_RULE_LABELS = np.array([*(LABELS.index(rule.label) for rule in RULES), -1])
"""The rules are known to the network by their label only, so that a new rule needs no new weights. What the last rules
decide, by place, is kept from it: it learned to trust that, which cost it more on strange sites than it gained."""

COHESION_COLUMNS = 6
_FEW_SHARED, _MANY_WORDS = 6, 30


def cohesion(characters: Characters, labelled: pl.DataFrame) -> Floats:
    """Measure how much a line speaks of what the article speaks of: (lines, 6).

    Shares of its longer words that stand in one other paragraph of the region, in two, anywhere else in the document
    and in the headline; then how many stand in the headline, and how many there are. Teasers of other articles and
    consent texts share few.
    """
    core = labelled.select(is_core=pl.col("prose") & pl.col("in_region"))["is_core"].to_numpy()
    head = labelled["is_headline"].to_numpy()
    doc = labelled[DOC].to_numpy().astype(np.uint64)
    line, word = characters.words()
    key = word ^ (doc[line] * np.uint64(0x9E3779B97F4A7C15))
    order = np.argsort(key, kind="stable")
    key, line = key[order], line[order]
    is_first = np.ones(len(key), bool)
    is_first[1:] = (key[1:] != key[:-1]) | (line[1:] != line[:-1])
    key, line = key[is_first], line[is_first]
    table = np.zeros((len(labelled), COHESION_COLUMNS), np.float32)
    if not len(key):
        return table
    opens = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    size = np.diff(np.append(opens, len(key)))
    paragraphs = np.repeat(np.add.reduceat(core[line].astype(np.int64), opens), size) - core[line]
    heads = np.repeat(np.logical_or.reduceat(head[line], opens), size)
    seen = (paragraphs > 0, paragraphs > 1, np.repeat(size, size) > 1, heads)
    shared = [np.bincount(line, weights=one, minlength=len(labelled)) for one in seen]
    count = np.bincount(line, minlength=len(labelled))
    shares = np.stack(shared, axis=1) / np.maximum(count, 1)[:, None]
    table[:, :4] = shares
    table[:, 4] = np.minimum(shared[3], _FEW_SHARED) / 3
    table[:, 5] = np.minimum(count, _MANY_WORDS) / 15
    return table


def _bits(column: pl.Series, bits: Sequence[int]) -> Floats:
    octets = column.to_numpy().astype("<u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(octets, axis=1, bitorder="little")[:, bits].astype(np.float32)


def _chosen(place: NDArray[Any], count: int) -> Floats:
    """A column for each choice, 1 where it was taken; negative places are none of them."""
    table = np.zeros((len(place), count), np.float32)
    rows = np.flatnonzero(place >= 0)
    table[rows, place[rows]] = 1.0
    return table


_PHRASES = (
    "ad_marker bio bio_heading byline caption comments comments_heading consent date dek_heading error_page legal "
    "media month nav paywall promo promo_word reading_time related_heading related_teaser section_heading share "
    "source weekday"
).split()
_WAYS = ("opens", "is", "has")
_BIT = {name: place for place, name in enumerate(names())}


def input_names() -> list[str]:
    """Name the columns of `inputs`, in order; weights are bound to this list."""
    return [
        *_FLAGS,
        *_MEASURES,
        *CHARACTER_COLUMNS,
        *EDGE_COLUMNS,
        *(f"{way}:{name}" for way in _WAYS for name in _PHRASES),
        *(f"mark:{mark.name}" for mark in Mark),
        *(f"tag:{tag}" for tag in _TAGS),
        *(f"{column}:{label.value}" for column in _RULE_COLUMNS for label in LABELS),
        *(f"cohesion:{number}" for number in range(COHESION_COLUMNS)),
        *BOX_COLUMNS,
    ]


def inputs(labelled: pl.DataFrame) -> Floats:
    """Make the features of a table that the rules have been over (`ruled_lines`): (lines, features)."""
    characters = Characters.of(labelled["text"])
    said = [_bits(labelled[f"{way}_mask"], [_BIT[name] for name in _PHRASES]) for way in _WAYS]
    tags = labelled["tag"].replace_strict(_TAGS, range(len(_TAGS)), default=-1, return_dtype=pl.Int8).fill_null(-1)
    rules = [
        _chosen(_RULE_LABELS[labelled[column].fill_null(_NO_RULE).to_numpy()], len(LABELS)) for column in _RULE_COLUMNS
    ]
    parts: list[Floats] = [
        labelled.select(_FLAGS_AND_MEASURES).to_numpy().round(DIGITS),
        characters.measures(labelled["units"].clip(1.0).to_numpy()),
        characters.edges(labelled[DOC].to_numpy().astype(np.int64)),
        *said,
        _bits(labelled["marks"], range(len(Mark))),
        _chosen(tags.to_numpy(), len(_TAGS)),
        *rules,
        cohesion(characters, labelled),
        labelled["boxes"].to_numpy(),
    ]
    return _side_by_side(parts)


def _side_by_side(parts: Sequence[Floats]) -> Floats:
    """All columns in one table, some rows at a time: whole parts would each go through all of the table's memory."""
    table = np.empty((len(parts[0]), sum(part.shape[1] for part in parts)), np.float32)
    for start in range(0, len(table), _ROWS):
        rows = slice(start, start + _ROWS)
        np.concatenate([part[rows] for part in parts], axis=1, out=table[rows])
    return table


_ROWS = 512
