"""The line table → label, confidence and reason of each line, for a whole batch of documents at once.

Rules speak first, in one order (`rules`); the network hears what they saw and said, and decides. Then the certain
rules have their say once more, and the safeguard: a page of which nothing would be left keeps what the rules keep.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cleaners.announced import with_announced
from cleaners.boxes import Floats
from cleaners.context import DOC, with_headline, with_places, with_region, with_zones
from cleaners.features import with_features
from cleaners.inputs import IS_KEPT, KEPT_PLACES, LABELS, inputs
from cleaners.labels import KEPT, Label
from cleaners.network import network, one_thread
from cleaners.reasons import learned_reasons
from cleaners.revised import with_revised
from cleaners.rules import (
    CERTAIN_RULES,
    CLAIM_RULES,
    LINE_RULES,
    PLACE_RULES,
    RULES,
    SUSPECT_RULES,
    ZONE_RULES,
    first_that_fits,
    gives_label,
    is_amid_prose,
    is_prose,
    is_rule,
)

USUAL_THRESHOLD = 0.5
FOR_THRESHOLD, AGAINST_THRESHOLD = 0.4, 0.6
"""Where the rules would keep a line, and where they would not: between 0.3 and 0.6 no figure of HTML moves by more than
0.003, so there the second witness decides. Without tags its yes says less of what is no prose: of such lines that the
network gives 0.4 to 0.5 half are text on WCXB, and one in ten on news pages. Questions count as prose: the first of an
interview stands between the byline and an answer."""

RULE_THRESHOLD = 0.9
"""A line that a zone or line rule takes away stays only where the network is surer than this that it is text. On news
pages that were not learned from it gives 0.003 in word F1, on WCXB it is neutral."""

CERTAIN_THRESHOLD = 1.0
"""What a certain rule takes away goes, whatever the network says."""

CLEANED_CLUTTER, CLEANED_CLUTTER_FROM_TEXT = 0.1, 0.2
CLEANED_OPENING = 2
CLEANED_THRESHOLD = 0.01
"""Text without tags in which hardly a line is a menu, a share button or a notice was cleaned before, as was what is
told by its end (below): of what the rules keep, only what the network is sure of goes. Of whole pages half the lines
are such clutter and the text begins some forty lines down; of what trafilatura, newspaper4k, readability and goose3
leave it is one line in a hundred, and the text begins with the first. It takes the share of pages of WCXB that are
harmed there to a fifth, and plain dumps lose nothing by it."""

LEFTOVER_LINES, LEFTOVER_END_LINES = 15, 10
LEFTOVER_CLUTTER, LEFTOVER_END_CLUTTER = 0.5, 0.3
CLEANED_END_CLUTTER = 0.5
LEFTOVER_PLACE_THRESHOLD, LEFTOVER_RULE_THRESHOLD = 0.1, 0.5
"""In so long a text that begins with the article, what the rules would take away goes only where the network is surer
of it than elsewhere, too. Where a line stands in what an extractor has chosen says little: of the words that such a
rule would take and the network gives 0.1 to 0.6, half are text. A list of names or links that is the article looks like
clutter, but it does not end in menus and notices, as pages do that lost only their head: dumps of WCXB that begin with
the text lose 0.001 of F1 by this, and would lose 0.007 without the look at the end."""
_CLUTTER_PLACES = [LABELS.index(label) for label in (Label.NAV, Label.SHARE, Label.LEGAL)]


POSSIBLE_TITLE = 0.15
LEAST_ODDS = 1e-9
LOST_SHARE = 0.7


def label_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Label a table of lines.

    Gives the table with `label` (a value of `Label`), `confidence` (0 to 1) and `reason` (the rule's name, or
    which evidence the network found), its rows in the order they came in.
    """
    ruled = ruled_lines(lines)
    if ruled.is_empty():
        return ruled
    with one_thread():
        return _learned_lines(ruled)


def ruled_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Label a table of lines by the rules alone, with the columns of all that they looked at."""
    seen = with_places(with_features(lines).with_columns(prose=is_prose))
    placed = with_headline(with_region(with_zones(seen.with_columns(amid_prose=is_amid_prose).with_columns(**_TOLD))))
    return placed.with_columns(rule=_RULE).with_columns(rule=_with_doubt).with_columns(**_SAID)


def _learned_lines(ruled: pl.DataFrame) -> pl.DataFrame:
    """Put the networks' decision in the place of the rules'.

    One says whether a line is kept, by what body and heading have together; the other which label, among those that
    agree. A certain rule's label stands: the credit of a wire service looks like any short line. Asked in general, the
    rules' labels are worse than the network's: on hand-labelled pages they take 0.04 off the mean F1 of the labels.
    Where both agree the rule's name stays as the reason.
    """
    columns = ruled.columns
    features = inputs(ruled)
    lengths = ruled[DOC].rle().struct.field("len").to_numpy().astype(np.int64)
    text = network("text")
    reading = text.read(features, lengths)
    label = network("label")
    odds = label.read(features, lengths).scores
    kept = pl.Series("kept", reading.scores[:, KEPT_PLACES].sum(axis=1))
    clutter = pl.Series("clutter", reading.scores[:, _CLUTTER_PLACES].sum(axis=1))
    judged = ruled.with_columns(kept, clutter).with_columns(is_leftover=_is_leftover.over(DOC) & ~pl.col("is_html"))
    judged = judged.with_columns(is_kept=pl.col("kept") > _threshold)
    ruled = with_announced(with_revised(judged))
    is_kept = ruled["is_kept"]
    learned = _learned(odds, is_kept.to_numpy(), label.leaning, told=ruled.select("label", opens=_opens))
    judged = ruled.with_columns(
        learned=_LABEL_NAMES.gather(learned),
        sure=pl.when("is_kept").then("kept").otherwise(1 - pl.col("kept")).cast(pl.Float64).round(4),
        is_ruled=(~pl.col("is_kept") & (_is_certain | (pl.col("kept") > USUAL_THRESHOLD)))
        | pl.col("is_announced")
        | pl.col("is_revised")
        | _is_lost.over(DOC),
    ).with_columns(says_why=pl.col("is_ruled") | (pl.col("label") == pl.col("learned")))
    asked = np.flatnonzero(~judged["says_why"].to_numpy())
    other = likeliest(odds[asked], ~is_kept.to_numpy()[asked], label.leaning)
    weights = text.weight_of_inputs(features[asked], reading.active[asked], label=learned[asked], other=other)
    reasons = judged["reason"].scatter(asked, learned_reasons(weights, text.names))
    return judged.with_columns(
        label=pl.when("is_ruled").then("label").otherwise("learned"),
        confidence=pl.when("is_ruled").then("confidence").otherwise("sure"),
        reason=reasons,
    ).select(columns)


def _learned(odds: Floats, is_kept: NDArray[np.bool_], leaning: Floats, *, told: pl.DataFrame) -> NDArray[np.int64]:
    """Choose the likeliest labels.

    A byline that a rule sees as well needs no leaning: digests are told apart by their bylines. For other labels that
    would cost 0.007 in macro F1 on dumps. A headline in the first line of a text is the title where the network thinks
    it possible: it has seen that pages begin with menus.
    """
    plain = likeliest(odds, is_kept, np.zeros_like(leaning))
    byline, title = LABELS.index(Label.BYLINE), LABELS.index(Label.TITLE)
    is_byline = (plain == byline) & (told["label"] == Label.BYLINE.value).to_numpy()
    could_be_title = (told["label"] == Label.TITLE.value).to_numpy() & told["opens"].to_numpy() & ~is_kept
    is_title = could_be_title & (odds[:, title] > POSSIBLE_TITLE)
    return np.where(is_title, title, np.where(is_byline, plain, likeliest(odds, is_kept, leaning)))


def likeliest(odds: Floats, is_kept: NDArray[np.bool_], leaning: Floats) -> NDArray[np.int64]:
    """Choose for each line the likeliest label, leaning added, among those that agree with whether it is kept."""
    leant = np.log(odds.clip(LEAST_ODDS)) + leaning
    return np.asarray(np.where(is_kept[:, None] == IS_KEPT, leant, -np.inf).argmax(axis=1))


_kept_units = pl.col("units").filter("is_kept").sum()
_ruled_units = pl.col("units").filter(gives_label("rule", *KEPT)).sum()
_is_lost = (_kept_units == 0) | (pl.col("is_bare").first() & (_kept_units < LOST_SHARE * _ruled_units))
"""Where all would go, or most of a short text that came without a page around it (an interview, results, a recipe), the
rules decide."""

_opens = pl.col(DOC).ne_missing(pl.col(DOC).shift())
_LABEL_NAMES = pl.Series([label.value for label in LABELS], dtype=pl.String)
_is_certain = is_rule(*CERTAIN_RULES, column="rule")
_is_told = pl.col("rule") < len(ZONE_RULES) + len(LINE_RULES)
_is_against = ~gives_label("rule", *KEPT)
_clutter = pl.col("clutter").mean()
_opening = (pl.col("kept") > USUAL_THRESHOLD).arg_max()
_is_from_text = _opening <= CLEANED_OPENING
_is_cleaned = (_clutter < CLEANED_CLUTTER) | ((_clutter < CLEANED_CLUTTER_FROM_TEXT) & _is_from_text)
_end = pl.col("clutter").tail(LEFTOVER_END_LINES).mean()
_is_leftover = (
    (pl.len() >= LEFTOVER_LINES)
    & _is_from_text
    & (
        ((_clutter < CLEANED_CLUTTER) & (_end < CLEANED_END_CLUTTER))
        | ((_clutter < LEFTOVER_CLUTTER) & (_end < LEFTOVER_END_CLUTTER))
    )
)
_is_of_place = pl.col("rule") >= len(RULES) - len(PLACE_RULES)
_is_named_place = is_rule("after the comments heading", "under a heading of related links", column="rule")
_leftover_threshold = (
    pl.when(gives_label("rule", Label.TITLE, Label.BYLINE, Label.DATE, Label.SOURCE))
    .then(RULE_THRESHOLD)
    .when(_is_named_place)
    .then(AGAINST_THRESHOLD)
    .when(_is_of_place)
    .then(LEFTOVER_PLACE_THRESHOLD)
    .otherwise(LEFTOVER_RULE_THRESHOLD)
)
_threshold = (
    pl.when(_is_certain)
    .then(CERTAIN_THRESHOLD)
    .when((_is_cleaned.over(DOC) | pl.col("is_leftover")) & ~pl.col("is_html") & ~_is_against)
    .then(CLEANED_THRESHOLD)
    .when("is_leftover")
    .then(_leftover_threshold)
    .when(_is_told & _is_against)
    .then(RULE_THRESHOLD)
    .when(_is_against)
    .then(AGAINST_THRESHOLD)
    .when(pl.col("is_html") | pl.col("prose") | pl.col("is_question"))
    .then(FOR_THRESHOLD)
    .otherwise(USUAL_THRESHOLD)
)
"""The probability from which a line is kept."""


def _of_rule(values: list[object], dtype: type[pl.DataType]) -> pl.Expr:
    """What the rule that spoke says in one respect; the last place rule always speaks, so there is one."""
    return pl.col("rule").replace_strict(list(range(len(RULES))), values, return_dtype=dtype)


_IN_DOUBT = next(place for place, rule in enumerate(RULES) if rule.name == "kept in doubt")
_is_undisputed = pl.col("prose") | (pl.col("line_rule").is_null() & pl.col("claim_rule").is_null())
_with_doubt = (
    pl.when(~gives_label("rule", *KEPT).any().over(DOC) & _is_undisputed)
    .then(pl.lit(_IN_DOUBT, dtype=pl.Int16))
    .otherwise("rule")
)
"""When in doubt, keep: of a page that would lose everything, what reads like text stays, and the verdict says so."""

_TOLD = {
    "line_rule": first_that_fits(LINE_RULES),
    "claim_rule": first_that_fits(CLAIM_RULES),
    "suspect_rule": first_that_fits(SUSPECT_RULES),
}
_RULE = pl.coalesce(
    first_that_fits(ZONE_RULES),
    "line_rule",
    "claim_rule",
    pl.when(~pl.col("is_amid_text")).then("suspect_rule"),
    first_that_fits(PLACE_RULES),
)
_SAID = {
    "label": _of_rule([rule.label.value for rule in RULES], pl.String),
    "confidence": _of_rule([rule.confidence for rule in RULES], pl.Float64),
    "reason": _of_rule([rule.name for rule in RULES], pl.String),
}
