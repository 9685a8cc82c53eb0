"""Which legacy encoding bytes are in, judged by how their reading looks; and reading them without ever failing."""

import codecs
import re
from functools import cache
from typing import Final

import charset_normalizer

from cleaners.charsets import ALPHABETS, LATIN, WIDER_CODECS, codec_of

_HIGH_BYTE: Final = re.compile(rb"[\x80-\xff]")
_SAMPLE_BYTES: Final = 65_536
_PIECE_BYTES: Final = 2_048
_LEAD_IN_BYTES: Final = 64
# Never a later byte of a character, in no encoding of the standard.
_BETWEEN_CHARACTERS: Final = re.compile(rb"[\t-/]")


def telling_sample(raw: bytes) -> bytes:
    """Give the first stretches of a document that hold bytes beyond ASCII, at most about 64 KB of them.

    Between them may lie megabytes of markup that tell nothing about the encoding.
    """
    pieces: list[bytes] = []
    size = position = 0
    while size < _SAMPLE_BYTES and (match := _HIGH_BYTE.search(raw, position)):
        start = max(position, match.start() - _LEAD_IN_BYTES)
        cut = match.start() + _PIECE_BYTES
        whole = _BETWEEN_CHARACTERS.search(raw, cut, cut + _PIECE_BYTES)
        position = whole.end() if whole else cut
        pieces.append(raw[start:position])
        size += position - start
    return b"".join(pieces)


def lenient(raw: bytes, name: str) -> tuple[str, bool]:
    """Decode with a known encoding: the text, and whether every byte fitted.

    What does not fit becomes U+FFFD; what a Windows code page leaves open becomes a C1 control, as in browsers.
    """
    codec = codec_of(name)
    text = strictly(raw, codec)
    if text is None and name in WIDER_CODECS:
        text = strictly(raw, WIDER_CODECS[name])
    if text is not None:
        return text, True
    if name.startswith("windows-"):
        return codecs.charmap_decode(raw, "strict", _full_table(codec))[0], True
    return raw.decode(codec, "replace"), False


def strictly(raw: bytes, codec: str) -> str | None:
    """Decode, or give None where a byte does not fit."""
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


@cache
def _full_table(codec: str) -> str:
    """Give the 256 characters of a Windows code page, with a C1 control where it has none."""
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in range(256))


_BEYOND_ASCII: Final = re.compile("[^\x00-\x7f]")
# What text hardly holds and a wrong reading is full of. In order: control, private and replacement characters, boxes,
# half-width katakana (Latin read as Shift_JIS); five accented letters and signs in a row (another script read as
# Latin; Czech has four); a small letter before capitals, with the capitals that follow (KOI8 read as windows-1251 swaps
# the case); two scripts in one word; Thai vowel signs on nothing.
_STRANGE: Final = re.compile(
    r"[\x80-\x9f\ufffd\ue000-\uf8ff\u2500-\u25ff\uff61-\uff9f]"
    r"|[\xa0-\u02ff\u2010-\u20cf\u2122]{5,}"
    r"|[\u0430-\u045f][\u0400-\u042f][\u0400-\u042f ,.-]{0,200}|[\u03ac-\u03ce][\u0391-\u03a9]"
    r"|[A-Za-z\xc0-\u024f][\u0370-\u06ff\u0e01-\u0e4e]|[\u0370-\u06ff\u0e01-\u0e4e][A-Za-z\xc0-\u024f]"
    r"|(?<![\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|[\u0e31\u0e34-\u0e39][\u0e31\u0e34-\u0e39]"
)
# Right readings of tests/data/decode_texts.toml have none of it; the rest is room for pages that mix in odd signs.
_STRANGE_SHARE: Final = 0.25
_FEW_STRANGE: Final = 2

# The national character sets put the common characters into their first rows: the codec of the plain set, and the
# first bytes of kana, syllables and the characters of everyday use.
_COMMON_ROWS: Final = {
    "gb18030": ("gb2312", frozenset(range(0xB0, 0xD8))),
    "big5": ("big5", frozenset(range(0xA4, 0xC7))),
    "euc-kr": ("euc_kr", frozenset(range(0xB0, 0xC9))),
    "euc-jp": ("euc_jp", frozenset({0xA4, 0xA5, *range(0xB0, 0xD0)})),
    "shift_jis": ("euc_jp", frozenset({0xA4, 0xA5, *range(0xB0, 0xD0)})),
}
# Right readings of the same texts have 0.99 and more, wrong ones 0.78 at most, save Korean, whose bytes are common
# Chinese characters too: there the declaration and charset-normalizer decide.
_COMMON_SHARE: Final = 0.85


def reads_well(sample: bytes, name: str) -> bool:
    """Tell whether a sample, read in an encoding, looks like text of some language."""
    text, _ = lenient(sample, name)
    strange = sum(len(match[0]) for match in _STRANGE.finditer(text))
    if strange > max(_FEW_STRANGE, _STRANGE_SHARE * len(_BEYOND_ASCII.findall(text))):
        return False
    return name not in _COMMON_ROWS or common_share(text, name) >= _COMMON_SHARE


def common_share(text: str, name: str) -> float:
    """Give the share of a text's characters beyond ASCII that are common ones of an East Asian encoding.

    Signs and punctuation count on neither side.
    """
    codec, rows = _COMMON_ROWS[name]
    wide = [sign for sign in _BEYOND_ASCII.findall(text) if sign.isalpha() or sign == "\N{REPLACEMENT CHARACTER}"]
    encoded = "".join(wide).encode(codec, "ignore")
    return sum(byte in rows for byte in encoded[::2]) / max(1, len(wide))


_OTHERS: Final = (
    *("windows-874", "windows-1256", "windows-1255", "iso-8859-7", "windows-1253", "ibm866", "iso-8859-5", "koi8-u"),
    *("koi8-r", "windows-1251", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr"),
)


_ANY_BYTES: Final = "windows-874"


@cache
def _candidates() -> dict[str, str]:
    """Give what charset-normalizer may answer: its name of the code page → ours."""
    return {codecs.lookup(codec_of(name)).name.replace("-", "_"): name for name in (*LATIN, *_OTHERS)}


def detected(sample: bytes) -> str:
    """Guess the encoding of a sample.

    charset-normalizer tells the scripts apart well. Among the Latin code pages it takes windows-1250 for French,
    Spanish and Portuguese of a few hundred bytes: there the alphabets of the languages decide. Of its answers the
    first is taken whose reading looks like text.
    """
    matches = charset_normalizer.from_bytes(sample, cp_isolation=list(_candidates()))
    codecs_found = (codec for match in matches for codec in (match.encoding, *match.could_be_from_charset))
    names = dict.fromkeys(_candidates().get(codec.replace("-", "_"), "windows-1252") for codec in codecs_found)
    # Nearly any bytes are Thai letters, so Thai is believed last.
    ordered = [*sorted(names, key=lambda name: name == _ANY_BYTES), *reversed(_OTHERS)]
    nearest = nearest_latin(sample)
    readable = (name for name in ordered if reads_well(sample, nearest if name in LATIN else name))
    found = next(readable, nearest)
    return nearest if found in LATIN else found


_COMMON_SIGNS: Final = frozenset("\N{NO-BREAK SPACE}«»§°©®·–—‘’\N{SINGLE LOW-9 QUOTATION MARK}“”„•…€£\N{SOFT HYPHEN}")


def nearest_latin(sample: bytes) -> str:
    """Give the Latin encoding in which a sample keeps best to the letters of one language; windows-1252 if none."""
    shares = {name: _alphabet_share(sample, name) for name in LATIN}
    return max(shares, key=lambda name: shares[name])


# A page in one language with a declared Latin encoding may quote another: only a clear case overrules.
_POOR_SHARE: Final = 0.75
_FULL_SHARE: Final = 0.95
_LETTERS_TO_JUDGE: Final = 8


def clearly_other_latin(sample: bytes, name: str) -> bool:
    """Tell whether the letters of a sample fit another Latin encoding than the declared one, and that one fully."""
    if len(_HIGH_BYTE.findall(sample)) < _LETTERS_TO_JUDGE or _alphabet_share(sample, name) >= _POOR_SHARE:
        return False
    return _alphabet_share(sample, nearest_latin(sample)) >= _FULL_SHARE


def _alphabet_share(sample: bytes, name: str) -> float:
    """Give the share of the characters beyond ASCII that the best fitting language of an encoding uses."""
    wide = _BEYOND_ASCII.findall(lenient(sample, name)[0])
    alphabets = [{*letters, *letters.upper(), *_COMMON_SIGNS} for _, letters, names in ALPHABETS if name in names]
    return max((sum(sign in letters for sign in wide) for letters in alphabets), default=0) / max(1, len(wide))
