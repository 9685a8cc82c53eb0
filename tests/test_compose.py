"""Labelled lines → the body: gaps, counts, signals."""

import pytest

from cleaners.compose import compose, word_count
from cleaners.labels import KEPT, Label
from cleaners.lines import Gap
from cleaners.page import Line, Signals

N, L, P = Gap.NONE, Gap.LINE, Gap.PARAGRAPH


def line(text: str, label: Label = Label.BODY) -> Line:
    return Line(1, text, label, label in KEPT, 0.8, "a test")


@pytest.mark.parametrize(
    ("gaps", "body"),
    [
        ([P, P, P], "a\n\nb\n\nc"),
        ([P, L, P], "a\nb\n\nc"),
        ([N, N, N], "a b c"),
        ([L, N, L], "a b\nc"),
    ],
)
def test_gaps_part_what_stays_together(gaps: list[Gap], body: str) -> None:
    assert compose([line("a"), line("b"), line("c")], gaps).body == body


@pytest.mark.parametrize("gap", Gap)
def test_what_stood_around_a_lost_line_is_a_new_paragraph(gap: Gap) -> None:
    composed = compose([line("a"), line("Share", Label.SHARE), line("b")], [P, gap, gap])
    assert (composed.body, composed.paragraph_count) == ("a\n\nb", 2)
    assert (composed.kept_chars, composed.removed_chars) == (2, 5)


def test_nothing_kept() -> None:
    composed = compose([line("Share", Label.SHARE)], [P])
    assert (composed.body, composed.word_count, composed.paragraph_count) == ("", 0, 0)
    assert composed.signals == Signals(line_count=1)
    assert compose([], []).body == ""


def test_headings_stand_in_the_body_and_titles_do_not() -> None:
    assert compose([line("T", Label.TITLE), line("H", Label.HEADING), line("b")], [P, P, P]).body == "H\n\nb"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Two words", 2),
        ("It's 3.5 m", 5),
        ("天気予報です", 3),
        ("天気 at 5", 3),
        ("สวัสดี", 3),
        ("Straße über", 2),
        ("한국어 뉴스", 2),
    ],
)
def test_words(text: str, count: int) -> None:
    assert word_count(text) == count


def test_signals_are_of_the_body() -> None:
    texts = ["AB1.", "AB1.", "A sentence that is long enough to count as prose."]
    signals = compose([*map(line, texts), line("9999", Label.NAV)], [P] * 4).signals
    chars = sum(map(len, texts)) + 4
    assert signals.line_count == 4
    assert signals.kept_line_count == 3
    assert signals.prose_line_share == pytest.approx(1 / 3)
    assert signals.digit_share == pytest.approx(2 / chars)
    assert signals.upper_share == pytest.approx(5 / chars)
    assert signals.symbol_share == pytest.approx(3 / chars)
    assert signals.duplicate_line_share == pytest.approx(1 / 3)


def test_replacement_characters_are_counted() -> None:
    assert (
        compose([line("a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}")], [P]).signals.replacement_char_count == 2
    )
