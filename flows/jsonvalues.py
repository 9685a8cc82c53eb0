"""JSON as scrapers leave it: lines, arrays of any size, values one after the other; read in bounded memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Final, Protocol

from flows.unpack import PackedError

READ_CHARS: Final = 1024 * 1024
JSON_VALUE_CHARS: Final = 64 * READ_CHARS
"""The longest single JSON value of a .json file: a wrapper of that size takes some 300 MB of memory once parsed."""
_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[\s\ufeff\x1e]*")
_BETWEEN: Final = re.compile(r"[\s,]*")


class Readable(Protocol):
    """A stream of bytes, packed or not."""

    def read1(self, size: int, /) -> bytes:
        """Read up to `size` bytes: those that are at hand, nothing at the end."""
        ...


class RecordError(ValueError):
    """A record that gives no page: the reason (a word for counting) and a message without its content."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def parse(line: bytes) -> object:
    """Parse one JSON value. Bytes that are no UTF-8 are kept as surrogate escapes, to be handed on as bytes.

    Raises RecordError("invalid_json"), also for numbers and nestings that Python refuses.
    """
    text = line.decode("utf-8-sig", errors="surrogateescape")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordError("invalid_json", _complaint(error)) from error


def values(stream: Readable) -> Iterator[tuple[object, str]]:
    """Yield each value of a JSON file with its text: the elements of an array, or values one after the other.

    Reads on as it goes, so that an array may be of any size. RecordError ends it: what came before is good.
    """
    buffer = _Buffer(stream)
    in_array = buffer.next_char(_SPACE) == "["
    buffer.position += in_array
    while char := buffer.next_char(_BETWEEN if in_array else _SPACE):
        if in_array and char == "]":
            return
        yield buffer.value()
    if in_array:
        raise RecordError("invalid_json", "not valid JSON: the array is not closed, the file may be cut off")


class _Buffer:
    """The text of a JSON file from where it is read, with as much more as the next value needs."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._failure: PackedError | None = None
        head = self._read(READ_CHARS)
        encoding = json.detect_encoding(head)
        # Only UTF-8 can carry stray bytes through; the codecs of 16 and 32 bits know no such handler.
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self.text = self._decoder.decode(head)
        self.position = 0
        self._is_done = False

    def _read(self, size: int) -> bytes:
        """Read `size` bytes, fewer at the end; where a packed file breaks off, first what came before."""
        if self._failure is not None:
            raise self._failure
        pieces: list[bytes] = []
        try:
            while size > 0 and (piece := self._stream.read1(size)):
                pieces.append(piece)
                size -= len(piece)
        except PackedError as error:
            if not pieces:
                raise
            self._failure = error
        return b"".join(pieces)

    def next_char(self, skipped: re.Pattern[str]) -> str:
        """Step over what stands between values and give the character after it, empty at the end."""
        while True:
            match = skipped.match(self.text, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.text) or not self._read_more():
                return self.text[self.position : self.position + 1]

    def value(self) -> tuple[object, str]:
        """Parse the value that starts here, reading on while it is not complete."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.position)
            except (ValueError, RecursionError) as error:
                if isinstance(error, json.JSONDecodeError) and len(self.text) - self.position > JSON_VALUE_CHARS:
                    message = "one JSON value is larger than 64 MiB: write the records one a line, as .jsonl"
                    raise RecordError("too_large", message) from error
                if not isinstance(error, json.JSONDecodeError) or not self._read_more():
                    raise RecordError("invalid_json", _complaint(error)) from error
                continue
            text = self.text[self.position : end]
            self.position = end
            return value, text

    def _read_more(self) -> bool:
        """Double what is at hand, so that a long value is parsed only a few times over."""
        if self._is_done:
            return False
        data = self._read(max(READ_CHARS, len(self.text) - self.position))
        self._is_done = not data
        self.text = self.text[self.position :] + self._decoder.decode(data, final=not data)
        self.position = 0
        return True


def _complaint(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        # The parser's words up to the colon: after it may stand a character of the content.
        return f"not valid JSON: {error.msg.partition(':')[0]} at column {error.pos + 1}"
    if isinstance(error, RecursionError):
        return "not valid JSON: nested too deeply"
    return "not valid JSON: a number is too long"
