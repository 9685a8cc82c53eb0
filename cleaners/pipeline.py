"""The way of the data: raw pages → lines → labels → articles, a batch at a time.

Parse per page, judge per batch: each page is decoded, repaired and split into lines for itself, so that a bad one harms
nobody; from there on the lines of some hundred pages are one table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from cleaners.compose import Composed, compose
from cleaners.decode import decode
from cleaners.digest import find_parts, introduction, relabelled
from cleaners.head import Head
from cleaners.html import html_lines, looks_like_html
from cleaners.labeller import label_lines
from cleaners.labels import KEPT, Label
from cleaners.lines import DocumentLines, line_table
from cleaners.markdown import looks_like_markdown, markdown_lines
from cleaners.metadata import decide
from cleaners.page import Article, Line, Page
from cleaners.repair import repair, repair_lines
from cleaners.second_opinion import is_doubtful, second_opinion
from cleaners.text import text_lines
from cleaners.verdict import Verdict, judge

_FIELDS_OF_SITE = frozenset({"site_name", "language", "section", "tags"})
LABELS = {label.value: label for label in Label}
BATCH_PAGES = 200
BATCH_CHARS = 4_000_000
"""Pages are judged together until there are so many of them, or of their characters: enough to spread the fixed cost of
the columnar work thin, few enough that the table of the longest pages stays below some hundred MB."""

PIECE_LINES = 20_000
TABLE_LINES = 60_000
"""A document longer than any article is judged in pieces, and no table holds more lines than this: a line costs some
900 bytes while its features are alive."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One page as far as it goes alone: its lines, or the verdict that ended its way. `source` is the text of HTML."""

    page: Page
    lines: DocumentLines | None = None
    source: str | None = None
    encoding: str | None = None
    repairs: tuple[str, ...] = ()
    verdict: Verdict | None = None


def clean_pages(pages: Iterable[Page]) -> Iterator[Article]:
    """Clean pages in batches of bounded size; one Article a page, in order."""
    batch: list[Parsed] = []
    chars = 0
    for page in pages:
        batch.append(parse(page))
        chars += sum(map(len, batch[-1].lines.text)) if batch[-1].lines else 0
        if len(batch) >= BATCH_PAGES or chars >= BATCH_CHARS:
            yield from label(batch)
            batch, chars = [], 0
    yield from label(batch)


def parse(page: Page) -> Parsed:
    """Take one page to its lines: decode, then repair and split; or parse, then repair."""
    decoded = decode(page.raw, charset=page.charset, kind=page.kind)
    if not decoded.is_text:
        return Parsed(page, verdict=Verdict("not_text", "the bytes are no text"))
    lines, repairs = _lines_of(page, decoded.text)
    names = tuple(sorted({*decoded.repairs, *repairs}))
    if not len(lines):
        return Parsed(page, encoding=decoded.encoding, repairs=names, verdict=Verdict("empty", "there is no text"))
    source = decoded.text if lines.is_html and "markdown" not in names else None
    return Parsed(page, lines, source, decoded.encoding, names)


def _lines_of(page: Page, text: str) -> tuple[DocumentLines, tuple[str, ...]]:
    if page.kind == "html" or (page.kind is None and looks_like_html(text)):
        lines = html_lines(text, page.url)
        lines.text, repairs = repair_lines(lines.text, is_html=True)
        return lines.filled(), repairs
    repaired = repair(text, is_html=False)
    if looks_like_markdown(repaired.text):
        return markdown_lines(repaired.text, page.url), (*repaired.repairs, "markdown")
    lines, mended = text_lines(repaired.text)
    return lines, (*repaired.repairs, *mended)


def label(batch: Sequence[Parsed]) -> Iterator[Article]:
    """Label the lines of all pages at once, and make an Article of each page."""
    labelled = iter(_labelled([(parsed.lines, parsed.source) for parsed in batch if parsed.lines]))
    for parsed in batch:
        if parsed.lines:
            yield _article(parsed, parsed.lines, next(labelled))
        elif parsed.verdict:
            yield _without_text(parsed, parsed.verdict)


def _labelled(documents: Sequence[tuple[DocumentLines, str | None]]) -> Iterator[list[Line]]:
    """The labelled lines of each document; on doubtful pages with a second opinion."""
    pieces = [piece for lines, _ in documents for piece in lines.pieces(PIECE_LINES)]
    judged = (found for group in _groups(pieces) for found in _judged(group))
    for document, source in documents:
        found = list(islice(judged, -(-len(document) // PIECE_LINES)))
        lines = [line for piece, _ in found for line in piece]
        yield second_opinion(source, lines) if source and found[0][1] else lines


def _groups(pieces: Sequence[DocumentLines]) -> Iterator[list[DocumentLines]]:
    """The pieces in groups of bounded length, each of which becomes one table."""
    group: list[DocumentLines] = []
    for piece in pieces:
        if group and sum(map(len, group)) + len(piece) > TABLE_LINES:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _judged(group: Sequence[DocumentLines]) -> Iterator[tuple[list[Line], bool]]:
    """The labelled lines of each piece, and whether a second opinion on it is worth its cost."""
    table = label_lines(line_table(group))
    doubts = table.group_by("doc", maintain_order=True).agg(is_doubtful=is_doubtful())["is_doubtful"]
    number, text, names, confidence, reason = (
        table[name].to_list() for name in ("number", "text", "label", "confidence", "reason")
    )
    kept = (name in KEPT for name in names)
    lines = map(Line, number, text, map(LABELS.__getitem__, names), kept, confidence, reason)
    for piece, doubtful in zip(group, doubts, strict=True):
        yield list(islice(lines, len(piece))), doubtful


def _article(parsed: Parsed, source: DocumentLines, lines: list[Line]) -> Article:
    """One page's Article; of a digest with its parts, whose headlines and summaries are labelled anew."""
    spans = find_parts(lines)
    parts: list[Article] = []
    of_part = replace(parsed, source=None, page=replace(parsed.page, fields=_fields_of_part(parsed.page)))
    if spans:
        lines[: spans[0][0]] = introduction(lines[: spans[0][0]])
    for start, end in spans:
        lines[start:end] = relabelled(lines[start:end])
        composed = compose(lines[start:end], source.gap[start:end])
        parts.append(_filled(of_part, None, lines[start:end], composed, parts=0))
    composed = compose(lines, source.gap)
    if parts:
        composed = replace(composed, body="\n\n".join(part.body for part in parts if part.body))
    whole = _filled(parsed, source.head, lines, composed, parts=len(parts))
    return replace(whole, parts=parts)


def _fields_of_part(page: Page) -> dict[str, Any]:
    """What the source says of a page that holds for each article on it: its title and authors are those of one."""
    return {name: value for name, value in (page.fields or {}).items() if name in _FIELDS_OF_SITE}


def _filled(parsed: Parsed, head: Head | None, lines: list[Line], composed: Composed, *, parts: int) -> Article:
    """Put an Article together: body, metadata, verdict and counts."""
    page = parsed.page
    verdict = judge(lines, composed.word_count, parts=parts, head=head if parsed.source else None)
    data = decide(head, lines, url=page.url, fields=page.fields, fetched_at=page.fetched_at, body=composed.body)
    chars = composed.kept_chars + composed.removed_chars
    return Article(
        body=composed.body,
        title=data.title,
        title_raw=data.title_raw,
        authors=data.authors,
        published=data.published,
        modified=data.modified,
        language=data.language,
        url=data.url,
        domain=data.domain,
        site_name=data.site_name,
        section=data.section,
        description=data.description,
        tags=data.tags,
        image_url=data.image_url,
        syndicated_from=data.syndicated_from,
        reading_minutes=data.reading_minutes,
        metadata_from=data.sources,
        verdict=verdict.name,
        verdict_reason=verdict.reason,
        confidence=sum(line.confidence * len(line.text) for line in lines) / max(1, chars),
        encoding=parsed.encoding,
        repairs=list(parsed.repairs),
        word_count=composed.word_count,
        paragraph_count=composed.paragraph_count,
        kept_chars=composed.kept_chars,
        removed_chars=composed.removed_chars,
        signals=composed.signals,
        lines=lines,
    )


def _without_text(parsed: Parsed, verdict: Verdict) -> Article:
    return Article(
        url=parsed.page.url,
        verdict=verdict.name,
        verdict_reason=verdict.reason,
        encoding=parsed.encoding,
        repairs=list(parsed.repairs),
    )
