"""Where a worker process is in its batch, and what is known about the documents that stopped it."""

from dataclasses import dataclass
from typing import Any

Position = tuple[int, int]
"""Where a document stands in its batch: (number of the reference, number of the document in it), both from 0."""

STANDARD_ERROR = 2
"""Where a worker's native code writes its last words; `flows.crew` leads it to a file that it can read."""


@dataclass(frozen=True, slots=True)
class Span:
    """The documents from `first` to `last`, both included."""

    first: Position
    last: Position

    def __contains__(self, position: Position) -> bool:
        """Tell whether a position lies in the span."""
        return self.first <= position <= self.last


@dataclass(frozen=True, slots=True)
class Guilt:
    """Why a document is not cleaned: `reason` is timeout, crash, memory or error.

    `reading` tells that the document could not even be read; nothing after it in its reference can be reached then.
    """

    reason: str
    message: str
    reading: bool


class Gauge:
    """Shows the parent where a worker is: a few integers in shared memory, readable after the worker's death."""

    SLOTS = 7
    _READING, _REFERENCE, _DOCUMENT, _FIRST_REFERENCE, _FIRST_DOCUMENT, _BYTES, _DOCUMENTS = range(SLOTS)

    def __init__(self, cells: Any) -> None:  # noqa: ANN401  shared memory has no type of its own
        self._cells = cells

    def reset(self) -> None:
        """Forget the batch before."""
        self._cells[:] = [0] * self.SLOTS

    def read(self, position: Position) -> None:
        """Show that the document at this position is being read."""
        self._cells[self._REFERENCE], self._cells[self._DOCUMENT] = position
        self._cells[self._READING] = 1

    def judge(self, first: Position, last: Position) -> None:
        """Show that the documents from first to last are being cleaned."""
        self._cells[self._FIRST_REFERENCE], self._cells[self._FIRST_DOCUMENT] = first
        self._cells[self._REFERENCE], self._cells[self._DOCUMENT] = last
        self._cells[self._READING] = 0

    def reach(self, done: int) -> None:
        """Show how many bytes of the batch have been read."""
        self._cells[self._BYTES] = done

    def add(self, documents: int) -> None:
        """Show that so many more documents are done."""
        self._cells[self._DOCUMENTS] += documents

    @property
    def window(self) -> Span:
        """The documents in hand: the one being read, or those being cleaned."""
        last = self._cells[self._REFERENCE], self._cells[self._DOCUMENT]
        if self.reading:
            return Span(last, last)
        return Span((self._cells[self._FIRST_REFERENCE], self._cells[self._FIRST_DOCUMENT]), last)

    @property
    def reading(self) -> bool:
        """Whether a document was being read rather than cleaned."""
        return bool(self._cells[self._READING])

    @property
    def documents(self) -> int:
        """Documents of the batch that are done."""
        return int(self._cells[self._DOCUMENTS])

    @property
    def bytes(self) -> int:
        """Bytes of the batch that have been read."""
        return int(self._cells[self._BYTES])
