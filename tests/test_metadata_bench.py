"""The measuring of metadata: when an answer is right, and floors that only rise."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.corpora import GoldPage
from bench.gold_metadata import Answer, Field, outcome_of, wrong_names
from bench.headlines import learn, written
from bench.metadata_floors import compare, lifted

PAGE = GoldPage(
    corpus="made-up",
    id="1",
    url=None,
    page_type="article",
    language=None,
    body=None,
    title="Storm hits coast",
    authors=["Dr. Mira Holt, Ole Tamm and the Gazette Newsroom"],
    published="2025-09-05",
    present=(),
    absent=(),
    path=Path(),
)


@pytest.mark.parametrize(
    ("name", "answer", "outcome"),
    [
        ("title", Answer(title="STORM hits coast!"), "right"),
        ("title", Answer(title="Storm hits coast - Gazette"), "wrong"),
        ("title", Answer(), "missed"),
        ("authors", Answer(authors=("Ole Tamm", "Mira Holt")), "right"),
        ("authors", Answer(authors=("Mira Holt",)), "wrong"),
        ("published", Answer(days=frozenset({"2025-09-04", "2025-09-05"})), "right"),
        ("published", Answer(days=frozenset({"2025-09-06"})), "wrong"),
    ],
)
def test_an_answer_is_compared_with_its_gold(name: Field, answer: Answer, outcome: str) -> None:
    assert outcome_of(name, PAGE, answer) == outcome


def test_without_gold_an_answer_is_extra_and_none_is_silent() -> None:
    page = replace(PAGE, title=None)
    assert [outcome_of("title", page, answer) for answer in (Answer(title="Storm"), Answer())] == ["extra", "silent"]


def test_names_of_nobody_are_counted() -> None:
    assert wrong_names(PAGE, Answer(authors=("Mira Holt", "Ana Ruiz", "Harbour Gazette"))) == 2


def test_floors_rise_and_ceilings_sink_and_neither_goes_back() -> None:
    floors = {"html title": 0.8, "html names off": 0.1}
    assert lifted(floors, {"html title": 0.8567, "html names off": 0.0612}) == {
        "html title": 0.856,
        "html names off": 0.062,
    }
    assert lifted(floors, {"html title": 0.7, "html names off": 0.2}) == floors


def test_a_figure_beyond_its_floor_fails() -> None:
    floors = {"html title": 0.8, "html names off": 0.1}
    checks = compare("made-up", floors, {"html title": 0.79, "html names off": 0.11})
    assert [check.passed for check in checks] == [False, False]
    assert all(check.passed for check in compare("made-up", floors, {"html title": 0.8, "html names off": 0.1}))


def test_the_fact_that_tells_headlines_gets_the_weight() -> None:
    choices = [([{"short": 1.0}, {"long": 1.0}, {"long": 1.0, "link": 1.0}], [False, True, False])] * 5
    weights = learn(choices)
    assert weights["long"] > 0 > weights["link"]
    assert '"long" = ' in written({"line": weights})
