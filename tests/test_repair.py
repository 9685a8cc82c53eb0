"""Repair: what is mended, what is spared, and the laws that hold for any text."""

import doctest
import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaners import invisible, mojibake, repair
from cleaners.repair import repair_lines

CASES = tomllib.loads((Path(__file__).parent / "data" / "repair_cases.toml").read_text("utf-8"))
TEXTS = tomllib.loads((Path(__file__).parent / "data" / "decode_texts.toml").read_text("utf-8"))
DATA = Path(os.environ.get("COPYDESK_DATA", "../shared"))


def ids(case: dict[str, object]) -> str:
    return str(case["title"])


@pytest.mark.parametrize("case", CASES["mended"], ids=ids)
def test_mended(case: dict[str, object]) -> None:
    repaired = repair.repair(str(case["raw"]), is_html=False)
    assert (repaired.text, list(repaired.repairs)) == (case["clean"], case["repairs"])


@pytest.mark.parametrize("case", CASES["spared"], ids=ids)
def test_spared(case: dict[str, object]) -> None:
    assert repair.repair(str(case["text"]), is_html=False) == repair.Repaired(str(case["text"]), ())
    assert repair.repair(str(case["text"]), is_html=True) == repair.Repaired(str(case["text"]), ())


@pytest.mark.xfail(reason="ftfy sees mojibake of these code pages in part or not at all")
@pytest.mark.parametrize("case", CASES["failing"], ids=ids)
def test_known_failure(case: dict[str, object]) -> None:
    assert repair.repair(str(case["raw"]), is_html=False).text == case["clean"]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_mojibake_of_each_language_is_undone(language: str, codec: str) -> None:
    for sentence in TEXTS[language]["sentences"]:
        wrong = "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in sentence.encode())
        assert repair.repair(wrong, is_html=False).text == sentence


@pytest.mark.parametrize("language", TEXTS)
def test_clean_sentences_of_each_language_are_left_alone(language: str) -> None:
    text = "\n".join(TEXTS[language]["sentences"])
    assert repair.repair(text, is_html=False) == repair.Repaired(text, ())


def test_surrogates_are_joined_or_replaced() -> None:
    repaired = repair.repair("\ud83d\ude00 and \udc80 \ud83d", is_html=False)
    assert repaired == repair.Repaired("\N{GRINNING FACE} and \ufffd \ufffd", ("surrogates",))


def test_parsed_pages_keep_the_entities_that_show_code() -> None:
    lines, repairs = repair_lines(["Use &lt;b&gt; &amp;amp; &quot;x&quot;", "R&amp;D"], is_html=True)
    assert lines == ['Use &lt;b&gt; &amp;amp; "x"', "R&amp;D"]
    assert repairs == ("entities",)


def test_a_break_inside_a_line_becomes_a_space() -> None:
    assert repair_lines(["one\N{LINE SEPARATOR}two", "a&#10;b\nc"], is_html=False)[0] == ["one two", "a b c"]


def test_nested_escapes_and_long_runs_take_linear_time() -> None:
    """Each of these takes minutes where a regex tries every start of a run."""
    for piece in ("&amp;", " ", "\N{NO-BREAK SPACE} ", "\x1b[0", "&#", "Ã", "\N{ZERO WIDTH JOINER}", "<a ", "\u202a"):
        repair.repair(piece * 50_000 + "\N{NO-BREAK SPACE}x\x00", is_html=False)


ROUGH = st.text(
    st.sampled_from(
        "aZ é.&;#x3amplt<>\u00a0\u00ad\u200b\u200c\u200d\u2028\u200e\u202a\u202c\ufeff\ufffd\uffff\r\n"
        "\t\x00\x1b[m\x85\x9dÃÂâ€™œ©\N{SINGLE LOW-9 QUOTATION MARK}√ "
        "\ud83d\ude00नक\u094dमی\U0001f469\U0001f680\u2069\u2068ש"
    ),
    max_size=40,
)
ANY = st.text(st.characters(exclude_categories=[]), max_size=60)


@given(ROUGH | ANY, st.booleans())
@example("&am&#112;quot;", False)  # noqa: FBT003 - Hypothesis gives arguments by position
@example("Ã\x83Â©&amp;#39;", True)  # noqa: FBT003
def test_laws_of_repair(text: str, is_html: bool) -> None:  # noqa: FBT001 - Hypothesis names the arguments
    once = repair.repair(text, is_html=is_html)
    assert repair.repair(once.text, is_html=is_html) == repair.Repaired(once.text, ())
    assert not re.search("[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f]", once.text)
    assert bool(once.repairs) == (once.text != text)


@given(st.lists(ROUGH | ANY, max_size=6), st.booleans())
def test_lines_stay_lines(lines: list[str], is_html: bool) -> None:  # noqa: FBT001
    repaired, _ = repair_lines(lines, is_html=is_html)
    assert len(repaired) == len(lines)
    assert not any("\n" in line for line in repaired)
    apart = [repair_lines([line], is_html=is_html)[0][0] for line in lines]
    assert repaired == apart


@given(st.text(st.characters(categories=["L", "N"]), max_size=60))
def test_letters_are_never_lost(text: str) -> None:
    """Words of any script come out whole: only mojibake may change letters, and then into fewer."""
    repaired = repair.repair(text, is_html=False)
    assert repaired.text == text or repaired.repairs == ("mojibake",)


# 50 of 1,651 gold bodies hold broken or invisible characters of their own: each change was looked at, and was right.
BROKEN_GOLD_SHARE = 0.031


@pytest.mark.skipif(not DATA.joinpath("corpora").is_dir(), reason="no corpora: set COPYDESK_DATA")
def test_gold_bodies_come_out_as_they_are() -> None:
    bodies = [
        body
        for path in sorted(DATA.glob("corpora/*/gold.jsonl"))
        for row in path.read_text("utf-8").split("\n")
        if row and (body := json.loads(row).get("body"))
    ]
    changed = [body for body in bodies if {*repair.repair(body, is_html=False).repairs} - {"spaces"}]
    assert len(changed) <= BROKEN_GOLD_SHARE * len(bodies)


@pytest.mark.parametrize("module", [repair, mojibake, invisible])
def test_examples_in_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
