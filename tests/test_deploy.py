"""Schedules: a real worker runs what `prefect.yaml` deploys, ends what it has to end, and goes on where it stood."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import yaml
from running import CHECKOUT, PATIENCE, all_rows, ask, asked, descendants, live, outcomes, run_command, wait_until

from flows.deploy import app
from flows.options import CleanOptions

STORY = "The ferry to Harrow will run every hour from Monday, the harbour office said.\n\nThe pier has been mended."


def prefect(*arguments: str, server: str) -> str:
    """Run Prefect's command line from the checkout."""
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"PREFECT_API_URL": server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def process_of(*arguments: str, server: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a Python module beside the test; nothing of it is left in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=CHECKOUT,
        env=os.environ | environment | {"PREFECT_API_URL": server},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    family: set[int] = set()
    try:
        yield process
    finally:
        family = descendants(process.pid)
        for member in (process.pid, *family):
            if live({member}):
                os.kill(member, signal.SIGKILL)
        process.wait()


def deployed(parameters: dict[str, Any], schedule: dict[str, Any], folder: Path) -> Path:
    """Write prefect.yaml anew with other parameters and another schedule for its first deployment."""
    plan = yaml.safe_load((CHECKOUT / "prefect.yaml").read_text(encoding="utf-8"))
    plan["deployments"][0]["parameters"] |= parameters
    plan["deployments"][0]["schedules"] = [schedule]
    plan["deployments"][1]["parameters"]["out"] = parameters["out"]
    path = folder / "prefect.yaml"
    path.write_text(yaml.safe_dump(plan), encoding="utf-8")
    return path


def run_until_hanging(deployment: str, *, server: str, sources: Path, out: Path) -> None:
    """Start a run of a deployment, and wait until all that it has left is a document that hangs."""
    (sources / "zebra.txt").write_text("COPYDESK-FAULT:hang", encoding="utf-8")
    start(deployment, server=server, inputs=[str(sources)], out=str(out), time_limit=600, batch_bytes=1)
    parts = out / "articles"
    wait_until(lambda: len(list(parts.glob("part-*"))) > 3 and any((out / ".writing").glob("*")))


def start(deployment: str, *, server: str, **parameters: Any) -> None:
    """Start a run of a deployment, as the button in Prefect does."""
    found = httpx.get(f"{server}/deployments/name/{deployment}", timeout=60).json()
    ask(server, f"deployments/{found['id']}/create_flow_run", parameters=parameters)


def pause(deployment: str, *, server: str) -> None:
    """Switch a deployment's schedule off, and wait for the run that may be on."""
    found = httpx.get(f"{server}/deployments/name/{deployment}", timeout=60).json()
    ask(server, f"deployments/{found['id']}/pause_deployment")
    on = {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}, "deployment_id": {"any_": [found["id"]]}}
    wait_until(lambda: not ask(server, "flow_runs/filter", flow_runs=on), every=0.5)


def cancel(server: str, name: str) -> None:
    """Cancel the flow run that is on, as the button in Prefect does."""
    running = asked(server, name)["ids"]["Running"]
    ask(server, f"flow_runs/{running}/set_state", state={"type": "CANCELLING", "name": "Cancelling"})


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"Ferry {number}\n\n{STORY}\n", encoding="utf-8")
    return folder


def test_every_deployment_has_a_flow_and_right_parameters() -> None:
    plan = yaml.safe_load((CHECKOUT / "prefect.yaml").read_text(encoding="utf-8"))
    program = (
        "import json, sys; from prefect.flows import load_flow_from_entrypoint as load\n"
        "for entry, parameters in json.loads(sys.argv[1]): load(entry).validate_parameters(parameters)"
    )
    entries = [[deployment["entrypoint"], deployment["parameters"]] for deployment in plan["deployments"]]
    checked = subprocess.run(
        [sys.executable, "-c", program, json.dumps(entries)],
        cwd=CHECKOUT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert plan["deployments"][0]["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert CleanOptions(**plan["deployments"][0]["parameters"]).max_seconds


@pytest.mark.server
def test_a_worker_runs_the_schedule_and_ends_what_is_cancelled_or_killed(
    server: str, sources: Path, tmp_path: Path
) -> None:
    out, name = tmp_path / "out", str(sources)
    prefect("work-pool", "create", "cleaners", "--type", "process", "--overwrite", server=server)
    path = deployed({"inputs": [name], "out": str(out)}, {"interval": 30, "slug": "often"}, tmp_path)
    prefect("deploy", "--all", "--prefect-file", str(path), server=server)
    with process_of(
        *("prefect", "worker", "start", "--pool", "cleaners"), server=server, COPYDESK_TEST_FAULTS="1"
    ) as worker:
        wait_until(lambda: "Completed" in asked(server, name)["ids"], every=0.5)
        pause("clean/hourly", server=server)
        start("compact/nightly", server=server)
        assert len(all_rows(out)["articles"]) == 3
        for state in ("Cancelled", "Crashed"):
            run_until_hanging("clean/hourly", server=server, sources=sources, out=tmp_path / state)
            family = descendants(worker.pid)
            assert len(family) >= 2
            if state == "Cancelled":
                cancel(server, name)
            else:
                worker.kill()
            wait_until(lambda family=family: not live(family))  # type: ignore[misc]
            wait_until(lambda state=state: state in asked(server, name)["ids"], every=0.5)  # type: ignore[misc]
    merged = asked(server, f"compact {out}")["runs"]
    assert merged == [(f"compact {out}", "Completed", "0 of 1 groups were small and are merged into 0")]
    shares = asked(server, name)["artifacts"]["clean-progress"]
    assert any(0 < share < 100 for share in shares), "the progress has moved"
    again = run_command(sources, "--out", tmp_path / "Crashed")
    assert again.returncode == 0, again.stderr
    assert set(outcomes(tmp_path / "Crashed")) == {"0.txt", "1.txt", "2.txt", "zebra.txt"}


@pytest.mark.server
def test_serving_needs_no_work_pool(server: str, sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("flows.deploy", "serve", "--name", "ours", "--cron", "0 * * * *", str(sources), "--out", str(out))
    with process_of(*arguments, server=server) as serving:
        wait_until(lambda: httpx.get(f"{server}/deployments/name/clean/ours", timeout=60).is_success, every=0.5)
        start("clean/ours", server=server)
        wait_until(lambda: "Completed" in asked(server, str(sources))["ids"], every=0.5)
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(60) == 0
    assert len(all_rows(out)["articles"]) == 3
    schedules = httpx.get(f"{server}/deployments/name/clean/ours", timeout=60).json()["schedules"]
    assert [schedule["schedule"]["cron"] for schedule in schedules] == ["0 * * * *"]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["serve", "--cron", "hourly"], "--cron: "),
        (["serve", "--workers", "0"], "--workers: .*greater than 0"),
        (["serve"], "start one with `prefect server start`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_schedule_that_cannot_be_is_one_sentence(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        app(arguments)
    assert end.value.code == 2
    assert re.search(hint, capsys.readouterr().err)


@pytest.mark.server
def test_an_alert_is_called_when_a_run_fails(server: str, sources: Path, tmp_path: Path) -> None:
    called: queue.SimpleQueue[str] = queue.SimpleQueue()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            called.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Listener) as listener:
        Thread(target=listener.serve_forever, daemon=True).start()
        arguments = [sys.executable, "-m", "flows.deploy", "alert", "--webhook"]
        address = f"http://127.0.0.1:{listener.server_port}/alert"
        environment = os.environ | {"PREFECT_API_URL": server}
        subprocess.run([*arguments, address], cwd=CHECKOUT, env=environment, check=True, capture_output=True)
        (sources / "broken.jsonl").write_text('{"text": \n', encoding="utf-8")
        strict = run_command(sources, "--out", tmp_path / "out", PREFECT_API_URL=server)
        assert strict.returncode == 1, strict.stderr
        message = called.get(timeout=PATIENCE)
        listener.shutdown()
    assert "1 of 4 documents rejected: 1 invalid_json" in message
