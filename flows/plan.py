"""What a run has to do: what is new or changed goes into batches, what is as it was needs no look.

References and state are compared as columns, because there can be a million of each.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from operator import attrgetter
from typing import Final

import polars as pl

from flows import prune
from flows.counts import RunStamp
from flows.options import MIB, CleanOptions
from flows.sources import Key, Reference
from flows.state import ATTEMPTS, options_digest
from flows.store import State, part_name

LEAST_BATCH_BYTES: Final = 4 * MIB
"""Below this another worker costs more than it brings: it starts in a second, and 4 MB of pages take half of one."""
BATCHES_PER_WORKER: Final = 4
"""So many batches a worker even out the end of a run, where some workers are done and others are not."""
SLICE: Final = 50_000
"""References that are compared with the state at once: their columns and those of the state take some 30 MB."""
TODO: Final = pl.Enum(["skip", "compare", "clean"])
OPEN_BYTES: Final = 32 * MIB
"""A group with fewer raw bytes is small: it can take new keys in, which rewrites it in about a second."""
MOST_SMALL_GROUPS: Final = 64
"""From so many small groups on, a small batch joins one of them, so that hourly runs do not leave a part each for
ever. Not before: a new part disturbs no reader, while Polars can stumble over one that is replaced as it reads."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one task takes on: references, sorted, and other keys of the group whose rows go.

    A reference replaces its rows when it has been read. References of the keys in `compared` are read first, and
    cleaned only where they differ from what was read before.
    """

    number: int
    group: str
    references: tuple[Reference, ...]
    replaced: frozenset[Key]
    options: CleanOptions
    run: RunStamp
    compared: frozenset[Key] = frozenset()

    @property
    def weight(self) -> int:
        """Bytes to be expected, unpacked."""
        return sum(reference.weight for reference in self.references)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does: batches in stages, one stage after the other, so that no key is seen in two groups.

    `unchanged` counts references that need no look, `pruned` keys that leave because their source is gone.
    """

    stages: tuple[tuple[Batch, ...], ...]
    unchanged: int = 0
    pruned: int = 0

    @property
    def batches(self) -> list[Batch]:
        """All batches, the heaviest of each stage first."""
        return [batch for stage in self.stages for batch in stage]


def plan(references: Iterable[Reference], state: State, *, options: CleanOptions, run: RunStamp, workers: int) -> Plan:
    """Pack what is new or changed into batches; a batch is one group of the Parquet.

    Keys that lie in a group go there again, so that their rows are replaced; new ones are packed by their bytes into
    new groups, or join a small one where there are many. A key whose file has become shorter leaves its group even if
    nothing else happens there: such a batch may have no references.
    """
    named, doubled = under_known_names(references, state)
    ordered = sorted(named, key=attrgetter("uri", "offset"))
    found = sifted(ordered, state, options=options, run=run)
    todo = found.filter(pl.col("todo") != "skip")
    compared = frozenset(ordered[place].key for place in todo.filter(pl.col("todo") == "compare")["place"])
    chosen: dict[str, list[Reference]] = defaultdict(list)
    for place, home in todo.filter(pl.col("part").is_not_null()).select("place", "part").iter_rows():
        chosen[home].append(ordered[place])
    fresh = [ordered[place] for place in todo.filter(pl.col("part").is_null())["place"]]
    for name, pack in packed(fresh, state, options=options, workers=workers):
        chosen[name].extend(pack)
    replaced: dict[str, set[Key]] = {name: set() for name in chosen}
    moved: dict[str, set[Key]] = {}
    pruned = prune.gone(state.frame, found["source_uri"], options.inputs) if options.prune else state.frame.clear()
    for uri, span, part, is_move in leaving(found, state, pl.concat([pruned, doubled])).iter_rows():
        (moved if is_move else replaced).setdefault(part, set()).add((uri, span))

    def batch(name: str, pack: Sequence[Reference], keys: set[Key]) -> Batch:
        references = tuple(sorted(pack, key=lambda reference: reference.key))
        own = compared.intersection(reference.key for reference in references)
        return Batch(0, name, references, frozenset(keys), options, run, own)

    stages = _numbered(
        [batch(name, (), keys) for name, keys in moved.items()],
        [batch(name, chosen[name], keys) for name, keys in replaced.items()],
    )
    return Plan(stages, int((found["todo"] == "skip").sum()), pruned["source_uri"].n_unique())


def under_known_names(references: Iterable[Reference], state: State) -> tuple[list[Reference], pl.DataFrame]:
    """Give each file under one name, and the rows of the state for names that are one too many.

    The name is the one by which the state knows the file, so that a link that is made later, or a file that is moved
    and leaves a link behind, neither doubles its rows nor cleans it anew.
    """
    everything = list(references)
    twins = [reference for reference in everything if reference.twin_of]
    if not twins:
        return everything, state.frame.clear()
    files = [reference for reference in everything if not reference.twin_of]
    present = {reference.uri for reference in files}
    known = state.frame["source_uri"].unique()
    names: dict[str, str] = {}
    surplus: list[str] = []
    for twin in twins:
        for uri in known.filter((known == twin.uri) | known.str.starts_with(f"{twin.uri}/")):
            first = twin.twin_of + uri.removeprefix(twin.uri)
            if first not in present or uri in present:
                continue
            if first in names or (known == first).any():
                surplus.append(uri)
            else:
                names[first] = uri
    renamed = [
        replace(reference, uri=names[reference.uri]) if reference.uri in names else reference for reference in files
    ]
    return renamed, state.frame.filter(pl.col("source_uri").is_in(surplus))


def _numbered(*stages: list[Batch]) -> tuple[tuple[Batch, ...], ...]:
    """Put the heaviest batches of each stage first, and number them all."""
    number = count(1)
    ordered = [sorted(stage, key=lambda batch: (-batch.weight, batch.group)) for stage in stages if stage]
    return tuple(tuple(replace(batch, number=next(number)) for batch in stage) for stage in ordered)


def sifted(ordered: Sequence[Reference], state: State, *, options: CleanOptions, run: RunStamp) -> pl.DataFrame:
    """Say what to do with each reference: its `place` among them, `source_uri`, `span`, and `todo`.

    Of those that the state knows also the group `part`, and the `row` of the state.

    "skip" is what looks as it did, "compare" what has to be read to know, "clean" what is new or was never finished.
    Slice by slice, each with that part of the state, for all at once would take as much memory as the references.
    """
    slices = range(0, max(1, len(ordered)), SLICE)
    return pl.concat([_sifted(ordered[at : at + SLICE], at, state, options=options, run=run) for at in slices])


def _sifted(
    ordered: Sequence[Reference], at: int, state: State, *, options: CleanOptions, run: RunStamp
) -> pl.DataFrame:
    found = pl.DataFrame(
        {
            "source_uri": pl.Series([reference.uri for reference in ordered], dtype=pl.String),
            "span": pl.Series([reference.key[1] for reference in ordered], dtype=pl.Int64),
            "now": pl.Series([reference.fingerprint for reference in ordered], dtype=pl.String),
        }
    ).with_row_index("place", at)
    column = pl.col
    is_current = (
        (column("copydesk_version") == run.copydesk_version)
        & (column("model_version") == run.model_version)
        & (column("options") == options_digest(options))
    )
    is_vouched_for = (
        column("is_vouched_for")
        & (column("first") == column("span"))
        & ~column("attempts").is_between(1, ATTEMPTS - 1)
        & (is_current | pl.lit(not options.refresh))
    ).fill_null(value=False)
    looks_the_same = (column("now") != "") & (column("now") == column("fingerprint")) & pl.lit(not options.verify)
    todo = (
        pl.when(is_vouched_for & looks_the_same)
        .then(pl.lit("skip"))
        .otherwise(pl.when(is_vouched_for).then(pl.lit("compare")).otherwise(pl.lit("clean")))
        .cast(TODO)
    )
    first, last = (ordered[0].uri, ordered[-1].uri) if ordered else ("", "")
    frame = (
        state.frame.lazy().with_row_index("row").filter(column("source_uri").is_between(pl.lit(first), pl.lit(last)))
    )
    known = found.lazy().join(frame, on=["source_uri", "span"], how="left", maintain_order="left")
    return known.select("place", "source_uri", "span", "part", "row", todo.alias("todo")).collect()


def leaving(found: pl.DataFrame, state: State, pruned: pl.DataFrame) -> pl.DataFrame:
    """List the keys that have to leave a group: `source_uri`, `span`, `part`, and whether the file moved elsewhere.

    They stood for the end of a file that is shorter now, or is read in one piece or in other pieces; or their source is
    gone. What is read together with a reference of the same group is for that reference to replace.
    """
    names = ["source_uri", "span", "part"]
    # What is claimed is nearly all there is: it goes first, so that the rest is done with a few rows.
    is_claimed = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(found["row"].drop_nulls().implode())
    others = state.frame.filter(~is_claimed).select(*names, "first")
    found = found.join(others, on="source_uri", how="semi")
    mine = others.join(found, on="source_uri", how="semi")
    homes = found.select("source_uri", pl.col("span").alias("first"), pl.col("part").alias("home"))
    unclaimed = mine.join(homes, on=["source_uri", "first"], how="left")
    gone = unclaimed.filter(pl.col("home").is_null() | (pl.col("home") != pl.col("part"))).select(names)
    spread = found.group_by("source_uri").agg(
        pl.col("part").first().alias("home"), pl.col("part").n_unique().alias("n")
    )
    stays = (pl.col("n") == 1) & (pl.col("home") == pl.col("part"))
    is_move = pl.col("n").is_not_null() & ~stays.fill_null(value=False)
    rows = [gone.join(spread, on="source_uri", how="left").select(*names, is_move.alias("is_move"))]
    rows.append(state.strays.select(*names, pl.lit(value=True).alias("is_move")))
    rows.append(pruned.select(*names, pl.lit(value=False).alias("is_move")))
    return pl.concat(rows)


def packed(
    references: Sequence[Reference], state: State, *, options: CleanOptions, workers: int
) -> Iterator[tuple[str, list[Reference]]]:
    """Pack new references, each pack with the name of its group: a new one, or among many small ones the smallest."""
    sizes = state.frame.group_by("part").agg(pl.col("bytes").sum()).filter(pl.col("bytes") < OPEN_BYTES)
    small = sorted((size, part) for part, size in sizes.iter_rows())
    for pack in pack_by_weight(references, options=options, workers=workers):
        weight = sum(reference.weight for reference in pack)
        if len(small) >= MOST_SMALL_GROUPS and small[0][0] + weight <= OPEN_BYTES:
            yield small.pop(0)[1], pack
        else:
            yield part_name(reference.key for reference in pack), pack


def pack_by_weight(
    references: Sequence[Reference], *, options: CleanOptions, workers: int
) -> Iterator[list[Reference]]:
    """Cut a sorted row of references into runs of about the same weight, enough of them for all workers."""
    total = sum(reference.weight for reference in references)
    target = min(options.batch_bytes, max(LEAST_BATCH_BYTES, total // (workers * BATCHES_PER_WORKER)))
    pack: list[Reference] = []
    weight = 0
    for reference in references:
        pack.append(reference)
        weight += reference.weight
        if weight >= target:
            yield pack
            pack, weight = [], 0
    if pack:
        yield pack
