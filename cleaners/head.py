"""What the head and the markup of an HTML page say about its article, each value with where it was found.

One CSS query over the parse tree gives every element of interest in document order; the rest is dictionaries. Nothing
is decided here: which candidate wins is the business of `cleaners.metadata`. The result is plain data and holds no part
of the tree.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cleaners.jsonld import Node, describing_nodes, index_by_id, read_nodes, resolve, texts_of, types_of
from cleaners.lexicon import lexicon

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
Attributes = Mapping[str, str | None]


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


@dataclass(slots=True)
class _Finds:
    """The candidates as they are found, field by field, without repetitions."""

    base: str | None
    fields: dict[str, dict[Candidate, None]] = field(default_factory=dict)
    author_places: dict[str, int] = field(default_factory=dict)
    card_labels: dict[str, str] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, value: str | None, source: Source, found_as: str) -> None:
        """Keep a value for a field unless it is empty, a repetition or one too many.

        Entities that are left in it were escaped twice, or escaped in JSON, where nothing asks for it.
        """
        if not value:
            return
        if "&" in value:
            value = html.unescape(value)
        folded = absolute_url(value.strip(), self.base) if name in _ADDRESSES else fold(value)
        found = self.fields.setdefault(name, {})
        if folded and len(found) < MAX_CANDIDATES:
            found.setdefault(Candidate(folded, source, found_as))

    def read_card(self, name: str, content: str) -> None:
        """Read the labelled data of a Twitter card: label1 "Written by" says that data1 is the author."""
        kind, number = name[: len("twitter:data")], name[-1]
        if kind != "twitter:data":
            self.card_labels[number] = content.strip().casefold()
        elif self.card_labels.get(number) in _CARD_AUTHOR:
            self.add("authors", content, "meta", "twitter:data")
        elif any(word in self.card_labels.get(number, "") for word in _CARD_READING):
            self.add("reading_times", content, "meta", "twitter:data")

    def stands_with_first(self, kind: str, element: LexborNode) -> bool:
        """Tell whether an author's element stands beside the first of its kind; those further down are others'."""
        place = element.parent
        if place is not None and place.tag in ("li", "span"):
            place = place.parent
        here = place.mem_id if place is not None else 0
        return self.author_places.setdefault(kind, here) == here

    def head(self) -> Head:
        return Head(types=self.types, **{name: tuple(found) for name, found in self.fields.items()})


_CARD_AUTHOR = frozenset({"written by", "verfasst von", "geschrieben von", "écrit par", "escrito por", "scritto da"})
_CARD_READING = (
    "reading time",
    "lesezeit",
    "temps de lecture",
    "durée de lecture",
    "tiempo de lectura",
    "tempo di lettura",
)
_ADDRESSES = frozenset({"images", "canonical"})
_SPACE_BEFORE_MARK = re.compile(r" (?=[,.:;!?](?: |$))")


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


@cache
def _fields_by(table: str) -> dict[str, str]:
    """Map the properties of one kind (meta, itemprop, json_ld) to the field of Head that they speak of."""
    return {name: target for target, names in lexicon("head")[table].items() for name in names}


_QUERY = (
    'html, title, meta, h1, time, link[rel~="canonical" i], a[rel~="author" i], [itemprop], [itemtype], '
    'script[type*="ld+json" i], base[href], '
    '[class*="author" i], [class*="byline" i], a[href*="/author" i], a[href*="/people/" i], a[href*="/profile/" i]'
)
_MAX_ELEMENTS = 2_000
"""Elements of interest looked at on one page; the article's own stand far before the two thousandth."""


def read_head(tree: LexborHTMLParser, url: str | None) -> Head:
    """Collect every candidate for every field of a page.

    `url` is the page's address where it is known: relative addresses are resolved against it (or `<base href>`), and
    the JSON-LD node that names it wins over others.
    """
    finds = _Finds(url)
    scripts: list[str] = []
    for element in tree.css(_QUERY)[:_MAX_ELEMENTS]:
        _read_element(element, finds, scripts)
    _read_json_ld(read_nodes(scripts), url, finds)
    return finds.head()


def _read_element(element: LexborNode, finds: _Finds, scripts: list[str]) -> None:
    tag = element.tag or ""
    attributes = element.attributes
    if tag == "script":
        scripts.append(element.text())
    elif tag in _READERS:
        _READERS[tag](element, attributes, finds)
    if item_type := attributes.get("itemtype"):
        finds.types.update(map(str.casefold, _ITEM_TYPE.findall(item_type[:MAX_VALUE_CHARS])))
    if "itemprop" in attributes and tag != "meta":
        _read_itemprop(element, attributes, finds)
    elif tag not in _NO_BYLINE_TAGS and _speaks_of_author(tag, attributes):
        _read_byline(element, finds)


_ITEM_TYPE = re.compile(rf"https?://schema\.org/(\w{{1,{MAX_TYPE_CHARS}}})")
_NO_BYLINE_TAGS = frozenset({"html", "body", "head", "meta", "script", "time", "img", "link", "title", "svg", "form"})
_AUTHOR_WORDS = re.compile(r"(?i:author|byline)")
_AUTHOR_LINK = re.compile(r"/(?:authors?|people|profile)/[^/?#]{3,60}/?(?:[?#]|$)", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"comment|related|recommend|teaser|card|carousel|sidebar|widget|popular|trending|latest|footer|reply|list-item",
    re.IGNORECASE,
)
MAX_BYLINES = 12
MAX_BYLINE_TEXT = 200
_BYLINE_DEPTH = 6
"""Elements up the tree whose class tells that an author is that of another text: a comment, a teaser."""


def _speaks_of_author(tag: str, attributes: Attributes) -> bool:
    if _AUTHOR_WORDS.search((attributes.get("class") or "")[:MAX_VALUE_CHARS]):
        return True
    return tag == "a" and _AUTHOR_LINK.search((attributes.get("href") or "")[:MAX_URL_CHARS]) is not None


def _read_byline(element: LexborNode, finds: _Finds) -> None:
    """Read the text of an element that speaks of an author, unless it stands in a comment or a teaser."""
    if len(finds.fields.get("bylines", ())) >= MAX_BYLINES:
        return
    place: LexborNode | None = element
    for _ in range(_BYLINE_DEPTH):
        if place is None or place.tag in ("body", "html"):
            break
        if place.tag in ("footer", "nav") or _ELSEWHERE.search((place.attributes.get("class") or "")[:MAX_VALUE_CHARS]):
            return
        place = place.parent
    text = _text(element)
    if len(text) <= MAX_BYLINE_TEXT:
        finds.add("bylines", text, "dom", "byline")


def _read_page_title(element: LexborNode, _attributes: Attributes, finds: _Finds) -> None:
    """Read the first `<title>`; further ones are those of drawings."""
    is_first = all(entry.name != "title" for entry in finds.fields.get("headlines", ()))
    if is_first and element.parent is not None and element.parent.tag in ("head", "body", "html"):
        finds.add("headlines", element.text(), "dom", "title")


def _read_heading(element: LexborNode, _attributes: Attributes, finds: _Finds) -> None:
    finds.add("site_names" if _leads_home(element, finds.base) else "headings", _text(element), "dom", "h1")


def _read_link(_element: LexborNode, attributes: Attributes, finds: _Finds) -> None:
    finds.add("canonical", attributes.get("href"), "meta", "canonical")


def _read_root(_element: LexborNode, attributes: Attributes, finds: _Finds) -> None:
    finds.add("languages", attributes.get("lang"), "dom", "lang")


def _read_base(_element: LexborNode, attributes: Attributes, finds: _Finds) -> None:
    finds.base = absolute_url(attributes.get("href") or "", finds.base) or finds.base


def _read_anchor(element: LexborNode, attributes: Attributes, finds: _Finds) -> None:
    is_author = "author" in (attributes.get("rel") or "").casefold()
    if is_author and finds.stands_with_first("rel=author", element):
        finds.add("authors", _text(element), "dom", "rel=author")


def _leads_home(heading: LexborNode, base: str | None) -> bool:
    """Tell whether a heading is the site's name: all of it is a link to the front page."""
    link = heading.css_first("a[href]")
    if link is None or len(_text(link)) < len(_text(heading)):
        return False
    address = absolute_url(link.attributes.get("href") or "", base or "https://page.invalid/article")
    return address is not None and urlsplit(address).path in ("", "/") and not urlsplit(address).query


def _text(element: LexborNode) -> str:
    """Give an element's text as a reader sees it: words of neighbouring elements do not run together."""
    return _SPACE_BEFORE_MARK.sub("", fold(element.text(separator=" ")))


def _read_meta(_element: LexborNode, attributes: Attributes, finds: _Finds) -> None:
    content = attributes.get("content")
    if not content:
        return
    for key in ("property", "name", "itemprop", "http-equiv"):
        name = (attributes.get(key) or "").strip().casefold()
        target = _fields_by("itemprop" if key == "itemprop" else "meta").get(name)
        if name.startswith(("twitter:label", "twitter:data")):
            finds.read_card(name, content)
        if target is not None:
            finds.add(target, content, "meta", name)
            return


def _read_time(element: LexborNode, attributes: Attributes, finds: _Finds) -> None:
    words = f"{attributes.get('class') or ''} {attributes.get('itemprop') or ''}".casefold()
    name = "time:modified" if "updat" in words or "modif" in words else "time"
    finds.add("times", attributes.get("datetime") or element.text(separator=" "), "dom", name)


def _read_itemprop(element: LexborNode, attributes: Attributes, finds: _Finds) -> None:
    """Read one microdata property; of an author that is an item of its own, its name."""
    for prop in (attributes.get("itemprop") or "").casefold().split()[:5]:
        target = _fields_by("itemprop").get(prop)
        if target is None:
            continue
        if target == "images":
            finds.add(target, attributes.get("content") or attributes.get("src") or attributes.get("href"), "dom", prop)
            continue
        if target == "authors" and not finds.stands_with_first("itemprop", element):
            continue
        named = element.css_first('[itemprop~="name"]') if target == "authors" else None
        holder = element if named is None else named
        value = holder.attributes.get("content") or (holder.attributes.get("datetime") if named is None else None)
        finds.add(target, value or _text(holder), "dom", f"itemprop:{prop}")


_READERS: Mapping[str, Callable[[LexborNode, Attributes, _Finds], None]] = {
    "title": _read_page_title,
    "meta": _read_meta,
    "h1": _read_heading,
    "time": _read_time,
    "link": _read_link,
    "html": _read_root,
    "base": _read_base,
    "a": _read_anchor,
}

_SITE_TYPES = frozenset({"website", "newsmediaorganization"})


def _read_json_ld(nodes: list[Node], url: str | None, finds: _Finds) -> None:
    for node in nodes:
        finds.types.update(name for name in types_of(node) if len(name) <= MAX_TYPE_CHARS)
    index = index_by_id(nodes)
    has_authors = False
    described = describing_nodes(nodes, url)
    _add_all(finds, "kinds", sorted(types_of(described[0])) if described else (), "@type")
    for node in described:
        for key, target in _fields_by("json_ld").items():
            for text in texts_of(node.get(key), index, keys=("@value", "name", "alternateName")):
                finds.add(target, text, "json-ld", key)
        if "headline" not in node:
            _add_all(finds, "headlines", texts_of(node.get("name"), index, keys=("@value",)), "name")
        has_authors = has_authors or _read_authors(node, index, finds)
        _add_all(finds, "site_names", texts_of(node.get("publisher"), index), "publisher")
        _add_all(finds, "tags", texts_of(node.get("keywords"), index), "keywords")
        _add_all(finds, "images", texts_of(node.get("image"), index, keys=("url", "contentUrl", "@id")), "image")
    for node in nodes:
        if types_of(node) & _SITE_TYPES:
            _add_all(finds, "site_names", texts_of(node.get("name"), index, keys=("@value",)), "website")


def _add_all(finds: _Finds, target: str, texts: Iterable[str], name: str) -> None:
    for text in texts:
        finds.add(target, text, "json-ld", name)


def _read_authors(node: Node, index: Mapping[str, Node], finds: _Finds) -> bool:
    """Read a node's authors: persons, and organizations apart from them; tell whether there were any."""
    value = node.get("author") or node.get("creator")
    has_authors = False
    for item in (value if isinstance(value, list) else [value])[:MAX_CANDIDATES]:
        is_organization = isinstance(item, dict) and any(
            name.endswith("organization") for name in types_of(resolve(item, index))
        )
        names = texts_of(item, index)
        has_authors = has_authors or bool(names)
        _add_all(finds, "organizations" if is_organization else "authors", names, "author")
    return has_authors
