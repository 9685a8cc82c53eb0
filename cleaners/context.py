"""What a line is among the other lines of its document: zones, the article's region, the headline.

A *zone* runs from a heading such as "Comments" or "Most read" to where the article goes on. The *region* is the run of
lines that reads most like an article: each line has a worth, above zero for prose and below for menus and clutter, and
the region is the run whose worth adds up to the most. That is maximum subsequence segmentation (Pasternack and Roth
2009, "Extracting article text from the web with maximum subsequence segmentation"), with lines for tokens.
"""

import polars as pl

from cleaners.features import LONG_UNITS, PROSE_UNITS, SHORT_UNITS
from cleaners.labels import KEPT, Label
from cleaners.lines import Gap, Mark
from cleaners.phrases import mentions
from cleaners.rules import TINY_UNITS, gives_label, is_link, is_link_out, is_rule, is_sentence, is_short, marked, units

DOC = "doc"
at = pl.col("at")
is_html = pl.col("is_html")

RESUME_UNITS = 18
PARAGRAPH_UNITS = 45
OPENING_SHARE = 0.1
"""After a heading of related links the article goes on with two paragraphs in a row or one of full length, since the
summaries in lists of teasers are short and parted by headlines; in a page's first tenth it begins with any
paragraph."""

TEXT_UNITS = 60
COMMENTS_AFTER_SHARE = 0.15
"""A heading opens a zone only below so many words of prose: above it is an entry of a menu, or a counter beside the
title. A comments heading ends the article only below so large a share of the page's prose."""

BIO_LINES = 3
"""So many lines below "About the author" are about the author: a name, a paragraph or two."""

HEADLINE_REACH = 14
"""A headline stands at most so many lines above the first paragraph: bylines, dates, share bars and captions
between."""


def next_at(when: pl.Expr) -> pl.Expr:
    """The place of the next line, from this one on, for which something holds; the length where none does."""
    return pl.when(when).then(at).otherwise(None).backward_fill().over(DOC).fill_null(pl.col("length"))


def last_at(when: pl.Expr) -> pl.Expr:
    """The place in the document of the last line, up to this one, for which something holds; -1 where there is none."""
    return pl.when(when).then(at).otherwise(None).forward_fill().over(DOC).fill_null(-1)


def neighbour(column: str, steps: int, default: object) -> pl.Expr:
    """The value of a column that many lines above (negative: below) in the same document."""
    return pl.col(column).shift(steps).over(DOC).fill_null(default)


def with_places(lines: pl.DataFrame) -> pl.DataFrame:
    """Add where each line stands, and whether its neighbours are prose."""
    prose_units = pl.when(pl.col("prose")).then(units).otherwise(0.0)
    return lines.with_columns(
        at=pl.int_range(pl.len(), dtype=pl.Int32).over(DOC),
        length=pl.len().over(DOC).cast(pl.Int32),
        prose_before=prose_units.cum_sum().over(DOC) - prose_units,
        prose_total=prose_units.sum().over(DOC),
        prose_next=neighbour("prose", -1, False),
        prose_soon=neighbour("prose", -2, False),
        prose_last=neighbour("prose", 1, False),
        units_next=neighbour("units", -1, 0.0),
        is_picture=pl.col("ends_colon") & (units <= 2) & (mentions("media") | mentions("caption")),
        is_verse=(pl.col("gap") == int(Gap.LINE)) | (neighbour("gap", -1, int(Gap.PARAGRAPH)) == int(Gap.LINE)),
    )


def with_zones(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the zones: below the comments heading, under a heading of related links, below "About the author".

    A caption twin stands both above and below a picture's marker ("Image:"). A player's length has its message above
    it; without one it could be the clock of a live blog's entry, which has more of its kind.
    """
    lines = lines.with_columns(
        is_player=is_rule("player timing"),
        is_medium=gives_label("line_rule", Label.MEDIA) & ~is_rule("player timing"),
        is_related_heading=is_rule("related heading", "related opening"),
        is_plain=pl.col("prose") & pl.col("line_rule").is_null() & pl.col("suspect_rule").is_null(),
        is_credit=is_rule("picture credit", "caption opening") & is_short,
    )
    is_text = pl.col("prose") & ~gives_label("line_rule", Label.RELATED, Label.PROMO, Label.BIO, Label.LEGAL)
    next_is_text = pl.col("prose_next") & (pl.col("units_next") >= PROSE_UNITS)
    goes_on = is_text & (
        ((units >= RESUME_UNITS) & next_is_text)
        | (units >= PARAGRAPH_UNITS)
        | (pl.col("prose_before") < OPENING_SHARE * pl.col("prose_total"))
        | marked(Mark.CONTENT)
        | ((units >= RESUME_UNITS) & neighbour("is_related_heading", 1, False))
    )
    is_below_text = pl.col("prose_before") >= TEXT_UNITS
    comments_open = (
        is_rule("comments heading")
        & is_below_text
        & (pl.col("prose_before") >= COMMENTS_AFTER_SHARE * pl.col("prose_total"))
    )
    bio_opens = is_rule("bio heading") & is_below_text
    above, below = neighbour("is_picture", 1, False), neighbour("is_picture", -1, False)
    is_twin = (below & (pl.col("folded") == neighbour("folded", -2, ""))) | (
        above & (pl.col("folded") == neighbour("folded", 2, ""))
    )
    return lines.with_columns(
        in_comments=last_at(comments_open) > last_at(is_rule("related heading", "legal line", "bio heading")),
        below_comments=last_at(comments_open) >= 0,
        in_related=last_at(pl.col("is_related_heading") & is_below_text) > last_at(goes_on),
        in_bio=(last_at(bio_opens) >= 0)
        & (at - last_at(bio_opens) <= BIO_LINES)
        & (pl.col("prose") | ((units <= TINY_UNITS) & (at == last_at(bio_opens) + 1))),
        is_caption_twin=is_twin,
        is_dated_caption=pl.col("prose")
        & pl.col("has_full_date")
        & (units < 2 * LONG_UNITS)
        & neighbour("is_credit", -1, False),
        after_player=neighbour("is_player", 1, False)
        & (neighbour("is_medium", 2, False) | (pl.col("is_player").sum().over(DOC) == 1))
        & (units < 2 * LONG_UNITS)
        & (pl.col("prose_next") | pl.col("prose_soon")),
    )


_DENIED = gives_label("claim_rule", *(label for label in Label if label not in KEPT))
_CLUTTER = gives_label(
    "line_rule",
    *(Label.NAV, Label.SHARE, Label.PROMO, Label.RELATED, Label.BIO, Label.COMMENTS, Label.LEGAL, Label.MEDIA),
    *(Label.OTHER, Label.SOURCE, Label.CAPTION),
)  # fmt: skip

PARAGRAPH_COST = 6.0
PARAGRAPH_CAP = 60.0
"""Prose is worth its words less a few, and no paragraph more than sixty: else one consent text outweighs an article."""
SENTENCE_UNITS = 3
SHORT_SENTENCE = 0.5
"""Short sentences: the turns of a dialogue, the entries of a list."""
BARE_LINE = 0.2
BARE_CLUTTER = 1
BARE_LINES = 80
"""A short text in which hardly a line is known for clutter came without a page around it: each of its lines counts,
however short (the turns of an interview, a recipe's ingredients, a table)."""
LONGEST_GAP_TEXT = 80.0
LONGEST_GAP_HTML = 25.0
"""However much clutter stands between two parts of an article (a box of forty headlines), it costs no more than this;
with tags there is other evidence against what must not be bridged. Tuned on the WCXB articles, where 50 and 150 give
the same within 0.003."""

worth = (
    pl.when(pl.col("below_comments"))
    .then(-20.0)
    .when(_DENIED)
    .then(-2.0 - 0.3 * units.clip(0, PARAGRAPH_CAP))
    .when(is_link_out)
    .then(-4.0 - 0.3 * units.clip(0, PARAGRAPH_CAP))
    .when(_CLUTTER)
    .then(-6.0)
    .when(pl.col("in_related"))
    .then(-2.0)
    .when(pl.col("suspect_rule").is_not_null())
    .then(-1.0)
    .when(gives_label("line_rule", Label.BYLINE, Label.DATE, Label.SECTION, Label.READING_TIME))
    .then(-2.0)
    .when(pl.col("prose"))
    .then((units - PARAGRAPH_COST).clip(0, PARAGRAPH_CAP))
    .when(marked(Mark.CONTENT))
    .then(1.0)
    .when(pl.col("is_bare"))
    .then(BARE_LINE)
    .when(~is_html & pl.col("ends_like_prose") & (units >= SENTENCE_UNITS))
    .then(SHORT_SENTENCE)
    .when((pl.col("prose_next") & pl.col("prose_last") & is_short) | pl.col("is_item") | pl.col("ends_colon"))
    .then(-1.0)
    .otherwise(pl.when(is_html).then(-2.0).otherwise(-3.0))
    .cast(pl.Float64)
)


_CLOSING_LINES = 3
_could_close = (
    (pl.col("ends_like_prose") | (pl.col("ends_colon") & (units >= SENTENCE_UNITS)))
    & pl.col("line_rule").is_null()
    & ~_DENIED
    & ~is_link
    & ~pl.col("in_comments")
    & ~pl.col("in_related")
)
_run_on = pl.when(_could_close).then(None).otherwise(at).forward_fill().over(DOC).fill_null(-1)
_is_closing = (
    _could_close
    & pl.col("has_region")
    & (at > pl.col("region_end"))
    & (at <= pl.col("region_end") + _CLOSING_LINES)
    & (_run_on <= pl.col("region_end"))
)
"""A short sentence or two right below the region: an article's last words are often too short to be worth anything."""


def with_region(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `in_region`, and `region_start` and `region_end` as places in the document."""
    open_gap = ~pl.col("below_comments")
    gap_cost = -pl.when(open_gap).then(pl.col("worth")).otherwise(0.0).sum().over(DOC, "run")
    longest = pl.when(is_html).then(LONGEST_GAP_HTML).otherwise(LONGEST_GAP_TEXT)
    is_bare = ~is_html & (pl.col("length") <= BARE_LINES) & (_CLUTTER.sum().over(DOC) <= BARE_CLUTTER)
    summed = (
        lines.with_columns(is_bare=is_bare)
        .with_columns(worth=worth)
        .with_columns(run=(pl.col("worth") < 0).rle_id())
        .with_columns(gap_cost=gap_cost)
        .with_columns(
            worth=pl.when((pl.col("gap_cost") > longest) & open_gap)
            .then(pl.col("worth") * longest / pl.col("gap_cost"))
            .otherwise(pl.col("worth"))
        )
        .with_columns(total=pl.col("worth").cum_sum().over(DOC))
        .with_columns(total_before=pl.col("total") - pl.col("worth"))
        .with_columns(lowest=pl.col("total_before").cum_min().over(DOC))
        .with_columns(gain=pl.col("total") - pl.col("lowest"))
        .with_columns(region_end=pl.col("gain").arg_max().over(DOC).cast(pl.Int32))
        .with_columns(floor=pl.col("lowest").filter(at == pl.col("region_end")).first().over(DOC))
    )
    opens = (pl.col("total_before") == pl.col("floor")) & (at <= pl.col("region_end"))
    in_plain_text = pl.col("in_region") & pl.col("is_plain") & ~pl.col("in_related")
    return (
        summed.with_columns(region_start=at.filter(opens).last().over(DOC))
        .with_columns(has_region=pl.col("gain").max().over(DOC) > 0)
        .with_columns(in_region=at.is_between(pl.col("region_start"), pl.col("region_end")) & pl.col("has_region"))
        .with_columns(
            is_closing=_is_closing,
            is_amid_text=at.is_between(
                at.filter(in_plain_text).min().over(DOC), at.filter(in_plain_text).max().over(DOC), closed="none"
            ).fill_null(value=False),
        )
        .drop("total", "total_before", "lowest", "gain", "floor", "run", "gap_cost")
    )


_OPENING_LINES = 8
_is_head = pl.col("is_headline") | gives_label("line_rule", Label.BYLINE, Label.DATE, Label.READING_TIME, Label.SOURCE)
_could_open = pl.col("line_rule").is_null() & pl.col("claim_rule").is_null() & ~is_link & ~pl.col("is_headline")
_is_opening = (
    _could_open
    & pl.col("has_region")
    & pl.col("after_title")
    & (at < pl.col("region_start"))
    & (at >= pl.col("region_start") - _OPENING_LINES)
    & (next_at(~_could_open) >= pl.col("region_start"))
    & (last_at(_is_head) == last_at(~_could_open))
)
"""Lines without a paragraph's look between the headline, byline or date and the region: the first question of an
interview, the ingredients of a recipe. Anything known to be something else on the way, and they stay what they were."""


def with_headline(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `is_headline`: the article's title, at each place where it stands, and what follows from its place.

    Without a head that names it the title is the line above the first paragraph that looks most like one: short, no
    sentence, near, repeated, and followed by a byline, a date or the text.
    """
    could_be = (
        units.is_between(2, 2 * SHORT_UNITS)
        & ~is_sentence
        & (pl.col("line_rule").is_null() | pl.col("is_title"))
        & ~pl.col("in_related")
        & pl.col("has_letters")
        & (at >= pl.col("region_start") - HEADLINE_REACH)
        & (at <= pl.col("first_prose"))
        & (at < pl.col("first_prose") + pl.col("is_title").cast(pl.Int32))
    )
    looks = (
        3.0 * (pl.len().over(DOC, "folded") > 1).cast(pl.Float64)
        + pl.when(units.is_between(4, 17)).then(3.0).when(units.is_between(3, 24)).then(1.5).otherwise(0.0)
        + 2.0 * pl.col("data_next").cast(pl.Float64)
        + 4.0 * (pl.col("tag") == "h1").fill_null(False).cast(pl.Float64)
        + 12.0 * pl.col("is_title").cast(pl.Float64)
        - 0.25 * (pl.col("first_prose") - at).clip(0, None)
        - 3.0 * (pl.col("ends_sentence") & ~pl.col("is_question")).cast(pl.Float64)
        - 2.0 * (pl.col("is_name_like") | pl.col("starts_lower") | pl.col("is_credit")).cast(pl.Float64)
        - 4.0 * is_link.cast(pl.Float64)
        + 6.0 * (pl.col("is_bare") & (at == pl.col("first_unruled"))).cast(pl.Float64)
    )
    is_data = gives_label("line_rule", Label.BYLINE, Label.DATE, Label.READING_TIME)
    found = (
        lines.with_columns(
            first_prose=pl.when(pl.col("in_region") & pl.col("prose")).then(at).otherwise(None).min().over(DOC),
            is_data=is_data,
            has_letters=pl.col("text").str.contains(r"\pL{2}"),
            first_unruled=at.filter(pl.col("line_rule").is_null()).min().over(DOC),
        )
        .with_columns(
            data_next=pl.any_horizontal(neighbour("is_data", -steps, False) for steps in range(1, 4)),
            is_name_like=(units <= 3) & (pl.col("text").str.count_matches(r"(?:^| )\p{Lu}") == units),
        )
        .with_columns(looks=pl.when(could_be).then(looks).otherwise(None))
        .with_columns(best=pl.col("looks").max().over(DOC))
        .with_columns(
            headline=pl.col("folded")
            .filter((pl.col("looks") == pl.col("best")) & pl.col("looks").is_not_null())
            .first()
            .over(DOC)
        )
    )
    same = (pl.col("folded") == pl.col("headline")).fill_null(False)
    shorter = pl.col("headline").str.starts_with(pl.col("folded").str.strip_chars(" .…"))
    return (
        found.with_columns(is_headline=same | (pl.col("is_title") & ~pl.col("prose") & ~is_link))
        .with_columns(
            repeats_title_start=(pl.col("ends_cut") & shorter).fill_null(False) & ~same,
            last_title=pl.when(pl.col("is_headline") & (at <= pl.col("first_prose") + 4))
            .then(at)
            .otherwise(None)
            .max()
            .over(DOC),
            first_title=pl.when(pl.col("is_headline")).then(at).otherwise(None).min().over(DOC),
        )
        .with_columns(
            between_titles=(at < pl.col("last_title")).fill_null(False) & (at > pl.col("first_title")).fill_null(False),
            after_title=(at > pl.col("first_title")).fill_null(False),
        )
        .with_columns(is_opening=_is_opening)
    )
