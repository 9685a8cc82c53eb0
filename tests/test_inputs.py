"""What the networks read of a line: the same in whatever company, in bounded time, each input with a word for it."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners import Page, clean_many
from cleaners.boxes import BOX_COLUMNS, Boxes
from cleaners.characters import CHARACTER_COLUMNS, Characters
from cleaners.html import html_lines
from cleaners.inputs import LABELS, input_names, inputs
from cleaners.labeller import ruled_lines
from cleaners.lines import line_table
from cleaners.network import network
from cleaners.reasons import kind_of, learned_reasons
from cleaners.text import text_lines

LINES = st.lists(st.text(max_size=30).map(lambda text: " ".join(text.split())), min_size=1, max_size=6)


@given(LINES)
def test_characters_are_counted_as_one_by_one(lines: list[str]) -> None:
    characters = Characters.of(pl.Series(lines, dtype=pl.String))
    found = characters.measures(np.ones(len(lines), np.float32))
    by_name = dict(zip(CHARACTER_COLUMNS, found.T, strict=True))
    for place, line in enumerate(lines):
        assert by_name["starts_digit"][place] == (line[:1].isdecimal() and ord(line[0]) < 0x10000)
        assert by_name["has_at"][place] == ("@" in line)
        assert by_name["brackets"][place] == min(4, sum(sign in "()[]" for sign in line)) / 2
        assert by_name["ends_bang"][place] == line.endswith("!")


@pytest.mark.parametrize(
    ("line", "words", "sentences"),
    [
        ("\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u093f\u0924\u093e\u092c\u0947\u0902\u0964", 2, 1),
        ("\u09ac\u09be\u0982\u09b2\u09be\u09b0 \u09a8\u09a6\u09c0\u0997\u09c1\u09b2\u09bf\u0964", 2, 1),
        ("The mayor smiled.", 2, 1),
    ],
    ids=["Hindi", "Bengali", "English"],
)
def test_marks_upon_letters_part_no_word_and_a_danda_ends_a_sentence(line: str, words: int, sentences: int) -> None:
    characters = Characters.of(pl.Series([line]))
    by_name = dict(zip(CHARACTER_COLUMNS, characters.measures(np.ones(1, np.float32))[0], strict=True))
    assert len(characters.words()[0]) == words
    assert by_name["sentences"] == pytest.approx(sentences / 3)


@given(LINES, LINES)
def test_edges_are_those_of_the_own_document(above: list[str], below: list[str]) -> None:
    def edges(lines: list[str], docs: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return Characters.of(pl.Series(lines, dtype=pl.String)).edges(np.array(docs))

    together = edges([*above, *below], [0] * len(above) + [1] * len(below))
    assert np.array_equal(together[: len(above)], edges(above, [0] * len(above)))
    assert np.array_equal(together[len(above) :], edges(below, [0] * len(below)))


def test_lines_that_end_alike_in_two_documents_are_not_taken_together() -> None:
    pages = [
        Page("The ferry sails again.\nThe mayor said so (on Monday)"),
        Page("A second ferry (a small one)\nIt is new."),
    ]
    alone = [next(clean_many([page])) for page in pages]
    assert list(clean_many(pages)) == alone
    assert list(clean_many(pages[::-1])) == alone[::-1]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1)), max_size=40))
def test_the_box_around_a_box_holds_more_lines(steps: list[tuple[bool, int]]) -> None:
    boxes, lines = Boxes(), 0
    for is_deeper, more in steps:
        if is_deeper or len(boxes.open) == 1:
            boxes.enter("div", lines)
        else:
            boxes.leave(lines)
        lines += more
    while len(boxes.open) > 1:
        boxes.leave(lines)
    boxes.end[0] = lines
    outer = boxes.outer()
    for box in range(1, len(boxes.name)):
        climbed = boxes.parent[box]
        while climbed and boxes.size(climbed) == boxes.size(box):
            climbed = boxes.parent[climbed]
        assert outer[box] == climbed


def test_a_deep_tree_takes_time_by_its_size() -> None:
    def steps(depth: int) -> int:
        counted = Counter[str]()

        class Counting(Boxes):
            def size(self, box: int) -> int:
                counted["size"] += 1
                return super().size(box)

        boxes = Counting()
        for line in range(depth):
            boxes.enter("div", line)
        for _ in range(depth):
            boxes.leave(depth)
        boxes.end[0] = depth
        boxes.steps(depth // 2, boxes.outer())
        return counted["size"]

    assert steps(2000) < 3 * steps(1000)


def test_boxes_of_a_page_are_finite_and_have_a_name_each() -> None:
    page = "<body><div><p>The ferry sails.</p><div></div><ul><li>One<li>Two</ul></div><section>Three</section></body>"
    found = html_lines(page, None).boxes
    assert found is not None
    assert found.shape == (4, len(BOX_COLUMNS))
    assert np.isfinite(found).all()


def test_every_input_has_a_word_for_what_it_says() -> None:
    assert all(kind_of(name) for name in input_names())


def test_a_reason_names_only_what_spoke_for_the_label() -> None:
    names = ("link_share", "place", "repeats")
    reasons = learned_reasons(np.array([[1.0, -1.0, 0.0], [1.0, 2.0, 0.0]], np.float32), names)
    assert reasons.to_list() == ["learned: its links", "learned: its place in the page, its links"]


def test_the_networks_read_a_document_the_same_alone_and_among_others() -> None:
    pages = [
        "Home\nSport\nThe bridge is closed, the town said on Monday.",
        "Ferry sinks\nThe river rose.\nAll rights reserved",
    ]
    documents = [text_lines(page)[0] for page in pages]
    table = inputs(ruled_lines(line_table(documents)))
    lengths = np.array([len(document) for document in documents])
    for part in ("text", "label"):
        together = network(part).read(table, lengths).scores
        assert together.shape == (lengths.sum(), len(LABELS))
        assert np.array_equal(together[: lengths[0]], network(part).read(table[: lengths[0]], lengths[:1]).scores)
