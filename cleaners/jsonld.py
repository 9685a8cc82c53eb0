"""JSON-LD as pages really carry it: parsed, mended where the intent is clear, and the article found in it.

Seen in the wild and read here: several objects in one script, HTML comments and CDATA around them, trailing commas, raw
control characters inside strings, invalid escapes, `&quot;` for quotes, `@graph`, references by `@id`, lists where one
value is meant. What cannot be mended is no data: it is passed over, never guessed at.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]

MAX_SCRIPTS = 24
"""Scripts read of one page; the largest number on an article of the corpora is 13."""
MAX_SCRIPT_CHARS = 400_000
"""A longer script is a catalogue or a trap; the longest that describes an article of the corpora has 150,000."""
MAX_NODES = 600
"""Nodes looked at; those that describe the page come first, long lists of other articles after them."""
MAX_DEPTH = 6
"""Levels followed from the top; `@graph` and `mainEntity` need three."""

_WRAPPING = re.compile(r"(?:^[ \t]*//[ \t]*)?(?:<!--|-->|<!\[CDATA\[|\]\]>)", re.MULTILINE)
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
_BAD_ESCAPE = re.compile(r"\\(?![\"\\/bfnrtu])")
_DECODER = json.JSONDecoder(strict=False)

_LEADS_ON = ("@graph", "mainEntity", "mainEntityOfPage")
_ARTICLE_ENDINGS = ("article", "posting", "report", "review")
_OTHER_MAIN = frozenset({"recipe", "howto", "podcastepisode", "videoobject", "creativework", "analysisnewsarticle"})
_PAGES = frozenset({"webpage", "itempage", "medicalwebpage", "faqpage", "aboutpage", "qapage"})


def read_nodes(scripts: Iterable[str]) -> list[Node]:
    """Find every JSON-LD node of a page that may describe the page itself, in the page's order."""
    nodes: list[Node] = []
    for number, script in enumerate(scripts):
        if number == MAX_SCRIPTS or len(nodes) >= MAX_NODES:
            break
        if len(script) <= MAX_SCRIPT_CHARS:
            nodes.extend(_flatten(parse_script(script)))
    return nodes[:MAX_NODES]


def parse_script(script: str) -> list[Any]:
    """Parse the values that one script holds; an empty list where it cannot be read.

    Mended: wrapping comments, trailing commas, invalid escapes, escaped quotes, raw control characters. A script that
    breaks off in the middle is not completed.

    >>> parse_script('<!-- {"headline": "Storm",} -->')
    [{'headline': 'Storm'}]
    >>> parse_script('{"headline": "Stor')
    []
    """
    values = _decode(script)
    if values is not None:
        return values
    mended = _WRAPPING.sub(" ", script)
    if '"' not in mended and "&quot;" in mended:
        mended = html.unescape(mended)
    mended = _TRAILING_COMMA.sub("", _BAD_ESCAPE.sub(r"\\\\", mended))
    return _decode(mended) or []


def _decode(text: str) -> list[Any] | None:
    """Read the JSON values that stand one after another; None where there is anything else between them."""
    values: list[Any] = []
    position = _next_value(text, 0)
    while position < len(text):
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            return None
        values.append(value)
        position = _next_value(text, position)
    return values


_BETWEEN_VALUES = re.compile(r"[\s;,\ufeff]*")


def _next_value(text: str, position: int) -> int:
    found = _BETWEEN_VALUES.match(text, position)
    return found.end() if found else position


def _flatten(values: list[Any]) -> Iterator[Node]:
    """Give the nodes that lists, `@graph` and the main entity lead to, breadth first, bounded in depth and number."""
    level: list[Any] = values
    given = 0
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for value in level:
            if given >= MAX_NODES:
                return
            if isinstance(value, list):
                deeper.extend(value[:MAX_NODES])
            elif isinstance(value, dict):
                given += 1
                yield value
                deeper.extend(value[key] for key in _LEADS_ON if isinstance(value.get(key), (dict, list)))
        level = deeper


def index_by_id(nodes: Iterable[Node]) -> dict[str, Node]:
    """Map each `@id` to the fullest node that carries it."""
    index: dict[str, Node] = {}
    for node in nodes:
        name = node.get("@id")
        if isinstance(name, str) and len(node) > len(index.get(name, ())):
            index[name] = node
    return index


def types_of(node: Node) -> set[str]:
    """Tell a node's types, lower-case and without a namespace.

    >>> sorted(types_of({"@type": ["schema:NewsArticle", "Thing"]}))
    ['newsarticle', 'thing']
    """
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return {re.split(r"[/:#]", name)[-1].casefold() for name in names[:10] if isinstance(name, str)}


def describing_nodes(nodes: Iterable[Node], url: str | None) -> list[Node]:
    """Order the nodes that may describe the article: articles first, then other main content, then the web page.

    Among articles one that names this page's address wins: pages that carry several articles' data list the others too.
    """
    ranked = [(rank, order, node) for order, node in enumerate(nodes) if (rank := _rank(node, url)) is not None]
    return [node for _, _, node in sorted(ranked, key=lambda entry: entry[:2])]


def _rank(node: Node, url: str | None) -> int | None:
    types = types_of(node)
    is_article = any(name.endswith(_ARTICLE_ENDINGS) for name in types)
    if is_article and "headline" in node:
        return 0 if url is not None and _names_page(node, url) else 1
    if is_article or types & _OTHER_MAIN:
        return 2
    if types & _PAGES:
        return 3
    return None


def _names_page(node: Node, url: str) -> bool:
    """Tell whether the node gives this page's address as its own, its query and fragment aside."""
    main = node.get("mainEntityOfPage")
    named = (node.get("url"), node.get("@id"), main.get("@id") if isinstance(main, dict) else main)
    page = _bare(url)
    return any(isinstance(name, str) and _bare(name) == page for name in named)


def _bare(url: str) -> str:
    return re.split(r"[?#]", url[:2000].strip())[0].rstrip("/").rpartition("//")[2].removeprefix("www.")


def texts_of(value: object, index: Mapping[str, Node], *, keys: tuple[str, ...] = ("name",)) -> list[str]:
    """Give the texts in a value that may be a text, a node, a reference to a node or a list of those.

    `keys` are the node's properties to look at, the first that is there wins. References are followed once, so that a
    circle of them ends.
    """
    texts: list[str] = []
    for item in (value if isinstance(value, list) else [value])[:50]:
        found = item
        if isinstance(item, dict):
            node = resolve(item, index)
            found = next((node[key] for key in keys if node.get(key)), None)
            if isinstance(found, list):
                found = next((entry for entry in found if isinstance(entry, str)), None)
            elif isinstance(found, dict):
                found = found.get("@value")
        if isinstance(found, str) and found.strip():
            texts.append(found)
    return texts


def resolve(node: Node, index: Mapping[str, Node]) -> Node:
    """Follow a bare reference to the node it means; a node with properties of its own stays what it is."""
    name = node.get("@id")
    if isinstance(name, str) and len(node) <= 2:  # noqa: PLR2004 - @id and @type
        return index.get(name, node)
    return node
