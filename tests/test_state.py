"""What is done already: each document is cleaned when it is new or has changed, and only then."""

import gzip
import json
import os
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cleaners import Article, Page, clean_many
from flows import exchange, output, parts, sources, work
from flows import plan as planning
from flows.compact import compact
from flows.gauge import Gauge
from flows.options import ROW_NEUTRAL, CleanOptions
from flows.output import STATE_FOLDER, Output, OutputError
from flows.places import fingerprint_of
from flows.plan import plan, sifted
from flows.prune import pattern_of
from flows.read import Document, Key, Reference, Reject, discover
from flows.schema import RUNS
from flows.state import Entry, Reading, options_digest, to_table
from flows.work import Order, clean_batch
from flows.write import RunStamp, State, Store

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
LONG_AGO = 1_600_000_000
"""Seconds: files of this age are no longer young enough for their time of change to be doubted."""
STORY = "The ferry to {} will run every hour from Monday, the harbour office said.\n\nThe pier has been mended."


class Crash(Exception):
    """Stands for the end of the process at this place."""


@dataclass
class Cleaned:
    """What the model remembers of a key: its documents, who cleaned them, and what the file looked like."""

    documents: tuple[tuple[int, str], ...]
    version: str
    fingerprint: str
    is_lost: bool = False
    """Whether its state was lost, so that it is cleaned when it is next met."""


SPAN = 64
"""Bytes: so short are the spans of record files in these tests."""


def in_this_process(patch: pytest.MonkeyPatch) -> None:
    """Let files have short spans, and cleaning be cheap and in this process."""
    patch.setattr(sources, "CHUNK_BYTES", SPAN)
    for module in (exchange, output, parts):
        patch.setattr(module, "sync", lambda _: None)
    patch.setattr(work, "watch", lambda _: None)
    patch.setattr(work, "clean_many", clean_many)


def run_here(inputs: Path | str, out: Path | str, version: str = "1", **choices: Any) -> int:
    """Run as the command does, but in this process, and give the number of documents that were cleaned."""
    options = CleanOptions(inputs=(str(inputs),), out=str(out), **choices)
    run = RunStamp("run", NOON, version, "network")
    work.clean_many = lambda pages: (Article(body=f"{version} {page.raw!s}") for page in pages)  # type: ignore[attr-defined]
    cells = [0] * Gauge.SLOTS
    with Store.open(out) as store:
        found = list(discover(options.inputs, exclude=[out]))
        todo = plan(found, store.state(), options=options, run=run, workers=2)
        return sum(clean_batch(Order(batch), Gauge(cells)).documents for batch in todo.batches)


class Runs(RuleBasedStateMachine):
    """Files come, change, grow, shrink, go; after each run the rows are those that a run from scratch would give.

    What nobody asked to be cleaned anew keeps its rows: sources that are gone, and what another version has cleaned.
    """

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        in_this_process(self.patch)
        self.patch.setattr(planning, "OPEN_BYTES", 150)
        self.patch.setattr(planning, "MOST_SMALL_GROUPS", 2)
        self.version = "1"
        self.clock = LONG_AGO
        self.memory: dict[Key, Cleaned] = {}

    @initialize()
    def start(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.inputs, self.out = self.root / "in", self.root / "out"
        self.inputs.mkdir()
        (self.inputs / "stays.txt").write_text("always here")
        os.utime(self.inputs / "stays.txt", (LONG_AGO, LONG_AGO))

    def teardown(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.root)

    def write(self, name: str, content: str, *, seen: bool = True) -> None:
        path = self.inputs / name
        before = path.stat().st_mtime if path.exists() else 0
        path.write_text(content)
        self.clock += 1
        moment = self.clock if seen else before
        os.utime(path, (moment, moment))

    @rule(name=st.sampled_from(["a.txt", "b.txt"]), words=st.sampled_from(["rain", "hail", "snow"]), seen=st.booleans())
    def put_text(self, name: str, words: str, *, seen: bool) -> None:
        self.write(name, words, seen=seen or not (self.inputs / name).exists())

    @rule(numbers=st.lists(st.integers(10, 12), min_size=1, max_size=14))
    def put_records(self, numbers: list[int]) -> None:
        self.write("c.jsonl", "".join(f'{{"text": "{number} of them"}}\n' for number in numbers))

    @rule()
    def append(self) -> None:
        path = self.inputs / "c.jsonl"
        if path.exists():
            self.write("c.jsonl", path.read_text() + '{"text": "one more"}\n')

    @rule(name=st.sampled_from(["a.txt", "b.txt", "c.jsonl"]))
    def touch(self, name: str) -> None:
        if (self.inputs / name).exists():
            self.write(name, (self.inputs / name).read_text())

    @rule(name=st.sampled_from(["a.txt", "b.txt", "c.jsonl"]))
    def delete(self, name: str) -> None:
        (self.inputs / name).unlink(missing_ok=True)

    @rule()
    def update(self) -> None:
        self.version = str(int(self.version) + 1)

    @rule(verify=st.booleans(), refresh=st.booleans(), prune=st.booleans(), crash=st.integers(0, 12))
    def run(self, *, verify: bool, refresh: bool, prune: bool, crash: int) -> None:
        choices = {"verify": verify, "refresh": refresh, "prune": prune}
        if crash:
            self.crash_at_publication(crash, choices)
        expected = self.expected(**choices)
        cleaned = run_here(self.inputs, self.out, self.version, **choices)
        if not crash:
            fresh = [key for key, known in expected.items() if known.version == self.version]
            before = [key for key in fresh if self.memory.get(key) and self.memory[key].version == self.version]
            news = [key for key in fresh if key not in before or expected[key].documents != self.memory[key].documents]
            assert cleaned == sum(len(expected[key].documents) for key in news)
        self.memory = expected
        assert self.rows() == sorted(
            (*key, offset, f"{known.version} {text}")
            for key, known in expected.items()
            for offset, text in known.documents
        )
        assert run_here(self.inputs, self.out, self.version) == 0, "a second run has nothing to do"

    def crash_at_publication(self, number: int, choices: dict[str, bool]) -> None:
        publish, calls = Output.publish, iter(range(1, number))

        def crashing(output: Output, dataset: str, name: str) -> None:
            if next(calls, None) is None:
                raise Crash
            publish(output, dataset, name)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Output, "publish", crashing)
            # A killed process tidies nothing up: that is for the next one, when it opens the folder.
            patch.setattr(Store, "__exit__", lambda store, *_: store._lock.free())  # noqa: SLF001
            with suppress(Crash):
                run_here(self.inputs, self.out, self.version, **choices)

    @rule()
    def merge(self) -> None:
        if self.out.exists():
            before = self.rows()
            compact(self.out)
            assert self.rows() == before

    @rule()
    def lose_state(self) -> None:
        if self.out.exists():
            shutil.rmtree(self.out / STATE_FOLDER)
            self.memory = {key: replace(known, fingerprint="", is_lost=True) for key, known in self.memory.items()}
            self.version = str(int(self.version) + 1)
            expected = self.expected(verify=False, refresh=False, prune=False)
            run_here(self.inputs, self.out, self.version)
            self.memory = expected

    @invariant()
    def each_row_is_there_once(self) -> None:
        if getattr(self, "out", None) and self.out.exists():
            found = [row[:3] for row in self.rows()]
            assert len(found) == len(set(found))

    def expected(self, *, verify: bool, refresh: bool, prune: bool) -> dict[Key, Cleaned]:
        found: dict[Key, Cleaned] = {}
        for path in sorted(self.inputs.iterdir()):
            status = path.stat()
            fingerprint = f"{status.st_size}-{status.st_mtime_ns}"
            for key, documents in documents_of(path).items():
                known = self.memory.get(key)
                is_stale = known is not None and (known.is_lost or (refresh and known.version != self.version))
                if known is None or is_stale:
                    found[key] = Cleaned(documents, self.version, fingerprint)
                elif known.fingerprint == fingerprint and not verify:
                    found[key] = known
                elif known.documents == documents:
                    found[key] = replace(known, fingerprint=fingerprint)
                else:
                    found[key] = Cleaned(documents, self.version, fingerprint)
        here = {uri for uri, _ in found}
        if not prune:
            found |= {key: known for key, known in self.memory.items() if key[0] not in here}
        return found

    def rows(self) -> list[tuple[Any, ...]]:
        table = pq.read_table(self.out / "articles", columns=["source_uri", "source_offset", "body"])
        return sorted(
            (r["source_uri"], r["source_offset"] // SPAN, r["source_offset"], r["body"]) for r in table.to_pylist()
        )


def documents_of(path: Path) -> dict[Key, tuple[tuple[int, str], ...]]:
    """Read a file as its spans of documents, spans without any included."""
    raw = path.read_bytes()
    if path.suffix == ".txt":
        return {(str(path), 0): ((0, repr(raw)),)}
    spans: dict[int, list[tuple[int, str]]] = {span: [] for span in range(-(-len(raw) // SPAN))}
    offset = 0
    for line in raw.splitlines(keepends=True):
        spans[offset // SPAN].append((offset, json.loads(line)["text"]))
        offset += len(line)
    return {(str(path), span): tuple(found) for span, found in spans.items()}


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    in_this_process(monkeypatch)
    (tmp_path / "in").mkdir()
    return tmp_path / "in", tmp_path / "out"


def put(path: Path, content: str | bytes, *, age: int = 0) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (LONG_AGO + age, LONG_AGO + age))


def bodies(out: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    table = pq.read_table(out / "articles", columns=["source_uri", "source_offset", "body"])
    for row in sorted(table.to_pylist(), key=lambda row: (row["source_uri"], row["source_offset"])):
        found.setdefault(Path(row["source_uri"]).name, []).append(row["body"])
    return found


def test_what_looks_as_it_did_is_not_even_opened(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, out = folders
    for name in "abc":
        put(inputs / f"{name}.txt", name)
    assert run_here(inputs, out) == 3

    def opened(*_: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(work, "open_documents", opened)
    assert run_here(inputs, out) == 0


def test_a_change_that_does_not_show_is_found_by_verify_alone(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    put(inputs / "a.txt", "rain")
    put(inputs / "b.txt", "hail")
    run_here(inputs, out)
    put(inputs / "a.txt", "snow")
    assert run_here(inputs, out, "2") == 0
    assert run_here(inputs, out, "2", verify=True) == 1
    assert bodies(out) == {"a.txt": ["2 b'snow'"], "b.txt": ["1 b'hail'"]}


def test_refresh_cleans_what_another_version_or_other_options_have_cleaned(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    put(inputs / "a.txt", "rain")
    run_here(inputs, out)
    assert run_here(inputs, out, "2") == 0
    assert run_here(inputs, out, "2", ledger="all", refresh=True) == 1
    assert run_here(inputs, out, "2", ledger="all", refresh=True, max_rejects=1, time_limit=3) == 0
    with Store.open(out) as store:
        run = RunStamp("run", NOON, "2", "network")
        known = store.state()
        assert known.rows_of_others(run, options_digest(CleanOptions(ledger="all"))) == (0, 0)
        assert known.rows_of_others(run, options_digest(CleanOptions())) == (0, 1)
        assert known.rows_of_others(replace(run, copydesk_version="3"), "") == (1, 0)
    assert run_here(inputs, out, "2", refresh=True) == 1


def test_of_a_file_that_grew_only_its_last_span_and_the_new_ones_are_cleaned(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    lines = [f'{{"text": "story {number:02}"}}\n' for number in range(20)]
    put(inputs / "c.jsonl", "".join(lines))
    assert run_here(inputs, out) == 20
    put(inputs / "c.jsonl", "".join([*lines, *lines[:2]]), age=1)
    assert run_here(inputs, out, "2") <= 2 + SPAN // len(lines[0]) + 1
    versions = Counter(body[0] for body in bodies(out)["c.jsonl"])
    assert versions.total() == 22
    assert versions["1"] >= 16


def test_a_file_that_is_packed_and_unpacked_again_keeps_each_row_once(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    lines = [f'{{"text": "story {number:02}"}}\n' for number in range(20)]
    wanted = [f"story {number:02}" for number in range(20)]
    whole = "".join(lines)
    contents: list[str | bytes] = [whole, gzip.compress(whole.encode()), "".join(lines[:9])]
    for age, content in enumerate(contents):
        put(inputs / "c.jsonl", content, age=age)
        run_here(inputs, out, str(age))
        found = bodies(out)["c.jsonl"]
        assert [body.split(" ", 1)[1] for body in found] == wanted[: 9 if age == 2 else 20]
        assert run_here(inputs, out) == 0


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("/raw", ["/raw/a.txt", "file:///raw/a%21/b.txt", "file:///raw/bad%FF.txt"], ["/rawhide/a.txt"]),
        ("/raw/*", ["/raw/sub/a.txt", "/raw/a.txt"], ["/other/a.txt"]),
        ("/raw/[a-c]*.txt", ["/raw/all.txt"], ["/raw/dew.txt", "/raw/sub/all.txt"]),
        ("/raw (old)", ["/raw (old)/a.txt", "file:///raw%20%28old%29/a%21/b.txt"], ["/raw old/a.txt"]),
        ("s3://crawl/2031/", ["s3://crawl/2031/a.txt"], ["s3://crawl/20310/a.txt"]),
    ],
)
def test_what_lies_below_an_input_is_told_by_its_name(text: str, inside: list[str], outside: list[str]) -> None:
    uris = pl.Series([*inside, *outside])
    assert uris.str.contains(pattern_of(text)).to_list() == [True] * len(inside) + [False] * len(outside)


def test_prune_takes_what_is_gone_below_the_inputs_and_nothing_else(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    (inputs / "deep").mkdir()
    for name in ("a.txt", "b.html", "deep/c.txt", "d.txt"):
        put(inputs / name, name)
    run_here(inputs, out)
    (inputs / "a.txt").unlink()
    (inputs / "deep/c.txt").unlink()
    (inputs / "d.txt").rename(inputs / ".d.txt")
    (inputs / ".d.txt").rename(inputs / "d.txt")
    put(inputs / "deep/e.txt", "e")
    run_here(inputs, out)
    assert set(bodies(out)) == {"a.txt", "b.html", "c.txt", "d.txt", "e.txt"}
    run_here(inputs / "deep", out, prune=True)
    assert set(bodies(out)) == {"a.txt", "b.html", "d.txt", "e.txt"}
    run_here(f"{inputs}/*.html", out, prune=True)
    assert "a.txt" in bodies(out)
    run_here(f"{inputs}/d*", out, prune=True)
    assert "a.txt" in bodies(out)
    run_here(f"{inputs}/*.[!h]*", out, prune=True)
    assert set(bodies(out)) == {"b.html", "d.txt", "e.txt"}


def test_the_reject_of_a_folder_that_could_not_be_read_goes_when_it_can(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, out = folders
    put(inputs / "a.txt", "rain")
    put(inputs / "shut/b.txt", "hail")
    scandir = os.scandir

    def denied(folder: Path) -> object:
        if Path(folder).name == "shut":
            raise PermissionError
        return scandir(folder)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", denied)
        for _ in range(2):
            run_here(inputs, out, prune=True)
            assert pq.read_table(out / "rejects")["source_uri"].to_pylist() == [f"{inputs}/shut"]
    run_here(inputs, out, prune=True)
    assert pq.read_table(out / "rejects").num_rows == 0
    assert set(bodies(out)) == {"a.txt", "b.txt"}


def test_prune_knows_what_lies_below_a_glob_in_a_folder_with_brackets(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    for name in ("a.txt", "b.txt"):
        put(inputs / "crawl [2031]" / name, name)
    assert run_here(f"{inputs}/crawl [2031]/*.txt", out) == 2
    (inputs / "crawl [2031]/a.txt").unlink()
    run_here(f"{inputs}/crawl [2031]/*.txt", out, prune=True)
    assert set(bodies(out)) == {"b.txt"}


@pytest.mark.parametrize("is_hard", [False, True])
def test_a_link_that_is_made_later_doubles_no_document(folders: tuple[Path, Path], *, is_hard: bool) -> None:
    inputs, out = folders
    put(inputs / "m.txt", "rain")
    put(inputs / "deep/m.jsonl", '{"text": "one of them"}\n' * 9)
    assert run_here(inputs, out) == 10
    before = bodies(out)
    for name in ("a.txt", "z.txt"):
        (os.link if is_hard else os.symlink)(inputs / "m.txt", inputs / name)
    (inputs / "a").symlink_to("deep")
    for _ in range(2):
        assert run_here(inputs, out, "2") == 0
        assert bodies(out) == before


def test_a_file_that_is_moved_and_leaves_a_link_keeps_its_name_and_rows(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    put(inputs / "m.txt", "rain")
    put(inputs / "deep/n.jsonl", '{"text": "one of them"}\n' * 9)
    run_here(inputs, out)
    before = bodies(out)
    (inputs / "2031").mkdir()
    for name in ("m.txt", "deep"):
        (inputs / name).rename(inputs / "2031" / name)
        (inputs / name).symlink_to(f"2031/{name}")
    for _ in range(2):
        assert run_here(inputs, out, "2", prune=True) == 0
        assert bodies(out) == before
    put(inputs / "2031/m.txt", "snow", age=1)
    assert run_here(inputs, out, "3") == 1
    assert bodies(out)["m.txt"] == ["3 b'snow'"]


def test_rows_that_a_link_has_doubled_go(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    put(inputs / "m.txt", "rain")
    run_here(inputs, out)
    (inputs / "m.txt").rename(inputs / "n.txt")
    run_here(inputs, out)
    assert set(bodies(out)) == {"m.txt", "n.txt"}
    (inputs / "m.txt").symlink_to("n.txt")
    assert run_here(inputs, out) == 0
    assert set(bodies(out)) == {"n.txt"}


def test_where_there_are_many_small_groups_a_small_batch_joins_the_smallest(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, out = folders
    monkeypatch.setattr(planning, "OPEN_BYTES", 40)
    monkeypatch.setattr(planning, "MOST_SMALL_GROUPS", 3)
    for hour in range(18):
        put(inputs / f"{hour:02}.txt", "ten bytes!")
        before = {path: path.stat().st_ino for path in (out / "articles").glob("part-*")}
        assert run_here(inputs, out) == 1
        replaced = [path for path, number in before.items() if path.stat().st_ino != number]
        assert len(replaced) == (hour >= 3 and len(before) == len(list((out / "articles").glob("part-*"))))
    groups = len(list((out / "articles").glob("part-*"))) - 1
    assert 18 * 10 // 40 <= groups <= 18 * 10 // 40 + 3
    assert len(bodies(out)) == 18


def test_a_touched_file_is_read_once_and_then_trusted_again(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, out = folders
    put(inputs / "a.txt", "rain")
    run_here(inputs, out)
    put(inputs / "a.txt", "rain", age=1)
    assert run_here(inputs, out) == 0
    monkeypatch.setattr(work, "open_documents", None)
    assert run_here(inputs, out) == 0


def test_options_that_change_no_row_do_not_count() -> None:
    default = options_digest(CleanOptions())
    assert set(CleanOptions.model_fields) >= ROW_NEUTRAL
    assert options_digest(CleanOptions(inputs=("x",), workers=3, verify=True, time_limit=1)) == default
    others = [
        CleanOptions(kind="html"),
        CleanOptions(ledger="all"),
        CleanOptions(text_field="a"),
        CleanOptions(max_bytes=9),
    ]
    assert len({default, *map(options_digest, others)}) == 5


# What a reading vouches for


def reading_of(path: Path, *items: Document | Reject, started: int | None = None) -> Reading:
    reading = Reading(Reference(str(path), fingerprint=fingerprint_of(path.stat())))
    reading.started = started or reading.started
    for item in items:
        reading.see(item)
    return reading


def test_a_file_that_changes_while_it_is_read_is_not_vouched_for(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, "rain")
    reading = reading_of(path)
    assert reading.fingerprint() == fingerprint_of(path.stat())
    put(path, "snow", age=1)
    assert reading.fingerprint() == ""
    path.unlink()
    assert reading.fingerprint() == ""


def test_a_file_as_young_as_its_reading_is_not_vouched_for_whatever_the_clock_does(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, "rain")
    second = 1_000_000_000
    assert reading_of(path, started=LONG_AGO * second).fingerprint() == ""
    assert reading_of(path, started=(LONG_AGO - 3600) * second).fingerprint() == "", "the clock was set back"
    assert reading_of(path, started=(LONG_AGO + 3) * second).fingerprint() != ""


def test_what_comes_with_a_document_counts_as_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, "rain")
    page = Page("rain", url="https://harrow.example/1")
    pages = [page, replace(page, url=None), replace(page, fields={"title": "Rain"}), replace(page, fetched_at=NOON)]
    digests = {reading_of(path, Document(str(path), 0, each, "ab", 4)).digest for each in pages}
    assert len(digests) == 4


def test_a_document_that_stops_its_worker_is_tried_in_three_runs(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, "rain")
    hangs = Reject(str(path), 0, "clean", "timeout", "It took longer.", 4, "ab")
    run, options = RunStamp("run", NOON, "1", "network"), CleanOptions(inputs=(str(path),))
    old: dict[Key, Entry] = {}
    for todo in ("clean", "clean", "clean", "skip"):
        found = State.of({"part-a": to_table(old.values(), {})})
        reference = next(discover(options.inputs))
        assert sifted([reference], found, options=options, run=run)["todo"].to_list() == [todo]
        reading = reading_of(path, hangs)
        old = {e.key: e for e in reading.entries(Counter(), old, run=run, options=options_digest(options))}
    old = {key: replace(entry, fingerprint="", attempts=1) for key, entry in old.items()}
    again = reading_of(path, hangs).entries(Counter(), old, run=run, options="")[0]
    assert again.attempts == 2, "it was too young to be vouched for, but is the same"
    put(path, "snow", age=1)
    reading = reading_of(path, replace(hangs, sha256="cd"))
    assert reading.entries(Counter(), old, run=run, options="")[0].attempts == 1, "another content has its own chances"


def test_an_unreadable_file_is_looked_at_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, "rain")
    denied = Reject(str(path), 0, "read", "unreadable", "Permission denied")
    assert reading_of(path, denied).fingerprint() == ""


# State files


def test_state_that_is_damaged_or_of_other_parts_is_made_anew_and_says_so(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    put(inputs / "a.txt", "rain")
    run_here(inputs, out)
    (path,) = (out / STATE_FOLDER).iterdir()
    good = path.read_bytes()
    for content in (good[:-20], b"", good):
        path.write_bytes(content)
        with Store.open(out) as store:
            notes = store.state().notes
        assert bool(notes) is (content is not good)
    assert run_here(inputs, out) == 0
    path.write_bytes(good[:-20])
    assert run_here(inputs, out) == 1, "nobody vouches for rows without their state"
    assert bodies(out) == {"a.txt": ["1 b'rain'"]}
    part = out / "articles" / path.name
    part.unlink()
    assert run_here(inputs, out) == 1, "the state of a group whose articles are gone does not count"
    assert bodies(out) == {"a.txt": ["1 b'rain'"]}


def test_state_of_a_newer_version_is_refused(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    put(inputs / "a.txt", "rain")
    run_here(inputs, out)
    (path,) = (out / STATE_FOLDER).iterdir()
    table = pq.read_table(path)
    newer = {**(table.schema.metadata or {}), b"copydesk.state_version": b"99"}
    pq.write_table(table.replace_schema_metadata(newer), path)
    with pytest.raises(OutputError, match="newer Copydesk: update this one"):
        run_here(inputs, out)


def test_a_key_in_two_groups_is_cleaned_into_one(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    put(inputs / "a.txt", "rain")
    run_here(inputs, out)
    for dataset in ("articles", "lines", "rejects"):
        (part,) = (path for path in (out / dataset).iterdir() if "0000" not in path.name)
        shutil.copy(part, part.with_name("part-ffffffffffffffff.parquet"))
    assert len(bodies(out)["a.txt"]) == 2
    run_here(inputs, out)
    assert bodies(out) == {"a.txt": ["1 b'rain'"]}
    assert run_here(inputs, out) == 0


def test_runs_of_an_earlier_version_get_the_new_columns(folders: tuple[Path, Path]) -> None:
    _, out = folders
    Store.open(out).close()
    (path,) = (out / "runs").iterdir()
    old = pq.read_table(path).drop_columns(["unchanged", "pruned", "rows_of_older_version", "rows_of_other_options"])
    pq.write_table(old, path)
    Store.open(out).close()
    assert pq.read_schema(path).equals(RUNS, check_metadata=True)
