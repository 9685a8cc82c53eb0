"""How long a page says that its article takes to read, in minutes."""

import re
from collections.abc import Iterable

MAX_MINUTES = 600
"""Longer is no article."""

_MINUTES = (
    r"(\d{1,3})[\s-]?(?:min(?:s|\.|utes?|uten|uter|uti|utos?|uut(?:in|tia)?)?(?![^\W\d_])|минут|хв|dakika|dk\b|分|분)"
)
_ALONE = re.compile(_MINUTES, re.IGNORECASE)
_READING = (
    "read|lesezeit|lesedauer|lesen|lecture|lectura|lettura|leitura|leestijd|lezen|läs|læs|lese|czytani|чтени|читан|okuma|"
    "阅读|閱讀|読|読了|읽"
)
_SAID = re.compile(
    rf"(?:{_READING})\w{{0,10}}\W{{0,4}}(?:\w{{1,8}}\W{{1,3}})?{_MINUTES}|{_MINUTES}\W{{0,3}}\w{{0,8}}\W?(?:{_READING})",
    re.IGNORECASE,
)
_DURATION = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?(?:\d{1,2}(?:\.\d+)?S)?", re.IGNORECASE)


def minutes_in(text: str, *, is_said: bool = False) -> int | None:
    """Find the minutes of reading in a text; `is_said` where the text is known to speak of reading.

    >>> minutes_in("3 May 2024 · 4 min read"), minutes_in("Lesezeit: 5 Minuten"), minutes_in("20 min by ferry")
    (4, 5, None)
    >>> minutes_in("5 min", is_said=True), minutes_in("PT1H5M", is_said=True)
    (5, 65)
    """
    match = (_ALONE if is_said else _SAID).search(text[:200])
    if match is not None:
        minutes = int(next(group for group in match.groups() if group))
    else:
        duration = _DURATION.fullmatch(text.strip()) if is_said else None
        minutes = 60 * int(duration[1] or 0) + int(duration[2] or 0) if duration else 0
    return minutes if 0 < minutes <= MAX_MINUTES else None


def first_minutes(texts: Iterable[str], *, is_said: bool) -> int | None:
    """Find the minutes of reading in the first text that gives any."""
    return next((minutes for text in texts if (minutes := minutes_in(text, is_said=is_said)) is not None), None)
