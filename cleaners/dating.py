"""When an article was published and when it was changed, by what its page, its address and its lines say."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from itertools import islice

from cleaners.dates import FoundDate, Moment, date_in_url, find_dates, read_stamp
from cleaners.evidence import MAX_LINES_READ, Evidence
from cleaners.head import Candidate, Source
from cleaners.labels import Label
from cleaners.page import Line

Dated = tuple[Moment, Source]


def dates_of(page: Evidence) -> tuple[Dated | None, Dated | None]:
    """Decide when the article was published and when it was changed.

    Structured data first, then `<time>`, the address, and the date and byline lines. What lies after the fetch is
    passed over; a change before the publication is none.
    """
    month_first = _reads_month_first(page)
    published, modified = _dates_of_lines(page, month_first=month_first)
    published = (
        _stamp(page, page.head.published, month_first=month_first)
        or _stamp(page, [entry for entry in page.head.times if entry.name == "time"], month_first=month_first)
        or _possible(page, _url_date(page))
        or published
    )
    modified = (
        _stamp(page, page.head.modified, month_first=month_first)
        or _stamp(page, [entry for entry in page.head.times if entry.name != "time"], month_first=month_first)
        or modified
    )
    if published is not None and modified is not None and modified[0].utc < published[0].utc:
        modified = None
    return published, modified


def _url_date(page: Evidence) -> Dated | None:
    moment = date_in_url(page.url) if page.url else None
    return (moment, "url") if moment else None


_LOOSE_DATES = frozenset({"date", "dc.date", "dcterms.date", "dateCreated", "dc.date.created", "dcterms.created"})
"""Fields that some sites fill with the day of the file or of the event; they count where nothing clearer is there."""


def _stamp(page: Evidence, candidates: Iterable[Candidate], *, month_first: bool) -> Dated | None:
    """Take the first candidate that is a possible date, JSON-LD before meta before markup."""
    order = {"json-ld": 0, "meta": 1, "dom": 2}
    for entry in sorted(candidates, key=lambda candidate: (order[candidate.source], candidate.name in _LOOSE_DATES)):
        moment = read_stamp(entry.value, month_first=month_first)
        dated = _possible(page, (moment, entry.source) if moment else None)
        if dated is not None:
            return dated
    return None


def _possible(page: Evidence, dated: Dated | None) -> Dated | None:
    """Pass over a date after the fetch; a day's grace covers zones that the page does not give."""
    if dated is None or page.fetched_at is None:
        return dated
    return dated if dated[0].utc <= page.fetched_at + timedelta(days=1) else None


DATE_REACH = 12
"""Lines around a title or byline in which the article's date stands; dates of other articles stand further off."""


def _dates_of_lines(page: Evidence, *, month_first: bool) -> tuple[Dated | None, Dated | None]:
    """Find the dates in the date lines and bylines, in the order in which they stand.

    Lines near the title or the byline come first. Dates further off count only where they all agree: a list of other
    articles shows many, the foot of a blog post one.
    """
    near = _near(page.lines, {Label.TITLE, Label.BYLINE})
    for labels in ({Label.DATE, Label.BYLINE}, {Label.READING_TIME}):
        found: dict[bool, list[FoundDate]] = {True: [], False: []}
        for position, text in _positions(page.lines, labels):
            dates = find_dates(text, month_first=month_first)
            found[position in near].extend(entry for entry in dates if _possible(page, (entry.moment, "line")))
        do_agree = len({entry.moment.at.date() for entry in found[False]}) == 1
        entries = found[True] or (found[False] if do_agree or not near else [])
        published = next((entry.moment for entry in entries if not entry.is_update), None)
        modified = next((entry.moment for entry in entries if entry.is_update), None)
        sole = published or modified
        if sole is not None:
            return (sole, "line"), (modified, "line") if modified else None
    return _dates_under_title(page, month_first=month_first), None


MAX_TITLES_SHOWN = 10
"""Places where the headline stands; further ones are lists."""
UNDER_TITLE_LINES = 5
UNDER_TITLE_CHARS = 60
"""A longer line under a title says something else and mentions a date."""
_NO_DATE_LABELS = frozenset({Label.BODY, Label.CAPTION, Label.COMMENTS, Label.LEGAL, Label.DEK})


def _dates_under_title(page: Evidence, *, month_first: bool) -> Dated | None:
    """Find the date in a short line right under the headline, whatever that line was taken for."""
    headings = {entry.value for entry in page.head.headings}
    shown = (at for at, line in enumerate(page.lines) if line.label is Label.TITLE or line.text in headings)
    for position in islice(shown, MAX_TITLES_SHOWN):
        for under in page.lines[position + 1 : position + 1 + UNDER_TITLE_LINES]:
            is_short = len(under.text) <= UNDER_TITLE_CHARS and under.label not in _NO_DATE_LABELS
            found = find_dates(under.text, month_first=month_first) if is_short else []
            dated: Dated | None = (found[0].moment, "line") if found else None
            if _possible(page, dated) is not None:
                return dated
    return None


def _positions(lines: Sequence[Line], labels: AbstractSet[Label]) -> Iterator[tuple[int, str]]:
    """Give the first lines of some labels with their positions."""
    labelled = ((position, line.text) for position, line in enumerate(lines) if line.label in labels)
    return islice(labelled, MAX_LINES_READ)


def _near(lines: Sequence[Line], labels: AbstractSet[Label]) -> frozenset[int]:
    """Give the positions within reach of the lines that have one of the labels."""
    anchors = [position for label in labels for position, _ in _positions(lines, {label})]
    return frozenset(position for anchor in anchors for position in range(anchor - DATE_REACH, anchor + DATE_REACH + 1))


_MONTH_FIRST_REGIONS = ("en-us", "en_us", "en-ph", "fil")
_DAY_FIRST_ENDINGS = (".uk", ".au", ".in", ".nz", ".ie", ".za", ".ng", ".ke", ".sg", ".my", ".pk", ".eu")


def _reads_month_first(page: Evidence) -> bool:
    """Tell whether 9/5/2025 is 5 September here: the page says that it is American, or is English and says nothing."""
    declared = [entry.value.casefold() for entry in page.head.languages]
    if any(name.startswith(_MONTH_FIRST_REGIONS) for name in declared):
        return not (page.domain or "").endswith(_DAY_FIRST_ENDINGS)
    if any(name[:2] == "en" and len(name) > len("en") for name in declared):
        return False
    language = page.language[0] if page.language else next((name[:2] for name in declared), None)
    return language == "en" and not (page.domain or "").endswith(_DAY_FIRST_ENDINGS)
