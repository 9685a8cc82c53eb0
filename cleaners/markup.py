"""What the head and the markup of an HTML page say about its article, each value with where it was found.

One CSS query over the parse tree gives every element of interest in document order; the rest is dictionaries.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cleaners.finds import Finds
from cleaners.head import MAX_CANDIDATES, MAX_TYPE_CHARS, MAX_URL_CHARS, MAX_VALUE_CHARS, Head, absolute_url, fold
from cleaners.jsonld import Node, describing_nodes, index_by_id, read_nodes, resolve, texts_of, types_of
from cleaners.lexicon import lexicon

Attributes = Mapping[str, str | None]


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
    finds = Finds(url)
    scripts: list[str] = []
    for element in tree.css(_QUERY)[:_MAX_ELEMENTS]:
        _read_element(element, finds, scripts)
    _read_json_ld(read_nodes(scripts), url, finds)
    return finds.head()


def _read_element(element: LexborNode, finds: Finds, scripts: list[str]) -> None:
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


def _read_byline(element: LexborNode, finds: Finds) -> None:
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


def _read_page_title(element: LexborNode, _attributes: Attributes, finds: Finds) -> None:
    """Read the first `<title>`; further ones are those of drawings."""
    is_first = all(entry.name != "title" for entry in finds.fields.get("headlines", ()))
    if is_first and element.parent is not None and element.parent.tag in ("head", "body", "html"):
        finds.add("headlines", element.text(), "dom", "title")


def _read_heading(element: LexborNode, _attributes: Attributes, finds: Finds) -> None:
    finds.add("site_names" if _leads_home(element, finds.base) else "headings", _text(element), "dom", "h1")


def _read_link(_element: LexborNode, attributes: Attributes, finds: Finds) -> None:
    finds.add("canonical", attributes.get("href"), "meta", "canonical")


def _read_root(_element: LexborNode, attributes: Attributes, finds: Finds) -> None:
    finds.add("languages", attributes.get("lang"), "dom", "lang")


def _read_base(_element: LexborNode, attributes: Attributes, finds: Finds) -> None:
    finds.base = absolute_url(attributes.get("href") or "", finds.base) or finds.base


def _read_anchor(element: LexborNode, attributes: Attributes, finds: Finds) -> None:
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


_SPACE_BEFORE_MARK = re.compile(r" (?=[,.:;!?](?: |$))")


def _text(element: LexborNode) -> str:
    """Give an element's text as a reader sees it: words of neighbouring elements do not run together."""
    return _SPACE_BEFORE_MARK.sub("", fold(element.text(separator=" ")))


def _read_meta(_element: LexborNode, attributes: Attributes, finds: Finds) -> None:
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


def _read_time(element: LexborNode, attributes: Attributes, finds: Finds) -> None:
    words = f"{attributes.get('class') or ''} {attributes.get('itemprop') or ''}".casefold()
    name = "time:modified" if "updat" in words or "modif" in words else "time"
    finds.add("times", attributes.get("datetime") or element.text(separator=" "), "dom", name)


def _read_itemprop(element: LexborNode, attributes: Attributes, finds: Finds) -> None:
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


_READERS: Mapping[str, Callable[[LexborNode, Attributes, Finds], None]] = {
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


def _read_json_ld(nodes: list[Node], url: str | None, finds: Finds) -> None:
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


def _add_all(finds: Finds, target: str, texts: Iterable[str], name: str) -> None:
    for text in texts:
        finds.add(target, text, "json-ld", name)


def _read_authors(node: Node, index: Mapping[str, Node], finds: Finds) -> bool:
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
