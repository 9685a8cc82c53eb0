"""The candidates for each field while a page is read: made plain, bounded in number, without repetitions."""

import html
from collections import Counter
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from cleaners.head import MAX_CANDIDATES, Candidate, Head, Source, absolute_url, fold


@dataclass(slots=True)
class Finds:
    """The candidates as they are found, field by field, without repetitions."""

    base: str | None
    fields: dict[str, dict[Candidate, None]] = field(default_factory=dict)
    author_places: dict[str, int] = field(default_factory=dict)
    card_labels: dict[str, str] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, value: str | None, source: Source, found_as: str) -> None:
        """Keep a value for a field unless it is empty, a repetition or one too many.

        Entities that are left in it were escaped twice, or escaped in JSON, where nothing asks for it.
        """
        if not value:
            return
        if "&" in value:
            value = html.unescape(value)
        folded = absolute_url(value.strip(), self.base) if name in _ADDRESSES else fold(value)
        found = self.fields.setdefault(name, {})
        if folded and len(found) < MAX_CANDIDATES:
            found.setdefault(Candidate(folded, source, found_as))

    def read_card(self, name: str, content: str) -> None:
        """Read the labelled data of a Twitter card: label1 "Written by" says that data1 is the author."""
        kind, number = name[: len("twitter:data")], name[-1]
        if kind != "twitter:data":
            self.card_labels[number] = content.strip().casefold()
        elif self.card_labels.get(number) in _CARD_AUTHOR:
            self.add("authors", content, "meta", "twitter:data")
        elif any(word in self.card_labels.get(number, "") for word in _CARD_READING):
            self.add("reading_times", content, "meta", "twitter:data")

    def stands_with_first(self, kind: str, element: LexborNode) -> bool:
        """Tell whether an author's element stands beside the first of its kind; those further down are others'."""
        place = element.parent
        if place is not None and place.tag in ("li", "span"):
            place = place.parent
        here = place.mem_id if place is not None else 0
        return self.author_places.setdefault(kind, here) == here

    def head(self) -> Head:
        """Give what was found."""
        return Head(types=self.types, **{name: tuple(found) for name, found in self.fields.items()})


_CARD_AUTHOR = frozenset({"written by", "verfasst von", "geschrieben von", "écrit par", "escrito por", "scritto da"})
_CARD_READING = (
    "reading time",
    "lesezeit",
    "temps de lecture",
    "durée de lecture",
    "tiempo de lectura",
    "tempo di lettura",
)
_ADDRESSES = frozenset({"images", "canonical"})
