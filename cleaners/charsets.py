"""What character encodings are called, what Python decodes them with, and what letters tell the Latin ones apart."""

from collections.abc import Mapping
from typing import Final, NamedTuple

# WHATWG Encoding Standard, section 4.2: name → the labels under which pages declare it. Labels are compared with
# "_" read as "-" and without "x-"; those that this already makes equal to the name are left out.
_LABELS: Final[Mapping[str, str]] = {
    "utf-8": "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8-sig",
    "utf-16le": "utf-16 utf16 ucs-2 csunicode iso-10646-ucs-2 unicode unicodefeff utf-16-le",
    "utf-16be": "unicodefffe utf-16-be",
    "windows-1252": "ansi-x3.4-1968 ascii us-ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 "
    "iso88591 iso-8859-1:1987 l1 latin1 latin-1 cp-1252 win-1252 windows1252 ansi",
    "windows-1250": "cp1250 win-1250 windows1250",
    "windows-1251": "cp1251 win-1251 windows1251 cp-1251",
    "windows-1253": "cp1253 win-1253 windows1253",
    "windows-1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso-8859-9:1989 l5 latin5",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "windows-874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 tis620 cp874",
    "iso-8859-2": "csisolatin2 iso-ir-101 iso8859-2 iso88592 iso-8859-2:1987 l2 latin2",
    "iso-8859-3": "csisolatin3 iso-ir-109 iso8859-3 iso88593 iso-8859-3:1988 l3 latin3",
    "iso-8859-4": "csisolatin4 iso-ir-110 iso8859-4 iso88594 iso-8859-4:1988 l4 latin4",
    "iso-8859-5": "csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 iso-8859-5:1988",
    "iso-8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e iso-8859-6-i "
    "iso-ir-127 iso8859-6 iso88596 iso-8859-6:1987",
    "iso-8859-7": "csisolatingreek ecma-118 elot-928 greek greek8 iso-ir-126 iso8859-7 iso88597 iso-8859-7:1987 "
    "sun-eu-greek",
    "iso-8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso-8859-8:1988 "
    "visual iso-8859-8-i csiso88598i logical",
    "iso-8859-10": "csisolatin6 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso-8859-13": "iso8859-13 iso885913",
    "iso-8859-14": "iso8859-14 iso885914",
    "iso-8859-15": "csisolatin9 iso8859-15 iso885915 l9 latin9 latin-9",
    "iso-8859-16": "iso8859-16",
    "koi8-r": "cskoi8r koi koi8",
    "koi8-u": "koi8-ru",
    "ibm866": "866 cp866 csibm866 dos-866",
    "macintosh": "csmacintosh mac mac-roman macroman",
    "mac-cyrillic": "mac-ukrainian",
    "gb18030": "gbk chinese csgb2312 csiso58gb231280 gb2312 gb-2312 gb-2312-80 iso-ir-58 euc-cn euccn cp936 936 ms936",
    "big5": "big5-hkscs cn-big5 csbig5 big-5 cp950",
    "euc-jp": "cseucpkdfmtjapanese eucjp ujis",
    "iso-2022-jp": "csiso2022jp",
    "shift_jis": "csshiftjis ms932 ms-kanji sjis shift-jis windows-31j cp932 shiftjis",
    "euc-kr": "cseuckr csksc56011987 iso-ir-149 korean ks-c-5601-1987 ks-c-5601-1989 ksc5601 ksc-5601 ks-c-5601 "
    "windows-949 cp949 ms949 uhc euckr",
}  # fmt: skip

# Python's codec where its name differs from the standard's, or where the standard's table is wider than the codec of
# that name: browsers read Shift_JIS with Microsoft's additions, EUC-KR as cp949, Big5 with the Hong Kong characters.
_CODECS: Final[Mapping[str, str]] = {
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    "windows-874": "cp874",
    "macintosh": "mac_roman",
    "mac-cyrillic": "mac_cyrillic",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
}

# Tried where the codec fails: Python's euc_jp and iso2022_jp lack the signs (circled digits, ㈱) that Microsoft added
# and that the standard has; its Big5 tables miss some signs of each other's.
WIDER_CODECS: Final[Mapping[str, str]] = {
    "euc-jp": "euc_jis_2004",
    "iso-2022-jp": "iso2022_jp_2004",
    "shift_jis": "shift_jis_2004",
    "big5": "cp950",
}

NAMES: Final[Mapping[str, str]] = {
    label: name for name, labels in _LABELS.items() for label in (name.replace("_", "-"), *labels.split())
}


def resolve(label: str) -> str | None:
    """Give the standard's name of the encoding that a page calls `label`; None where no browser knows it.

    Latin-1 is windows-1252 and GB2312 is GB18030, as in every browser: the pages that declare them use the additions.

    >>> resolve(" ISO-8859-1 "), resolve("x-sjis"), resolve("KS_C_5601-1987"), resolve("klingon")
    ('windows-1252', 'shift_jis', 'euc-kr', None)
    """
    folded = label.strip(" \t\r\n\f\"'").lower().replace("_", "-").removeprefix("x-")
    return NAMES.get(folded)


def codec_of(name: str) -> str:
    """Give Python's codec for an encoding of the standard."""
    return _CODECS.get(name, name)


class Alphabet(NamedTuple):
    """The letters beyond ASCII of one language, and the encodings in which it was written."""

    language: str
    letters: str
    encodings: tuple[str, ...]


_WEST = ("windows-1252", "iso-8859-15")
_CENTRE = ("windows-1250", "iso-8859-2")
_BALTIC = ("windows-1257", "iso-8859-13")

# Small letters only; the capitals follow. Loan letters that a newspaper of the language prints are in.
ALPHABETS: Final = (
    Alphabet("de", "äöüßé", _WEST),
    Alphabet("fr", "àâæçéèêëîïôœùûüÿ", _WEST),
    Alphabet("es", "áéíóúñü¿¡ªº", _WEST),
    Alphabet("pt", "áàâãçéêíóôõúüªº", _WEST),
    Alphabet("it", "àèéìíîòóùúªº", _WEST),
    Alphabet("nl", "áéëèêïíóöúü", _WEST),
    Alphabet("ca", "àçéèíïóòúü·", _WEST),
    Alphabet("sv", "åäöéàü", _WEST),
    Alphabet("da", "æøåéü", _WEST),
    Alphabet("is", "áðéíóúýþæö", _WEST),
    Alphabet("en", "éèêëïöñçàâüô", _WEST),
    Alphabet("pl", "ąćęłńóśźżé", _CENTRE),
    Alphabet("cs", "áčďéěíňóřšťúůýžöü", _CENTRE),
    Alphabet("sk", "áäčďéíĺľňóôŕšťúýž", _CENTRE),
    Alphabet("hu", "áéíóöőúüű", _CENTRE),
    Alphabet("hr", "čćđšž", _CENTRE),
    Alphabet("ro", "ăâîşţ", (*_CENTRE, "iso-8859-16")),
    Alphabet("ro", "ăâîșț", ("iso-8859-16",)),
    Alphabet("tr", "çğıöşüâîİ", ("windows-1254",)),
    Alphabet("lt", "ąčęėįšųūž", _BALTIC),
    Alphabet("lv", "āčēģīķļņšūž", _BALTIC),
    Alphabet("et", "äõöüšž", _BALTIC),
)

LATIN: Final = tuple(dict.fromkeys(name for alphabet in ALPHABETS for name in alphabet.encodings))
