"""The cleaning flow, and the command line `python -m flows.clean`.

`clean_sources` tells the story of a run. `clean`, the Prefect flow, is that function in Prefect's clothes. It is made
when somebody asks this module for it (a deployment, the command with an engine), because importing Prefect costs more
than a second that a run without it need not pay.
"""

import inspect
import time
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ValidationError

from cleaners import __version__
from cleaners.network import model_version
from flows.addresses import shown
from flows.crew import BatchFailed
from flows.engine import Engine, OutOfTime, capacity, ended_with_parent, make_runner
from flows.options import CleanOptions
from flows.plan import Plan, plan
from flows.progress import progress
from flows.read import Discovery, InputError, discover
from flows.report import report_place, write_report
from flows.server import EngineError
from flows.state import options_digest
from flows.watching import Unwatched
from flows.work import weight_of
from flows.write import Counts, OutputError, RunStamp, RunSummary, Store

if TYPE_CHECKING:
    from prefect import Flow

KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY
ALL_WELL, REJECTED = 0, 1
"""Exit statuses of a run that came to its end; `flows.command` has those of the others."""


def clean_sources(
    options: CleanOptions, *, engine: Engine, run_id: str, watch: Unwatched | None = None
) -> tuple[RunSummary, str]:
    """Find the documents, clean them batch by batch in worker processes, write them, and report.

    InputError or OutputError where there is nothing to read or nowhere to write, EngineError where there is no cluster,
    BatchFailed where no worker lives or the time is up.
    """
    watch = watch or Unwatched()
    run = RunStamp(run_id, datetime.now(UTC), __version__, model_version())
    discovery = discover(options.inputs, exclude=[options.out])
    references = list(discovery)
    if not references:
        raise InputError(nothing_found(options, discovery))
    workers = capacity(options)
    with Store.open(options.out, wait=options.wait) as store:
        state = store.state()
        todo = plan(references, state, options=options, run=run, workers=workers)
        watch.planned(options.inputs, todo)
        counts = carry_out(todo, engine, options, workers=workers, watch=watch) if todo.batches else Counts()
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
        report = write_report(options.out, summary) if todo.batches else report_place(options.out)
    watch.published(options.inputs, options.out, summary=summary, report=report)
    return summary, report


def carry_out(todo: Plan, engine: Engine, options: CleanOptions, *, workers: int, watch: Unwatched) -> Counts:
    """Clean all batches, stage by stage."""
    total = weight_of(todo.batches)
    deadline = None if options.max_seconds is None else time.monotonic() + options.max_seconds
    with (
        make_runner(engine, options, min(workers, len(todo.batches))) as runner,
        progress(runner.done, total=total),
        watch.progress(runner.done, total=total),
    ):
        return sum((counts for stage in todo.stages for counts in runner.map(stage, deadline=deadline)), Counts())


def nothing_found(options: CleanOptions, discovery: Discovery) -> str:
    """Say that there is no file to clean, and which ones are of a kind that is not read."""
    others = ", ".join(sorted(suffix or "no suffix" for suffix in discovery.passed_over))
    hint = f"the files there are of other kinds ({others})" if others else "it is empty"
    return f"There is nothing to clean in {', '.join(map(shown, options.inputs))}: {hint}; give other inputs."


def exit_status(counts: Counts, options: CleanOptions) -> int:
    """Tell whether too many documents were rejected; of none at all none was."""
    return REJECTED if counts.rejected > options.max_rejects * counts.documents else ALL_WELL


@cache
def clean_flow() -> "Flow[..., Any]":
    """Make the Prefect flow: the story with the command's options as parameters, less the engine, which is Prefect."""
    from prefect import flow
    from prefect.runtime import deployment, flow_run
    from prefect.states import Failed

    from flows.watching import Watched, outcome

    def clean(**choices: Any) -> Any:  # noqa: ANN401  a state of Prefect
        try:
            options, run_id = CleanOptions(**choices), str(flow_run.id)
            with ended_with_parent() if deployment.id else nullcontext():
                return outcome(*clean_sources(options, engine="prefect", run_id=run_id, watch=Watched()))
        except OutOfTime as error:
            return Failed(name="TimedOut", message=str(error), data=error)
        except (InputError, OutputError, EngineError, BatchFailed, ValidationError) as error:
            return Failed(message=str(error), data=error)

    def run_name() -> str:
        return f"clean {shown(flow_run.parameters['inputs'][0])}"

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
