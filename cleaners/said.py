"""What a line says that takes it away wherever it stands: whom its picture is by, and that one should subscribe.

Both are told by phrases and by what stands beside them: a name behind the word for pictures, another word of promotions
behind the opening of one. In the HTML of the article pages of WCXB, fundus and magic-html, whatever the network says of
them, none of the 181 lines that end in a credit is in the gold text, two of 408 plain calls, and one of 282 others.
"""

import re
from functools import cache

from cleaners import phrases
from cleaners.lexicon import words_of
from cleaners.not_names import is_of_menu
from cleaners.outlets import outlet_named

_NAME = r"['‘\"]?(?P<name>(?:[A-ZÀ-ÖØ-ÞĀ-Ž\u0386-\u03ab\u0400-\u042f]|[a-z][A-Z])[^.:!?]{1,60})[.)\]'’\"]*$"
_SIGN = re.compile(rf"[^\W\d_][.!?]?[»”\"'’)]* ?[\[(]?© ?(?=[^\d.:!?©]+$){_NAME}")


def ends_in_credit(text: str) -> bool:
    """Tell whether a line ends in a picture's credit: a sentence's end, a word for pictures, a name and nothing more.

    Only in scripts that have capitals. Spares a clause that stands in the place of the name.

    >>> ends_in_credit("The tower at night. Photo: Anna Velt"), ends_in_credit("The tower. Image: This is what counts")
    (True, False)
    """
    match = _credit().search(text) or _SIGN.search(text)
    return match is not None and _names_somebody(match["name"])


@cache
def _credit() -> re.Pattern[str]:
    opening = (phrase for phrase in phrases.literals("caption", "opens") if phrase.endswith(":"))
    words = "|".join(re.escape(phrase.rstrip(" :")) for phrase in opening)
    return re.compile(rf"[.!?…][»”\"'’)\]]* ?[\[(|/–•-]* ?(?i:{words}) ?: ?{_NAME}")


@cache
def _between_names() -> re.Pattern[str]:
    words = "|".join(sorted({"via", "for", "courtesy of"} | words_of("bylines", "joiners")))
    return re.compile(rf"\s?[/|,;&+·•()\[\]]\s?|\s[–—-]\s|\s(?:{words})\s")


_MOST_WORDS = 5
"""Firms' names have three or four, and particles."""


def _names_somebody(text: str) -> bool:
    """Tell whether a text is written as names are, and one part of it can be nothing else."""
    parts = [part.split() for part in _between_names().split(text.strip(" '’\"")) if part.strip()]
    return all(map(_is_written_as_name, parts)) and any(map(_is_clearly_name, parts))


def _is_written_as_name(words: list[str]) -> bool:
    """Tell whether all words but particles begin with a capital; the sign of an agency ("dpa") needs none."""
    small = [word for word in words if word.islower()]
    return len(words) <= _MOST_WORDS and (
        len(words) == 1 or (not words[-1].islower() and _small_words().issuperset(small))
    )


def _is_clearly_name(words: list[str]) -> bool:
    """Tell a full name, a known agency and a firm's ("iCoast", "BSS") from a word or headline with capitals."""
    name = " ".join(words)
    if outlet_named(name) is not None or name.casefold() in words_of("bylines", "picture_agencies"):
        return True
    if len(words) == 1:
        return any(map(str.isupper, name[1:]))
    return words[0].casefold() not in words_of("bylines", "articles") and not is_of_menu(name)


@cache
def _small_words() -> frozenset[str]:
    """Give the small words within names of persons and institutions."""
    return words_of("bylines", "particles") | {"of"}


def is_call(folded: str, *, is_plain: bool = False) -> bool:
    """Tell whether a line that opens with a promotion's phrase calls upon the reader; `folded` as `phrases.fold` does.

    With `is_plain`, whether it does nothing else: it opens with a command ("Subscribe to our"), its first sentence has
    another word of promotions, or each further one opens with a promotion's phrase, too.

    >>> is_call("sign up for our newsletter"), is_call("sign up for war, the posters said.")
    (True, False)
    >>> is_call("support our keeper. newsletters were new then, and the board had none.")
    False
    """
    opening = _opening().match(folded)
    if opening is None:
        return False
    first, *others = _SENTENCE_END.split(folded[opening.end() :])
    words = _words_of_sign_up() if opening["phrase"] in _SIGN_UP else _words()
    calls = [_opening().match(sentence) is not None for sentence in others]
    if opening["phrase"].startswith(_commands()) or words.search(first) or (calls and all(calls)):
        return True
    says_more = any(calls) or _words().search(opening["phrase"]) is not None or any(map(_says_word, others))
    return says_more and not is_plain


_SIGN_UP = frozenset({"sign up for", "sign up to"})
"""People sign up for wars and for a night in a tower, so these two are asked what for."""
_SENTENCE_END = re.compile(r"(?<=\D[.!?]) ")


def _says_word(sentence: str) -> bool:
    """Tell whether a sentence has a word of promotions; one with which it begins may be what it is about."""
    return any(match.start() for match in _words().finditer(sentence))


@cache
def _opening() -> re.Pattern[str]:
    return re.compile(rf"[^\w©®@#\"'“”„«]{{0,8}}(?P<phrase>{phrases.bounded(phrases.literals('promo', 'opens'))})")


@cache
def _commands() -> tuple[str, ...]:
    return tuple(words_of("calls", "commands"))


@cache
def _words() -> re.Pattern[str]:
    return re.compile(phrases.bounded(_promo_words()))


@cache
def _words_of_sign_up() -> re.Pattern[str]:
    return re.compile(phrases.bounded(_promo_words() | words_of("calls", "sign_up")))


def _promo_words() -> set[str]:
    """The words of promotions but for "sign up", which says nothing beside itself."""
    return {*phrases.literals("promo_word"), *words_of("calls", "words")} - {"sign up"}
