"""An output in an object store: a real S3 server on loopback."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stores import bucket_on_loopback
from test_state import in_this_process, put, run_here
from test_write import FIRST, KEYS, write

from flows import lock, places
from flows.output import Output, OutputError
from flows.write import Store, part_name


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with bucket_on_loopback() as address:
        yield address


def rows(out: str) -> list[tuple[str, str]]:
    tables = []
    for entry in places.listing(f"{out}/articles"):
        with places.opened(entry.uri) as stream:
            tables.append(pq.read_table(stream, columns=["source_uri", "body"]))
    found = pl.DataFrame(pa.concat_tables(tables)).sort("source_uri")
    return [(Path(uri).name, body) for uri, body in found.iter_rows()]


def test_a_store_holds_what_a_disk_does_and_a_second_run_does_only_what_changed(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_this_process(monkeypatch)
    out = f"{bucket}/changes"
    put(tmp_path / "a.txt", "rain")
    put(tmp_path / "b.txt", "hail")
    assert run_here(tmp_path, out) == 2
    assert run_here(tmp_path, out) == 0
    put(tmp_path / "a.txt", "snow", age=1)
    (tmp_path / "b.txt").unlink()
    assert run_here(tmp_path, out, "2", prune=True) == 1
    assert rows(out) == [("a.txt", "2 b'snow'")]
    assert not Output(out).writing.exists(), "nothing is left on this machine"


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_run_killed_between_two_puts_is_made_good_by_the_next(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The steps are: state that vouches for nothing, lines, rejects, articles, state."""
    in_this_process(monkeypatch)
    out = f"{bucket}/killed-{step}"
    put(tmp_path / "a.txt", "rain")
    put(tmp_path / "b.txt", "hail")
    run_here(tmp_path, out)
    put(tmp_path / "a.txt", "snow", age=1)
    put(tmp_path / "c.txt", "wind")
    publish, calls = Output.publish, iter(range(1, step))

    def dying(output: Output, dataset: str, name: str) -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        publish(output, dataset, name)

    with monkeypatch.context() as patch:
        patch.setattr(Output, "publish", dying)
        with pytest.raises(KeyboardInterrupt):
            run_here(tmp_path, out, "2")
    # The content goes back to what it was: the next run must not take the old state at its word.
    put(tmp_path / "a.txt", "rain")
    run_here(tmp_path, out, "3")
    found = dict(rows(out))
    assert len(found) == 3 == len(rows(out))
    assert {name: body.split()[1] for name, body in found.items()} == {
        "a.txt": "b'rain'",
        "b.txt": "b'hail'",
        "c.txt": "b'wind'",
    }
    assert run_here(tmp_path, out, "3") == 0


def test_a_lease_keeps_others_out_until_it_is_given_back_or_expires(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "SETTLE_SECONDS", 0)
    output = Output(f"{bucket}/locked")
    held = lock.take(output, wait=0)
    with pytest.raises(OutputError, match="Another run is writing to"):
        lock.take(output, wait=0)
    held.free()
    killed = lock.take(output, wait=0)
    monkeypatch.setattr(lock, "LEASE_SECONDS", -1)
    heir = lock.take(output, wait=0)
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.01)
    assert isinstance(killed, lock.Lease)
    killed.beat()
    with pytest.raises(OutputError, match="was taken over by another run"):
        killed.check()
    heir.check()
    killed.free()
    monkeypatch.setattr(lock, "LEASE_SECONDS", 90)
    with pytest.raises(OutputError, match="Another run"):
        lock.take(output, wait=0)
    heir.free()
    assert [entry.uri for entry in places.listing(output.root)] == []


def test_a_group_in_a_store_keeps_the_rows_of_its_other_keys(bucket: str) -> None:
    out = f"{bucket}/group"
    with Store.open(out):
        write(out, part_name(KEYS), KEYS, FIRST)  # type: ignore[arg-type]
        write(out, part_name(KEYS), KEYS[1:2], FIRST)  # type: ignore[arg-type]
    assert [name for name, _ in rows(out)] == ["a.jsonl", "a.jsonl", "b.txt"]
