"""Mail and saved pages: the best body part, and what the headers say; what is no mail never raises."""

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from crawl import mail, raw_of, read_all, said, written
from hypothesis import given
from hypothesis import strategies as st

from flows.read import Document, Notes

TEXT = "The ferry to Harrow runs every hour from Monday.\n"
HTML = f"<html><head><style>p {{ color: red }}</style></head><body><p>{TEXT}</p></body></html>\n"
HEADERS = {
    "From": "Ada Brück <ada@harrow.example>",
    "Subject": "Fähre fährt",
    "Date": "Sat, 03 May 2031 12:00:00 +0200",
}


def only(path: Path) -> Document:
    (outcome,) = read_all(path)
    assert isinstance(outcome, Document), outcome
    return outcome


def test_headers_are_metadata_and_html_is_the_better_body(tmp_path: Path) -> None:
    page = only(written(tmp_path / "a.eml", mail(TEXT, HTML, **HEADERS))).page
    assert (page.kind, page.charset, page.raw) == ("html", "utf-8", HTML.encode())
    assert page.fields == {
        "title": "Fähre fährt",
        "authors": ["Ada Brück"],
        "published": "2031-05-03T10:00:00+00:00",
    }
    assert (page.url, page.fetched_at) == (None, None)


@pytest.mark.parametrize(
    ("text", "html", "kind"),
    [
        (TEXT, None, "text"),
        (None, HTML, "html"),
        (TEXT, HTML, "html"),
        (
            TEXT,
            "<style>p { margin: 0; padding: 0; color: red; font-size: 12pt }</style><p>Use another program.</p>",
            "text",
        ),
    ],
)
def test_html_that_is_a_stub_gives_way_to_the_text(tmp_path: Path, text: str, html: str, kind: str) -> None:
    assert only(written(tmp_path / "a.eml", mail(text, html, **HEADERS))).page.kind == kind


def test_attachments_and_mails_inside_are_passed_over(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Rain"
    message.set_content(TEXT)
    message.add_attachment("<p>An old page of some length, longer than the text of the mail itself.", subtype="html")
    message.add_attachment(b"\x89PNG", "image", "png")
    inner = EmailMessage()
    inner.set_content("The mail that was answered.")
    message.add_attachment(inner)
    notes = Notes()
    assert said(read_all(written(tmp_path / "a.eml", message.as_bytes()), notes=notes)) == [TEXT]
    assert notes.passed_over["image/png in mail"] == 1


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_mail_that_only_forwards_another_is_that_one(tmp_path: Path, *, is_alone: bool) -> None:
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "The ferry", "Ada Brook <ada@harrow.example>"
    inner.set_content(TEXT)
    outer = EmailMessage()
    outer["Subject"] = "Fwd: The ferry"
    if is_alone:
        outer.set_content(inner)
    else:
        outer.set_content("\n")
        outer.add_attachment(inner)
    page = only(written(tmp_path / "a.eml", outer.as_bytes())).page
    assert page.raw == TEXT.encode()
    assert page.fields == {"title": "The ferry", "authors": ["Ada Brook"]}


def test_a_saved_page_is_its_html_with_its_charset_and_address(tmp_path: Path) -> None:
    content = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://harrow.example/ferry\r\nSubject: Saved\r\n"
        b"Date: Sat, 03 May 2031 12:00:00 +0200\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; start="<root>"; boundary="B"\r\n\r\n'
        b"--B\r\nContent-Type: text/html\r\nContent-ID: <frame>\r\n\r\n<p>An advertisement in a frame</p>\r\n"
        b"--B\r\nContent-Type: text/html; charset=windows-1251\r\nContent-ID: <root>\r\n"
        b"Content-Location: https://harrow.example/ferry\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"<p>=CF=E0=F0=EE=EC</p>\r\n--B\r\nContent-Type: image/png\r\n\r\nx\r\n--B--\r\n"
    )
    page = only(written(tmp_path / "a.mhtml", content)).page
    assert page.raw == "<p>Паром</p>".encode("cp1251")
    assert (page.kind, page.charset, page.url) == ("html", "windows-1251", "https://harrow.example/ferry")
    assert (page.fetched_at, page.fields) == (datetime(2031, 5, 3, 10, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\nx", "empty"),
        (b"From: a\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n" + b"--B\r\n" * 50_000, "empty"),
        (b"From: a\r\nSubject: =?nonsense?q?x?=\r\nDate: never\r\n\r\nRain fell.", "Rain fell."),
        (b"From: a\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nRain fell.", "Rain fell."),
        (b"Story: one\r\n\r\nThis is no mail.", "Story: one\r\n\r\nThis is no mail."),
    ],
)
def test_odd_mail(tmp_path: Path, content: bytes, expected: str) -> None:
    assert said(read_all(written(tmp_path / "a.eml", content))) == [expected]


def test_parts_nested_without_end_are_one_outcome(tmp_path: Path) -> None:
    nested = b"From: a\r\n" + b"".join(
        f'Content-Type: multipart/mixed; boundary="B{depth}"\r\n\r\n--B{depth}\r\n'.encode() for depth in range(3000)
    )
    (outcome,) = read_all(written(tmp_path / "a.eml", nested + b"\r\nRain fell."))
    assert isinstance(outcome, Document) or outcome.reason in {"invalid_mail", "empty"}


@given(st.binary(max_size=300))
def test_any_mail_gives_one_outcome(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("mail") / "a.eml"
    outcomes = read_all(written(path, b"MIME-Version: 1.0\r\nSubject: " + content))
    assert len(outcomes) == 1
    if isinstance(outcomes[0], Document):
        raw_of(outcomes[0])
        json.dumps(outcomes[0].page.fields).encode("utf-8")
