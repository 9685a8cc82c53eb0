"""How batches are handed out: deadlines, retries only for the disk; and a store of Prefect that does not grow."""

import doctest
import json
import os
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from running import CHECKOUT, ask, command_under_way, group_lives, live, wait_until

from flows import watching
from flows.counts import Counts
from flows.engine import OutOfTime, Runner, as_they_end


def test_examples() -> None:
    assert doctest.testmod(watching).failed == 0


def test_counts_come_as_batches_end_and_stop_at_the_deadline() -> None:
    futures: list[Future[Counts]] = [Future(), Future()]
    runner = Runner(lambda _: futures)
    futures[1].set_result(Counts(documents=3, bytes=70))
    coming = runner.map([], deadline=time.monotonic() + 0.2)
    assert next(coming).documents == 3
    with pytest.raises(OutOfTime):
        next(coming)
    assert runner.done() == (3, 70)


def test_without_a_deadline_all_come_in_the_order_in_which_they_end() -> None:
    futures: list[Future[int]] = [Future(), Future(), Future()]
    coming = as_they_end(futures, deadline=None)
    for place in (2, 0, 1):
        futures[place].set_result(place)
        assert next(coming).result() == place
    assert next(coming, "no more") == "no more"


def test_a_run_that_is_out_of_time_ends_its_workers_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("COPYDESK-FAULT:hang", encoding="utf-8")
    arguments = (tmp_path / "a.txt", "--out", tmp_path / "out", "--time-limit", "600", "--max-seconds", "1")
    with command_under_way(*arguments, "--engine", "none", COPYDESK_TEST_FAULTS="1") as process:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 1
        wait_until(lambda: not group_lives(process.pid))
    assert "Out of time after 0 of 1 batches" in errors
    assert "Traceback" not in errors


RETRIES = """
import json
from prefect import flow
from flows import engine
from flows.counts import Counts
from flows.crew import BatchFailed, Interrupted, NotWritten

engine.IO_RETRY_SECONDS[:] = [0.0, 0.0]
tries = {}

def clean(parcel):
    kind, lives = parcel
    tries[kind.__name__] = tries.get(kind.__name__, 0) + 1
    if tries[kind.__name__] <= lives:
        raise kind("as asked")
    return Counts(documents=1)

@flow(name="retries")
def retries():
    task = engine.batch_task(clean)
    cases = [(NotWritten, 2), (BatchFailed, 9), (Interrupted, 9)]
    states = [task(1, 1, case, return_state=True) for case in cases]
    return [state.name for state in states]

print(json.dumps([retries(), tries]))
"""


@pytest.mark.server
def test_only_what_could_not_be_written_is_tried_again(server: str) -> None:
    done = run_python(RETRIES, server=server)
    states, tries = json.loads(done.splitlines()[-1])
    assert states == ["Completed", "Failed", "Failed"]
    assert tries == {"NotWritten": 3, "BatchFailed": 1, "Interrupted": 1}


PRUNE = """
import sys
from flows.server import prune
prune("copydesk-pruned", kept=2)
"""


@pytest.mark.server
def test_the_oldest_runs_leave_with_all_that_belongs_to_them(server: str) -> None:
    flow = ask(server, "flows/", name="pruned")["id"]
    ids = []
    for number in range(4):
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": f"2031-03-0{number + 1}T00:00:00Z"}}
        run = ask(server, "flow_runs/", flow_id=flow, name=str(number), state=state, tags=["copydesk-pruned"])
        ids.append(run["id"])
        ask(server, "artifacts/", key="pruned", type="markdown", data="old", flow_run_id=run["id"])
    other = ask(server, "flow_runs/", flow_id=flow, state={"type": "COMPLETED"}, tags=["of somebody else"])["id"]
    run_python(PRUNE, server=server)
    left = {run["id"] for run in ask(server, "flow_runs/filter", flows={"id": {"any_": [flow]}})}
    assert left == {*ids[2:], other}
    artifacts = ask(server, "artifacts/filter", artifacts={"key": {"any_": ["pruned"]}})
    assert {artifact["flow_run_id"] for artifact in artifacts} == set(ids[2:])


def run_python(program: str, *, server: str) -> str:
    """Run a program whose Prefect server is this one."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env=os.environ | {"PREFECT_API_URL": server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CHILD = """
import time
from flows.engine import ended_with_parent
with ended_with_parent():
    print(1, flush=True)
    time.sleep(600)
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid)
"""


def test_a_flow_run_ends_with_the_worker_that_started_it() -> None:
    parent = subprocess.run(
        [sys.executable, "-c", PARENT], cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=True
    )
    child = int(parent.stdout)
    wait_until(lambda: not live({child}))
