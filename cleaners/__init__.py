r"""Copydesk: raw scraped articles in, clean text that people can trust out.

>>> article = clean("Log in\n\nThe river rose by two metres in the night, the mayor of Harrow said on Monday.")
>>> article.body
'The river rose by two metres in the night, the mayor of Harrow said on Monday.'
"""

from collections.abc import Iterable, Iterator

from cleaners.labels import Label
from cleaners.page import Article, Kind, Line, Page
from cleaners.pipeline import clean_pages

__all__ = ["Article", "Label", "Line", "Page", "clean", "clean_many"]

__version__ = "0.1.0"


def clean(raw: bytes | str, url: str | None = None, kind: Kind | None = None) -> Article:
    """Clean one raw page. `kind` None lets the content decide.

    Never raises on content: what cannot be cleaned comes back with an empty body and a verdict that says so.
    Raises TypeError where `raw` is neither bytes nor str, ValueError where `kind` is none of "html", "text" and None.
    """
    return next(clean_many([Page(raw, url, kind)]))


def clean_many(pages: Iterable[Page]) -> Iterator[Article]:
    """Clean pages: one Article a page, in order, batched, in bounded memory.

    Raises TypeError on a wrong type and ValueError on a wrong kind of a page, never on content.
    """
    return clean_pages(_checked(pages))


def _checked(pages: Iterable[Page]) -> Iterator[Page]:
    for page in pages:
        if not isinstance(page, Page):
            raise TypeError(f"clean_many takes pages, not {type(page).__name__}: wrap the text in Page(...)")
        if not isinstance(page.raw, bytes | str):
            raise TypeError(f"a page's text is bytes or str, not {type(page.raw).__name__}")
        if page.kind not in {None, "html", "text"}:
            raise ValueError(f"a page's kind is 'html', 'text' or None, not {page.kind!r}")
        yield page
