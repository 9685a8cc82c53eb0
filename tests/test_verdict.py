"""Verdicts: what a page is, from its labelled lines."""

import pytest

from cleaners.labels import KEPT, Label
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


def test_the_reason_tells_the_numbers() -> None:
    assert judge(lines("body"), 200, parts=0).reason == "200 words of running text"
    assert judge(lines("body"), 900, parts=4).reason == "4 articles stand one after the other"
