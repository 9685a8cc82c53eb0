"""The command line: what it cleans, how it ends, and that nothing half-done or running is left behind."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import CHECKOUT, COMMAND, all_rows, command_under_way, group_lives, outcomes, rows, run_command, wait_until

from cleaners import __version__
from flows.command import run_command as command
from flows.options import CleanOptions

STORY = (
    "The ferry to Harrow will run every hour from Monday, the harbour office said.\n\n"
    "It had been laid up since the storm of last winter, which broke the pier in two places.\n\n"
    "Passengers on the first boat were given a cup of tea and a slice of seed cake.\n"
)
HANGS = "COPYDESK-FAULT:hang"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ferry.txt").write_text(f"Ferry back on Monday\n\n{STORY}", encoding="utf-8")
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in STORY.split("\n\n"))
    (folder / "page.html").write_text(
        f"<html><head><title>Ferry back</title></head><body><nav><a href='/'>Home</a></nav><article><h1>Ferry back</h1>"
        f"{paragraphs}</article></body></html>",
        encoding="utf-8",
    )
    records = [{"text": f"Ferry {n}\n\n{STORY}", "url": f"https://harrow.example/{n}"} for n in range(3)]
    (folder / "records.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return folder


Ends = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ends(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ends:
    """Run the command in this process, for the ways to end before any work is done: status, output, errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["clean", *arguments])
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setenv("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        with pytest.raises(SystemExit) as end:
            command()
        return int(end.value.code or 0), *capsys.readouterr()

    return run


def test_each_kind_of_file_becomes_articles_and_again_the_same(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run_command(sources, "--out", out)
    assert first.returncode == 0, first.stderr
    assert "Traceback" not in first.stderr
    bodies = {(Path(row["source_uri"]).name, row["url"]): row["body"] for row in rows(out, "articles")}
    assert len(bodies) == 5
    assert all("cup of tea" in body for body in bodies.values())
    assert re.search(r"documents in\s+5\b", first.stdout)
    assert re.search(r"engine\s+none", first.stdout)
    assert (out / "report.html").is_file()
    before = all_rows(out)
    again = run_command(sources, "--out", out, "--workers", "2")
    assert again.returncode == 0, again.stderr
    assert all_rows(out) == before


def test_help_shows_every_option_with_its_default(ends: Ends) -> None:
    status, output, _ = ends("--help")
    assert status == 0
    shown = re.sub(r"[\s│]+", " ", output)
    for name, field in CleanOptions.model_fields.items():
        assert name == "inputs" or f"--{name.replace('_', '-')} " in shown
        default = " ".join(field.default) if name == "inputs" else field.default
        assert default is None or default is False or f"[default: {default}]" in shown, name


def test_version(ends: Ends) -> None:
    assert ends("--version") == (0, f"copydesk {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["missing"], "check the path"),
        (["in/*.warc"], "check the pattern"),
        (["in", "nothing"], "nothing"),
        (["nothing"], "nothing to clean"),
        (["pictures"], r"\.jpg"),
        (["in", "--out", "a_file"], "--out"),
        (["in", "--out", "a_file/below"], "--out"),
        (["in", "--workers", "0"], "--workers: .*greater than 0"),
        (["in", "--max-rejects", "5"], "--max-rejects: .*less than or equal to 1"),
        (["in", "--kind", "pdf"], "--kind"),
        (["in", "--colour"], "--colour"),
        ([""], "--inputs: .*blank"),
        (["in", "--out", " "], "--out: .*blank"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_usage_error_is_status_2_and_says_what_to_do(
    arguments: list[str], hint: str, ends: Ends, sources: Path
) -> None:
    assert sources.name == "in"
    Path("a_file").write_text("in the way", encoding="utf-8")
    Path("pictures").mkdir()
    Path("pictures/harbour.jpg").write_bytes(b"\xff\xd8\xff")
    if "nothing" in arguments[:1]:
        Path("nothing").mkdir()
    before = set(Path().rglob("*"))
    status, _, error = ends(*arguments)
    assert status == 2
    assert re.search(hint, error)
    assert "Traceback" not in error
    assert set(Path().rglob("*")) == before, "a usage error leaves nothing behind"


def test_rejects_beyond_the_limit_are_status_1(sources: Path, tmp_path: Path) -> None:
    (sources / "broken.jsonl").write_text('{"text": \n', encoding="utf-8")
    strict = run_command(sources, "--out", tmp_path / "strict")
    lenient = run_command(sources, "--out", tmp_path / "lenient", "--max-rejects", "0.2")
    assert (strict.returncode, lenient.returncode) == (1, 0)
    assert all_rows(tmp_path / "strict") == all_rows(tmp_path / "lenient")
    assert outcomes(tmp_path / "strict")["broken.jsonl"] == "invalid_json"
    assert re.search(r"rejects\s+1\b.*16\.7 %", strict.stdout)


def test_two_runs_into_one_folder_do_not_meet(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (sources / "a.txt").write_text(HANGS, encoding="utf-8")
    with command_under_way(sources, "--out", out, "--time-limit", "600", COPYDESK_TEST_FAULTS="1"):
        wait_until(lambda: (out / ".lock").exists() and any((out / "articles").glob("*")))
        second = run_command(sources, "--out", out)
    assert second.returncode == 2
    assert "Another run" in second.stderr


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)], ids=str
)
def test_a_run_broken_off_leaves_no_half_file_and_no_process(
    number: signal.Signals, status: int, sources: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (sources / "zebra.txt").write_text(f"{STORY}\n{HANGS}", encoding="utf-8")
    with command_under_way(sources, "--out", out, "--time-limit", "600", COPYDESK_TEST_FAULTS="1") as process:
        assert process.stderr is not None
        assert "Cleaning" in process.stderr.readline()
        wait_until(lambda: any((out / ".writing").glob("*")))
        process.send_signal(number)
        assert process.wait(5) == status
        wait_until(lambda: not group_lives(process.pid))
        assert "Traceback" not in process.stderr.read()
    assert all_rows(out) == {"articles": [], "lines": [], "rejects": []}
    assert run_command(sources, "--out", out).returncode == 0
    assert len(rows(out, "articles")) == 6
    assert not any((out / ".writing").glob("*"))


def test_a_terminal_shows_a_bar_with_rate_and_time_left(sources: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*COMMAND, str(sources), "--out", str(tmp_path / "out")]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: read_terminal(ours), b"")).decode()
    os.close(ours)
    assert process.returncode == 0, shown
    assert re.search(r"━.* \d+% \d+ documents \d+/s [\d:-]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown))


def read_terminal(end: int) -> bytes:
    """Read what a terminal shows; Linux says EIO where the other end is closed."""
    try:
        return os.read(end, 4096)
    except OSError:
        return b""


def test_importing_the_command_does_not_import_prefect() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, flows.command; print('prefect' in sys.modules)"],
        cwd=CHECKOUT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "False"
