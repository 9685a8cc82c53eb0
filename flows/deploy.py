"""Schedules without a work pool, and alerts: `python -m flows.deploy serve --cron "0 * * * *"`.

`prefect.yaml` holds the deployments for a work pool. Both ways run the flow of `flows.clean` and need a Prefect server.
"""

import inspect
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from pydantic import Field, SecretStr, ValidationError

from flows.clean import clean_flow
from flows.command import USAGE, parameter, stop, wrong_options
from flows.compact import compact as merge_small_groups
from flows.engine import answers, configured_server
from flows.options import CleanOptions
from flows.server import TAG
from flows.watching import REJECTS_JUMPED
from flows.write import OutputError

if TYPE_CHECKING:
    from prefect import Flow

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
app.callback()(lambda: None)

ALERT = "copydesk-alert"
MESSAGE = "{{ flow_run.name }} is {{ flow_run.state.name }}: {{ flow_run.state.message }}"
JUMP_MESSAGE = "{{ flow_run.name }}: {{ event.payload['rejected'] }} of {{ event.payload['documents'] }} rejected"


def serve(*, cron: str, timezone: str, name: str, **choices: Any) -> None:
    """Run the cleaning flow on a schedule, in processes of this machine, until Ctrl-C or SIGTERM."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.schedules import Cron

    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        stop(f"--timezone: there is no time zone {timezone!r}; give one such as Europe/Berlin.", USAGE)
    try:
        options, schedule = CleanOptions(**choices), Cron(cron, timezone=timezone)
    except ValidationError as error:
        stop(wrong_options(error), USAGE)
    except ValueError as error:
        stop(f"--cron: {error}", USAGE)
    need_server()
    clean_flow().serve(
        name=name,
        schedules=[schedule],
        parameters=options.model_dump(mode="json", exclude={"engine"}),
        tags=[TAG],
        # Two runs into one folder cannot be: one that comes while another is on is dropped.
        global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
    )


def alert(*, webhook: Annotated[str, typer.Option(help="The address that is called, by POST.")]) -> None:
    """Call a webhook when a run fails or crashes, and when the share of rejects jumps."""
    from prefect.automations import Automation, EventTrigger
    from prefect.blocks.webhook import Webhook
    from prefect.events.actions import CallWebhook

    need_server()
    block: Any = Webhook(url=SecretStr(webhook)).save(ALERT, overwrite=True)
    ours: dict[str, str | list[str]] = {"prefect.resource.id": f"prefect.tag.{TAG}", "prefect.resource.role": "tag"}
    states = {"prefect.flow-run.Failed", "prefect.flow-run.TimedOut", "prefect.flow-run.Crashed"}
    for name, events, message in (
        ("a run has failed", states, MESSAGE),
        ("rejects have jumped", {REJECTS_JUMPED}, JUMP_MESSAGE),
    ):
        automation = Automation(
            name=f"copydesk: {name}",
            trigger=EventTrigger(expect=events, match_related=ours),
            actions=[CallWebhook(block_document_id=block, payload=message)],
        )
        automation.create()
        typer.echo(f"Made the automation {automation.name!r}.")


@cache
def compact_flow() -> "Flow[..., Any]":
    """Make the Prefect flow that merges small groups: `flows.compact` on a schedule."""
    from prefect import flow
    from prefect.states import Completed, Failed

    @flow(name="compact", flow_run_name="compact {out}")
    def compact(
        out: str = Field(
            default="parquet/", description="Output folder of the cleaning runs; on a disk, not in a store."
        ),
        wait: float = Field(default=3600.0, ge=0, description="Seconds to wait for a run that writes there."),
    ) -> Any:  # noqa: ANN401  a state of Prefect
        """Merge the small groups of an output folder."""
        try:
            done = merge_small_groups(out, wait=wait)
        except OutputError as error:
            return Failed(message=str(error), data=error)
        words = f"{done.small} of {done.groups} groups were small and are merged into {done.merged}"
        return Completed(message=words, data=done)

    return compact


def __getattr__(name: str) -> Any:  # noqa: ANN401  as Python defines it
    """Make the flow when it is asked for: entry point `flows/deploy.py:compact`."""
    if name == "compact":
        return compact_flow()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def need_server() -> None:
    """End the command where no Prefect server answers: one that ends with this command would schedule nothing."""
    server = configured_server()
    if server is None:
        stop("Schedules need a Prefect server: start one with `prefect server start` and set PREFECT_API_URL.", USAGE)
    if not answers():
        stop(f"Prefect's server {server} does not answer: start it, or correct PREFECT_API_URL.", USAGE)


def option(name: str, shape: type, default: Any, words: str) -> inspect.Parameter:  # noqa: ANN401  any default
    """Make an option of the command."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[shape, typer.Option(help=words)]
    )


serve.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [
        option("cron", str, "0 * * * *", "When to run: minute, hour, day, month, day of the week."),
        option("timezone", str, "UTC", "Time zone of the schedule."),
        option("name", str, "served", "What the deployment is called in Prefect."),
        *(parameter(name, field) for name, field in CleanOptions.model_fields.items() if name != "engine"),
    ]
)
app.command()(serve)
app.command()(alert)

if __name__ == "__main__":
    app(prog_name="python -m flows.deploy")
