# ruff: noqa: RUF001 - look-alike quotes and signs of other scripts are what is matched here
"""The phrases that give a line of clutter away, per language, as column expressions.

Each language has a TOML file here with one section a list; the loader merges the languages, because a page in one
language carries buttons in another. A list knows three ways to match a line:

- `opens`: the line begins with the phrase, ornaments and counters before it aside;
- `is`: the line is the phrase and nothing else but ornaments and counters;
- `has`: the phrase stands anywhere in the line's first `HAS_CHARS` characters.

A phrase ends at a word boundary unless its script writes no spaces (Chinese, Japanese, Thai) or it ends in a sign,
such as "photo:".

All lists are matched in one pass for each way, into a column of bit masks with one bit a list: `with_phrases` adds the
columns, and `opens_with`, `is_exactly`, `has` and `mentions` read a list's bit out of them. Words alone prove
little: combine them with `~reads_like_prose()` or another look at the line's shape.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Literal

import numpy as np
import polars as pl
import tomli
from numpy.typing import NDArray

Way = Literal["opens", "is", "has"]

WAYS: tuple[Way, ...] = ("opens", "is", "has")

OPENS_CHARS = 96
"""How much of a line `opens` looks at; no phrase is longer."""

BARE_BYTES = 200
"""Longer lines are left as they are by `bare`: no `is` phrase comes near, and the strip costs by length."""

HAS_CHARS = 500
"""How much of a line `has` looks at. Notices are shorter; it bounds the cost of a page glued into one line."""

PROSE_CHARS = 40
"""A shorter line does not count as prose: buttons and notices such as "Sign up now!" end like sentences too."""

PROSE_CHARS_UNSPACED = 16
"""The same for scripts that take two or three times fewer characters to say it."""

MASK_BITS = 64
"""A mask is a UInt64: so many lists fit."""

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""The scripts that write no spaces between words, as a regex class."""

_UNSPACED_LITERAL = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")

_SIGN = "([!-/:-@\\[-`{-~©«»“”„–—·•、。「」【】،؛؟۔־।॥\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
"""A sign that may touch a word without being part of it, marks of writing direction among them."""

_END = "\N{END OF TEXT}"

_ORNAMENTS = r"^[^\pL©®@#\"'“”„«]+"
"""Bullets, arrows and counters before an opening phrase."""

_NO_LETTER = r"[^\pL\pM\pN_]"

_NFKC_STABLE = (
    r"\x00-\x7f¡-§©«-®°±¶·»¿-ıĴ-ľŁ-ňŊ-ž"
    r"Α-ΡΣ-ώЀ-ԯא-תء-غف-ٟ"
    r"‐‒-‖‘-‟•"
    r"、。〈-】ぁ-ゖァ-ヺー一-鿿가-힣"
)
"""Characters that NFKC leaves alone in whatever company (there are more): lines of nothing else skip its cost."""


def fold(text: pl.Expr) -> pl.Expr:
    """Text as the phrases are written: NFKC, lower case, single spaces, straight apostrophes, one i for Turkish's two.

    Lower case, not full casefolding: "ß" stays "ß".
    """
    is_stable = ~text.str.contains(f"[^{_NFKC_STABLE}]")
    compatible = pl.when(is_stable).then(text).otherwise(_only(text, ~is_stable).str.normalize("NFKC"))
    return (
        compatible.str.to_lowercase()
        .str.replace_all("i\N{COMBINING DOT ABOVE}|ı", "i")
        .str.replace_all("[’‘ʼ`´]", "'")
        .str.replace_all(r"\s\s+|[^\S ]", " ")
        .str.strip_chars(" ")
    )


def bare(folded: pl.Expr) -> pl.Expr:
    """A folded line without ornaments and counters, for `is`: bullets, arrows, quotes, end punctuation, "(3)", "1.2k".

    "» 12 Comments:" and "Comments (12)" both give "comments", "View all 12 comments" gives "view all comments".
    Lines over `BARE_BYTES` stay as they are.
    """
    is_short = folded.str.len_bytes() <= BARE_BYTES
    stripped = (
        _only(folded, is_short)
        .str.replace_all(r" ?\(?\d[\d.,]*(?:[km](?-u:\b))?\)?", "")
        .str.replace(r"^[^\pL]+", "")
        .str.replace(r"[^\pL\pM]+$", "")
    )
    return pl.when(is_short).then(stripped).otherwise(folded)


def reads_like_prose(column: str = "folded") -> pl.Expr:
    """Find lines that end like a sentence and are long enough to be one, whatever words they begin with.

    An ellipsis is no end of a sentence: teasers are cut off with it.
    """
    text = pl.col(column)
    ends = text.str.contains(r"(?:[^.][.]|[!?。।؟۔])[\"'”’»“)\]」』]*$")
    chars = text.str.len_chars()
    is_unspaced = (chars >= PROSE_CHARS_UNSPACED) & text.str.contains(f"[{UNSPACED}]{{3}}")
    return ends & ((chars >= PROSE_CHARS) | is_unspaced)


def languages() -> list[str]:
    """Codes of the languages that have a file, `und` (whatever holds in all) among them."""
    return sorted(written())


def names() -> list[str]:
    """Names of all lists, the same in all languages."""
    return list(_lists())


def literals(name: str, *ways: Way) -> list[str]:
    """All folded phrases of a list in all languages, longest first: for a rule that builds a pattern, as of months."""
    return _longest_first({phrase for way in ways or WAYS for phrase in _lists()[name].get(way, ())})


def bounded(folded: Iterable[str]) -> str:
    """A regex for any of some folded phrases, at word boundaries where they need them."""
    before = {phrase: r"(?<!\w)" if _needs_boundary(phrase, phrase[0]) else "" for phrase in _longest_first(folded)}
    after = {phrase: r"(?!\w)" if _needs_boundary(phrase, phrase[-1]) else "" for phrase in before}
    return "|".join(f"{before[phrase]}{re.escape(phrase)}{after[phrase]}" for phrase in before)


def with_phrases(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the UInt64 columns `opens_mask`, `is_mask`, `has_mask`, `also_has_mask` to lines `folded` and made `bare`."""
    has_mask, also_has_mask = _masks_anywhere(lines["folded"])
    opened = lines.select_seq(start=_start(pl.col("folded"))).select_seq(_opens_mask(pl.col("start"))).to_series()
    return lines.with_columns_seq(
        opens_mask=opened,
        is_mask=_mask_of(pl.col("bare"), "is"),
        has_mask=has_mask,
        also_has_mask=also_has_mask,
    )


def opens_with(name: str, column: str = "opens_mask") -> pl.Expr:
    """Find lines that begin with a phrase of the list."""
    return _has_bit(column, name)


def is_exactly(name: str, column: str = "is_mask") -> pl.Expr:
    """Find lines that are a phrase of the list, ornaments and counters aside."""
    return _has_bit(column, name)


def has(name: str, column: str = "has_mask") -> pl.Expr:
    """Find lines with a phrase of the list anywhere."""
    return _has_bit(column, name)


def opens_and_has(name: str) -> pl.Expr:
    """Find lines that begin with a phrase of the list and have another one behind it."""
    return opens_with(name) & _has_bit("also_has_mask", name)


def mentions(name: str) -> pl.Expr:
    """Find lines that a phrase of the list matches in whichever way."""
    return opens_with(name) | is_exactly(name) | has(name)


def _only(text: pl.Expr, wanted: pl.Expr) -> pl.Expr:
    """The wanted lines, and empty text for the rest: a costly step passes over it, but would toil under a null."""
    return pl.when(wanted).then(text).otherwise(pl.lit(""))


@cache
def written() -> Mapping[str, Mapping[str, Mapping[str, list[str]]]]:
    """Language → list → way → phrases (and the lines that they must and must not hit), as written."""
    return {
        file.name.removesuffix(".toml"): tomli.loads(file.read_text(encoding="utf-8"))
        for file in files(__name__).iterdir()
        if file.name.endswith(".toml")
    }


@cache
def _lists() -> Mapping[str, Mapping[Way, frozenset[str]]]:
    """List → way → folded phrases of all languages, the lists in order of their names."""
    phrases: dict[str, dict[Way, list[str]]] = {}
    for lists in written().values():
        for name, ways in lists.items():
            for way in WAYS:
                phrases.setdefault(name, {}).setdefault(way, []).extend(ways.get(way, ()))
    folded = iter(_folded([phrase for ways in phrases.values() for found in ways.values() for phrase in found]))
    whole = {
        name: {way: frozenset(islice(folded, len(found))) for way, found in ways.items()}
        for name, ways in phrases.items()
    }
    return {name: whole[name] for name in sorted(whole)}


def _folded(phrases: Sequence[str]) -> pl.Series:
    """Fold phrases, and keep a space at the end: it is what sets "page 2" apart from "pages"."""
    kept_open = pl.Series("phrase", [phrase + _END for phrase in phrases], dtype=pl.String)
    return pl.select(fold(pl.lit(kept_open)).str.strip_suffix(_END)).to_series()


def _longest_first(phrases: Iterable[str]) -> list[str]:
    return sorted(phrases, key=lambda phrase: (-len(phrase), phrase))


@cache
def _bits() -> Mapping[str, int]:
    lists = names()
    if len(lists) > MASK_BITS:
        raise ValueError(f"{len(lists)} phrase lists do not fit into a mask of {MASK_BITS} bits")
    return {name: 1 << position for position, name in enumerate(lists)}


def _has_bit(column: str, name: str) -> pl.Expr:
    return (pl.col(column) & pl.lit(_bits()[name], dtype=pl.UInt64)) != 0


@cache
def _masks(way: Way) -> dict[str, int]:
    """Phrase → mask of the lists that hold it."""
    masks: dict[str, int] = {}
    for name, ways in _lists().items():
        for phrase in ways[way]:
            masks[phrase] = masks.get(phrase, 0) | _bits()[name]
    return masks


def _needs_boundary(phrase: str, sign: str) -> bool:
    """Tell whether the phrase, which begins or ends with this sign, must do so at a word boundary."""
    return _is_of_word(sign) and not _UNSPACED_LITERAL.search(phrase)


def _is_of_word(sign: str) -> bool:
    """Tell whether a sign is part of a word: a letter, a digit or a mark on one, such as the vowel signs of Hindi."""
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


def _alternation(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(phrase).replace("\\ ", " ") for phrase in _longest_first(phrases))


@cache
def _opening_masks() -> Mapping[str, int]:
    """Each `opens` phrase with the mask of all that it begins with: the longest match speaks for the shorter ones."""
    masks = _masks("opens")
    whole = dict(masks)
    begun: list[str] = []
    for phrase in sorted(masks):
        while begun and not phrase.startswith(begun[-1]):
            begun.pop()
        for shorter in begun:
            if not (_needs_boundary(shorter, shorter[-1]) and _is_of_word(phrase[len(shorter)])):
                whole[phrase] |= masks[shorter]
        begun.append(phrase)
    return whole


@cache
def _opening_patterns() -> tuple[str, str]:
    """The regex for phrases that end at a word boundary, and for those that need none."""
    phrases = _opening_masks()
    bounded = _alternation(phrase for phrase in phrases if _needs_boundary(phrase, phrase[-1]))
    free = _alternation(phrase for phrase in phrases if not _needs_boundary(phrase, phrase[-1]))
    return f"^({bounded})(?:{_NO_LETTER}|$)", f"^({free})"


@cache
def _table(way: Way) -> tuple[pl.Series, pl.Series]:
    """The phrases of one way, as they are looked for, and their masks."""
    masks = {"opens": _opening_masks, "has": _spaced_masks}.get(way, lambda: _masks(way))()
    return pl.Series(list(masks), dtype=pl.String), pl.Series(list(masks.values()), dtype=pl.UInt64)


def _mask_of(phrase: pl.Expr, way: Way) -> pl.Expr:
    nothing = pl.lit(0, dtype=pl.UInt64)
    return phrase.replace_strict(*_table(way), default=nothing, return_dtype=pl.UInt64).fill_null(0)


def _opens_mask(start: pl.Expr) -> pl.Expr:
    bounded, free = (_mask_of(start.str.extract(pattern), "opens") for pattern in _opening_patterns())
    return bounded | free


def _start(folded: pl.Expr) -> pl.Expr:
    """A line's start, ornaments before it aside."""
    return folded.str.head(OPENS_CHARS).str.replace(_ORNAMENTS, "")


def _behind_opening(folded: pl.Expr) -> pl.Expr:
    """What stands behind the phrase with which a line begins; nothing where it begins with none."""
    bounded, free = (_start(folded).str.extract(pattern) for pattern in _opening_patterns())
    behind = pl.coalesce(bounded.str.len_chars() + 1, free.str.len_chars())  # a boundary is no part of what is behind
    return folded.str.head(HAS_CHARS).str.replace(_ORNAMENTS, "").str.slice(behind)


def _with_boundaries(phrase: str) -> str:
    """A phrase as it stands in a text whose signs are set apart by spaces, and a space for each boundary it needs."""
    before, after = (" " if _needs_boundary(phrase, sign) else "" for sign in (phrase[0], phrase[-1]))
    return before + re.sub(_SIGN, r" \1 ", phrase) + after


@cache
def _spaced_masks() -> Mapping[str, int]:
    """Each `has` phrase as it stands in a text whose signs are set apart, with the mask of the lists that hold it."""
    masks: dict[str, int] = {}
    for phrase, mask in _masks("has").items():
        literal = _with_boundaries(phrase)
        masks[literal] = masks.get(literal, 0) | mask
    return masks


@cache
def _has_phrases() -> pl.Series:
    return pl.Series(list(_masks("has")), dtype=pl.String).implode()


def _masks_anywhere(folded: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The masks of the phrases in the lines, and in what stands behind the phrases with which they begin.

    One pass without word boundaries, which is quick, finds the few lines that are worth a closer look.
    """
    is_candidate = folded.str.head(HAS_CHARS).str.contains_any(_has_phrases()).fill_null(value=False)
    candidates = folded.filter(is_candidate)
    behind = candidates.to_frame("folded").select_seq(_behind_opening(pl.col("folded"))).to_series()
    masks = _masks_within(pl.concat([candidates.str.head(HAS_CHARS), behind]))
    nowhere = pl.zeros(len(folded), dtype=pl.UInt64, eager=True)
    place = is_candidate.arg_true()
    count = len(candidates)
    return nowhere.clone().scatter(place, masks[:count]), nowhere.scatter(place, masks[count:])


def _masks_within(texts: pl.Series) -> NDArray[np.uint64]:
    """The mask of the phrases that stand in each of some short texts."""
    masks = np.zeros(len(texts), np.uint64)
    spaced = " " + texts.fill_null("").str.replace_all(_SIGN, " $1 ") + " "
    literals, masks_of_literals = _table("has")
    found = spaced.str.extract_many(literals.implode(), overlapping=True)
    line = np.repeat(np.arange(len(texts)), found.list.len().to_numpy())
    said = found.explode(empty_as_null=False)
    of_phrase = said.replace_strict(literals, masks_of_literals, return_dtype=pl.UInt64)
    np.bitwise_or.at(masks, line, of_phrase.to_numpy())
    return masks
