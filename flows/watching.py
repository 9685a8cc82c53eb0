"""What a run shows to those who watch it in Prefect: its name, how far it is, what it did, and the data it made.

Every run has the same four artifacts, so that Prefect shows their history: `clean-progress`, `clean-summary`,
`clean-losses` and `clean-report`. They hold counts and no text of documents.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from flows.addresses import shown
from flows.counts import Counts, RunSummary
from flows.output import Output
from flows.plan import Plan
from flows.progress import Done
from flows.report import summary_rows

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.schemas.objects import State

REJECTS_JUMPED = "copydesk.rejects.jumped"
"""The event of a run that rejects far more than the runs before."""

LEAST_JUMP, TIMES, RUNS_BEFORE, FEWEST_BEFORE = 0.01, 3, 10, 3
"""A share of rejects has jumped when it is at least 1 % and above three times the median of the ten runs before; fewer
than three runs before tell nothing."""

PROGRESS_SECONDS = 5.0
"""An update of the progress costs the server 10 ms; nobody looks more often."""
MOST_ROWS = 12
"""Reasons and labels in the artifact of losses; the report has them all."""
MOST_SOURCES = 50
"""Sources in the lineage: an event of Prefect holds at most 100 related resources."""
NOT_IN_A_KEY = re.compile(r"[\s#?&%\"'<>\[\]{}|\\^`\0]")
"""Signs that Prefect refuses in the key of an asset."""


class Unwatched:
    """What a run without Prefect tells: nothing, to nobody."""

    def planned(self, inputs: Sequence[str], todo: Plan) -> None:
        """Take note of what there is to do."""

    def progress(self, done: Done, *, total: int) -> AbstractContextManager[None]:
        """Show how far the run is while the `with` lasts."""
        del done, total
        return nullcontext()

    def published(self, inputs: Sequence[str], out: str, *, summary: RunSummary, report: str) -> None:
        """Take note of what the run has done."""


class Watched(Unwatched):
    """What a flow run of Prefect tells; to be called inside of it."""

    def planned(self, inputs: Sequence[str], todo: Plan) -> None:
        """Give the flow run a name that says what it does."""
        from prefect.client.orchestration import get_client
        from prefect.runtime import flow_run

        with get_client(sync_client=True) as client:
            changed = sum(len(batch.compared) for batch in todo.batches)
            new = sum(len(batch.references) for batch in todo.batches) - changed
            client.update_flow_run(flow_run.id, name=name_of_run(inputs, new=new, changed=changed))

    @contextmanager
    def progress(self, done: Done, *, total: int) -> Iterator[None]:
        """Keep a progress artifact up to date, in a thread; where its server fails, the run goes on without it."""
        from prefect.artifacts import create_progress_artifact

        artifact = create_progress_artifact(0.0, key="clean-progress", description="Share of the bytes that are done.")
        over, all_done = threading.Event(), threading.Event()

        def share() -> tuple[float, str]:
            documents, size = done()
            percent = 100.0 if all_done.is_set() else min(99.9, 100 * size / (total or 1))
            return round(percent, 1), f"{documents:,} documents are done."

        # In a copy of this context, because Prefect keeps there which server it talks to: without it, get_client starts
        # a server of its own.
        inside = copy_context().run
        thread = threading.Thread(target=inside, args=(move, artifact, share, over), daemon=True)
        thread.start()
        try:
            yield
            all_done.set()
        finally:
            over.set()
            if all_done.is_set():  # a run that is broken off ends its workers before anything else
                thread.join()

    def published(self, inputs: Sequence[str], out: str, *, summary: RunSummary, report: str) -> None:
        """Show the summary, the losses and the report, and say which data were made from which."""
        from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

        table = [dict(zip(("what", "number", "note"), row, strict=True)) for row in summary_rows(summary)]
        create_table_artifact(table, key="clean-summary", description="What the run did.")
        create_markdown_artifact(losses(summary.counts), key="clean-losses", description="What was taken away.")
        create_link_artifact(address_of(report), "the report", key="clean-report")
        record_lineage(inputs, out, summary)
        report_jump(summary, shares_before(out, summary))


def name_of_run(inputs: Sequence[str], *, new: int, changed: int) -> str:
    """Say what a run does.

    >>> name_of_run(["raw/"], new=1204, changed=0)
    'clean raw/ · 1,204 new'
    >>> name_of_run(["a.txt", "b.txt"], new=0, changed=2)
    'clean a.txt and 1 more · 0 new, 2 changed'
    """
    others = f" and {len(inputs) - 1} more" if len(inputs) > 1 else ""
    return f"clean {shown(inputs[0])}{others} · {new:,} new{f', {changed:,} changed' if changed else ''}"


def move(artifact: "UUID", share: Callable[[], tuple[float, str]], over: threading.Event) -> None:
    """Update a progress artifact now and then, and once at the end."""
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import ArtifactUpdate

    is_over = False
    with get_client(sync_client=True) as client:
        while not is_over:
            is_over = over.wait(PROGRESS_SECONDS)
            percent, words = share()
            try:
                client.update_artifact(artifact, ArtifactUpdate(data=percent, description=words))
            except httpx.HTTPError:
                return


def losses(counts: Counts) -> str:
    """Lay out in Markdown why documents were rejected, and which labels took most characters away."""
    removed = sum(counts.removed.values())
    return "\n\n".join([
        f"{counts.rejected:,} of {counts.documents:,} documents were rejected.",
        table_of(("reason", "documents"), counts.rejects, of=counts.documents),
        f"{removed:,} of {counts.chars_in:,} characters were taken out of the others.",
        table_of(("label", "characters"), counts.removed, of=removed),
    ])  # fmt: skip


def table_of(header: tuple[str, str], numbers: Mapping[str, int], *, of: int) -> str:
    """Lay out the largest numbers as a table, each with its share."""
    largest = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:MOST_ROWS]
    rows = [f"| {name} | {number:,} | {100 * number / of:.1f} % |" for name, number in largest]
    return "\n".join([f"| {header[0]} | {header[1]} | share |", "|---|---:|---:|", *rows])


def record_lineage(inputs: Sequence[str], out: str, summary: RunSummary) -> None:
    """Record in Prefect that the articles were made, and from what."""
    from prefect.assets import Asset, AssetProperties, add_asset_metadata, materialize
    from prefect.cache_policies import NO_CACHE

    counts = summary.counts
    articles = Asset(
        key=key_of_asset(f"{out.rstrip('/')}/articles"),
        properties=AssetProperties(name="articles", description="Clean articles, one row each, in Parquet."),
    )
    sources: list[Asset | str] = [*dict.fromkeys(map(key_of_asset, inputs[:MOST_SOURCES]))]

    @materialize(articles, by="copydesk", asset_deps=sources, name="publish-articles", cache_policy=NO_CACHE)
    def publish() -> None:
        numbers = {"documents": counts.documents, "articles": counts.articles, "rejects": counts.rejected}
        add_asset_metadata(articles, numbers | {"run_id": summary.run.run_id})

    publish()


def shares_before(out: str, summary: RunSummary) -> list[float]:
    """Give the shares of rejects of the last runs before this one that had documents."""
    output, rows = Output(out), []
    for name in output.sizes("runs"):
        with output.opened("runs", name) as part:
            rows += part.read(columns=["run_id", "started_at", "documents", "rejects"]).to_pylist()
    before = [row for row in rows if row["documents"] and row["run_id"] != summary.run.run_id]
    before.sort(key=lambda row: row["started_at"])
    return [row["rejects"] / row["documents"] for row in before[-RUNS_BEFORE:]]


def report_jump(summary: RunSummary, before: Sequence[float]) -> None:
    """Emit an event where the share of rejects has jumped, for automations to act on."""
    from prefect.events import emit_event
    from prefect.runtime import flow_run

    counts = summary.counts
    if has_jumped(counts.rejected / max(1, counts.documents), before):
        emit_event(
            REJECTS_JUMPED,
            resource={"prefect.resource.id": f"copydesk.run.{flow_run.id}", "prefect.resource.name": flow_run.name},
            payload={"documents": counts.documents, "rejected": counts.rejected, "median_before": median(before)},
        )


def has_jumped(share: float, before: Sequence[float]) -> bool:
    """Tell whether a share of rejects is far above those of the runs before.

    >>> has_jumped(0.04, [0.01, 0.01, 0.02]), has_jumped(0.02, [0.01, 0.01, 0.02]), has_jumped(0.5, [])
    (True, False, False)
    """
    return share >= LEAST_JUMP and len(before) >= FEWEST_BEFORE and share > TIMES * median(before)


def address_of(place: str) -> str:
    """Give the URL of a place, which can be a path of this machine."""
    return shown(place) if "://" in place else Path(place).absolute().as_uri()


def key_of_asset(place: str) -> str:
    """Name a place as Prefect names assets.

    >>> key_of_asset("s3://harrow/raw pages/*.html")
    's3://harrow/raw_pages/*.html'
    """
    whole = shown(place) if "://" in place else f"file://{Path(place).absolute()}"
    return NOT_IN_A_KEY.sub("_", whole)


def outcome(summary: RunSummary, report: str) -> "State[Any]":
    """Say by the counts how a flow run ends: completed, completed with rejects, or failed for too many of them."""
    from prefect.states import Completed, Failed

    counts, result = summary.counts, (summary, report)
    if summary.exit_status:
        return Failed(message=rejects_sentence(counts), data=result)
    if counts.rejected:
        return Completed(message=rejects_sentence(counts), data=result)
    return Completed(message=f"{counts.documents:,} documents, {counts.articles:,} articles", data=result)


def rejects_sentence(counts: Counts) -> str:
    """Say how many documents were rejected and why."""
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(counts.rejects.items()))
    return f"{counts.rejected} of {counts.documents} documents rejected: {reasons}"
