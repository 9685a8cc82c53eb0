"""Digests: a page of several articles is taken apart, and a page that only looks like one is not."""

import pytest

from cleaners import clean
from cleaners.labels import Label

TOWNS = ("Tarnholt", "Orlen", "Velt", "Harrow")
TOPICS = (
    ("ferry", "captain", "deck", "rudder", "tide"),
    ("school", "teacher", "roof", "window", "lesson"),
    ("orchard", "farmer", "cellar", "press", "harvest"),
    ("railway", "driver", "signal", "tunnel", "timetable"),
)


def text_of(index: int) -> list[str]:
    town, (thing, person, part, other, last) = TOWNS[index], TOPICS[index]
    return [
        (
            f"The old {thing} of {town} will close in autumn because its {part} can no longer be mended by "
            "anybody in the region."
        ),
        (
            f"A {person} who has worked there for {index + 20} years told the council that the {other} had been "
            "failing since spring."
        ),
        (
            f"Nobody had ordered a new {part}, the {person} said, since the letter lay under a {last} in the "
            f"wrong office of {town}."
        ),
        (
            f"The council will meet in week {index + 30} to hear what a second {thing} costs, and whether the "
            f"{last} can be saved."
        ),
    ]


def headline(index: int) -> str:
    return f"Old {TOPICS[index][0]} of {TOWNS[index]} closes after a long fight"


def reviewed(index: int) -> list[str]:
    town, (thing, _, part, *_) = TOWNS[index], TOPICS[index]
    summary = (
        f"The old {thing} of {town} will close in autumn because its {part} can no longer be mended, the paper says."
    )
    return [headline(index), summary, *text_of(index)]


def stacked(index: int) -> list[str]:
    return [headline(index), f"By Anna Lund, {TOWNS[index]} Post", *text_of(index)]


@pytest.mark.parametrize("shape", [reviewed, stacked])
@pytest.mark.parametrize("count", [3, 4])
def test_each_article_of_a_digest_is_a_part(shape: object, count: int) -> None:
    make = reviewed if shape is reviewed else stacked
    article = clean("\n\n".join(line for index in range(count) for line in make(index)))
    assert article.verdict == "digest"
    assert [part.title for part in article.parts] == [headline(index) for index in range(count)]
    assert [part.body for part in article.parts] == ["\n\n".join(text_of(index)) for index in range(count)]
    assert article.body == "\n\n".join(part.body for part in article.parts)
    first = article.parts[0].lines[:2]
    assert [line.label for line in first] == [Label.TITLE, Label.DEK if shape is reviewed else Label.BYLINE]


def test_the_headline_said_twice_is_one_article() -> None:
    lines = [line for index in range(3) for line in (headline(index), *reviewed(index))]
    assert len(clean("\n\n".join(lines)).parts) == 3


PAGES_OF_ONE = {
    "two articles": [*stacked(0), *stacked(1)],
    "many subheads": ["The long year of the river", "By Anna Lund"]
    + [line for n in range(4) for line in [headline(n), *text_of(n)]],
    "teasers below": [headline(0), *text_of(0), "Most read"]
    + [line for n in range(1, 4) for line in (headline(n), f"{n} March 2031", text_of(n)[0])],
    "comments below": [headline(0), *text_of(0), "4 Comments"]
    + [line for n in range(1, 4) for line in (f"Reader{n} says", f"{n} March 2031", text_of(n)[0], text_of(n)[1])],
    "interview": [headline(0)]
    + [line for n in range(4) for line in (f"What about the {TOPICS[n][0]} in {TOWNS[n]}?", *text_of(n)[:3])],
}


@pytest.mark.parametrize("name", PAGES_OF_ONE)
def test_a_page_of_one_article_is_no_digest(name: str) -> None:
    article = clean("\n\n".join(PAGES_OF_ONE[name]))
    assert article.parts == []
    assert article.verdict == "article"
