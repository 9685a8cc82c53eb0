"""When an article was published and when it was changed, by what its page, its address and its lines say."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta, timezone
from itertools import islice

from cleaners.date_words import find_relative, says_published, speaks_of_publishing
from cleaners.dates import date_in_url, find_dates, read_stamp
from cleaners.evidence import MAX_LINES_READ, Evidence, unarchived
from cleaners.head import Candidate, Source
from cleaners.labels import Label
from cleaners.moments import FoundDate, Moment
from cleaners.page import Line

Dated = tuple[Moment, Source]


def dates_of(page: Evidence) -> tuple[Dated | None, Dated | None]:
    """Decide when the article was published and when it was changed.

    Structured data first, then `<time>`, the address, and the lines around the headline; last the fields that many
    sites fill with the day of the file. Where the page shows its readers an earlier day than its data, that day counts:
    the data then speak of the day on which the page was made anew. What lies after the fetch is passed over; a change
    before the publication is none.
    """
    month_first = _reads_month_first(page)
    shown, changed = _dates_of_lines(page, month_first=month_first)
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
        or _possible(page, _url_date(page))
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
    said = (page.lines[place].text for place in _date_zone(page) if says_published(page.lines[place].text))
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
    found = (dates[-1] for entry in titles if (dates := _dates_in(page, entry.value[-40:], month_first=month_first)))
    return next(((entry.moment, "dom") for entry in found), None)


def _is_made_anew(page: Evidence, stated: Dated, shown: Dated, *, month_first: bool) -> bool:
    """Tell whether the page's data give a later day than the page shows, and it shows that later day nowhere."""
    if shown[0].utc + timedelta(days=2) > stated[0].utc or _is_scholarly(page):
        return False
    day, own = stated[0].at.date(), shown[0].at.date()
    if not any(_is_date_line(page, place, own, month_first=month_first) for place in _date_zone(page)):
        return False
    elsewhere = [entry.value for entry in page.head.times if stated[1] != "dom"]
    elsewhere += [page.lines[place].text for place in _date_zone(page)]
    moments = [entry.moment for text in elsewhere for entry in _dates_in(page, text, month_first=month_first)]
    in_url = _url_date(page)
    return all(moment.at.date() != day for moment in (*moments, *([in_url[0]] if in_url else [])))


def _is_date_line(page: Evidence, place: int, day: date, *, month_first: bool) -> bool:
    """Tell whether a line is there to give that day, and does not only mention it."""
    line = page.lines[place]
    is_there_for_it = line.label in _DATE_LABELS or len(line.text) <= DATE_ALONE_CHARS or says_published(line.text)
    dates = _dates_in(page, line.text, month_first=month_first) if is_there_for_it else []
    return any(entry.moment.at.date() == day for entry in dates)


DATE_ALONE_CHARS = 40


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
    return [dated for moment, source in read if moment and (dated := _possible(page, (moment, source)))]


def _possible(page: Evidence, dated: Dated | None) -> Dated | None:
    """Pass over a date after the fetch; a day's grace covers zones that the page does not give."""
    if dated is None or page.fetched_at is None:
        return dated
    return dated if dated[0].utc <= page.fetched_at + timedelta(days=1) else None


DATE_LINES_ABOVE, DATE_LINES_BELOW = 5, 12
"""Lines around the headline in which the article's date stands; dates of other articles stand further off."""
DATE_LINES_INTO_TEXT = 3
DATE_CHARS = 120
"""A longer line says something else and mentions a date."""
_NO_DATE_LABELS = frozenset({Label.CAPTION, Label.COMMENTS, Label.LEGAL})
_DATE_LABELS = frozenset({Label.DATE, Label.BYLINE, Label.READING_TIME})


def _dates_of_lines(page: Evidence, *, month_first: bool) -> tuple[Dated | None, Dated | None]:
    """Find the day of publication and that of a change in the lines around the headline.

    Below the headline comes before above it. Where nothing stands there, the lines labelled as dates count if they all
    agree: a list of other articles shows many dates, the foot of a blog post one.
    """
    published: Dated | None = None
    changed: Dated | None = None
    left = UPDATE_REACH
    for place in _date_zone(page):
        for entry in _dates_in(page, page.lines[place].text, month_first=month_first):
            if entry.is_update:
                changed = changed or (entry.moment, "line")
            else:
                published = published or (entry.moment, "line")
        left -= published is not None
        if not left:
            break
    if published is not None or changed is not None:
        return published, changed
    labelled = [line.text for line in _labelled(page.lines, _DATE_LABELS) if not _only_mentions_a_day(line)]
    said = [line.text for line in page.lines if len(line.text) <= DATE_CHARS and says_published(line.text)]
    found = [entry for text in said[:1] or labelled for entry in _dates_in(page, text, month_first=month_first)]
    days = {entry.moment.at.date() for entry in found}
    if len(days) != 1:
        return None, None
    dated: Dated = (found[0].moment, "line")
    return (None, dated) if all(entry.is_update for entry in found) else (dated, None)


UPDATE_REACH = 4
"""Lines from that of the publication on in which the day of a change stands."""


def _date_zone(page: Evidence) -> list[int]:
    """The places around the headline where its date may stand, lines taken for dates or bylines first."""
    if page.headline is None:
        return []
    first, top = page.first, page.headline
    end = min(len(page.lines), max(top + 1 + DATE_LINES_BELOW, min(first + DATE_LINES_INTO_TEXT, top + DATE_FARTHEST)))
    places = (*range(top, end), *range(top - 1, max(-1, top - 1 - DATE_LINES_ABOVE), -1))
    possible = [
        place
        for place in places
        if place < len(page.lines) and _may_give_date(page.lines[place], is_above_text=place <= first)
    ]
    return sorted(possible, key=lambda place: page.lines[place].label not in _DATE_LABELS)


DATE_FARTHEST = 40


def _may_give_date(line: Line, *, is_above_text: bool) -> bool:
    if line.label is Label.HEADING and len(line.text) > DATE_ALONE_CHARS:
        return any(entry.moment.precision == "minute" for entry in find_dates(line.text))
    if line.label in _NO_DATE_LABELS and not (is_above_text and line.label is Label.COMMENTS):
        return False
    if _only_mentions_a_day(line):
        return False
    return len(line.text) <= DATE_CHARS or line.label in _DATE_LABELS


def _only_mentions_a_day(line: Line) -> bool:
    """Tell a sentence of the text, though it was taken for a date, from one that says when the text appeared."""
    if not _is_sentence(line.text) or says_published(line.text):
        return False
    return line.label is Label.BODY or (line.label in _DATE_LABELS and not speaks_of_publishing(line.text))


SENTENCE_WORDS = 3


def _is_sentence(text: str) -> bool:
    """Tell a sentence of the text, which speaks of another day, from a date with a word or two.

    >>> _is_sentence("The bench was made on 12 May 1998.")
    True
    >>> _is_sentence("Karsten, den 12. Mai 1998")
    False
    """
    return text.rstrip()[-1:] in ".!?…" and sum(word[:1].islower() for word in text.split()) >= SENTENCE_WORDS


def _dates_in(page: Evidence, text: str, *, month_first: bool) -> list[FoundDate]:
    """The possible dates of one line; a relative time counts from the fetch."""
    found = find_dates(text, month_first=month_first) if any(map(str.isdigit, text)) else []
    if not found and page.fetched_at is not None:
        found = [entry] if (entry := find_relative(text, page.fetched_at)) else []
    return [entry for entry in found if _possible(page, (entry.moment, "line"))]


def _labelled(lines: Sequence[Line], labels: AbstractSet[Label]) -> Iterator[Line]:
    """Give the first lines of some labels."""
    return islice((line for line in lines if line.label in labels), MAX_LINES_READ)


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
