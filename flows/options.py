"""What a user can choose for a run, with the words that the command line and Prefect's form show."""

from typing import Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
)

from flows.addresses import in_small, shown

MIB = 1024 * 1024

BATCH_BYTES = 256 * MIB
"""Raw bytes of one task: some 30 s at 100 HTML pages of 90 KB a second, so that starting a task costs under 2 %."""


class CleanOptions(BaseModel):
    """The choices of one cleaning run; frozen, JSON-able, the same for the command line, the flow and a deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...] = Field(
        default=("raw/",),
        min_length=1,
        description="Files, folders, globs and addresses (s3://, gs://, az://, https://); folders are read in depth.",
    )
    out: str = Field(default="parquet/", min_length=1, description="Folder that receives the Parquet and the report.")
    kind: Literal["auto", "html", "text"] = Field(
        default="auto", description="What the documents are; auto looks at the content of each."
    )
    text_field: str | None = Field(
        default=None, description="Field of records (JSON, CSV, Parquet) that holds the text; dots reach inside."
    )
    html_field: str | None = Field(default=None, description="Field of records that holds the HTML.")
    url_field: str | None = Field(default=None, description="Field of records that holds the address of the page.")
    title_field: str | None = Field(default=None, description="Field of records that holds the headline.")
    author_field: str | None = Field(default=None, description="Field of records that holds the author or the authors.")
    date_field: str | None = Field(default=None, description="Field of records that holds the date of publication.")
    source_field: str | None = Field(default=None, description="Field of records that holds the name of the site.")
    workers: PositiveInt | None = Field(default=None, description="Worker processes; all processors where not given.")
    engine: Literal["auto", "prefect", "none"] = Field(
        default="auto",
        description="Run under Prefect: auto does where a server is configured, prefect always, none never.",
    )
    runner: Literal["process", "dask"] = Field(
        default="process", description="Where batches are cleaned: in processes of this machine, or on a Dask cluster."
    )
    dask_address: str | None = Field(
        default=None, validate_default=True, description="Address of the Dask scheduler, such as tcp://10.0.0.1:8786."
    )
    ledger: Literal["removed", "all", "none"] = Field(
        default="removed", description="Which lines stand in parquet/lines: those taken away, all of them, or none."
    )
    max_rejects: float = Field(
        default=0.05, ge=0, le=1, description="Share of rejected documents above which the exit status is 1."
    )
    max_bytes: PositiveInt = Field(default=32 * MIB, description="Largest document, in bytes, unpacked.")
    time_limit: PositiveFloat = Field(
        default=20.0,
        le=86_400,
        allow_inf_nan=False,
        description="Seconds of a processor that one document may take; by the clock it may take five times as many.",
    )
    batch_bytes: PositiveInt = Field(default=BATCH_BYTES, description="Raw bytes that one task takes on.")
    max_seconds: PositiveFloat | None = Field(
        default=None, description="Seconds that a run may take; what is left then is for the next run."
    )
    verify: bool = Field(
        default=False, description="Read inputs that look unchanged, too, and clean those whose content differs."
    )
    refresh: bool = Field(
        default=False, description="Clean anew what an older version, or a run with other options, has cleaned."
    )
    prune: bool = Field(
        default=False, description="Remove the rows of sources below the inputs that are no longer there."
    )
    wait: NonNegativeFloat = Field(
        default=0.0,
        le=86_400,
        allow_inf_nan=False,
        description="Seconds to wait for another run that is writing to the same output.",
    )

    @field_validator("inputs", "out")
    @classmethod
    def no_name_is_blank(cls, names: tuple[str, ...] | str) -> tuple[str, ...] | str:
        """Refuse a blank name, as an unset variable of a shell leaves it: it would stand for the working folder.

        The protocol of an address may be in capitals (`S3://`); it means the same in small letters.
        """
        if not all(name.strip() for name in ([names] if isinstance(names, str) else names)):
            raise ValueError("a name is blank: give a file, a folder or an address")
        return in_small(names) if isinstance(names, str) else tuple(map(in_small, names))

    @field_validator("dask_address")
    @classmethod
    def address_is_there(cls, address: str | None, others: ValidationInfo) -> str | None:
        """Ask for the address of the scheduler where there is to be one."""
        if others.data.get("runner") == "dask" and not address:
            raise ValueError("the runner dask needs the address of a scheduler")
        return address

    def shown(self) -> str:
        """Give the options as JSON for others to see: what may be secret in an address is left out."""
        safe = self.model_copy(update={"inputs": tuple(shown(text) for text in self.inputs), "out": shown(self.out)})
        return safe.model_dump_json()


ROW_NEUTRAL: Final = frozenset(
    {
        *("inputs", "out", "workers", "engine", "max_rejects", "time_limit", "batch_bytes"),
        *("verify", "refresh", "prune", "wait", "runner", "dask_address", "max_seconds"),
    }
)
"""Options that change no row: with other values of these, rows of earlier runs are as good as new ones."""
