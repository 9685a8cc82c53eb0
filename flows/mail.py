"""Mail and saved pages (MHTML) to documents: the best body part, and what the headers say about it."""

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from cleaners.page import Page
from flows.fields import moment_of, well_formed
from flows.intake import Intake
from flows.sources import Document, Reject
from flows.unpack import Stream

STUB_SHARE: Final = 0.5
"""HTML with less than this share of the plain text's letters is a stub: "your program cannot show this letter"."""
MOST_PARTS: Final = 10_000
"""Beyond so many parts the rest of a mail is not looked at; a digest of a mailing list has some hundred."""
SAVED_SUFFIXES: Final = frozenset({".mhtml", ".mht"})


def mail(intake: Intake, stream: Stream) -> Iterator[Document | Reject]:
    """Yield the document of a mail, or of a page that a browser saved; attachments are passed over."""
    raw = stream.read(intake.options.max_bytes + 1)
    if len(raw) > intake.options.max_bytes:
        yield intake.too_large(size=intake.size)
        return
    try:
        page = _page(intake, message_from_bytes(raw.lstrip(), policy=policy.compat32))
    except (MessageError, RecursionError, ValueError, LookupError, TypeError) as error:
        yield intake.reject("invalid_mail", f"the mail cannot be read: {type(error).__name__}", size=len(raw))
        return
    document = intake.document(page or Page(b""), raw)
    if page is None or not page.raw.strip():
        message = "the mail has no part that is text or HTML"
        yield intake.reject("empty", message, size=len(raw), digest=document.sha256)
    else:
        yield document


def _page(intake: Intake, message: "Message[str, str]") -> Page | None:
    """Make the page of a message; None where it has no text."""
    is_saved = intake.suffix in SAVED_SUFFIXES or message.get_content_type() == "multipart/related"
    parts = _text_parts(message, intake)
    html, text = (_first(parts, kind) for kind in ("text/html", "text/plain"))
    best = (html or text) if is_saved else _better(html, text)
    content = best.get_payload(decode=True) if best else None
    if best is None or not isinstance(content, bytes) or not content.strip():
        # What has no text of its own may forward a mail: that is the article then, with its own headers.
        inner = _forwarded(message)
        return _page(intake, inner) if inner else None
    location = best.get("Content-Location") or message.get("Snapshot-Content-Location")
    is_page = is_saved and location is not None
    return Page(
        raw=content,
        url=_header(location) if is_page else None,
        kind=intake.kind("html" if best is html else "text"),
        charset=best.get_content_charset(),
        fetched_at=_date(message) if is_page else None,
        # A saved page has its own headline and date: the headers only say when it was saved.
        fields=None if is_page else _fields(message) or None,
    )


def _text_parts(message: "Message[str, str]", intake: Intake) -> "list[Message[str, str]]":
    """Find the parts that can be a body: not attached, not in a mail that is attached, the root of a page first."""
    parts: list[Message[str, str]] = []
    waiting = [message]
    for _ in range(MOST_PARTS):
        if not waiting:
            break
        part = waiting.pop()
        if part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            waiting.extend(reversed(_rooted(part, [child for child in inner if isinstance(child, Message)])))
        elif part.get_content_disposition() == "attachment":
            intake.notes.passed_over[f"{part.get_content_type()} in mail"] += 1
        elif part.get_content_maintype() == "text":
            parts.append(part)
    return parts


def _forwarded(message: "Message[str, str]") -> "Message[str, str] | None":
    """Find the first mail in a mail; the part that holds it has it as its only payload."""
    for part in islice(message.walk(), MOST_PARTS):
        inner = part.get_payload() if part.get_content_type() == "message/rfc822" else None
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            return inner[0]
    return None


def _rooted(part: "Message[str, str]", children: "list[Message[str, str]]") -> "list[Message[str, str]]":
    """Put the root of a related multipart, which a parameter may name, before its pictures and frames."""
    start = part.get_param("start")
    return sorted(children, key=lambda child: child.get("Content-ID", "").strip() != start) if start else children


def _first(parts: "list[Message[str, str]]", kind: str) -> "Message[str, str] | None":
    return next((part for part in parts if part.get_content_type() == kind), None)


def _better(html: "Message[str, str] | None", text: "Message[str, str] | None") -> "Message[str, str] | None":
    """Take the HTML, which has headings and links, unless it is a stub beside the text."""
    if html is None or text is None:
        return html or text
    return html if _letters(html) >= STUB_SHARE * _letters(text) else text


def _letters(part: "Message[str, str]") -> int:
    """Count what a reader sees; in which charset does not matter for comparing."""
    payload = part.get_payload(decode=True)
    content = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    if part.get_content_type() == "text/html":
        tree = LexborHTMLParser(content)
        tree.strip_tags(["style", "script", "head"])
        content = tree.root.text() if tree.root else ""
    return len("".join(content.split()))


def _fields(message: "Message[str, str]") -> dict[str, str | list[str]]:
    name, address = parseaddr(_header(message.get("From")) or "")
    moment = _date(message)
    found: dict[str, str | list[str] | None] = {
        "title": _header(message.get("Subject")),
        "authors": [author] if (author := name.strip() or address.strip()) else None,
        "published": moment.isoformat() if moment else None,
    }
    return {name: value for name, value in found.items() if value}


def _date(message: "Message[str, str]") -> datetime | None:
    return moment_of(_header(message.get("Date")))


def _header(value: object) -> str | None:
    """Decode a header; one that claims a charset nobody knows stays as it is."""
    if value is None:
        return None
    try:
        text = str(make_header(decode_header(str(value))))
    except (MessageError, ValueError, LookupError):
        text = str(value)
    return " ".join(well_formed(text).split()) or None
