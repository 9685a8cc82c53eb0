"""A run that is killed, over and over, ends up with the rows of a run that was left alone."""

import os
import re
import signal
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from running import all_rows, command_under_way, group_lives, run_command, wait_until

STORY = (
    "The ferry to Harrow will run every hour from Monday, the harbour office said on day {number}.\n\n"
    "Share\n\nThe pier has been mended with timber from the north, and the keeper rang the bell {number} times.\n\n"
)
PARTS = 5


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Make some files; with `--batch-bytes 1` each of them is a batch of its own."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(PARTS):
        path = folder / f"{number:02}.txt"
        path.write_text(STORY.format(number=number) * 3)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    (folder / "empty.txt").write_text("")
    return folder


def published(out: Path) -> int:
    return len(list((out / "articles").glob("part-*"))) - 1


def test_killed_at_many_moments_and_run_again_gives_the_rows_of_an_undisturbed_run(
    inputs: Path, tmp_path: Path
) -> None:
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    options = ["--engine", "none", "--batch-bytes", "1", "--workers", "1"]
    assert run_command(inputs, "--out", calm, *options, "--max-rejects", "1").returncode == 0
    for step in (0, 2):
        with command_under_way(inputs, "--out", stormy, *options) as process:
            wait_until(lambda step=step: published(stormy) >= step or process.poll() is not None)  # type: ignore[misc]
            os.killpg(process.pid, signal.SIGKILL)
            wait_until(lambda: not group_lives(process.pid))
        found = Counter(pq.read_table(stormy / "articles", columns=["article_id"])["article_id"].to_pylist())
        assert set(found.values()) <= {1}, "whoever reads now sees no row twice"
    done = published(stormy)
    finished = run_command(inputs, "--out", stormy, *options, "--max-rejects", "1")
    assert finished.returncode == 0, finished.stderr
    found_documents = re.search(r"documents in\s+(\d+)", finished.stdout)
    assert found_documents is not None
    # A group that was complete when its run was killed is published by the next one without cleaning it again.
    assert PARTS - done <= int(found_documents[1]) <= PARTS + 1 - done
    assert all_rows(stormy) == all_rows(calm)
    assert list((stormy / ".writing").iterdir()) == []
