r"""Repair of characters: mojibake, entities, invisible and control characters, odd spaces, broken surrogates.

Clean text of any language comes out as it came in, byte for byte: each fix says what it spares. Nothing here takes a
visible character away or joins or splits lines; a line is mended for itself, since one document mixes sources.
"""

import html
import html.entities
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cleaners.invisible import (
    INVISIBLE,
    drop_controls,
    drop_idle_bidi,
    drop_noncharacters,
    drop_soft_hyphens,
    drop_zero_width,
    join_surrogates,
)
from cleaners.mojibake import CLUE_CONTEXT, CLUE_SIGNS, has_clue, map_c1_controls, mend_mojibake


@dataclass(frozen=True, slots=True)
class Repaired:
    """Repaired text and the names of what was mended in it, sorted, each once."""

    text: str
    repairs: tuple[str, ...]


def repair(text: str, *, is_html: bool) -> Repaired:
    r"""Repair a document's text. Line breaks of every kind become "\n"; beyond that the lines stay what they are.

    >>> repair("Das CafÃ© &amp; die K\u00fcche\r\nbleiben zu.", is_html=False)
    Repaired(text='Das Café & die Küche\nbleiben zu.', repairs=('entities', 'mojibake', 'newlines'))
    >>> repair("Clean text, \u00ab d\u2019ici \u00bb.", is_html=False).repairs
    ()
    """
    broken = unify_breaks(text)
    lines, repairs = repair_lines(broken.split("\n"), is_html=is_html)
    names = {*repairs, "newlines"} if broken != text else repairs
    return Repaired("\n".join(lines), tuple(sorted(names)))


def repair_lines(lines: Sequence[str], *, is_html: bool) -> tuple[list[str], tuple[str, ...]]:
    r"""Repair lines, each for itself and each still one line; give them with the names of what was mended.

    Where tags were parsed (`is_html`), entities are decoded already: one that is left was escaped twice and is
    decoded, save `&lt;`, `&gt;` and `&amp;`, by which a page about code shows its code.

    >>> repair_lines(["Tom &quot;T&quot; Ross", "Write &lt;b&gt; here"], is_html=True)
    (['Tom "T" Ross', 'Write &lt;b&gt; here'], ('entities',))
    """
    fixes = HTML_FIXES if is_html else TEXT_FIXES
    names: set[str] = set()
    repaired = [line.rstrip(_LINE_END) for line in lines]
    if repaired != list(lines):
        names.add("spaces")
    repaired = [_repaired_line(line, fixes, names) if _is_suspicious(line) else line for line in repaired]
    return repaired, tuple(sorted(names))


_BREAK: Final = re.compile(r"\r+\n?|[\v\f\u2028\u2029]")
_RARE_BREAKS: Final = "\r\v\f\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"


def unify_breaks(text: str) -> str:
    r"""Turn every kind of line break into "\n".

    Spares U+0085 (next line): in scraped pages it is a windows-1252 ellipsis, see `map_c1_controls`.

    >>> unify_breaks("one\r\ntwo\rthree\N{LINE SEPARATOR}four")
    'one\ntwo\nthree\nfour'
    """
    unified = text.replace("\r\n", "\n")
    return _BREAK.sub(_unified_break, unified) if any(sign in unified for sign in _RARE_BREAKS) else unified


def _unified_break(match: re.Match[str]) -> str:
    """One break for a line's end however often it was converted, one for each carriage return that stands alone."""
    return "\n" if match[0][-1] == "\n" else "\n" * len(match[0])


_BREAK_IN_LINE: Final = re.compile(r"[\n\r\v\f\u2028\u2029]+")


def flatten_breaks(line: str) -> str:
    r"""Turn a break inside a line, which an entity or a wrong decoding left there, into a space.

    >>> flatten_breaks("one\N{LINE SEPARATOR}two")
    'one two'
    """
    return _BREAK_IN_LINE.sub(" ", line)


# What is escaped twice is `&amp;` before the entity, any number of times, however the ampersand is written.
_ENTITY: Final = re.compile(
    r"&(?:amp;|AMP;|#0{0,3}38;|#[xX]0{0,3}26;){0,9}(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
)
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_MARKUP_ENTITIES: Final = frozenset({"lt", "gt", "amp", "LT", "GT", "AMP", "#60", "#62", "#38", "#x3c", "#x3e", "#x26"})


def unescape_entities(line: str) -> str:
    r"""Decode HTML entities left in text, also those escaped several times.

    Spares what only looks like one: unknown names (`R&D;`), a name without its semicolon (`AT&T`, `?a=1&copy=2`); and
    in a line that still has tags `&lt;` and `&gt;`, which would turn into tags themselves.

    >>> unescape_entities("&amp;quot;Fish &amp; chips&quot; &#8211; R&D; AT&T; http://x.test/?a=1&copy=2")
    '"Fish & chips" – R&D; AT&T; http://x.test/?a=1&copy=2'
    """
    if "&" not in line:
        return line
    return _ENTITY.sub(_decoded_leftover if _TAG.search(line) else _decoded_entity, line)


def unescape_leftovers(line: str) -> str:
    r"""Decode HTML entities that parsing left, save `&lt;`, `&gt;` and `&amp;`.

    Spares those three, since a page about code means them: its source says `&amp;lt;b&amp;gt;`.

    >>> unescape_leftovers("Don&#39;t write &lt;b&gt;")
    "Don't write &lt;b&gt;"
    """
    return _ENTITY.sub(_decoded_leftover, line) if "&" in line else line


def _decoded_entity(match: re.Match[str]) -> str:
    """Give the sign of an entity, or the entity itself where there is none of that name."""
    name = match[1]
    sign = html.unescape(f"&{name};") if name.startswith("#") else html.entities.html5.get(f"{name};", "")
    return sign or match[0]


def _decoded_leftover(match: re.Match[str]) -> str:
    """Give the sign of an entity that parsing left, or the entity itself where it may be the text of code."""
    return match[0] if match[1].lower() in _MARKUP_ENTITIES else _decoded_entity(match)


_LINE_END: Final = " \t\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"
_SPACE_RUN: Final = re.compile(r"^\xa0[ \t\xa0]*|(?<![ \t\xa0])[ \t\xa0]{2,}")


def trim_spaces(line: str) -> str:
    r"""Take spaces from the end of a line, and make no-break spaces used as padding one space.

    Spares a single no-break space between words and the thin spaces (French punctuation, numbers), the indent of a
    line and ordinary double spaces (verse, code, tables), and ideographic spaces.

    >>> trim_spaces("Ende.\N{NO-BREAK SPACE} \N{NO-BREAK SPACE}Neu \t")
    'Ende. Neu'
    >>> french = "Pourquoi\N{NARROW NO-BREAK SPACE}? 10\N{NO-BREAK SPACE}000"
    >>> trim_spaces(french) == french
    True
    """
    trimmed = line.rstrip(_LINE_END)
    return _SPACE_RUN.sub(_folded_padding, trimmed) if "\N{NO-BREAK SPACE}" in trimmed else trimmed


def _folded_padding(match: re.Match[str]) -> str:
    """Give one space for a run with a no-break space in it, none at the start of a line, and other runs as they are."""
    if "\N{NO-BREAK SPACE}" not in match[0]:
        return match[0]
    return " " if match.start() else ""


Fix = Callable[[str], str]

_AFTER_ENTITIES: Final[tuple[tuple[str, Fix], ...]] = (
    ("mojibake", mend_mojibake),
    ("control", map_c1_controls),
    ("newlines", flatten_breaks),
    ("control", drop_controls),
    ("noncharacters", drop_noncharacters),
    ("soft_hyphen", drop_soft_hyphens),
    ("zero_width", drop_zero_width),
    ("bidi", drop_idle_bidi),
    ("spaces", trim_spaces),
)
TEXT_FIXES: Final = (("surrogates", join_surrogates), ("entities", unescape_entities), *_AFTER_ENTITIES)
HTML_FIXES: Final = (("surrogates", join_surrogates), ("entities", unescape_leftovers), *_AFTER_ENTITIES)

_TELLTALES_ASCII: Final = re.compile(r"[\x00-\x08\n-\x1f\x7f]|&[#A-Za-z]")
# One class of characters before everything else, so that the regex engine can leap over ordinary text.
_TELLTALES: Final = re.compile(
    rf"[{INVISIBLE}&\xa0{CLUE_SIGNS}]"
    rf"(?:(?<=[{INVISIBLE}])|(?<=&)[#A-Za-z]|(?<=\xa0)[ \t\xa0]|(?<=[ \t]\xa0)|(?<=^\xa0)|{CLUE_CONTEXT})"
)


def _is_suspicious(line: str) -> bool:
    """Tell cheaply whether a line can need repair; nearly all lines end here."""
    if line.isascii():
        return ("&" in line or not line.isprintable()) and _TELLTALES_ASCII.search(line) is not None
    return _TELLTALES.search(line) is not None


# One fix may uncover work for an earlier one: an entity inside mojibake inside an entity. Real text takes two rounds.
_MAX_ROUNDS: Final = 12


def _repaired_line(line: str, fixes: Sequence[tuple[str, Fix]], names: set[str]) -> str:
    """Apply the fixes in order until none changes the line any more; add the names of those that did."""
    trimmed = trim_spaces(line)
    if not has_clue(line) and not _is_suspicious(trimmed):
        names.add("spaces")
        return trimmed
    for _ in range(_MAX_ROUNDS):
        before = line
        for name, fix in fixes:
            mended = fix(line)
            if mended != line:
                names.add(name)
                line = mended
        if line == before:
            break
    return line
