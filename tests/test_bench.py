"""The yardsticks: what they count, what they call harm, and that floors only rise."""

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from bench import (
    corpora,
    gate,
    line_labels,
    metrics,
    overlap,
    page_types,
    reports,
    scoring,
    seeds,
    styles,
    systems,
    tables,
    weights,
)
from bench.corpora import GoldPage, LabelledPage, SeedLine
from bench.network import own_labels
from bench.seeds import CleanedSeed, Part
from cleaners import Label

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
    found = overlap.overlap(["a", "a", "a", "b"], ["a", "b", "b"])
    assert (found.precision, found.recall) == (2 / 4, 2 / 3)


@pytest.mark.parametrize(
    ("found", "gold", "f1"),
    [([], [], 1.0), (["a"], [], 0.0), ([], ["a"], 0.0), (["a"], ["b"], 0.0), (["a"], ["a"], 1.0)],
)
def test_overlap_of_empty_bags(found: list[str], gold: list[str], f1: float) -> None:
    assert overlap.overlap(found, gold).f1 == f1


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_f1_is_symmetric_and_between_the_two(found: list[str], gold: list[str]) -> None:
    there, back = overlap.overlap(found, gold), overlap.overlap(gold, found)
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

    assert styles.attempt(explode, b"x") == ""


def test_a_peer_that_hangs_gave_nothing_and_the_next_one_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def count_for_ever(html: str) -> str:
        while html:
            pass
        return html

    monkeypatch.setattr(styles, "MOST_SECONDS", 0.2)
    assert styles.attempt(count_for_ever, "x") == ""
    assert styles.attempt(str.upper, "x") == "X"


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


FLOOR = gate.Floor("wcxb-dev", "aa", {"F1, dump": 0.9, "F1, html": 0.95})


@pytest.mark.parametrize(
    ("measured", "raised"),
    [
        ({"F1, dump": 0.9149, "F1, html": 0.95}, {"F1, dump": 0.914, "F1, html": 0.95}),
        ({"F1, dump": 0.85, "F1, html": 0.99}, {"F1, dump": 0.9, "F1, html": 0.99}),
        ({"F1, soup": 0.7777}, {"F1, dump": 0.9, "F1, html": 0.95, "F1, soup": 0.777}),
    ],
    ids=["up and cut off", "never down", "a new one is pinned"],
)
def test_raising_floors_never_lowers_one(measured: dict[str, float], raised: dict[str, float]) -> None:
    assert gate.raised(FLOOR, measured).least == raised


def test_floors_survive_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    gate.write_floors([FLOOR], path=path)
    assert gate.read_floors(path=path) == {"wcxb-dev": FLOOR}


def test_a_floor_below_or_of_another_corpus_or_without_a_figure_fails() -> None:
    def passed(reached: dict[str, float], *, gold_sha256: str = "aa") -> list[bool]:
        return [check.passed for check in gate.check_floor(FLOOR, reached, gold_sha256=gold_sha256)]

    assert passed({"F1, dump": 0.9, "F1, html": 0.9499}) == [True, False]
    assert passed({"F1, dump": 1, "F1, html": 1}, gold_sha256="bb") == [False]
    assert passed({"F1, dump": 1}) == [True, False]
    assert passed({"F1, dump": 1, "F1, html": 1, "F1, soup": 1}) == [True, True, False]


def test_every_pinned_floor_is_measured_and_of_a_known_gold_file() -> None:
    floors, measured = gate.read_floors(), gate.measures()
    assert floors.keys() == measured.keys()
    assert all(least > 0 for floor in floors.values() for least in floor.least.values())


def subsequence_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Find the length of the longest common subsequence the slow way."""
    rows = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one):
        for j, right in enumerate(other):
            rows[i + 1][j + 1] = rows[i][j] + 1 if left == right else max(rows[i][j + 1], rows[i + 1][j])
    return rows[-1][-1]


@given(st.text("abcd", min_size=1, max_size=12), st.text("abcde", max_size=12))
def test_common_words_are_a_longest_common_subsequence(line: str, other: str) -> None:
    masks = overlap.masks_of(line)
    covered = overlap.common([masks[word] for word in other if word in masks], len(line))
    found = [word for place, word in enumerate(line) if covered >> place & 1]
    rest = iter(other)
    assert all(word in rest for word in found)
    assert len(found) == subsequence_length(line, other)


@pytest.mark.parametrize(
    ("found", "gold", "precision", "recall"),
    [
        (["a b c"], ["a b c"], 1.0, 1.0),
        (["c b a"], ["a b c"], 1 / 3, 1 / 3),
        (["d e", "a b c"], ["a b c", "d e"], 1.0, 1.0),
        (["a x", "b c"], ["a b c"], 3 / 4, 1.0),
        (["a"], ["a a", "a"], 1.0, 1 / 3),
        (["a", ""], [], 0.0, 0.0),
        ([], [], 1.0, 1.0),
    ],
    ids=["same", "order within a line", "order of lines", "united over lines", "counted once", "no gold", "both empty"],
)
def test_rouge_lsum(found: list[str], gold: list[str], precision: float, recall: float) -> None:
    reached = overlap.rouge_lsum([line.split() for line in found], [line.split() for line in gold])
    assert [reached.precision, reached.recall] == pytest.approx([precision, recall])


def page(identity: str, url: str | None = None, *, body: str | None = None) -> GoldPage:
    return GoldPage("some-dev", identity, url, "article", None, body, None, None, None, (), (), Path("no.html.gz"))


def test_a_page_is_judged_by_weights_that_never_saw_its_domain() -> None:
    same = [page("1", "https://www.example.org/a"), page("2", "http://news.example.org/b")]
    other = [page(str(number)) for number in range(40)]
    groups = weights.by_fold([*same, *other], Path("folds"))
    assert {folder.name for folder in groups if folder} == {f"fold{fold}" for fold in range(corpora.FOLDS)}
    assert sum(any(known in group for known in same) for group in groups.values()) == 1
    assert sorted(known.id for group in groups.values() for known in group) == sorted(
        known.id for known in [*same, *other]
    )
    assert list(weights.by_fold(other, None)) == [None]


def test_corpora_are_left_out_only_where_such_weights_lie(tmp_path: Path) -> None:
    (tmp_path / "without-some-dev").mkdir()
    assert weights.corpora_left_out(tmp_path, ["some-dev", "other-dev"]) == {"some-dev": tmp_path / "without-some-dev"}
    assert weights.corpora_left_out(None, ["some-dev"]) == {}


@pytest.mark.parametrize(
    ("learned", "folder", "says"),
    [(False, None, "rules alone"), (True, None, "IN SAMPLE"), (True, Path("folds"), "out of fold")],
)
def test_the_caption_cannot_claim_more_than_was_measured(
    monkeypatch: pytest.MonkeyPatch, *, learned: bool, folder: Path | None, says: str
) -> None:
    monkeypatch.setattr(weights, "NETWORK", "json" if learned else "cleaners.no_such_room")
    assert says in weights.caption(folder)


def nothing_to_prepare() -> None:
    """A pool needs a function with a name."""


def test_work_is_done_in_processes_that_have_the_weights_they_were_given() -> None:
    found = weights.run({None: [partial(len, "abc"), partial(len, "d")]}, workers=1, ready=nothing_to_prepare)
    assert found == [3, 1]


def test_weights_without_all_folds_or_for_rules_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "NETWORK", "cleaners.no_such_room")
    with pytest.raises(typer.BadParameter, match="rules alone"):
        weights.check(tmp_path)
    monkeypatch.setattr(weights, "NETWORK", "json")
    (tmp_path / "fold0").mkdir()
    with pytest.raises(typer.BadParameter, match="has no fold1"):
        weights.check(tmp_path)


def test_each_style_is_run_with_copydesk_beside_keeping_everything() -> None:
    htmls = [PAGE.encode(), b""]
    made = {
        (run.style, run.system): run for run in scoring.runs(htmls, styles=["html", "dump", "trafilatura"], peers=())
    }
    assert set(made) == {
        ("html", "Copydesk"),
        ("dump", "Copydesk"),
        ("dump", "keep everything"),
        ("trafilatura", "Copydesk"),
        ("trafilatura", "keep everything"),
    }
    assert list(made["dump", "Copydesk"].places) == [0, 1]
    assert list(made["trafilatura", "keep everything"].places) == [0]
    assert "mayor" in made["html", "Copydesk"].untouched[0]


def test_rows_become_means_with_blanks_where_nothing_was_measured() -> None:
    body = metrics.score_body("a b", "a b", untouched_f1=0)
    rows = [
        scoring.Row("some-dev", "en", 0, "html", "Copydesk", 0.002, body, None),
        scoring.Row("some-dev", "en", 1, "html", "Copydesk", 0.004, body, None),
    ]
    section = reports.corpus_section("some-dev", rows)
    assert "snippet F1" not in section.header
    assert dict(zip(section.header, section.rows[0], strict=True)) == {
        "input": "html", "system": "Copydesk", "pages": "2", "precision": "1.000", "recall": "1.000", "F1": "1.000",
        "F1 p10": "1.000", "shingle F1": "1.000", "ROUGE-LSum": "1.000", "harmed": "0.0 %", "ms": "3.0",
    }  # fmt: skip


def test_label_f1_and_its_mean_leave_out_labels_with_few_lines() -> None:
    pairs = Counter({("html", "body", "body"): 30, ("html", "nav", "body"): 30, ("html", "dek", "dek"): 5})
    scores = line_labels.label_scores(pairs, "html")
    assert (scores["body"].precision, scores["body"].recall) == (0.5, 1.0)
    assert line_labels.macro_f1(scores) == pytest.approx((2 / 3 + 0) / 2)


def test_labels_are_carried_to_the_lines_that_copydesk_sees() -> None:
    labelled = LabelledPage("some-dev", "1", ["Home", "The mayor cut the ribbon on Monday."], ["nav", "body"])
    [article] = systems.cleaned(["Home\n\nSport\n\nThe mayor cut the ribbon on Monday."], kind="text")
    met = line_labels.met(article, labelled)
    assert [gold for gold, _ in met] == ["nav", "body"]


def test_accuracy_of_verdicts_weighs_page_types_alike() -> None:
    met = Counter({("html", "article", "article"): 90, ("html", "article", "index"): 10, ("html", "forum", "forum"): 1})
    assert page_types.right_share(met, "html", "article") == 0.9
    assert page_types.accuracy(met, "html") == pytest.approx((0.9 + 1) / len(page_types.RIGHT))


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


@given(st.lists(st.sampled_from([label.value for label in Label]), min_size=1))
def test_labels_written_as_runs_are_read_again(labels: list[str]) -> None:
    assert own_labels.labels_of(own_labels.runs_of(labels)) == labels


def test_our_own_labels_hold_for_the_dump_they_were_given_on_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    known = [replace(page(name), path=tmp_path / "a.html.gz") for name in ("a", "b")]
    lines = own_labels.dump_lines(known[0])
    assert lines == ["Home", "Sport", "The mayor of Tarnholt cut the ribbon."]
    rows = [
        {"corpus": "some-dev", "id": "a", "dump": own_labels.hash_of(lines), "runs": "2 nav, 1 body"},
        {"corpus": "some-dev", "id": "b", "dump": own_labels.hash_of([*lines, "More"]), "runs": "2 nav, 2 body"},
        {"corpus": "other-dev", "id": "a", "dump": own_labels.hash_of(lines), "runs": "2 nav, 1 body"},
    ]
    monkeypatch.setattr(own_labels, "OWN_LABELS", tmp_path / "own.jsonl")
    own_labels.OWN_LABELS.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert own_labels.load_own(known) == [LabelledPage("some-dev", "a", lines, ["nav", "nav", "body"])]


def test_our_own_labels_are_of_the_nineteen_and_measure_nothing() -> None:
    rows = [json.loads(row) for row in own_labels.OWN_LABELS.read_text().splitlines()]
    assert {label for row in rows for label in own_labels.labels_of(row["runs"])} <= {label.value for label in Label}
    pages = [(row["corpus"], row["id"]) for row in rows]
    assert len(set(pages)) == len(pages)
    if corpora.labels_path().exists():
        assert not set(pages) & {(gold.corpus, gold.id) for gold in corpora.load_labelled()}
