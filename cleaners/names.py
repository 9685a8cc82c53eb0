"""Persons' names: found in a byline or an author field, cleaned of all that stands around them.

A list of names comes out, in order. Roles, desks, agencies, places, addresses, handles, times and letters of degree are
left out; a piece that is not clearly a person is no name, for an empty list is better than a wrong one.
"""

import re
import unicodedata
from functools import cache, lru_cache

from cleaners.dates import month_numbers
from cleaners.lexicon import lexicon, words_of
from cleaners.name_case import in_usual_case
from cleaners.outlets import outlet_named
from cleaners.sections import section_words

MAX_NAMES = 20
"""More authors than any news text has; papers with hundreds are cut off here."""
MAX_BYLINE_CHARS = 600
_MAX_NAME_WORDS = 5
_MAX_NAME_CHARS = 60
_MAX_OWN_SITE_WORDS = 3
_LONG_SITE_NAME = 10
"""A longer name that holds one of so many letters is the site's too: "SV Harbour Gazette" at harbourgazette.example."""
_MIN_GLUED = 3
"""Letters beyond which a word is told from the end of the name that it is glued to."""


def _words(table: str) -> frozenset[str]:
    return words_of("bylines", table)


@cache
def _openers() -> re.Pattern[str]:
    """Match one opener at the start; one without a colon needs a space or a capital glued to it."""
    words = sorted(_words("openers"), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, words))})(?::?\s+|:|(?<=[:/|])|(?=[^\W\d_]))", re.IGNORECASE)


@cache
def _joiners() -> re.Pattern[str]:
    return re.compile(rf" (?:{'|'.join(map(re.escape, sorted(_words('joiners'))))}) | & ", re.IGNORECASE)


@cache
def _joined() -> re.Pattern[str]:
    """Match the joiner that stands before the last name of a list: "A, B, and C"."""
    return re.compile(rf"^(?:(?:{'|'.join(map(re.escape, sorted(_words('joiners'))))}) |& ?)(?=\w+ )", re.IGNORECASE)


_ADDRESS = re.compile(r"\S{1,64}@\S{1,100}|https?://\S{1,300}|www\.\S{1,300}|(?<!\w)@\w{1,40}")
_BRACKETS = re.compile(r"\([^()]{0,200}\)|\[[^\[\]]{0,200}\]")
# What follows is no name any more: a date, a time, a count, a mark that separates facts.
_REST = re.compile(
    r"\s[|•·⋅∙●–—/»-]\s.*|[|•·⋅∙●].*|(?:,\s*|(?<!\s)\s+)?\b(?:from|updated?|published|posted|last|on|am|at|e-?mail|vom|aktualisiert|"
    r"veröffentlicht|fotos?|photos?|bilder|illustration(?:en|s)?|eingetragen)\b.*|"
    r"\s(?-i:le|el|il)\s+(?-i:[a-z\d]).*|(?:[.,]\s*|(?<!\s)\s+)?(?<!\w)\d.*",
    re.IGNORECASE | re.DOTALL,
)
_NARROW = str.maketrans(
    "\N{FULLWIDTH COLON}\N{FULLWIDTH SOLIDUS}\N{FULLWIDTH LEFT PARENTHESIS}\N{FULLWIDTH RIGHT PARENTHESIS}"
    "\N{FULLWIDTH LEFT SQUARE BRACKET}\N{FULLWIDTH RIGHT SQUARE BRACKET}",
    ":/()[]",
)
_EMOJI = re.compile("[\U0001f000-\U0001fbff\u2600-\u27bf\ufe0f][\u200d\ufe0f]*")
_PIECES = re.compile(r"(?:(?<!\s)\s+)?[,;、，；|]\s*|(?<!\s)\s+[/•·|]\s+|(?<!\s)\s*\n\s*")


_OF_OUTLET = re.compile(r"(?<=\w) (?:of|for) (?:the )?[A-Z].*")
"""What an opener vouches for ends there: "By Mira Holt of the Harrow Post"."""


def names_in(text: str, *, is_line: bool = False, not_names: frozenset[str] = frozenset()) -> list[str]:
    """Find the persons' names in an author field or, with `is_line`, in a line of text.

    A line may hold anything, so a single word there counts only after an opener such as "By". `not_names` are folded
    names of the site and the publisher. The separators understood are commas, semicolons, bars and "and" in many
    languages; "and" divides only where a full name stands on both sides.

    >>> names_in("Von Jana Beck und Ole Tamm, dpa", is_line=True)
    ['Jana Beck', 'Ole Tamm']
    >>> names_in("By MIRA VAN DER STEEN, Senior Reporter | Updated 3 May 2024", is_line=True)
    ['Mira van der Steen']
    >>> names_in("Editorial Staff")
    []
    """
    plain = text[:MAX_BYLINE_CHARS]
    if not plain.isascii():
        plain = _EMOJI.sub(" ", unicodedata.normalize("NFC", plain).translate(_NARROW))
    folded = " ".join(plain.split())
    folded = _unglued(folded) if is_line else folded
    if folded[:1] in ("(", "[", "【") and folded[-1:] in (")", "]", "】"):
        folded = folded[1:-1]
    bare, opened = _without_opener(_BRACKETS.sub(" ", _ADDRESS.sub(" ", folded)).strip())
    bare = bare if is_line else given_name_first(bare)
    pieces = [_OF_OUTLET.sub("", piece) if opened else piece for piece in _pieces(bare)]
    found = [as_name(piece, not_names=not_names, may_be_lower=not is_line) for piece in pieces]
    has_full_name = any(name and is_full(name) for name in found)
    # A single word counts as a name where it comes first and alone; beside a full name it is a place or a label.
    may_be_single = not has_full_name and found[:1] not in ([], [None]) and (opened or not is_line)
    may_be_single = may_be_single and not (is_line and bare.isupper())
    names = {name.casefold(): name for name in reversed(found) if name and (is_full(name) or may_be_single)}
    return list(reversed(names.values()))[:MAX_NAMES]


def given_name_first(text: str) -> str:
    """Turn an author field that gives family names first round: "Fenwick, Orla; Arkady, Jon".

    Every author must be written so, with one comma and a family name of one word, particles aside.

    >>> given_name_first("Fenwick, Orla; van de Velde, Jon P.")
    'Orla Fenwick; Jon P. van de Velde'
    >>> given_name_first("Orla Fenwick, Jon Arkady"), given_name_first("Fenwick, Reuters")
    ('Orla Fenwick, Jon Arkady', 'Fenwick, Reuters')
    """
    if "," not in text:
        return text
    turned = [_turned(piece) for listed in text.split(";") for piece in _joiners().split(listed.strip())]
    return "; ".join(name for name in turned if name) if all(turned) else text


_MAX_GIVEN_WORDS = 3


def _turned(text: str) -> str | None:
    """Turn one name round; None where it is not written with the family name first."""
    family, comma, given = text.strip().partition(", ")
    *before, name = family.split() or [""]
    words = given.split()
    is_turned = (
        bool(comma and words)
        and "," not in given
        and len(words) <= _MAX_GIVEN_WORDS
        and all(word.casefold() in _words("particles") for word in before)
        and not (given.isupper() and _is_degree(given))
        and all(_fits_name(word) and word[:1].isupper() and not says_role(word) for word in (name, *words))
        and outlet_named(given) is None
    )
    return f"{given} {family}" if is_turned else None


def is_full(name: str) -> bool:
    """Tell whether a name has a given and a family name; scripts without capitals write both as one word."""
    return " " in name or not (name.isascii() or any(map(str.isupper, name)))


@cache
def _glued_words() -> re.Pattern[str]:
    """Match where a role, a month or a word of dates is glued to a name, as dumps have them: "Ole TammEditor"."""
    months = {name.capitalize() for name in month_numbers() if name.isascii() and len(name) > _MIN_GLUED}
    words = {
        word.capitalize()
        for word in _words("roles") | {"updated", "published", "last", "news"} | section_words()
        if len(word) > _MIN_GLUED
    }
    return re.compile(rf"(?<=[^\W\d_A-Z])(?={'|'.join(map(re.escape, sorted(months | words)))})")


def _unglued(text: str) -> str:
    return _glued_words().sub(" ", text)


_ALONE = re.compile(r"\W*(?:\(s\))?\W*")


def opens_byline(line: str, *, alone: bool = False) -> bool:
    """Tell whether a line opens as bylines do; with `alone`, whether it says nothing else.

    >>> opens_byline("By Jana Beck"), opens_byline("Written by:", alone=True), opens_byline("By Jana Beck", alone=True)
    (True, True, False)
    """
    narrow = line if line.isascii() else line.translate(_NARROW)
    match = _openers().match(narrow.lstrip() + " ")
    if match is None or (match[0][-1:].isalpha() and not _glued(line.lstrip(), match.end())):
        return False
    return not alone or _ALONE.fullmatch(line.strip(), min(match.end(), len(line.strip()))) is not None


def says_role(line: str) -> bool:
    """Tell whether a line gives what somebody is, such as "Senior Reporter"."""
    roles = _words("roles")
    return any(word.strip(".,;:()") in roles for word in line.casefold().split())


def is_secondary(line: str) -> bool:
    """Tell whether a byline names others than the author: editors, translators, reviewers, photographers.

    >>> is_secondary("Edited by Jana Beck"), is_secondary("By Jana Beck")
    (True, False)
    """
    narrow = line if line.isascii() else line.translate(_NARROW)
    return _secondary().match(narrow.strip(" ([【")) is not None


def announces_another(line: str) -> bool:
    """Tell whether a line only says that somebody else than the author follows: whom to write to, who edited.

    >>> announces_another("Media contact"), announces_another("Edited by:"), announces_another("Photo")
    (True, True, False)
    """
    bare = line.strip()
    if len(bare) > _MAX_NAME_CHARS:
        return False
    rest = _secondary().sub("", bare, count=1) if is_secondary(bare) else None
    is_opener = rest is not None and (rest.strip() == ":" or (not rest and bare[-3:].casefold() in _BY_ENDS))
    return is_opener or bare.rstrip(" :").casefold() in _words("contacts")


_BY_ENDS = frozenset({" by", "von", "par", "por"})


@cache
def _secondary() -> re.Pattern[str]:
    words = sorted(_words("secondary"), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE)


def _without_opener(text: str) -> tuple[str, bool]:
    """Take off the openers a byline starts with ("Kommentar von", "Written by:"); tell whether there was one."""
    opened = False
    for _ in range(3):
        match = _openers().match(text)
        if match is None or (match[0][-1:].isalpha() and not _glued(text, match.end())):
            break
        text, opened = text[match.end() :].lstrip(" :"), True
    return text, opened


def _glued(text: str, end: int) -> bool:
    """Tell whether a name in capitals is glued to an opener, "ByAlex", and not a word that begins like one, "Bya"."""
    return end < len(text) and text[end].isupper() and not text[end - 1].isupper()


def _pieces(text: str) -> list[str]:
    """Split a byline into what may be one name each; letters of degree after a comma are no piece of their own."""
    pieces: list[str] = []
    for listed in _PIECES.split(text):
        piece = _joined().sub("", listed)
        halves = _joiners().split(piece)
        full = [half for half in halves if len(half.split()) > 1 or not half.isascii()]
        pieces.extend(halves if len(full) == len(halves) or " & " in piece else [piece])
    return [piece for index, piece in enumerate(pieces) if index == 0 or not _is_no_piece(piece)][: 2 * MAX_NAMES]


def _is_no_piece(piece: str) -> bool:
    """Tell letters of degree, and words that say who else had a part, "Fact checked", from a further name."""
    match = _secondary().match(piece)
    return _is_degree(piece) or (match is not None and not piece[match.end() : match.end() + 1].isalpha())


_DEGREE = re.compile(r"[A-Z][A-Za-z.®-]{0,6}(?: \d{3})?")


def _is_degree(text: str) -> bool:
    """Tell whether a word is letters of degree: known ones as such, unknown ones when in capitals."""
    bare = text.strip()
    is_known = bare.casefold().strip(",") in _words_of("honorifics", "after")
    return _DEGREE.fullmatch(bare) is not None and (bare.isupper() or (is_known and not bare[1:].islower()))


def as_name(piece: str, *, not_names: frozenset[str] = frozenset(), may_be_lower: bool = False) -> str | None:
    """Clean one name of titles, degrees and what follows it; None where no person's name is left.

    A site's name of two or three words is spared: many a personal site is named after its only author.

    >>> as_name("Dr. Lena O'MALLEY-BRANDT PhD")
    "Lena O'Malley-Brandt"
    >>> as_name("Harbour Gazette Newsroom") is None
    True
    """
    bare, _ = _without_opener(piece.strip(" \t.,:;-–—|/•·*_\"'"))
    rest = _REST.search(bare)
    words = _REST.sub("", bare).strip(' .,:;-–—|/•·*_"“”„').split()
    if rest is not None and rest[0].lstrip(" .,")[:1].isdigit() and words and words[-1].casefold() in month_numbers():
        words = words[:-1]
    if len(words) > 1 and words[: len(words) // 2] * 2 == words:  # the name printed twice
        words = words[: len(words) // 2]
    while words and words[0].casefold() in _words_of("honorifics", "before"):
        words = words[1:]
    while len(words) > 1 and _is_degree(words[-1]) and words[-1].casefold() in _words_of("honorifics", "after"):
        words = words[:-1]
    role = next((place for place, word in enumerate(words) if place > 1 and says_role(word)), len(words))
    if role < len(words) and outlet_named(words[0]) is not None:  # "AP Business Writer"
        return None
    words = words[:role]
    while len(words) > 2 and words[-1].casefold() in section_words():  # noqa: PLR2004 - a name and the desk behind it
        words = words[:-1]
    name = " ".join(words)
    person, slash, behind = name.rpartition("/")
    name = person if slash and outlet_named(behind) is not None else name
    folded = fold_name(name)
    may_be_owner = 2 <= len(words) <= _MAX_OWN_SITE_WORDS and words[0].casefold() not in _words("articles")  # noqa: PLR2004
    is_site = folded in not_names and not may_be_owner
    is_site = is_site or any(len(site) >= _LONG_SITE_NAME and site in folded and site != folded for site in not_names)
    if not is_name(name, may_be_lower=may_be_lower) or is_site or outlet_named(name) is not None:
        return None
    if _is_from_outlet(words, not_names):
        return None
    return " ".join(in_usual_case(name.split(), particles=_words("particles")))


_MIN_OF_SITE = 5
"""Letters with which a site's name begins that say which: "Da Folha" on the pages of "Folha de Tarnholt"."""


def _is_from_outlet(words: list[str], not_names: frozenset[str]) -> bool:
    """Tell "from the" and an outlet, "Do UOL", from a name: the outlet is the site or one that is known."""
    first, *others = words
    rest = " ".join(others)
    if not rest or first.casefold() not in _words("from_the"):
        return False
    folded = fold_name(rest)
    is_site = folded in not_names or (
        len(folded) >= _MIN_OF_SITE and any(site.startswith(folded) for site in not_names)
    )
    return is_site or outlet_named(rest) is not None


_DOMAIN = re.compile(r"\.(?:com|org|net|info|[a-z]{2})$")
_PEN_NAME = re.compile(r"[a-zA-Z][\w.-]{2,29}")
_SLUG = re.compile(r"[a-z\d]+(?:-[a-z\d]+)+")
"""What a program makes of a name for an address, "mira-holt"; few write under such a name by choice."""


def pen_name(text: str, *, not_names: frozenset[str] = frozenset()) -> str | None:
    """Read an author field that holds one word in small letters or with digits: a blogger's name for himself.

    >>> pen_name("jkbeck82"), pen_name("admin"), pen_name("Jana Beck"), pen_name("jana-beck")
    ('jkbeck82', None, None, None)
    """
    word = text.strip()
    is_known = fold_name(word) in not_names or word.casefold().strip("_") in _words("not_names")
    is_role = any(part in _words("not_names") for part in re.split(r"[\W_\d]+", word.casefold()))
    is_role = is_role or _DOMAIN.search(word) is not None or _SLUG.fullmatch(word) is not None
    return word if _PEN_NAME.fullmatch(word) and not is_known and not is_role and outlet_named(word) is None else None


@cache
def _words_of(table: str, key: str) -> frozenset[str]:
    return frozenset(lexicon("bylines")[table][key])


def is_name(text: str, *, may_be_lower: bool = False) -> bool:
    """Tell whether a text looks like one person's name: few words, letters only, none of them a role or a desk.

    `may_be_lower` accepts a name of two or three words all in small letters, as author fields have them.
    """
    words = text.split()
    if not 1 <= len(words) <= _MAX_NAME_WORDS or len(text) > _MAX_NAME_CHARS:
        return False
    if (words[0].casefold() in _words("articles") and not may_be_lower) or _JOINS_NOUNS.search(text):
        return False
    parts = [part.casefold().strip(".,'’") for word in words for part in (word, *word.split("-")[1:])]
    if (
        any(part in _words("not_names") for part in parts)
        or any(len(word) > _MAX_DENSE_CHARS and _DENSE.search(word) for word in words)
        or any(word in text for word in _dense_not_names())
        or all(part in month_numbers() for part in parts)
    ):
        return False
    if may_be_lower and text.islower() and len(words) in (2, 3):
        return all(_NAME_WORD.fullmatch(word) for word in words)
    return all(_fits_name(word) for word in words) and not words[-1].islower()


_JOINS_NOUNS = re.compile(r" und (?!zu[mr]? )", re.IGNORECASE)
"""In a name it stands only in "von und zu"."""
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3](?<!・)")
_MAX_DENSE_CHARS = 9
"""A name in a script without spaces has two to five characters, a foreign one written in kana up to nine a part."""


@cache
def _dense_not_names() -> tuple[str, ...]:
    """Give the roles of scripts without spaces, which stand right behind or before a name."""
    by_language = lexicon("bylines")["not_names"]
    return tuple(word for language in ("ja", "zh") for word in by_language[language])


_NAME_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[.'’\u2010-](?=[^\W\d_]))*[.'’]?")
_GLUED = re.compile(r"[A-Z]{4}[a-z]{3}|[a-z]{2}[A-Z]{3}")
"""A word run together of two, "MAINTENANCEannette", as page furniture is in a text dump."""


def _fits_name(word: str) -> bool:
    letters = unicodedata.normalize("NFC", word)
    stripped = "".join(char for char in letters if not unicodedata.category(char).startswith("M"))
    if not _NAME_WORD.fullmatch(stripped) or _GLUED.search(stripped):
        return False
    return not letters[0].islower() or letters.casefold() in _words("particles") or _has_inner_capital(letters)


def _has_inner_capital(word: str) -> bool:
    """Spare d'Arcy, al-Masri and deGrasse."""
    return any(char.isupper() for char in word[1:])


@lru_cache(maxsize=2048)
def fold_name(text: str) -> str:
    """Fold a name for comparison: letters and digits only, no case, no accents.

    A page says its title and its names many times, so the last results are kept.

    >>> fold_name("El País.com") == fold_name("elpaiscom")
    True
    """
    plain = text[:MAX_BYLINE_CHARS]
    plain = (plain if plain.isascii() else unicodedata.normalize("NFKD", plain)).casefold()
    return _NOT_FOLDED.sub("", plain)


_NOT_FOLDED = re.compile(r"[\W_]+")
