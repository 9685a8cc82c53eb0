"""What the names of elements claim."""

import doctest

import pytest

from cleaners import claims
from cleaners.claims import marks_of_name
from cleaners.lines import Mark


def test_examples_in_the_room() -> None:
    assert doctest.testmod(claims).failed == 0


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("story-barcelona", 0),
        ("elementor-widget", 0),
        ("has-sidebar", 0),
        ("load-more", 0),
        ("Authority", 0),
        ("header", 0),
        ("adSlot", Mark.PROMO),
        ("site-footer", Mark.FOOTER),
        ("read-more", Mark.RELATED),
        ("readMore", Mark.RELATED),
        ("WidgetRelated", Mark.ASIDE | Mark.RELATED),
        ("comments-area", Mark.COMMENTS),
        ("wide share-bar", Mark.SHARE),
        ("sr-only", Mark.HIDDEN),
        ("not-hidden", 0),
    ],
)
def test_names_claim_by_whole_words(name: str, mark: int) -> None:
    assert Mark(marks_of_name(name)) == Mark(mark)
