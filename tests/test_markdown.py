"""Markdown → lines: what is taken for Markdown, what is spared, and what its front matter says."""

import pytest

from cleaners import clean
from cleaners.head import FRONT_MATTER
from cleaners.lines import Mark
from cleaners.markdown import looks_like_markdown, markdown_lines

PROSE = (
    "The mayor of Tarnholt said on Monday that the new bridge would open to all traffic in the spring, and not before."
)


@pytest.mark.parametrize(
    ("text", "is_markdown"),
    [
        ("# Bridge\n\nThe **new** bridge.", True),
        ("---\ntitle: Bridge\n---\n\nSee [it](https://x.test).", True),
        ("[a](/a) and [b](/b) and [c](./c)", True),
        ("# 1\nThe winner was Lund.", False),
        ("The *new* bridge cost 3 * 4 * 5.", False),
        ("> quoted mail\n\nAnd the answer.", False),
        ("In [brackets](aside) only [sic](so).", False),
        ("---\nA rule above\n---\n", False),
        ("", False),
    ],
)
def test_sniffing(text: str, is_markdown: bool) -> None:  # noqa: FBT001
    assert looks_like_markdown(text) is is_markdown


def test_structure_becomes_hints() -> None:
    lines = markdown_lines(
        "# Bridge\n\nThe **new**\nbridge.\n\n- a\n- b\n\n> said\n\n[all](https://x.test)\n\n    code()", None
    )
    assert lines.text == ["Bridge", "The new bridge.", "a", "b", "said", "all", "code()"]
    assert lines.tag[0] == "h1"
    assert lines.link_share == [0, 0, 0, 0, 0, 1, 0]
    assert lines.marks[2] == lines.marks[3] == Mark.LIST
    assert lines.marks[4] == Mark.QUOTE


def test_front_matter_stands_in_the_ledger_and_in_the_metadata() -> None:
    article = clean(
        "---\ntitle: 'Bridge: the end'\nauthor: Anna Lund\ntags: [piers, boats]\n---\n# Bridge: the "
        f"end\n\n{PROSE}\n\n**{PROSE}**\n"
    )
    assert article.title == "Bridge: the end"
    assert article.authors == ["Anna Lund"]
    assert article.tags == ["piers", "boats"]
    assert [(line.number, line.kept) for line in article.lines[:3]] == [(2, False), (3, False), (4, False)]
    assert article.body == f"{PROSE}\n\n{PROSE}"


def test_front_matter_has_numbers_of_its_own() -> None:
    lines = markdown_lines(f"---\ntitle: x\ndate: 2031-03-04\n---\n# x\n\n{PROSE}", None)
    assert lines.tag[:2] == [FRONT_MATTER, FRONT_MATTER]
    assert lines.number == sorted(set(lines.number))


def titled(entry: str) -> str | None:
    """Give the title of a text with a heading of its own and a front matter that holds one entry."""
    return clean(f"---\n{entry}\n---\n# The bridge of Tarnholt\n\n{PROSE}\n\n**{PROSE}**\n").title


@pytest.mark.parametrize(
    "title",
    [
        'The "Bridge"',
        "'Tis the season",
        "Bridge opens [updated]",
        "[Piers, boats]",
        "Bridge in F# and C#",
        "Untitled bridge",
    ],
)
def test_quotes_brackets_and_signs_of_a_title_stay(title: str) -> None:
    assert titled(f"title: {title}") == title


@pytest.mark.parametrize(
    "title",
    [">", "|-", "[]", ",", "''", '""', "# later", "'' # later", "~", "null", "Untitled", "'(untitled)'", "無題"],
)
def test_what_is_no_title_in_front_matter_is_as_if_missing(title: str) -> None:
    assert titled(f"title: {title}") == titled("draft: true") == "The bridge of Tarnholt"


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("Bridge opens # a draft", "Bridge opens"),
        ("Bridge #2 opens", "Bridge"),
        ("'Bridge #2 opens' # a draft", "Bridge #2 opens"),
        ('"Bridge #2 opens"', "Bridge #2 opens"),
        ("[Piers #2, boats] # a draft", "[Piers #2, boats]"),
    ],
)
def test_a_comment_behind_a_value_is_cut(value: str, title: str) -> None:
    assert titled(f"title: {value}") == title


@pytest.mark.parametrize(
    "entry",
    ["title: Ferries\nseo:\n  title:\n", "title: Ferries\ncover:\n  title: The pier at dusk", 'title: ["Ferries"]'],
)
def test_the_title_is_that_of_the_article_itself(entry: str) -> None:
    assert titled(entry) == "Ferries"


def test_lists_in_front_matter_end_before_a_comment() -> None:
    article = clean(f"---\nauthor: Anna Lund # by mail\ntags: [piers, boats] # two\n---\n# Bridge\n\n**{PROSE}**\n")
    assert article.authors == ["Anna Lund"]
    assert article.tags == ["piers", "boats"]


def test_a_year_at_the_start_of_a_paragraph_stays() -> None:
    assert (
        "1986" in clean(f"# Bridge\n\n**{PROSE}**\n\n1986. That was the year of the flood, and of the great fire.").body
    )
