"""Named rules: a label and a reason for a line, as column expressions.

Four ordered lists, asked one after the other; the first rule that fits speaks.

1. `ZONE_RULES`: what its place makes certain: the title, what is below the comments heading.
2. `LINE_RULES`: what a line says of itself, wherever it stands.
3. `CLAIM_RULES`: what the elements around it say (HTML only).
4. `PLACE_RULES`: what it is by its place: under a heading of related links, in the article's region, outside of it.

`SUSPECT_RULES` stand between 3 and 4: they speak for whole sentences, and only at the article's edge or outside of it.

No rule speaks on a trigger word alone: each asks for a shape beside the word (short, no sentence, alone on its line),
so that a sentence of prose which contains the word stays.
"""

from dataclasses import dataclass

import polars as pl

from cleaners.features import LONG_UNITS, PROSE_UNITS, SHORT_UNITS
from cleaners.labels import Label
from cleaners.lines import Mark
from cleaners.phrases import has, is_exactly, mentions, opens_and_has, opens_with

units = pl.col("units")
tag = pl.col("tag")
digits = pl.col("digits")

TINY_UNITS = 6
"""Buttons, names and kickers."""

MOSTLY_LINK = 0.6
"""Share of a line's characters in links from which it is a link and no text with links. On the article pages of WCXB
running text lies below 0.4, teasers above 0.9; between them stand list entries with a word or two behind the link."""

NOTICE_UNITS = 4 * LONG_UNITS
"""Consent texts, licence notes and bios run to about a hundred words; what is longer is an article about them."""

CERTAIN = 0.95
LIKELY = 0.8
UNSURE = 0.6
"""Confidence of a rule that names an unmistakable phrase, of one that goes by shape and place, and of what is left."""


def marked(*marks: Mark) -> pl.Expr:
    """Find lines that stand in an element which claims one of the marks."""
    mask = 0
    for mark in marks:
        mask |= mark
    return (pl.col("marks") & pl.lit(mask, dtype=pl.UInt32)) != 0


is_prose = (
    (pl.col("ends_like_prose") & (units >= PROSE_UNITS))
    | ((units >= LONG_UNITS) & ((pl.col("lower_words") >= 0.4 * units) | ~pl.col("has_case")))
) & ~pl.col("is_code")
"""A line that reads like a paragraph: a sentence's end and some length, or length and mostly words in lower case."""

is_sentence = pl.col("ends_like_prose") & (units >= PROSE_UNITS)
is_short = units < SHORT_UNITS
is_tiny = units <= TINY_UNITS
is_link = pl.col("link_share") > MOSTLY_LINK
is_heading_element = tag.is_in(["h1", "h2", "h3", "h4", "h5", "h6"])
is_link_out = is_link & ~(marked(Mark.CONTENT) & (is_heading_element | (tag == "p")))
"""A line that is a link and leads away. Inside the text's own element a linked heading or paragraph is part of it:
entries of a list article link to what they speak of."""
is_dated = (
    (pl.col("has_year") & (digits >= 6) & (units <= 4))
    | (pl.col("has_month") & (digits >= 2) & (units <= 9))
    | (pl.col("has_clock") & (digits >= 6) & (units <= 9))
    | pl.col("is_ago")
) & ~(marked(Mark.TABLE) | pl.col("has_columns") | pl.col("text").str.contains(r"[<>={}\\]"))
"""A line that is a date and little more: '2031-03-04 WORLD', 'Updated 4 March 2031, 10:15', '3 hours ago'. No code:
'WHERE created_at > '2031-03-04''."""


is_wire_lead = pl.col("text").str.contains(r"^\p{Lu}{2}[\p{Lu} -]{0,30},[^/\n]{1,30}/[^/\n]{2,30}/")
"""A text that begins as agencies do: 'LISBON, May 3. /TASS/.' has an agency between slashes, as picture credits do."""

is_amid_prose = (
    (pl.col("ends_like_prose") | pl.col("ends_clause"))
    & ((pl.col("prose_last") & pl.col("prose_next")) | (pl.col("is_verse") & ~pl.col("is_html")))
) | (marked(Mark.CODE) | (pl.col("ends_like_prose") & (units <= 2)))
"""A sentence, however short, between two paragraphs, a line of verse or code, an answer ("No."): no phrase makes it
clutter. Of the notices only those speak that both begin with a phrase and say another."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is called in the ledger, the label it gives, the lines it speaks for, and how sure it is."""

    name: str
    label: Label
    when: pl.Expr
    confidence: float = CERTAIN


def notice(name: str, longest: float) -> pl.Expr:
    """Find lines that say a phrase of a list and are no sentence, or both begin with one and say another."""
    return mentions(name) & (units < longest) & (~(is_sentence | pl.col("amid_prose")) | opens_and_has(name))


def unless_amid_prose(when: pl.Expr) -> pl.Expr:
    """Spare what stands as a sentence between paragraphs."""
    return when & ~pl.col("amid_prose")


is_oops = is_exactly("error_page") & (units <= 1)
is_lone_oops = is_oops & ~(pl.col("prose_last") & pl.col("prose_next")) & ~pl.col("is_verse")
"""The "Ups!" alone above an error's text: it ends like an answer ("No."), but stands between no paragraphs."""

is_firm = pl.col("text").str.contains(r"^[^\pL]*[UO]PS(?:[^\pL!]|$)") & ~opens_and_has("error_page")
"""A headline or menu item about the firms that write themselves so: "UPS, DHL und Hermes streiken"."""

ZONE_RULES: tuple[Rule, ...] = (
    Rule("front matter", Label.OTHER, tag == "front-matter"),
    Rule("title", Label.TITLE, pl.col("is_headline"), LIKELY),
    Rule("title cut short", Label.NAV, pl.col("repeats_title_start")),
    Rule("in a comment thread", Label.COMMENTS, pl.col("in_comments") & (is_prose | is_dated), LIKELY),
    Rule("about the author", Label.BIO, pl.col("in_bio"), LIKELY),
    Rule("caption said twice", Label.CAPTION, pl.col("is_caption_twin")),
)

LINE_RULES: tuple[Rule, ...] = (
    Rule("stray code", Label.OTHER, pl.col("is_code") & ~marked(Mark.CODE) & ~is_sentence),
    Rule("no words", Label.OTHER, pl.col("is_wordless") & ~marked(Mark.CODE)),
    Rule("player timing", Label.MEDIA, pl.col("is_timing") & pl.col("has_clock") & (digits <= 6) & (units <= 3)),
    Rule("reading time", Label.READING_TIME, unless_amid_prose(mentions("reading_time") & (units <= 8))),
    Rule(
        "share button",
        Label.SHARE,
        unless_amid_prose((is_exactly("share") | (opens_with("share") & is_short)) & ~is_sentence),
    ),
    Rule("handle or address", Label.SHARE, pl.col("is_handle"), LIKELY),
    Rule(
        "player message",
        Label.MEDIA,
        unless_amid_prose((is_exactly("media") | (mentions("media") & is_short)) & ~is_sentence),
    ),
    Rule("player notice", Label.MEDIA, notice("media", LONG_UNITS)),
    Rule("error message", Label.OTHER, ((notice("error_page", LONG_UNITS) & ~is_oops) | is_lone_oops) & ~is_firm),
    Rule("advertisement marker", Label.PROMO, is_exactly("ad_marker") | notice("ad_marker", SHORT_UNITS)),
    Rule("comments heading", Label.COMMENTS, unless_amid_prose(is_exactly("comments_heading"))),
    Rule("comments notice", Label.COMMENTS, notice("comments", LONG_UNITS) | (opens_with("comments") & is_short)),
    Rule("related heading", Label.RELATED, unless_amid_prose(is_exactly("related_heading"))),
    Rule(
        "related opening",
        Label.RELATED,
        unless_amid_prose(opens_with("related_heading") & is_tiny & ~pl.col("ends_sentence")),
    ),
    Rule(
        "glued teaser", Label.RELATED, unless_amid_prose(pl.col("glued_opening") & (units < LONG_UNITS) & ~is_sentence)
    ),
    Rule("glued menu", Label.NAV, pl.col("glued_menu") & (units < LONG_UNITS) & ~is_sentence),
    Rule(
        "teaser opening",
        Label.RELATED,
        unless_amid_prose(
            (opens_with("related_teaser") | is_exactly("related_teaser")) & (units < LONG_UNITS) & ~is_sentence
        ),
    ),
    Rule("bio heading", Label.BIO, unless_amid_prose(is_exactly("bio_heading"))),
    Rule("bio notice", Label.BIO, notice("bio", NOTICE_UNITS)),
    Rule(
        "source credit", Label.SOURCE, unless_amid_prose((opens_with("source") | has("source")) & (units < SHORT_UNITS))
    ),
    Rule(
        "legal line",
        Label.LEGAL,
        unless_amid_prose((opens_with("legal") | is_exactly("legal")) & (units < LONG_UNITS) & ~is_sentence),
    ),
    Rule("legal notice", Label.LEGAL, notice("legal", NOTICE_UNITS)),
    Rule("consent notice", Label.LEGAL, notice("consent", NOTICE_UNITS)),
    Rule("paywall notice", Label.PROMO, notice("paywall", LONG_UNITS)),
    Rule(
        "promotion",
        Label.PROMO,
        unless_amid_prose(is_exactly("promo") | (opens_with("promo") & is_short & ~is_sentence)),
    ),
    Rule("promotion notice", Label.PROMO, notice("promo", 2 * LONG_UNITS)),
    Rule(
        "sign-up form", Label.PROMO, (pl.col("promo_words") >= 3) & ~pl.col("ends_like_prose") & (units < NOTICE_UNITS)
    ),
    Rule(
        "caption opening",
        Label.CAPTION,
        unless_amid_prose(opens_with("caption") & (is_short | ~is_sentence) & (units < 2 * LONG_UNITS)),
    ),
    Rule(
        "picture credit",
        Label.CAPTION,
        unless_amid_prose(
            ((has("caption") & (units < 2 * LONG_UNITS)) | (pl.col("is_credit_shape") & (units <= 8))) & ~is_sentence
        ),
    ),
    Rule(
        "byline opening",
        Label.BYLINE,
        unless_amid_prose(
            opens_with("byline") & (units <= 12) & ~pl.col("ends_sentence") & pl.col("has_capital_inside")
        ),
    ),
    Rule("date", Label.DATE, is_dated),
    Rule("date opening", Label.DATE, unless_amid_prose(opens_with("date") & (digits >= 2) & (units <= 12))),
    Rule(
        "topics", Label.SECTION, unless_amid_prose(opens_with("section_heading") & (units < LONG_UNITS) & ~is_sentence)
    ),
    Rule("menu item", Label.NAV, unless_amid_prose(is_exactly("nav"))),
)

SUSPECT_RULES: tuple[Rule, ...] = (
    Rule("bio sentence", Label.BIO, has("bio"), LIKELY),
    Rule("consent sentence", Label.LEGAL, has("consent"), LIKELY),
    Rule("legal sentence", Label.LEGAL, has("legal"), LIKELY),
    Rule("paywall sentence", Label.PROMO, has("paywall") & (units < 2 * LONG_UNITS), LIKELY),
    Rule("promotion sentence", Label.PROMO, has("promo") & (units < 2 * LONG_UNITS), LIKELY),
    Rule("comments sentence", Label.COMMENTS, has("comments") & (units < LONG_UNITS), LIKELY),
    Rule("player sentence", Label.MEDIA, has("media") & (units < LONG_UNITS), LIKELY),
    Rule("caption sentence", Label.CAPTION, has("caption") & (units < LONG_UNITS) & ~is_wire_lead, LIKELY),
)
"""Whole sentences with a telling phrase: clutter where they stand among clutter or at the article's edge, text where
text stands above and below."""

CLAIM_RULES: tuple[Rule, ...] = (
    Rule("element: comments", Label.COMMENTS, marked(Mark.COMMENTS)),
    Rule("element: caption", Label.CAPTION, marked(Mark.CAPTION) & ~is_link),
    Rule("element: legal", Label.LEGAL, marked(Mark.LEGAL)),
    Rule("element: share", Label.SHARE, marked(Mark.SHARE)),
    Rule("element: bio", Label.BIO, marked(Mark.BIO)),
    Rule("element: related", Label.RELATED, marked(Mark.RELATED)),
    Rule(
        "element: promotion",
        Label.PROMO,
        marked(Mark.PROMO) & ~(marked(Mark.CONTENT, Mark.ARTICLE) & is_sentence & (tag == "p")),
    ),
    Rule("element: tags", Label.SECTION, marked(Mark.TAGS) & is_short & ~marked(Mark.NAV)),
    Rule("element: byline", Label.BYLINE, marked(Mark.BYLINE) & is_short & ~marked(Mark.NAV, Mark.FOOTER)),
    Rule("element: date", Label.DATE, marked(Mark.DATE) & is_tiny & (digits >= 2)),
    Rule("element: player", Label.MEDIA, marked(Mark.MEDIA) & is_short),
    Rule("element: footer", Label.NAV, marked(Mark.FOOTER)),
    Rule("element: navigation", Label.NAV, marked(Mark.NAV) & (is_link | ~marked(Mark.CONTENT))),
    Rule("element: aside", Label.RELATED, marked(Mark.ASIDE) & ~(marked(Mark.CONTENT) & is_sentence), LIKELY),
    Rule("element: form", Label.NAV, marked(Mark.FORM) & (is_tiny | ~marked(Mark.CONTENT)), LIKELY),
    Rule("element: hidden", Label.OTHER, marked(Mark.HIDDEN) & ~marked(Mark.CONTENT, Mark.ARTICLE), LIKELY),
)

in_region = pl.col("in_region")
above_region = pl.col("at") < pl.col("region_start")

is_subhead = (
    is_short
    & ~pl.col("ends_sentence")
    & ~pl.col("ends_colon")
    & ~pl.col("is_item")
    & ~pl.col("is_quote")
    & ~pl.col("starts_lower")
    & ~pl.col("is_verse")
    & (pl.col("prose_next") | pl.col("prose_soon"))
) | is_heading_element
"""A short line without a sentence's end that prose follows, or what the page itself calls a heading."""

PLACE_RULES: tuple[Rule, ...] = (
    Rule("after the comments heading", Label.COMMENTS, pl.col("in_comments"), LIKELY),
    Rule("dated caption above its credit", Label.CAPTION, pl.col("is_dated_caption"), LIKELY),
    Rule("between title and title", Label.DEK, pl.col("between_titles") & is_prose, LIKELY),
    Rule("caption after a player", Label.CAPTION, pl.col("after_player") & is_sentence, LIKELY),
    Rule("under a heading of related links", Label.RELATED, pl.col("in_related"), LIKELY),
    Rule("mostly link", Label.RELATED, is_link_out & (units >= 4), LIKELY),
    Rule("short link", Label.NAV, is_link_out, LIKELY),
    Rule("subhead", Label.HEADING, in_region & is_subhead, LIKELY),
    Rule("in the article", Label.BODY, in_region, LIKELY),
    Rule("opening line", Label.BODY, pl.col("is_opening"), UNSURE),
    Rule("closing line", Label.BODY, pl.col("is_closing"), UNSURE),
    Rule("kept in doubt", Label.BODY, ~pl.col("has_region") & pl.col("line_rule").is_null(), UNSURE / 2),
    Rule("prose above the article", Label.DEK, above_region & is_prose & pl.col("after_title"), UNSURE),
    Rule("above the article", Label.NAV, above_region, LIKELY),
    Rule("headline below the article", Label.RELATED, units >= 5, UNSURE),
    Rule("below the article", Label.NAV, pl.lit(True), UNSURE),
)

CERTAIN_RULES = frozenset(
    {"front matter", "caption said twice", "dated caption above its credit", "caption after a player"}
    | {"error message", "glued menu", "glued teaser", "source credit", "title cut short"}
)
"""Rules that the network does not overrule: they see what it does not, or what it met too seldom to learn."""

RULES: tuple[Rule, ...] = ZONE_RULES + LINE_RULES + CLAIM_RULES + SUSPECT_RULES + PLACE_RULES


def first_that_fits(rules: tuple[Rule, ...]) -> pl.Expr:
    """Give the index in `RULES` of the first of these rules that fits a line, null where none does."""
    start = RULES.index(rules[0])
    return pl.coalesce(
        pl.when(rule.when).then(pl.lit(start + place, dtype=pl.Int16)) for place, rule in enumerate(rules)
    )


def is_rule(*names: str, column: str = "line_rule") -> pl.Expr:
    """Find lines for which one of the named rules spoke: of the line rules, or as the rule in another column."""
    return pl.col(column).is_in([place for place, rule in enumerate(RULES) if rule.name in names]).fill_null(False)


def gives_label(column: str, *labels: Label) -> pl.Expr:
    """Find lines for which the rule in a column gives one of the labels."""
    return pl.col(column).is_in([place for place, rule in enumerate(RULES) if rule.label in labels]).fill_null(False)
