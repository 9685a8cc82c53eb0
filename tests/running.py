"""Running the command as a user does, and reading what it wrote."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

CHECKOUT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "flows.clean"]
PATIENCE = 300.0
"""Seconds after which a wait has failed: far more than any of them takes, for a shared machine may stall."""


def run_command(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=CHECKOUT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@contextmanager
def command_under_way(*arguments: str | Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Start the command in a process group of its own, of which nothing is left in the end."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=CHECKOUT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if group_lives(process.pid):
                os.killpg(process.pid, 9)


def group_lives(group: int) -> bool:
    """Tell whether a process of the group still runs; one that has ended and is not waited for does not."""
    stats = (entry / "stat" for entry in Path("/proc").iterdir() if entry.name.isdigit())
    for stat in stats:
        fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else []
        if fields and int(fields[2]) == group and fields[0] not in "ZX":
            return True
    return False


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another process does; the time is no part of any result."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def rows(out: Path, dataset: str) -> list[dict[str, Any]]:
    """Read a dataset, less what may differ from run to run, in a fixed order."""
    found = pq.read_table(out / dataset).to_pylist()
    for row in found:
        for name in ("run_id", "cleaned_at"):
            row.pop(name, None)
    return sorted(found, key=repr)


def all_rows(out: Path) -> dict[str, list[dict[str, Any]]]:
    """Read the three datasets that the documents make."""
    return {dataset: rows(out, dataset) for dataset in ("articles", "lines", "rejects")}


def outcomes(out: Path) -> dict[str, str]:
    """Give for each file what became of it: the reasons of its rejects, else "article"."""
    found = {Path(row["source_uri"]).name: "article" for row in rows(out, "articles")}
    return found | {Path(row["source_uri"]).name: row["reason"] for row in rows(out, "rejects")}
