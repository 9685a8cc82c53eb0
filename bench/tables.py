"""Markdown tables, and the marked places in docs/measurements.md that the benches write."""

import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.corpora import CHECKOUT
from cleaners import __version__

PIPE_WIDTH = 150

MEASUREMENTS = CHECKOUT / "docs" / "measurements.md"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows as a Markdown table whose columns are as wide as their widest cell."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line(header), rule, *(line(row) for row in rows)])


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print the same rows for whoever sits before the screen; into a pipe, wide enough that no cell is cut."""
    table = Table(*header, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(table)


def with_block(document: str, name: str, text: str) -> str:
    """Put text between the markers of that name; a document without them gets them at its end.

    >>> with_block("a <!-- x -->old<!-- /x --> b", "x", "new").split()
    ['a', '<!--', 'x', '-->', 'new', '<!--', '/x', '-->', 'b']
    """
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    if opening not in document or closing not in document:
        document = f"{document.rstrip()}\n\n{opening}\n{closing}\n"
    before, _, rest = document.partition(opening)
    _, _, after = rest.partition(closing)
    return f"{before}{opening}\n{text.strip()}\n{closing}{after}"


def write_block(name: str, text: str, *, path: Path = MEASUREMENTS) -> None:
    """Replace a marked block of the measurements; the words around it stay."""
    path.write_text(with_block(path.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def versions(*distributions: str) -> str:
    """Name this Copydesk and some distributions with their versions."""
    return ", ".join([f"Copydesk {__version__}", *(f"{name} {metadata.version(name)}" for name in distributions)])


def percent(share: float) -> str:
    """Write a share as per cent with one digit."""
    return f"{100 * share:.1f} %"
