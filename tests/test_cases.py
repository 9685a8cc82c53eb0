"""Golden cases: the sample in raw/ against bodies and metadata that a person wrote, and pages with their losses marked.

`cases/<sample>.body.txt` holds the body of a sample (`<sample>.<n>.body.txt` that of its n-th record or part), and
`cases/<sample>.meta.toml` what is certain about it. Bodies are compared by their non-empty lines; a line that begins
with `? ` may stand or not. An empty string in the metadata means: not known, and not to be made up.

`cases/lines/*.case` holds pages: `label | text` is a line to be taken away, two spaces come before one that stays.
`a/b | text` takes either label. What is known to fail is named in `cases/known_failures.txt`; a mend moves it out.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from difflib import unified_diff
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cleaners import Article, clean, clean_many
from flows.options import CleanOptions
from flows.read import Document, Reference, open_documents, uri_of

CASES = Path(__file__).parent / "cases"
RAW = Path(__file__).resolve().parent.parent / "raw"

KNOWN_FAILURES = frozenset(
    line
    for line in (CASES / "known_failures.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)

GLUED = frozenset({"one_line"})
"""Samples whose paragraphs are not set apart: their bodies are compared as one running text."""

_LOSS = re.compile(r"(?P<labels>[a-z_]+(?:/[a-z_]+)*) \| (?P<text>.*)")
_HEAD = re.compile(r"# (?P<name>.+) \| (?P<language>[a-z]{2})")
_LIST_MARK = re.compile(r"^[-*•·–>]\s+")
_CELL_GAP = re.compile(r"\s*[|\t]\s*")


def params(identities: Iterable[str]) -> list[Any]:
    """Make parameters that carry their id, those of known failures as strict xfails."""
    return [
        pytest.param(
            identity,
            id=identity,
            marks=[pytest.mark.xfail(strict=True, reason="known failure")] if identity in KNOWN_FAILURES else [],
        )
        for identity in identities
    ]


def diff(expected: list[str], found: list[str]) -> str:
    """Give the difference for a person to read: `-` was expected, `+` was found."""
    return "\n".join(["", *unified_diff(expected, found, "expected", "found", lineterm="", n=1)])


# --- the sample


@cache
def articles_of(sample: str) -> list[Article]:
    """Clean a sample as a run would, through the reader of the flow: one article a record."""
    path = next(path for path in RAW.iterdir() if path.name.split(".")[0] == sample)
    documents = list(open_documents(Reference(uri_of(path)), CleanOptions(inputs=(str(path),))))
    assert all(isinstance(document, Document) for document in documents), documents
    return list(clean_many(document.page for document in documents if isinstance(document, Document)))


def article_at(identity: str) -> Article | None:
    """Find the article of a sample, of its n-th record, or of the n-th part of a digest."""
    sample, _, number = identity.partition(".")
    articles = articles_of(sample)
    if not number:
        return articles[0]
    among = articles if len(articles) > 1 else articles[0].parts
    return among[int(number) - 1] if int(number) <= len(among) else None


def body_lines(body: str) -> list[str]:
    """Fold the lines of a body to what is compared: spaces, list marks and gaps between cells are matters of taste."""
    folded = (_CELL_GAP.sub(" ", _LIST_MARK.sub("", " ".join(line.split()))) for line in body.splitlines())
    return [line for line in folded if line]


def without_optional(expected: list[str], found: list[str]) -> tuple[list[str], list[str]]:
    """Leave out the lines that may stand or not, on both sides."""
    optional = {line.removeprefix("? ") for line in expected if line.startswith("? ")}
    return [line for line in expected if not line.startswith("? ")], [line for line in found if line not in optional]


BODIES = sorted(path.name.removesuffix(".body.txt") for path in CASES.glob("*.body.txt"))
METADATA = {
    path.name.removesuffix(".meta.toml"): tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(CASES.glob("*.meta.toml"))
}


def test_every_sample_has_an_expected_body() -> None:
    assert {path.name.split(".")[0] for path in RAW.iterdir()} == {name.split(".")[0] for name in BODIES}


@pytest.mark.parametrize("identity", params(f"{name}.body" for name in BODIES))
def test_body(identity: str) -> None:
    name = identity.removesuffix(".body")
    article = article_at(name)
    assert article is not None, "there is no such record or part"
    written = body_lines((CASES / f"{name}.body.txt").read_text(encoding="utf-8"))
    expected, found = without_optional(written, body_lines(article.body))
    if name in GLUED:
        expected, found = [" ".join(expected)], [" ".join(found)]
    assert found == expected, diff(expected, found)


@pytest.mark.parametrize(
    "identity", params(f"{name}.{field}" for name, fields in METADATA.items() for field in sorted(fields))
)
def test_metadata(identity: str) -> None:
    name, _, field = identity.rpartition(".")
    article = article_at(name)
    assert article is not None, "there is no such record or part"
    assert _comparable(article, field, METADATA[name][field]) == (METADATA[name][field] or None)


def _comparable(article: Article, field: str, expected: object) -> object:
    """Give a field in the shape of what is expected: parts as their number, a moment as a day where a day is given."""
    if field == "parts":
        return len(article.parts) or None
    found = getattr(article, field)
    if isinstance(found, datetime) and isinstance(expected, date) and not isinstance(expected, datetime):
        return found.date()
    return found or None


@pytest.mark.parametrize("identity", params(["digest.joined"]))
def test_body_of_a_digest_is_that_of_its_parts(identity: str) -> None:
    digest = article_at(identity.removesuffix(".joined"))
    assert digest is not None
    assert body_lines(digest.body) == [line for part in digest.parts for line in body_lines(part.body)]


# --- pages with their losses marked


@dataclass(frozen=True, slots=True)
class Case:
    """A page: its lines, and for each the labels it may be taken away with; none where it stays."""

    language: str
    texts: list[str]
    losses: list[frozenset[str]]


def read_cases(path: Path) -> Iterator[tuple[str, Case]]:
    """Read the cases of one file, each with its id (file/name)."""
    case: Case | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if head := _HEAD.fullmatch(line):
            case = Case(head["language"], [], [])
            yield f"{path.stem}/{head['name']}", case
            continue
        loss = _LOSS.fullmatch(line)
        if case is None or (line and not loss and not line.startswith("  ")):
            raise ValueError(f"{path.name}, line {number}: neither a head, nor `label | text`, nor a kept line")
        case.texts.append(loss["text"] if loss else line[2:])
        case.losses.append(frozenset(loss["labels"].split("/")) if loss else frozenset())


PAGES = {identity: case for path in sorted((CASES / "lines").glob("*.case")) for identity, case in read_cases(path)}


@cache
def fates_of(identity: str) -> list[tuple[bool | None, frozenset[str]]]:
    """Say for each line of a page whether it was kept (None: a piece of it) and the labels its pieces got.

    A line that was joined to the one before shares its fate.
    """
    article = clean("\n".join(PAGES[identity].texts) + "\n")
    fates: list[tuple[bool | None, frozenset[str]]] = []
    for number, text in enumerate(PAGES[identity].texts, 1):
        pieces = [line for line in article.lines if line.number == number and line.text.strip()]
        if pieces:
            kept = {piece.kept for piece in pieces}
            fates.append((kept.pop() if len(kept) == 1 else None, frozenset(piece.label.value for piece in pieces)))
        else:
            fates.append(fates[-1] if fates and text else (None, frozenset()))
    return fates


def marked(text: str, *, kept: bool | None) -> str:
    """Write a line with its mark: kept, taken away, or cut."""
    return f"{'cut ' if kept is None else 'keep' if kept else 'lose'} | {text}"


@pytest.mark.parametrize("identity", params(PAGES))
def test_kept_lines_of_page(identity: str) -> None:
    case = PAGES[identity]
    rows = [row for row in zip(case.texts, case.losses, fates_of(identity), strict=True) if row[0]]
    expected = [marked(text, kept=not losses) for text, losses, _ in rows]
    found = [marked(text, kept=kept) for text, _, (kept, _) in rows]
    assert found == expected, diff(expected, found)


@pytest.mark.parametrize("identity", params(f"{identity}#labels" for identity in PAGES))
def test_labels_of_lost_lines(identity: str) -> None:
    name = identity.removesuffix("#labels")
    case = PAGES[name]
    rows = list(zip(case.texts, case.losses, fates_of(name), strict=True))
    lost = [(text, losses, labels) for text, losses, (kept, labels) in rows if losses and kept is False]
    expected = [f"{'/'.join(sorted(losses))} | {text}" for text, losses, _ in lost]
    found = [f"{'/'.join(sorted(labels - losses or losses))} | {text}" for text, losses, labels in lost]
    assert found == expected, diff(expected, found)


def test_pages_hold_at_least_as_many_kept_lines_as_losses() -> None:
    losses = sum(bool(labels) for case in PAGES.values() for labels in case.losses)
    lines = sum(bool(text) for case in PAGES.values() for text in case.texts)
    assert lines - losses >= losses


def test_known_failures_name_existing_cases() -> None:
    identities = (
        {"digest.joined"}
        | {f"{name}.body" for name in BODIES}
        | {f"{name}.{key}" for name, keys in METADATA.items() for key in keys}
    )
    assert not KNOWN_FAILURES - identities - set(PAGES) - {f"{name}#labels" for name in PAGES}
