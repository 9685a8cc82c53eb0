"""The study of a learned labeller: what it learns from must not depend on the batch or on chance."""

import numpy as np

from bench.network.align import shares
from bench.network.inputs import input_names, inputs
from cleaners.labeller import label_lines
from cleaners.lines import line_table
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
    together = inputs(label_lines(line_table(documents)))
    alone = np.concatenate([inputs(label_lines(line_table([document]))) for document in documents])
    assert together.shape == (sum(map(len, documents)), len(input_names()))
    assert np.array_equal(together, alone)
    assert np.isfinite(together).all()


def test_a_line_is_gold_where_it_stands_in_order_and_not_where_its_words_recur() -> None:
    lines = ["Read more about the bridge", "The bridge is closed.", "Nobody knows for how long.", "Subscribe now"]
    found = shares(lines, "The bridge is closed.\n\nNobody knows for how long.")
    assert [share > 0.5 for share in found] == [False, True, True, False]
