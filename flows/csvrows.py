"""CSV as programs of all lands write it, row by row: how it is written, and how to read on behind a row that is broken.

A quote that is opened and never closed would swallow the rest of the file. So the lines of the row in hand are kept;
where the row does not come out as wide as the header, its lines tell where the next row begins.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import TextIOWrapper
from typing import Final

from flows.jsonvalues import RecordError

DELIMITERS: Final = (",", ";", "\t", "|")
ANOTHER_STYLE_CHARS: Final = 256 * 1024
"""So much of a row is read in the other style of quotes: longer than articles are, and soon done."""
_SEPARATOR: Final = re.compile(r'"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)
"""The first line by which Excel is told the delimiter."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written: what stands between its fields, and whether a backslash guards a quote in a field.

    A doubled quote is one quote in either style.
    """

    delimiter: str
    is_escaped: bool

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Cut lines into rows; csv.Error for a row whose quotes do not close, after which the next can be asked for."""
        return csv.reader(
            lines, delimiter=self.delimiter, escapechar="\\" if self.is_escaped else None, doublequote=True, strict=True
        )

    def other(self) -> "Dialect":
        """Give the dialect with the other style of quotes."""
        return replace(self, is_escaped=not self.is_escaped)


def dialect_of(sample: str, *, is_tabs: bool = False) -> Dialect:
    r"""Find the delimiter by which most rows of a sample have as many fields as the header, and the more the better.

    >>> dialect_of("title;text\nRain;It rained, it poured\n").delimiter
    ';'
    """
    told = separator_of(sample)
    delimiters = (told,) if told else ("\t",) if is_tabs else DELIMITERS
    lines = sample.splitlines(keepends=True)[bool(told) :]
    styles = (False, True) if '\\"' in sample else (False,)
    dialects = [Dialect(delimiter, is_escaped) for delimiter in delimiters for is_escaped in styles]
    return max(dialects, key=lambda dialect: _fit(lines, dialect))


def separator_of(text: str) -> str | None:
    r"""Give the delimiter that the first line of a table tells (`sep=;`), where it does.

    >>> separator_of("sep=;\ntitle;text\n"), separator_of("separate;text\n")
    (';', None)
    """
    found = _SEPARATOR.fullmatch(text.partition("\n")[0].partition("\r")[0])
    return found[1] if found else None


def _fit(lines: list[str], dialect: Dialect) -> tuple[float, int]:
    """Rate a dialect: the share of rows that are as wide as the header, then the width. The last row may be cut off."""
    widths: list[int] = []
    rows = dialect.rows(lines)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            widths.append(0)
            continue
        if row is None:
            break
        widths.extend([len(row)] * bool(row))
    is_cut = len(widths) > 1 and not lines[-1].endswith(("\n", "\r"))
    whole = widths[:-1] if is_cut else widths
    if not whole or whole[0] <= 1:
        return 0.0, 0
    return round(Counter(whole)[whole[0]] / len(whole), 1), whole[0]


class Rows:
    """The rows of a table as wide as its first, the header; in the place of one that is broken a RecordError.

    Where the lines of a broken row show that it did not end where it should have (a quote does not close), it costs
    itself alone, and the next row begins with the first line that is a whole row by itself. `line` is the number of the
    line with which the row in hand begins.
    """

    def __init__(self, text: TextIOWrapper, dialect: Dialect, limit: int) -> None:
        self._lines = Lines(text, limit)
        self._dialect = dialect
        self._readers = {style: style.rows(self._lines) for style in (dialect, dialect.other())}
        self.line = 0
        self.header: list[str] = []

    def __iter__(self) -> Iterator[list[str] | RecordError]:
        return self

    def __next__(self) -> list[str] | RecordError:
        row: list[str] | RecordError = []
        while row == []:
            self._lines.let_go()
            self.line = self._lines.number + 1
            row = self._read(self._dialect)
        if not self.header:
            self.header = row if isinstance(row, list) else []
            return row
        return row if self._is_whole(row) else self._mended(row)

    def skip_line(self) -> None:
        """Step over a line that is no row."""
        next(self._lines, None)

    def _read(self, dialect: Dialect) -> list[str] | RecordError:
        try:
            return next(self._readers[dialect])
        except csv.Error as error:
            return RecordError("invalid_row", f"not valid CSV: {error}")
        except RecordError as error:
            return error

    def _is_whole(self, row: list[str] | RecordError) -> bool:
        return isinstance(row, list) and len(row) == len(self.header)

    def _mended(self, row: list[str] | RecordError) -> list[str] | RecordError:
        """Read a broken row in the other style of quotes, or say what is wrong and go back to where the next begins."""
        if (other := self._in_other_style()) is not None:
            return other
        taken = self._lines.taken
        for number in range(1, len(taken)):
            if self._is_row(taken[number]):
                self._lines.go_back(number)
                return RecordError("invalid_row", "the quotes of a field do not close")
        if isinstance(row, RecordError):
            return row
        return RecordError("ragged_row", f"{len(row)} fields where the header has {len(self.header)}")

    def _in_other_style(self) -> list[str] | None:
        """Read the row in the other style of quotes; None, and nothing has moved, where it is none in that either."""
        lines = self._lines
        count = len(lines.taken)
        if not any(line is not None and '\\"' in line for line in lines.taken):
            return None
        lines.go_back(0)
        with lines.up_to(ANOTHER_STYLE_CHARS):
            try:
                row = self._read(self._dialect.other())
            except StopIteration:
                row = []
        if isinstance(row, list) and self._is_whole(row):
            return row
        lines.go_back(0)
        lines.take(count)
        return None

    def _is_row(self, line: str | None) -> bool:
        """Tell whether a line is a whole row by itself. A comma with a space behind it is one of prose."""
        if line is None or len(self.header) == 1:
            return False
        try:
            row = next(self._dialect.rows([line]), [])
        except csv.Error:
            return False
        is_prose = self._dialect.delimiter == "," and _has_spaces(row) and not _has_spaces(self.header)
        return len(row) == len(self.header) and not is_prose


def _has_spaces(row: list[str]) -> bool:
    return any(cell.startswith(" ") for cell in row[1:])


class Lines:
    """The lines of a text. Those `taken` since the last `let_go` are kept, and can be read again.

    A line that is too long is stepped over and said (in `taken` it is None), and so are lines that are too long
    together; the next one can be asked for. `number` counts the lines that were let go.
    """

    def __init__(self, text: TextIOWrapper, limit: int) -> None:
        self._text = text
        self._limit = self._most = limit
        self._waiting: list[str | None] = []
        self._size = 0
        self.taken: list[str | None] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else self._read()
        if line == "":
            raise StopIteration
        self.taken.append(line)
        self._size += len(line or "")
        if line is None:
            raise RecordError("too_large", f"a line is longer than {self._limit} characters: raise --max-bytes")
        if self._size > self._most:
            raise RecordError("too_large", f"the row is longer than {self._limit} characters: raise --max-bytes")
        return line

    def _read(self) -> str | None:
        line = self._text.readline(self._limit + 1)
        if len(line) <= self._limit:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(self._limit)
        return None

    def let_go(self) -> None:
        """Forget the lines taken: they have become a row."""
        self.number += len(self.taken)
        self.taken, self._size = [], 0

    def go_back(self, kept: int) -> None:
        """Give back all lines taken but the first few."""
        self._waiting.extend(reversed(self.taken[kept:]))
        del self.taken[kept:]
        self._size = sum(len(line or "") for line in self.taken)

    def take(self, count: int) -> None:
        """Take lines again that were given back."""
        for _ in range(count):
            line = self._waiting.pop()
            self.taken.append(line)
            self._size += len(line or "")

    @contextmanager
    def up_to(self, size: int) -> Iterator[None]:
        """Let a row have so many characters at most."""
        self._most = min(size, self._limit)
        try:
            yield
        finally:
            self._most = self._limit
