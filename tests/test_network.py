"""Training: what the networks learn from must not depend on the batch or on chance."""

from pathlib import Path

import numpy as np
import pytest

from bench.corpora import GoldPage
from bench.line_labels import FEWEST_LINES
from bench.network.align import shares
from bench.network.examples import NO_TWIN, UNKNOWN, Example, twins
from bench.network.leaning import NO_LEANING, fitted_leaning, label_f1
from bench.network.selftaught import readings
from cleaners.inputs import LABELS, input_names, inputs
from cleaners.labeller import likeliest, ruled_lines
from cleaners.lines import DocumentLines, line_table
from cleaners.network import _text_around, network
from cleaners.text import text_lines

PAGES = [
    (
        "Home\nSport\nBridge closed in Tarn\nBy Ada Winter\n"
        "The bridge over the Lenn is closed until Friday, the town said on Monday."
    ),
    (
        "The river rose by two metres in the night, and the mayor of Harrow asked for sand bags.\n"
        "Related\nFerry sinks\nAll rights reserved"
    ),
]


def test_a_line_has_the_same_inputs_alone_and_in_a_batch() -> None:
    documents = [text_lines(page)[0] for page in PAGES]
    together = inputs(ruled_lines(line_table(documents)))
    alone = np.concatenate([inputs(ruled_lines(line_table([document]))) for document in documents])
    assert together.shape == (sum(map(len, documents)), len(input_names()))
    assert np.array_equal(together, alone)
    assert np.isfinite(together).all()


def test_a_line_is_gold_where_it_stands_in_order_and_not_where_its_words_recur() -> None:
    lines = ["Read more about the bridge", "The bridge is closed.", "Nobody knows for how long.", "Subscribe now"]
    found = shares(lines, "The bridge is closed.\n\nNobody knows for how long.")
    assert [share > 0.5 for share in found] == [False, True, True, False]


def test_a_label_that_is_too_shy_is_leant_towards_and_one_that_is_right_is_left_alone() -> None:
    names = [label.value for label in LABELS]
    nav, source = names.index("nav"), names.index("source")
    odds = np.full((300, len(LABELS)), 1e-6, np.float32)
    odds[:, nav], odds[:, source] = 0.9, 0.05
    gold = np.full(300, nav)
    gold[:FEWEST_LINES] = source
    odds[:FEWEST_LINES, nav], odds[:FEWEST_LINES, source] = 0.6, 0.4
    is_kept = np.zeros(300, np.bool_)
    leaning = fitted_leaning(gold, odds, is_kept)
    assert label_f1(gold, likeliest(odds, is_kept, NO_LEANING))["source"] == 0
    assert label_f1(gold, likeliest(odds, is_kept, leaning))["source"] == 1
    assert not fitted_leaning(np.full(300, nav), odds, is_kept).any()


def test_no_leaning_turns_kept_lines_into_clutter() -> None:
    odds = np.full((1, len(LABELS)), 1.0 / len(LABELS), np.float32)
    leaning = NO_LEANING.copy()
    leaning[[label.value for label in LABELS].index("nav")] = 9.0
    assert LABELS[likeliest(odds, np.array([True]), leaning)[0]].value in {"body", "heading"}


def _example(style: str, lines: DocumentLines, html: DocumentLines, label: int = UNKNOWN) -> Example:
    page = GoldPage("invented", "1", None, "article", None, None, None, None, None, (), (), Path())
    features = inputs(ruled_lines(line_table([lines]))).astype(np.float16)
    kept = np.full(len(lines), UNKNOWN, np.float32)
    return Example(page, style, 0, lines, kept, np.full(len(lines), label), features, twins(style, lines, html))


def test_a_dump_is_taught_what_was_read_of_the_same_lines_in_the_html() -> None:
    html = text_lines("Home\n\nThe bridge over the Lenn is closed until Friday, the town said.\n\nSubscribe now")[0]
    dump = text_lines("Home\n\nNothing like it\n\nThe bridge over the Lenn is closed until Friday, the town said.")[0]
    page = [_example("html", html, html), _example("dump", dump, html)]
    assert page[1].twin.tolist() == [0, UNKNOWN, 1]
    taught = readings(network("label"), [page])
    of_html, of_dump = taught[id(page[0])], taught[id(page[1])]
    assert np.array_equal(of_dump[[0, 2]], of_html[[0, 1]])
    assert not of_dump[1].any()


def test_a_page_labelled_by_hand_is_not_taught_otherwise() -> None:
    lines = text_lines(PAGES[0])[0]
    assert not readings(network("label"), [[_example("html", lines, lines, label=0)]])
    assert twins("wrapped", lines, lines) is NO_TWIN


def test_what_stands_above_and_below_a_line_makes_up_the_text() -> None:
    around = _text_around(np.array([2, 0, 6, 5], np.float32), np.array([3, 1]))
    assert around[:, 0].tolist() == pytest.approx([0, 2 / 9, 2 / 9, 0])
    assert around[:, 1].tolist() == pytest.approx([6 / 9, 6 / 9, 0, 0])
