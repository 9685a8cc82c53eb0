"""What a line with a colon announces stays together, and lists of links below one go."""

import pytest

from cleaners import clean

HEAD = (
    "Menu\nNews\nSport\nSign in\n{title}\nBy Orla Fenwick\n14 March 2031\n"
    "The Ostley rowing regatta ended on Sunday in rain so heavy that two of the boats had to be bailed out before they "
    "could cross the line, the organisers said.\n"
    "The home club took three of the six cups, among them the one for eights, which had gone to Tarnholt in each of "
    "the last eleven years.\n"
    "“We have waited for this since my father rowed,” said Bram Ostrander, who steered the winning boat and lost his "
    "voice on the way.\n"
)
FOOT = (
    "\nShare this article\nMost read\nBakery on Quay Street closes after ninety years\n"
    "Mayor of Ostley promises a new bridge by autumn\nPrivacy policy\n© 2031 The Ostley Courier. All rights reserved.\n"
)
TITLE = "Ostley wins three cups at a drowned regatta"
RESULTS = ["Eights\tOstley RC\t5:48.2", "Fours\tTarnholt\t6:31.9", "Pairs\tHarl\t7:02.4", "Veterans\tOstley RC\t7:55.1"]


def body_of(ending: str, foot: str) -> list[str]:
    """Give the lines of the body below the three paragraphs."""
    body = clean(HEAD.format(title=TITLE) + ending + foot).body
    return [line for line in body.splitlines() if line][3:]


@pytest.mark.parametrize("foot", [FOOT, "\n"], ids=["page", "alone"])
@pytest.mark.parametrize(
    "lines",
    [
        ["The results of the finals were as follows:", *RESULTS],
        ["The results of the finals were as follows:", *(row.replace("\t", " ") for row in RESULTS)],
        ["The results of the finals were as follows:", *(cell for row in RESULTS for cell in row.split("\t"))],
        ["The club asks those who come next year to bring:", "a bucket", "2 towels", "dry socks", "bread and cheese"],
        [
            "The rower’s daughter read out the verse that he left on the boathouse door:",
            "The river does not know your name",
            "nor what you left behind",
            "it carries all of us the same",
            "and puts us out of mind",
        ],
    ],
    ids=["table", "rows", "cells", "list", "verse"],
)
def test_what_ends_an_article_below_a_colon_stays_whole(lines: list[str], foot: str) -> None:
    assert body_of("\n".join(lines), foot) == lines


def test_teasers_below_a_colon_go() -> None:
    teasers = [
        "You may also like:",
        "Bakery on Quay Street closes after ninety years",
        "Why the storks came back to Lower Tarn",
        "Ferry timetable changes for the summer season",
    ]
    assert body_of("\n".join(teasers), FOOT) == []


def test_the_list_ends_where_longer_lines_begin() -> None:
    lines = ["The club asks those who come next year to bring:", "a bucket", "2 towels", "dry socks"]
    teasers = ["Bakery on Quay Street in Ostley closes after ninety years", "Why the storks came back to Lower Tarn"]
    assert body_of("\n".join([*lines, *teasers]), FOOT) == lines
