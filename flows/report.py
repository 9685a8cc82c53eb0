"""What a run did, for people: the table on the terminal, and one HTML file that shows what was taken away and why.

The report is read from the Parquet that the run has written. It needs no network, no script and no other file; all
that comes from documents is escaped, shortened and bounded, so that it stays small whatever was cleaned.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from flows import addresses, places
from flows.output import Output, explained
from flows.report_page import page_of_run
from flows.samples import article_samples, reject_samples
from flows.write import RunSummary

REPORT: Final = "report.html"
MOST_CHOICES: Final = 5
"""So many ways in which files left open which field is the text are shown; more tell a reader nothing."""
ENGINES: Final = {"prefect": "Prefect", "none": "none (the same flow, called without Prefect)"}


def summary_table(summary: RunSummary, *, out: str | Path, report: str | None) -> RenderableType:
    """Make the table that ends a run on the terminal."""
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for name, number, note in summary_rows(summary):
        table.add_row(Text(name), Text(number), Text(note))
    places = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    places.add_column(style="bold", no_wrap=True)
    places.add_column(overflow="fold")
    places.add_row("parquet", Text(str(out)))
    if report is not None:
        places.add_row("report", Text(str(report)))
    places.add_row("engine", Text(ENGINES.get(summary.engine, summary.engine)))
    return Group(table, Text(), places)


def summary_rows(summary: RunSummary) -> Iterator[tuple[str, str, str]]:
    """Yield name, number and note of each row of the summary."""
    counts, seconds = summary.counts, summary.seconds
    yield "documents in", f"{counts.documents:,}", decimal(counts.bytes) if summary.groups else "nothing to do"
    yield "articles out", f"{counts.articles:,}", _listed(counts.verdicts)
    yield "rejects", f"{counts.rejected:,}", _percent(counts.rejected, counts.documents)
    for reason, number in _descending(counts.rejects):
        yield f"  {reason}", f"{number:,}", ""
    removed = sum(counts.removed.values())
    yield "characters kept", f"{counts.chars_kept:,}", _percent(counts.chars_kept, counts.chars_kept + removed)
    yield "characters taken away", f"{removed:,}", _percent(removed, counts.chars_kept + removed)
    for label, number in _descending(counts.removed):
        yield f"  {label}", f"{number:,}", _percent(number, removed)
    if summary.passed_over:
        number = sum(summary.passed_over.values())
        yield "files of other kinds", f"{number:,}", f"passed over: {_listed(summary.passed_over)}"
    for choice, number in _descending(counts.choices)[:MOST_CHOICES]:
        yield "files with a choice", f"{number:,}", choice
    yield from state_rows(summary)
    rate = counts.documents / seconds if seconds > 0 else 0.0
    yield "documents a second", f"{rate:,.1f}", f"in {seconds:,.1f} s"


def state_rows(summary: RunSummary) -> Iterator[tuple[str, str, str]]:
    """Yield what the summary says about earlier runs: what is as it was, what is gone, what is of an older version."""
    if summary.unchanged:
        yield "files unchanged", f"{summary.unchanged:,}", "files, or spans of big ones, that needed no cleaning"
    if summary.pruned:
        yield "sources gone", f"{summary.pruned:,}", "their rows were removed"
    if summary.rows_of_older_version:
        yield "rows of an older version", f"{summary.rows_of_older_version:,}", "--refresh cleans them anew"
    if summary.rows_of_other_options:
        yield "rows of other options", f"{summary.rows_of_other_options:,}", "--refresh cleans them anew"
    for note in summary.notes:
        yield "mended", "", note


def _descending(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda item: (-item[1], item[0]))


def _listed(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in _descending(numbers))


def _percent(number: int, of: int) -> str:
    return f"{100 * number / of:.1f} %" if of else ""


def write_report(out: str | Path, summary: RunSummary) -> str:
    """Write `report.html` into the output folder and return its path or address."""
    output = Output(out)
    with explained(output):
        run_id = summary.run.run_id
        page = page_of_run(
            summary,
            rows=list(summary_rows(summary)),
            articles=article_samples(output, run_id, summary.groups),
            rejects=reject_samples(output, run_id, summary.groups),
        )
        growing = output.writing / REPORT
        growing.parent.mkdir(mode=0o700, exist_ok=True)
        growing.write_text(page, encoding="utf-8", errors="replace")
        places.publish(growing, output.uri(REPORT))
    return report_place(out)


def report_place(out: str | Path) -> str:
    """Say where the report of an output folder lies."""
    return addresses.shown(Output(out).uri(REPORT))
