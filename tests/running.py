"""Running the command as a user does, and reading what it wrote."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
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


def descendants(process: int) -> set[int]:
    """Find the processes below a process that still run, however deep."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:
            continue  # it has ended meanwhile
        if fields and fields[0] not in "ZX":
            parents[int(entry.name)] = int(fields[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def live(processes: set[int]) -> set[int]:
    """Give those of some processes that still run."""
    states = {process: Path(f"/proc/{process}/stat") for process in processes}
    return {
        process
        for process, stat in states.items()
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    }


def group_lives(group: int) -> bool:
    """Tell whether a process of the group still runs; one that has ended and is not waited for does not."""
    stats = (entry / "stat" for entry in Path("/proc").iterdir() if entry.name.isdigit())
    for stat in stats:
        fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else []
        if fields and int(fields[2]) == group and fields[0] not in "ZX":
            return True
    return False


def wait_until(is_so: Callable[[], bool], *, every: float = 0.02) -> None:
    """Wait for something that another process does; the time is no part of any result.

    Look less often where looking itself is work for a server.
    """
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(every)


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


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def port_answers(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def ask(server: str, path: str, **question: Any) -> Any:  # noqa: ANN401  whatever JSON it answers
    """Ask the API of a Prefect server; its own client would cost a second of imports each time.

    As that does, ask again where the server is busy: it answers 503 where its SQLite file is locked for too long.
    """
    answers: list[httpx.Response] = []

    def is_answered() -> bool:
        answers.append(httpx.post(f"{server}/{path}", json=question, timeout=PATIENCE))
        return answers[-1].status_code != httpx.codes.SERVICE_UNAVAILABLE

    wait_until(is_answered, every=1)
    answer = answers[-1]
    answer.raise_for_status()
    return answer.json() if answer.content else None


def asked(server: str, name: str) -> dict[str, Any]:
    """Ask a Prefect server for the flow runs with this in their name and all that belongs to them."""
    runs = [run for run in ask(server, "flow_runs/filter") if name in run["name"]]
    these = {"id": {"any_": [run["id"] for run in runs]}}
    of_these = {"flow_run_id": these["id"]}
    artifacts: dict[str, list[Any]] = {}
    for artifact in ask(server, "artifacts/filter", artifacts=of_these):
        artifacts.setdefault(artifact["key"], []).append(artifact["data"])
    made = {"event": {"name": ["prefect.asset.materialization.succeeded"]}}
    return {
        "runs": [(run["name"], run["state_name"], run["state"]["message"]) for run in runs],
        "ids": {run["state_name"]: run["id"] for run in runs},
        "tags": sorted({tag for run in runs for tag in run["tags"]}),
        "tasks": [(run["name"], run["state_name"]) for run in ask(server, "task_runs/filter", flow_runs=these)],
        "logs": [log["message"] for log in ask(server, "logs/filter", logs=of_these)],
        "artifacts": artifacts,
        "published": [
            (event["resource"][ID], {related[ID] for related in event["related"]}, event["payload"])
            for event in ask(server, "events/filter", filter=made)["events"]
        ],
    }


ID = "prefect.resource.id"
