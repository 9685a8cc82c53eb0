"""Bytes → text: byte order mark, UTF-8, what the page declares, and where all that fails, detection."""

import re
from dataclasses import dataclass
from typing import Final

from cleaners.charsets import LATIN, codec_of, resolve
from cleaners.detect import clearly_other_latin, detected, lenient, reads_well, strictly, telling_sample
from cleaners.page import Kind

# Longest first: the mark of UTF-32LE starts with that of UTF-16LE.
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32le"),
    (b"\x00\x00\xfe\xff", "utf-32be"),
    (b"\xff\xfe", "utf-16le"),
    (b"\xfe\xff", "utf-16be"),
)
_UTF8_MARK: Final = b"\xef\xbb\xbf"

# Signatures of files that are no text. Those made of letters alone ask for more than the letters, since an article
# may begin with "PK" or "RIFF".
_BINARY: Final = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a[^ \n]|RIFF....(?:WEBP|WAVE|AVI )|%PDF-\d\.\d|\x7fELF|MZ.\x00|\x1f\x8b\x08"
    rb"|PK(?:\x03\x04|\x05\x06)|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07"
    rb"|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\xca\xfe\xba\xbe|SQLite format 3\x00|PAR1[\x00-\x1f]|OggS\x00"
    rb"|ID3[\x02-\x04]\x00|\x00\x00\x00.ftyp|\x00asm|wOF[F2]\x00|\x00\x01\x00\x00\x00|II\*\x00|MM\x00\*",
    re.DOTALL,
)
_CONTROLS: Final = bytes(sorted({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1b"}))
# Random bytes hold 10 % of these, machine code and images 5 to 40 %; the dirtiest texts seen, dumps of terminals, 1 %.
_BINARY_CONTROL_SHARE: Final = 0.03
_HARMLESS_CONTROLS: Final = 4

_ASCII: Final = bytes(range(0x80))
_SAMPLE_BYTES: Final = 65_536

# Browsers look at the first 1,024 bytes only; pages of old content systems put scripts before their <meta>.
_HEAD_BYTES: Final = 8_192
_META: Final = re.compile(rb"<meta\b[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([\w:.-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a document, the encoding it was in (a name of the WHATWG standard), and what had to be mended.

    `encoding` is None for what came as text and for what is no text; of the latter `is_text` is False, `text` empty.
    """

    text: str
    encoding: str | None
    repairs: tuple[str, ...] = ()
    is_text: bool = True


_NO_TEXT: Final = Decoded("", None, is_text=False)


def decode(raw: bytes | str, *, charset: str | None = None, kind: Kind | None = None) -> Decoded:
    r"""Turn the bytes of a document into text; never raises, whatever the bytes.

    In order: a byte order mark; UTF-16 without one; valid UTF-8, whatever is declared, since text of another encoding
    is hardly ever valid UTF-8; UTF-8 with some broken bytes; the declared encodings (`charset` from the transport,
    then <meta>, then the XML declaration) as far as the text then reads like text; detection.

    >>> decode("Grüße".encode("cp1252"), charset="iso-8859-1")
    Decoded(text='Grüße', encoding='windows-1252', repairs=(), is_text=True)
    >>> decode("Grüße".encode(), charset="iso-8859-1").encoding
    'utf-8'
    >>> decode(b"\x89PNG\r\n\x1a\n").is_text
    False
    """
    if isinstance(raw, str):
        return Decoded(raw, None)
    return _by_mark(raw) or _binary_or_wide(raw) or _escaped_japanese(raw) or _utf8(raw) or _legacy(raw, charset, kind)


def declared_encodings(raw: bytes, *, charset: str | None = None, kind: Kind | None = None) -> tuple[str, ...]:
    """Give the encodings that are declared for a document, the most trusted first, by their names in the standard.

    A page that says UTF-16 in its own bytes is in UTF-8: the declaration could not be read otherwise. In plain text
    (`kind` "text") a <meta> is a word like any other.

    >>> declared_encodings(b'<meta charset="sjis">', charset="latin1")
    ('windows-1252', 'shift_jis')
    """
    head = raw[:_HEAD_BYTES]
    found = [resolve(charset)] if charset else []
    inside = [] if kind == "text" else [_META.search(head), _XML.match(head)]
    for label in (match[1].decode("ascii", "ignore") for match in inside if match):
        name = resolve(label)
        found.append("utf-8" if name and name.startswith("utf-16") else name)
    return tuple(dict.fromkeys(name for name in found if name))


def _by_mark(raw: bytes) -> Decoded | None:
    """Decode what opens with a byte order mark, which is stronger than any declaration."""
    if raw.startswith(_UTF8_MARK):
        return _utf8(raw[len(_UTF8_MARK) :]) or Decoded(_mended_utf8(raw[3:]), "utf-8", ("invalid_utf8",))
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return _read(raw[len(mark) :], name)
    return None


def _binary_or_wide(raw: bytes) -> Decoded | None:
    """Tell what is no text, and decode UTF-16 without a mark, which is full of control bytes like binary data."""
    if _BINARY.match(raw):
        return _NO_TEXT
    sample = raw[:_SAMPLE_BYTES].rstrip(b"\x00")
    if raw and not sample:
        return _NO_TEXT
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if not controls:
        return None
    shares = {name: _script_share(raw[:_SAMPLE_BYTES], codec_of(name)) for name in ("utf-16le", "utf-16be")}
    name = max(shares, key=lambda order: shares[order])
    if shares[name] >= _SCRIPT_SHARE:
        return _read(raw, name)
    if controls > max(_HARMLESS_CONTROLS, _BINARY_CONTROL_SHARE * len(sample)):
        return _NO_TEXT
    return None


# What a text is written in besides ASCII: of one script nearly everything, of the wrong byte order a third at best.
_SCRIPTS: Final = tuple(
    re.compile(f"[\\t-\\r -~\\u2000-\\u206f\\u20a0-\\u20cf{ranges}]")
    for ranges in (
        r"\xa0-\u024f",  # Latin
        r"\u0370-\u03ff\u1f00-\u1fff",  # Greek
        r"\u0400-\u052f",  # Cyrillic
        r"\u0590-\u05ff",  # Hebrew
        r"\u0600-\u06ff",  # Arabic
        r"\u0900-\u0dff",  # Devanagari to Sinhala
        r"\u0e00-\u0e7f",  # Thai
        r"\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef",  # Chinese, Japanese
        r"\u3000-\u303f\uac00-\ud7a3\uff00-\uffef",  # Korean
    )
)
_SCRIPT_SHARE: Final = 0.9


def _script_share(sample: bytes, codec: str) -> float:
    """Give the share of a sample, read as UTF-16, that its main script and ASCII make up."""
    text = sample[: len(sample) // 2 * 2].decode(codec, "replace")
    return max(len(script.findall(text)) for script in _SCRIPTS) / max(1, len(text))


_ESCAPE_TO_KANJI: Final = re.compile(rb"\x1b\$[@B]")


def _escaped_japanese(raw: bytes) -> Decoded | None:
    """Decode ISO-2022-JP, which is plain ASCII to look at: escape sequences switch to kanji and back."""
    if _ESCAPE_TO_KANJI.search(raw[:_SAMPLE_BYTES]) and raw.isascii():
        return _read(raw, "iso-2022-jp")
    return None


# Of text in another encoding, a quarter of the characters (Korean) at most happen to look like UTF-8; of UTF-8 with
# broken bytes nearly all are whole.
_WHOLE_PER_BROKEN: Final = 2


def _utf8(raw: bytes) -> Decoded | None:
    """Decode UTF-8, also where some of its bytes are broken; None where it is something else.

    Emoji that some databases store as two surrogates of three bytes each are put together.
    """
    text = strictly(raw, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8")
    joined = _SURROGATES_IN_UTF8.sub(_joined_surrogates, raw)
    whole = joined.decode("utf-8", "ignore")
    broken = len(joined.decode("utf-8", "replace")) - len(whole)
    whole_wide = len(whole) - (len(joined) - len(joined.translate(None, _ASCII)))
    if whole_wide < _WHOLE_PER_BROKEN * broken:
        return None
    return Decoded(_mended_utf8(joined), "utf-8", ("invalid_utf8",))


_SURROGATES_IN_UTF8: Final = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_BROKEN: Final = re.compile("[\udc80-\udcff]+")
# In UTF-8 these open a sequence, and few Western words hold what windows-1252 has here (Â Ã Ð Ñ): a cut character.
_FIRST_LETTER: Final = 0xC0
_CUT_LEADS: Final = frozenset(b"\xc2\xc3\xc4\xc5\xd0\xd1\xd8\xd9")


def _mended_utf8(raw: bytes) -> str:
    r"""Decode UTF-8 with broken bytes: a lone one is read as windows-1252 beside ASCII, the others become U+FFFD.

    Pages glue a template or a quotation of another encoding into UTF-8, one accent or quote at a time. What is cut
    in the middle (two bytes of three) or stands in another script cannot be known.

    >>> _mended_utf8("Š, Škoda und ".encode() + b"Stra\xdfe \x96 ein Caf\xe9, das \xe2\x82 ")
    'Š, Škoda und Straße – ein Café, das \ufffd '
    """
    return _BROKEN.sub(_mended_bytes, raw.decode("utf-8", "surrogateescape"))


def _joined_surrogates(match: re.Match[bytes]) -> bytes:
    """Give the four bytes of UTF-8 for a character stored as two surrogates of three bytes each."""
    pair = match[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    return pair.decode("utf-16-le").encode()


def _mended_bytes(match: re.Match[str]) -> str:
    """Give the character that a broken byte of UTF-8 stands for, or U+FFFD."""
    text, start, end = match.string, match.start(), match.end()
    byte = ord(text[start]) & 0xFF
    neighbours = text[max(0, start - 1) : start] + text[end : end + 1]
    is_sign = byte < _FIRST_LETTER
    fits = any(sign.isascii() and (is_sign or sign.isalpha()) for sign in neighbours)
    if end - start > 1 or byte in _CUT_LEADS or not fits:
        return "\N{REPLACEMENT CHARACTER}"
    return bytes([byte]).decode("cp1252", "replace")


def _legacy(raw: bytes, charset: str | None, kind: Kind | None) -> Decoded:
    """Decode what is not Unicode: as declared where that reads like text, else as detected."""
    sample = telling_sample(raw)
    name = next((name for name in _trusted_first(raw, charset, kind) if reads_well(sample, name)), None)
    if name is None or (name in LATIN and clearly_other_latin(sample, name)):
        name = detected(sample)
    return _read(raw, name)


def _trusted_first(raw: bytes, charset: str | None, kind: Kind | None) -> list[str]:
    """Give the declared encodings to try. Windows-1252 comes last: servers declare Latin-1 by default, unasked."""
    names = [name for name in declared_encodings(raw, charset=charset, kind=kind) if not name.startswith("utf-")]
    return sorted(names, key=lambda name: name == "windows-1252")


def _read(raw: bytes, name: str) -> Decoded:
    """Decode with a known encoding and say whether all bytes fitted."""
    text, fits = lenient(raw, name)
    return Decoded(text, name, () if fits else ("invalid_bytes",))
