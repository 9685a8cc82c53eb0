"""HTML → lines: where a line ends, what is passed over, what the elements around it claim, and what is no claim."""

import pytest

from cleaners.html import html_lines, looks_like_html
from cleaners.lines import Gap, Mark

PROSE = (
    "The mayor of Tarnholt said on Monday that the new bridge would open to all traffic in the spring, and not before."
)
L, P = Gap.LINE, Gap.PARAGRAPH


@pytest.mark.parametrize(
    ("inside", "lines"),
    [
        ("<p>a<span>b</span> <b>c</b>\n d", [("ab c d", P)]),
        ("<p>a<br>b<br><br>c", [("a", P), ("b", L), ("c", P)]),
        ("text<div>inner</div>tail", [("text", P), ("inner", P), ("tail", P)]),
        ("<p>a</p>  \n <p> </p><p>b", [("a", P), ("b", P)]),
        ("<ul><li>a<ul><li>b</ul>c<li>d</ul>", [("a", P), ("b", P), ("c", P), ("d", P)]),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c<td>d</table>", [("a b", P), ("c d", L)]),
        ("<dl><dt>k<dd>v</dl>", [("k", P), ("v", P)]),
        ("<p>a<wbr>b <img alt=no>c", [("ab c", P)]),
        ("<p>a<script>no()</script><style>no{}</style><template>no</template><!-- no -->b", [("ab", P)]),
        ("<p>a<select><option>no</select><textarea>no</textarea><svg><title>no</title></svg>b", [("ab", P)]),
        ("<pre>  a\n    b\n</pre><p>c", [("  a", P), ("    b", L), ("c", P)]),
        ("<pre>a\n\nb</pre>", [("a", P), ("b", P)]),
        ("<p>&lt;b&gt; R&amp;D &eacute;", [("<b> R&D é", P)]),
    ],
)
def test_a_line_ends_where_a_browser_breaks_it(inside: str, lines: list[tuple[str, Gap]]) -> None:
    found = html_lines(f"<html><body>{inside}", None)
    assert list(zip(found.text, found.gap, strict=True)) == lines
    assert found.number == list(range(1, len(lines) + 1))


@pytest.mark.parametrize(
    ("inside", "share"),
    [
        ("<p>plain", 0.0),
        ("<p><a href=x>link</a>", 1.0),
        ("<p><a href=x>half</a>text", 0.5),
        ("<p><a href=x> <b>half</b> </a>text.", 0.4),
        ("<p><a href=x>a</a><p>b", 1.0),
        (f"<p><a>two\n{' ' * 40}words</a> and more text", 0.4),
    ],
)
def test_share_of_a_line_in_links(inside: str, share: float) -> None:
    assert html_lines(f"<html><body>{inside}", None).link_share[0] == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize(
    ("inside", "mark"),
    [
        ("<nav><p>x</nav>", Mark.NAV),
        ("<div role=navigation><p>x</div>", Mark.NAV),
        ("<div class=newsletter><p>x</div>", Mark.PROMO),
        ("<div id=comments><p>x</div>", Mark.COMMENTS),
        ("<p itemprop=author>x", Mark.BYLINE),
        ("<p hidden>x", Mark.HIDDEN),
        ("<p style='color: red; display : none'>x", Mark.HIDDEN),
        ("<p aria-hidden=true>x", Mark.HIDDEN),
        ("<p aria-hidden=false>x", 0),
        ("<blockquote><p>x", Mark.QUOTE),
        ("<div><time>4 March</time></div>", Mark.DATE),
        ("<div><span class=byline>Jo</span></div>", Mark.META | Mark.BYLINE),
        ("<p><span hidden>x</span>", Mark.HIDDEN),
    ],
)
def test_elements_claim(inside: str, mark: int) -> None:
    page = f"<html><body>{inside}</body></html>" + f"<p>{PROSE}</p>" * 3
    assert Mark(html_lines(page, None).marks[0]) == Mark(mark)


def test_an_advertisement_amid_a_paragraph_does_not_mark_the_paragraph() -> None:
    page = f"<html><body><div>{PROSE}<span class=ad><div>Buy</div></span></div><p>{PROSE}</p><p>{PROSE}</p>"
    assert html_lines(page, None).marks == [0, int(Mark.PROMO), 0, 0]


@pytest.mark.parametrize(
    "page",
    [
        f"<div class='content sidebar'><p>{PROSE}<p>{PROSE}</div><p>{PROSE}",
        "".join(f"<div class=widget><p>{PROSE}</div>" for _ in range(3)),
        f"<form><div class=popup><p>{PROSE}<p>{PROSE}</div></form>",
    ],
    ids=["one element around most", "many elements together", "nested"],
)
def test_a_claim_on_most_of_the_page_is_dropped(page: str) -> None:
    assert set(html_lines(f"<html><body>{page}", None).marks) == {0}


def test_a_claim_on_a_small_part_stands_and_comments_are_believed_at_any_size() -> None:
    small = f"<html><body><p>{PROSE}<p>{PROSE}<div class=widget><p>{PROSE}"
    assert html_lines(small, None).marks == [0, 0, Mark.ASIDE]
    thread = f"<html><body><p>{PROSE}" + f"<div class=comment><p>{PROSE}</div>" * 3
    assert html_lines(thread, None).marks == [0, *[Mark.COMMENTS] * 3]


@pytest.mark.parametrize("tag", ["p", "li", "tr><td"])
def test_many_elements_without_end_tags_stay_lines(tag: str) -> None:
    opened = "<table>" if tag.startswith("tr") else ""
    assert len(html_lines(f"<html><body>{opened}" + f"<{tag}>A fair wind" * 21_000, None)) == 21_000


def test_deep_nesting_keeps_the_text() -> None:
    page = "<html><body>" + "<div>" * 25_000 + "<p>in the deep" + "</div>" * 25_000 + "<p>after"
    assert " ".join(html_lines(page, None).text).split() == ["in", "the", "deep", "after"]


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<!DOCTYPE html><p>x", True),
        ("\n <!-- saved --> <html lang=en>", True),
        ("<?xml version='1.0'?>\n<html>", True),
        ("<p>One.</p><p>Two.</p>", True),
        ("<b>Bold</b> start of a text.", False),
        ("The tag <html> opens a page.\n<p>", False),
        ("3 < 4", False),
        ("<p>" + "A long text with one stray tag at its start. " * 40 + "</p>", False),
        ("", False),
    ],
)
def test_sniffing(text: str, is_html: bool) -> None:  # noqa: FBT001
    assert looks_like_html(text) is is_html
