"""What a sentence with a colon announces: the list, table or verse below it, judged as one thing.

The network reads line by line, and the farther a line stands below the last paragraph, the less it takes it for text:
of a list that ends an article it keeps the first entries and cuts the rest, of a table of results it keeps nothing. But
a text does not end with a colon. Out of fold, of the 453 lines that this keeps on WCXB, fundus and magic-html (dumps
and HTML) 285 stand in the gold text; word F1 on the dumps of WCXB goes from 0.9475 to 0.9479, of fundus from 0.9426 to
0.9423.
"""

import polars as pl

from cleaners.context import DOC, last_at, neighbour
from cleaners.features import LONG_UNITS
from cleaners.labels import Label
from cleaners.rules import UNSURE, gives_label, is_link, is_rule, units

at = pl.col("at")

LIKE_TEXT = 0.6
"""The line with the colon is itself text: "Read these next:" is kept at times, but never so surely."""
LISTED = 0.25
"""Where the first entries are held for text less than this (their mean), the list is one of links; where more, all of
it goes with them."""
FIRST_ENTRIES = 2
LOWER_SHARE = 0.5
"""Headlines and menu items begin with a capital; a list or verse half of whose lines do not is none of them."""
LONGER = 2.0
LONGER_BY = 2.0
"""A line that is longer than this many times the longest of the first entries, and some words, is no entry any more:
lists of teasers follow on lists without a heading between."""
FEWEST_CELLS = 3
CELL_SHARE = 0.3
CELL_UNITS = 9
"""A table: so many rows or cells with figures or columns, one in three at least, and none long."""
DIFFERENT_SHARE = 0.7
"""Buttons and prices come again and again, entries seldom."""
MOST_LINES = 60
REASON = "announced by a colon"

_is_number = gives_label("line_rule", Label.DATE) & ~pl.col("has_full_date") & ~pl.col("is_ago")
_may_go_on = (
    (pl.col("line_rule").is_null() | is_rule("player timing") | _is_number)
    & pl.col("claim_rule").is_null()
    & pl.col("suspect_rule").is_null()
    & ~is_link
    & ~pl.col("in_comments")
    & ~pl.col("in_related")
    & ~pl.col("in_bio")
    & ~pl.col("is_headline")
    & ~pl.col("ends_cut")
    & (units < LONG_UNITS)
)
_announces = (
    pl.col("is_kept")
    & (pl.col("kept") > LIKE_TEXT)
    & pl.col("ends_colon")
    & pl.col("line_rule").is_null()
    & pl.col("suspect_rule").is_null()
    & (units >= 3)  # noqa: PLR2004 - "Overview:" is a label, and what it stands above anybody's guess
    & (pl.col("in_region") | (neighbour("is_kept", 1, default=False) & neighbour("prose", 1, default=False)))
)
_is_cell = ((pl.col("digits") > 0) | pl.col("has_columns")) & (units <= CELL_UNITS)


def with_announced(judged: pl.DataFrame) -> pl.DataFrame:
    """Keep the lines that stay with the entries around them, as body, and mark them in `is_announced`.

    `judged` is the labelled table with `kept` (how surely a line is text) and `is_kept`. What goes for what it says
    (`is_revised`) stays away: a call to subscribe is no entry of a list. A list of headlines that went as one may come
    back, for the colon says more.
    """
    joined = judged.with_columns(is_announced=_announced(judged) & ~judged["is_kept"] & ~judged["is_revised"])
    stays = pl.col("is_announced")
    return joined.with_columns(
        is_kept=pl.col("is_kept") | stays,
        label=pl.when(stays).then(pl.lit(Label.BODY.value)).otherwise("label"),
        confidence=pl.when(stays).then(UNSURE).otherwise("confidence"),
        reason=pl.when(stays).then(pl.lit(REASON)).otherwise("reason"),
    )


def _announced(judged: pl.DataFrame) -> pl.Series:
    """Tell of each line whether it belongs to a list or table below a line with a colon, all of which is to stay."""
    seen = judged.with_columns(announces=_announces, may_go_on=_may_go_on, is_cell=_is_cell).with_columns(
        opener=last_at(pl.col("announces"))
    )
    entries = seen.with_columns(
        entry=at - pl.col("opener"),
        ends=~pl.col("announces") & (~pl.col("may_go_on") | (pl.col("is_kept") & pl.col("prose"))),
    ).with_columns(is_first=(pl.col("opener") >= 0) & pl.col("entry").is_between(1, FIRST_ENTRIES))
    run = [DOC, "opener"]
    longest = units.filter("is_first").max().over(run)
    sized = entries.with_columns(
        ends=pl.col("ends") | ((units > LONGER * longest + LONGER_BY).fill_null(value=False) & ~pl.col("announces"))
    ).with_columns(
        in_run=(pl.col("opener") >= 0)
        & ~pl.col("announces")
        & (pl.col("entry") <= MOST_LINES)
        & ~(pl.col("ends").cast(pl.Int8).cum_max().over(run) > 0)
    )
    within = pl.col("in_run")
    cells = (pl.col("is_cell") & within).sum().over(run)
    is_table = (
        (cells >= FEWEST_CELLS)
        & (cells >= CELL_SHARE * within.sum().over(run))
        & (units.filter(within).max().over(run) <= CELL_UNITS)
        & (at <= at.filter(pl.col("is_cell") & within).max().over(run))
    )
    is_varied = pl.col("folded").filter(within).n_unique().over(run) >= DIFFERENT_SHARE * within.sum().over(run)
    is_list = (pl.col("kept").filter(pl.col("is_first") & within).mean().over(run) > LISTED) | (
        (pl.col("starts_lower") & within).sum().over(run) >= LOWER_SHARE * within.sum().over(run)
    )
    return sized.select((within & is_varied & (is_table | is_list)).fill_null(value=False)).to_series()
