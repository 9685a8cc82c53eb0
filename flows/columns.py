"""Parquet and Arrow to documents: each row a record, read in small batches, and only the columns that say something."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import BufferedReader, BytesIO
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from flows import sources
from flows.intake import Intake, json_of
from flows.options import MIB, CleanOptions
from flows.records import holds_text, is_known_name
from flows.sources import Document, Reject
from flows.unpack import Stream

BATCH_ROWS: Final = 64
"""Rows that become Python objects at once: at 100 KB a page some 6 MB."""
HELD_BYTES: Final = 128 * MIB
"""A Parquet file is read from its end. One in a packed file or an archive has to be held in memory for that."""
ARROW_START: Final = b"ARROW1\0\0"


def parquet_rows(intake: Intake, stream: Stream) -> Iterator[Document | Reject]:
    """Yield the rows of a Parquet file, or of those row groups that start in the span.

    The offset of a row is CHUNK_BYTES times the number of its row group, plus its number in there: so each row group
    has a key of its own, and can be read by another worker.
    """
    file = _seekable(stream)
    if file is None:
        yield intake.too_large("packed, ", size=intake.size)
        return
    try:
        parquet = pq.ParquetFile(file, pre_buffer=False)
        chunk = sources.CHUNK_BYTES if group_rows(file) is not None else 0
        columns = _columns(parquet.schema_arrow, intake.options)
        first, last = (intake.start // chunk, (intake.end or 0) // chunk) if chunk else (0, 0)
        groups = range(first, last if intake.end is not None else parquet.num_row_groups)
        if not columns:
            yield no_text_field(intake, parquet.schema_arrow.names)
            return
        found = False
        for number in groups:
            intake.offset = number * chunk if chunk else intake.offset
            for outcome in _rows(intake, parquet.iter_batches(BATCH_ROWS, [number], columns, use_threads=False)):
                found = True
                yield outcome
    except (pa.ArrowException, OSError) as error:
        yield _damaged(intake, error)
        return
    if not found and intake.start == 0 and intake.end is None:
        yield intake.reject("empty", "the file holds no row", size=intake.size)


def arrow_rows(intake: Intake, stream: Stream) -> Iterator[Document | Reject]:
    """Yield the rows of an Arrow file or stream. A file is a stream between two marks, so both are read as one."""
    if stream.peek(len(ARROW_START))[: len(ARROW_START)] == ARROW_START:
        stream.read(len(ARROW_START))
    try:
        with pa.ipc.open_stream(pa.PythonFile(stream, "r")) as batches:
            columns = _columns(batches.schema, intake.options)
            if not columns:
                yield no_text_field(intake, batches.schema.names)
                return
            yield from _rows(intake, (part.select(columns) for batch in batches for part in _small(batch)))
    except (pa.ArrowException, OSError) as error:
        yield _damaged(intake, error)
        return
    if intake.offset == 0:
        yield intake.reject("empty", "the file holds no row", size=intake.size)


def group_rows(file: Any) -> list[int] | None:  # noqa: ANN401  a readable and seekable stream
    """Give the rows of each row group of a Parquet file; None where one has so many that offsets would run together."""
    metadata = pq.read_metadata(file)
    rows = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    return None if any(number > sources.CHUNK_BYTES for number in rows) else rows


def no_text_field(intake: Intake, names: Iterable[str]) -> Reject:
    """Make the one reject of a table in which no column holds the text."""
    shown = ", ".join(name[:40] for name in list(names)[:12])
    message = f"no column that holds the text; name it with --text-field or --html-field, the table has: {shown}"
    return intake.reject("no_text_field", message, size=intake.size)


def _rows(intake: Intake, batches: Iterable[pa.RecordBatch]) -> Iterator[Document | Reject]:
    for batch in batches:
        columns = [_values(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            named = zip(batch.schema.names, row, strict=True)
            record = {name: plain(value) for name, value in named if value is not None}
            yield intake.record(record, json_of(record), f"row {intake.offset + 1}: ")
            intake.offset += 1


def _values(column: pa.Array) -> list[Any]:
    """Turn a column into Python's values; one odd cell costs itself, not its neighbours."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":  # Python's clock has no nanoseconds
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, pa.ArrowException):
        return [_value(cell) for cell in column]


def _value(cell: pa.Scalar) -> Any:  # noqa: ANN401  any type of Arrow's
    """Turn a cell into a value: text that is no UTF-8 into its bytes, a time that no calendar has into none."""
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        return cell.cast(pa.binary()).as_py() if pa.types.is_string(cell.type) else None
    except (ValueError, OverflowError, pa.ArrowException):
        return None


def _small(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    return (batch.slice(start, BATCH_ROWS) for start in range(0, batch.num_rows, BATCH_ROWS))


def _columns(schema: pa.Schema, options: CleanOptions) -> list[str]:
    """Choose the columns that can say something about an article; none where the text is not among them."""
    columns = [name for name in schema.names if is_known_name(name, options)]
    inner = {name: {} if pa.types.is_struct(schema.field(name).type) else "" for name in columns}
    has_text = holds_text(inner, options) or any(inner[name] == {} for name in columns)
    return columns if has_text else []


def plain(value: Any) -> Any:  # noqa: ANN401  any type of Arrow's
    r"""Turn a value into what JSON could have held; bytes into text that remembers them.

    >>> plain({"at": datetime(2031, 5, 1), "raw": b"caf\xe9"}) == {"at": "2031-05-01T00:00:00", "raw": "caf\udce9"}
    True
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _seekable(stream: Stream) -> BufferedReader | BytesIO | None:
    """Give a stream that can be read from its end: itself, or its content where it is small enough."""
    if stream.seekable():
        return stream
    content = stream.read(HELD_BYTES + 1)
    return BytesIO(content) if len(content) <= HELD_BYTES else None


def _damaged(intake: Intake, error: Exception) -> Reject:
    """Make the reject of a file that Arrow cannot read on; what the disk says is for others to tell."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return intake.reject("corrupt", "the file is damaged from here on, or cut off: fetch it again", size=intake.size)
