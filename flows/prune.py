"""Which sources are gone: they lay below the inputs of a run, and nothing lies there any more."""

import os
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote_from_bytes

import polars as pl

from flows import addresses, places

_SIGNS: Final = re.compile(r"(\*\*/?|\*|\?|\[[^]]{1,300}\])")


def gone(frame: pl.DataFrame, present: pl.Series, inputs: Iterable[str]) -> pl.DataFrame:
    """Give the rows of the state whose source is gone.

    Spared is what was found, what lies elsewhere, and what is there after all or cannot be looked for: a file that the
    run passed over, or one in a folder that may not be read. The web lists nothing, so nothing there is gone.
    """
    below = pl.lit(value=False)
    for text in inputs:
        below |= pl.col("source_uri").str.contains(pattern_of(text))
    absent = frame.join(pl.DataFrame({"source_uri": present.unique()}), on="source_uri", how="anti").filter(below)
    uris = [uri for uri in absent["source_uri"].unique(maintain_order=True) if is_gone(uri)]
    return absent.join(pl.DataFrame({"source_uri": pl.Series(uris, dtype=pl.String)}), on="source_uri", how="semi")


def is_gone(uri: str) -> bool:
    """Tell whether a source that was not found is really not there."""
    if addresses.is_web(uri):
        return False
    try:
        if addresses.is_remote(uri):
            return places.stat(uri) is None
        path = addresses.path_of(uri)
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    # A folder is a source only as long as it cannot be read; then it would have been found.
    return path.is_dir()


def pattern_of(text: str) -> str:
    """Make the regular expression of the uris that an input stands for.

    >>> bool(re.match(pattern_of("/raw/*.txt"), "/raw/may.txt")), bool(re.match(pattern_of("/raw/"), "/rawhide.txt"))
    (True, False)
    """
    if addresses.is_remote(text):
        return f"^{_matching(addresses.uri_of(text).rstrip('/'), is_glob=addresses.has_magic(text))}(/|$)"
    folder, wild = addresses.glob_of(os.path.normpath(addresses.path_of(text).absolute()))
    path, below = str(folder), f"/{wild}" if wild.parts else ""
    path = path.removesuffix("/") if below else path
    # Some paths are named as file:// URIs: those that are no valid UTF-8 or read like a member of an archive.
    names = [] if addresses.SURROGATE.search(path + below) else [re.escape(path) + _matching(below, is_glob=True)]
    names.append("file://" + _literal(path, is_quoted=True) + _matching(below, is_glob=True, is_quoted=True))
    return f"^(?:{'|'.join(names)})(/|$)"


def _matching(name: str, *, is_glob: bool, is_quoted: bool = False) -> str:
    """Match a name, or what a glob stands for; quoted as in a URI where such a name is sought."""
    pieces = _SIGNS.split(name) if is_glob else [name]
    return "".join(_of_sign(piece) if place % 2 else _literal(piece, is_quoted) for place, piece in enumerate(pieces))


def _of_sign(sign: str) -> str:
    if sign.startswith("**"):
        return ".*"
    return {"*": "[^/]*", "?": "[^/]"}.get(sign, sign.replace("[!", "[^"))


def _literal(piece: str, is_quoted: bool) -> str:  # noqa: FBT001  one of two ways to write it
    return re.escape(quote_from_bytes(os.fsencode(piece)) if is_quoted else piece)
