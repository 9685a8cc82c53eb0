"""When an article was published and when it was changed, by what its page, its address and its lines say."""

from collections.abc import Iterable, Sequence
from datetime import timedelta, timezone

from cleaners.date_words import says_published
from cleaners.dates import date_in_url, find_dates, read_stamp
from cleaners.evidence import Evidence, unarchived
from cleaners.head import Candidate
from cleaners.moments import Moment
from cleaners.shown_dates import Dated, date_zone, dates_in, dates_of_lines, if_possible, is_date_line


def dates_of(page: Evidence) -> tuple[Dated | None, Dated | None]:
    """Decide when the article was published and when it was changed.

    Structured data first, then `<time>`, the address, and the lines around the headline; last the fields that many
    sites fill with the day of the file. Where the page shows its readers an earlier day than its data, that day counts:
    the data then speak of the day on which the page was made anew. What lies after the fetch is passed over; a change
    before the publication is none.
    """
    month_first = _reads_month_first(page)
    shown, changed = dates_of_lines(page, month_first=month_first)
    clear = [entry for entry in page.head.published if entry.name not in _LOOSE_DATES]
    loose = [entry for entry in page.head.published if entry.name in _LOOSE_DATES]
    times = [entry for entry in page.head.times if entry.name == "time"]
    changes = _stamps(page, page.head.modified, month_first=month_first)
    stated = _first_but(_stamps(page, clear, month_first=month_first), changes[:1]) or _stamp(
        page, times, month_first=month_first
    )
    if stated is not None and shown is not None:
        if _is_said_earlier(page, stated, shown) or _is_made_anew(page, stated, shown, month_first=month_first):
            stated = shown
        stated = _at_home(stated, shown)
    published = (
        stated
        or if_possible(page, _url_date(page))
        or shown
        or _stamp(page, loose, month_first=month_first)
        or changed
        or _date_in_title(page, month_first=month_first)
    )
    modified = (
        next(iter(changes), None)
        or _stamp(page, [entry for entry in page.head.times if entry.name != "time"], month_first=month_first)
        or changed
    )
    if published is not None and modified is not None and modified[0].utc < published[0].utc:
        modified = None
    return published, modified


def _first_but(stated: Sequence[Dated], changes: Sequence[Dated]) -> Dated | None:
    """Take the first stamp; where that is the very moment of the last change, one a few days earlier if there is any.

    Pages that are written on, such as live reports, move the first one along.
    """
    if not stated or not changes or stated[0][0].utc != changes[0][0].utc:
        return stated[0] if stated else None
    moment = stated[0][0].utc
    return next((dated for dated in stated if moment - _WRITTEN_ON <= dated[0].utc < moment), stated[0])


_WRITTEN_ON = timedelta(days=7)


def _is_said_earlier(page: Evidence, stated: Dated, shown: Dated) -> bool:
    """Tell whether a line says outright that the article was published earlier than the page's data have it."""
    if shown[0].utc + timedelta(days=2) > stated[0].utc:
        return False
    day = shown[0].at.date()
    said = (page.lines[place].text for place in date_zone(page) if says_published(page.lines[place].text))
    return any(entry.moment.at.date() == day for text in said for entry in find_dates(text))


_MOST_OFF = timedelta(hours=14)
_QUARTER = timedelta(minutes=15)


def _at_home(stated: Dated, shown: Dated) -> Dated:
    """Give a moment in UTC the zone of the page, where the page shows the same moment by its own clock.

    "9:25 pm" beside 02:25 UTC of the next day tells a zone five hours behind; zones differ by quarters of an hour.
    """
    moment, source = stated
    is_utc = moment.precision == "minute" and not moment.at.utcoffset()
    if not is_utc or shown[0].precision != "minute" or shown[0].has_zone:
        return stated
    offset = shown[0].at.replace(second=0) - moment.at.replace(second=0)
    if not offset or abs(offset) > _MOST_OFF or offset % _QUARTER:
        return stated
    return Moment(moment.at.astimezone(timezone(offset)), "minute", has_zone=True), source


def _date_in_title(page: Evidence, *, month_first: bool) -> Dated | None:
    """Find the date at the end of the page's title, "Headline | Outlet | 28.04.2023"."""
    titles = (entry for entry in page.head.headlines if entry.name == "title")
    found = (dates[-1] for entry in titles if (dates := dates_in(page, entry.value[-40:], month_first=month_first)))
    return next(((entry.moment, "dom") for entry in found), None)


def _is_made_anew(page: Evidence, stated: Dated, shown: Dated, *, month_first: bool) -> bool:
    """Tell whether the page's data give a later day than the page shows, and it shows that later day nowhere."""
    if shown[0].utc + timedelta(days=2) > stated[0].utc or _is_scholarly(page):
        return False
    day, own = stated[0].at.date(), shown[0].at.date()
    if not any(is_date_line(page, place, own, month_first=month_first) for place in date_zone(page)):
        return False
    elsewhere = [entry.value for entry in page.head.times if stated[1] != "dom"]
    elsewhere += [page.lines[place].text for place in date_zone(page)]
    moments = [entry.moment for text in elsewhere for entry in dates_in(page, text, month_first=month_first)]
    in_url = _url_date(page)
    return all(moment.at.date() != day for moment in (*moments, *([in_url[0]] if in_url else [])))


def _is_scholarly(page: Evidence) -> bool:
    """Papers show when they were received and accepted before they say when they appeared."""
    return any(entry.name.startswith("citation_") for entry in page.head.published)


def provenance(dated: Dated) -> str:
    """Say where a moment came from, how precise it is and, where the source gave one, in which zone it stood.

    The moment itself is given in UTC, where neither can be seen any more.

    >>> provenance((read_stamp("2025-09-05T14:30:00+02:00"), "json-ld"))
    'json-ld minute +0200'
    >>> provenance((read_stamp("2025-09-05"), "meta"))
    'meta day'
    """
    moment, source = dated
    zone = f" {moment.at:%z}" if moment.has_zone else ""
    return f"{source} {moment.precision}{zone}"


def zone_of(origin: str) -> timedelta | None:
    """Read the offset from UTC out of a moment's provenance; None where the source gave none.

    >>> str(zone_of("json-ld minute +0530")), zone_of("meta day")
    ('5:30:00', None)
    """
    zone = origin.rsplit(maxsplit=1)[-1]
    if zone[0] not in "+-":
        return None
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    return offset if zone[0] == "+" else -offset


def _url_date(page: Evidence) -> Dated | None:
    moment = date_in_url(unarchived(page.url)) if page.url else None
    return (moment, "url") if moment else None


_LOOSE_DATES = frozenset(
    {"date", "dc.date", "dcterms.date", "dateCreated", "dc.date.created", "dcterms.created", "og:release_date"}
)
"""Fields that some sites fill with the day of the file or of the event; they count where nothing clearer is there."""


def _stamp(page: Evidence, candidates: Iterable[Candidate], *, month_first: bool) -> Dated | None:
    """Take the first candidate that is a possible date, JSON-LD before meta before markup."""
    return next(iter(_stamps(page, candidates, month_first=month_first)), None)


def _stamps(page: Evidence, candidates: Iterable[Candidate], *, month_first: bool) -> list[Dated]:
    """Read the candidates that are possible dates, JSON-LD before meta before markup."""
    order = {"json-ld": 0, "meta": 1, "dom": 2}
    ordered = sorted(candidates, key=lambda candidate: order[candidate.source])
    read = ((read_stamp(entry.value, month_first=month_first), entry.source) for entry in ordered)
    return [dated for moment, source in read if moment and (dated := if_possible(page, (moment, source)))]


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
