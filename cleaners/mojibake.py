r"""Mojibake: UTF-8 that was read as another encoding, and the clues that tell cheaply where it may be."""

import re
from typing import Final

import ftfy
from ftfy.badness import badness

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def _signs(first: int, last: int) -> str:
    """Give what a range of bytes is in the code pages that UTF-8 is mistaken for, as the inside of a regex class."""
    pages = ("latin-1", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "iso8859-2")
    signs = {bytes([byte]).decode(page, "ignore") for page in pages for byte in range(first, last + 1)}
    return re.escape("".join(sorted(signs)))


# What MacRoman and cp437 make of the first byte of a sequence: √ ¬ ≈ and a low quote, box lines and a gamma.
_FAR_LEADS: Final = "\N{SQUARE ROOT}\N{NOT SIGN}\N{ALMOST EQUAL TO}\N{SINGLE LOW-9 QUOTATION MARK}├┬Γ"
# What windows-1252 makes of the first byte of `à` and of a no-break space, whose second byte often became a space.
_SPACED_LEADS: Final = "ÃÂ"

# Each line with mojibake holds one of CLUE_SIGNS in CLUE_CONTEXT (which looks back at the sign): a later byte of a
# UTF-8 sequence after a first one, as any of the code pages shows them, or a first one that gives itself away. Few
# clean lines do: 54 of 8,824 lines beyond ASCII on the labelled news pages.
CLUE_SIGNS: Final = f"{_signs(0x80, 0xBF)}{_REPLACEMENT}{_FAR_LEADS}{_SPACED_LEADS}"
CLUE_CONTEXT: Final = (
    f"(?:(?<=[{_signs(0xC2, 0xF4)}][{_signs(0x80, 0xBF)}{_REPLACEMENT}])"
    f"|(?<=[{_FAR_LEADS}])[^\\x00-\\x7f]|(?<=[{_SPACED_LEADS}])[ ?])"
)
_CLUE: Final = re.compile(f"[{CLUE_SIGNS}]{CLUE_CONTEXT}")

_ENCODING_ONLY: Final = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)


# A closing quote whose third byte, which windows-1252 leaves open, was dropped on the way. ftfy would see a dagger in
# it: of the five characters that lose a byte so, the others are invisible or a rare hyphen.
_LOST_QUOTE: Final = re.compile(r"â€(?=[\s.,;:!?)\]]|$)")


def has_clue(line: str) -> bool:
    """Tell cheaply whether there may be mojibake in a line."""
    return _CLUE.search(line) is not None


def mend_mojibake(line: str) -> str:
    r"""Undo UTF-8 that was read as another encoding, once or several times, in the whole line or in a part of it.

    Spares clean text: ftfy changes only where signs stand together that no language puts together, and the change is
    taken only if it leaves fewer of those and loses no character.

    >>> mend_mojibake("La RÃ©union â€” lâ€™Ã®le"), mend_mojibake("ÃƒÂ©tÃƒÂ©")
    ('La Réunion — l’île', 'été')
    >>> mend_mojibake("Ã‰TÉ, SÃO PAULO, 10 000 €, «Ça»")
    'ÉTÉ, SÃO PAULO, 10 000 €, «Ça»'
    """
    if not has_clue(line):
        return line
    mended = ftfy.fix_encoding(_LOST_QUOTE.sub("â€\x9d", line), _ENCODING_ONLY)
    is_better = badness(mended) < badness(line) and mended.count(_REPLACEMENT) <= line.count(_REPLACEMENT)
    return mended if is_better else line


_C1: Final = re.compile("[\x80-\x9f]")


def map_c1_controls(line: str) -> str:
    r"""Read C1 controls as windows-1252, which is what they were before a decoder took them for Latin-1.

    Nothing is spared: no text uses them. The five that windows-1252 leaves open are dropped.

    >>> map_c1_controls("the mayor\x92s plan\x85 \x81")
    'the mayor’s plan… '
    """
    return _C1.sub(lambda match: match[0].encode("latin-1").decode("cp1252", "ignore"), line)
