"""What the source of an HTML page declares the page to be: a discussion, one product, a collection, an article.

Read are the types of JSON-LD and microdata, `og:type` and the name of forum software; nothing is guessed from words.
"""

import re
from collections import Counter
from collections.abc import Iterator

from cleaners.jsonld import MAX_SCRIPTS, read_nodes, types_of

_ITEM_TYPE = re.compile(r"itemtype=[\"']https?://schema\.org/(\w{1,40})")
_CONTENT = re.compile(r"content=[\"']([^\"'<>]{1,80})")

DISCUSSIONS = frozenset({"discussionforumposting", "qapage"})
COLLECTIONS = frozenset({"collectionpage", "searchresultspage", "someproducts", "offercatalog"})
PRODUCTS = frozenset({"product", "productgroup", "individualproduct"})
ARTICLES = ("article", "blogposting")
FORUM_SOFTWARE = ("discourse", "flarum", "invision", "nodebb", "phpbb", "vbulletin", "xenforo")
MOST_PRODUCTS = 2
"""A page that describes more products than this is a list of them."""


def declared_type(source: str) -> tuple[str | None, str]:
    """Tell what a page declares to be: `forum`, `product`, `index`, `article` or None, and by which words.

    A product beside a declared article is what the article is about.

    >>> declared_type('<meta property="og:type" content="product">')
    ('product', 'og:type product')
    """
    types = _types(source)
    shared = (_meta(source, "og:type") or "").casefold().strip()
    software = (_meta(source, "generator") or "").casefold()
    forum = next((name for name in FORUM_SOFTWARE if name in software), None)
    discussion = next(iter(sorted(DISCUSSIONS & types.keys())), None)
    collection = next(iter(sorted(COLLECTIONS & types.keys())), None)
    products = sum(types[name] for name in PRODUCTS)
    cases = (
        ("forum", discussion, f"type {discussion}"),
        ("forum", forum, f"generator {forum}"),
        ("article", shared == "article" or any(name.endswith(ARTICLES) for name in types), "an article"),
        ("index", collection, f"type {collection}"),
        ("index", "product" in shared and "group" in shared, f"og:type {shared}"),
        ("product", "product" in shared or shared.endswith(":item"), f"og:type {shared}"),
        ("product", 1 <= products <= MOST_PRODUCTS, "type product"),
    )
    return next(((name, words) for name, holds, words in cases if holds), (None, ""))


def _types(source: str) -> Counter[str]:
    found = Counter(name.casefold() for name in _ITEM_TYPE.findall(source))
    for node in read_nodes(_scripts(source)):
        found.update(types_of(node))
    return found


def _scripts(source: str) -> Iterator[str]:
    """The JSON-LD scripts of a page, found without a pattern: each look goes on where the last one ended."""
    end = 0
    for _ in range(MAX_SCRIPTS):
        opening = source.find("ld+json", end)
        start = source.find(">", opening) if opening >= 0 else -1
        end = source.find("</", start) if start >= 0 else -1
        if end < 0:
            return
        yield source[start + 1 : end]


def _meta(source: str, name: str) -> str | None:
    """The content of the first `<meta>` element of that name or property."""
    place = max(source.find(f'"{name}"'), source.find(f"'{name}'"))
    if place < 0:
        return None
    start, end = source.rfind("<", 0, place), source.find(">", place)
    found = _CONTENT.search(source[start:end]) if start >= 0 and end >= 0 else None
    return found[1] if found else None
