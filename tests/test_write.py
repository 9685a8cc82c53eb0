"""The Parquet: its columns, and the law that running again neither doubles nor loses a row, killed or not."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleaners.labels import Label
from cleaners.page import Article, Line, Page, Signals
from flows import parts
from flows.output import STATE_FOLDER, Output
from flows.read import CHUNK_BYTES, Document, Key, Reject
from flows.schema import SCHEMAS, article_id
from flows.write import Counts, GroupWriter, OutputError, RunStamp, RunSummary, Store, part_name

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
FIRST, SECOND = (RunStamp(name, NOON, "0.1.0", "rules-1") for name in ("first", "second"))


def document(uri: str, offset: int = 0) -> Document:
    return Document(uri, offset, Page("raw text"), "ab" * 32, 100)


def article(words: str, **known: Any) -> Article:
    lines = [
        Line(1, words, Label.BODY, kept=True, confidence=0.9, reason="prose"),
        Line(2, "Share", Label.SHARE, kept=False, confidence=0.8, reason="share_button"),
        Line(3, f"Mehr: {words}", Label.RELATED, kept=False, confidence=0.7, reason="teaser"),
    ]
    return Article(body=words, kept_chars=len(words), removed_chars=11 + len(words), lines=lines, **known)


def write(out: Path, name: str, keys: Sequence[Key], run: RunStamp, *, rejected: Sequence[Key] = ()) -> Counts:
    """Clean each key into one article, as the worker does."""
    with GroupWriter(out, name, keys, run=run) as writer:
        for uri, span in keys:
            if (uri, span) in rejected:
                writer.reject(Reject(uri, span * CHUNK_BYTES, "read", "empty", "the file is empty", 0))
            else:
                writer.add(document(uri, span * CHUNK_BYTES), article(f"{uri} {span} by {run.run_id}"))
        return writer.commit()


def rows(out: Path, dataset: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Read a dataset back; a part's rows in their order."""
    table = pa.concat_tables(pq.read_table(path, columns=list(columns)) for path in sorted((out / dataset).iterdir()))
    return [tuple(row.values()) for row in table.to_pylist()]


def articles(out: Path) -> dict[Key, str]:
    """Tell which run wrote the article of each key, and that there is but one of each."""
    found = [
        ((uri, offset // CHUNK_BYTES), run)
        for uri, offset, run in rows(out, "articles", ["source_uri", "source_offset", "run_id"])
    ]
    assert len(found) == len({key for key, _ in found})
    return dict(found)


def homes(out: Path) -> dict[Key, str]:
    """Open the folder as a run does, and tell which key lies in which group."""
    with Store.open(out) as store:
        state = store.state()
        assert state.strays.height == 0
        return {(uri, span): part for uri, span, part in state.frame.select("source_uri", "span", "part").iter_rows()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "parquet"
    Store.open(folder).close()
    return folder


KEYS: list[Key] = [("/raw/a.jsonl", 0), ("/raw/a.jsonl", 1), ("/raw/b.txt", 0)]


def test_all_columns_come_back_as_they_were_given(out: Path) -> None:
    full = article(
        "Der Fluss stieg über Nacht.",
        title="Hochwasser in Vellmar",
        authors=["Ada Brink", "Ole Sand"],
        published=NOON,
        language="de",
        domain="example.org",
        tags=["Wetter"],
        metadata_from={"title": "json-ld", "published": "line"},
        signals=Signals(line_count=3, digit_share=0.25),
        repairs=["mojibake"],
        encoding="utf-8",
        word_count=5,
    )
    with GroupWriter(out, part_name(KEYS), KEYS, run=FIRST) as writer:
        writer.add(replace(document("/raw/b.txt"), page=Page("", url="https://example.org/1", fetched_at=NOON)), full)
        writer.commit()
    (row,) = pq.read_table(out / "articles" / part_name(KEYS)).to_pylist()
    assert row["article_id"] == article_id("/raw/b.txt", 0, 0)
    assert row["title"] == "Hochwasser in Vellmar"
    assert row["authors"] == ["Ada Brink", "Ole Sand"]
    assert row["published_at"] == NOON
    assert row["modified_at"] is None
    assert row["url"] == "https://example.org/1"
    assert (row["line_count"], row["digit_share"]) == (3, 0.25)
    assert row["metadata_from"]["published_at"] == "line"
    assert row["metadata_from"]["tags"] is None
    assert (row["fetched_at"], row["cleaned_at"], row["run_id"]) == (NOON, NOON, "first")
    assert list(row) == SCHEMAS["articles"].names


def test_every_file_has_the_same_columns_even_where_all_values_are_null(out: Path) -> None:
    with GroupWriter(out, part_name(KEYS), KEYS, run=FIRST) as writer:
        writer.add(document("/raw/b.txt"), Article(body="Rain."))
        writer.commit()
    for dataset, schema in SCHEMAS.items():
        for path in (out / dataset).iterdir():
            found = pq.read_schema(path)
            assert found.equals(schema), path
            assert found.metadata == schema.metadata, path


def test_pandas_polars_and_duckdb_load_each_folder_with_one_call(out: Path) -> None:
    write(out, part_name(KEYS), KEYS, FIRST, rejected=KEYS[2:])
    write(out, part_name([("/raw/c.txt", 0)]), [("/raw/c.txt", 0)], FIRST)
    unfinished = GroupWriter(out, part_name([("/raw/d.txt", 0)]), [("/raw/d.txt", 0)], run=FIRST)
    unfinished.add(document("/raw/d.txt"), article("Not to be seen yet."))
    for dataset, height in {"articles": 3, "lines": 6, "rejects": 1, "runs": 0}.items():
        folder = out / dataset
        assert len(pd.read_parquet(folder)) == height
        assert pl.read_parquet(folder).height == height
        assert pl.read_parquet(folder / "*.parquet").height == height
        assert len(duckdb.read_parquet(f"{folder}/*.parquet").fetchall()) == height
    unfinished.abort()


def test_running_again_replaces_each_row_and_leaves_the_other_keys_alone(out: Path) -> None:
    name = part_name(KEYS)
    write(out, name, KEYS, FIRST)
    write(out, name, KEYS[1:2], SECOND)
    assert articles(out) == dict(zip(KEYS, ("first", "second", "first"), strict=True))
    assert [uri for (uri,) in rows(out, "articles", ["source_uri"])] == [uri for uri, _ in KEYS]
    ledger = rows(out, "lines", ["article_id", "text"])
    ids = [article_id(uri, span * CHUNK_BYTES, 0) for uri, span in KEYS]
    assert [found for found, _ in ledger] == [ids[0]] * 2 + [ids[1]] * 2 + [ids[2]] * 2
    assert ledger[3][1] == "Mehr: /raw/a.jsonl 1 by second"


def test_the_same_run_twice_gives_the_same_bytes_of_rows(out: Path) -> None:
    name = part_name(KEYS)
    write(out, name, KEYS, FIRST, rejected=KEYS[:1])
    before = {path: pq.read_table(path) for path in out.glob("*/part-*")}
    write(out, name, KEYS, FIRST, rejected=KEYS[:1])
    assert {path: pq.read_table(path) for path in out.glob("*/part-*")} == before


def test_a_document_moves_from_articles_to_rejects_and_back(out: Path) -> None:
    name = part_name(KEYS)
    write(out, name, KEYS, FIRST)
    write(out, name, KEYS[:1], SECOND, rejected=KEYS[:1])
    assert KEYS[0] not in articles(out)
    assert rows(out, "rejects", ["source_uri", "reason", "run_id"]) == [("/raw/a.jsonl", "empty", "second")]
    assert len(rows(out, "lines", ["text"])) == 4
    write(out, name, KEYS[:1], SECOND)
    assert articles(out)[KEYS[0]] == "second"
    assert rows(out, "rejects", ["source_uri"]) == []


def test_a_page_without_an_article_is_a_reject_that_keeps_its_ledger(out: Path) -> None:
    shell = replace(article("Menu"), body="", verdict="empty", verdict_reason="only navigation")
    name = part_name(KEYS)
    with GroupWriter(out, name, KEYS, run=FIRST, ledger="all") as writer:
        writer.add(document("/raw/a.jsonl"), shell)
        writer.add(document("/raw/b.txt"), replace(shell, verdict="paywall"))
        counts = writer.commit()
    assert rows(out, "rejects", ["stage", "reason", "message"]) == [("clean", "empty", "only navigation")]
    assert rows(out, "articles", ["source_uri", "verdict"]) == [("/raw/b.txt", "paywall")]
    assert (counts.documents, counts.articles, counts.rejects) == (2, 1, {"empty": 1})
    write(out, name, KEYS[2:], SECOND)
    assert {found for (found,) in rows(out, "lines", ["article_id"])} == {
        article_id("/raw/a.jsonl", 0, 0),
        article_id("/raw/b.txt", 0, 0),
    }


def test_a_digest_gives_one_row_a_part_and_every_line_a_home(out: Path) -> None:
    page = [
        Line(number, text, Label.RELATED, kept=False, confidence=1, reason="r") for number, text in enumerate("abcd")
    ]
    digest = Article(
        lines=page,
        parts=[Article(body="One.", lines=[page[1]]), Article(body="Two.", lines=[page[2]])],
        verdict="digest",
    )
    with GroupWriter(out, part_name(KEYS), KEYS, run=FIRST) as writer:
        writer.add(document("/raw/b.txt"), digest)
        counts = writer.commit()
    first, second = (article_id("/raw/b.txt", 0, part) for part in (1, 2))
    assert rows(out, "articles", ["article_id", "part", "body"]) == [(first, 1, "One."), (second, 2, "Two.")]
    ledger = rows(out, "lines", ["article_id", "text"])
    assert ledger == [(first, "a"), (first, "b"), (first, "d"), (second, "c")]
    assert (counts.documents, counts.articles, counts.removed) == (1, 2, {"related": 4})


@pytest.mark.parametrize(("ledger", "labels"), [("all", 3), ("removed", 2), ("none", 0)])
def test_the_ledger_holds_what_was_asked_for(out: Path, ledger: Literal["all", "removed", "none"], labels: int) -> None:
    with GroupWriter(out, part_name(KEYS), KEYS, run=FIRST, ledger=ledger) as writer:
        writer.add(document("/raw/b.txt"), article("Rain."))
        counts = writer.commit()
    assert len(rows(out, "lines", ["label"])) == labels
    assert counts.removed == {"share": 5, "related": 11}


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_is_spared(out: Path) -> None:
    odd = article("A \ud83d\ude00 and a \ud83d.", title="\udcff")
    with GroupWriter(out, part_name(KEYS), KEYS, run=FIRST) as writer:
        writer.add(document("/raw/b.txt"), odd)
        writer.commit()
    smile, mark = "\N{GRINNING FACE}", "\N{REPLACEMENT CHARACTER}"
    assert rows(out, "articles", ["body", "title"]) == [(f"A {smile} and a {mark}.", mark)]


def test_documents_out_of_order_come_out_in_order(out: Path) -> None:
    name = part_name(KEYS)
    write(out, name, KEYS[1:2], FIRST)
    write(out, name, [KEYS[2], KEYS[0]], SECOND)
    places = rows(out, "articles", ["source_uri", "source_offset"])
    assert places == [(uri, span * CHUNK_BYTES) for uri, span in KEYS]
    assert [text for (text,) in rows(out, "lines", ["text"])][1::2] == [
        "Mehr: /raw/a.jsonl 0 by second",
        "Mehr: /raw/a.jsonl 1 by first",
        "Mehr: /raw/b.txt 0 by second",
    ]


def test_more_rows_out_of_order_than_fit_in_memory_come_out_in_order(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a tar archive, whose members come in any order."""
    keys: list[Key] = [(f"/raw/{number:02}.txt", 0) for number in range(60)]
    name = part_name(keys)
    write(out, name, keys, FIRST)
    wanted = {dataset: rows(out, dataset, columns) for dataset, columns in COLUMNS.items()}
    monkeypatch.setattr(parts, "ROW_GROUP_ROWS", 7)
    monkeypatch.setattr(parts, "SORTED_BYTES", 2000)
    new_part, grown = parts.new_part, []

    def noted(output: Output, dataset: str, name: str) -> parts.Part:
        grown.append(name)
        return new_part(output, dataset, name)

    monkeypatch.setattr(parts, "new_part", noted)
    write(out, name, [*keys[1::3], *keys[::3][::-1], *keys[2::3]], FIRST)
    assert sum("bucket" in name for name in grown) > 4, "it took several"
    assert {dataset: rows(out, dataset, columns) for dataset, columns in COLUMNS.items()} == wanted
    assert not list((out / ".writing").iterdir())


COLUMNS = {"articles": ["source_uri", "body"], "lines": ["article_id", "text"]}


def test_row_groups_are_bounded_and_merging_them_keeps_the_order(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "ROW_GROUP_ROWS", 7)
    keys: list[Key] = [(f"/raw/{number:03}.txt", 0) for number in range(100)]
    name = part_name(keys)
    write(out, name, keys, FIRST)
    write(out, name, keys[10:90:3], SECOND)
    assert list(articles(out)) == keys
    assert pq.ParquetFile(out / "articles" / name).num_row_groups >= 100 // 7
    texts = [text for (text,) in rows(out, "lines", ["text"])][1::2]
    assert texts == [f"Mehr: {uri} 0 by {run}" for (uri, _), run in articles(out).items()]


def test_where_the_state_is_lost_the_parts_tell_which_group_a_key_belongs_to(out: Path) -> None:
    write(out, part_name(KEYS), KEYS, FIRST, rejected=KEYS[2:])
    shutil.rmtree(out / STATE_FOLDER)
    assert homes(out) == dict.fromkeys(KEYS, part_name(KEYS))


def test_a_second_run_is_told_to_wait(out: Path) -> None:
    with Store.open(out), pytest.raises(OutputError, match="Another run is writing to"):
        Store.open(out)
    Store.open(out).close()


def test_the_lock_of_a_killed_run_is_free(out: Path) -> None:
    code = "import sys, os; from flows.write import Store; Store.open(sys.argv[1]); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", code, out], check=False)
    assert killed.returncode == -signal.SIGKILL
    Store.open(out).close()


def test_a_file_in_the_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "parquet").write_text("I am a file.")
    with pytest.raises(OutputError, match=r"there is a file in its place: choose another --out\.$"):
        Store.open(tmp_path / "parquet")


def test_parts_of_another_version_are_not_mixed_in(out: Path) -> None:
    for path in (out / "articles").iterdir():
        pq.write_table(pa.table({"body": ["old"]}), path)
    with pytest.raises(OutputError, match="other columns than this version writes"):
        Store.open(out)


def test_a_damaged_part_is_named(out: Path) -> None:
    write(out, part_name(KEYS), KEYS, FIRST)
    path = out / "articles" / part_name(KEYS)
    path.write_bytes(path.read_bytes()[:-100])
    with Store.open(out) as store, pytest.raises(OutputError, match=f"{path.name} is damaged: delete it"):
        store.state()


KILLED_WRITER = """
import os, sys
from pathlib import Path
from flows import parts
from flows.write import part_name
from tests.test_write import KEYS, SECOND, write

out, step = Path(sys.argv[1]), sys.argv[2]
calls = 0

def dying(name, real):
    def call(*given):
        global calls
        calls += 1
        if f"{name}{calls}" == step:
            os.kill(os.getpid(), 9)
        return real(*given)
    return call

if step.startswith("mark"):
    parts.mark = dying("mark", parts.mark)
else:
    Path.replace = dying("replace", Path.replace)
write(out, part_name(KEYS), KEYS[:2], SECOND, rejected=KEYS[:1])
"""


@pytest.mark.parametrize(
    ("step", "is_done"),
    # The first two renames put the merged parts in the place of the growing ones, the next four publish.
    [
        ("replace1", False),
        ("replace2", False),
        ("mark1", False),
        ("replace3", True),
        ("replace4", True),
        ("replace5", True),
        ("replace6", True),
    ],
)
def test_a_writer_killed_at_any_step_leaves_all_or_nothing(out: Path, step: str, *, is_done: bool) -> None:
    name = part_name(KEYS)
    write(out, name, KEYS, FIRST)
    old = dict.fromkeys(KEYS, "first")
    new = {KEYS[1]: "second", KEYS[2]: "first"}
    command = [sys.executable, "-c", KILLED_WRITER, str(out), step]
    root = Path(__file__).parent.parent
    killed = subprocess.run(command, check=False, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    assert killed.returncode == -signal.SIGKILL
    assert articles(out) == (new if step == "replace6" else old), "a reader has the old articles until they are renamed"
    with Store.open(out) as store:
        assert articles(out) == (new if is_done else old)
        assert len(rows(out, "rejects", ["reason"])) == is_done
        assert len(rows(out, "lines", ["text"])) == (4 if is_done else 6)
        assert set(store.state().frame.select("source_uri", "span").iter_rows()) == set(KEYS)
        assert list((out / parts.WRITING).iterdir()) == []
    write(out, name, KEYS[:2], SECOND, rejected=KEYS[:1])
    assert articles(out) == new


def test_a_writer_that_follows_a_killed_one_finishes_its_group_first(out: Path) -> None:
    name = part_name(KEYS)
    code = KILLED_WRITER
    root = Path(__file__).parent.parent
    write(out, name, KEYS, FIRST)
    subprocess.run([sys.executable, "-c", code, str(out), "replace4"], check=False, cwd=root)
    GroupWriter(out, name, KEYS, run=FIRST).abort()
    assert articles(out) == {KEYS[1]: "second", KEYS[2]: "first"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte; only root may."""
    disk, mount = tmp_path / "disk", shutil.which("mount")
    disk.mkdir()
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting a small disk takes root")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no mounts here")
    yield disk
    # Lazily: a handle that the garbage collector has not come to yet keeps the disk busy, no fault of the test.
    subprocess.run(["umount", "--lazy", disk], check=True)  # noqa: S607


def test_a_full_disk_is_one_sentence_and_leaves_the_old_rows(small_disk: Path) -> None:
    out = small_disk / "parquet"
    Store.open(out).close()
    name = part_name(KEYS)
    write(out, name, KEYS, FIRST)
    noise = "".join(chr(0x4E00 + byte) for byte in os.urandom(2_000_000))

    def overfill() -> None:
        with GroupWriter(out, name, KEYS, run=SECOND) as writer:
            writer.add(document("/raw/b.txt"), article(noise))
            writer.commit()

    with pytest.raises(OutputError, match=r"is full: make room and run again"):
        overfill()
    assert list((out / parts.WRITING).iterdir()) == []
    assert articles(out) == dict.fromkeys(KEYS, "first")


def test_an_error_in_the_worker_leaves_no_trace(out: Path) -> None:
    def fail_midway() -> None:
        with GroupWriter(out, part_name(KEYS), KEYS, run=FIRST) as writer:
            writer.add(document("/raw/b.txt"), article("Rain."))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_midway()
    assert list((out / parts.WRITING).iterdir()) == []
    assert articles(out) == {}


def test_a_run_is_one_row(out: Path) -> None:
    counts = Counts(documents=2, articles=1, rejects={"empty": 1}, removed={"nav": 7}, seconds={"clean": 0.5})
    summary = RunSummary(
        run=FIRST,
        counts=counts + Counts(documents=1, seconds={"clean": 1.0, "write": 2.0}),
        options="{}",
        engine="none",
        started_at=NOON,
        finished_at=NOON.replace(minute=1),
        exit_status=0,
    )
    with Store.open(out) as store:
        store.write_run(summary)
        store.write_run(summary)
    columns = ["run_id", "documents", "rejects", "seconds", "seconds_by_stage"]
    assert rows(out, "runs", columns) == [("first", 3, 1, 60.0, '{"clean": 1.5, "write": 2.0}')]


ALL_KEYS = st.lists(
    st.tuples(st.sampled_from(["/raw/a.txt", "/raw/b.jsonl", "/raw/c.jsonl"]), st.integers(0, 2)),
    unique=True,
    min_size=1,
)


@given(runs=st.lists(st.tuples(ALL_KEYS, st.sets(st.integers(0, 8))), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_row_of_runs_leaves_the_newest_rows_of_each_key_once(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[list[Key], set[int]]]
) -> None:
    out = tmp_path_factory.mktemp("runs")
    newest: dict[Key, tuple[str, bool]] = {}
    for number, (keys, rejected_places) in enumerate(runs):
        run = replace(FIRST, run_id=str(number))
        rejected = [key for place, key in enumerate(keys) if place in rejected_places]
        with Store.open(out) as store:
            frame = store.state().frame
            known = {(uri, span): part for uri, span, part in frame.select("source_uri", "span", "part").iter_rows()}
            fresh = part_name([key for key in keys if key not in known])
            chosen = {key: known.get(key, fresh) for key in keys}
            for name in set(chosen.values()):
                write(out, name, [key for key in keys if chosen[key] == name], run, rejected=rejected)
        newest.update({key: (run.run_id, key in rejected) for key in keys})
    found = {key: (run, False) for key, run in articles(out).items()}
    gone = rows(out, "rejects", ["source_uri", "source_offset", "run_id"])
    found |= {(uri, offset // CHUNK_BYTES): (run, True) for uri, offset, run in gone}
    assert found == newest
    assert len(gone) == sum(is_rejected for _, is_rejected in newest.values())
    assert len(rows(out, "lines", ["text"])) == 2 * len(articles(out))
