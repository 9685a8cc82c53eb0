"""Pages as scraped corpora hold them: the ways in which tags get lost, and what other extractors leave over.

A *style* makes text of a page's HTML. *Dumps* hold all of the page; *leftovers* are what an extractor chose, to be
cleaned further. Nothing here is fetched: every tool gets the page handed over.
"""

import re
import signal
import textwrap
from collections.abc import Callable, Mapping
from importlib import util
from types import FrameType
from typing import NoReturn, TypeVar

from bs4 import BeautifulSoup

from bench.corpora import resiliparse_dump, soup_dump

Html = TypeVar("Html", str, bytes)

WRAP_COLUMNS = 72

MOST_SECONDS = 15
"""A tool that takes longer on a page has none of it; the slowest, newspaper4k, takes 0.2 on average."""

_BLOCKS = "p|div|li|h[1-6]|tr|section|article|ul|ol|table|blockquote|figure|header|footer|nav|aside|main|form|dd|dt|pre"
_BLOCK_EDGE = re.compile(rf"</?(?:{_BLOCKS}|br|hr)\b[^>]*>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style|noscript|template|svg|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)


def inscriptis_dump(html: str) -> str:
    """Make the dump of a text browser: tables and lists laid out, bullets before items."""
    from inscriptis import get_text

    return str(get_text(html)) if html.strip() else ""


def glued_dump(html: str) -> str:
    """Make the dump of a careless script: block elements part lines, inline ones leave nothing, not even a space."""
    visible = _UNSEEN.sub("", html)
    soup = BeautifulSoup(_BLOCK_EDGE.sub("\n", visible), "lxml")
    return "\n".join(" ".join(line.split()) for line in soup.get_text("").split("\n"))


def wrapped_dump(html: str) -> str:
    """Make a dump hard-wrapped as in mails, paragraphs parted by blank lines."""
    lines = (line.strip() for line in resiliparse_dump(html).split("\n"))
    return "\n\n".join(
        textwrap.fill(line, WRAP_COLUMNS, break_long_words=False, break_on_hyphens=False) for line in lines if line
    )


def trafilatura_leftover(html: str) -> str:
    """Extract with trafilatura bent on recall."""
    import trafilatura

    return trafilatura.extract(html, favor_recall=True) or ""


def newspaper_leftover(html: str) -> str:
    """Extract with newspaper4k."""
    import newspaper

    article = newspaper.Article("http://page.invalid/", fetch_images=False)
    article.download(input_html=html)
    article.parse()
    return str(article.text)


def readability_leftover(html: str) -> str:
    """Extract with the port of Mozilla's readability, its HTML turned into text."""
    from readability import Document

    return resiliparse_dump(Document(html).summary()) if html.strip() else ""


def goose_leftover(html: str) -> str:
    """Extract with goose3."""
    from goose3 import Goose

    return str(Goose({"enable_image_fetching": False}).extract(raw_html=html).cleaned_text)


DUMPS: Mapping[str, Callable[[str], str]] = {
    "dump": resiliparse_dump,
    "soup": soup_dump,
    "inscriptis": inscriptis_dump,
    "glued": glued_dump,
    "wrapped": wrapped_dump,
}
LEFTOVERS: Mapping[str, Callable[[str], str]] = {
    "trafilatura": trafilatura_leftover,
    "newspaper4k": newspaper_leftover,
    "readability": readability_leftover,
    "goose3": goose_leftover,
}
NEEDS: Mapping[str, str] = {
    "inscriptis": "inscriptis",
    "newspaper4k": "newspaper",
    "readability": "readability",
    "goose3": "goose3",
}
"""Style → the module that it needs beyond what the tests need."""


def installed_styles() -> dict[str, Callable[[str], str]]:
    """Find the styles whose tools this environment has."""
    return {name: make for name, make in {**DUMPS, **LEFTOVERS}.items() if util.find_spec(NEEDS.get(name, "bs4"))}


class _TooSlow(Exception):
    pass


def _give_up(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _TooSlow


def attempt(make: Callable[[Html], str], html: Html) -> str:
    """Extract with somebody else's code; a tool that breaks on a page or takes too long has none of it.

    That is how its user would see it. The time is the processor's, so that a busy machine changes no figure. Works in
    the main thread of a process only: it sets an alarm.
    """
    signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        return make(html)
    except Exception:  # noqa: BLE001 - seven tools by other hands fail in as many ways, and a page less is no loss
        return ""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
