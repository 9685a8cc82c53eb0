"""What a page is: an article, or what else, and why."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from cleaners.clues import Clues, clues_of
from cleaners.declared import declared_type
from cleaners.head import Head
from cleaners.labels import Label
from cleaners.page import Line


@dataclass(frozen=True, slots=True)
class Verdict:
    """A name and one sentence that says why.

    `article`, `digest` (several articles on one page), `too_short`, `index` (a list of links or of products), `forum`
    (a discussion), `product`, `consent` (a cookie or consent wall), `paywall` (only the start of an article),
    `error_page`, `unsure` (all would have gone, so the text was kept), `empty`, `not_text`, `failed`.
    """

    name: str
    reason: str


TOO_SHORT_WORDS = 25
"""Real news in brief has one sentence at least; sentences of news run to some twenty words."""
WALL_WORDS = 80
"""A page whose text is this short and stands beside a consent or paywall notice is that notice with a preview."""
WALL_REACH = 5
"""A notice farther than so many lines from the text is the page's foot: short posts have a cookie banner there, or the
message of a form that could not be sent. All five articles that were taken for a consent wall were such posts."""
INDEX_LINKS = 15
WORDS_PER_LINK = 1.0
"""A list of links has fewer words than links: the text is teasers that stood together. News pages carry hundreds
of links around an article of some hundred words."""

# The numbers below were chosen on three fifths of the domains of wcxb-dev and hold on the rest: `bench.page_types`.
FORUM_WORDS = 5
TURNS = 2
FORUM_WORDS_WITH_TURNS = 3
"""Different words of a forum on a page: two on 2 % of all articles, six or more on half of all discussions. Comments
under an article bring some of them, but seldom who joined when or wrote what."""
PRICE_TAGS = 9
SHOP_WORDS = 3
"""Half of the collections have nineteen price tags or more, nine of ten articles have four at most; a product has the
words of a shop about it: how many, in which size, what others said."""
LIST_CONTROLS = 4
LIST_CONTROLS_OF_SHOP = 3
"""Filters, orders, counts, ways to the next page: few articles have two."""
FEW_PARAGRAPHS = 12
LOOSE_RUN = 150
"""A list has few paragraphs, and they do not run on: nine of ten articles have a run of more than a hundred words."""
SCATTERED_RUN = 60
SCATTERED_LINES = 60
SCATTERED_SHARE = 0.05
"""Many lines, hardly a paragraph among them, and next to no prose that stands beside other prose: a list of teasers."""
LINKS_RUN = 50
"""An article of which little was kept still has this run of prose; a list of links has not."""


def judge(lines: Sequence[Line], words: int, *, parts: int, head: Head | None = None) -> Verdict:
    """Give the verdict on one page from its labelled lines, the words of its body, and the parts of a digest.

    The `head` of an HTML page may declare what it is.
    """
    cases = chain(_walls(lines, words), _digest(parts), _other_types(lines, words, head), _poor_texts(lines, words))
    return next(cases, Verdict("article", f"{words} words of running text"))


def _walls(lines: Sequence[Line], words: int) -> Iterator[Verdict]:
    """Short pages that stand in the place of a text."""
    if words >= WALL_WORDS:
        return
    reasons = {line.reason for line in lines}
    chars = Counter[Label]()
    for line in lines:
        chars[line.label] += len(line.text)
    if _is_beside_text(lines, [line.reason == "error message" for line in lines]):
        yield Verdict("error_page", "the text is short and speaks of an error")
    is_mostly_legal = chars[Label.LEGAL] > chars[Label.BODY] + chars[Label.RELATED]
    if is_mostly_legal and _is_beside_text(lines, [line.label is Label.LEGAL for line in lines]):
        yield Verdict("consent", "most of the text is about consent or terms")
    if "paywall notice" in reasons:
        yield Verdict("paywall", "the text is short and ends at a paywall notice")


def _is_beside_text(lines: Sequence[Line], is_notice: Sequence[bool]) -> bool:
    """Tell whether a notice stands where the text does, or in its place."""
    kept = [place for place, line in enumerate(lines) if line.kept]
    if not kept:
        return any(is_notice)
    return any(is_notice[max(0, kept[0] - WALL_REACH) : kept[-1] + WALL_REACH + 1])


def _digest(parts: int) -> Iterator[Verdict]:
    if parts > 1:
        yield Verdict("digest", f"{parts} articles stand one after the other")


def _other_types(lines: Sequence[Line], words: int, head: Head | None) -> Iterator[Verdict]:
    """Pages that hold a text of another kind. What a page declares to be an article is none by its look alone."""
    clues = clues_of(lines)
    declared, by = declared_type(head) if head else (None, "")
    is_declared_article = declared == "article"
    if declared and not is_declared_article:
        yield Verdict(declared, f"the page declares itself so: {by}")
    if _is_forum(clues, is_declared_article=is_declared_article):
        yield Verdict("forum", f"{clues.forum} different words of a discussion stand on lines of their own")
    if not is_declared_article:
        yield from _shops_and_lists(clues)
    yield from _links(lines, words, clues)


def _is_forum(clues: Clues, *, is_declared_article: bool) -> bool:
    speaks = clues.forum >= FORUM_WORDS_WITH_TURNS and clues.turns >= TURNS
    return clues.forum >= FORUM_WORDS or (speaks and not is_declared_article)


def _shops_and_lists(clues: Clues) -> Iterator[Verdict]:
    is_loose = clues.paragraphs < FEW_PARAGRAPHS and clues.longest < LOOSE_RUN
    is_sorted = clues.controls >= LIST_CONTROLS_OF_SHOP or clues.shop <= SHOP_WORDS
    if clues.prices >= PRICE_TAGS and is_sorted and is_loose:
        yield Verdict("index", f"{clues.prices} price tags stand beside {clues.paragraphs} paragraphs")
    few = clues.shop >= SHOP_WORDS - 1 and clues.paragraphs < FEW_PARAGRAPHS
    if clues.prices and (clues.shop >= SHOP_WORDS or few):
        yield Verdict("product", f"a price and {clues.shop} different words of a shop stand on lines of their own")
    if clues.controls >= LIST_CONTROLS and is_loose:
        yield Verdict("index", f"{clues.controls} ways to sort and to turn pages, and {clues.paragraphs} paragraphs")
    is_scattered = clues.longest < SCATTERED_RUN and clues.joined < SCATTERED_SHARE * clues.words
    if is_scattered and clues.paragraphs <= 1 and clues.lines >= SCATTERED_LINES:
        yield Verdict("index", f"among {clues.lines} lines no two paragraphs stand together")


def _links(lines: Sequence[Line], words: int, clues: Clues) -> Iterator[Verdict]:
    counts = Counter(line.label for line in lines)
    clutter = counts[Label.NAV] + counts[Label.RELATED]
    if clutter >= INDEX_LINKS and words < WORDS_PER_LINK * clutter and clues.longest < LINKS_RUN:
        yield Verdict("index", f"{clutter} links and headlines stand beside {counts[Label.BODY]} paragraphs")


def _poor_texts(lines: Sequence[Line], words: int) -> Iterator[Verdict]:
    if any(line.reason == "kept in doubt" for line in lines):
        yield Verdict("unsure", "no part of the page reads like an article; its text was kept as it is")
    if words < TOO_SHORT_WORDS:
        yield Verdict("too_short", f"{words} words are left")
