"""HTML → lines with hints: one walk over the parse tree, in the order a reader sees the text.

The tree comes from lexbor, which parses as browsers do. A line ends where a browser would break it: at block elements
and `<br>`. Scripts, styles and what is never shown are passed over; hidden elements are kept and marked, since paywalls
and lazy pages hide real text. Class and id words are compared whole, so that `story-barcelona` is not a bar.
"""

import re
from enum import IntEnum, auto
from functools import lru_cache
from itertools import accumulate, pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cleaners.boxes import Boxes, box_measures
from cleaners.head import read_head
from cleaners.lines import DocumentLines, Gap, Mark

_UNSEEN = frozenset(
    "script style noscript template svg math head iframe object embed audio video canvas input select option textarea "
    "datalist source track param area map frame frameset noframes applet".split()
)
_BLOCK = frozenset(
    "address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table "
    "caption tbody tfoot thead tr ul title".split()
)
_CELL = frozenset({"td", "th"})
_TAG_MARKS = {
    "nav": Mark.NAV,
    "menu": Mark.NAV,
    "footer": Mark.FOOTER,
    "header": Mark.HEADER,
    "aside": Mark.ASIDE,
    "dialog": Mark.HIDDEN,
    "form": Mark.FORM,
    "fieldset": Mark.FORM,
    "button": Mark.FORM,
    "label": Mark.FORM,
    "figcaption": Mark.CAPTION,
    "ul": Mark.LIST,
    "ol": Mark.LIST,
    "dl": Mark.LIST,
    "table": Mark.TABLE,
    "blockquote": Mark.QUOTE,
    "pre": Mark.CODE,
    "article": Mark.ARTICLE,
    "main": Mark.ARTICLE,
    "time": Mark.DATE,
}
_ROLE_MARKS = {
    "navigation": Mark.NAV,
    "menu": Mark.NAV,
    "menubar": Mark.NAV,
    "search": Mark.NAV,
    "banner": Mark.HEADER,
    "contentinfo": Mark.FOOTER,
    "complementary": Mark.ASIDE,
    "dialog": Mark.HIDDEN,
    "alertdialog": Mark.HIDDEN,
    "main": Mark.ARTICLE,
    "article": Mark.ARTICLE,
}
_ITEMPROP_MARKS = {
    "articlebody": Mark.CONTENT,
    "text": Mark.CONTENT,
    "headline": Mark.TITLE,
    "author": Mark.BYLINE,
    "datepublished": Mark.DATE,
    "datemodified": Mark.DATE,
    "description": Mark.DEK,
    "comment": Mark.COMMENTS,
    "caption": Mark.CAPTION,
    "keywords": Mark.TAGS,
}
# Words of class and id attributes as they stand on the open web, whole words only. Words that name the article's own
# container as often as clutter (post, story, more, content) are left out or stand in pairs below.
_WORDS = {
    Mark.NAV: "nav navbar navigation menu submenu menus breadcrumb breadcrumbs crumb crumbs pagination pager paging "
    "toolbar topbar skip skiplink sitemap hamburger megamenu dropdown toc login search searchform",
    Mark.HEADER: "masthead siteheader pageheader topheader",
    Mark.FOOTER: "footer foot colophon sitefooter pagefooter",
    Mark.ASIDE: "sidebar sidebars aside rail rightrail leftrail widget widgets sidecol rightcol",
    Mark.RELATED: "related recommended recommendation recommendations trending popular recirc recirculation outbrain "
    "taboola readmore teaser teasers suggested similar mostread mostpopular readnext upnext carousel onward morefrom "
    "seealso alsoread relatedposts relatedarticles jp-relatedposts zergnet revcontent",
    Mark.SHARE: "share sharing shares social socials addthis sharedaddy sharebar sharethis addtoany follow sociallinks "
    "likes",
    Mark.PROMO: "newsletter newsletters subscribe subscription signup promo promos promotion ad ads advert adslot "
    "advertisement advertorial sponsor sponsored sponsors cta donate donation paywall piano upsell optin mailchimp "
    "adsbygoogle dfp gpt marketing offer",
    Mark.COMMENTS: "comment comments commentlist commenting disqus respond replies reply discussion livefyre viafoura "
    "coral commentary-thread",
    Mark.BIO: "bio authorbio biography authorbox aboutauthor",
    Mark.META: "byline author authors postmeta meta dateline timestamp published postdate pubdate kicker",
    Mark.BYLINE: "byline author authors",
    Mark.DATE: "dateline timestamp pubdate postdate datetime date",
    Mark.TAGS: "tags tagcloud taglist topics keywords categories",
    Mark.CAPTION: "caption captions figcaption credit photocredit imagecaption",
    Mark.LEGAL: "cookie cookies consent gdpr legal copyright disclaimer disclosure onetrust cmp privacy",
    Mark.HIDDEN: "hidden hide visuallyhidden sronly modal popup overlay lightbox offcanvas tooltip",
    Mark.MEDIA: "player jwplayer videoplayer gallery slideshow audioplayer",
    Mark.DEK: "dek standfirst subtitle subheadline deck lede subhead",
    Mark.CONTENT: "articlebody storybody entrycontent postcontent postbody articlecontent storycontent bodycopy "
    "articletext contentbody richtext",
}
_PAIRS = {
    ("about", "author"): Mark.BIO,
    ("author", "box"): Mark.BIO,
    ("author", "info"): Mark.BIO,
    ("author", "description"): Mark.BIO,
    ("read", "more"): Mark.RELATED,
    ("read", "next"): Mark.RELATED,
    ("see", "also"): Mark.RELATED,
    ("more", "stories"): Mark.RELATED,
    ("more", "from"): Mark.RELATED,
    ("more", "articles"): Mark.RELATED,
    ("most", "read"): Mark.RELATED,
    ("latest", "news"): Mark.RELATED,
    ("latest", "posts"): Mark.RELATED,
    ("recent", "posts"): Mark.RELATED,
    ("sign", "up"): Mark.PROMO,
    ("mailing", "list"): Mark.PROMO,
    ("call", "to"): Mark.PROMO,
    ("article", "body"): Mark.CONTENT,
    ("story", "body"): Mark.CONTENT,
    ("entry", "content"): Mark.CONTENT,
    ("post", "content"): Mark.CONTENT,
    ("post", "body"): Mark.CONTENT,
    ("article", "content"): Mark.CONTENT,
    ("article", "text"): Mark.CONTENT,
    ("story", "content"): Mark.CONTENT,
    ("body", "text"): Mark.CONTENT,
    ("main", "content"): Mark.ARTICLE,
    ("sr", "only"): Mark.HIDDEN,
    ("screen", "reader"): Mark.HIDDEN,
    ("visually", "hidden"): Mark.HIDDEN,
    ("off", "canvas"): Mark.HIDDEN,
    ("site", "header"): Mark.HEADER,
    ("page", "header"): Mark.HEADER,
    ("right", "rail"): Mark.ASIDE,
    ("wp", "caption"): Mark.CAPTION,
    ("photo", "credit"): Mark.CAPTION,
    ("post", "meta"): Mark.META,
    ("entry", "meta"): Mark.META,
    ("article", "meta"): Mark.META,
    ("post", "tags"): Mark.TAGS,
    ("social", "media"): Mark.SHARE,
}
# Plain integers from here on: an IntFlag's "or" costs a microsecond, and a page has thousands of elements.
_WORD_MARKS: dict[str, int] = {}
for _mark, _words in _WORDS.items():
    for _word in _words.split():
        _WORD_MARKS[_word] = _WORD_MARKS.get(_word, 0) | int(_mark)
_PAIR_MARKS = {pair: int(mark) for pair, mark in _PAIRS.items()}
_TELLING_WORDS = frozenset(_WORD_MARKS) | {first for first, _ in _PAIRS}
_MARKS_OF_TAG = {tag: int(mark) for tag, mark in _TAG_MARKS.items()}
_MARKS_OF_ROLE = {role: int(mark) for role, mark in _ROLE_MARKS.items()}
_MARKS_OF_ITEMPROP = {name: int(mark) for name, mark in _ITEMPROP_MARKS.items()}
_HIDDEN = int(Mark.HIDDEN)
_BUILDERS = (
    "not-",
    "non-",
    "hidden-",
    "elementor-",
    "et_pb_",
    "wp-block-",
    "vc_",
    "fl-",
    "fusion-",
    "x-",
    "has-",
    "is-",
    "no-",
    "js-",
    "with-",
)
"""Page builders call each piece of the layout a widget, and state words tell what else is on the page."""
_NAME_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_INVISIBLE_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_LARGEST_CLAIM = 0.5
"""A clutter mark on an element that holds more than this share of the page's prose names the layout, not clutter
(`class="content with-sidebar"`), and is dropped."""
_PROSE_CHARS = 80
"""Lines of so many characters count as prose when a claim is weighed; link texts are mostly shorter."""
_LONGEST_NAME = 400
"""Characters of a class or id attribute that are read; real ones are shorter, hostile ones may be megabytes."""


@lru_cache(maxsize=16384)
def marks_of_name(name: str) -> int:
    """Find what a class or id attribute claims, by whole words.

    >>> Mark(marks_of_name("site-footer")) == Mark.FOOTER
    True
    >>> marks_of_name("story-barcelona")
    0
    """
    marks = 0
    for token in name[:_LONGEST_NAME].split():
        marks |= _marks_of_token(token)
    return marks


@lru_cache(maxsize=65536)
def _marks_of_token(token: str) -> int:
    """Find what one token of a name claims; names are mostly new, their tokens mostly known."""
    if token.startswith(_BUILDERS):
        return 0
    words = [word.lower() for word in _NAME_WORDS.findall(token)]
    marks = _WORD_MARKS.get("".join(words), 0)
    if _TELLING_WORDS.isdisjoint(words):
        return marks
    for word in words:
        marks |= _WORD_MARKS.get(word, 0)
    for pair in pairwise(words):
        marks |= _PAIR_MARKS.get(pair, 0)
    return marks


_NAMELESS = frozenset({"html", "body"})
"""Their names speak of the whole page."""
_TELLING = frozenset({"role", "itemprop", "hidden", "aria-hidden", "style"})


def _marks_of(tag: str, attributes: dict[str, str | None]) -> int:
    marks = _MARKS_OF_TAG.get(tag, 0)
    if tag not in _NAMELESS:
        if name := attributes.get("class"):
            marks |= marks_of_name(name)
        if name := attributes.get("id"):
            marks |= marks_of_name(name)
    if _TELLING.isdisjoint(attributes):
        return marks
    if role := attributes.get("role"):
        marks |= _MARKS_OF_ROLE.get(role.lower(), 0)
    if itemprop := attributes.get("itemprop"):
        marks |= _MARKS_OF_ITEMPROP.get(itemprop.lower(), 0)
    return marks | _HIDDEN if _is_hidden(attributes) else marks


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = attributes.get("style")
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or (style is not None and _INVISIBLE_STYLE.search(style[:_LONGEST_NAME]) is not None)
    )


MOST_OF_A_LINE = 0.6
"""An element inside a line (`<span class="byline">`) speaks for the line when it holds so large a share of it."""


class _Kind(IntEnum):
    """What a walk does at a node; from BLOCK on it is an element that opens and closes."""

    PASSED_OVER = auto()
    TEXT = auto()
    BREAK = auto()
    BLOCK = auto()
    CELL = auto()
    LINK = auto()
    INLINE = auto()


_KINDS = {
    **dict.fromkeys(_BLOCK, _Kind.BLOCK),
    **dict.fromkeys(_CELL, _Kind.CELL),
    "-text": _Kind.TEXT,
    "br": _Kind.BREAK,
    "a": _Kind.LINK,
}

_Element = tuple[LexborNode, str, _Kind, int, int, int]
"""An open element: its node, tag, kind and marks, and the lines, and characters of the next one, before it."""


class _Walk:
    """The state of one walk: the line being gathered, the lines so far, and the spans that marked elements cover."""

    def __init__(self, unseen: frozenset[str]) -> None:
        self.kinds = _KINDS | dict.fromkeys(unseen, _Kind.PASSED_OVER)
        self.pieces: list[str] = []
        self.chars = 0
        self.link_chars = 0
        self.inline: list[tuple[int, int]] = []
        self.text: list[str] = []
        self.gap: list[int] = []
        self.tag: list[str | None] = []
        self.link_share: list[float] = []
        self.blocks: list[str] = ["body"]
        self.boxes = Boxes()
        self.own: list[int] = []
        self.links = 0
        self.preformatted = 0
        self.spans: list[tuple[int, int, int]] = []
        self.next_gap: Gap = Gap.PARAGRAPH

    def flush(self, gap: Gap = Gap.PARAGRAPH) -> None:
        """End the line being gathered; `gap` is what parts it from the next."""
        if not self.pieces:
            self.next_gap = max(self.next_gap, gap)
            return
        joined = "".join(self.pieces)
        line = joined.rstrip() if self.preformatted else " ".join(joined.split())
        if line:
            self.text.append(line)
            self.gap.append(self.next_gap)
            self.tag.append(self.blocks[-1])
            self.own.append(self.boxes.open[-1])
            self.link_share.append(min(1.0, self.link_chars / len(line)))
            for marks, covered in self.inline:
                if covered >= MOST_OF_A_LINE * self.chars:
                    self.spans.append((len(self.text) - 1, len(self.text), marks))
        self.next_gap = gap if line else max(self.next_gap, gap)
        self.pieces.clear()
        self.inline.clear()
        self.chars = self.link_chars = 0

    def flush_at_break(self) -> None:
        """End the line at a `<br>`; two in a row part paragraphs."""
        self.flush(Gap.LINE if any(piece and not piece.isspace() for piece in self.pieces) else Gap.PARAGRAPH)

    def add(self, value: str) -> None:
        """Add a text to the line being gathered; in preformatted text its breaks end lines."""
        if self.preformatted and "\n" in value:
            *lines, value = value.split("\n")
            for line in lines:
                self.pieces.append(line)
                self.flush_at_break()
        if self.pieces or not value.isspace():
            self.pieces.append(value)
            length = len(" ".join(value.split()))
            self.chars += length
            if self.links:
                self.link_chars += length

    def walk(self, root: LexborNode) -> None:
        """Visit the elements under the root in order, without recursion: hostile pages nest a million deep.

        Hardly anything is asked of elements without content, such as pictures: nothing stands there to be marked.
        """
        kinds, pieces = self.kinds, self.pieces
        open_elements = [self.enter(root, root.tag or "-", _Kind.BLOCK)]
        node = root.child
        while open_elements:
            if node is None:
                node = self.leave(open_elements.pop()).next
                continue
            tag = node.tag or "-"
            kind = kinds.get(tag) or self.kind_of(tag)
            if kind is _Kind.TEXT:
                value = node.text_content
                if value and (pieces or not value.isspace()):
                    self.add(value)
            elif kind >= _Kind.BLOCK:
                child = node.child
                if child is not None:
                    open_elements.append(self.enter(node, tag, kind))
                    node = child
                    continue
                self.part_at(tag, kind)
            elif kind is _Kind.BREAK:
                self.flush_at_break()
            node = node.next

    def part_at(self, tag: str, kind: _Kind) -> None:
        """Part what stands before and after an element without content."""
        if kind is _Kind.BLOCK:
            self._flush_at(tag)
        elif kind is _Kind.CELL:
            self.pieces.append("  ")

    def kind_of(self, tag: str) -> _Kind:
        """Learn what to do at a tag that comes for the first time."""
        kind = _Kind.PASSED_OVER if tag[0] in "-_!" else _Kind.INLINE
        self.kinds[tag] = kind
        return kind

    def claim(self, marks: int, first: int, chars: int) -> None:
        """Note what an element that ends here covers: the lines since it began, and its share of the next."""
        began_inside = chars > 0
        if len(self.text) > first + began_inside:
            self.spans.append((first + began_inside, len(self.text), marks))
        covered = self.chars - (chars if len(self.text) == first else 0)
        if covered:
            self.inline.append((marks, covered))

    def enter(self, node: LexborNode, tag: str, kind: _Kind) -> _Element:
        """Begin an element."""
        attributes = node.attributes
        if kind is _Kind.BLOCK:
            self._flush_at(tag)
            self.blocks.append(tag)
            self.preformatted += tag == "pre"
            self.boxes.enter(f"{tag} {attributes.get('class') or ''}", len(self.text))
        elif kind is _Kind.CELL:
            self.pieces.append(" ")
            self.blocks.append(tag)
        elif kind is _Kind.LINK:
            self.links += 1
        marks = _marks_of(tag, attributes) if attributes else _MARKS_OF_TAG.get(tag, 0)
        return node, tag, kind, marks, len(self.text), self.chars

    def leave(self, element: _Element) -> LexborNode:
        """End an element and give its node."""
        node, tag, kind, marks, first, chars = element
        if kind is _Kind.BLOCK:
            self._flush_at(tag)
            self.preformatted -= tag == "pre"
            self.blocks.pop()
            self.boxes.leave(len(self.text))
        elif kind is _Kind.CELL:
            self.pieces.append(" ")
            self.blocks.pop()
        elif kind is _Kind.LINK:
            self.links -= 1
        if marks:
            self.claim(marks, first, chars)
        return node

    def _flush_at(self, tag: str) -> None:
        if self.pieces or self.next_gap is not Gap.PARAGRAPH:
            self.flush(Gap.LINE if tag == "tr" else Gap.PARAGRAPH)


_LAYOUT_MARKS = int(Mark.LIST | Mark.TABLE | Mark.QUOTE | Mark.CODE | Mark.ARTICLE | Mark.CONTENT)

_DOUBTFUL_CLAIMS = [int(mark) for mark in Mark if not mark & (_LAYOUT_MARKS | Mark.COMMENTS)]


def _line_marks(walk: _Walk) -> list[int]:
    """Give each line the marks of the elements around it, leaving out claims that cover most of the page's prose.

    One element may cover it (a layout's name) or many together (page builders call each paragraph a widget). Comments
    are believed whatever their share: a thread is often longer than its article.
    """
    prose = [len(text) if len(text) >= _PROSE_CHARS else 0 for text in walk.text]
    sums = [0, *accumulate(prose)]
    most = _LARGEST_CLAIM * sums[-1]
    marks = [0] * len(walk.text)
    around: list[tuple[int, int]] = [(len(walk.text), 0)]
    spans = sorted(walk.spans, key=lambda span: (span[0], -span[1]))
    following = 0
    for place in range(len(walk.text)):
        while around[-1][0] <= place:
            around.pop()
        while following < len(spans) and spans[following][0] == place:
            start, end, mask = spans[following]
            believed = mask & _LAYOUT_MARKS if sums[end] - sums[start] > most else mask
            around.append((end, around[-1][1] | believed))
            following += 1
        marks[place] = around[-1][1]
    covered: dict[int, int] = {}
    for mask, length in zip(marks, prose, strict=True):
        if length:
            covered[mask] = covered.get(mask, 0) + length
    unlikely = 0
    for claim in _DOUBTFUL_CLAIMS:
        if sum(n for m, n in covered.items() if m & claim) > most:
            unlikely |= claim
    return [mask & ~unlikely for mask in marks] if unlikely else marks


_MANY_TAGS = 20_000
"""Below so many tags even a page of nothing but open elements parses in half a second; above, the depth is looked
at."""
_DEEPEST = 512
"""Elements nested deeper are flattened, as browsers do. HTML's parsing rules look through all open elements at each
tag, so the time grows with the square of the depth: 100,000 nested `div` take 25 s."""
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})[^<>]*>")
_NOT_NESTED = frozenset(
    "area base br col embed hr img input link meta param source track wbr "
    "p li dt dd tr td th thead tbody tfoot option optgroup colgroup rp rt".split()
)
"""Elements without content, and those that HTML ends by itself when the next of their kind begins."""
_MANY_SPACES = 50_000
_HUGE_CHARS = 20_000
_HUGE_TAG = re.compile(rf"<([a-zA-Z][^\s/<>]{{0,40}}+)[^<>]{{{_HUGE_CHARS},}}+>")
"""HTML's rules compare each attribute of a tag with all before it: 100,000 of them take ten seconds. A tag so long
keeps its name alone."""


def _may_have_huge_tag(source: str) -> bool:
    """Tell by leaps whether so many characters stand between a "<" and the next bracket; nearly all pages end here."""
    start = source.find("<") + 1
    while 0 < start <= len(source) - _HUGE_CHARS:
        end = start + _HUGE_CHARS
        last = max(source.rfind("<", start, end), source.rfind(">", start, end))
        if last < 0 and source[start - 1] == "<":
            return True
        start = last + 1 if last >= 0 else source.find("<", end) + 1
    return False


def _flattened(source: str) -> str:
    """Take away what makes a parser's time grow with the square: tags nested without end, endless attributes."""
    if _may_have_huge_tag(source) and sum(map(source.count, " \n\t")) > _MANY_SPACES:
        source = _HUGE_TAG.sub(r"<\1>", source)
    if source.count("<") <= _MANY_TAGS:
        return source
    depth = 0

    def shallow(match: re.Match[str]) -> str:
        nonlocal depth
        closing, name = match.groups()
        if name.lower() in _NOT_NESTED:
            return match[0]
        if closing:
            depth = max(0, depth - 1)
            return match[0] if depth < _DEEPEST else " "
        depth += 1
        return match[0] if depth <= _DEEPEST else " "

    return _TAG.sub(shallow, source)


LITTLE_TEXT = 400
"""A page with less text than this shows it by script; what stands in its `<noscript>` is then all there is to read."""


def _walked(root: LexborNode | None, unseen: frozenset[str]) -> _Walk:
    walk = _Walk(unseen)
    if root is not None:
        walk.walk(root)
        walk.flush()
    return walk


def html_lines(source: str, url: str | None) -> DocumentLines:
    """Parse a page and give its lines with hints, and what its head says."""
    tree = LexborHTMLParser(_flattened(source))
    root = tree.body or tree.root
    walk = _walked(root, _UNSEEN)
    if sum(map(len, walk.text)) < LITTLE_TEXT and "<noscript" in source:
        walk = _walked(root, _UNSEEN - {"noscript"})
    count = len(walk.text)
    return DocumentLines(
        list(range(1, count + 1)),
        walk.text,
        walk.gap,
        walk.tag,
        walk.link_share,
        _line_marks(walk),
        is_html=True,
        head=read_head(tree, url),
        boxes=box_measures(walk.boxes, walk.own, walk.text, walk.link_share),
    )


_HTML_START = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_PROLOG = (("<?xml", "?>"), ("<!--", "-->"))
_MARKUP = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|table|tr|td|article|section|body|html|head|nav|footer|figure|blockquote)\b[^<>]{0,300}>",
    re.IGNORECASE,
)
_SNIFFED_CHARS = 20_000
_FEWEST_TAGS = 2
_MARKUP_PER_CHARS = 400
"""A fragment is taken for HTML when it begins with a tag and has a block tag for at least so many characters; text with
a few leftover tags stays text."""


def looks_like_html(text: str) -> bool:
    """Tell by its beginning whether a document is HTML and not text with leftover tags."""
    start = _without_prolog(text[:_SNIFFED_CHARS])
    if _HTML_START.match(start):
        return True
    found = len(_MARKUP.findall(start))
    return start.lstrip().startswith("<") and found >= _FEWEST_TAGS and found * _MARKUP_PER_CHARS >= len(start)


def _without_prolog(start: str) -> str:
    """A document's beginning without the XML declaration and comments in front of it."""
    while True:
        start = start.lstrip()
        closing = next((closing for opening, closing in _PROLOG if start.startswith(opening)), None)
        if closing is None or closing not in start:
            return start
        start = start.partition(closing)[2]
