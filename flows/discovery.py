"""What there is to read: the files below the inputs, as references that a worker opens later."""

import os
import stat as stat_bits
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Self

from flows import addresses, places
from flows.addresses import has_magic, has_user, is_remote, is_web, path_of, shown, uri_of
from flows.forms import is_read
from flows.places import Entry, fingerprint_of
from flows.sources import InputError, Reference
from flows.spans import spans


class Discovery:
    """Iterator of the references below the inputs, in the order of their uri; each real file comes once.

    What is reached by symbolic links follows behind all others. Where a file has several names, the later ones come as
    twins of the first, for `flows.plan` to keep the name under which it knows the file.

    Hidden files are spared, and so is what lies in the excluded folders. Files of other kinds met in a folder are not
    taken but counted by suffix in `passed_over`; a file that is named is taken whatever its kind. A folder or a link
    that cannot be followed comes as a reference, too: opening it gives the reject that says why.
    """

    def __init__(self, inputs: Iterable[str], *, exclude: Iterable[str | Path] = ()) -> None:
        self.passed_over: Counter[str] = Counter()
        outputs = [str(folder) for folder in exclude]
        self._excluded = [Path(os.path.realpath(path_of(folder))) for folder in outputs if not is_remote(folder)]
        self._excluded_uris = [f"{uri_of(folder).rstrip('/')}/" for folder in outputs if is_remote(folder)]
        self._seen: dict[tuple[int, int] | int, str] = {}
        self._device: int | None = None
        self._links: deque[Path] = deque()
        named = [str(text) for text in inputs]
        roots = self._roots([str(path_of(text)) for text in named if not is_remote(text)])
        entries = self._remote_entries([text for text in named if is_remote(text)])
        self._references = chain(self._walk_all(roots), self._cut(entries))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Reference:
        return next(self._references)

    def _roots(self, inputs: Iterable[str]) -> list[Path]:
        roots: set[Path] = set()
        for text in inputs:
            if os.path.lexists(text):
                if self._is_excluded(Path(text)):
                    raise InputError(f"{text} lies in the output folder: choose another --out or other inputs.")
                roots.add(Path(text))
            else:
                roots.update(path for path in _matches(text) if not self._is_excluded(path))
        return sorted(roots, key=lambda path: _order(uri_of(path), is_folder=_is_folder(path)))

    def _remote_entries(self, addresses: list[str]) -> dict[str, tuple[Entry, str]]:
        """Find the files behind the addresses: each uri once, with what to open."""
        found: dict[str, tuple[Entry, str]] = {}
        for text in addresses:
            for entry in self._behind(text):
                opens = text if is_web(text) and text != entry.uri else ""
                if found.setdefault(entry.uri, (entry, opens))[1] != opens:
                    raise InputError(f"Two inputs differ only in their query: {entry.uri}: read one after the other.")
        return found

    def _behind(self, text: str) -> list[Entry]:
        """Give the files of one address: itself, those of its folder, or those that match."""
        if has_user(text):
            raise InputError(f"{shown(text)} was given with a user or password: put those in the environment.")
        uri = uri_of(text)
        try:
            entry = places.stat(text if is_web(text) else uri)
            if entry is None and not is_web(text) and has_magic(text):
                matched = places.matches(text)
                return [file for entry in matched for file in (self._below(entry.uri) if entry.is_folder else [entry])]
        except OSError as error:
            raise InputError(str(error)) from None
        if entry is None:
            raise InputError(f"There is nothing at {shown(text)}: check the address.")
        if self._is_output(f"{uri.rstrip('/')}/"):
            raise InputError(f"{shown(text)} lies in the output folder: choose another --out or other inputs.")
        return self._below(uri) if entry.is_folder else [entry]

    def _below(self, folder: str) -> list[Entry]:
        base = len(folder.rstrip("/")) + 1
        found: list[Entry] = []
        for entry in places.listing(folder):
            if any(part.startswith(".") for part in entry.uri[base:].split("/")) or self._is_output(entry.uri):
                continue
            if entry.uri.endswith("/") or entry.is_folder:  # stores keep empty objects in the place of folders
                continue
            if is_read(entry.uri):
                found.append(entry)
            else:
                self._pass_over(entry.uri)
        return found

    def _is_output(self, uri: str) -> bool:
        return any(uri.startswith(folder) for folder in self._excluded_uris)

    def _cut(self, entries: dict[str, tuple[Entry, str]]) -> Iterator[Reference]:
        for uri, (entry, opens) in sorted(entries.items()):
            yield from spans(Reference(uri, size=entry.size, fingerprint=entry.fingerprint, address=opens))

    def _pass_over(self, name: str) -> None:
        self.passed_over[Path(name).suffix.lower() or "no suffix"] += 1

    def _is_excluded(self, path: Path) -> bool:
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(folder) for folder in self._excluded)

    def _walk_all(self, roots: list[Path]) -> Iterator[Reference]:
        for root in roots:
            yield from self._met(root)
        while self._links:
            link = self._links.popleft()
            yield from self._walk(link) if _is_folder(link) else self._file(link)
        self._seen.clear()

    def _met(self, path: Path) -> Iterator[Reference]:
        if path.is_symlink():
            self._links.append(path)
        else:
            yield from self._walk(path) if _is_folder(path) else self._file(path)

    def _walk(self, folder: Path) -> Iterator[Reference]:
        try:
            if self._is_excluded(folder):
                return
            if (twin := self._twin(uri_of(folder), folder.stat())) is not None:
                yield from twin
                return
            with os.scandir(folder) as found:
                entries = [(entry.name, _is_folder(entry)) for entry in found if not entry.name.startswith(".")]
        except OSError:
            yield Reference(uri_of(folder))
            return
        for name, is_folder in sorted(entries, key=lambda entry: _order(entry[0], is_folder=entry[1])):
            if is_folder or is_read(name):
                yield from self._met(folder / name)
            else:
                self._pass_over(name)

    def _file(self, path: Path) -> Iterator[Reference]:
        uri = uri_of(path)
        try:
            status = path.stat()
        except OSError:
            yield Reference(uri)
            return
        if (twin := self._twin(uri, status)) is not None:
            yield from twin
            return
        reference = Reference(uri, size=status.st_size, fingerprint=fingerprint_of(status))
        yield from spans(reference) if stat_bits.S_ISREG(status.st_mode) else (reference,)

    def _twin(self, uri: str, status: os.stat_result) -> list[Reference] | None:
        """Give what a file or folder comes as that came before, under another name or this one; None for a new one."""
        self._device = status.st_dev if self._device is None else self._device
        identity = status.st_ino if status.st_dev == self._device else (status.st_dev, status.st_ino)
        first = self._seen.setdefault(identity, uri)
        if first is uri:
            return None
        return [Reference(uri, twin_of=first)] * (first != uri)


def discover(inputs: Iterable[str], *, exclude: Iterable[str | Path] = ()) -> Discovery:
    """Find the files below the inputs. InputError at once for a missing path or a glob without a match."""
    return Discovery(inputs, exclude=exclude)


def _is_folder(place: Path | os.DirEntry[str]) -> bool:
    """Tell a folder, or a link to one; what cannot be followed is none, where `Path.is_dir` would raise."""
    return os.path.isdir(place)  # noqa: PTH112


def _order(name: str, *, is_folder: bool) -> str:
    """Give the sort key that makes a walk come in the order of whole paths: `a.txt`, then `a/b.txt`."""
    return f"{name}/" if is_folder else name


def _matches(pattern: str) -> list[Path]:
    """Expand a quoted glob. `**` does not follow links, so that circles of them end; hidden names have to be named."""
    if not has_magic(pattern):
        raise InputError(f"There is no file or folder named {pattern} (looked from {Path.cwd()}): check the path.")
    base, below = addresses.glob_of(pattern)
    wild = below.parts
    if wild[-1] == "**":
        wild = wild[:-1]
    wants_hidden = any(part.startswith(".") for part in wild)
    found = [
        path
        for path in (base.glob(str(Path(*wild))) if wild else [base] * base.is_dir())
        if wants_hidden or not any(part.startswith(".") for part in path.parts[len(base.parts) :])
    ]
    if not found:
        raise InputError(f"No file matches {pattern} (looked from {Path.cwd()}): check the pattern.")
    return found
