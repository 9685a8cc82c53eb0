"""A Prefect server of our own, for a run that is to have one where none is configured."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TAG = "copydesk"
"""What all runs of this project are tagged with in Prefect."""

START_SECONDS = 120
"""It starts in 7 to 14 s on a quiet machine and in 30 s on a busy one."""
END_SECONDS = 5
"""It ends within one second; after this it is killed, which its SQLite file survives."""

KEPT_RUNS = 200
"""So many runs stay in the SQLite file of our own server. A task run takes 15 kB: 300 MB for 100 batches a run."""
PRUNED_AT_ONCE = 50


class EngineError(RuntimeError):
    """Prefect was asked for and cannot be had; the message is one sentence that says what to do."""


@contextmanager
def own_server() -> Iterator[None]:
    """Run a Prefect server as a child while the `with` lasts, with its SQLite file in Prefect's usual home.

    PREFECT_HOME or PREFECT_API_DATABASE_CONNECTION_URL put it elsewhere.

    It has a session of its own, so that Ctrl-C reaches it only after the flow has told it of its end. It ends with this
    process even where that is killed: its standard input closes then.
    """
    # Bound here and handed over, so that no other process can take the port in between.
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    server = subprocess.Popen(
        [sys.executable, "-m", "flows.server", str(listener.fileno())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[listener.fileno()],
        start_new_session=True,
    )
    try:
        import httpx
        from prefect.settings import PREFECT_API_URL, temporary_settings

        await_server(server, address)
        with temporary_settings({PREFECT_API_URL: address}):
            try:
                yield
                with suppress(httpx.HTTPError):  # the run is done, and the next one prunes again
                    prune()
            finally:
                drain()
    finally:
        listener.close()
        end_server(server)


def drain() -> None:
    """Send the logs and events that still wait in this process: without a server they would be tried for a minute."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    APILogHandler().flush()
    EventsWorker.drain_all(timeout=END_SECONDS)


def prune(tag: str = TAG, *, kept: int = KEPT_RUNS) -> None:
    """Delete from the server the oldest runs of this project, with their task runs and artifacts.

    A lasting server does that for all flows where PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED tells it to.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas import filters
    from prefect.client.schemas.sorting import FlowRunSort

    ours = filters.FlowRunFilter(tags=filters.FlowRunFilterTags(all_=[tag]))
    newest = FlowRunSort.EXPECTED_START_TIME_DESC
    with get_client(sync_client=True) as client:
        while runs := client.read_flow_runs(flow_run_filter=ours, sort=newest, offset=kept, limit=PRUNED_AT_ONCE):
            of_them = filters.ArtifactFilterFlowRunId(any_=[run.id for run in runs])
            for artifact in client.read_artifacts(artifact_filter=filters.ArtifactFilter(flow_run_id=of_them)):
                client.delete_artifact(artifact.id)
            for run in runs:
                client.delete_flow_run(run.id)


def await_server(server: "subprocess.Popen[bytes]", address: str) -> None:
    """Wait until a server answers; EngineError where it dies or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise EngineError(
                "Prefect's server does not start: run `prefect server start` to see why, or take --engine none."
            )
        try:
            # The connection is accepted at once, by the socket, and answered when the server is ready.
            with urllib.request.urlopen(f"{address}/health", timeout=1):  # noqa: S310  our own http address
                return
        except OSError:
            continue
    raise EngineError(f"Prefect's server was not ready after {START_SECONDS} s: try again, or take --engine none.")


def end_server(server: "subprocess.Popen[bytes]") -> None:
    """End a server and wait for its end."""
    server.terminate()
    try:
        server.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdin:
        server.stdin.close()


def serve(listener: int) -> None:
    """Serve Prefect's API on a socket that the parent has bound: the whole life of the server's process."""
    os.environ |= {
        "PREFECT_UI_ENABLED": "0",
        # As Prefect's own short-lived server does: without the scheduler and the other services of a lasting one.
        "PREFECT__EPHEMERAL": "1",
        # SQLite lets one write at a time. After 10 s, as Prefect has it, the others say "database is locked".
        "PREFECT_SERVER_DATABASE_TIMEOUT": "120",
        # Written one by one, records of task runs are still in the queue when a short run ends.
        "PREFECT_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
        "PREFECT_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    }
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    import uvicorn

    uvicorn.run("prefect.server.api.server:create_app", factory=True, fd=listener, log_level="error", lifespan="on")


def end_with_standard_input() -> None:
    """Ask this process to end when its parent, which holds the other end of standard input, is gone."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
