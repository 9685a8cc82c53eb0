"""A few articles and rejects of a run, read back from its Parquet, for people to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from cleaners.labels import KEPT
from flows import parts
from flows.output import Output
from flows.schema import Row

SAMPLED_PARTS: Final = 6
"""So many parts with rows of the run are looked into: to read them all would cost as much as the run."""
SAMPLED_ARTICLES: Final = 10
"""Articles picked by their id, which is a hash and so as good as chance; as many again that lost the most."""
SAMPLED_REJECTS: Final = 5
SAMPLED_LINES: Final = 200

_CHANCE: Final = "picked by chance"
_LOSS: Final = "among those that lost the most"


@dataclass(frozen=True, slots=True)
class ArticleSample:
    """A row of articles, why it was picked, and its lines that are not in the body, of which `more` are left out."""

    row: Row
    why: str
    removed: list[Row] = field(default_factory=list)
    more: int = 0


def article_samples(output: Output, run_id: str, groups: Sequence[str]) -> list[ArticleSample]:
    """Pick articles of the run, with what was taken away from them."""
    picked: list[tuple[str, float, str]] = []
    columns = ["article_id", "kept_chars", "removed_chars"]
    for part, table in _parts_of_run(output, "articles", run_id, groups=groups, columns=columns):
        lost = pc.divide(pc.cast(table["removed_chars"], pa.float64()), pc.add(table["kept_chars"], 1))
        rows = table.append_column("lost", lost).to_pylist()
        picked.extend((row["article_id"], row["lost"], part) for row in rows)
    by_chance = sorted(picked)[:SAMPLED_ARTICLES]
    by_loss = sorted(set(picked) - set(by_chance), key=lambda item: (-item[1], item[0]))[:SAMPLED_ARTICLES]
    whys = {key: _CHANCE for key, _, _ in by_chance} | {key: _LOSS for key, _, _ in by_loss}
    names = sorted({name for _, _, name in by_chance + by_loss})
    ids = pa.array(whys, pa.string())
    rows = {row["article_id"]: row for name in names for row in _rows(output, "articles", name, ids)}
    lines: dict[str, list[Row]] = {key: [] for key in whys}
    for name in names:
        for row in _rows(output, "lines", name, ids):
            lines[row["article_id"]].append(row)
    return [_sample(rows[key], why, lines[key]) for key, why in whys.items() if key in rows]


def _sample(row: Row, why: str, lines: list[Row]) -> ArticleSample:
    # A full ledger holds the kept lines, too, and among them some that were kept in doubt, whatever their label.
    body = set(row["body"].split("\n\n"))
    removed = [line for line in lines if line["label"] not in KEPT and line["text"] not in body]
    return ArticleSample(row, why, removed[:SAMPLED_LINES], max(0, len(removed) - SAMPLED_LINES))


def reject_samples(output: Output, run_id: str, groups: Sequence[str]) -> dict[str, list[Row]]:
    """Pick some rejects of the run for each reason."""
    samples: dict[str, list[Row]] = {}
    columns = ["source_uri", "source_offset", "stage", "reason", "message", "bytes"]
    for _, table in _parts_of_run(output, "rejects", run_id, groups=groups, columns=columns):
        for reason in pc.unique(table["reason"]).to_pylist():
            rows = table.filter(pc.equal(table["reason"], reason)).slice(0, SAMPLED_REJECTS).to_pylist()
            samples[reason] = [*samples.get(reason, []), *rows][:SAMPLED_REJECTS]
    return dict(sorted(samples.items()))


def _parts_of_run(
    output: Output, dataset: str, run_id: str, *, groups: Sequence[str], columns: list[str]
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the first parts that hold rows of the run, with some columns of those rows."""
    found = (
        (name, _own(output, dataset, name, run_id=run_id, columns=columns))
        for name in groups
        if output.exists(dataset, name)
    )
    return islice(((name, table) for name, table in found if table.num_rows), SAMPLED_PARTS)


def _own(output: Output, dataset: str, name: str, *, run_id: str, columns: list[str]) -> pa.Table:
    with output.opened(dataset, name) as part:
        table = part.read(columns=[*columns, "run_id"])
    return table.filter(pc.equal(table["run_id"], run_id))


def _rows(output: Output, dataset: str, name: str, ids: pa.Array) -> Iterator[Row]:
    for table in parts.tables_of(output, dataset, name):
        yield from table.filter(pc.is_in(table["article_id"], value_set=ids)).to_pylist()
