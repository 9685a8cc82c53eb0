"""Small groups are merged, and whoever reads meanwhile sees each row once."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest
from running import CHECKOUT, PATIENCE
from test_write import FIRST, SECOND, articles, homes, rows, write
from typer.testing import CliRunner

from flows import exchange
from flows.compact import app, compact
from flows.output import STATE_FOLDER, Output, OutputError
from flows.read import Key
from flows.write import Store, part_name

HOURS: list[Key] = [(f"/raw/{number:02}.txt", 0) for number in range(9)]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Make an output folder of nine small groups, one of them with a reject, as older hourly runs left them."""
    folder = tmp_path / "parquet"
    Store.open(folder).close()
    hourly(folder)
    return folder


def hourly(out: Path) -> None:
    for key in HOURS:
        write(out, part_name([key]), [key], FIRST, rejected=HOURS[4:5])


def names(out: Path, dataset: str) -> set[str]:
    return {path.name for path in (out / dataset).iterdir()} - {"part-0000000000000000.parquet"}


def content(out: Path) -> dict[str, list[tuple[object, ...]]]:
    columns = {"articles": ["source_uri", "body", "run_id"], "lines": ["article_id", "text"], "rejects": ["source_uri"]}
    return {dataset: sorted(rows(out, dataset, wanted)) for dataset, wanted in columns.items()}


def test_small_groups_become_one_with_the_same_rows_in_order(out: Path) -> None:
    before = content(out)
    with Store.open(out) as store:
        state = store.state().frame.drop("part").sort("source_uri")
    done = compact(out)
    assert (done.groups, done.small, done.merged) == (9, 9, 1)
    assert content(out) == before
    assert {len(names(out, dataset)) for dataset in ("articles", "lines", "rejects", STATE_FOLDER)} == {1}
    places = rows(out, "articles", ["source_uri"])
    assert places == sorted(places)
    assert [text for (text,) in rows(out, "lines", ["text"])][1::2] == [f"Mehr: {uri} 0 by first" for (uri,) in places]
    with Store.open(out) as store:
        found = store.state()
        assert found.frame.drop("part").sort("source_uri").equals(state)
        assert not found.notes, "the state fits the merged parts"
    assert compact(out).merged == 0


def test_a_merged_group_is_replaced_key_by_key_as_any_other(out: Path) -> None:
    compact(out)
    (name,) = set(homes(out).values())
    write(out, name, HOURS[2:5], SECOND)
    assert articles(out) == {key: "second" if key in HOURS[2:5] else "first" for key in HOURS}


def test_big_groups_are_not_rewritten(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    big = part_name(HOURS[:1])
    write(out, big, HOURS[:1], SECOND)
    monkeypatch.setattr("flows.compact.small_groups", lambda *_: [sorted(names(out, "articles") - {big})])
    before = (out / "articles" / big).stat().st_ino
    compact(out)
    assert (out / "articles" / big).stat().st_ino == before
    assert len(names(out, "articles")) == 2


def test_the_old_folders_stay_until_the_next_run_opens_the_folder(out: Path) -> None:
    walking = os.open(out / "articles", os.O_RDONLY)
    old = names(out, "articles")
    compact(out)
    for name in old:
        os.stat(name, dir_fd=walking)  # as a program does that walks through the folder and opens each file in it
    os.close(walking)
    Store.open(out).close()
    assert not (out / exchange.OLD).exists()


KILLED = """
import os, sys
from flows import compact, exchange
calls = 0

def dying(real):
    def call(*given):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        return real(*given)
    return call

exchange.swap = dying(exchange.swap)
exchange.complete = dying(exchange.complete)
exchange.drop_old = dying(exchange.drop_old)
compact.compact(sys.argv[1])
"""


# 1 is the tidying at the start, 2 tries an exchange; 3 declares the folders complete, 4 to 7 exchange them, 8 tidies.
@pytest.mark.parametrize(("step", "is_done"), [(3, False), (4, True), (5, True), (6, True), (7, True), (8, True)])
def test_killed_at_any_step_all_rows_are_there_once(out: Path, step: int, *, is_done: bool) -> None:
    before = content(out)
    command = [sys.executable, "-c", KILLED, str(out), str(step)]
    killed = subprocess.run(command, check=False, cwd=CHECKOUT)
    assert killed.returncode == -signal.SIGKILL
    assert content(out) == before
    found = homes(out)
    assert content(out) == before
    assert len(set(found.values())) == (1 if is_done else 9)
    assert compact(out).merged == (not is_done)
    assert content(out) == before


def test_where_folders_cannot_be_exchanged_nothing_is_touched(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Path) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(exchange, "swap", refused)
    before = names(out, "articles")
    with pytest.raises(OutputError, match="cannot exchange two folders in one step"):
        compact(out)
    assert names(out, "articles") == before


def test_the_command_says_what_it_did(out: Path, tmp_path: Path) -> None:
    first, second = (CliRunner().invoke(app, ["--out", str(out)]) for _ in range(2))
    assert (first.exit_code, first.output) == (0, "9 small groups of 9 merged into 1.\n")
    assert second.output == "Nothing to merge: 1 groups, of which at most one is small.\n"
    nowhere = CliRunner().invoke(app, ["--out", str(tmp_path / "nowhere")])
    assert nowhere.exit_code == 2
    assert "give the folder with --out" in nowhere.output
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(OutputError, match="object store"):
        exchange.check(Output("s3://bucket/out"))


# Readers in a loop

READERS: dict[str, Callable[[str], list[str]]] = {
    "pandas": lambda folder: list(pd.read_parquet(folder, columns=["source_uri"])["source_uri"]),
    "polars": lambda folder: pl.scan_parquet(folder).select("source_uri").collect()["source_uri"].to_list(),
    "polars by pyarrow": lambda folder: pl.read_parquet(folder, columns=["source_uri"], use_pyarrow=True)[
        "source_uri"
    ].to_list(),
    "duckdb": lambda folder: [
        row[0] for row in duckdb.read_parquet(f"{folder}/*.parquet").select("source_uri").fetchall()
    ],
}


def read_in_a_loop(folder: str, pipe: Connection) -> None:
    """Read with each library in turn until told to stop, and send what came of each reading."""
    wanted = {uri for number, (uri, _) in enumerate(HOURS) if number != 4}
    seen: Counter[str] = Counter()
    while not pipe.poll():
        for name, read in READERS.items():
            try:
                found = Counter(read(folder))
            except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001  each library has its own
                seen[f"{name} refused"] += 1
                seen[f"{type(error).__name__}"] += 1
                continue
            is_right = wanted <= set(found) and max(found.values()) == 1
            seen["right" if is_right else f"{name} saw {found}"] += 1
        if seen.total() == len(READERS):
            pipe.send("reading")
    pipe.send(seen)


@contextmanager
def readers(out: Path) -> Iterator[Counter[str]]:
    """Let all libraries read the articles in a loop meanwhile, and tell in the end what they saw."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=read_in_a_loop, args=(str(out / "articles"), there), daemon=True)
    process.start()
    assert here.poll(PATIENCE)
    assert here.recv() == "reading"
    seen: Counter[str] = Counter()
    yield seen
    here.send("stop")
    assert here.poll(PATIENCE)
    seen.update(here.recv())
    process.join()


def test_readers_never_stumble_over_new_groups(out: Path) -> None:
    with readers(out) as seen:
        for number in range(20):
            key = f"/raw/new-{number}.txt", 0
            write(out, part_name([key]), [key], SECOND)
    assert set(seen) == {"right"}, seen


def test_while_groups_are_merged_readers_see_each_row_once_or_are_refused(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.compact.small_groups", lambda _, found: [found[:2]] if len(found) > 1 else [])
    with readers(out) as seen:
        for _ in range(len(HOURS) - 1):
            assert compact(out).merged == 1
    assert len(names(out, "articles")) == 1
    assert not [word for word in seen if " saw " in word], seen
    assert seen["right"] >= len(READERS)


def test_while_groups_are_rewritten_none_stumbles_that_opens_a_part_once(out: Path) -> None:
    with readers(out) as seen:
        for run in (FIRST, SECOND) * 2:
            for key, name in homes(out).items():
                write(out, name, [key], run, rejected=HOURS[4:5])
    refused = {f"{name} refused" for name in READERS if name != "polars"}
    assert not [word for word in seen if " saw " in word or word in refused], seen
    assert seen["right"] >= len(READERS)
