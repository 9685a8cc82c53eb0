"""Why the network gave a line its label, in words: which kinds of evidence weighed most."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl

from cleaners.boxes import Floats
from cleaners.network import product

_KINDS: Mapping[str, str] = {
    "its length": "log_units units log_chars goes_on breaks",
    "how its words are written": (
        "chars_per_unit lower_rate upper_rate capital_rate all_capitals starts_lower starts_digit starts_symbol "
        "has_case has_capital_inside has_letters unspaced_rate is_code is_name_like"
    ),
    "how it ends": (
        "ends_sentence ends_like_prose ends_cut ends_colon ends_digit ends_bang ends_ellipsis ends_comma ends_letter "
        "is_question has_sentence_break prose sentences"
    ),
    "its digits, dates and signs": (
        "commas comma_rate digit_rate digits separators quotes brackets has_address has_at has_money has_percent "
        "has_year has_clock is_timing is_handle is_ago has_month has_full_date is_item is_quote is_data data_next "
        "columns"
    ),
    "its links": "link_share",
    "its place in the page": "place log_place log_rest prose_place worth",
    "where it stands to the text": (
        "to_region_start to_region_end to_first_prose has_region in_region is_closing is_amid_text since_prose "
        "till_prose is_plain is_verse"
    ),
    "where it stands to the headline": (
        "to_first_title to_last_title has_no_title is_headline repeats_title_start between_titles after_title is_title "
        "looks could_be_title"
    ),
    "that it recurs": "repeats stood_above same_start same_end",
    "what the page is like": (
        "log_length log_prose document_links document_prose document_case document_cut is_html"
    ),
    "the heading above it": (
        "in_comments below_comments in_related in_bio is_related_heading is_caption_twin is_dated_caption after_player "
        "is_player is_picture is_credit"
    ),
}  # fmt: skip
"""Kind of evidence → the inputs that carry it."""

_PREFIXES: Mapping[str, str] = {
    "mark:": "what its element is called",
    "tag:": "what its element is called",
    "cohesion:": "the words it shares with the text",
    "line_rule:": "the phrases in it",
    "claim_rule:": "what its element is called",
    "suspect_rule:": "the phrases in it",
    "opens:": "the phrases in it",
    "is:": "the phrases in it",
    "has:": "the phrases in it",
    "box_": "the block it stands in",
    "outer_": "the block it stands in",
    "steps_": "the block it stands in",
    "kin_": "the block it stands in",
    "main_": "the block it stands in",
    "glued_": "the phrases in it",
    "promo_": "the phrases in it",
}
"""The same by how the input's name begins."""

_SPOKEN = 2
"""So many kinds are named, where so many spoke for the label at all."""


def kind_of(name: str) -> str:
    """Tell which kind of evidence an input carries."""
    by_name = next((kind for kind, carried in _KINDS.items() if name in carried.split()), None)
    return by_name or next(kind for start, kind in _PREFIXES.items() if name.startswith(start))


@cache
def _kinds_of(names: tuple[str, ...]) -> tuple[list[str], Floats]:
    """Sort inputs by kind of evidence: the kinds, and a table of ones (inputs, kinds)."""
    found = [kind_of(name) for name in names]
    kinds = list(dict.fromkeys(found))
    table = np.zeros((len(names), len(kinds)), np.float32)
    table[np.arange(len(names)), [kinds.index(kind) for kind in found]] = 1
    return kinds, table


def learned_reasons(weights: Floats, names: tuple[str, ...]) -> pl.Series:
    """Say for each line which kinds of evidence spoke most for its label; `weights` holds what each input said."""
    kinds, table = _kinds_of(names)
    said = product(weights, table)
    first, second = np.argsort(-said, axis=1, kind="stable")[:, :_SPOKEN].T
    is_alone = np.take_along_axis(said, second[:, None], axis=1)[:, 0] <= 0
    words = [f"learned: {one}" if one == two else f"learned: {one}, {two}" for one in kinds for two in kinds]
    return pl.Series("reason", words, dtype=pl.String).gather(first * len(kinds) + np.where(is_alone, first, second))
