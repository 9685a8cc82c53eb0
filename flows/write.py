"""Tables to Parquet, so that running again neither doubles nor loses a row.

What is read as one (a file, or a span of a big record file) has a key. Keys belong to groups, and a group is one part
file of the same name in each of `articles`, `lines` and `rejects`, with its state, replaced whole (see `flows.parts`).
A key that is cleaned again goes into its group again: its new rows take the place of the old ones, the other keys' rows
of that group are carried over. New keys make new groups, or join a small one where there are many. So at any moment,
also during a run and after a killed one, each key stands in one part only, and a reader sees each article at most once.

Each dataset also has one part without rows, so that a folder loads, with its columns, before there is anything in it.
"""

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from cleaners.page import Article
from flows import parts, state
from flows.counts import Counts, RunStamp, RunSummary, Tally
from flows.output import STATE_FOLDER, Output, OutputError, explained
from flows.schema import (
    ARTICLES,
    LINES,
    REJECTS,
    RUNS,
    Ledger,
    Row,
    article_id,
    article_rows,
    is_rejected,
    line_row,
    lines_by_part,
    reject_row,
)
from flows.sources import Document, Key, Reject, key_of
from flows.state import Entries, Entry, Reading
from flows.store import State, Store, part_name

__all__ = [
    "ARTICLES",
    "LINES",
    "REJECTS",
    "RUNS",
    "Counts",
    "GroupWriter",
    "Ledger",
    "OutputError",
    "RunStamp",
    "RunSummary",
    "State",
    "Store",
    "part_name",
]

REJECT_ROWS: Final = 10_000
"""So many rejects wait as Python objects before they become columns, a tenth of the size."""


class GroupWriter:
    """Writes the parts of one group, in a worker; nothing can be seen of it until `commit`.

    `add` wants documents sorted by (uri, offset): out of that order they cost a sort in memory at the end. Rejects may
    come in any order. One writer of a part may follow another, two at the same time may not be. Left without a commit,
    the context manager removes all traces. Any method may raise OutputError; the old parts are then intact.
    """

    def __init__(
        self,
        out: str | Path,
        part_name: str,
        replaced_keys: Collection[Key],
        *,
        run: RunStamp,
        ledger: Ledger = "removed",
        options: str = "",
    ) -> None:
        self._output = Output(out)
        self._name = part_name
        self._replaced = set(replaced_keys)
        self._run = run
        self._ledger = ledger
        self._options = options
        self._tally = Tally()
        self._rows: Counter[Key] = Counter()
        self._readings: list[Reading] = []
        self._unchanged: list[Entry] = []
        self._reject_rows: list[Row] = []
        self._reject_tables: list[pa.Table] = []
        self._last = ("", 0)
        self._is_sorted = True
        self._parts: list[parts.Part] = []
        with explained(self._output):
            self._output.writing.mkdir(mode=0o700, exist_ok=True)
            if not self._output.is_remote and parts.marker(self._output, part_name).exists():
                parts.finish(self._output, part_name)
            self.known = state.known_entries(self._output, part_name)
            self._articles, self._lines = self._start("articles"), self._start("lines")

    def _start(self, dataset: str) -> parts.Part:
        part = parts.new_part(self._output, dataset, self._name)
        self._parts.append(part)
        return part

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def add(self, document: Document, article: Article) -> None:
        """Take a cleaned document: rows of articles, or a reject where there is no article in it, and its ledger."""
        started = time.perf_counter()
        place = document.uri, document.offset
        self._is_sorted &= place >= self._last
        self._last = place
        self._replaced.add(key_of(*place))
        with explained(self._output):
            if is_rejected(article):
                reason, message = article.verdict, article.verdict_reason
                self._note(Reject(*place, "clean", reason, message, document.size, document.sha256))
            else:
                for row in article_rows(document, article, self._run):
                    self._articles.add(row, size=len(row["body"]))
                    self._tally.verdicts[row["verdict"]] += 1
                    self._rows[key_of(*place)] += 1
            self._add_lines(document, article)
        self._tally.add(document, article)
        self._tally.seconds += time.perf_counter() - started

    def _add_lines(self, document: Document, article: Article) -> None:
        uri, offset = document.uri, document.offset
        ids = [article_id(uri, offset, part) for part in range(len(article.parts) + 1)]
        for part, line in lines_by_part(article):
            if not line.kept:
                self._tally.removed[line.label.value] += len(line.text)
            if self._ledger == "all" or (self._ledger == "removed" and not line.kept):
                self._lines.add(line_row(ids[part], uri, line), size=len(line.text))

    def reject(self, reject: Reject) -> None:
        """Take a document that could not be read or cleaned."""
        self._tally.documents += 1
        self._tally.bytes += reject.size or 0
        self._note(reject)

    def _note(self, reject: Reject) -> None:
        self._replaced.add(key_of(reject.uri, reject.offset))
        self._rows[key_of(reject.uri, reject.offset)] += 1
        self._tally.rejects[reject.reason] += 1
        self._reject_rows.append(reject_row(reject, self._run))
        if len(self._reject_rows) >= REJECT_ROWS:
            self._reject_tables.append(pa.Table.from_pylist(self._reject_rows, schema=REJECTS))
            self._reject_rows = []

    def replace(self, reading: Reading) -> None:
        """Take note of a reference that has been read: what it gave before leaves with this commit."""
        uri, first = reading.reference.key
        self._readings.append(reading)
        self._replaced.add((uri, first))
        self._replaced.update(key for key, entry in self.known.items() if key[0] == uri and entry.first == first)

    def keep(self, reading: Reading) -> None:
        """Take note of a reference that has been read and gives what it gave before: its rows stay."""
        self._tally.unchanged += 1
        self._unchanged.append(state.unchanged(self.known[reading.reference.key], reading))

    def commit(self) -> Counts:
        """Publish the group: its new rows and those that stay, each part sorted by source, offset and part."""
        started = time.perf_counter()
        with explained(self._output):
            if self._replaced:
                self._publish()
            else:
                self._publish_state()
        self._tally.seconds += time.perf_counter() - started
        return self._tally.counts()

    def _publish(self) -> None:
        try:
            self._articles.close()
            self._lines.close()
            self._write_rejects(self._merge())
            sizes = {name: self._output.growing(name, self._name).stat().st_size for name in state.PARTS_OF_GROUP}
            entries = self._entries()
            if self._output.is_remote:
                self._announce(entries)
            state.write_grown(self._output, self._name, entries.values(), sizes)
            parts.mark(self._output, self._name)
        except BaseException:
            self.abort()
            raise
        # From here on the group is published, by this call or by `finish` after a crash: nothing may be taken back.
        self._parts = []
        parts.finish(self._output, self._name)

    def _announce(self, entries: Entries) -> None:
        """Say in a store, where parts are replaced one by one, that nobody vouches for these keys meanwhile."""
        everything = {**self.known, **entries}
        doubtful = {
            key: replace(everything[key], fingerprint="", digest="") for key in self._replaced & set(everything)
        }
        state.write_grown(self._output, self._name, {**everything, **doubtful}.values(), None)
        self._output.publish(STATE_FOLDER, self._name)

    def _publish_state(self) -> None:
        """Nothing has changed but what files look like: the parts stay as they are."""
        self.abort()
        entries = self._entries()
        if entries != self.known:
            sizes = {name: self._output.size(name, self._name) or 0 for name in state.PARTS_OF_GROUP}
            state.write_grown(self._output, self._name, entries.values(), sizes)
            self._output.publish(STATE_FOLDER, self._name)

    def _entries(self) -> Entries:
        """Give the rows of the state as they are after this commit."""
        entries = {key: entry for key, entry in self.known.items() if key not in self._replaced}
        entries.update((entry.key, entry) for entry in self._unchanged)
        # Rows that came without a reading are there, but nobody vouches for them.
        entries.update((key, Entry(*key, key[1], rows=rows)) for key, rows in self._rows.items())
        for reading in self._readings:
            new = reading.entries(self._rows, self.known, run=self._run, options=self._options)
            entries.update((entry.key, entry) for entry in new)
        return entries

    def _merge(self) -> pa.Table:
        """Merge in the articles and lines that stay, and give all rejects of the group."""
        new = pa.Table.from_pylist(self._reject_rows, schema=REJECTS)
        stay = [
            parts.staying(self._output, dataset, self._name, columns=columns, replaced=self._replaced)
            for dataset, columns in (("articles", parts.IDENTITY), ("rejects", REJECTS.names))
        ]
        rejects = pa.concat_tables([stay[1], *self._reject_tables, new])
        if not self._is_sorted or any(table.num_rows for table in stay):
            grown = pq.read_table(self._articles.path, columns=parts.IDENTITY)
            order = parts.in_order([parts.identities(table) for table in (stay[0], grown, rejects)])
            ids = parts.in_order([parts.identities(table) for table in stay])
            for dataset in ("articles", "lines"):
                parts.merge(self._output, dataset, self._name, stay=ids, order=order, sort=not self._is_sorted)
        return rejects

    def _write_rejects(self, rejects: pa.Table) -> None:
        part = self._start("rejects")
        part.add_table(rejects.sort_by([("source_uri", "ascending"), ("source_offset", "ascending")]))
        part.close()

    def abort(self) -> None:
        """Leave the group as it was. After a commit this does nothing."""
        if self._parts:
            parts.marker(self._output, self._name).unlink(missing_ok=True)
            self._output.growing(STATE_FOLDER, self._name).unlink(missing_ok=True)
        for part in self._parts:
            part.discard()
        self._parts = []
