"""The cleaning flow, and the command line `python -m flows.clean`.

`clean_sources` tells the story of a run. `clean`, the Prefect flow, is that function in Prefect's clothes. It is made
when somebody asks this module for it (a deployment, the command with an engine), because importing Prefect costs more
than a second that a run without it need not pay.
"""

import inspect
import os
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from cleaners import __version__
from cleaners.network import model_version
from flows.engine import Engine, make_runner
from flows.options import CleanOptions
from flows.places import shown
from flows.plan import Plan, plan
from flows.progress import progress
from flows.read import Discovery, InputError, discover
from flows.report import report_place, write_report
from flows.state import options_digest
from flows.work import weight_of
from flows.write import Counts, RunStamp, RunSummary, Store

if TYPE_CHECKING:
    from prefect import Flow

KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY
ALL_WELL, REJECTED = 0, 1
"""Exit statuses of a run that came to its end; `flows.command` has those of the others."""


def clean_sources(options: CleanOptions, *, engine: Engine, run_id: str) -> tuple[RunSummary, str]:
    """Find the documents, clean them batch by batch in worker processes, write them, and report.

    InputError or OutputError where there is nothing to read or nowhere to write, BatchFailed where no worker lives.
    """
    run = RunStamp(run_id, datetime.now(UTC), __version__, model_version())
    workers = options.workers or usable_processors()
    discovery = discover(options.inputs, exclude=[options.out])
    references = list(discovery)
    if not references:
        raise InputError(nothing_found(options, discovery))
    with Store.open(options.out, wait=options.wait) as store:
        state = store.state()
        todo = plan(references, state, options=options, run=run, workers=workers)
        counts = carry_out(todo, engine=engine, workers=workers) if todo.batches else Counts()
        store.check()
        older, others = (store.state() if todo.batches else state).rows_of_others(run, options_digest(options))
        summary = RunSummary(
            run=run,
            counts=counts,
            options=options.shown(),
            engine=engine,
            started_at=run.cleaned_at,
            finished_at=datetime.now(UTC),
            exit_status=exit_status(counts, options),
            passed_over=discovery.passed_over + Counter(counts.passed_over),
            unchanged=todo.unchanged + counts.unchanged,
            pruned=todo.pruned,
            rows_of_older_version=older,
            rows_of_other_options=others,
            groups=tuple(sorted({batch.group for batch in todo.batches})),
            notes=state.notes,
        )
        store.write_run(summary)
        # Where nothing was done, the report of the run before says more.
        return summary, write_report(options.out, summary) if todo.batches else report_place(options.out)


def carry_out(todo: Plan, *, engine: Engine, workers: int) -> Counts:
    """Clean all batches, stage by stage."""
    batches = todo.batches
    with make_runner(engine, min(workers, len(batches))) as runner, progress(runner.done, total=weight_of(batches)):
        return sum((counts for stage in todo.stages for counts in runner.map(stage)), Counts())


def nothing_found(options: CleanOptions, discovery: Discovery) -> str:
    """Say that there is no file to clean, and which ones are of a kind that is not read."""
    others = ", ".join(sorted(suffix or "no suffix" for suffix in discovery.passed_over))
    hint = f"the files there are of other kinds ({others})" if others else "it is empty"
    return f"There is nothing to clean in {', '.join(map(shown, options.inputs))}: {hint}; give other inputs."


def exit_status(counts: Counts, options: CleanOptions) -> int:
    """Tell whether too many documents were rejected; of none at all none was."""
    return REJECTED if counts.rejected > options.max_rejects * counts.documents else ALL_WELL


def usable_processors() -> int:
    """Count the processors that this process may use, which in a container can be fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def rejects_sentence(counts: Counts) -> str:
    """Say how many documents were rejected and why."""
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(counts.rejects.items()))
    return f"{counts.rejected} of {counts.documents} documents rejected: {reasons}"


@cache
def clean_flow() -> "Flow[..., Any]":
    """Make the Prefect flow: the story with the command's options as parameters, less the engine, which is Prefect."""
    from prefect import flow
    from prefect.runtime import flow_run
    from prefect.states import Failed

    def clean(**choices: Any) -> Any:  # noqa: ANN401  a summary, or a state of Prefect
        summary, report = clean_sources(CleanOptions(**choices), engine="prefect", run_id=str(flow_run.id))
        if summary.exit_status == ALL_WELL:
            return summary, report
        return Failed(message=rejects_sentence(summary.counts), data=(summary, report))

    def run_name() -> str:
        first, *others = flow_run.parameters["inputs"]
        return f"{first}{f' and {len(others)} more' if others else ''} into {flow_run.parameters['out']}"

    # Prefect makes its form, its checks and the deployment's entry point from these.
    fields = {name: field for name, field in CleanOptions.model_fields.items() if name != "engine"}
    clean.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                name,
                KEYWORD_ONLY,
                default=field,
                annotation=Annotated[field.annotation, field.description, *field.metadata],
            )
            for name, field in fields.items()
        ]
    )
    clean.__doc__ = clean_sources.__doc__
    clean.__qualname__ = "clean"
    return flow(name="clean", flow_run_name=run_name)(clean)


def __getattr__(name: str) -> Any:  # noqa: ANN401  as Python defines it
    """Make the flow when it is asked for: `from flows.clean import clean`, entry point `flows/clean.py:clean`."""
    if name == "clean":
        return clean_flow()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    from flows.command import run_command

    run_command()
