"""When an answer about a page's metadata is right: what is compared with the gold, and how.

Gold authors are what reviewers typed: degrees, teams and brands among the persons. They are read as any author field
is; entries that this reads wrongly were gone through by hand and stand in the TOML file beside, by page. So do pages
that do not bear their gold out. Brands and teams count as nobody:
the right answer there is none.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from bench.corpora import GoldPage
from cleaners import Article
from cleaners.dating import zone_of
from cleaners.names import fold_name, names_in

Field = Literal["title", "authors", "published"]
Outcome = Literal["right", "wrong", "missed", "extra", "silent"]
FIELDS: tuple[Field, ...] = get_args(Field)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one system says of one page. `days` are the days, ISO, on which the article appeared, one for each zone."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    days: frozenset[str] = field(default_factory=frozenset)


def answer_of(article: Article) -> Answer:
    """Take an article's answer: its day in UTC and, where its source gave a zone, there."""
    days: set[str] = set()
    if article.published is not None:
        zone = zone_of(article.metadata_from["published"]) or timedelta()
        days = {str(article.published.date()), str((article.published + zone).date())}
    return Answer(article.title, tuple(article.authors), frozenset(days))


def outcome_of(name: Field, page: GoldPage, answer: Answer) -> Outcome:
    """Judge one field of one page."""
    gold, given = _compared(name, page, answer)
    if not gold:
        return "extra" if given else "silent"
    if not given:
        return "missed"
    return "right" if (gold & given if name == "published" else gold == given) else "wrong"


def _compared(name: Field, page: GoldPage, answer: Answer) -> tuple[frozenset[str], frozenset[str]]:
    if name == "title":
        return _folded([page.title or ""]), _folded([answer.title or ""])
    if name == "authors":
        return _folded(gold_persons(page)), _folded(_without_degrees(answer.authors))
    return _gold_days(page.published), answer.days


def wrong_names(page: GoldPage, answer: Answer) -> int:
    """Count the names given that are no person of the gold."""
    gold, given = _compared("authors", page, answer)
    return len(given - gold)


def gold_persons(page: GoldPage) -> list[str]:
    """The persons among the gold authors."""
    entries = list(page.authors or ())
    by_hand = _by_page()["authors_by_hand"]
    if page.id in by_hand["nobody"]:
        return []
    if page.id in by_hand["family_name_first"]:
        return [" ".join(reversed(entry.split(", "))) for entry in entries]
    return entries if page.id in by_hand["as_they_stand"] else names_in("; ".join(entries))


def is_borne_out(name: Field, page: GoldPage) -> bool:
    """Tell whether the page itself says what gold says; the pages that do not are known by hand."""
    contradicted = _by_page()["contradicted"]
    return all(page.id not in contradicted[kind] for kind in _CONTRADICTIONS[name])


_CONTRADICTIONS: Mapping[Field, tuple[str, ...]] = {
    "title": ("title_not_there",),
    "authors": ("author_not_there", "authors_left_out"),
    "published": ("date_of_change", "date_not_there"),
}


@cache
def _by_page() -> Mapping[str, Mapping[str, frozenset[str]]]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {table: {name: frozenset(ids) for name, ids in lists.items()} for table, lists in tables.items()}


def _without_degrees(names: Iterable[str]) -> list[str]:
    """Read given names as gold names are read, so that a peer's "Dr. Holt" is right; what is no name stays."""
    return [read for name in names for read in (names_in(name) or [name])]


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(key for text in texts if (key := fold_name(text)))


def _gold_days(published: str | None) -> frozenset[str]:
    """The day that gold gives; of a moment with a zone, the day there and in UTC."""
    if not published or len(published) < len("2025-01-01"):
        return frozenset()
    moment = datetime.fromisoformat(published)
    zone = moment.utcoffset() or timedelta()
    return frozenset({_day(moment), _day(moment - zone)})


def _day(moment: datetime) -> str:
    return date.isoformat(moment.date())
