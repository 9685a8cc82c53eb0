"""What an HTML page says about its article, by field: plain data that holds no part of the tree.

Nothing is decided here: which candidate wins is the business of `cleaners.metadata`. `cleaners.markup` finds them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin, urlsplit

Source = Literal["json-ld", "meta", "dom", "line", "url", "file"]

MAX_VALUE_CHARS = 1_000
"""Longer values are cut off: the longest true description of the corpora has some 600 characters."""
MAX_CANDIDATES = 40
"""Candidates kept of each field; tags are the only field that comes near it."""
MAX_TYPE_CHARS = 40
"""The longest type that is looked for has 22."""
MAX_URL_CHARS = 2_000
"""Longer addresses are tracking or data, and no browser promises to carry them."""

_LAST_BREAK = re.compile(r" [|•·»–—-] [^|•·»–—]{1,60}$")
_FIRST_BREAK = re.compile(r"^[^|•·»–—]{1,60}? [|•·»–—-] (?=\S+ \S+ \S)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value for one field. `name` says which property or element gave it, such as `og:title` or `h1`."""

    value: str
    source: Source
    name: str


FRONT_MATTER = "front-matter"
"""What stands between the lines of dashes on top of a Markdown file: the tag of its lines, the `name` of its title."""
Candidates = tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """All that a page says about itself, by field, in the order found; empty where it says nothing.

    `times` are the `<time>` elements, `organizations` the authors that JSON-LD calls an organization, `bylines` the
    elements whose class or link speaks of an author, `kinds` the types of the JSON-LD node that describes the page.
    `types` counts the types of all nodes of JSON-LD and microdata, `page_types` are those of `og:type`, `generators`
    the software. `url` and `images` are absolute http(s) addresses.
    """

    headlines: Candidates = ()
    headings: Candidates = ()
    authors: Candidates = ()
    bylines: Candidates = ()
    organizations: Candidates = ()
    published: Candidates = ()
    modified: Candidates = ()
    times: Candidates = ()
    descriptions: Candidates = ()
    site_names: Candidates = ()
    sections: Candidates = ()
    tags: Candidates = ()
    images: Candidates = ()
    languages: Candidates = ()
    reading_times: Candidates = ()
    kinds: Candidates = ()
    canonical: Candidates = ()
    page_types: Candidates = ()
    generators: Candidates = ()
    types: Mapping[str, int] = field(default_factory=dict)

    @property
    def titles(self) -> frozenset[str]:
        """Every text that repeats the page's title on a line: as given, and with a piece at either end taken off."""
        sites = {entry.value.casefold() for entry in self.site_names}
        pieces = {
            piece
            for entry in self.headlines
            for piece in (entry.value, _LAST_BREAK.sub("", entry.value), _FIRST_BREAK.sub("", entry.value))
        }
        return frozenset(piece for piece in pieces if piece and piece.casefold() not in sites)


def fold(text: str) -> str:
    r"""Fold all white space to single spaces and bound the length; lone surrogates and control characters go.

    >>> fold(" Storm \n hits  coast ")
    'Storm hits coast'
    """
    words = " ".join(text[: 4 * MAX_VALUE_CHARS].split())
    if not words.isprintable():
        words = "".join(char for char in words if char.isprintable() or char in _JOINERS)
    return words[:MAX_VALUE_CHARS].strip()


_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def absolute_url(address: str, base: str | None) -> str | None:
    """Make an address absolute; None unless it is http(s) with a host.

    >>> absolute_url("/a.jpg", "https://example.org/news/")
    'https://example.org/a.jpg'
    >>> absolute_url("data:image/png;base64,AAAA", None) is None
    True
    """
    if not address or len(address) > MAX_URL_CHARS or not address.isprintable():
        return None
    try:
        joined = urljoin(base or "", address)
        parts = urlsplit(joined)
        host = parts.hostname
    except ValueError:  # a broken host, such as an unclosed IPv6 address
        return None
    return joined if parts.scheme in ("http", "https") and host else None
