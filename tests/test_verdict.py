"""Verdicts: what a page is, from its labelled lines."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from cleaners import clean
from cleaners.declared import declared_type
from cleaners.head import Head
from cleaners.labels import KEPT, Label
from cleaners.markup import read_head
from cleaners.page import Line
from cleaners.verdict import judge

PROSE = "x" * 200


def lines(*labels: str, text: str = PROSE) -> list[Line]:
    """Make lines from `label` or `label:reason`."""
    made = []
    for entry in labels:
        name, _, reason = entry.partition(":")
        made.append(Line(1, text, Label(name), Label(name) in KEPT, 0.8, reason or "a test"))
    return made


@pytest.mark.parametrize(
    ("given", "words", "parts", "verdict"),
    [
        (lines("body"), 200, 0, "article"),
        (lines("body"), 25, 0, "article"),
        (lines("body"), 24, 0, "too_short"),
        (lines("body:kept in doubt"), 200, 0, "unsure"),
        (lines("body", "other:error message"), 20, 0, "error_page"),
        (lines("body", "other:error message"), 200, 0, "article"),
        (lines("body", "legal", "legal"), 40, 0, "consent"),
        (lines("body", "legal", "legal"), 200, 0, "article"),
        (lines("body", "body", "legal"), 40, 0, "article"),
        (lines("body", *["nav"] * 5, "legal", "legal"), 40, 0, "article"),
        (lines("legal", "legal", *["nav"] * 4, "body"), 40, 0, "consent"),
        (lines("nav", "legal", "legal"), 0, 0, "consent"),
        (lines("body", *["nav"] * 5, "other:error message"), 40, 0, "article"),
        (lines("nav", "other:error message"), 0, 0, "error_page"),
        (lines("body", "promo:paywall notice"), 40, 0, "paywall"),
        (lines("body", "promo:paywall notice"), 80, 0, "article"),
        (lines(*["body"] * 9), 900, 3, "digest"),
        (lines("body", *["related"] * 15), 14, 0, "index"),
        (lines("body", *["related"] * 15), 90, 0, "article"),
        (lines("body", *["related"] * 14), 13, 0, "too_short"),
        (lines("body", "body", *["nav"] * 24), 90, 0, "article"),
        (lines(*["nav"] * 15), 0, 0, "index"),
        (lines("nav"), 0, 0, "too_short"),
    ],
)
def test_verdict(given: list[Line], words: int, parts: int, verdict: str) -> None:
    assert judge(given, words, parts=parts).name == verdict


THREAD = ["Joined: Mar 3, 2019", "Messages: 1,204", "Ada Winter said:", "Reply", "Similar threads", "#3"]
OFFER = ["$24.00", "Add to cart", "Size guide", "In stock", "4.5 stars"]
GRID = ["Sort by", "Filters", "1-24 of 360 products", *[f"${price}.99" for price in range(10, 22)]]
PAGING = ["Filter by", "Newest", "Next page", "240 results"]
PARAGRAPH = (
    "The council of Tarnholt met on Monday to talk about the bridge over the Lenn, which has been closed since the "
    "flood in spring, and about what it would cost to open it again before the winter comes."
)


def plain(*texts: str) -> list[Line]:
    return [
        Line(place, text, Label.BODY, kept=True, confidence=0.8, reason="a test") for place, text in enumerate(texts, 1)
    ]


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        ([*THREAD, PARAGRAPH], "forum"),
        (["1 comment", "Reply", "Like", *[PARAGRAPH] * 6], "article"),
        ([*OFFER, PARAGRAPH], "product"),
        (["$24.00", *[PARAGRAPH] * 6], "article"),
        (["Size", "Price", *[PARAGRAPH] * 14], "article"),
        ([*GRID, PARAGRAPH], "index"),
        ([*GRID[3:], *[PARAGRAPH] * 14], "article"),
        ([*PAGING, PARAGRAPH], "index"),
        ([*PAGING, *[PARAGRAPH] * 6], "article"),
        ([line for place in range(25) for line in (f"Story number {place}", "Town", "A short line on it.")], "index"),
        (["はし の こうじ は らいねん の なつ まで つづく と まち は いう。" * 3] * 8, "article"),
    ],
    ids=[
        "a thread", "comments under an article", "an offer", "a price in an article", "an article about sizes",
        "a grid of products", "prices in a long article", "a list with its controls", "an article under controls",
        "teasers", "no spaces, no English",
    ],
)  # fmt: skip
def test_short_lines_tell_what_is_no_article(texts: list[str], verdict: str) -> None:
    assert judge(plain(*texts), 200, parts=0).name == verdict


def ld(kind: str, count: int = 1) -> str:
    node = f'{{"@type": "{kind}", "name": "x"}}'
    return f'<script type="application/ld+json">[{", ".join([node] * count)}]</script>'


def head_of(source: str) -> Head:
    return read_head(LexborHTMLParser(source), None)


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("<p>nothing</p>", "article"),
        (ld("DiscussionForumPosting"), "forum"),
        ('<main itemscope itemtype="https://schema.org/QAPage">', "forum"),
        ('<meta name="generator" content="Discourse 3.4">', "forum"),
        (ld("CollectionPage"), "index"),
        ("<meta property='og:type' content='product.group'>", "index"),
        ('<meta content="product" property="og:type">', "product"),
        (ld("Product", 1), "product"),
        (ld("Product", 9), "article"),
        (ld("NewsArticle") + ld("Product"), "article"),
        (ld("NewsArticle") + ld("CollectionPage"), "article"),
        ('<script type="application/ld+json">{"@type": "QAPage", "text": "<b>How?</b>"}</script>', "forum"),
        ('<!-- <meta property="og:type" content="product"> -->', "article"),
        ("<script>item = '<div itemtype=\"https://schema.org/Product\">'</script>", "article"),
        ('<script type="application/ld+json">{"@type": "Product"', "article"),
        ('<meta property="og:type"', "article"),
    ],
)
def test_an_html_page_may_say_what_it_is(source: str, verdict: str) -> None:
    assert judge(plain(*[PARAGRAPH] * 6), 200, parts=0, head=head_of(source)).name == verdict


def test_what_declares_itself_an_article_is_no_shop_by_its_look() -> None:
    texts = [*OFFER, PARAGRAPH]
    assert judge(plain(*texts), 200, parts=0, head=head_of(ld("NewsArticle"))).name == "article"
    assert judge(plain(*texts), 200, parts=0, head=head_of("<p>")).name == "product"


@pytest.mark.parametrize("source", ["<script ld+json>" * 20_000, '<meta "og:type"' * 20_000, "itemtype=" * 50_000])
def test_a_hostile_source_declares_nothing_and_ends(source: str) -> None:
    assert declared_type(head_of(source)) == (None, "")


def test_a_page_that_declares_itself_a_thread_keeps_its_text() -> None:
    page = f"<html><head>{ld('DiscussionForumPosting')}</head><body><p>{PARAGRAPH}</p><p>{PARAGRAPH}</p></body></html>"
    article = clean(page, kind="html")
    assert article.verdict == "forum"
    assert "DiscussionForumPosting".casefold() in article.verdict_reason
    assert PARAGRAPH in article.body


def test_the_reason_tells_the_numbers() -> None:
    assert judge(plain(*OFFER, PARAGRAPH), 200, parts=0).reason == (
        "a price and 3 different words of a shop stand on lines of their own"
    )
    assert judge(lines("body"), 200, parts=0).reason == "200 words of running text"
    assert judge(lines("body"), 900, parts=4).reason == "4 articles stand one after the other"


STRIKE = (
    "Seit Montag stehen in Orlen die Lieferwagen von drei Paketdiensten still, und die Gewerkschaft sagt, dass vor dem "
    "Ende der Woche niemand fahren wird, weil die Firmen nichts angeboten haben."
)


@pytest.mark.parametrize("shape", ["{}\n\n{}", "<html><body><h1>{}</h1><p>{}</p></body></html>"], ids=["text", "html"])
@pytest.mark.parametrize(
    ("headline", "verdict"),
    [
        ("UPS, DHL und Hermes streiken", "article"),
        ("UPS, DHL UND HERMES STREIKEN", "article"),
        ("UPS", "article"),
        ("Upsala streikt", "article"),
        ("Ups", "error_page"),
        ("Ups!", "error_page"),
        ("¡Ups!", "error_page"),
        ("Ups, da ist etwas schiefgegangen", "error_page"),
        ("UPS! Die gesuchte Seite existiert nicht", "error_page"),
        ("UPS! DA IST ETWAS SCHIEFGEGANGEN", "error_page"),
    ],
)
def test_the_firm_in_capitals_is_no_error(headline: str, verdict: str, shape: str) -> None:
    assert clean(shape.format(headline, STRIKE)).verdict == verdict


@pytest.mark.parametrize("said", ["Ups!", "Ups"])
def test_an_exclamation_between_paragraphs_is_no_error(said: str) -> None:
    article = clean(f"Paketdienste streiken in Orlen seit Montag\n\n{STRIKE}\n\n{said}\n\n{STRIKE}")
    assert [line.reason for line in article.lines if line.reason == "error message"] == []
    assert article.verdict == "article"
