"""The metadata of an article: each field with its value and where it came from, and nothing rather than a guess.

What the file itself gives wins; then structured data (JSON-LD, meta), then the page's markup, then its labelled lines.
Plain text has only the lines. Values are data of strangers: bounded, folded, and never trusted to be of the right type.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from cleaners.bylines import read_bylines
from cleaners.dating import dates_of, provenance
from cleaners.evidence import Choice, Evidence, distinct, gather, registered_domain
from cleaners.given import given_fields, split_tags
from cleaners.head import Candidate, Candidates, Head, Source, fold
from cleaners.headline import LINES_BELOW, headline_of, likeliest_headline, weights_of
from cleaners.labels import Label
from cleaners.names import fold_name, is_full, names_in, pen_name
from cleaners.not_names import is_of_menu, without_common
from cleaners.outlets import (
    named_source,
    outlet_named,
    outlet_of_domain,
    wire_in_byline,
    wire_in_dateline,
    wire_signing,
)
from cleaners.page import Line
from cleaners.reading import first_minutes, minutes_in
from cleaners.sections import MAX_SECTION_CHARS, section_given, sections_of
from cleaners.titles import choose_title, fold_title, without_section, without_site

UNDETERMINED = "und"
"""The code of ISO 639 for a language that cannot be told."""
_EMPTY_HEAD = Head()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known about one article; what is not known is None or empty.

    `title_raw` is the title before a site's or section's name was taken off. `published` and `modified` are in UTC; a
    date without a zone is taken as UTC. `sources` says for each filled field where it came from, of dates also how
    precise they are and in which zone they stood (`cleaners.dating.provenance`). `language` is `und` where there is
    text but too little to tell. `reading_minutes` is what the page says, never counted.
    """

    title: str | None = None
    title_raw: str | None = None
    authors: list[str] = field(default_factory=list)
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    url: str | None = None
    domain: str | None = None
    site_name: str | None = None
    section: str | None = None
    description: str | None = None
    tags: list[str] = field(default_factory=list)
    image_url: str | None = None
    syndicated_from: str | None = None
    reading_minutes: int | None = None
    sources: dict[str, str] = field(default_factory=dict)


def decide(
    head: Head | None,
    lines: Sequence[Line],
    *,
    url: str | None = None,
    fields: Mapping[str, Any] | None = None,
    fetched_at: datetime | None = None,
    body: str = "",
) -> Metadata:
    """Decide every field of one article from its page's head, its labelled lines and what the file gives.

    `head` is None for plain text. `lines` are those of this article alone (of a digest: of this part). `fetched_at`
    bounds the dates: nothing was published after it was fetched. Never raises on content.
    """
    page = gather(head or _EMPTY_HEAD, lines, url, fields=fields or {}, fetched_at=fetched_at, body=body)
    title, title_raw = _title(page)
    page = replace(page, headline=_place_of(page, title[0] if title else None))
    published, modified = dates_of(page)
    choices: dict[str, Choice[Any] | None] = {
        "title": title,
        "authors": _authors(page),
        "published": published and (published[0].utc, published[1]),
        "modified": modified and (modified[0].utc, modified[1]),
        "language": page.language or _undetermined(page),
        "url": _address(page),
        "domain": (page.domain, "url") if page.domain else None,
        "site_name": _site_name(page),
        "section": _section(page),
        "description": _description(page),
        "tags": _tags(page),
        "image_url": _first(page.head.images),
        "syndicated_from": _syndicated_from(page),
        "reading_minutes": _reading_minutes(page),
    }
    choices.update(given_fields(page.fields))
    filled = {name: choice for name, choice in choices.items() if choice is not None and choice[0]}
    sources: dict[str, str] = {name: source for name, (_, source) in filled.items()}
    for name, dated in (("published", published), ("modified", modified)):
        if dated is not None and sources[name] == dated[1]:
            sources[name] = provenance(dated)
    return Metadata(
        title_raw=filled["title"][0] if sources.get("title") == "file" else title_raw,
        sources=sources,
        **{name: value for name, (value, _) in filled.items()},
    )


def _title(page: Evidence) -> tuple[Choice[str] | None, str | None]:
    """Choose the title: from the page's data and headings, else from the lines; and it as it stood there."""
    head = page.head
    if head.headlines or head.headings:
        weights = weights_of("page")
        chosen = choose_title(
            head, page.lines, site_names=page.site_names, first=page.first, url=page.url, weights=weights
        )
        if chosen is not None:
            given = (entry.value for entry in (*head.headings, *head.headlines))
            raw = next((value for value in given if chosen.value in value), chosen.value)
            return (chosen.value, chosen.source), raw
    place = headline_of(page.lines, first=page.first, url=page.url)
    if place is None or not fold_title(shown := fold(page.lines[place].text)):
        return None, None
    others = {fold_title(text) for text in page.labelled(Label.TITLE)} - {fold_title(shown), ""}
    return (without_section(without_site(shown, site_names=page.site_names, bare_titles=others)), "line"), shown


def _place_of(page: Evidence, title: str | None) -> int | None:
    """Find the line that shows the title, the last one above the first paragraph if it stands there several times.

    Where none does, it is the likeliest one: its byline and date stand around it, were it a headline or not.
    """
    if title is not None:
        folded = fold_title(title)
        lengths = range(len(folded), len(title) + _TITLE_EXTRA)
        shown = [
            place
            for place, line in enumerate(page.lines[: page.first + LINES_BELOW])
            if len(line.text) in lengths and folded in fold_title(line.text)
        ]
        if shown:
            return shown[-1]
    likeliest = likeliest_headline(page.lines, first=page.first, url=page.url)
    return likeliest[0] if likeliest else None


_TITLE_EXTRA = 60
"""Characters that may stand beside a title in its line: a section, a site's name."""


def _authors(page: Evidence) -> Choice[list[str]] | None:
    """Collect the authors' names from the first source that gives any: JSON-LD, meta, markup, byline lines.

    What only looks like a name is left out: words that the text also writes in small letters. Where no source names a
    person, a pen name in an author field is taken.
    """
    found: Iterable[Choice[list[str]]] = (
        (names, source) for source, given in _author_sources(page) if (names := without_common(given, page.body))
    )
    pen_names: Iterable[Choice[list[str]]] = (
        ([name], entry.source)
        for entry in page.head.authors
        if (name := pen_name(entry.value, not_names=page.site_names))
    )
    return next(chain(found, pen_names), None)


def _author_sources(page: Evidence) -> Iterator[tuple[Source, list[str]]]:
    """Give the names of each source in the order of trust.

    Where a line above the text names authors and the page's data name others or fewer, the line counts: data often name
    who put the text online.
    """
    bylines = read_bylines(page.lines, headline=page.headline, first=page.first, not_names=page.site_names)
    for source in ("json-ld", "meta", "dom"):
        given = _names_given(page, source)
        if source == "dom":
            given = [name for name in given if not is_of_menu(name)]
        if given and _is_outdone(given, said := bylines.surely_said()):
            yield "line", said
        yield source, given
    yield "line", bylines.names()
    for entry in page.head.bylines:
        names = names_in(entry.value, is_line=True, not_names=page.site_names)
        yield "dom", bylines.vouched([name for name in names if is_full(name)])
    yield "line", bylines.farther()


def _is_outdone(given: Sequence[str], said: Sequence[str]) -> bool:
    """Tell whether a byline names all the given authors and more, one of them in full, or quite others.

    In another script they may be the same.
    """
    names, others = set(map(fold_name, given)), set(map(fold_name, said))
    if not others or any(map(str.isascii, given)) != any(map(str.isascii, said)):
        return False
    in_full = any(other.startswith(f"{name} ") for name in given if " " not in name for other in said)
    is_alike = any(one.startswith(other) or other.startswith(one) for one in names for other in others)
    return names < others or in_full or not is_alike


def _names_given(page: Evidence, source: Source) -> list[str]:
    given = (_given_name_first(entry) for entry in page.head.authors if entry.source == source)
    return distinct(chain.from_iterable(names_in(text, not_names=page.site_names) for text in given))


def _given_name_first(entry: Candidate) -> str:
    """Turn the "Tamm, Ole" of library metadata round."""
    family, comma, given = entry.value.partition(", ")
    is_turned = entry.name in _FAMILY_NAME_FIRST and comma and "," not in given
    return f"{given} {family}" if is_turned else entry.value


_FAMILY_NAME_FIRST = frozenset({"citation_author", "dc.creator", "dcterms.creator"})


def _address(page: Evidence) -> Choice[str] | None:
    """Take the canonical address where it lies on the same site and is no mere front page; else the page's own."""
    canonical = next((entry for entry in page.head.canonical), None)
    if canonical is not None and (page.url is None or _is_same_page(canonical.value, page.url, page.domain)):
        return canonical.value, canonical.source
    return (page.url, "url") if page.url else None


def _is_same_page(canonical: str, url: str, domain: str | None) -> bool:
    is_front = urlsplit(canonical).path in ("", "/") and urlsplit(url).path not in ("", "/")
    return not is_front and registered_domain(canonical) == domain


def _undetermined(page: Evidence) -> Choice[str] | None:
    """Say `und` of a text whose language cannot be told with confidence; where there is no text, nothing."""
    return (UNDETERMINED, "line") if any(map(str.isalpha, page.body)) else None


def _reading_minutes(page: Evidence) -> Choice[int] | None:
    """Take the reading time that the page's data give, else that of its lines, alone or behind a date or a name."""
    for entry in page.head.reading_times:
        if minutes := minutes_in(entry.value, is_said=True):
            return minutes, entry.source
    alone = first_minutes(page.labelled(Label.READING_TIME), is_said=True)
    minutes = alone or first_minutes(page.labelled(Label.DATE, Label.BYLINE), is_said=False)
    return (minutes, "line") if minutes else None


def _first(candidates: Candidates) -> Choice[str] | None:
    return next(((entry.value, entry.source) for entry in candidates), None)


def _site_name(page: Evidence) -> Choice[str] | None:
    """Take og:site_name, then the JSON-LD publisher, then what else the page calls its site."""
    rank = {"og:site_name": 0, "publisher": 1, "website": 2}
    ordered = sorted(page.head.site_names, key=lambda entry: rank.get(entry.name, len(rank)))
    named = ((entry.value, entry.source) for entry in ordered if not entry.value.startswith(("http", "@")))
    return next(chain(named, _outlet_of_part(page)), None)


def _outlet_of_part(page: Evidence) -> Iterator[Choice[str]]:
    """Give the outlet that the part of a digest names between its headline and its text."""
    for line in page.lines[:_PART_HEAD_LINES]:
        name = fold(line.text)
        if line.label is Label.SOURCE and line.reason == OUTLET_IN_DIGEST and len(name) <= MAX_SECTION_CHARS:
            outlet = outlet_named(name)
            yield (outlet.name if outlet else name), "line"


_PART_HEAD_LINES = 6
OUTLET_IN_DIGEST = "outlet in a digest"
"""The reason that `cleaners.digest` gives for such a line."""


def _section(page: Evidence) -> Choice[str] | None:
    given = ((name, entry.source) for entry in page.head.sections if (name := section_given(entry.value)))
    choice: Choice[str] | None = next(given, None)
    if choice is not None:
        return choice
    named = sections_of(page.lines, headline=page.headline, first=page.first)
    title = fold_title(page.lines[page.headline].text) if page.headline is not None else ""
    return next(((name, "line") for name in named if fold_name(name) not in page.site_names | {title}), None)


def _description(page: Evidence) -> Choice[str] | None:
    """Take the page's own summary, else the standfirst above the text."""
    given = _first(page.head.descriptions)
    if given is not None:
        return given
    return next(((text, "line") for line in page.labelled(Label.DEK) if (text := fold(line))), None)


def _tags(page: Evidence) -> Choice[list[str]] | None:
    """Collect tags from the first source that gives any; comma lists are split."""
    for source in ("json-ld", "meta", "dom"):
        given = [entry.value for entry in page.head.tags if entry.source == source]
        tags = split_tags(given)
        if tags:
            return tags, source
    return None


def _syndicated_from(page: Evidence) -> Choice[str] | None:
    """Find whose text this is where it is not the site's own: by source lines, datelines, agencies, canonical URL."""
    lines = page.labelled(Label.SOURCE, Label.BYLINE)
    notes: Iterable[Choice[str]] = (
        (name, "line") for text in lines if (name := named_source(text) or wire_in_byline(text))
    )
    paragraphs = [line.text for line in page.lines if line.label is Label.BODY]
    wires: Iterable[Choice[str]] = (
        (name, "line")
        for name in (
            *(wire_in_dateline(text) for text in paragraphs[:3]),
            *(wire_signing(text) for text in paragraphs[-2:]),
        )
        if name
    )
    credited = (*page.head.organizations, *page.head.authors)
    agencies = (
        (name, entry.source) for entry in credited if (name := named_source(entry.value) or wire_in_byline(entry.value))
    )
    found: Iterable[Choice[str]] = chain(notes, wires, agencies, _canonical_elsewhere(page))
    own = outlet_of_domain(page.domain) if page.domain else None
    own_names = page.site_names | ({fold_name(own.name)} if own else set())
    return next((choice for choice in found if fold_name(choice[0]) not in own_names), None)


def _canonical_elsewhere(page: Evidence) -> Iterable[Choice[str]]:
    for entry in page.head.canonical[:1]:
        domain = registered_domain(entry.value)
        outlet = outlet_of_domain(domain) if domain and page.domain and domain != page.domain else None
        if outlet is not None:
            yield outlet.name, entry.source
