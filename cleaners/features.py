"""What can be seen of a line, alone and among its neighbours: one named column expression per feature.

Lengths are in *units*, so that scripts without spaces count as much as those with: a word, or two Han, kana or Thai
characters. Everything here is a number or a yes/no; what it means for the label stands in `rules`.
"""

import re

import polars as pl

from cleaners import phrases

text = pl.col("text")

UNSPACED_CHARS_PER_UNIT = 2.0
"""Chinese and Japanese words are one to three characters long; two is the usual figure."""

PROSE_UNITS = 10
"""A shorter line is not taken for a paragraph by its look alone: headlines run to some ten words."""

LONG_UNITS = 28
"""A line of so many words is a paragraph even where its last full stop is missing; teasers rarely are longer."""

SHORT_UNITS = 14
"""Subheads, headlines, menu items and buttons stay below."""

unspaced = text.str.count_matches(f"[{phrases.UNSPACED}]")
chars = text.str.len_chars()
units = text.str.count_matches(" ", literal=True) + 1 + unspaced / UNSPACED_CHARS_PER_UNIT

ends_sentence = text.str.contains(r"[.!?…。！？؟۔।॥][\"'”’“»«)\]」』]*$")
ends_like_prose = text.str.contains(r"(?:[^.][.!?]|[。！？؟۔।॥])[\"'”’“»«)\]」』]*$")
ends_cut = text.str.contains(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])[\"”’»)]*$")
ends_clause = text.str.contains(r"[,;]$")
ends_colon = text.str.contains(r"[:：]$")
has_sentence_break = text.str.contains(r"[.!?][\"'”’)»]* +[\"'“‘„«(¿¡]*\p{Lu}|[。！？]|[؟۔।॥] ")
commas = text.str.count_matches(r"[,;，、；،]")
lower_words = text.str.count_matches(r" \p{Ll}")
starts_lower = text.str.contains(r"^\p{Ll}")
is_item = text.str.contains(r"^(?:[-–—*•·▪◦‣○●✓✔➤►]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)]) ?\S")
is_quote = text.str.contains(r"^[\"“„«»‘「『]")
is_question = text.str.contains(r"[?？؟][\"”’»)]*$")
digits = text.str.count_matches(r"\d")
is_code = text.str.contains(r"\{.*[:;].*\}|=>|function ?\(|</\w+>|\bvar \w+ ?=|window\.\w+|^[.#][\w-]+ ?\{")
has_year = text.str.contains(r"(?:19|20)\d\d")
has_clock = text.str.contains(r"(?:^|\D)\d{1,2}[:h]\d\d(?:\D|$)|\d\d\.\d\d Uhr")
is_timing = text.str.contains(r"^[\d :./|–-]+$")
is_handle = text.str.contains(r"^@\w+$|^https?://\S+$|^\S+@\S+\.\w+$|^#\w+$")
is_ago = text.str.contains(
    r"(?i)^(?:posted |published |updated |vor |il y a |hace |há )?\d+ ?(?:s|m|h|d|w|mo|y|secs?|mins?|hrs?|hours?|days?|"
    r"weeks?|months?|years?|minuten?|stunden?|tagen?|minutes|heures?|jours?|horas?|días?|minutos?)(?: ago)?$"
)


def _glued(name: str) -> str:
    """A pattern for the phrases of a list as they begin a line whose next word is glued to them.

    Scripts without capitals are left out: those without spaces set each word so, and the others show no second word.
    """
    words = [
        re.escape(phrase)
        for phrase in phrases.literals(name, "opens", "is")
        if phrase.replace(" ", "").isalpha() and phrase != phrase.upper()
    ]
    return f"(?i:{'|'.join(words)})"


# A word of a menu or of a teaser that runs into the next word without a space: HomeWORLDMayor, RelatedHarrow World.
# Two capitals must meet or a second word must be glued as well, so that brands (HomePod, ShareThis) stay.
_GLUED_OPENING = f"^{_glued('related_heading')}(?:\\p{{Lu}}{{2}}|\\p{{Lu}}\\p{{Ll}}+ )"
_GLUED_MENU = f"^{_glued('nav')}\\p{{Lu}}{{2,}}\\p{{Ll}}"
_HEAD_CHARS = 60


def _glued_as(lines: pl.Series, sign: str, pattern: str) -> pl.Series:
    """Tell which lines match a long pattern, asked of those alone in whose head a short one finds its sign.

    To compile the long one takes as long as all else that a lone short text needs.
    """
    heads = lines.str.head(_HEAD_CHARS)
    is_glued = heads.str.contains(sign)
    places = is_glued.arg_true()
    return is_glued if places.is_empty() else is_glued.scatter(places, heads.gather(places).str.contains(pattern))


is_credit_shape = text.str.contains(r"^(?:\p{Lu}[\w.'’-]+ ){1,3}\p{Lu}[\w'’-]+ ?/ ?\p{Lu}|(?:^| )via \p{Lu}{2,5}$")
is_wordless = text.str.contains(r"^[!-~]{80,}$|^[^\pL\pN]{12,}$")
columns = text.str.count_matches(r"\S(?:\t| {3,})")
has_columns = text.str.contains(r"\S\t|\S {3,}\S")
has_case = text.str.contains(r"\p{Lu}|\p{Ll}")
has_capital_inside = text.str.contains(r" \p{Lu}")

_MONTHS = "|".join(
    sorted({re.escape(name) for name in phrases.literals("month") if len(name) > 2}, key=len, reverse=True)
)
has_month = pl.col("folded").str.head(200).str.contains(rf"(?:^|[^\pL\pM])(?:{_MONTHS})\.?(?:[^\pL\pM]|$)|\d ?[月월]")
has_full_date = (
    has_month
    & text.str.contains(
        r"\d{1,2},? (?:de )?(?:19|20)\d\d|\d{1,2}\.? (?:de )?[\pL\pM]+\.? (?:de )?(?:19|20)\d\d|\d{4}[년年]"
    )
) | text.str.contains(r"\d{1,2}\.\d{1,2}\.20\d\d")
promo_words = (
    pl.col("folded")
    .str.head(2_000)
    .str.count_matches("|".join(re.escape(word) for word in phrases.literals("promo_word")))
)

LINE_FEATURES: dict[str, pl.Expr] = {
    "chars": chars.cast(pl.Int32),
    "units": units.cast(pl.Float32),
    "ends_sentence": ends_sentence,
    "ends_like_prose": ends_like_prose,
    "ends_cut": ends_cut,
    "ends_clause": ends_clause,
    "ends_colon": ends_colon,
    "has_sentence_break": has_sentence_break,
    "commas": commas.cast(pl.Int32),
    "lower_words": lower_words.cast(pl.Int32),
    "starts_lower": starts_lower,
    "is_item": is_item,
    "is_quote": is_quote,
    "is_question": is_question,
    "digits": digits.cast(pl.Int32),
    "is_code": is_code,
    "has_year": has_year,
    "has_clock": has_clock,
    "is_timing": is_timing,
    "is_handle": is_handle,
    "is_ago": is_ago,
    "is_credit_shape": is_credit_shape,
    "is_wordless": is_wordless,
    "columns": columns.cast(pl.Int32),
    "has_columns": has_columns,
    "has_case": has_case,
    "has_capital_inside": has_capital_inside,
}
"""Features of a line for itself."""


def with_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to the line table the features of each line, its folded forms and the phrases it matches."""
    # Each thread keeps the 32 patterns that it used last, and to compile all costs a batch 15 ms: with_columns looks
    # for these in a thread of Polars, with_columns_seq and what works on a Series for the others in this one.
    seen = lines.with_columns(**LINE_FEATURES)
    folded = seen.with_columns_seq(folded=phrases.fold(text)).with_columns_seq(bare=phrases.bare(pl.col("folded")))
    return phrases.with_phrases(folded).with_columns_seq(
        has_month=has_month,
        has_full_date=has_full_date,
        promo_words=promo_words,
        glued_opening=_glued_as(lines["text"], r"\p{Ll}\p{Lu}", _GLUED_OPENING),
        glued_menu=_glued_as(lines["text"], r"\p{Ll}\p{Lu}{2,}\p{Ll}", _GLUED_MENU),
    )
