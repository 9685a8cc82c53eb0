"""Which sources are gone: they lay below the inputs of a run, and nothing lies there any more."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from flows import places

_SIGNS: Final = re.compile(r"(\*\*/?|\*|\?|\[[^]]+\])")


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
    if places.is_web(uri):
        return False
    try:
        if places.is_remote(uri):
            return places.stat(uri) is None
        places.path_of(uri).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def pattern_of(text: str) -> str:
    """Make the regular expression of the uris that an input stands for.

    >>> bool(re.match(pattern_of("/raw/*.txt"), "/raw/may.txt")), bool(re.match(pattern_of("/raw/"), "/rawhide.txt"))
    (True, False)
    """
    is_glob = places.has_magic(text) and (places.is_remote(text) or not Path(text).exists())
    uri = places.uri_of(text).rstrip("/")
    if not is_glob:
        return f"^{re.escape(uri)}(/|$)"
    return "^" + "".join(_piece(piece) for piece in _SIGNS.split(uri)) + "$"


def _piece(piece: str) -> str:
    if piece.startswith("**"):
        return ".*"
    if piece.startswith("["):
        return piece.replace("[!", "[^")
    return {"*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))
