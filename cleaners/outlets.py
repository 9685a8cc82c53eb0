"""News agencies and outlets by their many spellings, and the notes that say whose text an article is.

"This story originally appeared on …", "Copyright © 2025 by …", "(Reuters) -" and their like in other languages say that
the text came from elsewhere. A credit of a picture ("via AP") does not.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from cleaners.dates import only_dates
from cleaners.lexicon import lexicon


@dataclass(frozen=True, slots=True)
class Outlet:
    """An agency or outlet by the name that Copydesk writes; `is_wire` marks a news agency."""

    name: str
    is_wire: bool


@cache
def _tables() -> tuple[dict[str, Outlet], dict[str, Outlet]]:
    """Give the outlets by folded spelling and by domain."""
    by_spelling: dict[str, Outlet] = {}
    by_domain: dict[str, Outlet] = {}
    for entry in lexicon("outlets")["outlet"]:
        outlet = Outlet(entry["name"], bool(entry.get("wire", False)))
        by_spelling.update({_fold(spelling): outlet for spelling in [entry["name"], *entry["spellings"]]})
        by_domain.update(dict.fromkeys(entry["domains"], outlet))
    return by_spelling, by_domain


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text[:200]).casefold()
    return "".join(char for char in plain if char.isalnum())


def outlet_named(text: str) -> Outlet | None:
    """Find the outlet a text names, in whatever spelling; None where it is none of the known.

    >>> outlet_named("Skynews").name
    'Sky News'
    >>> outlet_named("the sky") is None
    True
    """
    return _tables()[0].get(_fold(text))


def outlet_of_domain(domain: str) -> Outlet | None:
    """Find the outlet that publishes under a registered domain."""
    return _tables()[1].get(domain)


_NAME = r"(?P<name>[^.,;:!?()\n|]{2,60}(?:\.(?:com|org|net|[a-z]{2})\b)?)"
# Each says outright that the text was published elsewhere first: whatever it names is the source.
_OUTRIGHT = tuple(
    re.compile(pattern.replace("NAME", _NAME), re.IGNORECASE)
    for pattern in (
        r"\b(?:originally|first|previously) (?:appeared|published|posted|ran|aired) (?:on|in|at|by|with) NAME",
        r"\b(?:appeared|published) (?:originally|first) (?:on|in|at|by) NAME",
        r"\b(?:republished|reprinted|reproduced) (?:with permission )?from NAME",
        r"\b(?:zuerst|ursprünglich|erstmals) (?:bei|auf|in|im|von) (?:der )?NAME (?:erschienen|veröffentlicht)",
        r"\bim original (?:ist er |erschien er )?(?:bei|auf|in) (?:der (?:\w{3,20} ){0,2})?NAME erschienen",
        r"\b(?:initialement|d'abord) (?:paru|publié)e? (?:dans|sur|par) NAME",
        r"\bpublicad[oa] originalmente (?:en|no|na|em|por) NAME",
        r"\bpubblicato originariamente (?:su|da) NAME",
    )
)
_SOURCE_WORDS = (
    "source|quelle|textquelle|fuente|fonte|bron|źródło|kilde|källa|lähde|kaynak|zdroj|источник|来源|來源|出典|출처"
)
# Each names an owner or a source that may as well be the site itself or a list of links: only a known name counts.
_CREDIT = tuple(
    re.compile(pattern.replace("NAME", _NAME), re.IGNORECASE)
    for pattern in (
        r"(?:copyright|©|\(c\))[\s©]{0,3}(?:\d{4}[\s,–-]{1,3}){0,2}(?:by )?NAME",
        rf"^(?:{_SOURCE_WORDS})\s?[:：]\s?NAME",
        r"\b(?:with|mit|avec|con) (?:files|reports|material|reporting|información) (?:from|von|der|de) (?:the )?NAME",
        r"\b(?:von der|agentur|agence|agencia|agenzia) NAME (?:übernommen|übermittelt)",
        r"^(?:by|von|par|por|di|door|av|af) NAME$",
        r"^NAME(?: contributed to this report)?$",
    )
)
_IN_BRACKETS = re.compile(r"\(([^()\n]{2,30})\)")
_DATELINE = re.compile(r"^[^()\n]{0,60}\((?P<name>[^()\n]{2,30})\)\s?[-–—:.]")
_DATELINE_IN_SLASHES = re.compile(r"^[^/\n]{3,60}/(?P<name>[^/\n]{2,30})/\s?[-–—:.]")
_DATELINE_AFTER_DASH = re.compile(r"^[^-–—\n]{3,40} [-–—] (?P<name>[^-–—.\n]{2,30})\.")
_SIGNED = re.compile(
    r"\((?P<name>[^()\n]{2,30})\)\.?$|(?:©|\bcopyright)\s?(?P<owner>[^\W\d_]{2,20}(?:-[^\W\d_]{2,20})?)"
)
_TRAILER = re.compile(
    r"(?:(?<!\s)\s+)?(?:(?:\.\s*)?all rights reserved|and is republished|under a creative|and has been|on|in|with)\b.*",
    re.IGNORECASE,
)
MAX_NOTE_CHARS = 500
_MAX_NAME_WORDS = 6


def named_source(note: str) -> str | None:
    """Find whom a source line names: a known agency or outlet by its usual name, or any outright named one.

    >>> named_source("This story originally appeared on Skynews")
    'Sky News'
    >>> named_source("Copyright © 2025 by Associated Press. All rights reserved.")
    'Associated Press'
    >>> named_source("© 2025 Harbour Gazette") is None
    True
    """
    text = " ".join(note[:MAX_NOTE_CHARS].split())
    for pattern in _OUTRIGHT:
        match = pattern.search(text)
        if match is not None:
            return _written(match["name"])
    for pattern in _CREDIT:
        match = pattern.search(text)
        outlet = _known(match["name"]) if match else None
        if outlet is not None:
            return outlet.name
    bracketed = next((outlet for match in _IN_BRACKETS.finditer(text) if (outlet := _known(match[1]))), None)
    return bracketed.name if bracketed is not None and bracketed.is_wire else None


_BYLINE = re.compile(
    r"^(?:by|von|par|por|di|door|av|af)\s(?P<person>[^,;|/(\n]{3,50}?)\s?(?:[,|/–—]\s?|\s-\s|\s(?:of|for|mit|with|/)\s(?:the\s)?)"
    r"(?P<name>[^,;|/()\n]{2,40})",
    re.IGNORECASE,
)
_BARE_BYLINE = re.compile(r"^(?P<person>[^\W\d_][^,;|/(\n\d]{2,50}?)\s?[,/|]\s?(?P<name>[^,;|/()\n]{2,40})$")
_OF_DESK = re.compile(r"\s(?:\w{2,20}\s)?(?:writers?|reporters?|correspondents?|staff|editors?)$", re.IGNORECASE)
_SHORT_WIRES = frozenset({"ap", "sda", "dpa", "afp", "apa"})
_MIN_WIRE_CHARS = 4
"""Shorter names behind a person's are letters of degree (PA, SID) unless they are known to be mostly agencies'."""


def wire_in_byline(line: str) -> str | None:
    """Find the agency behind a person's name in a byline: the text is the agency's.

    >>> wire_in_byline("By Orla Fenwick, Reuters"), wire_in_byline("By Orla Fenwick, AP Business Writer")
    ('Reuters', 'Associated Press')
    >>> wire_in_byline("By Orla Fenwick, PA"), wire_in_byline("By Orla Fenwick, Harrow Post")
    (None, None)
    """
    text = " ".join(line[:MAX_NOTE_CHARS].split())
    match = _BYLINE.match(text) or _BARE_BYLINE.match(text)
    if match is None:
        return None
    name = _OF_DESK.sub("", match["name"].strip())
    outlet = outlet_named(name)
    is_clear = len(_fold(name)) >= _MIN_WIRE_CHARS or _fold(name) in _SHORT_WIRES
    return outlet.name if outlet is not None and outlet.is_wire and is_clear else None


def _written(name: str) -> str | None:
    outlet = _known(name)
    if outlet is not None:
        return outlet.name
    bare = _TRAILER.sub("", name).strip(" \"'“”.")
    if only_dates(bare):
        return None
    return bare if bare and len(bare.split()) <= _MAX_NAME_WORDS and any(char.isupper() for char in bare) else None


def _known(name: str) -> Outlet | None:
    """Look a name up as it stands, without what trails behind it, and the part before a slash or a hyphen."""
    bare = name.strip(" \"'“”.")
    tries = (bare, _TRAILER.sub("", bare), *re.split(r"\s?[/–—]\s?|, | - ", bare)[:3])
    return next((outlet for text in tries if (outlet := outlet_named(text)) is not None), None)


def wire_in_dateline(paragraph: str) -> str | None:
    """Find the agency in a dateline: in brackets, between slashes, or behind a dash.

    >>> wire_in_dateline("LISBON, May 3 (Reuters) - The ferry was late.")
    'Reuters'
    >>> wire_in_dateline("LISBON, May 3. /TASS/. The ferry was late.")
    'TASS'
    >>> wire_in_dateline("The ferry (built 1998) was late.") is None
    True
    """
    patterns = (_DATELINE, _DATELINE_IN_SLASHES, _DATELINE_AFTER_DASH)
    return next((wire for pattern in patterns if (wire := _wire(pattern.match(paragraph[:200])))), None)


def wire_signing(paragraph: str) -> str | None:
    """Find the agency that signs the end of a text, "(dpa)"."""
    return _wire(_SIGNED.search(paragraph[-60:]))


def _wire(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    outlet = _known(match["name"] or match.groupdict().get("owner") or "")
    return outlet.name if outlet is not None and outlet.is_wire else None
