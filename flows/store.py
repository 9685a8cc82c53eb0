"""The output folder of a run: locked, tidied, and what already lies in it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows import exchange, lock, parts, places, state
from flows.counts import RunStamp, RunSummary
from flows.output import STATE_FOLDER, Output, explained
from flows.schema import RUNS, SCHEMAS, Row
from flows.sources import Key

NO_ROWS: Final = "part-0000000000000000.parquet"
"""The part that holds nothing but the columns. It is never replaced: Polars remembers the first file it has seen."""

REPEATED: Final = ("options", "copydesk_version", "model_version")
"""Columns of the state with few values."""


def part_name(keys: Iterable[Key]) -> str:
    """Name the part of a new group after its keys, the same for the same keys."""
    text = "".join(f"{span} {uri}\n" for uri, span in sorted(keys))
    return f"part-{sha256(text.encode()).hexdigest()[:16]}.parquet"


@dataclass(frozen=True, slots=True)
class State:
    """What is done already: a row a key, the columns of `state.STATE` and `part`, the group in which the key lies.

    In the place of the digest stands whether there is one, and what repeats from row to row stands there once: a
    million files are a million rows, in the memory of the parent.

    `strays` are rows of keys that lie in another group, too: where a run was broken off while a file moved from one
    group to another. `notes` are sentences for the user about what had to be mended.
    """

    frame: pl.DataFrame
    strays: pl.DataFrame
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, tables: dict[str, pa.Table], notes: Iterable[str] = ()) -> Self:
        """Put the state together from the tables of its groups."""
        return cls.joined([_frame(table, name) for name, table in sorted(tables.items())], notes)

    @classmethod
    def joined(cls, frames: Iterable[pl.DataFrame], notes: Iterable[str] = ()) -> Self:
        """Put the state together from the frames of its groups."""
        everything = pl.concat([_frame(state.STATE.empty_table(), ""), *frames])
        key = pl.struct("source_uri", "span")
        if everything.select(key.hash().n_unique()).item() == everything.height:  # cheap, and nearly always so
            return cls(everything, everything.clear(), tuple(notes))
        is_first = key.is_first_distinct()
        frame, strays = everything.filter(is_first), everything.filter(~is_first)
        if strays.height:
            doubled = strays.select("source_uri").unique()["source_uri"].implode()
            is_single = ~pl.col("source_uri").is_in(doubled)
            frame = frame.with_columns((pl.col("is_vouched_for") & is_single).alias("is_vouched_for"))
        return cls(frame, strays, tuple(notes))

    def rows_of_others(self, run: RunStamp, options: str) -> tuple[int, int]:
        """Count rows of another version, and rows of this version but other options."""
        same = (pl.col("copydesk_version") == run.copydesk_version) & (pl.col("model_version") == run.model_version)
        older = self.frame.filter(~same)["rows"].sum()
        others = self.frame.filter(same & (pl.col("options") != options))["rows"].sum()
        return int(older), int(others)


def _frame(table: pa.Table, part: str) -> pl.DataFrame:
    found = pl.DataFrame(table)
    is_vouched_for = (pl.col("digest") != "").alias("is_vouched_for")
    repeated = [pl.col(name).cast(pl.Categorical) for name in REPEATED]
    return found.select(
        pl.all().exclude("digest", *REPEATED), is_vouched_for, *repeated, pl.lit(part, pl.Categorical).alias("part")
    )


class Store:
    """The output folder, locked for one run: `with Store.open(out) as store`."""

    def __init__(self, output: Output, held: lock.Lock) -> None:
        self.output = output
        self._lock: lock.Lock | None = held

    @classmethod
    def open(cls, out: str | Path, *, wait: float = 0) -> Self:
        """Create, lock and tidy the folder. OutputError where that fails or another run keeps writing there."""
        output = Output(out)
        with explained(output):
            output.make()
            held = lock.take(output, wait=wait)
        try:
            store = cls(output, held)
            with explained(output):
                exchange.drop_old(output)
                store._tidy()
                output.make()
                store._add_columns_of_runs()
                for dataset in SCHEMAS:
                    store._ensure_columns(dataset)
        except BaseException:
            held.free()
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
        if self._lock is not None:
            try:
                with explained(self.output):
                    self._tidy()
            finally:
                self._lock.free()
                self._lock = None

    def check(self) -> None:
        """OutputError where another run has taken the folder over."""
        if self._lock is not None:
            self._lock.check()

    def _tidy(self) -> None:
        """Finish what was complete when its run was killed, and remove what was not."""
        if not self.output.is_remote:
            # What is left for a store may be older than what other machines have put there since: it is only cleared.
            for marker in sorted(self.output.writing.glob(f"*{parts.MARKER}")):
                parts.finish(self.output, marker.name.removesuffix(parts.MARKER))
            exchange.finish(self.output)
        self.output.clear_writing()

    def _add_columns_of_runs(self) -> None:
        """Add the columns that an earlier version did not know to parquet/runs, without values."""
        for name in self.output.sizes("runs"):
            with places.opened(self.output.uri("runs", name)) as stream, explained(self.output):
                table = pq.read_table(stream)
            if table.schema.names != RUNS.names and set(table.schema.names) < set(RUNS.names):
                rows = [{column: row.get(column) for column in RUNS.names} for row in table.to_pylist()]
                self._replace("runs", name, pa.Table.from_pylist(rows, schema=RUNS))

    def _ensure_columns(self, dataset: str) -> None:
        if self.output.exists(dataset, NO_ROWS):
            with self.output.opened(dataset, NO_ROWS):
                return
        self._replace(dataset, NO_ROWS, SCHEMAS[dataset].empty_table())

    def _replace(self, dataset: str, name: str, table: pa.Table) -> None:
        part = parts.new_part(self.output, dataset, name)
        try:
            part.add_table(table)
            part.close()
        except BaseException:
            part.discard()
            raise
        self.output.publish(dataset, name)

    def state(self) -> State:
        """Read what is done already. State that is missing, damaged or of other parts is made anew from the parts."""
        with explained(self.output):
            sizes = self.sizes()
            known = self.output.sizes(STATE_FOLDER)
            frames: list[pl.DataFrame] = []
            lost: list[str] = []
            for name in sizes:
                table = state.read_table(self.output, name, sizes[name]) if name in known else None
                if table is None:
                    lost.append(name)
                    table = state.rebuilt(self.output, name, sizes[name])
                    pq.write_table(table, self.output.growing(STATE_FOLDER, name))
                    self.output.publish(STATE_FOLDER, name)
                frames.append(_frame(table, name))
        pa.default_memory_pool().release_unused()
        notes = [f"The state of {len(lost)} groups was missing or damaged and was made anew from the rows."] * bool(
            lost
        )
        return State.joined(frames, notes)

    def sizes(self) -> dict[str, dict[str, int]]:
        """Give the sizes of the parts of each group."""
        found: dict[str, dict[str, int]] = {}
        for dataset in state.PARTS_OF_GROUP:
            for name, size in self.output.sizes(dataset).items():
                if name != NO_ROWS:
                    found.setdefault(name, {})[dataset] = size
        return dict(sorted(found.items()))

    def write_run(self, summary: RunSummary) -> None:
        """Add the row of a run to the part of its month in parquet/runs; the same run again takes its place."""
        month = f"{summary.started_at:%Y-%m}"
        name = f"part-{sha256(month.encode()).hexdigest()[:16]}.parquet"
        row = pa.Table.from_pylist([run_row(summary)], schema=RUNS)
        with explained(self.output):
            before = RUNS.empty_table()
            if self.output.exists("runs", name):
                with self.output.opened("runs", name) as part:
                    before = part.read()
            others = [run_id != summary.run.run_id for run_id in before["run_id"].to_pylist()]
            self._replace("runs", name, pa.concat_tables([before.filter(pa.array(others, pa.bool_())), row]))


def run_row(summary: RunSummary) -> Row:
    """Make the row of a run."""
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
        "unchanged": summary.unchanged,
        "pruned": summary.pruned,
        "rows_of_older_version": summary.rows_of_older_version,
        "rows_of_other_options": summary.rows_of_other_options,
        "rejects_by_reason": json.dumps(dict(counts.rejects), sort_keys=True),
        "verdicts": json.dumps(dict(counts.verdicts), sort_keys=True),
        "chars_removed_by_label": json.dumps(dict(counts.removed), sort_keys=True),
        "seconds_by_stage": json.dumps(dict(counts.seconds), sort_keys=True),
        "passed_over": json.dumps(dict(summary.passed_over), sort_keys=True),
        "options": summary.options,
    }
