"""The command line `python -m flows.clean`: its options are the fields of CleanOptions, each with its description."""

import inspect
import os
import signal
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn, Union, get_args, get_origin
from uuid import uuid4

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console

from cleaners import __version__
from flows.addresses import shown
from flows.clean import clean_flow, clean_sources
from flows.crew import BatchFailed
from flows.engine import answers, configured_server
from flows.options import CleanOptions
from flows.read import InputError
from flows.report import summary_table
from flows.server import TAG, EngineError, own_server
from flows.write import OutputError, RunSummary

FAILED, USAGE, INTERRUPTED, TERMINATED = 1, 2, 130, 143
"""Exit statuses of runs that did not come to their end."""

MOST_INPUTS_OF_A_FLOW_RUN = 1000
"""Prefect's server refuses a flow run whose parameters are too long: 1,000 paths pass, 20,000 do not."""


class Terminated(BaseException):
    """SIGTERM came; no Exception, so that nothing on the way takes it for an error of its own."""


def run_command() -> None:
    """Run the command line with the arguments of this process."""
    # Prefect's log is on its server; on a terminal it would run through the progress bar.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help="Clean raw articles into Parquet, with a ledger of what was taken away and why.")(clean)
    app(prog_name="python -m flows.clean")


def clean(*, version: bool, **choices: Any) -> None:
    """Run once and print what was done; every way to fail is one sentence and an exit status."""
    if version:
        typer.echo(f"copydesk {__version__}")
        return
    try:
        options = CleanOptions(**choices)
        with signals_raise():
            summary, report = run(options)
    except ValidationError as error:
        stop(wrong_options(error), USAGE)
    except (InputError, OutputError, EngineError) as error:
        stop(str(error), USAGE)
    except BatchFailed as error:
        stop(str(error), FAILED)
    except KeyboardInterrupt:
        stop("Interrupted; what was finished is kept, and the same command again does the rest.", INTERRUPTED)
    except Terminated:
        stop("Terminated; what was finished is kept, and the same command again does the rest.", TERMINATED)
    Console().print(summary_table(summary, out=options.out, report=report))
    raise typer.Exit(summary.exit_status)


def run(options: CleanOptions) -> tuple[RunSummary, str]:
    """Run under Prefect or without, as the options and what is configured here want it."""
    if options.engine == "none" or (has_query(options) and options.engine == "auto"):
        return run_plainly(options)
    if has_query(options):
        raise EngineError(
            "An address has a query, which may be secret and which Prefect would keep: take --engine none."
        )
    server = configured_server()
    if server is None:
        return run_plainly(options) if options.engine == "auto" else run_under_own_server(options)
    obstacle = obstacle_to_prefect(options, server)
    if obstacle is None:
        return run_under_prefect(options)
    if options.engine == "prefect":
        raise EngineError(f"{obstacle}, or take --engine none.")
    typer.echo(f"copydesk: {obstacle}. This run does without Prefect.", err=True)
    return run_plainly(options)


def has_query(options: CleanOptions) -> bool:
    """Tell whether an input is an address with a query, in which there may be a key or a signature."""
    return any(shown(text) != text for text in options.inputs)


def obstacle_to_prefect(options: CleanOptions, server: str) -> str | None:
    """Say what keeps this run from the server that is configured, if anything does."""
    if len(options.inputs) > MOST_INPUTS_OF_A_FLOW_RUN:
        return f"{len(options.inputs)} inputs are too many for a flow run of Prefect: give their folder instead"
    if not answers():
        return f"Prefect's server {server} does not answer: start it, or correct PREFECT_API_URL"
    return None


def run_plainly(options: CleanOptions) -> tuple[RunSummary, str]:
    """Run the flow's own function, without Prefect."""
    return clean_sources(options, engine="none", run_id=str(uuid4()))


def run_under_own_server(options: CleanOptions) -> tuple[RunSummary, str]:
    """Run the flow on a server that ends with it; only this machine can reach that."""
    if options.runner == "dask":
        raise EngineError(
            "The workers of a cluster must reach Prefect's server, too: start one with `prefect server start` and set "
            "PREFECT_API_URL, or take --engine none."
        )
    with own_server():
        return run_under_prefect(options)


def run_under_prefect(options: CleanOptions) -> tuple[RunSummary, str]:
    """Run the flow on the server that is configured now. A failed flow run still has a summary, or the error."""
    from prefect import tags

    with tags(TAG):
        state: Any = clean_flow()(**options.model_dump(exclude={"engine"}), return_state=True)
    outcome: tuple[RunSummary, str] | Exception = state.result(raise_on_failure=False)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def wrong_options(error: ValidationError) -> str:
    """Say which options are wrong and why."""
    return "; ".join(f"--{e['loc'][0]}: {e['msg']}".replace("_", "-") for e in error.errors())


def stop(sentence: str, status: int) -> NoReturn:
    """End the command with a sentence on standard error."""
    typer.echo(f"copydesk: {sentence}", err=True)
    raise typer.Exit(status)


@contextmanager
def signals_raise() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: through all the `with`s, which leave no worker and no half file."""
    # Polars, when imported, puts a handler of its own before Python's, and with it Ctrl-C no longer wakes a thread that
    # waits, as the main thread does here all the time. Python's again (or the shell's wish to ignore Ctrl-C):
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))

    def terminate(*_: object) -> NoReturn:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    """Turn a field into a parameter that Typer makes an option of; the inputs are the argument."""
    default = field.default
    shape: Any = plain_type(field.annotation)
    if name == "inputs":
        default, shape = (
            list(default),
            Annotated[list[str], typer.Argument(help=field.description, metavar="[INPUT]...")],
        )
    elif shape is bool:
        shape = Annotated[shape, typer.Option(f"--{name.replace('_', '-')}", help=field.description)]
    else:
        shape = Annotated[shape, typer.Option(help=field.description)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=shape)


def plain_type(annotation: Any) -> Any:  # noqa: ANN401  a type has no type that says so
    """Strip a type of its constraints, which Typer does not know; pydantic checks them.

    >>> plain_type(Annotated[int, "positive"] | None) == (int | None)
    True
    """
    if get_origin(annotation) is Annotated:
        return get_args(annotation)[0]
    if get_origin(annotation) in {Union, types.UnionType}:
        return Union[*(plain_type(choice) for choice in get_args(annotation))]
    return annotation


VERSION = inspect.Parameter(
    "version",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--version", help="Print the version and end.")],
)
clean.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [*(parameter(name, field) for name, field in CleanOptions.model_fields.items()), VERSION]
)
