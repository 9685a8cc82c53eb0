"""Labels of whole small pages: what a line is by its place among the others."""

import pytest

from cleaners import clean
from cleaners.labels import Label
from cleaners.page import Line
from cleaners.second_opinion import second_opinion

TITLE = "Bridge opens in Tarnholt after three years"
A = (
    "The mayor of Tarnholt said on Monday that the new bridge would open to all traffic in the spring, and "
    "not a day before that."
)
B = (
    "Workers have spent three winters on the piers, the engineers told the council, and the last cable was "
    "strung under heavy rain."
)
C = (
    "Shopkeepers on the far bank expect more customers, while the ferryman, who is sixty, plans to mend his "
    "nets and to sleep longer."
)
D = (
    "The council had first asked for money in a year of floods, when the old bridge was closed for months "
    "and the harbour lay idle."
)
E = (
    "Nobody knows yet what the toll will be, and the vicar has already announced that he, for one, is not "
    "going to pay any of it."
)
BIO = "Anna Lund is a staff writer at the Elm Post."


def labels_of(*texts: str) -> list[str]:
    """Label a page: each line's label, in order."""
    article = clean("\n".join(texts))
    assert [line.text for line in article.lines] == list(texts)
    return [line.label.value for line in article.lines]


def case(name: str, texts: list[str], labels: str) -> object:
    return pytest.param(texts, labels, id=name)


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        case(
            "title above byline and date", [TITLE, "By Anna Lund", "4 March 2031", A, B], "title byline date body body"
        ),
        case("title below a menu", ["Home", "Sport", TITLE, A, B, C], "nav nav title body body body"),
        case("title said twice", [TITLE, "By Anna Lund", TITLE, A, B, C], "title byline title body body body"),
        case("subhead", [TITLE, A, B, "Why the piers sank", C, D], "title body body heading body body"),
        case(
            "comments below",
            [TITLE, A, B, C, "3 Comments", "I like it.", D],
            "title body body body comments comments comments",
        ),
        case("comments counter above", ["12 comments", TITLE, A, B, C], "comments title body body body"),
        case(
            "comments in prose",
            [TITLE, A, "Comments by the mayor were not to be had, since he had left.", B],
            "title body body body",
        ),
        case(
            "related box amid the text",
            [TITLE, A, B, C, "Most read", "Ferry sinks off Orlen in the night", "Mayor of Velt resigns at last", D, E],
            "title body body body related related related body body",
        ),
        case(
            "related links below",
            [TITLE, A, B, C, "Most read", "Ferry sinks off Orlen in the night", "Mayor of Velt resigns at last"],
            "title body body body related related related",
        ),
        case("bio below", [TITLE, A, B, C, "About the author", BIO], "title body body body bio bio"),
        case(
            "author in prose",
            [TITLE, A, "About the author of the plan little is known, the mayor said.", B],
            "title body body body",
        ),
        case(
            "caption twins",
            [TITLE, A, "The bridge at dusk", "Image:", "The bridge at dusk", B, C],
            "title body caption media caption body body",
        ),
        case("closing lines", [TITLE, A, B, C, "He smiled.", "And he left."], "title body body body body body"),
        case("share bar", [TITLE, A, B, C, "Share", "Facebook"], "title body body body share share"),
        case("advertisement amid the text", [TITLE, A, "Advertisement", B, C], "title body promo body body"),
        case(
            "cookies in prose",
            [TITLE, A, B, "The shop uses cookies, and the baker bakes some, she said.", C],
            "title body body body body",
        ),
        case(
            "newsletter in prose",
            [TITLE, A, B, "The parish asked all to sign up for our newsletter, as it put it.", C],
            "title body body body body",
        ),
        pytest.param(
            [TITLE, A, B, "Discussion", C, D, E, A + " Again."],
            "title body body heading body body body body",
            id="discussion of a study",
        ),
        pytest.param(
            [TITLE, A, B, "Reactions", C, D, E, A + " Again."],
            "title body body heading body body body body",
            id="reactions in the news",
        ),
    ],
)
def test_labels(texts: list[str], labels: str) -> None:
    assert labels_of(*texts) == labels.split()


@pytest.mark.parametrize(
    "day",
    [
        "March 4, 2031",
        "4 March 2031",
    ],
)
def test_a_dated_caption_stands_above_its_credit(day: str) -> None:
    dated = f"Workers on the piers of the new bridge of Tarnholt on {day}."
    assert labels_of(TITLE, A, B, dated, "Photo: J. Velt", C, D)[3:5] == ["caption", "caption"]


def test_a_second_opinion_keeps_paragraphs_that_were_lost() -> None:
    page = f"<html><body><article>{''.join(f'<p>{text}</p>' for text in (A, B, C))}</article></body></html>"
    lost = [Line(1, text, Label.RELATED, kept=False, confidence=0.8, reason="a test") for text in (A, B, C)]
    assert all(line.kept for line in second_opinion(page, lost))


def test_a_second_opinion_does_not_keep_menu_words_that_occur_in_the_text() -> None:
    page = "<html><body><nav>Tarnholt</nav><article>" + "".join(f"<p>{text}</p>" for text in (A, B, C))
    menu = [
        Line(1, "Tarnholt", Label.NAV, kept=False, confidence=0.8, reason="menu item"),
        Line(2, "The council", Label.NAV, kept=False, confidence=0.8, reason="menu item"),
    ]
    assert not any(line.kept for line in second_opinion(page, menu))
