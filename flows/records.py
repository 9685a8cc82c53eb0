"""JSON records to pages: which field holds the text, and which the metadata, found by the names that scrapers use."""

import re
from collections.abc import Mapping
from typing import Any, Final

from cleaners.page import Kind, Page
from flows.fields import (
    AUTHOR_NAMES,
    DATE_NAMES,
    DESCRIPTION_NAMES,
    FETCHED_NAMES,
    HTML_NAMES,
    INNER_NAMES,
    KNOWN_NAMES,
    LANGUAGE_NAMES,
    SECTION_NAMES,
    SITE_NAMES,
    TAG_NAMES,
    TEXT_NAMES,
    TEXT_RANKS,
    TITLE_NAMES,
    URL_NAMES,
    Fields,
    fold,
    moment_of,
    names_in_order,
    text_of,
    well_formed,
)
from flows.jsonvalues import RecordError
from flows.options import CleanOptions

LIST_NAMES: Final = ("articles", "items", "results", "docs", "documents", "data", "entries", "posts", "hits", "records")
"""Where a file wraps its records in an object, under which names; any other list of objects will do, too."""
HALF: Final = 0.5
"""So many of the elements of a list are objects where it is one of records; one is enough where its name says so."""
SHOWN_FIELDS: Final = 12


def records_in(value: object, options: CleanOptions, *, depth: int = 2) -> list[object]:
    """Find the records of one JSON value: the value itself, or what is in the list of objects that it wraps.

    What stands among the objects and is none comes, too, to be rejected one by one.

    >>> records_in({"status": "ok", "articles": [{"text": "a"}, {"text": "b"}]}, CleanOptions())
    [{'text': 'a'}, {'text': 'b'}]
    """
    if isinstance(value, list) and _is_list_of_objects(value):
        return value
    if not isinstance(value, dict) or depth == 0 or holds_text(value, options):
        return [value]
    named = sorted(value.items(), key=lambda item: _rank(item[0]))
    for name, inner in named:
        is_named = _rank(name) < len(LIST_NAMES)
        if isinstance(inner, list) and _is_list_of_objects(inner, least=0.0 if is_named else HALF):
            return inner
    for _, inner in named:
        if isinstance(inner, dict) and (found := records_in(inner, options, depth=depth - 1)) != [inner]:
            return found
    return [value]


def _rank(name: str) -> int:
    folded = fold(name)
    return LIST_NAMES.index(folded) if folded in LIST_NAMES else len(LIST_NAMES)


def _is_list_of_objects(value: list[Any], *, least: float = HALF) -> bool:
    """Tell a list of records, even where some are damaged (null in the place of a page that could not be fetched)."""
    objects = sum(isinstance(item, dict) for item in value)
    return objects > 0 and objects >= least * len(value)


def holds_text(record: Mapping[str, Any], options: CleanOptions) -> bool:
    """Tell whether a record has a field for the text, empty or not."""
    fields = Fields(record)
    return any(fields.has(name) for name in _named(options) or (*HTML_NAMES, *TEXT_NAMES))


def _named(options: CleanOptions) -> tuple[str, ...]:
    return tuple(name for name in (options.html_field, options.text_field) if name)


def is_known_name(name: str, options: CleanOptions) -> bool:
    """Tell whether a field of this name can say something: by convention, or because an option names it.

    >>> is_known_name("Pub_Date", CleanOptions()), is_known_name("embedding", CleanOptions())
    (True, False)
    """
    named = (options.text_field, options.html_field, options.url_field, options.title_field, options.author_field)
    wanted = {choice.partition(".")[0] for choice in (*named, options.date_field, options.source_field) if choice}
    return name in wanted or fold(name) in KNOWN_NAMES or fold(name) in {fold(choice) for choice in wanted}


def page_of(record: object, options: CleanOptions) -> Page:
    """Make the page of one record. RecordError: not_an_object, no_text_field, empty."""
    if not isinstance(record, dict):
        raise RecordError("not_an_object", f"the record is no JSON object but a {type(record).__name__}")
    fields = Fields(record)
    if not holds_text(record, options):
        inner = next((value for name in INNER_NAMES if isinstance(value := fields.get(name), dict)), None)
        if inner is None or not holds_text(inner, options):
            raise RecordError("no_text_field", _missing(record, options))
        fields = Fields(inner)
    raw, kind = _content(fields, options)
    url = fields.text(options.url_field, URL_NAMES)
    return Page(
        raw=_undecoded(raw),
        url=well_formed(url).strip() if url else None,
        kind=kind if options.kind == "auto" else options.kind,
        fetched_at=next((moment for name in FETCHED_NAMES if (moment := moment_of(fields.get(name)))), None),
        fields=_metadata(fields, options) or None,
    )


def _content(fields: Fields, options: CleanOptions) -> tuple[str, Kind | None]:
    if options.html_field or options.text_field:
        html = fields.text(options.html_field, ()) if options.html_field else None
        text = fields.text(options.text_field, ()) if options.text_field else None
    else:
        html, text = fields.text(None, HTML_NAMES), fields.text(None, TEXT_NAMES)
    if html:
        return html, "html"
    if text:
        return text, None
    raise RecordError("empty", "the field for the text is empty")


def choice_in(record: object, options: CleanOptions) -> str:
    """Say which field holds the text of a record if others would do, too; empty where there is no doubt.

    >>> choice_in({"content": "Rain fell.", "raw": "Rain fell. Share"}, CleanOptions())
    'text from content, not from raw'
    """
    if options.html_field or options.text_field or not isinstance(record, dict):
        return ""
    names = [name for name, value in record.items() if fold(name) in TEXT_RANKS and text_of(value)]
    if len(names) < 2:  # noqa: PLR2004  one field is no choice
        return ""
    first, *others = sorted(names, key=lambda name: TEXT_RANKS[fold(name)])
    shown = ", ".join(well_formed(name[:40]) for name in others[:SHOWN_FIELDS])
    return f"text from {well_formed(first[:40])}, not from {shown}"


def _undecoded(text: str) -> str | bytes:
    """Give back the bytes of a text that was no valid UTF-8, for the cleaners to find its charset."""
    if text.isascii() or not re.search("[\udc80-\udcff]", text):
        return text
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text


def _missing(record: Mapping[str, Any], options: CleanOptions) -> str:
    shown = ", ".join(well_formed(name[:40]) for name in list(record)[:SHOWN_FIELDS]) or "none"
    more = f" and {len(record) - SHOWN_FIELDS} more" if len(record) > SHOWN_FIELDS else ""
    if wanted := " or ".join(_named(options)):
        return f"no field named {wanted}; the record has: {shown}{more}"
    return f"no field that holds the text; name it with --text-field or --html-field, the record has: {shown}{more}"


def _metadata(fields: Fields, options: CleanOptions) -> dict[str, str | list[str]]:
    """Gather what the source says about the article, under the canonical names; empty fields are left out."""
    found: dict[str, str | list[str] | None] = {
        "title": fields.text(options.title_field, TITLE_NAMES),
        "authors": fields.texts(options.author_field, AUTHOR_NAMES),
        "published": _published(fields, options),
        "site_name": fields.text(options.source_field, SITE_NAMES),
        "language": fields.text(None, LANGUAGE_NAMES),
        "section": next(iter(fields.texts(None, SECTION_NAMES)), None),
        "tags": _tags(fields),
        "description": fields.text(None, DESCRIPTION_NAMES),
    }
    return {name: _tidied(value) for name, value in found.items() if value}


def _published(fields: Fields, options: CleanOptions) -> str | None:
    """Give the date as the source wrote it; numbers since 1970 as ISO 8601."""
    for name in names_in_order(options.date_field, DATE_NAMES):
        value = fields.get(name)
        text = text_of(value)
        if text is not None and not re.fullmatch(r"\s*\d{9,13}\s*", text, re.ASCII):
            return text
        if moment := moment_of(value):
            return moment.isoformat()
    return None


def _tags(fields: Fields) -> list[str]:
    tags = fields.texts(None, TAG_NAMES)
    return [tag for tag in re.split(r"[,;|]", tags[0]) if tag.strip()] if len(tags) == 1 else tags


def _tidied(value: str | list[str]) -> str | list[str]:
    if isinstance(value, str):
        return well_formed(value).strip()
    return [well_formed(text).strip() for text in value]
