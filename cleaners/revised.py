"""What is decided anew once the network has spoken: where it is not to be believed, line by line and by neighbours.

Of a line between two paragraphs a word alone proves nothing; a list is decided as one; a picture's credit and a call to
subscribe are what they are wherever they stand. None of it is an input of the network. The figures are out of fold, on
the dumps and HTML of the article pages of WCXB, fundus and magic-html.
"""

import polars as pl

from cleaners.context import DOC, neighbour
from cleaners.labels import Label
from cleaners.phrases import HAS_CHARS, opens_with
from cleaners.rules import CERTAIN, is_rule, units
from cleaners.said import ends_in_credit, is_call

LIKE_TEXT = 0.6
"""A line that a word took away stays between two kept ones from here on: of 261 such lines 239 stand in the gold text,
subheads ("Locations", "Privacy"), entries with a date, names in a list of networks. With only one kept neighbour it is
three in four."""
WORDS_ALONE = ("menu item", "date", "legal line", "player message", "share button", "picture credit")

LIST_LINES = 3
LIST_CUT = 0.2
LIST_SURENESS, LEFTOVER_LIST_SURENESS = 0.65, 0.5
"""So many headlines below the article in text without tags are one list: where one in five of them goes and the network
is on the mean no surer of them, all go. Of 65 lines of 18 pages that stayed alone two in three are no text by the gold;
with tags one in ten, and they stay. In what an extractor has chosen such a list is the article's own more often."""

CREDIT = "credit at its end"
CREDIT_CHARS = 110
CREDIT_UNITS = 80
CALL = "call to subscribe"
CALL_UNITS = 40
VERY_SURE = 0.9
"""A line of which the network is so sure goes only where it is a call and nothing else (`cleaners.said.is_call`)."""
REVISED = {CREDIT: Label.CAPTION, CALL: Label.PROMO}
"""What goes wherever it stands: hardly one of these lines is in the gold text (`cleaners.said` counts them)."""

_COULD_BE_CREDIT = r"[.!?…][^.!?…:]{1,30}:|©"

_opens_call = opens_with("promo") & (units < CALL_UNITS) & ~pl.col("is_item")
_is_between = neighbour("is_kept", 1, default=False) & neighbour("is_kept", -1, default=False)
_returns = is_rule(*WORDS_ALONE) & (pl.col("kept") > LIKE_TEXT) & _is_between

_is_listed = is_rule("headline below the article", column="rule") & ~pl.col("ends_like_prose") & ~pl.col("is_html")
_is_dropped_list = (
    pl.col("is_listed")
    & (pl.len().over(DOC, "run") >= LIST_LINES)
    & ((pl.col("kept") <= LIKE_TEXT).mean().over(DOC, "run") >= LIST_CUT)
    & (
        pl.col("kept").mean().over(DOC, "run")
        < pl.when("is_leftover").then(LEFTOVER_LIST_SURENESS).otherwise(LIST_SURENESS)
    )
)


def with_revised(judged: pl.DataFrame) -> pl.DataFrame:
    """Decide anew which lines are kept, and mark in `is_revised` those that go for what they say.

    `judged` is the labelled table with `kept` (how surely a line is text), `is_kept`, and `is_leftover` (whether the
    text is what an extractor has chosen).
    """
    runs = judged.with_columns(said=_said(judged), is_listed=_is_listed)
    revised = runs.with_columns(run=pl.col("is_listed").rle_id()).with_columns(
        is_kept=pl.col("said").is_null() & ~_is_dropped_list & (pl.col("is_kept") | _returns),
        is_revised=pl.col("said").is_not_null(),
    )
    labels = [label.value for label in REVISED.values()]
    label = pl.col("said").replace_strict(list(REVISED), labels, default=None, return_dtype=pl.String)
    return revised.with_columns(
        label=pl.coalesce(label, "label"),
        confidence=pl.when("is_revised").then(CERTAIN).otherwise("confidence"),
        reason=pl.coalesce("said", "reason"),
    ).drop("said", "is_listed", "run")


def _said(judged: pl.DataFrame) -> pl.Series:
    """Tell of each kept line what takes it away for what it says, null where nothing does.

    Long patterns read the few lines that short ones have chosen: Polars would compile them again for each batch.
    """
    tail = pl.when(pl.col("is_kept") & (units < CREDIT_UNITS)).then(pl.col("text").str.tail(CREDIT_CHARS))
    could = judged.select(
        credit=pl.when(tail.str.contains(_COULD_BE_CREDIT)).then(tail),
        call=pl.when(pl.col("is_kept") & _opens_call).then(pl.col("folded").str.head(HAS_CHARS)),
        is_sure=pl.col("kept") >= VERY_SURE,
    )
    said: list[str | None] = [None] * len(judged)
    for place, text in _given(could["credit"]):
        if ends_in_credit(text):
            said[place] = CREDIT
    is_sure = could["is_sure"]
    for place, text in _given(could["call"]):
        if is_call(text, is_plain=is_sure[place]):
            said[place] = CALL
    return pl.Series("said", said, dtype=pl.String)


def _given(texts: pl.Series) -> list[tuple[int, str]]:
    """Give the texts of a column that are not null, each with its place."""
    places = texts.is_not_null().arg_true()
    return list(zip(places.to_list(), texts.gather(places).to_list(), strict=True))
