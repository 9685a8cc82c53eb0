r"""Characters that nobody sees: controls, halves of surrogate pairs, joiners, soft hyphens, marks of direction."""

import re
from typing import Final

_SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")


def join_surrogates(line: str) -> str:
    r"""Put pairs of surrogates together, as JSON escapes leave them; a lone one becomes U+FFFD.

    >>> join_surrogates("\ud83d\ude00 \ud83d") == "\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"
    True
    """
    return _SURROGATES.sub(
        lambda match: match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"), line
    )


_CONTROLS: Final = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0e-\x1f\x7f]")


def drop_controls(line: str) -> str:
    r"""Drop control characters, and the colour codes of terminals whole.

    Spares the tab, which sets the columns of plain text.

    >>> drop_controls("\x1b[1mBold\x1b[0m\tte\x00xt")
    'Bold\ttext'
    """
    return _CONTROLS.sub("", line)


# Not characters of text: noncharacters, annotation marks, the place of an embedded object, deprecated format marks.
_FAR_NONCHARACTERS: Final = "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
_NONCHARACTERS: Final = re.compile(rf"[\u206a-\u206f\ufdd0-\ufdef\ufff9-\ufffc\ufffe\uffff{_FAR_NONCHARACTERS}]")


def drop_noncharacters(line: str) -> str:
    r"""Drop code points that are no characters, and the mark that stands for an embedded picture.

    Spares U+FFFD, which says that something was lost here, and private characters, which some fonts give a meaning.

    >>> drop_noncharacters("a\uffffb\N{OBJECT REPLACEMENT CHARACTER}c\ufffd") == "abc\ufffd"
    True
    """
    return _NONCHARACTERS.sub("", line)


# Scripts whose letters change shape, or whose words end, by a joiner: Arabic to N'Ko, Indic to Sinhala, Thai to
# Myanmar, Mongolian and Khmer, Balinese to Lepcha, Indic and South-East Asian additions, the plane of old scripts.
_JOINING: Final = (
    r"\u0600-\u08ff\u0900-\u0dff\u0e00-\u109f\u1780-\u18af\u1a20-\u1c4f\ua840-\uabff\ufb50-\ufdcf\ufe70-\ufefc"
    r"\U00010a00-\U00011fff"
)
_UNSPACED: Final = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
_EMOJI: Final = r"\u00a9\u00ae\u200d\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_ZERO_WIDTH: Final = re.compile(
    rf"(?<![{_JOINING}])[\u200c](?![{_JOINING}])"
    rf"|(?<![{_JOINING}{_EMOJI}])\u200d(?![{_JOINING}])|\u200d(?![{_JOINING}{_EMOJI}])(?<![{_JOINING}]\u200d)"
    rf"|(?<![{_UNSPACED}])\u200b|\u200b(?![{_UNSPACED}])"
    r"|[\u2060-\u2064\ufeff]"
)


def drop_zero_width(line: str) -> str:
    r"""Drop zero-width spaces, word joiners, inner byte order marks and joiners that join nothing.

    Spares joiners where they carry meaning (Arabic and Persian, Indic scripts, emoji sequences) and the zero-width
    space that parts words in Khmer, Thai, Lao and Burmese.

    >>> drop_zero_width("\N{ZERO WIDTH NO-BREAK SPACE}para\N{ZERO WIDTH SPACE}graph")
    'paragraph'
    >>> persian = "می\N{ZERO WIDTH NON-JOINER}خواهم"
    >>> drop_zero_width(persian) == persian
    True
    """
    return _ZERO_WIDTH.sub("", line)


def drop_soft_hyphens(line: str) -> str:
    r"""Drop soft hyphens, which only say where a browser may break a word.

    >>> drop_soft_hyphens("Donau\N{SOFT HYPHEN}dampf\N{SOFT HYPHEN}schiff")
    'Donaudampfschiff'
    """
    return line.replace("\N{SOFT HYPHEN}", "")


_BIDI: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = re.compile(
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def drop_idle_bidi(line: str) -> str:
    r"""Drop marks of writing direction from a line that has no right-to-left letter, and unpaired ones from any line.

    Spares them in Arabic, Hebrew and the like where they are paired: there they decide how numbers and names read.

    >>> drop_idle_bidi("\N{LEFT-TO-RIGHT MARK}+49 30 1234")
    '+49 30 1234'
    >>> hebrew = "שלום (ABC)\N{RIGHT-TO-LEFT MARK}"
    >>> drop_idle_bidi(hebrew) == hebrew
    True
    """
    if not _BIDI.search(line):
        return line
    if not _RIGHT_TO_LEFT.search(line):
        return _BIDI.sub("", line)
    return line if _is_paired(line) else _PAIRED_BIDI.sub("", line)


_PAIRED_BIDI: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_ISOLATES: Final = "\u2066\u2067\u2068"
_ENDS_ISOLATE: Final = "\u2069"
_ENDS_EMBEDDING: Final = "\u202c"


def _is_paired(line: str) -> bool:
    """Tell whether each opening mark of direction has its end in the line, in the order of brackets."""
    awaited: list[str] = []
    for mark in _PAIRED_BIDI.findall(line):
        if mark in (_ENDS_ISOLATE, _ENDS_EMBEDDING):
            if not awaited or awaited.pop() != mark:
                return False
        else:
            awaited.append(_ENDS_ISOLATE if mark in _ISOLATES else _ENDS_EMBEDDING)
    return not awaited


# What a line must hold before one of the fixes above can have work, as the inside of a regex class. The last range is
# far wider than the noncharacters in it, because a class of many ranges is slow; what else it holds is rare.
INVISIBLE: Final = (
    r"\x00-\x08\n-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef"
    r"\ufeff\ufff9-\ufffc\ufffe\uffff\U0001fffe-\U0010ffff"
)
