"""All that the metadata of an article is decided from, gathered once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tld import get_fld

from cleaners.head import Head, Source, absolute_url
from cleaners.headline import first_paragraph
from cleaners.labels import Label
from cleaners.language import language_of
from cleaners.names import fold_name
from cleaners.page import Line

T = TypeVar("T")
Choice = tuple[T, Source]

MAX_LINES_READ = 200
"""Lines of one label that metadata look at; no article of the corpora has a third of that before its text ends."""
_URL_FIELDS = ("url", "canonical_url")


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the fields are decided from.

    `first` is the place of the first paragraph among the lines, `headline` that of the line that shows the title, once
    the title is decided.
    """

    head: Head
    lines: Sequence[Line]
    fields: Mapping[str, Any]
    url: str | None
    domain: str | None
    site_names: frozenset[str]
    language: Choice[str] | None
    fetched_at: datetime | None
    body: str
    first: int
    by_label: Mapping[Label, Sequence[str]]
    headline: int | None = None

    def labelled(self, *labels: Label) -> list[str]:
        """Give the texts of the first lines of each of some labels, label by label; not of text, menus and teasers."""
        return [text for label in labels for text in self.by_label.get(label, ())]


def _by_label(lines: Sequence[Line]) -> dict[Label, list[str]]:
    """Sort the texts of lines by their labels, the first ones of each; the text and most clutter tell nothing."""
    found: dict[Label, list[str]] = {}
    nav, related = Label.NAV, Label.RELATED
    for line in [line for line in lines if not line.kept and line.label is not nav and line.label is not related]:
        texts = found.setdefault(line.label, [])
        if len(texts) < MAX_LINES_READ:
            texts.append(line.text)
    return found


def gather(
    head: Head,
    lines: Sequence[Line],
    url: str | None,
    *,
    fields: Mapping[str, Any],
    fetched_at: datetime | None,
    body: str,
) -> Evidence:
    """Gather the evidence for one article: which address and site it is of and which language it is in among it."""
    known = (url, *(fields.get(key) for key in _URL_FIELDS), *(entry.value for entry in head.canonical))
    address = next((found for text in known if isinstance(text, str) and (found := absolute_url(text, None))), None)
    original = unarchived(address) if address else None
    domain = registered_domain(original) if original else None
    detected = language_of(body)
    return Evidence(
        head=head,
        lines=lines,
        fields=fields,
        url=address,
        domain=domain,
        site_names=_known_site_names(head, domain, original),
        language=(detected, "line") if detected else None,
        fetched_at=fetched_at if fetched_at is None or fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC),
        body=body,
        first=first_paragraph(lines),
        by_label=_by_label(lines),
    )


_ARCHIVED = re.compile(r"https?://web\.archive\.org/web/\d{4,14}[a-z_]{0,4}/(?=.)")


def unarchived(url: str) -> str:
    """Give the address that an archived copy was made of: the copy's site is not the Internet Archive.

    >>> unarchived("https://web.archive.org/web/20160218174457/http://gazette.example/2010/05/storm")
    'http://gazette.example/2010/05/storm'
    >>> unarchived("https://gazette.example/web/2016/")
    'https://gazette.example/web/2016/'
    """
    original, copies = _ARCHIVED.subn("", url, count=1)
    if not copies:
        return url
    return original if original.startswith(("http://", "https://")) else f"http://{original}"


def registered_domain(url: str) -> str | None:
    """Give the registered domain of an address by the public-suffix list in tld's own package; nothing is downloaded.

    An ending that the list does not know counts as one, as the list's own rules have it.

    >>> registered_domain("https://news.example.co.uk/a")
    'example.co.uk'
    """
    found = get_fld(url, fail_silently=True, search_private=False)
    if found is not None:
        return str(found)
    *_, name, ending = ["", "", *(urlsplit(url).hostname or "").strip(".").split(".")]
    return f"{name}.{ending}" if name and ending.isalpha() else None


_TEMPLATE_NAMES = frozenset({"blogarchive", "home", "homepage", "startseite"})
"""Pieces that templates put into every `<title>` of a site."""


def _known_site_names(head: Head, domain: str | None, url: str | None) -> frozenset[str]:
    """Fold every name that the page's site is known by, its domain with and without the ending among them."""
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
    label = domain.partition(".")[0] if domain else ""
    names = [entry.value for entry in head.site_names] + [host, domain or "", label]
    folded = {fold_name(name) for name in names}
    folded |= {f"the{name}" for name in folded if name}
    return frozenset((folded | _TEMPLATE_NAMES) - {"", "the"})


def distinct(texts: Iterable[str]) -> list[str]:
    """Keep the first of each text, case and accents aside."""
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(fold_name(text), text)
    return [text for key, text in first.items() if key]
