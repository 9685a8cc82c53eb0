"""The flow: how it plans, and that Prefect changes nothing but who watches."""

import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import CHECKOUT, all_rows, asked, command_under_way, free_port, group_lives, run_command, wait_until

from flows.options import CleanOptions
from flows.plan import LEAST_BATCH_BYTES, Batch, plan
from flows.read import Key, Reference
from flows.state import Entry, to_table
from flows.write import RunStamp, State

RUN = RunStamp("run", datetime(2026, 5, 3, tzinfo=UTC), "0", "rules")
STORY = "The ferry to Harrow will run every hour from Monday, the harbour office said.\n\nThe pier has been mended."
MIB = 1024 * 1024

references = st.builds(
    Reference, st.sampled_from([f"/in/{name}.txt" for name in "abcdefgh"]), size=st.integers(0, 20 * MIB)
)
many_references = st.lists(references, unique_by=lambda reference: reference.uri, min_size=1)


def planned(found: list[Reference], groups: dict[Key, str] | None = None, *, workers: int = 2) -> list[Batch]:
    names = sorted(set((groups or {}).values()))
    entries = {name: [Entry(*key, key[1]) for key, home in (groups or {}).items() if home == name] for name in names}
    state = State.of({name: to_table(keys, {}) for name, keys in entries.items()})
    return plan(found, state, options=CleanOptions(batch_bytes=16 * MIB), run=RUN, workers=workers).batches


@given(many_references, st.randoms(use_true_random=False))
def test_each_reference_is_in_one_batch_in_whatever_order_they_come(found: list[Reference], random: Random) -> None:
    batches = planned(found)
    assert sorted(reference.uri for batch in batches for reference in batch.references) == sorted(r.uri for r in found)
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    assert len({batch.group for batch in batches}) == len(batches)
    assert not any(batch.replaced for batch in batches), "what is read replaces itself"
    shuffled = random.sample(found, len(found))
    assert planned(shuffled) == batches


@given(many_references)
def test_a_second_run_puts_each_reference_into_its_group_again(found: list[Reference]) -> None:
    batches = planned(found)
    groups = {reference.key: batch.group for batch in batches for reference in batch.references}
    assert {batch.group: batch.references for batch in planned(found, groups, workers=8)} == {
        batch.group: batch.references for batch in batches
    }


def test_a_file_that_became_shorter_leaves_its_old_group() -> None:
    short = Reference("/in/a.jsonl", size=100)
    batches = planned([short], {("/in/a.jsonl", 0): "one", ("/in/a.jsonl", 1): "two"})
    assert {batch.group: (batch.references, batch.replaced) for batch in batches} == {
        "one": ((short,), frozenset()),
        "two": ((), frozenset({("/in/a.jsonl", 1)})),
    }


def test_the_plan_of_many_files_takes_little_more_memory_than_their_references() -> None:
    found = [Reference(f"/in/{number:06}.html", size=90_000, fingerprint=f"{number}-17") for number in range(30_000)]
    planned(found[:10])
    tracemalloc.start()
    try:
        batches = planned(found)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(len(batch.references) for batch in batches) == len(found)
    assert kept < 40 * len(found), "bytes: some lists of the references, no key and no set of them"
    assert peak < 160 * len(found), "bytes: and columns while they are compared"


def test_there_is_work_for_all_workers_but_no_batch_is_tiny() -> None:
    spans = [Reference(f"/in/{number:03}.html", size=MIB // 2) for number in range(200)]
    assert len(planned(spans, workers=4)) >= 8
    assert len(planned(spans[:4], workers=4)) == 1
    assert all(batch.weight >= LEAST_BATCH_BYTES for batch in planned(spans, workers=64)[:-1])


PARAMETERS = """
import json
from prefect.flows import load_flow_from_entrypoint
entries = ["flows/clean.py:clean", "flows.clean:clean", "flows.clean.clean"]
flows = [load_flow_from_entrypoint(entry) for entry in entries]
assert {flow.name for flow in flows} == {"clean"}
assert all(flow._entrypoint == "flows.clean:clean" for flow in flows[1:]), flows[1]._entrypoint
flow = flows[0]
try:
    flow.validate_parameters({"inputs": ["raw/"], "workers": 0})
except Exception as error:
    assert "greater than 0" in str(error)
else:
    raise AssertionError("workers=0 passed")
print(json.dumps(flow.parameters.properties))
"""


def test_deployments_find_the_flow_and_its_form_shows_the_options() -> None:
    found = subprocess.run(
        [sys.executable, "-c", PARAMETERS], cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    form = json.loads(found.stdout)
    fields = {name: field for name, field in CleanOptions.model_fields.items() if name != "engine"}
    assert list(form) == list(fields)
    for name, field in fields.items():
        assert form[name]["description"] == field.description
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        assert form[name].get("default") == default


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"Ferry {number}\n\n{STORY}\n\nRead more: Boats of Harrow\n")
    (folder / "broken.jsonl").write_text('{"text": \n')
    return folder


@pytest.fixture(scope="module")
def plain_rows(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of a run without Prefect."""
    out = tmp_path_factory.mktemp("plain")
    run = run_command(sources, "--out", out, "--engine", "none", "--max-rejects", "1")
    assert run.returncode == 0, run.stderr
    return all_rows(out)


LOG_LINES = 2 * len(["begun", "one batch", "lineage recorded", "ended"])
"""Of two runs; the server writes them a moment later."""


@pytest.mark.server
def test_a_configured_server_sees_the_run_and_changes_no_row(
    server: str, sources: Path, plain_rows: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    lenient = run_command(sources, "--out", out, "--max-rejects", "0.5", PREFECT_API_URL=server)
    assert lenient.returncode == 0, lenient.stderr
    assert "Prefect" in lenient.stdout
    assert all_rows(out) == plain_rows
    strict = run_command(sources, "--out", tmp_path / "strict", PREFECT_API_URL=server)
    assert strict.returncode == 1, strict.stderr
    assert all_rows(tmp_path / "strict") == plain_rows
    seen: dict[str, Any] = {}

    def all_is_recorded() -> bool:
        seen.update(asked(server, str(sources)))
        return len(seen["logs"]) >= LOG_LINES and any(str(out) in made[0] for made in seen["published"])

    wait_until(all_is_recorded, every=0.5)
    assert set(seen["runs"]) == {
        (f"clean {sources} · 13 new", "Completed", "1 of 13 documents rejected: 1 invalid_json"),
        (f"clean {sources} · 13 new", "Failed", "1 of 13 documents rejected: 1 invalid_json"),
    }
    assert seen["tags"] == ["copydesk"]
    assert not any("ferry" in message.lower() for message in seen["logs"]), "no text of documents"
    assert len(seen["logs"]) == LOG_LINES
    assert sum("batch=1 of=1 documents=13 articles=12 rejected=1" in message for message in seen["logs"]) == 2
    artifacts = seen["artifacts"]
    assert artifacts["clean-progress"] == [100.0, 100.0]
    assert f"({(out / 'report.html').as_uri()})" in " ".join(artifacts["clean-report"])
    table = {row["what"].strip(): row["number"] for row in json.loads(artifacts["clean-summary"][0])}
    assert (table["documents in"], table["articles out"], table["invalid_json"]) == ("13", "12", "1")
    assert re.search(
        r"\| invalid_json \| 1 \| 7\.7 % \|.*\| related \| \d+ \|", artifacts["clean-losses"][0], re.DOTALL
    )
    resource, related, payload = next(made for made in seen["published"] if str(out) in made[0])
    assert resource == f"file://{out}/articles"
    assert f"file://{sources}" in related
    assert (payload["documents"], payload["articles"]) == (13, 12)


@pytest.mark.server
def test_a_server_of_our_own_changes_no_row_and_ends_with_the_run(
    sources: Path, plain_rows: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    arguments = (sources, "--out", out, "--engine", "prefect", "--max-rejects", "1")
    run = run_command(*arguments, PREFECT_HOME=str(home))
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("\n") < 5, "no log of Prefect runs through the progress"
    assert all_rows(out) == plain_rows
    assert (home / "prefect.db").is_file()
    assert not servers_of(home)


@pytest.mark.server
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=str)
def test_a_run_broken_off_takes_its_server_with_it(number: signal.Signals, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "hangs.txt").write_text("COPYDESK-FAULT:hang")
    arguments = (tmp_path / "hangs.txt", "--out", tmp_path / "out", "--engine", "prefect", "--time-limit", "600")
    environment = {"PREFECT_HOME": str(home), "COPYDESK_TEST_FAULTS": "1"}
    with command_under_way(*arguments, **environment) as process:
        wait_until(lambda: any((tmp_path / "out" / ".writing").glob("*")))
        assert len(servers_of(home)) == 1, "Prefect starts servers of its own where it does not find ours"
        process.send_signal(number)
        assert process.wait(20) in {130, -9}
        wait_until(lambda: not group_lives(process.pid) and not servers_of(home))


def servers_of(home: Path) -> list[str]:
    """Find the server processes that work in a Prefect home, ours and those that Prefect starts by itself."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "cmdline").exists():
            try:
                command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            is_server = b"flows.server" in command or b"prefect.server" in command
            if is_server and f"PREFECT_HOME={home}".encode() in environment.split(b"\0"):
                found.append(entry.name)
    return found


def test_a_server_that_does_not_answer_is_done_without_unless_prefect_is_asked_for(
    sources: Path, plain_rows: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    dead = f"http://127.0.0.1:{free_port()}/api"
    out = tmp_path / "out"
    auto = run_command(sources, "--out", out, "--max-rejects", "1", PREFECT_API_URL=dead)
    assert auto.returncode == 0, auto.stderr
    assert f"{dead} does not answer" in auto.stderr
    assert all_rows(out) == plain_rows
    asked_for = run_command(sources, "--out", tmp_path / "none", "--engine", "prefect", PREFECT_API_URL=dead)
    assert asked_for.returncode == 2
    assert f"{dead} does not answer" in asked_for.stderr
    assert "Traceback" not in asked_for.stderr
    assert not (tmp_path / "none").exists()
