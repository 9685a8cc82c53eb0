"""What every test shares: the data on this machine, Hypothesis profiles, and a Prefect home of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from running import free_port, port_answers, wait_until

CHECKOUT = Path(__file__).resolve().parent.parent

# Set before anything imports Prefect: tests must neither read nor touch the profiles of whoever runs them.
PREFECT_HOME = tempfile.mkdtemp(prefix="copydesk-prefect-")
os.environ["PREFECT_HOME"] = PREFECT_HOME
for name in ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE"):
    os.environ.pop(name, None)

# A suite that a script starts in its background ignores Ctrl-C, and so would the runs here that are broken off by it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: a shared machine stalls for longer than any honest one. In CI the same examples come every time.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_sessionfinish() -> None:
    shutil.rmtree(PREFECT_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Give the root of this checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of seeds, labels and corpora: COPYDESK_DATA, by default `../shared` beside the checkout."""
    folder = Path(os.environ.get("COPYDESK_DATA") or CHECKOUT.parent / "shared")
    if not (folder / "corpora").is_dir():
        pytest.skip("no corpora here: set COPYDESK_DATA to the folder that holds seeds/, labels/ and corpora/")
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Prefect server as a user would, one for all tests, and give its address.

    COPYDESK_TEST_SERVER names one that runs already, which saves its start.
    """
    if running := os.environ.get("COPYDESK_TEST_SERVER"):
        yield running
        return
    port = free_port()
    environment = os.environ | {
        "PREFECT_HOME": str(tmp_path_factory.mktemp("prefect")),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_DATABASE_TIMEOUT": "120",  # a busy machine holds SQLite's lock for longer than 10 s
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--no-ui", "--host", "127.0.0.1", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def is_up() -> bool:
        assert process.poll() is None, "the server has ended"
        return port_answers(port)

    try:
        wait_until(is_up)
        yield f"http://127.0.0.1:{port}/api"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
