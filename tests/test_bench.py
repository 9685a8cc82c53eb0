"""The yardsticks: what they count, what they call harm, and that floors only rise."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import corpora, gate, metrics, seeds, systems, tables
from bench.corpora import SeedLine
from bench.seeds import CleanedSeed, Part

PAGE = """<html><head><title>x</title><script>var a = 1;</script></head><body><nav><ul><li>Home<li>Sport</ul></nav>
<p>The <a href="/m">mayor of Tarnholt</a> cut the ribbon.</p><img src="p.png" alt="A ribbon"></body></html>"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zwei Grad, 3 %", ["zwei", "grad", "3"]),
        ("don't", ["don", "t"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("東京タワー tower", ["東", "京", "タ", "ワ", "ー", "tower"]),
        ("2024年", ["2024", "年"]),
        ("서울 시장", ["서울", "시장"]),
        ("", []),
    ],
)
def test_words_are_folded_and_unspaced_scripts_count_by_characters(text: str, words: list[str]) -> None:
    assert metrics.words_of(text) == words


def test_overlap_counts_a_repeated_word_as_often_as_the_gold_has_it() -> None:
    found = metrics.overlap(["a", "a", "a", "b"], ["a", "b", "b"])
    assert (found.precision, found.recall) == (2 / 4, 2 / 3)


@pytest.mark.parametrize(
    ("found", "gold", "f1"),
    [([], [], 1.0), (["a"], [], 0.0), ([], ["a"], 0.0), (["a"], ["b"], 0.0), (["a"], ["a"], 1.0)],
)
def test_overlap_of_empty_bags(found: list[str], gold: list[str], f1: float) -> None:
    assert metrics.overlap(found, gold).f1 == f1


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_f1_is_symmetric_and_between_the_two(found: list[str], gold: list[str]) -> None:
    there, back = metrics.overlap(found, gold), metrics.overlap(gold, found)
    assert there.f1 == pytest.approx(back.f1)
    low, high = sorted((there.precision, there.recall))
    assert low - 1e-9 <= there.f1 <= high + 1e-9


def test_shingles_notice_an_order_that_bags_do_not() -> None:
    score = metrics.score_body(
        "five six seven eight one two three four", "one two three four five six seven eight", untouched_f1=1
    )
    assert score.words.f1 == 1.0
    assert score.shingles.f1 == pytest.approx(2 / 5)


def test_a_text_shorter_than_a_shingle_still_compares() -> None:
    assert metrics.score_body("Two words.", "two words", untouched_f1=0).shingles.f1 == 1.0
    assert metrics.shingles_of([]) == []


@pytest.mark.parametrize(("untouched_f1", "harmed"), [(0.5, False), (2 / 3 + 0.009, False), (2 / 3 + 0.011, True)])
def test_harm_is_ending_clearly_below_keeping_everything(*, untouched_f1: float, harmed: bool) -> None:
    assert metrics.score_body("one", "one two", untouched_f1=untouched_f1).harmed is harmed


def test_summary_weighs_pages_alike_and_p10_shows_the_bad_tail() -> None:
    good = metrics.score_body("a", "a", untouched_f1=0)
    bad = metrics.score_body("b", "a", untouched_f1=0.5)
    summary = metrics.summarize([good] * 18 + [bad] * 2)
    assert (summary.pages, summary.f1, summary.harmed) == (20, 0.9, 0.1)
    assert summary.f1_p10 == 1.0
    assert metrics.summarize([good] * 17 + [bad] * 3).f1_p10 == 0.0


def test_snippets_match_across_line_breaks_and_add_up() -> None:
    count = metrics.count_snippets("The mayor\n cut the ribbon.", ["mayor cut", "a ferry"], ["Subscribe", "the ribbon"])
    assert (count.present_found, count.present, count.absent_found, count.absent) == (1, 2, 1, 2)
    total = metrics.add_snippets([count, metrics.SnippetCount(3, 3, 0, 1)])
    assert (total.recall, total.precision) == (4 / 5, 4 / 5)


def test_both_dumps_lose_the_tags_and_keep_the_text() -> None:
    def lines(dump: str) -> list[str]:
        return [line.strip() for line in dump.split("\n") if line.strip()]

    assert lines(corpora.resiliparse_dump(PAGE)) == ["Home", "Sport", "The mayor of Tarnholt cut the ribbon."]
    assert lines(corpora.soup_dump(PAGE)) == ["x", "Home", "Sport", "The", "mayor of Tarnholt", "cut the ribbon."]


def test_c4_keeps_sentences_only() -> None:
    text = "Home\nThe mayor cut the ribbon.\nShort one.\nA line of many words without its end\n“It is open to all now.”"
    assert systems.c4_lines(text).split("\n") == ["The mayor cut the ribbon.", "“It is open to all now.”"]


def test_a_peer_that_raises_gave_nothing() -> None:
    def explode(html: bytes) -> str:
        raise ValueError(html)

    assert systems.attempt(explode, b"x") == ""


def test_a_sample_is_the_same_each_time_and_in_order(data: Path) -> None:
    assert data.is_dir()
    drawn = corpora.load_gold("wcxb-dev", page_type="article", limit=20)
    assert [page.id for page in drawn] == [
        page.id for page in corpora.load_gold("wcxb-dev", page_type="article", limit=20)
    ]
    assert len({page.id for page in drawn}) == 20
    everything = [page.id for page in corpora.load_gold("wcxb-dev", page_type="article")]
    assert [page.id for page in drawn] == [name for name in everything if name in {page.id for page in drawn}]
    assert b"<" in drawn[0].html()


def test_seed_lines_carry_the_text_of_their_number(data: Path) -> None:
    seeds = corpora.load_seeds()
    assert len(seeds) == len(list((data / "seeds").glob("*.txt")))
    assert all(line.text for lines in seeds.values() for line in lines)


def test_blocks_are_replaced_and_the_words_around_them_stay(tmp_path: Path) -> None:
    path = tmp_path / "m.md"
    path.write_text("# M\n\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n", encoding="utf-8")
    tables.write_block("speed", "| new |", path=path)
    tables.write_block("accuracy", "| more |", path=path)
    assert path.read_text(encoding="utf-8") == (
        "# M\n\n<!-- speed -->\n| new |\n<!-- /speed -->\nafter\n\n<!-- accuracy -->\n| more |\n<!-- /accuracy -->\n"
    )


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert tables.markdown_table(("a", "b"), [("long", "x")]).split("\n") == [
        "| a    | b |",
        "|------|---|",
        "| long | x |",
    ]


@pytest.mark.parametrize(
    ("measured", "raised"),
    [
        ({"dump": 0.9149, "html": 0.95}, {"dump": 0.914, "html": 0.95}),
        ({"dump": 0.85, "html": 0.99}, {"dump": 0.9, "html": 0.99}),
    ],
)
def test_raising_floors_never_lowers_one(measured: dict[str, float], raised: dict[str, float]) -> None:
    floor = gate.Floor(corpus="wcxb-dev", gold_sha256="aa", pages=2, f1={"dump": 0.9, "html": 0.95})
    assert gate.raised(floor, measured).f1 == raised


def test_floors_survive_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    floors = [gate.Floor(corpus="wcxb-dev", gold_sha256="aa", pages=2, f1={"dump": 0.9, "html": 0.95})]
    gate.write_floors(floors, path=path)
    assert gate.read_floors(path=path) == floors
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "wcxb-dev": {"gold_sha256": "aa", "pages": 2, "f1": {"dump": 0.9, "html": 0.95}}
    }


def test_a_floor_below_or_of_another_corpus_fails() -> None:
    floor = gate.Floor(corpus="wcxb-dev", gold_sha256="aa", pages=2, f1={"dump": 0.9, "html": 0.95})
    checks = gate.check_floor(floor, {"dump": 0.9, "html": 0.9499}, gold_sha256="aa")
    assert [(check.passed, check.what) for check in checks] == [
        (True, "wcxb-dev dump, word F1 over 2 pages"),
        (False, "wcxb-dev html, word F1 over 2 pages"),
    ]
    assert [check.passed for check in gate.check_floor(floor, {"dump": 1, "html": 1}, gold_sha256="bb")] == [False]


SEED = [
    SeedLine(1, "nav", "HomeNewsA bridge opens in Tarnholt"),
    SeedLine(2, "title", "A bridge opens in Tarnholt | The Tarnholt Post"),
    SeedLine(3, "body", "The mayor cut the ribbon."),
    SeedLine(5, "caption", "The ribbon. Pic: Post"),
    SeedLine(6, "caption", "The ribbon. Pic: Post"),
    SeedLine(7, "heading", "What now"),
]
TITLE = "A bridge opens in Tarnholt"


def seed_with(*bodies: str, ledger: str = "", title: str | None = TITLE) -> CleanedSeed:
    return CleanedSeed([Part(title, None, None, body) for body in bodies], seeds.without_space(ledger))


def test_kept_words_are_counted_over_all_parts_and_only_where_gold_has_them() -> None:
    assert seeds.kept_share(SEED, seed_with("The mayor cut the ribbon.", "What next")) == (6, 7)
    assert seeds.kept_share(SEED, seed_with("What what what now")) == (2, 7)


@pytest.mark.parametrize(
    ("ledger", "left"),
    [
        ("Home\nNews\nA bridge opens in Tarnholt\nThe ribbon. Pic: Post\nThe ribbon. Pic: Post", []),
        ("Home\nNews\nThe ribbon. Pic: Post\nThe ribbon. Pic: Post", [1]),
        ("HomeNewsA bridge opens in Tarnholt\nThe ribbon. Pic: Post", [5, 6]),
    ],
    ids=["split in pieces, all gone", "half of a glued line stays", "one of two copies stays"],
)
def test_clutter_is_out_only_when_the_ledger_holds_it_whole_and_as_often(ledger: str, left: list[int]) -> None:
    assert [line.number for line in seeds.clutter_left(SEED, seed_with("x", ledger=ledger))] == left


@pytest.mark.parametrize(
    ("titles", "passed"),
    [
        ([TITLE], True),
        (["A bridge opens in Tarnholt | The Tarnholt Post"], True),
        (["A bridge opens"], False),
        ([None], False),
        ([TITLE, TITLE], False),
    ],
)
def test_a_title_may_lose_the_site_but_nothing_else(*, titles: list[str | None], passed: bool) -> None:
    seed = CleanedSeed([Part(title, None, None, "x") for title in titles], "")
    assert seeds.check_titles("000", SEED, seed).passed is passed


@pytest.mark.parametrize(("title", "passed"), [(None, True), ("The mayor cut the ribbon.", False)])
def test_a_seed_without_a_headline_must_not_get_one(*, title: str | None, passed: bool) -> None:
    lines = [line for line in SEED if line.label != "title"]
    assert seeds.check_titles("003", lines, seed_with("x", title=title)).passed is passed


def test_a_repeated_headline_is_one_title() -> None:
    assert seeds.gold_titles([*SEED, SEED[1]]) == [SEED[1].text]
