"""One bad document is one row in rejects: files that nobody can read, documents that hang, crash or fill a worker."""

import gzip
import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from running import outcomes, rows, run_command

from cleaners import clean
from flows.addresses import uri_of
from flows.options import CleanOptions
from flows.read import Document, Reject, open_documents
from flows.sources import Reference
from flows.state import ATTEMPTS

STORY = "The ferry to Harrow will run every hour from Monday, the harbour office said.\n\nThe pier has been mended."
FAULTS = {
    "that take no end": {"hang": "timeout", "spin": "timeout"},
    "that crash": {"crash": "crash", "abort": "crash", "overflow": "crash", "kill": "memory"},
    "that take all": {"hoard": "memory", "allocate": "memory", "recurse": "error", "fail": "error"},
}
"""What documents ask `flows.faults` for, and the reason of their rejects."""
MIB = 1024 * 1024
UMOUNT = ["umount"]
REMOUNT = ["mount", "-o", "remount,ro"]


def sparse(path: Path, start: bytes, size: int, end: bytes = b"") -> None:
    with path.open("wb") as file:
        file.write(start)
        file.seek(size)
        file.write(end or b"\n")


def lines_of(*texts: str) -> bytes:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()


def packed_and_cut(path: Path) -> None:
    packed = gzip.compress(lines_of(*(f"{STORY} {os.urandom(30).hex()}" for _ in range(2000))))
    path.write_bytes(packed[: len(packed) // 2])


BAD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.txt": (lambda path: path.write_bytes(b""), "empty"),
    "blank.txt": (lambda path: path.write_bytes(b" \n\n\t\n"), "empty"),
    "picture.txt": (
        lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + os.urandom(4000)),
        "not_text",
    ),
    "paper.html": (lambda path: path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + os.urandom(4000)), "not_text"),
    "program.txt": (lambda path: path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + os.urandom(4000)), "not_text"),
    "long_line.txt": (lambda path: sparse(path, b"The river rose.", 100 * MIB), "too_large"),
    "long_record.jsonl": (lambda path: sparse(path, b'{"text": "', 100 * MIB, b'"}\n' + lines_of(STORY)), "too_large"),
    "many_lines.txt": (lambda path: path.write_text("The ferry left at noon.\n" * 1_000_000), "article"),
    "deep.html": (lambda path: path.write_text("<div>" * 100_000 + f"<p>{STORY}" + "</div>" * 100_000), "article"),
    "deep.json": (lambda path: path.write_text("[" * 100_000 + "]" * 100_000), "invalid_json"),
    "cut.jsonl.gz": (packed_and_cut, "truncated"),
    "one_bad_line.jsonl": (
        lambda path: path.write_bytes(lines_of(STORY) + b'{"text": \n' + lines_of(STORY)),
        "invalid_json",
    ),
    "pipe.txt": (os.mkfifo, "unreadable"),
    "good.txt": (lambda path: path.write_text(STORY), "article"),
}


def test_each_bad_file_has_its_outcome_and_harms_no_other(tmp_path: Path) -> None:
    sources, out = tmp_path / "in", tmp_path / "out"
    circle = sources / "circle" / "deeper"
    circle.mkdir(parents=True)
    (circle / "back").symlink_to("..")
    for name, (make, _) in BAD_FILES.items():
        make(sources / name)
    # The limit is not what is tried here, and a busy machine may take a while over a million lines.
    run = run_command(sources, "--out", out, "--time-limit", "100", "--max-rejects", "1", "--ledger", "none")
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    assert outcomes(out) == {name: outcome for name, (_, outcome) in BAD_FILES.items()}
    articles = [Path(row["source_uri"]).name for row in rows(out, "articles")]
    assert articles.count("one_bad_line.jsonl") == 2
    assert articles.count("long_record.jsonl") == 1
    assert 500 < articles.count("cut.jsonl.gz") < 1500


@pytest.mark.parametrize("kind", FAULTS)
def test_documents_that_stop_their_worker_are_one_reject_each_and_the_rest_is_as_without_them(
    kind: str, tmp_path: Path
) -> None:
    good = [f"{STORY}\n\nBoat number {number} was first." for number in range(12)]
    bad = [f"{STORY}\n\nCOPYDESK-FAULT:{fault}" for fault in FAULTS[kind]]
    texts = [*good[:5], *bad[:-1], *good[5:], bad[-1]]
    (tmp_path / "ferries.jsonl").write_bytes(lines_of(*texts))
    (tmp_path / "alone.txt").write_text(bad[0])
    limit = "2" if "timeout" in FAULTS[kind].values() else "100"
    run = run_command(tmp_path, "--out", tmp_path / "out", "--time-limit", limit, COPYDESK_TEST_FAULTS="1")
    assert run.returncode == 1, run.stderr
    reasons = list(FAULTS[kind].values())
    rejects = rows(tmp_path / "out", "rejects")
    found = [(Path(row["source_uri"]).name, row["reason"]) for row in rejects]
    assert sorted(found) == sorted([("alone.txt", reasons[0]), *(("ferries.jsonl", reason) for reason in reasons)])
    assert all(row["message"] and row["source_sha256"] for row in rejects)
    assert sorted(row["body"] for row in rows(tmp_path / "out", "articles")) == sorted(
        clean(text).body for text in good
    )


def test_a_document_that_stops_its_worker_is_left_alone_once_it_had_its_chances(tmp_path: Path) -> None:
    (tmp_path / "ferries.jsonl").write_bytes(lines_of(STORY, f"{STORY}\n\nCOPYDESK-FAULT:crash"))
    out = tmp_path / "out"
    for _ in range(ATTEMPTS):
        run = run_command(tmp_path / "ferries.jsonl", "--out", out, COPYDESK_TEST_FAULTS="1")
        assert run.returncode == 1, run.stderr
    # Read to see whether it is new, as where a server tells nothing by which a file is known. It would crash no more.
    run = run_command(tmp_path / "ferries.jsonl", "--out", out, "--verify")
    assert run.returncode == 0, run.stderr
    assert [row["documents"] for row in sorted(rows(out, "runs"), key=itemgetter("started_at"))] == [2, 2, 2, 0]
    assert [row["reason"] for row in rows(out, "rejects")] == ["crash"]


def test_a_worker_that_the_system_ends_once_costs_no_document(tmp_path: Path) -> None:
    texts = [f"{STORY}\n\nBoat number {number} was first." for number in range(8)]
    texts[5] += "\n\nCOPYDESK-FAULT:kill_once"
    (tmp_path / "boats.jsonl").write_bytes(lines_of(*texts))
    run = run_command(tmp_path, "--out", tmp_path / "out", COPYDESK_TEST_FAULTS=str(tmp_path / "killed"))
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "killed").exists()
    assert len(rows(tmp_path / "out", "articles")) == len(texts)
    assert rows(tmp_path / "out", "rejects") == []


def test_a_document_that_is_late_because_the_machine_is_busy_is_cleaned(tmp_path: Path) -> None:
    (tmp_path / "late.txt").write_text(f"{STORY}\n\nCOPYDESK-FAULT:stall")
    (tmp_path / "later.jsonl").write_bytes(lines_of(STORY, f"{STORY}\n\nCOPYDESK-FAULT:stall"))
    run = run_command(tmp_path, "--out", tmp_path / "out", "--time-limit", "2.5", COPYDESK_TEST_FAULTS="1")
    assert run.returncode == 0, run.stderr
    assert outcomes(tmp_path / "out") == {"late.txt": "article", "later.jsonl": "article"}


def test_a_file_without_the_right_to_read_it_is_a_reject(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "good.txt").write_text(STORY)
    (tmp_path / "locked.txt").write_text(STORY)
    (tmp_path / "locked.txt").chmod(0)
    run = run_command(tmp_path, "--out", tmp_path / "out", "--max-rejects", "1")
    assert run.returncode == 0, run.stderr
    assert outcomes(tmp_path / "out") == {"good.txt": "article", "locked.txt": "unreadable"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte, which only root may."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no right to mount a small disk here")
    try:
        yield folder
    finally:
        subprocess.run([*UMOUNT, str(folder)], check=True)


def test_a_full_disk_ends_the_run_with_a_sentence_and_what_is_there_stays_readable(
    small_disk: Path, tmp_path: Path
) -> None:
    out = small_disk / "out"
    (tmp_path / "first.jsonl").write_bytes(lines_of(STORY))
    assert run_command(tmp_path / "first.jsonl", "--out", out).returncode == 0
    texts = (f"{STORY}\n\n{os.urandom(20_000).hex()}" for _ in range(200))
    (tmp_path / "second.jsonl").write_bytes(lines_of(*texts))
    run = run_command(tmp_path / "first.jsonl", tmp_path / "second.jsonl", "--out", out, "--ledger", "all")
    assert run.returncode == 1
    assert "is full" in run.stderr
    assert "Traceback" not in run.stderr
    assert [Path(row["source_uri"]).name for row in rows(out, "articles")] == ["first.jsonl"]
    (tmp_path / "second.jsonl").unlink()
    assert run_command(tmp_path / "first.jsonl", "--out", out).returncode == 0, "the disk is free again"


def test_an_output_that_can_only_be_read_is_refused_with_a_sentence(small_disk: Path, tmp_path: Path) -> None:
    out = small_disk / "out"
    (tmp_path / "first.txt").write_text(STORY)
    assert run_command(tmp_path / "first.txt", "--out", out).returncode == 0
    subprocess.run([*REMOUNT, str(small_disk)], check=True)
    (tmp_path / "first.txt").write_text(f"{STORY} It is green.")
    run = run_command(tmp_path / "first.txt", "--out", out)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert run.stderr.strip().count("\n") == 0, "one sentence"
    assert str(small_disk) in run.stderr
    assert [row["body"] for row in rows(out, "articles")] == [clean(STORY).body]


def tabular(stories: list[str], path: Path) -> None:
    pq.write_table(pa.table({"text": stories}), path, row_group_size=50)


def packed_together(stories: list[str], path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for number, story in enumerate(stories):
            file.writestr(f"{number}.txt", story)


CHANGED_FORMS: dict[str, Callable[[list[str], Path], object]] = {
    "a.jsonl": lambda stories, path: path.write_bytes(lines_of(*stories)),
    "a.jsonl.gz": lambda stories, path: path.write_bytes(gzip.compress(lines_of(*stories))),
    "a.csv": lambda stories, path: path.write_text("text\n" + "".join(f'"{story}"\n' for story in stories)),
    "a.parquet": tabular,
    "a.zip": packed_together,
}


@pytest.mark.parametrize("name", CHANGED_FORMS)
@pytest.mark.parametrize("change", ["cut", "overwritten"])
def test_an_input_that_changes_while_it_is_read_gives_documents_and_rejects(
    name: str, change: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    stories = [f"{STORY} {os.urandom(2_000).hex()} {number}" for number in range(600)]
    CHANGED_FORMS[name](stories, path)
    found = open_documents(Reference(uri_of(path), size=path.stat().st_size), CleanOptions())
    first = next(found)
    assert isinstance(first, Document)
    with path.open("r+b") as file:
        if change == "cut":
            file.truncate(path.stat().st_size // 3)
        else:
            file.seek(path.stat().st_size // 3)
            file.write(os.urandom(path.stat().st_size // 3))
    others = list(found)
    assert all(isinstance(item, Document | Reject) for item in others)
    if change == "cut":
        assert sum(isinstance(item, Document) for item in others) < len(stories) - 1
