"""Plain text → lines: wrapped text rejoined, leftover tags out, a giant line in sentences; verse and lists spared."""

import doctest

import pytest

from cleaners import clean, text
from cleaners.lines import Gap
from cleaners.text import text_lines, without_tags

WRAPPED = """The lighthouse of Skelmore has been dark since the storm of the ninth, and
the keeper's daughter says that nobody from the coast guard has called on
them since. She lights a lamp in the kitchen window every night, she says,
for the two boats that still go out, and she counts them home at dawn when
the fog allows it. The coast guard said on Thursday that a new lens was on
its way and that it would be in place before the herring came back north.
Until then the boats were told to keep to the channel and to sail by day."""
VERSE = """The heron stands where the river bends,
and counts the boats as they go by,
the ferryman waves, the daylight ends,
the heron keeps his yellow eye
on what the water sends or lends
and what the fishermen deny
until the last of all his friends
has gone to bed beneath the sky."""
ITEMS = "\n".join(f"- a coil of rope of the good old kind, number {n}, as it was sold in the harbour" for n in range(9))
TABLE = "\n".join(
    f"Harbour of {town:<20}   {n},203 boats of all kinds    {n} ferries" for n, town in enumerate("ABCDEFGHI")
)
JAPANESE = "橋は月曜日に開通し、市長は多くの市民の前で演説を行い、長い工事に携わった人々に感謝の言葉を述べた。"
PARAGRAPHS = "\n".join(
    f"Man number {n} said that {'a' * n} boat had left the harbour before the storm." for n in range(9)
)


def test_examples_in_the_room() -> None:
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize("breaks", ["\n\n", "\n\n\n"])
def test_wrapped_paragraphs_are_joined(breaks: str) -> None:
    block = WRAPPED.removesuffix(" and to sail by day.") + "."
    lines, mended = text_lines(breaks.join([block, block]))
    assert lines.text == [block.replace("\n", " ")] * 2
    assert lines.number == [1, 7 + len(breaks)]
    assert mended == ("wrapping",)


def test_a_blank_line_ends_a_wrapped_paragraph_whose_last_line_is_full() -> None:
    lines, _ = text_lines(f"{WRAPPED}\n\n{WRAPPED}")
    assert lines.text == [WRAPPED.replace("\n", " ")] * 2


def test_a_word_parted_at_a_hyphen_keeps_it() -> None:
    lines, _ = text_lines(WRAPPED.replace("the ninth, and\nthe keeper's daughter", "the thirty-\nfirst, so the keeper"))
    assert "thirty-first" in lines.text[0]


def test_a_dash_at_the_end_of_a_line_is_no_hyphen() -> None:
    lines, _ = text_lines(WRAPPED.replace("ninth, and\nthe keeper's daughter", "ninth -\nmind you, the keeper"))
    assert "ninth - mind" in lines.text[0]


@pytest.mark.parametrize(
    "text",
    [
        VERSE,
        ITEMS,
        TABLE,
        PARAGRAPHS,
        "\n".join(["A boat", "A net", "A lamp"] * 5),
        ("\n".join([JAPANESE] * 9)),
    ],
    ids=["verse", "list", "table", "paragraphs", "short lines", "Japanese paragraphs"],
)
def test_what_was_not_wrapped_is_left_alone(text: str) -> None:
    lines, mended = text_lines(text)
    assert lines.text == [line.strip() for line in text.split("\n")]
    assert mended == ()


def test_blank_lines_part_blocks_only_where_there_are_some() -> None:
    assert text_lines("a\nb\nc")[0].gap == [Gap.PARAGRAPH] * 3
    assert text_lines("a\nb\n\nc\nd")[0].gap == [Gap.PARAGRAPH, Gap.LINE, Gap.PARAGRAPH, Gap.LINE]
    assert text_lines("\n\n a \n \nb\n\nc")[0].number == [3, 5, 7]


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        ("The <b>bridge</b> is <i>open</i>.", ["The bridge is open."]),
        ("One.<br>Two.<p>Three.</p>", ["One.", "Two.", "Three."]),
        ("It holds for x < y > z.", ["It holds for x < y > z."]),
        ("I <3 the bridge, 3 < 4 and 5 > 2.", ["I <3 the bridge, 3 < 4 and 5 > 2."]),
        ("I <3 the <b>bridge</b>, 3 < 4.", ["I <3 the bridge, 3 < 4."]),
        ("<script>var x = 1;</script>The bridge.", ["The bridge."]),
        ("Write to <anna@elm-post.test>.", ["Write to <anna@elm-post.test>."]),
        ("If a<b holds for all.<br>Next.", ["If a<b holds for all.", "Next."]),
        ("Ask <anna@x.test>, <b>she</b> knows.", ["Ask <anna@x.test>, she knows."]),
        ("At /?a=1&copy=2 <b>now</b>.", ["At /?a=1&copy=2 now."]),
        ("The <script> tag is <b>old</b> news.", ["The tag is old news."]),
    ],
)
def test_leftover_tags(line: str, pieces: list[str]) -> None:
    assert [" ".join(piece.split()) for piece in without_tags(line)] == pieces


SENTENCES = [
    f"Dr. Velt of Orlen counted {n} boats, and J. Lund counted the nets at No. {n} of the quay." for n in range(30)
]


def test_a_giant_line_is_cut_into_sentences_and_put_together_again() -> None:
    giant = " ".join(SENTENCES)
    lines, _ = text_lines(giant)
    assert lines.text == SENTENCES
    assert set(lines.number) == {1}
    assert lines.gap == [Gap.PARAGRAPH, *[Gap.NONE] * 29]
    article = clean(giant)
    assert article.body == giant
    assert article.paragraph_count == 1


def test_a_giant_line_of_hindi_is_cut_at_each_danda() -> None:
    sentences = ["घाट का पुल सोमवार को फिर खुल गया।", "मेयर ने कहा कि मरम्मत में तीन साल लगे।"] * 20
    assert text_lines(" ".join(sentences))[0].text == sentences


def test_a_long_paragraph_among_others_stays_whole() -> None:
    paragraph = " ".join(SENTENCES)
    assert text_lines("\n\n".join([paragraph] * 3))[0].text == [paragraph] * 3
