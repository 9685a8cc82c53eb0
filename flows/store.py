"""The output folder of a run: locked, tidied, and what already lies in it."""

import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import pyarrow as pa
import pyarrow.compute as pc

from flows import parts
from flows.counts import RunSummary
from flows.parts import OutputError, explained
from flows.schema import RUNS, SCHEMAS, Row
from flows.sources import CHUNK_BYTES, Key, Reference

LOCK: Final = ".lock"
NO_ROWS: Final = "part-0000000000000000.parquet"
"""The part that holds nothing but the columns."""


def part_name(keys: Iterable[Key]) -> str:
    """Name the part of a new group after its keys, the same for the same keys."""
    text = "".join(f"{span} {uri}\n" for uri, span in sorted(keys))
    return f"part-{sha256(text.encode()).hexdigest()[:16]}.parquet"


class Groups(Mapping[Key, str]):
    """Which key lies in which part. `spans` gives the spans of a source beyond its first."""

    def __init__(self) -> None:
        self._parts: dict[Key, str] = {}
        self.spans: dict[str, list[int]] = {}

    def __getitem__(self, key: Key) -> str:
        return self._parts[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def note(self, key: Key, name: str) -> None:
        """Note that a row of this key lies in this part."""
        uri, span = key
        if span and key not in self._parts:
            self.spans.setdefault(uri, []).append(span)
        self._parts[key] = name


def replaced_by(reference: Reference, groups: Mapping[Key, str]) -> set[Key]:
    """Give the keys that reading this reference replaces: its own, and where it runs to the end all later ones.

    Later ones exist where the file was longer, or packed, when it was read before. Those that lie in another group
    than the reference's own have to leave it: commit a GroupWriter there with these keys and no rows.
    """
    uri, first = reference.key
    if reference.length is not None:
        return {(uri, first)}
    known = groups.spans.get(uri, []) if isinstance(groups, Groups) else [span for name, span in groups if name == uri]
    return {(uri, first), *((uri, span) for span in known if span > first)}


class Store:
    """The output folder, locked for one run: `with Store.open(out) as store`."""

    def __init__(self, out: Path, lock: IO[str]) -> None:
        self.out = out
        self._lock = lock

    @classmethod
    def open(cls, out: str | Path) -> Self:
        """Create, lock and tidy the folder. OutputError where that fails or another run is writing there."""
        folder = Path(out)
        with explained(folder):
            for name in (*SCHEMAS, parts.WRITING):
                (folder / name).mkdir(parents=True, exist_ok=True)
            lock = (folder / LOCK).open("a")
        try:
            _take(lock, folder)
            store = cls(folder, lock)
            with explained(folder):
                store._tidy()
                for dataset in SCHEMAS:
                    store._ensure_columns(dataset)
        except BaseException:
            lock.close()
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Clear away what stopped workers have left, and free the folder."""
        if not self._lock.closed:
            with explained(self.out):
                self._tidy()
            self._lock.close()

    def _tidy(self) -> None:
        """Finish the groups that were complete when their run was killed, and remove what was not."""
        writing = self.out / parts.WRITING
        for marker in sorted(writing.glob(f"*{parts.MARKER}")):
            parts.finish(self.out, marker.name.removesuffix(parts.MARKER))
        for path in writing.iterdir():
            path.unlink()

    def _ensure_columns(self, dataset: str) -> None:
        path = self.out / dataset / NO_ROWS
        if path.exists():
            parts.read_part(path, dataset).close()
        else:
            self._replace(dataset, NO_ROWS, SCHEMAS[dataset].empty_table())

    def _replace(self, dataset: str, name: str, table: pa.Table) -> None:
        part = parts.new_part(self.out, dataset, name)
        try:
            part.add_table(table)
            part.close()
        except BaseException:
            part.discard()
            raise
        part.path.replace(self.out / dataset / name)
        parts.sync(self.out / dataset)

    def groups(self) -> Groups:
        """Read from the parts which key lies in which of them."""
        groups = Groups()
        for dataset in ("articles", "rejects"):
            for path in sorted((self.out / dataset).glob("part-*.parquet")):
                with explained(self.out):
                    for key in _keys_in(path, dataset):
                        groups.note(key, path.name)
        return groups

    def write_run(self, summary: RunSummary) -> None:
        """Add the row of a run to parquet/runs; the same run again takes its place."""
        name = f"part-{sha256(summary.run.run_id.encode()).hexdigest()[:16]}.parquet"
        with explained(self.out):
            self._replace("runs", name, pa.Table.from_pylist([_run_row(summary)], schema=RUNS))


def _take(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputError(
            f"Another run is writing to {folder}: wait until it has ended, or choose another --out."
        ) from error
    except OSError as error:
        raise OutputError(f"{folder} is on a disk that knows no locks: choose another --out.") from error


def _keys_in(path: Path, dataset: str) -> Iterator[Key]:
    with parts.read_part(path, dataset) as part:
        for batch in part.iter_batches(columns=["source_uri", "source_offset"]):
            spans = pc.divide(batch["source_offset"], CHUNK_BYTES)
            distinct = pa.table({"uri": batch["source_uri"], "span": spans}).group_by(["uri", "span"]).aggregate([])
            yield from zip(distinct["uri"].to_pylist(), distinct["span"].to_pylist(), strict=True)


def _run_row(summary: RunSummary) -> Row:
    counts, run = summary.counts, summary.run
    return {
        "run_id": run.run_id,
        "started_at": summary.started_at,
        "finished_at": summary.finished_at,
        "engine": summary.engine,
        "exit_status": summary.exit_status,
        "copydesk_version": run.copydesk_version,
        "model_version": run.model_version,
        "documents": counts.documents,
        "articles": counts.articles,
        "rejects": counts.rejected,
        "bytes": counts.bytes,
        "chars_in": counts.chars_in,
        "chars_kept": counts.chars_kept,
        "seconds": summary.seconds,
        "rejects_by_reason": json.dumps(dict(counts.rejects), sort_keys=True),
        "verdicts": json.dumps(dict(counts.verdicts), sort_keys=True),
        "chars_removed_by_label": json.dumps(dict(counts.removed), sort_keys=True),
        "seconds_by_stage": json.dumps(dict(counts.seconds), sort_keys=True),
        "passed_over": json.dumps(dict(summary.passed_over), sort_keys=True),
        "options": summary.options,
    }
