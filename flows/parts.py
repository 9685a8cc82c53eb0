"""Part files: written in row groups of bounded size, published as one, merged with the rows that stay.

Nothing unfinished ever lies in a dataset's folder, because Polars and DuckDB read `.part.parquet` and `_part.parquet`
like any other file (pandas does not), and Polars refuses a folder that also holds `*.tmp`. Parts grow in
`.writing/` beside the datasets, on the same disk.

The parts of one group are published together: once all of them are complete and on disk, a marker is set, they are
renamed into their folders, and the marker goes. Killed before the marker, the group is as it was; killed after it,
`finish` renames the rest when the folder is next opened. Articles are renamed last: until then a reader has the old
articles, whole, and what he finds of a new article's ledger is complete.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.output import STATE_FOLDER, WRITING, Output, OutputError, explained, sync
from flows.schema import SCHEMAS, Row, article_id
from flows.sources import Key, key_of

__all__ = ["MARKER", "WRITING", "Output", "OutputError", "Part", "explained", "sync"]

MARKER: Final = ".complete"
PUBLISHED: Final = ("lines", "rejects", "articles", STATE_FOLDER)
"""What makes a group, in the order in which it is published: the state last, for it says that all the rest is there."""

ROW_GROUP_ROWS: Final = 50_000
ROW_GROUP_BYTES: Final = 16 * 1024 * 1024
"""Bounds of a row group, and so of what writing and reading hold in memory: some four times the bytes."""
ROW_OVERHEAD: Final = 400
"""Bytes to be counted for a row beside its text: Python's objects while it waits to be written."""
SORTED_BYTES: Final = 32 * 1024 * 1024
"""So many bytes of rows, unpacked, are sorted in memory; that takes some six times as much."""
MOST_BUCKETS: Final = 256
"""Beyond 16 GB of rows buckets grow instead: each is an open file."""
RANK: Final = "rank"
IDENTITY: Final = ["article_id", "source_uri", "source_offset", "part"]
IDENTITY_SCHEMA: Final = pa.schema([SCHEMAS["articles"].field(name) for name in IDENTITY])


class Part:
    """One growing Parquet file in `.writing/`; its rows wait in memory until they fill a row group."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self._schema = schema
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd")
        self._rows: list[Row] = []
        self._tables: list[pa.Table] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0

    def add(self, row: Row, *, size: int) -> None:
        """Take a row whose texts have about `size` bytes."""
        self._rows.append(row)
        self._wait(1, size + ROW_OVERHEAD)

    def add_table(self, table: pa.Table) -> None:
        """Take rows that are columns already. Not to be mixed with `add`."""
        self._tables.append(table)
        self._wait(table.num_rows, table.nbytes)

    def _wait(self, rows: int, size: int) -> None:
        self._waiting_rows += rows
        self._waiting_bytes += size
        if self._waiting_rows >= ROW_GROUP_ROWS or self._waiting_bytes >= ROW_GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits as row groups."""
        if self._rows:
            self._tables.append(pa.Table.from_pylist(self._rows, schema=self._schema))
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables), row_group_size=ROW_GROUP_ROWS)
        self._rows, self._tables, self._waiting_rows, self._waiting_bytes = [], [], 0, 0

    def close(self) -> None:
        """Write what is left, and see that it is on disk."""
        self.flush()
        self._writer.close()
        self._sink.close()
        sync(self.path)

    def discard(self) -> None:
        """Remove the file, whatever state it is in."""
        # Closing writes the footer, which fails once more where writing has failed: the file goes anyway.
        with suppress(OSError, pa.ArrowException):
            self._writer.close()
        with suppress(OSError, pa.ArrowException):
            self._sink.close()
        self._writer.is_open = False  # or its finalizer tries, and complains, a third time
        self.path.unlink(missing_ok=True)


def marker(output: Output, name: str) -> Path:
    """Give the place of the marker that says: all parts of this group are complete."""
    return output.writing / f"{name}{MARKER}"


def mark(output: Output, name: str) -> None:
    """Declare the parts of a group complete: from now on `finish` puts them in the place of the old ones."""
    marker(output, name).touch()
    sync(marker(output, name))
    sync(output.writing)


def finish(output: Output, name: str) -> None:
    """Publish those parts of a marked group that have not been published yet."""
    for dataset in PUBLISHED:
        if output.growing(dataset, name).exists():
            output.publish(dataset, name)
    marker(output, name).unlink()


def tables_of(output: Output, dataset: str, name: str) -> Iterator[pa.Table]:
    """Yield a part row group by row group."""
    with output.opened(dataset, name) as part:
        yield from row_groups(part)


def row_groups(part: pq.ParquetFile) -> Iterator[pa.Table]:
    """Yield an open part row group by row group."""
    for number in range(part.num_row_groups):
        yield part.read_row_group(number)


def grown_tables(output: Output, dataset: str, name: str) -> Iterator[pa.Table]:
    """Yield a part that has grown row group by row group."""
    with pq.ParquetFile(output.growing(dataset, name)) as part:
        yield from row_groups(part)


def new_part(output: Output, dataset: str, name: str) -> Part:
    """Start a part; one that a killed writer has left behind is written over."""
    return Part(output.growing(dataset, name), SCHEMAS[dataset])


def staying(output: Output, dataset: str, name: str, *, columns: list[str], replaced: Collection[Key]) -> pa.Table:
    """Read those columns of the rows in an old part whose keys are not replaced; no row where there is no part."""
    if not output.exists(dataset, name):
        return SCHEMAS[dataset].empty_table().select(columns)
    with output.opened(dataset, name) as part:
        table = part.read(columns=columns)
    places = zip(table["source_uri"].to_pylist(), table["source_offset"].to_pylist(), strict=True)
    return table.filter(pa.array([key_of(*place) not in replaced for place in places], pa.bool_()))


def identities(table: pa.Table) -> pa.Table:
    """Give the identity of each row of articles or rejects; a reject has that of part 0, as its lines in the ledger."""
    if "article_id" in table.column_names:
        return table.select(IDENTITY)
    places = list(zip(table["source_uri"].to_pylist(), table["source_offset"].to_pylist(), strict=True))
    ids = [article_id(uri, offset, 0) for uri, offset in places]
    uris, offsets = [uri for uri, _ in places], [offset for _, offset in places]
    return pa.table([ids, uris, offsets, [0] * len(ids)], schema=IDENTITY_SCHEMA)


def in_order(identified: list[pa.Table]) -> pa.Array:
    """Give all article ids in the order of their rows: source, offset, part."""
    table = pa.concat_tables(identified).sort_by([(name, "ascending") for name in IDENTITY[1:]])
    return table["article_id"].combine_chunks()


def merge(output: Output, dataset: str, name: str, *, stay: pa.Array, order: pa.Array, sort: bool) -> None:
    """Merge the rows that stay from the old part into the new one that has grown, in flat memory.

    `stay` holds the article ids that stay, `order` all ids in order. With `sort` the new rows are out of order, as the
    members of a tar archive come, and are put right first.
    """
    new = (sorted_by_rank if sort else ranked_as_grown)(output, dataset, name, order)
    old: Iterator[pa.Table] = iter(())
    if output.exists(dataset, name):
        old = ranked(_only(tables_of(output, dataset, name), stay), order)
    merged = new_part(output, dataset, f"{name}.merged")
    try:
        for table in interleaved(old, new):
            merged.add_table(table.drop_columns(RANK))
        merged.close()
    except BaseException:
        merged.discard()
        raise
    merged.path.replace(output.growing(dataset, name))


def ranked_as_grown(output: Output, dataset: str, name: str, order: pa.Array) -> Iterator[pa.Table]:
    """Yield the rows of a part that has grown, ranked, as they lie there."""
    yield from ranked(grown_tables(output, dataset, name), order)


def sorted_by_rank(output: Output, dataset: str, name: str, order: pa.Array) -> Iterator[pa.Table]:
    """Yield the rows of a part that has grown by their rank; rows of one rank stay as they lie.

    So that memory stays flat, they are dealt out to buckets on the disk, each a run of ranks that is sorted by itself.
    """
    with pq.ParquetFile(output.growing(dataset, name)) as part:
        size = sum(part.metadata.row_group(number).total_byte_size for number in range(part.num_row_groups))
    count = min(MOST_BUCKETS, 1 + size // SORTED_BYTES)
    width = max(1, -(-len(order) // count))
    buckets = [new_part(output, dataset, f"{name}.bucket-{number}") for number in range(count)]
    try:
        for table in ranked_as_grown(output, dataset, name, order):
            places = pc.divide(table[RANK], width)
            for number in pc.unique(places).to_pylist():
                buckets[number].add_table(table.filter(pc.equal(places, number)).drop_columns(RANK))
                buckets[number].flush()
        for number, bucket in enumerate(buckets):
            bucket.close()
            if tables := list(ranked_as_grown(output, dataset, f"{name}.bucket-{number}", order)):
                yield from in_pieces(pa.concat_tables(tables).sort_by(RANK))
            bucket.discard()
    finally:
        for bucket in buckets:
            bucket.discard()


def in_pieces(table: pa.Table) -> Iterator[pa.Table]:
    """Cut a table into pieces that make a row group each."""
    rows = max(1, table.num_rows * ROW_GROUP_BYTES // max(1, table.nbytes))
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)


def _only(tables: Iterator[pa.Table], ids: pa.Array) -> Iterator[pa.Table]:
    return (table.filter(pc.is_in(table["article_id"], value_set=ids)) for table in tables)


def ranked(tables: Iterator[pa.Table], order: pa.Array) -> Iterator[pa.Table]:
    """Give each row the place of its article in the order; row groups without rows are left out."""
    for table in tables:
        if table.num_rows:
            yield table.append_column(RANK, pc.index_in(table["article_id"], value_set=order))


def interleaved(first: Iterator[pa.Table], second: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Merge two streams of tables, each sorted by rank, holding one table of each."""
    left, right = next(first, None), next(second, None)
    while left is not None and right is not None:
        cut = min(left[RANK][-1].as_py(), right[RANK][-1].as_py())
        ready = [table.filter(pc.less_equal(table[RANK], cut)) for table in (left, right)]
        yield pa.concat_tables(ready).sort_by(RANK)
        left, right = _rest(left, cut, first), _rest(right, cut, second)
    for last, rest in ((left, first), (right, second)):
        if last is not None:
            yield last
            yield from rest


def _rest(table: pa.Table, cut: int, following: Iterator[pa.Table]) -> pa.Table | None:
    rest = table.filter(pc.greater(table[RANK], cut))
    return rest if rest.num_rows else next(following, None)
