"""What an HTML page declares itself to be: a discussion, one product, a collection, an article.

Read are the types of JSON-LD and microdata, `og:type` and the name of forum software; nothing is guessed from words.
"""

from cleaners.head import Candidates, Head

DISCUSSIONS = frozenset({"discussionforumposting", "qapage"})
COLLECTIONS = frozenset({"collectionpage", "searchresultspage", "someproducts", "offercatalog"})
PRODUCTS = frozenset({"product", "productgroup", "individualproduct"})
ARTICLES = ("article", "blogposting")
FORUM_SOFTWARE = ("discourse", "flarum", "invision", "nodebb", "phpbb", "vbulletin", "xenforo")
MOST_PRODUCTS = 2
"""A page that describes more products than this is a list of them."""


def declared_type(head: Head) -> tuple[str | None, str]:
    """Tell what a page declares to be: `forum`, `product`, `index`, `article` or None, and by which words.

    A product beside a declared article is what the article is about.

    >>> declared_type(Head(types={"newsarticle": 1, "product": 1}))
    ('article', 'an article')
    """
    types = head.types
    shared, software = _first(head.page_types), _first(head.generators)
    forum = next((name for name in FORUM_SOFTWARE if name in software), None)
    discussion = next(iter(sorted(DISCUSSIONS & types.keys())), None)
    collection = next(iter(sorted(COLLECTIONS & types.keys())), None)
    products = sum(types.get(name, 0) for name in PRODUCTS)
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


def _first(given: Candidates) -> str:
    return given[0].value.casefold() if given else ""
