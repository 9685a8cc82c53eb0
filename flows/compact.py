"""Merges small groups of an output folder: `python -m flows.compact`.

New folders are made beside the old ones, from hard links to the parts that stay as they are and from merged parts. Then
each new folder changes places with the old one in one step, so that whoever lists a dataset finds all its rows once,
before and after. Rows do not change, so it does not matter that the datasets are exchanged one after the other.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import typer

from flows import exchange, parts, state
from flows.options import MIB
from flows.output import STATE_FOLDER, Output, OutputError, explained
from flows.plan import OPEN_BYTES
from flows.schema import REJECTS, SCHEMAS
from flows.store import State, Store

FULL_BYTES: Final = 128 * MIB
"""Raw bytes of a merged group: a Parquet part of some 30 MB, which a change of one of its keys rewrites in seconds."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """How many groups there were, how many small ones were merged, and into how many."""

    groups: int
    small: int
    merged: int


def compact(out: str | Path, *, wait: float = 0) -> Compaction:
    """Merge the small groups of an output folder. OutputError where it is in use, or folders cannot be exchanged."""
    with Store.open(out, wait=wait) as store:
        exchange.check(store.output)
        names = list(store.sizes())
        packs = {merged_name(pack, names): pack for pack in small_groups(store.state(), names)}
        if packs:
            with explained(store.output):
                _build(store.output, packs)
                exchange.complete(store.output, list(packs))
                exchange.finish(store.output)
        return Compaction(len(names), sum(map(len, packs.values())), len(packs))


def small_groups(found: State, names: Sequence[str]) -> list[list[str]]:
    """Choose groups to be merged: small ones, neighbours by their first source, together up to a full group.

    Groups that share a key with another are spared: the next cleaning run puts that right.
    """
    known = found.frame.group_by("part").agg(pl.col("bytes").sum(), pl.col("source_uri").min())
    facts = {part: (uri, size) for part, size, uri in known.iter_rows()}
    spared = set(found.strays["part"])
    small = sorted((*facts.get(name, ("", 0)), name) for name in names if name not in spared)
    packs: list[list[str]] = [[]]
    weight = 0
    for _, size, name in small:
        if size >= OPEN_BYTES:
            continue
        if weight + size > FULL_BYTES:
            packs.append([])
            weight = 0
        packs[-1].append(name)
        weight += size
    return [pack for pack in packs if len(pack) > 1]


def merged_name(pack: Sequence[str], names: Sequence[str]) -> str:
    """Name the group that others are merged into: no group bears this name yet."""
    text = "\n".join(pack)
    while (name := f"part-{sha256(text.encode()).hexdigest()[:16]}.parquet") in names:
        text += "\n"
    return name


def _build(output: Output, packs: dict[str, list[str]]) -> None:
    """Make the new folders: what stays as a second name of the same file, what is merged as a new one."""
    gone = {name for pack in packs.values() for name in pack}
    for dataset in exchange.EXCHANGED:
        folder = output.writing / exchange.NEW / dataset
        folder.mkdir(parents=True)
        for path in output.path(dataset).iterdir():
            if path.name not in gone:
                os.link(path, folder / path.name)
    for name, pack in packs.items():
        _merge(output, name, pack)


def _merge(output: Output, name: str, pack: Sequence[str]) -> None:
    rejects = pa.concat_tables([REJECTS.empty_table(), *(t for one in pack for t in _tables(output, "rejects", one))])
    identified = [parts.identities(rejects)]
    for one in pack:
        with output.opened("articles", one) as part:
            identified.append(part.read(columns=parts.IDENTITY))
    order = parts.in_order(identified)
    by_place = rejects.sort_by([("source_uri", "ascending"), ("source_offset", "ascending")])
    _write(output, "rejects", name, iter([by_place]))
    for dataset in ("articles", "lines"):
        streams = [parts.ranked(_tables(output, dataset, one), order) for one in pack]
        merged = reduce(parts.interleaved, streams)
        _write(output, dataset, name, (table.drop_columns(parts.RANK) for table in merged))
    new = output.writing / exchange.NEW
    sizes = {dataset: (new / dataset / name).stat().st_size for dataset in state.PARTS_OF_GROUP}
    entries = [entry for one in pack for entry in state.known_entries(output, one).values()]
    pq.write_table(state.to_table(entries, sizes), new / STATE_FOLDER / name)
    parts.sync(new / STATE_FOLDER / name)


def _tables(output: Output, dataset: str, name: str) -> Iterator[pa.Table]:
    return parts.tables_of(output, dataset, name) if output.exists(dataset, name) else iter(())


def _write(output: Output, dataset: str, name: str, tables: Iterator[pa.Table]) -> None:
    part = parts.Part(output.writing / exchange.NEW / dataset / name, SCHEMAS[dataset])
    with ExitStack() as undo:
        undo.callback(part.discard)
        for table in tables:
            part.add_table(table)
        part.close()
        undo.pop_all()


def run(
    out: Annotated[str, typer.Option(help="Folder that holds the Parquet.")] = "parquet/",
    wait: Annotated[float, typer.Option(help="Seconds to wait for a run that is writing there.", min=0)] = 0.0,
) -> None:
    """Merge the small groups of an output folder into bigger ones; readers see each row once at any moment."""
    if not exchange.is_there(Output(out)):
        typer.echo(f"copydesk: There is no Parquet of Copydesk in {out}: give the folder with --out.", err=True)
        raise typer.Exit(2)
    try:
        done = compact(out, wait=wait)
    except OutputError as error:
        typer.echo(f"copydesk: {error}", err=True)
        raise typer.Exit(2) from error
    if done.merged:
        typer.echo(f"{done.small} small groups of {done.groups} merged into {done.merged}.")
    else:
        typer.echo(f"Nothing to merge: {done.groups} groups, of which at most one is small.")


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(run)

if __name__ == "__main__":
    app(prog_name="python -m flows.compact")
