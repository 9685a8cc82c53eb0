"""The columns of the four datasets, and how documents, articles and rejects become their rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import astuple, fields
from hashlib import sha256
from typing import Any, Final, Literal

import pyarrow as pa

from cleaners.page import Article, Line, Signals
from flows.counts import RunStamp
from flows.fields import well_formed
from flows.sources import Document, Reject

SCHEMA_VERSION: Final = "1"
Ledger = Literal["removed", "all", "none"]
Row = dict[str, Any]

_TIME: Final = pa.timestamp("us", tz="UTC")
_TEXTS: Final = pa.list_(pa.string())
_SIGNAL_TYPES: Final = {int: pa.int64(), float: pa.float64()}

SIGNALS: Final = tuple(signal.name for signal in fields(Signals))
METADATA_FROM: Final = (
    *("title", "authors", "published_at", "modified_at", "language", "site_name", "section", "description", "tags"),
    *("image_url", "syndicated_from", "reading_minutes", "url"),
)
METADATA_COLUMNS: Final = {"published": "published_at", "modified": "modified_at"}
"""Where a column is not called what the attribute of an Article is called."""


def _schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema(columns, metadata={"copydesk.schema_version": SCHEMA_VERSION})


ARTICLES: Final = _schema(
    ("article_id", pa.string()),
    ("part", pa.int32()),
    ("source_uri", pa.string()),
    ("source_offset", pa.int64()),
    ("source_sha256", pa.string()),
    ("url", pa.string()),
    ("domain", pa.string()),
    ("site_name", pa.string()),
    ("title", pa.string()),
    ("title_raw", pa.string()),
    ("description", pa.string()),
    ("authors", _TEXTS),
    ("published_at", _TIME),
    ("modified_at", _TIME),
    ("language", pa.string()),
    ("section", pa.string()),
    ("tags", _TEXTS),
    ("image_url", pa.string()),
    ("syndicated_from", pa.string()),
    ("reading_minutes", pa.int32()),
    ("body", pa.string()),
    ("word_count", pa.int64()),
    ("paragraph_count", pa.int64()),
    ("kept_chars", pa.int64()),
    ("removed_chars", pa.int64()),
    ("verdict", pa.string()),
    ("verdict_reason", pa.string()),
    ("confidence", pa.float64()),
    ("encoding", pa.string()),
    ("repairs", _TEXTS),
    *((signal.name, _SIGNAL_TYPES[type(signal.default)]) for signal in fields(Signals)),
    ("metadata_from", pa.struct([(name, pa.string()) for name in METADATA_FROM])),
    ("fetched_at", _TIME),
    ("cleaned_at", _TIME),
    ("copydesk_version", pa.string()),
    ("model_version", pa.string()),
    ("run_id", pa.string()),
)
LINES: Final = _schema(
    ("article_id", pa.string()),
    ("source_uri", pa.string()),
    ("line", pa.int64()),
    ("text", pa.string()),
    ("label", pa.string()),
    ("confidence", pa.float64()),
    ("reason", pa.string()),
)
REJECTS: Final = _schema(
    ("source_uri", pa.string()),
    ("source_offset", pa.int64()),
    ("stage", pa.string()),
    ("reason", pa.string()),
    ("message", pa.string()),
    ("bytes", pa.int64()),
    ("source_sha256", pa.string()),
    ("run_id", pa.string()),
)
RUNS: Final = _schema(
    ("run_id", pa.string()),
    ("started_at", _TIME),
    ("finished_at", _TIME),
    ("engine", pa.string()),
    ("exit_status", pa.int32()),
    ("copydesk_version", pa.string()),
    ("model_version", pa.string()),
    ("documents", pa.int64()),
    ("articles", pa.int64()),
    ("rejects", pa.int64()),
    ("bytes", pa.int64()),
    ("chars_in", pa.int64()),
    ("chars_kept", pa.int64()),
    ("seconds", pa.float64()),
    ("unchanged", pa.int64()),
    ("pruned", pa.int64()),
    ("rows_of_older_version", pa.int64()),
    ("rows_of_other_options", pa.int64()),
    # JSON objects: what they hold differs from run to run, and a column type may not.
    ("rejects_by_reason", pa.string()),
    ("verdicts", pa.string()),
    ("chars_removed_by_label", pa.string()),
    ("seconds_by_stage", pa.string()),
    ("passed_over", pa.string()),
    ("options", pa.string()),
)
SCHEMAS: Final[Mapping[str, pa.Schema]] = {"articles": ARTICLES, "lines": LINES, "rejects": REJECTS, "runs": RUNS}

REJECTED_VERDICTS: Final = frozenset({"empty", "not_text", "failed"})
"""Verdicts that are no article once the body is empty, too: such a document is a row of rejects."""


def article_id(uri: str, offset: int, part: int) -> str:
    """Give the identity of an article: the same place gives the same one in each run."""
    return sha256(f"{uri}\n{offset}\n{part}".encode("utf-8", "replace")).hexdigest()


def is_rejected(article: Article) -> bool:
    """Tell whether a cleaned document is no row of articles but one of rejects."""
    return article.verdict in REJECTED_VERDICTS and not article.body.strip() and not article.parts


def article_rows(document: Document, article: Article, run: RunStamp) -> list[Row]:
    """Make the rows of a document: one, with part 0, or one for each part of a digest, counted from 1."""
    numbered = enumerate(article.parts, start=1) if article.parts else [(0, article)]
    return [_article_row(document, part, number, run) for number, part in numbered]


def _article_row(document: Document, article: Article, part: int, run: RunStamp) -> Row:
    page = document.page
    return {
        "article_id": article_id(document.uri, document.offset, part),
        "part": part,
        "source_uri": document.uri,
        "source_offset": document.offset,
        "source_sha256": document.sha256,
        "url": _text(article.url or page.url),
        "domain": _text(article.domain),
        "site_name": _text(article.site_name),
        "title": _text(article.title),
        "title_raw": _text(article.title_raw),
        "description": _text(article.description),
        "authors": _texts(article.authors),
        "published_at": article.published,
        "modified_at": article.modified,
        "language": _text(article.language),
        "section": _text(article.section),
        "tags": _texts(article.tags),
        "image_url": _text(article.image_url),
        "syndicated_from": _text(article.syndicated_from),
        "reading_minutes": article.reading_minutes,
        "body": well_formed(article.body),
        "word_count": article.word_count,
        "paragraph_count": article.paragraph_count,
        "kept_chars": article.kept_chars,
        "removed_chars": article.removed_chars,
        "verdict": article.verdict,
        "verdict_reason": _text(article.verdict_reason),
        "confidence": article.confidence,
        "encoding": article.encoding,
        "repairs": list(article.repairs),
        **dict(zip(SIGNALS, astuple(article.signals), strict=True)),
        "metadata_from": _metadata_from(article.metadata_from),
        "fetched_at": page.fetched_at,
        "cleaned_at": run.cleaned_at,
        "copydesk_version": run.copydesk_version,
        "model_version": run.model_version,
        "run_id": run.run_id,
    }


def _text(text: str | None) -> str | None:
    return None if text is None else well_formed(text)


def _texts(texts: list[str]) -> list[str]:
    return [well_formed(text) for text in texts]


def _metadata_from(origins: Mapping[str, str]) -> dict[str, str | None]:
    named = {METADATA_COLUMNS.get(name, name): origin for name, origin in origins.items()}
    return {name: named.get(name) for name in METADATA_FROM}


def lines_by_part(article: Article) -> Iterator[tuple[int, Line]]:
    """Yield each line of the page with the number of its part; in a digest, lines of no part go with part 1.

    Lines come in the order of their part, and within it in the order of the page.
    """
    if not article.parts:
        yield from ((0, line) for line in article.lines)
        return
    in_parts = Counter((line.number, line.text) for part in article.parts for line in part.lines)
    homeless = []
    for line in article.lines:
        if in_parts[line.number, line.text]:
            in_parts[line.number, line.text] -= 1
        else:
            homeless.append(line)
    for number, part in enumerate(article.parts, start=1):
        own = part.lines if number > 1 else sorted([*part.lines, *homeless], key=lambda line: line.number)
        yield from ((number, line) for line in own)


def line_row(identity: str, uri: str, line: Line) -> Row:
    """Make the row of one line of the ledger, of the article with this identity."""
    return {
        "article_id": identity,
        "source_uri": uri,
        "line": line.number,
        "text": well_formed(line.text),
        "label": line.label.value,
        "confidence": line.confidence,
        "reason": line.reason,
    }


def reject_row(reject: Reject, run: RunStamp) -> Row:
    """Make the row of one reject."""
    return {
        "source_uri": reject.uri,
        "source_offset": reject.offset,
        "stage": reject.stage,
        "reason": reject.reason,
        "message": well_formed(reject.message),
        "bytes": reject.size,
        "source_sha256": reject.sha256,
        "run_id": run.run_id,
    }
