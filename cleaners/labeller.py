"""The line table → label, confidence and reason of each line, for a whole batch of documents at once."""

import polars as pl

from cleaners.context import DOC, with_headline, with_places, with_region, with_zones
from cleaners.features import with_features
from cleaners.labels import KEPT
from cleaners.rules import (
    CLAIM_RULES,
    LINE_RULES,
    PLACE_RULES,
    RULES,
    SUSPECT_RULES,
    ZONE_RULES,
    first_that_fits,
    gives_label,
    is_prose,
)


def label_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Label a table of lines.

    Gives the table with `label` (a value of `Label`), `confidence` (0 to 1) and `reason` (the rule's name), its rows in
    the order they came in.
    """
    seen = with_places(with_features(lines).with_columns(prose=is_prose))
    told = seen.with_columns(
        line_rule=first_that_fits(LINE_RULES),
        claim_rule=first_that_fits(CLAIM_RULES),
        suspect_rule=first_that_fits(SUSPECT_RULES),
    )
    placed = with_headline(with_region(with_zones(told)))
    ruled = placed.with_columns(
        rule=pl.coalesce(
            first_that_fits(ZONE_RULES),
            "line_rule",
            "claim_rule",
            pl.when(~pl.col("is_amid_text")).then("suspect_rule"),
            first_that_fits(PLACE_RULES),
        )
    )
    return ruled.with_columns(rule=_with_doubt).with_columns(
        label=_of_rule([rule.label.value for rule in RULES], pl.String),
        confidence=_of_rule([rule.confidence for rule in RULES], pl.Float64),
        reason=_of_rule([rule.name for rule in RULES], pl.String),
    )


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
