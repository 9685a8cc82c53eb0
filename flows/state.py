"""What is done already: a small file for each group that says of each key what was read and how it was cleaned.

A state file is published last, with the group whose name it bears, and says how large the group's parts are. Where it
is missing, damaged or does not fit the parts beside it (an older folder, a part that was deleted), it is made anew from
the rows of the parts; their keys then count as never compared, and are cleaned when they are next met.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows import addresses, places, sources
from flows.counts import RunStamp
from flows.options import ROW_NEUTRAL, CleanOptions
from flows.output import STATE_FOLDER, Output, OutputError
from flows.sources import Document, Key, Reference, Reject, key_of

STATE_VERSION: Final = 1
STATE: Final = pa.schema(
    [
        ("source_uri", pa.string()),
        ("span", pa.int64()),
        ("first", pa.int64()),
        ("fingerprint", pa.string()),
        ("digest", pa.string()),
        ("options", pa.string()),
        ("copydesk_version", pa.string()),
        ("model_version", pa.string()),
        ("rows", pa.int64()),
        ("bytes", pa.int64()),
        ("attempts", pa.int32()),
    ]
)
PARTS_OF_GROUP: Final = ("lines", "rejects", "articles")
_VERSION: Final = b"copydesk.state_version"
_SIZES: Final = b"copydesk.part_sizes"

ATTEMPTS: Final = 3
"""So many runs in a row try a document that hangs, crashes or takes too much memory: once may be an accident."""
TRIED_AGAIN: Final = frozenset({"timeout", "memory", "crash", "error"})
TICK_NANOSECONDS: Final = 2_000_000_000
"""A file written to again within one tick of its clock can look unchanged. FAT's tick, the longest, is two seconds."""
DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a key: a row of the state.

    `first` is the span of the reference that gave its rows: a packed file is read as one and fills many keys. Its own
    key has the fingerprint and the digest; both are empty where nobody vouches for what was read. `attempts` counts
    the runs that met a document they could not finish, 0 where there is none.
    """

    source_uri: str
    span: int
    first: int
    fingerprint: str = ""
    digest: str = ""
    options: str = ""
    copydesk_version: str = ""
    model_version: str = ""
    rows: int = 0
    bytes: int = 0
    attempts: int = 0

    @property
    def key(self) -> Key:
        """The key."""
        return self.source_uri, self.span


Entries = dict[Key, Entry]


def options_digest(options: CleanOptions) -> str:
    """Name the choices that change rows; those left at their defaults do not count."""
    chosen = options.model_dump(mode="json", exclude_defaults=True, exclude=set(ROW_NEUTRAL))
    return blake2b(json.dumps(chosen, sort_keys=True).encode(), digest_size=DIGEST_BYTES).hexdigest()


@dataclass(slots=True)
class Reading:
    """What is learned of a reference while its documents are read."""

    reference: Reference
    started: int = field(default_factory=time.time_ns)
    documents: Counter[Key] = field(default_factory=Counter)
    bytes: int = 0
    is_doubtful: bool = False
    is_unreadable: bool = False
    _digest: Any = field(default_factory=lambda: blake2b(digest_size=DIGEST_BYTES))

    def see(self, item: Document | Reject, reject: Reject | None = None) -> None:
        """Take the next document or reject, and the reject in the place of a document that cannot be cleaned.

        The digest is of what was read: a source is as it was whatever became of its documents.
        """
        self.bytes += item.size or 0
        if isinstance(item, Document):
            page = item.page
            known: tuple[object, ...] = (page.url, page.kind, page.charset, page.fetched_at, page.fields)
        else:
            known = (item.reason, item.size)
            self.is_unreadable |= item.reason == "unreadable"
        outcome = reject or item
        self.is_doubtful |= isinstance(outcome, Reject) and outcome.reason in TRIED_AGAIN
        self.documents[key_of(item.uri, item.offset)] += 1
        self._digest.update(repr((item.uri, item.offset, item.sha256, *known)).encode("utf-8", "surrogatepass"))

    @property
    def digest(self) -> str:
        """The digest of all that was read."""
        return str(self._digest.hexdigest())

    def fingerprint(self) -> str:
        """Give the fingerprint to remember: none where what was read may not be what lies there now.

        That is so where the file has changed since it was listed, or was changed so shortly before it was read that
        one more change would not show. A clock that is set back makes files look young, never old.
        """
        reference = self.reference
        if self.is_unreadable or not reference.fingerprint:
            return ""
        try:
            now = places.stat(reference.address or reference.uri)
        except OSError:
            return ""
        if now is None or now.fingerprint != reference.fingerprint:
            return ""
        if addresses.is_remote(reference.uri):
            return reference.fingerprint
        changed = int(reference.fingerprint.rpartition("-")[2])
        return reference.fingerprint if changed < self.started - TICK_NANOSECONDS else ""

    def entries(self, rows: Mapping[Key, int], old: Entries, *, run: RunStamp, options: str) -> list[Entry]:
        """Give the new rows of the state for what was read and cleaned."""
        uri, first = self.reference.key
        before = old.get((uri, first))
        attempts = 0
        if self.is_doubtful:
            # A file that was too young for a fingerprint to be recorded is known by what was read.
            same = before and (before.fingerprint == self.reference.fingerprint or before.digest == self.digest)
            attempts = before.attempts + 1 if before and same else 1
        stamp = (options, run.copydesk_version, run.model_version)
        own = Entry(uri, first, first, self.fingerprint(), self.digest, *stamp, rows[uri, first], self.bytes, attempts)
        others = [key for key in self.documents if key != (uri, first)]
        return [own, *(Entry(*key, first, "", "", *stamp, rows[key]) for key in sorted(others))]


def unchanged(entry: Entry, reading: Reading) -> Entry:
    """Give the row of a key that was read and is as it was: only what its file looks like may be new."""
    return replace(entry, fingerprint=reading.fingerprint())


# Files


def to_table(entries: Iterable[Entry], sizes: Mapping[str, int] | None) -> pa.Table:
    """Make the table of a state file; without sizes it says that the parts are being replaced at this moment."""
    columns = zip(*(astuple(entry) for entry in sorted(entries, key=lambda entry: entry.key)), strict=True)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, STATE, strict=False)]
    table = pa.table(arrays, schema=STATE) if arrays else STATE.empty_table()
    metadata = {_VERSION: str(STATE_VERSION).encode(), _SIZES: json.dumps(sizes, sort_keys=True).encode()}
    return table.replace_schema_metadata(metadata)


def write_grown(output: Output, name: str, entries: Iterable[Entry], sizes: Mapping[str, int] | None) -> None:
    """Write a state file where it grows; `output.publish` puts it in its place."""
    pq.write_table(to_table(entries, sizes), output.growing(STATE_FOLDER, name), compression="zstd")


def read_table(output: Output, name: str, sizes: Mapping[str, int]) -> pa.Table | None:
    """Read a state file; None where it is damaged or tells of other parts. OutputError where it is too new."""
    try:
        with places.opened(output.uri(STATE_FOLDER, name)) as stream, pq.ParquetFile(stream) as file:
            metadata = file.schema_arrow.metadata or {}
            if int(metadata.get(_VERSION, b"0")) > STATE_VERSION:
                raise OutputError(
                    f"{output} was written by a newer Copydesk: update this one, or choose another --out."
                )
            told = json.loads(metadata.get(_SIZES, b"{}"))
            table = file.read()
    except (places.PlaceError, OutputError):
        raise
    except (OSError, pa.ArrowException, ValueError):
        return None
    is_ours = table.schema.equals(STATE, check_metadata=False)
    return table if is_ours and (told is None or told == dict(sizes)) else None


def known_entries(output: Output, name: str) -> Entries:
    """Give what is known of the keys of one group; nothing where there is no such group."""
    found = {dataset: output.size(dataset, name) for dataset in PARTS_OF_GROUP}
    sizes = {dataset: size for dataset, size in found.items() if size is not None}
    if not sizes:
        return {}
    table = read_table(output, name, sizes)
    return entries_of(rebuilt(output, name, sizes) if table is None else table)


def entries_of(table: pa.Table) -> Entries:
    """Give the rows of a state file by their keys."""
    found = (Entry(**row) for row in table.to_pylist())
    return {entry.key: entry for entry in found}


def rebuilt(output: Output, name: str, sizes: Mapping[str, int]) -> pa.Table:
    """Make the table of a group from the rows of its parts."""
    found: dict[Key, Entry] = {}
    for dataset in ("articles", "rejects"):
        if dataset not in sizes:
            continue
        columns = ["source_uri", "source_offset", "copydesk_version", "model_version", "kept_chars", "removed_chars"]
        with output.opened(dataset, name) as part:
            for batch in part.iter_batches(columns=[c for c in columns if c in part.schema_arrow.names]):
                _count_rows(pl.DataFrame(batch), found)
    return to_table(found.values(), sizes)


def _count_rows(rows: pl.DataFrame, found: Entries) -> None:
    """Count rows by key; whatever reference gave them, each key stands for itself now."""
    size = pl.col("kept_chars") + pl.col("removed_chars") if "kept_chars" in rows.columns else pl.lit(0)
    version = [
        pl.col(name).first() if name in rows.columns else pl.lit("").alias(name)
        for name in ("copydesk_version", "model_version")
    ]
    span = (pl.col("source_offset") // sources.CHUNK_BYTES).alias("span")
    grouped = rows.group_by("source_uri", span).agg(*version, pl.len().alias("rows"), size.sum().alias("bytes"))
    for uri, span_number, copydesk, model, count, characters in grouped.iter_rows():
        key = key_of(uri, span_number * sources.CHUNK_BYTES)
        entry = found.get(key) or Entry(*key, key[1], "", "", "", copydesk, model)
        found[key] = replace(entry, rows=entry.rows + count, bytes=entry.bytes + characters)
