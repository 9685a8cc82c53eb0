"""The public face: what `from cleaners import ...` promises."""

import doctest
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

import cleaners
from cleaners import Article, Label, Page, clean, clean_many

PROSE = (
    "The mayor of Tarnholt said on Monday that the new bridge would open to all traffic in the spring, and not before.",
    "Workers have spent three winters on the piers, and the last of the cables was strung in October under heavy rain.",
)
PAGE = (
    "<html><head><title>Bridge opens</title></head><body><h1>Bridge "
    f"opens</h1><p>{PROSE[0]}</p><p>{PROSE[1]}</p></body></html>"
)


def test_examples_in_the_room() -> None:
    assert doctest.testmod(cleaners).failed == 0


def test_all_names_are_there() -> None:
    assert all(hasattr(cleaners, name) for name in cleaners.__all__)


@pytest.mark.parametrize("raw", [PAGE, PAGE.encode(), PAGE.encode("utf-16")], ids=["str", "UTF-8", "UTF-16"])
def test_text_and_bytes_give_the_same_article(raw: str | bytes) -> None:
    article = clean(raw, url="https://www.elm-post.test/bridge")
    assert isinstance(article, Article)
    assert article.body == "\n\n".join(PROSE)
    assert (article.title, article.verdict, article.parts) == ("Bridge opens", "article", [])
    assert article.url == "https://www.elm-post.test/bridge"


def test_kind_decides_over_the_content() -> None:
    assert clean("x <b>y</b>", kind="html").body == "x y"
    as_text = clean("x > y & <i>z</i>", kind="text")
    assert as_text.body == "x > y & z"
    assert as_text.repairs == ["markup"]


def test_lines_say_what_was_decided() -> None:
    article = clean(f"Log in\n{PROSE[0]}\n{PROSE[1]}\n© 2031 Elm Post. All rights reserved.")
    assert [line.label for line in article.lines] == [Label.NAV, Label.BODY, Label.BODY, Label.LEGAL]
    assert [line.number for line in article.lines] == [1, 2, 3, 4]
    assert [line.kept for line in article.lines] == [False, True, True, False]
    assert all(0 <= line.confidence <= 1 and line.reason for line in article.lines)
    assert article.lines[0].label == "nav"


def test_what_the_source_says_wins() -> None:
    published = datetime(2031, 3, 4, 10, 15, tzinfo=UTC)
    fields = {"title": "The given title", "authors": ["Anna Lund"], "published": published.isoformat()}
    article = next(clean_many([Page(PAGE, fields=fields)]))
    assert (article.title, article.authors, article.published) == ("The given title", ["Anna Lund"], published)


def test_parts_of_a_digest_have_titles_of_their_own() -> None:
    towns = ("Tarnholt", "Orlen", "Velt", "Harrow")
    digest = "\n\n".join(
        f"Council of {town} decides on the money\n\nBy Anna Lund, {town} Post\n\n"
        + "\n\n".join(f"In {town} it was so on day {n}: {PROSE[n % 2]}" for n in range(4))
        for town in towns
    )
    article = next(clean_many([Page(digest, fields={"title": "Press review"})]))
    assert article.title == "Press review"
    assert [part.title for part in article.parts] == [f"Council of {town} decides on the money" for town in towns]


@pytest.mark.parametrize(
    ("raw", "verdict"), [("", "empty"), (" \n\t", "empty"), (b"\x7fELF\x02\x01", "not_text"), (b"\n", "empty")]
)
def test_what_cannot_be_cleaned_says_so(raw: str | bytes, verdict: str) -> None:
    article = clean(raw, url="https://elm-post.test/")
    assert (article.verdict, article.body, article.lines, article.url) == (verdict, "", [], "https://elm-post.test/")
    assert article.verdict_reason


def test_many_pages_come_one_by_one_and_errors_of_the_source_come_through() -> None:
    def broken() -> Iterator[Page]:
        yield Page(PROSE[0])
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(clean_many(broken()))
    assert list(clean_many([])) == []


def test_pages_and_lines_cannot_be_changed() -> None:
    article = clean(PROSE[0])
    with pytest.raises(FrozenInstanceError):
        article.body = ""  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        article.lines[0].text = ""  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["pdf", "auto", ""])
def test_a_kind_that_is_none_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=f"'html', 'text' or None, not '{kind}'"):
        clean(PAGE, kind=kind)  # type: ignore[arg-type]
