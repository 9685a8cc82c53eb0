"""The work of one task: clean one batch of documents into its group of the Parquet.

`clean_batch` runs in a worker process that a hostile document may hang, crash or fill up. It therefore always shows in
its gauge where it is, and a watchdog in native code ends it where a document takes longer than it may. `flows.crew`
starts such workers and, when one has died, finds the document.
"""

import faulthandler
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Protocol

from cleaners import Article, clean_many
from flows import faults
from flows.gauge import STANDARD_ERROR, Gauge, Guilt, Position, Span
from flows.options import MIB
from flows.output import Output
from flows.plan import Batch
from flows.read import Document, Notes, Reject, open_documents
from flows.state import Entries, Reading, known_entries, options_digest
from flows.write import Counts, GroupWriter

__all__ = ["Batch", "Order", "clean_batch", "weight_of"]

WINDOW_DOCUMENTS = 256
"""Documents judged at once: from some hundred on, the price of a column expression no longer counts per document."""
WINDOW_BYTES = 16 * MIB
"""Raw bytes judged at once: with pages of 280 KB a worker peaks at some 490 MB, and the price of a batch is shared."""
WINDOW_GRACE = 0.1
"""Seconds that each document adds to the time limit of its window: ten times the budget of a page of HTML."""

BY_THE_CLOCK = 5
"""So many times its limit a document may take by the clock: on two cores with ten other jobs all takes that long."""


class Book(Protocol):
    """What is known of the references of a batch, and where is noted what they are found to be."""

    known: Entries

    def replace(self, reading: Reading) -> None:
        """Note that what a reference gave before is replaced."""

    def keep(self, reading: Reading) -> None:
        """Note that what a reference gave before stays."""


class Trial:
    """The book of a trial, in which nothing is written."""

    def __init__(self, out: str, group: str) -> None:
        self.known = known_entries(Output(out), group)

    def replace(self, reading: Reading) -> None:
        """A trial replaces nothing."""

    def keep(self, reading: Reading) -> None:
        """A trial keeps nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """A batch for a worker, with what is known about it from workers that died on it.

    The `guilty` are rejected uncleaned. Documents in the spans of `alone` are cleaned one at a time, so that the next
    one to stop the worker is known exactly. A trial starts at a position, writes nothing and only shows who survives.
    """

    batch: Batch
    guilty: Mapping[Position, Guilt] = field(default_factory=dict)
    alone: tuple[Span, ...] = ()
    trial_from: Position | None = None


def weight_of(batches: Iterable[Batch]) -> int:
    """Add up the bytes to be expected."""
    return sum(batch.weight for batch in batches)


def clean_batch(order: Order, gauge: Gauge) -> Counts:
    """Clean one batch and write its group; what cannot be read and who is guilty becomes a reject.

    Nothing of it is to be seen in the Parquet until all of it is written. A trial returns empty counts.
    """
    gauge.reset()
    batch, options = order.batch, order.batch.options
    notes = Notes(alive=partial(watch, options.time_limit))
    if order.trial_from is not None:
        for _ in outcomes(order, gauge, Trial(options.out, batch.group), notes):
            pass
        watch(None)
        return Counts()
    started = time.perf_counter()
    with GroupWriter(
        options.out,
        batch.group,
        batch.replaced,
        run=batch.run,
        ledger=options.ledger,
        options=options_digest(options),
    ) as writer:
        for outcome in outcomes(order, gauge, writer, notes):
            if isinstance(outcome, Reject):
                writer.reject(outcome)
            else:
                writer.add(*outcome)
        watch(None)
        noted = Counts(passed_over=notes.passed_over, choices=notes.choices)
        return writer.commit() + noted + Counts(seconds={"work": time.perf_counter() - started})


def outcomes(order: Order, gauge: Gauge, book: Book, notes: Notes) -> Iterator[Reject | tuple[Document, Article]]:
    """Read and clean a batch: one reject or article for each of its documents, in bounded memory."""
    limit = order.batch.options.time_limit
    for window in windows(read_batch(order, gauge, book, notes), order.alone):
        if isinstance(window, Reject):
            gauge.add(documents=1)
            yield window
            continue
        gauge.judge(window[0][0], window[-1][0])
        watch(limit + WINDOW_GRACE * (len(window) - 1))
        yield from judge([document for _, document in window])
        gauge.add(documents=len(window))


def judge(documents: Sequence[Document]) -> Iterator[tuple[Document, Article]]:
    """Clean documents together, each beside its article."""
    if faults.ASKED_FOR:
        for document in documents:
            faults.fail_as_asked(document)
    yield from zip(documents, clean_many(document.page for document in documents), strict=True)


def windows(
    items: Iterable[tuple[Position, Document | Reject]], alone: Sequence[Span]
) -> Iterator[Reject | list[tuple[Position, Document]]]:
    """Group documents into windows of some hundred or some megabytes; those to be alone make a window each."""
    window: list[tuple[Position, Document]] = []
    size = 0
    for position, item in items:
        if isinstance(item, Reject):
            yield item
            continue
        single = any(position in span for span in alone)
        if window and (single or len(window) == WINDOW_DOCUMENTS or size + item.size > WINDOW_BYTES):
            yield window
            window, size = [], 0
        if single:
            yield [(position, item)]
        else:
            window.append((position, item))
            size += item.size
    if window:
        yield window


def read_batch(order: Order, gauge: Gauge, book: Book, notes: Notes) -> Iterator[tuple[Position, Document | Reject]]:
    """Read the documents of a batch in turn, the guilty as rejects, and none of what is as it was."""
    start = order.trial_from or (0, 0)
    reached = 0
    for number, reference in enumerate(order.batch.references):
        if number >= start[0] and not is_unchanged(order, number, gauge, book):
            reading = Reading(reference)
            for position, item in read_reference(order, number, gauge, notes):
                reject = rejected(item, order.guilty.get(position))
                reading.see(item, reject)
                gauge.reach(reached + min(reference.weight, reading.bytes))
                if position >= start:
                    yield position, reject or item
            book.replace(reading)
        reached += reference.weight
        gauge.reach(reached)


def is_unchanged(order: Order, number: int, gauge: Gauge, book: Book) -> bool:
    """Read a reference that may be as it was, and tell whether it is."""
    reference = order.batch.references[number]
    known = book.known.get(reference.key)
    if reference.key not in order.batch.compared or known is None:
        return False
    reading = Reading(reference)
    for _, item in read_reference(order, number, gauge, Notes(alive=partial(watch, order.batch.options.time_limit))):
        reading.see(item)
    if reading.digest != known.digest:
        return False
    book.keep(reading)
    return True


def read_reference(
    order: Order, number: int, gauge: Gauge, notes: Notes
) -> Iterator[tuple[Position, Document | Reject]]:
    """Read the documents of one reference, up to its end or to one that cannot be read without harm."""
    reference, options = order.batch.references[number], order.batch.options
    documents = open_documents(reference, options, notes)
    offset = reference.offset
    for position in ((number, n) for n in count()):
        guilt = order.guilty.get(position)
        if guilt and guilt.reading:
            yield position, Reject(reference.uri, offset, "read", guilt.reason, guilt.message)
            return
        gauge.read(position)
        watch(options.time_limit)
        item = next(documents, None)
        if item is None:
            return
        offset = item.offset
        yield position, item


def rejected(item: Document | Reject, guilt: Guilt | None) -> Reject | None:
    """Give the reject in the place of a document that stopped a worker as it was cleaned."""
    if guilt is None or isinstance(item, Reject):
        return None
    return Reject(item.uri, item.offset, "clean", guilt.reason, guilt.message, item.size, item.sha256)


def watch(seconds: float | None) -> None:
    """End this process if it does not call again within so many seconds; None calls the watch off.

    The seconds are those of a processor, so that a machine that is busy or stands still makes no document late. What
    sleeps uses none: therefore a few times as many seconds by the clock are the end, too. Both watches are native:
    neither an alarm of Python nor a Python thread gets a turn while a parser written in C is lost in a page. The first
    ends the process by SIGPROF, the second writes "Timeout" to standard error, by which `flows.crew` knows them.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds or 0)
    if seconds is None:
        faulthandler.cancel_dump_traceback_later()
    else:
        faulthandler.dump_traceback_later(seconds * BY_THE_CLOCK, exit=True, file=STANDARD_ERROR)
