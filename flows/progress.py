"""How far a run is: a bar on a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

BAR_SECONDS = 0.2
LINE_SECONDS = 10.0
"""Without a terminal the lines go to a log, where six a minute show that it goes on and do not fill it."""

Done = Callable[[], tuple[int, int]]
"""Tells how many documents and how many bytes are done."""


@contextmanager
def progress(done: Done, *, total: int) -> Iterator[None]:
    """Show progress until the `with` ends; `total` is in bytes, because nobody knows the number of documents before.

    A thread asks for the figures, so that the run itself needs to tell nobody of every document.
    """
    console = Console(stderr=True)
    show = bar if console.is_terminal else lines
    over = threading.Event()
    thread = threading.Thread(target=show, args=(done, over), kwargs={"total": total, "console": console}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def bar(done: Done, over: threading.Event, *, total: int, console: Console) -> None:
    """Draw a bar with the number of documents, their rate and the time left."""
    from rich import progress as rich_progress

    columns = (
        rich_progress.BarColumn(),
        rich_progress.TaskProgressColumn(),
        rich_progress.TextColumn("{task.fields[documents]:,} documents"),
        rich_progress.TextColumn("{task.fields[rate]:,.0f}/s"),
        rich_progress.TimeRemainingColumn(compact=True),
    )
    started = time.monotonic()
    with rich_progress.Progress(*columns, console=console, transient=True) as drawing:
        task = drawing.add_task("", total=total, documents=0, rate=0.0)
        while not over.wait(BAR_SECONDS):
            documents, size = done()
            rate = documents / (time.monotonic() - started)
            drawing.update(task, completed=size, documents=documents, rate=rate)


def lines(done: Done, over: threading.Event, *, total: int, console: Console) -> None:
    """Print a line now and then."""
    console.print(f"Cleaning {total / 1e6:,.1f} MB.", highlight=False)
    started = time.monotonic()
    while not over.wait(LINE_SECONDS):
        documents, size = done()
        seconds = time.monotonic() - started
        left = f", {seconds * (total - size) / size:.0f} s left" if size else ""
        share = size / total if total else 1
        console.print(f"{share:.0%}: {documents:,} documents, {documents / seconds:,.0f}/s{left}", highlight=False)
