"""Markdown → lines: rendered to HTML by a reference parser and read as a page, so that its headings and links count."""

import re
from functools import cache
from typing import Any

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cleaners.boxes import no_boxes
from cleaners.head import FRONT_MATTER, Candidate, Head
from cleaners.html import html_lines
from cleaners.lines import DocumentLines, Gap, Mark
from cleaners.titles import says_untitled

_LINK = re.compile(r"!?\[[^\]\n]{0,300}\]\((?:https?:|/|\.|#|mailto:|[\w-]+[/.])[^)\n]{0,600}\)")
_SIGNS = (
    (("\n#",), re.compile(r"^#{1,6} \S", re.MULTILINE)),
    (("](",), _LINK),
    (("**", "__"), re.compile(r"(?:\*\*|__)\w[^*_\n]{0,200}(?:\*\*|__)")),
    (("\n```", "\n~~~"), re.compile(r"^(?:```|~~~)", re.MULTILINE)),
    (("\n> ",), re.compile(r"^> \S", re.MULTILINE)),
)
"""What Markdown is known by; each sign holds one of the strings before it, and to look for those costs next to
nothing."""
_SNIFFED_CHARS = 20_000
_FEWEST_KINDS = 2
_MANY_LINKS = 3
_FRONT_MATTER = re.compile(r"\A---\n((?:[^\n]{0,2000}\n){1,60}?)(?:---|\.\.\.)\n")
_FIELDS = {
    "title": "headlines",
    "author": "authors",
    "authors": "authors",
    "date": "published",
    "published": "published",
    "tags": "tags",
    "keywords": "tags",
    "description": "descriptions",
    "summary": "descriptions",
    "category": "sections",
}


def looks_like_markdown(text: str) -> bool:
    """Tell whether a text is Markdown: two kinds of its signs, a front matter and one, or several links.

    Spares ordinary text with a lone "# 1" or a starred word.
    """
    start = text[:_SNIFFED_CHARS]
    hinting = f"\n{start}"
    kinds = sum(any(hint in hinting for hint in hints) and bool(sign.search(start)) for hints, sign in _SIGNS)
    kinds += bool(kinds and _FRONT_MATTER.match(start))
    return kinds >= _FEWEST_KINDS or (kinds > 0 and len(_LINK.findall(start)) >= _MANY_LINKS)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _rendered(text: str) -> str:
    """Render to HTML, the numbers of ordered lists as text: a browser adds them, and "1986. That year" is no list."""
    tokens = _parser().parse(text)
    number = ""
    for token in tokens:
        if token.type == "list_item_open" and token.info:
            number = f"{token.info}{token.markup} "
        elif number and token.type == "inline" and token.children:
            token.children.insert(0, Token("text", "", 0, content=number))
            number = ""
    return str(_parser().renderer.render(tokens, _parser().options, {}))


def markdown_lines(text: str, url: str | None) -> DocumentLines:
    """Give the lines of a Markdown text with hints; what its front matter says stands in the head."""
    front = _FRONT_MATTER.match(text)
    rest = text[front.end() :] if front else text
    lines = html_lines(_rendered(rest), url)
    if not front:
        return lines
    entries = [line for line in front[1].split("\n") if line.strip()]
    lines.head = _head_of(entries)
    count = len(entries)
    return DocumentLines(
        number=[*range(2, count + 2), *(number + count + 2 for number in lines.number)],
        text=[*(entry.strip() for entry in entries), *lines.text],
        gap=[Gap.PARAGRAPH] * count + lines.gap,
        tag=[*[FRONT_MATTER] * count, *lines.tag],
        link_share=[0.0] * count + lines.link_share,
        marks=[int(Mark.META)] * count + lines.marks,
        is_html=True,
        head=lines.head,
        boxes=None if lines.boxes is None else np.concatenate([no_boxes(count), lines.boxes]),
    )


def _head_of(entries: list[str]) -> Head:
    found: dict[str, Any] = {}
    for entry in entries:
        key, _, value = entry.partition(":")
        field = _FIELDS.get(key.strip().lower())
        value = _unquoted(_without_comment(value))
        if field == "headlines":
            # Brackets belong to a title's words; a sign that the words follow on the next lines (">", "|-") is none.
            listed = _ONE_QUOTED.fullmatch(value)
            value = listed["title"] if listed else value
            is_title = any(map(str.isalnum, value)) and not says_untitled(value)
            if is_title and not entry[0].isspace():
                found[field] = (Candidate(value, "meta", FRONT_MATTER),)
        elif field and value:
            is_list = value[0] + value[-1] == "[]" or field == "tags"
            values = value.strip("[]").split(",") if is_list else [value]
            found[field] = tuple(Candidate(_unquoted(piece.strip()), "meta", key.strip()) for piece in values)
    return Head(**found)


_ONE_QUOTED = re.compile(r"""\[\s*(?P<quote>["'])(?P<title>[^"']*)(?P=quote)\s*\]""")
"""A list of one title; without quotes brackets are the title's own."""
_COMMENTED = re.compile(r"""\s*("(?:[^"\\]|\\.)*"\s*|'(?:[^']|'')*'\s*|\[[^\]]*\].*?|[^"'\[\s#].*?|)(?<=\s)#.*""")
"""A value, in quotes or brackets or plain, and the comment behind it, which a blank sets apart."""


def _without_comment(value: str) -> str:
    """What stands behind a key's colon, without the comment at its end; a sign within a word ("C#") is none."""
    commented = _COMMENTED.fullmatch(value)
    return (commented[1] if commented else value).strip()


def _unquoted(value: str) -> str:
    """A value without the quotes around it; quotes that belong to the words stay."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value[0] not in value[1:-1]
    return value[1:-1] if is_quoted else value
