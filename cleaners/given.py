"""Fields that the source itself gives, by their usual names: they win over what the page says."""

from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from itertools import chain
from typing import Any

from cleaners.dates import read_stamp
from cleaners.evidence import Choice, distinct
from cleaners.head import absolute_url, fold
from cleaners.names import names_in
from cleaners.titles import says_untitled

MAX_TAGS = 30
MAX_TAG_CHARS = 80

_FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline"),
    "authors": ("authors", "author", "byline"),
    "published": ("published", "published_at", "date", "date_published", "publication_date"),
    "modified": ("modified", "modified_at", "date_modified", "updated"),
    "language": ("language", "lang"),
    "url": ("url", "canonical_url"),
    "site_name": ("site_name", "publisher"),
    "section": ("section", "category"),
    "description": ("description", "summary", "dek"),
    "tags": ("tags", "keywords"),
    "image_url": ("image_url", "image"),
    "syndicated_from": ("syndicated_from",),
}


def given_fields(fields: Mapping[str, Any]) -> dict[str, Choice[Any] | None]:
    """Read the fields that the file gives, by their usual names; a value that is unusable leaves the page's own."""
    given: dict[str, Choice[Any] | None] = {}
    for name, keys in _FIELD_NAMES.items():
        raw = next((fields[key] for key in keys if fields.get(key) is not None), None)
        value = None if raw is None else _as_field(name, raw)
        if value:
            given[name] = (value, "file")
    return given


def _as_field(name: str, raw: object) -> object:
    if name in ("authors", "tags"):
        return _as_list(name, raw)
    if name in ("published", "modified"):
        return _as_datetime(raw)
    if name in ("url", "image_url"):
        return absolute_url(raw, None) if isinstance(raw, str) else None
    text = fold(raw) if isinstance(raw, str) else None
    return None if name == "title" and text and says_untitled(text) else text


def _as_list(name: str, raw: object) -> list[str]:
    """Read a list of names or tags from a list or a text; what is no name of a person stands as the file has it."""
    texts = [
        fold(item) for item in (raw if isinstance(raw, (list, tuple)) else [raw])[:MAX_TAGS] if isinstance(item, str)
    ]
    if name == "tags":
        return split_tags(texts)
    return distinct(chain.from_iterable(names_in(text) or [text] for text in texts if text))


def _as_datetime(raw: object) -> datetime | None:
    if isinstance(raw, datetime):
        aware = raw if raw.tzinfo else raw.replace(tzinfo=UTC)
        is_safe = MINYEAR < aware.year < MAXYEAR
        return aware.astimezone(UTC) if is_safe else None
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    moment = read_stamp(str(raw)) if isinstance(raw, (str, int)) else None
    return moment.utc if moment else None


def split_tags(texts: Iterable[str]) -> list[str]:
    """Split lists of tags at commas and semicolons; what is too long for a tag is none."""
    pieces = (piece.strip() for text in texts for piece in text.replace(";", ",").split(","))
    return distinct(piece for piece in pieces if 0 < len(piece) <= MAX_TAG_CHARS)[:MAX_TAGS]
