"""A stream that can go back a little, as far as its reader has not let go: for reading on behind damage."""

from io import RawIOBase
from typing import Any, Final

from flows.options import MIB
from flows.unpack import Stream

KEPT_BYTES: Final = 64 * MIB
"""A reader who has not let go of more than this cannot go back to its start: a record of many gigabytes."""


class Window(RawIOBase):
    """A stream of which everything from the last `forget` on is kept. Positions are those of the stream below."""

    def __init__(self, stream: Stream, start: int = 0) -> None:
        super().__init__()
        self._stream = stream
        self._start = start
        self._kept = bytearray()
        self._position = start
        self._failure: BaseException | None = None

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def tell(self) -> int:
        """Give the position in the stream below."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes: what is kept from here on, or what comes next."""
        place = self._position - self._start
        content = bytes(self._kept[place : place + size]) if size >= 0 else bytes(self._kept[place:])
        if not content:
            try:
                content = self._stream.read1(size if size >= 0 else MIB)
            except BaseException as error:
                self._failure = error
                raise
            self._kept += content
            if len(self._kept) > KEPT_BYTES:
                self.forget(self._start + len(self._kept) - KEPT_BYTES)
        self._position += len(content)
        return content

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any buffer
        """Read into a buffer."""
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def read_fully(self, size: int) -> bytes:
        """Read `size` bytes, fewer only at the end."""
        pieces: list[bytes] = []
        while size and (piece := self.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def forget(self, before: int) -> None:
        """Let go of what lies before a position."""
        gone = min(max(0, before - self._start), len(self._kept))
        del self._kept[:gone]
        self._start += gone

    def go_to(self, position: int) -> int:
        """Go back to a position, or to the first one that is still kept; or forward. Give the position reached."""
        self._position = max(self._start, min(position, self._start + len(self._kept)))
        while self._position < position and self.read(min(MIB, position - self._position)):
            self.forget(self._position)
        return self._position

    def raise_failure(self) -> None:
        """Raise again what the stream below has raised: a parser may have made another error of it."""
        if self._failure is not None:
            raise self._failure
