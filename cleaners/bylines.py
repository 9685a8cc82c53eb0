"""Who wrote an article, by its lines: bylines around the headline, whatever the lines were taken for.

Three shapes are read, in this order of trust: a line that says so ("By Mira Holt"), a line that only says that a name
follows ("Written by", then "Mira Holt"), and a bare name right below the headline with a date, a role or a reading time
beside it. Bylines of other articles stand further off and are left alone.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from cleaners.dates import find_dates
from cleaners.evidence import distinct
from cleaners.labels import Label
from cleaners.names import (
    announces_another,
    fold_name,
    is_full,
    is_secondary,
    names_in,
    opens_byline,
    pen_name,
    says_role,
)
from cleaners.not_names import is_of_menu, without_common
from cleaners.page import Line

LINES_ABOVE = 4
LINES_BELOW = 10
"""Lines around the headline in which its byline stands; menus and standfirsts may stand between."""
FARTHEST = 40
LINES_INTO_TEXT = 4
"""Lines of the text after its first paragraph in which a byline may still stand."""
BYLINE_CHARS = 160
BYLINE_REACH = 4
"""Lines after the first byline in which more names are the author's; credits at the foot stand further off."""
MAX_NAMES_LISTED = 8
_NAME_LINE_CHARS = 60
_NO_BYLINE = frozenset({Label.COMMENTS, Label.CAPTION, Label.LEGAL})


@dataclass(frozen=True, slots=True)
class Bylines:
    """The lines of one article, and where among them its byline may stand: above its text, and in it.

    `not_names` are folded names of the site. `headline` is the place of the line that shows the title, `first` that of
    the first paragraph.
    """

    lines: Sequence[Line]
    headline: int | None
    above_text: Sequence[int]
    in_text: Sequence[int]
    not_names: frozenset[str]

    def said(self) -> list[str]:
        """The authors whom a line above the text names outright."""
        return _after_openers(self.lines, self.above_text, self.not_names)

    def surely_said(self) -> list[str]:
        """Those authors where the line was taken for a byline too, by their full names."""
        zone = [place for place in self.above_text if self.lines[place].label is Label.BYLINE]
        return [name for name in _after_openers(self.lines, zone, self.not_names) if is_full(name)]

    def names(self) -> list[str]:
        """The authors by the lines around the headline and the first paragraph, in order; empty if none says."""
        return (
            self.said()
            or self.vouched(_beside_headline(self.lines, self.headline, self.not_names), most=0)
            or self.vouched(_labelled(self.lines, self.above_text, self.not_names))
            or _after_openers(self.lines, self.in_text, self.not_names)
            or self.vouched(_labelled(self.lines, self.in_text, self.not_names))
        )

    def farther(self) -> list[str]:
        """The author by what stands further off: a byline at the foot, a note about him, a pen name after "by"."""
        return (
            self.vouched(credited(self.lines, self.not_names))
            or presented(self.lines, self.not_names)
            or pen_named(self.lines, (*self.above_text, *self.in_text), self.not_names)
        )

    def vouched(self, names: list[str], *, most: int = 1) -> list[str]:
        """Leave out of names that no opener vouches for what may be none: words of menus and of the page's sentences.

        Whom the page names as its editor or translator is no author either.
        """
        if not names:
            return names
        spoken = " ".join(line.text for line in self.lines if len(line.text) >= _SENTENCE_CHARS)
        others = {fold_name(name) for line in self.lines for name in _secondary_names(line)}
        kept = [name for name in names if not is_of_menu(name) and fold_name(name) not in others]
        return without_common(kept, spoken, most=most)


_SENTENCE_CHARS = 60


def _secondary_names(line: Line) -> list[str]:
    if line.label is not Label.BYLINE or len(line.text) > BYLINE_CHARS or not is_secondary(line.text):
        return []
    return names_in(" ".join(line.text.split()[_WORDS_OF_SECONDARY:]), is_line=True)


_WORDS_OF_SECONDARY = 2
"""Words of "Edited by", "Fact checked"; a third, "by", opens the names."""


def read_bylines(lines: Sequence[Line], *, headline: int | None, first: int, not_names: frozenset[str]) -> Bylines:
    """Find the places among the lines of an article where its byline may stand."""
    above_text, in_text = _zones(lines, headline, first)
    return Bylines(lines, headline, above_text, in_text, not_names)


def _zones(lines: Sequence[Line], headline: int | None, first: int) -> tuple[list[int], list[int]]:
    """The places where the byline may stand: below and above the headline, and among the first paragraphs."""
    top = headline if headline is not None else first if first < len(lines) else -1
    text = max(top + 1, min(first + 1, top + LINES_BELOW))
    above = range(top - 1, max(-1, top - 1 - LINES_ABOVE), -1)
    end = min(len(lines), max(top + 1 + LINES_BELOW, min(first + LINES_INTO_TEXT, top + FARTHEST)))

    def possible(places: Iterable[int]) -> list[int]:
        return [place for place in places if place < len(lines) and _may_be_byline(lines, place)]

    return possible((*range(top + 1, text), *above)), possible(range(text, end))


def _may_be_byline(lines: Sequence[Line], place: int) -> bool:
    """Tell whether a line may name the author; the one below "Media contact" or "Edited by" names somebody else."""
    line = lines[place]
    if len(line.text) > BYLINE_CHARS or line.label in _NO_BYLINE or is_secondary(line.text):
        return False
    return place == 0 or opens_byline(line.text) or not announces_another(lines[place - 1].text)


def _after_openers(lines: Sequence[Line], zone: Sequence[int], not_names: frozenset[str]) -> list[str]:
    """Read the first line that opens like a byline, and the names in the lines that follow it where it has none."""
    for place in zone:
        text = _from_opener(lines[place].text)
        if not opens_byline(text):
            continue
        names = names_in(text, is_line=True, not_names=not_names)
        if names:
            more = (lines[after] for after in range(place + 1, place + 1 + BYLINE_REACH) if after in zone)
            later = [name for line in more for name in _more_names(line, not_names)]
            return distinct([*names, *(later if any(map(is_full, names)) else [])])
        if opens_byline(text, alone=True):
            following = (lines[after].text for after in range(place + 1, min(len(lines), place + 1 + MAX_NAMES_LISTED)))
            listed = [_only_names(line, not_names) for line in takewhile(_may_list_names, following)]
            names = [name for found in takewhile(bool, listed) for name in found]
            if names:
                return distinct(names)
    return []


_OPENED_WITHIN = re.compile(r"[\d|·•,:)] ?\s(?=(?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or|di|door|av|af) [^\W\d_a-z])")


def _from_opener(text: str) -> str:
    """Drop what stands before an opener inside a line: "October 11, 2023 by Mira Holt"."""
    match = None if opens_byline(text) else _OPENED_WITHIN.search(text)
    return text[match.end() :] if match and _has_data(text) else text


def _more_names(line: Line, not_names: frozenset[str]) -> list[str]:
    """Names of a further byline line, such as the second author's."""
    is_further = line.label is Label.BYLINE and (opens_byline(line.text) or line.text.startswith(("&", "and ", "und ")))
    return names_in(line.text, is_line=True, not_names=not_names) if is_further else []


def _may_list_names(text: str) -> bool:
    return len(text) <= _NAME_LINE_CHARS


def _only_names(text: str, not_names: frozenset[str]) -> list[str]:
    """Full names where the line holds nothing else but a role."""
    names = names_in(text, is_line=True, not_names=not_names)
    return [name for name in names if " " in name]


def _labelled(lines: Sequence[Line], zone: Sequence[int], not_names: frozenset[str]) -> list[str]:
    """Read the lines that were labelled as bylines."""
    found: list[str] = []
    first: int | None = None
    for place in sorted(place for place in zone if lines[place].label is Label.BYLINE):
        if first is not None and place - first > BYLINE_REACH:
            break
        names = names_in(lines[place].text, is_line=True, not_names=not_names)
        first = place if names and first is None else first
        found.extend(names)
    return distinct(found)


BARE_NAME_BELOW, BARE_NAME_ABOVE = 5, 3
"""Lines around the headline in which a bare name is its author's."""
_NO_BARE_NAME = frozenset({Label.HEADING, Label.SECTION, Label.TITLE})


def _beside_headline(lines: Sequence[Line], headline: int | None, not_names: frozenset[str]) -> list[str]:
    """Read a bare name in the lines right around the headline that has a date, a role or a reading time beside it."""
    if headline is None:
        return []
    title = fold_name(lines[headline].text)
    below = range(headline + 1, min(len(lines), headline + 1 + BARE_NAME_BELOW))
    above = range(headline - 1, max(0, headline - 1 - BARE_NAME_ABOVE), -1)
    for place in (*below, *above):
        text = lines[place].text
        if not _may_be_byline(lines, place) or lines[place].label in _NO_BARE_NAME or fold_name(text) in title:
            continue
        if lines[place].label is Label.BODY and text.rstrip().endswith("."):  # somebody the text speaks of
            continue
        names = _only_names(_from_opener(text), not_names)
        if names and (_has_data(text) or says_role(text) or any(map(_is_data, _beside(lines, place, headline)))):
            return distinct(names)
    return []


NOTES_TRIED = 10
NOTE_CHARS = 24
"""Longer lines than "About the author:" say more than that a name follows."""


def credited(lines: Sequence[Line], not_names: frozenset[str]) -> list[str]:
    """Give the author by what stands further off: the first byline of the page, or the note about the author."""
    tried = 0
    for place, line in enumerate(lines):
        is_byline = line.label is Label.BYLINE and len(line.text) <= BYLINE_CHARS
        is_note = len(line.text) <= NOTE_CHARS and line.label not in _NO_BYLINE and opens_byline(line.text, alone=True)
        if (is_byline or is_note) and _may_be_byline(lines, place):
            listed = [line.text, *(after.text for after in lines[place + 1 : place + 2] if is_note)]
            names = [name for text in listed for name in _only_names(text, not_names)]
            tried += 1
            if names or tried == NOTES_TRIED:
                return distinct(names)
    return []


def presented(lines: Sequence[Line], not_names: frozenset[str]) -> list[str]:
    """Give the author by the sentence that presents him: "Mira Holt is a writer", "this post was written by"."""
    for line in lines:
        if line.label in _NO_BYLINE or len(line.text) > PRESENTED_CHARS:
            continue
        written = _WRITTEN_BY.search(line.text) if " by " in line.text else None
        match = written or _PRESENTED.match(line.text)
        is_told = match is not None and (match is written or says_role(line.text))
        names = names_in(match[1], is_line=True, not_names=not_names) if match and is_told else []
        if names and all(map(is_full, names)):
            return names
    return []


PRESENTED_CHARS = 600
_WRITTEN_BY = re.compile(
    r"\b(?:post|article|story|piece|blog|column) (?:was |is )?(?:originally )?(?:written|authored) (by [^.!?;]{3,60})"
)
_PRESENTED = re.compile(
    r"(?:About )?(?:[Tt]he )?(?:[Aa]uthor:? )?(?:Dr\.? )?((?:[^\W\d_a-z][\w.'’-]* ){1,3}[^\W\d_a-z][\w.'’-]*),? "
    r"(?:is|ist|est|es|è|is een|schreibt|writes|works|arbeitet) "
)


def pen_named(lines: Sequence[Line], zone: Sequence[int], not_names: frozenset[str]) -> list[str]:
    """Give the pen name that follows an opener in a line with a date: "Posted by jkbeck82 on 3 May 2024"."""
    for place in zone:
        line = lines[place]
        match = _PEN_NAMED.search(line.text) if line.label in (Label.BYLINE, Label.DATE) else None
        name = pen_name(match[1], not_names=not_names) if match else None
        if name:
            return [name]
    return []


_PEN_NAMED = re.compile(
    r"(?:^|\d |(?i:posted|written|published|gespeichert|erstellt|geschrieben|verfasst|veröffentlicht) )"
    r"(?:by|von|par|por|di|door|author|autor):? ([\w.-]{3,30})(?=$| on | at | am | um | ?[|•·,]| \d)"
)


def _beside(lines: Sequence[Line], place: int, headline: int) -> Iterable[Line]:
    """The lines after a bare name, and the one before it if that is not the headline."""
    return (*lines[place + 1 : place + 3], *(lines[place - 1 : place] if place - 1 > headline else ()))


_READING_TIME = re.compile(r"\b\d{1,3}[\s-]?(?:min|minutes?|minuten|mins?)\b", re.IGNORECASE)


def _has_data(text: str) -> bool:
    return any(map(str.isdigit, text)) and (bool(find_dates(text)) or _READING_TIME.search(text) is not None)


def _is_data(line: Line) -> bool:
    """Tell whether a line gives what stands beside an author's name: a date, a reading time, a role."""
    is_short = len(line.text) <= _NAME_LINE_CHARS + 40
    return is_short and (line.label in (Label.DATE, Label.READING_TIME) or _has_data(line.text) or says_role(line.text))
