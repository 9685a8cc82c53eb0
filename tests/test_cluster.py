"""A cluster: a real Dask scheduler with two workers gives the rows of one machine, whatever dies on the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from running import (
    PATIENCE,
    all_rows,
    asked,
    command_under_way,
    descendants,
    free_port,
    live,
    outcomes,
    run_command,
    wait_until,
)
from stores import bucket_on_loopback

from flows import places

STORY = "The ferry to Harrow will run every hour from Monday, the harbour office said.\n\nThe pier has been mended."
DOCUMENTS = 6
CRASH, HANG = "COPYDESK-FAULT:crash", "COPYDESK-FAULT:hang"
Rows = dict[str, list[dict[str, Any]]]
FAULTS = {"COPYDESK_TEST_FAULTS": "1"}


class Cluster:
    """A scheduler and two workers, as `dask scheduler` and `dask worker` start them."""

    def __init__(self, folder: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        environment = os.environ | FAULTS | {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
        port = self.address.rpartition(":")[2]
        scheduler = ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show"]
        workers = ["worker", self.address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for arguments in (scheduler, [*workers, "--local-directory", str(folder)])
        ]

    @property
    def workers(self) -> int:
        """The process that minds the two workers."""
        return self._processes[1].pid

    def close(self) -> None:
        family = {process.pid for process in self._processes}.union(*(descendants(p.pid) for p in self._processes))
        for member in live(family):
            os.kill(member, signal.SIGKILL)
        for process in self._processes:
            process.wait()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with bucket_on_loopback() as address:
        yield address


@pytest.fixture(scope="module")
def cluster(bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    assert bucket, "the workers find the way to the store in their environment"
    found = Cluster(tmp_path_factory.mktemp("dask"))
    try:
        from distributed import Client

        with Client(found.address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "in"
    folder.mkdir()
    for number in range(DOCUMENTS):
        text = f"Ferry {number}\n\n{STORY}\n\nRead more: Boats of Harrow\n"
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    (folder / "crash.txt").write_text(CRASH, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def plain_rows(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """Give the rows of one machine."""
    out = tmp_path_factory.mktemp("plain")
    run = run_command(sources, "--out", out, "--engine", "none", "--max-rejects", "1", **FAULTS)
    assert run.returncode == 0, run.stderr
    return all_rows(out)


def arguments(cluster: Cluster, sources: Path | str, out: Path | str) -> list[str]:
    return [
        *(str(sources), "--out", str(out), "--max-rejects", "1", "--batch-bytes", "400"),
        *("--runner", "dask", "--dask-address", cluster.address),
    ]


@pytest.mark.server
def test_a_cluster_under_prefect_gives_the_rows_of_one_machine(
    cluster: Cluster, server: str, sources: Path, plain_rows: Rows
) -> None:
    out = sources.parent / "under_prefect"
    run = run_command(*arguments(cluster, sources, out), PREFECT_API_URL=server)
    assert run.returncode == 0, run.stderr
    assert all_rows(out) == plain_rows
    assert outcomes(out)["crash.txt"] == "crash"
    wait_until(lambda: bool(asked(server, str(sources))["runs"]), every=0.5)
    states = [state for name, state in asked(server, str(sources))["tasks"] if name.startswith("batch")]
    assert len(states) > 2
    assert set(states) == {"Completed"}


def test_a_dask_worker_that_dies_loses_no_row(
    cluster: Cluster, sources: Path, plain_rows: Rows, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with command_under_way(*arguments(cluster, sources, out), "--engine", "none") as process:
        wait_until(lambda: bool(writers(cluster, out)))
        busy = next(worker for worker in descendants(cluster.workers) if descendants(worker))
        os.kill(busy, signal.SIGKILL)
        assert process.wait(PATIENCE) == 0
    assert all_rows(out) == plain_rows


def test_the_workers_read_and_write_an_object_store(
    cluster: Cluster, bucket: str, sources: Path, plain_rows: Rows
) -> None:
    store = fsspec.filesystem("s3", skip_instance_cache=True)
    for source in sources.iterdir():
        store.pipe_file(f"{bucket}/raw/{source.name}", source.read_bytes())
    run = run_command(*arguments(cluster, f"{bucket}/raw/", f"{bucket}/clean"), "--engine", "none")
    assert run.returncode == 0, run.stderr
    found: dict[str, str] = {}
    for entry in places.listing(f"{bucket}/clean/articles"):
        with places.opened(entry.uri) as stream:
            found |= {Path(row["source_uri"]).name: row["body"] for row in pq.read_table(stream).to_pylist()}
    assert found == {Path(row["source_uri"]).name: row["body"] for row in plain_rows["articles"]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=str)
def test_a_run_broken_off_ends_its_batches_on_the_cluster(
    number: signal.Signals, cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "hangs.txt").write_text(HANG, encoding="utf-8")
    options = arguments(cluster, tmp_path / "hangs.txt", tmp_path / "out")
    with command_under_way(*options, "--engine", "none", "--time-limit", "600") as process:
        wait_until(lambda: bool(writers(cluster, tmp_path / "out")))
        writing = writers(cluster, tmp_path / "out")
        process.send_signal(number)
        assert process.wait(PATIENCE) in {130, -9}
        wait_until(lambda: not live(writing))


def writers(cluster: Cluster, out: Path) -> set[int]:
    """Find the processes on the cluster that have a file in this folder open."""
    found = set()
    for process in descendants(cluster.workers):
        try:
            opened = [str(handle.readlink()) for handle in Path(f"/proc/{process}/fd").iterdir()]
        except OSError:
            continue  # it has ended meanwhile
        if any(name.startswith(str(out)) for name in opened):
            found.add(process)
    return found


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--runner", "dask"], "needs the address"),
        (["--runner", "dask", "--dask-address", "tcp://127.0.0.1:9"], "No Dask scheduler answers at tcp://127.0.0.1:9"),
        (["--runner", "dask", "--dask-address", "tcp://127.0.0.1:9", "--engine", "prefect"], "set PREFECT_API_URL"),
    ],
    ids=["no address", "no scheduler", "no server"],
)
def test_a_cluster_that_cannot_be_is_one_sentence(options: list[str], hint: str, sources: Path, tmp_path: Path) -> None:
    run = run_command(sources, "--out", tmp_path / "out", *options)
    assert run.returncode == 2
    assert hint in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "out").exists()
