"""Tables to Parquet, so that running again neither doubles nor loses a row.

What is read as one (a file, or a span of a big record file) has a key. Keys belong to groups, and a group is one part
file of the same name in each of `articles`, `lines` and `rejects`, replaced whole (see `flows.parts`). The parts
themselves tell which key lies in which group, so there is no second book that could disagree with them. A key that is
cleaned again goes into its group again: its new rows take the place of the old ones, the other keys' rows of that
group are carried over. New keys make new groups. So at any moment, also during a run and after a killed one, each key
stands in one part only, and a reader sees each article at most once.

Each dataset also has one part without rows, so that a folder loads, with its columns, before there is anything in it.
"""

import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from cleaners.page import Article
from flows import parts
from flows.counts import Counts, RunStamp, RunSummary, Tally
from flows.parts import OutputError, explained
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
from flows.store import Groups, Store, part_name, replaced_by

__all__ = [
    "ARTICLES",
    "LINES",
    "REJECTS",
    "RUNS",
    "Counts",
    "GroupWriter",
    "Groups",
    "Ledger",
    "OutputError",
    "RunStamp",
    "RunSummary",
    "Store",
    "part_name",
    "replaced_by",
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
    ) -> None:
        self._out = Path(out)
        self._name = part_name
        self._replaced = set(replaced_keys)
        self._run = run
        self._ledger = ledger
        self._tally = Tally()
        self._reject_rows: list[Row] = []
        self._reject_tables: list[pa.Table] = []
        self._last = ("", 0)
        self._is_sorted = True
        self._parts: list[parts.Part] = []
        with explained(self._out):
            if parts.marker(self._out, part_name).exists():
                parts.finish(self._out, part_name)
            self._articles, self._lines = self._start("articles"), self._start("lines")

    def _start(self, dataset: str) -> parts.Part:
        part = parts.new_part(self._out, dataset, self._name)
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
        with explained(self._out):
            if is_rejected(article):
                reason, message = article.verdict, article.verdict_reason
                self._note(Reject(*place, "clean", reason, message, document.size, document.sha256))
            else:
                for row in article_rows(document, article, self._run):
                    self._articles.add(row, size=len(row["body"]))
                    self._tally.verdicts[row["verdict"]] += 1
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
        self._tally.rejects[reject.reason] += 1
        self._reject_rows.append(reject_row(reject, self._run))
        if len(self._reject_rows) >= REJECT_ROWS:
            self._reject_tables.append(pa.Table.from_pylist(self._reject_rows, schema=REJECTS))
            self._reject_rows = []

    def commit(self) -> Counts:
        """Publish the group: its new rows and those that stay, each part sorted by source, offset and part."""
        started = time.perf_counter()
        try:
            with explained(self._out):
                self._articles.close()
                self._lines.close()
                self._write_rejects(self._merge())
                parts.mark(self._out, self._name)
        except BaseException:
            self.abort()
            raise
        # From here on the group is published, by this call or by `finish` after a crash: nothing may be taken back.
        self._parts = []
        with explained(self._out):
            parts.finish(self._out, self._name)
        self._tally.seconds += time.perf_counter() - started
        return self._tally.counts()

    def _merge(self) -> pa.Table:
        """Merge in the articles and lines that stay, and give all rejects of the group."""
        new = pa.Table.from_pylist(self._reject_rows, schema=REJECTS)
        stay = [
            parts.staying(self._out, dataset, self._name, columns=columns, replaced=self._replaced)
            for dataset, columns in (("articles", parts.IDENTITY), ("rejects", REJECTS.names))
        ]
        rejects = pa.concat_tables([stay[1], *self._reject_tables, new])
        if not self._is_sorted or any(table.num_rows for table in stay):
            grown = pq.read_table(self._articles.path, columns=parts.IDENTITY)
            order = parts.in_order([parts.identities(table) for table in (stay[0], grown, rejects)])
            ids = parts.in_order([parts.identities(table) for table in stay])
            for dataset in ("articles", "lines"):
                parts.merge(self._out, dataset, self._name, stay=ids, order=order, sort=not self._is_sorted)
        return rejects

    def _write_rejects(self, rejects: pa.Table) -> None:
        part = self._start("rejects")
        part.add_table(rejects.sort_by([("source_uri", "ascending"), ("source_offset", "ascending")]))
        part.close()

    def abort(self) -> None:
        """Leave the group as it was. After a commit this does nothing."""
        if self._parts:
            parts.marker(self._out, self._name).unlink(missing_ok=True)
        for part in self._parts:
            part.discard()
        self._parts = []
