"""The word lists beside the phrases, a TOML file a subject, read once."""

from functools import cache
from importlib.resources import files
from typing import Any

import tomli


@cache
def lexicon(name: str) -> dict[str, Any]:
    """Give the tables of one file."""
    return tomli.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def words_of(name: str, table: str) -> frozenset[str]:
    """Give the words of one table in all languages."""
    return frozenset(word for words in lexicon(name)[table].values() for word in words)
