"""WARC and WET: what a crawler was answered, with its charset and date; damage is a reject at its offset, no end."""

import gzip
import io
import random
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import pytest
from crawl import http, raw_of, read_all, said, warc_record, written
from fastwarc.stream_io import BrotliWriter
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import sources
from flows.bodies import unchunked
from flows.options import CleanOptions
from flows.read import Document, Notes, Reject, discover, key_of, open_documents

INFO = warc_record(b"software: crawler\r\n", kind="warcinfo", content_type="application/warc-fields")


def page(number: int, size: int = 1) -> bytes:
    return warc_record(http(f"<p>Story {number}</p>".encode() * size), url=f"https://harrow.example/{number}")


def story(number: int, size: int = 1) -> str:
    return f"<p>Story {number}</p>" * size


def offsets(records: list[bytes]) -> list[int]:
    return [0, *accumulate(len(record) for record in records)][:-1]


@pytest.mark.parametrize("is_packed", [False, True])
def test_each_answer_is_a_document_at_the_offset_of_its_record(tmp_path: Path, *, is_packed: bool) -> None:
    records = [gzip.compress(record, mtime=0) if is_packed else record for record in (INFO, page(1), page(2), page(3))]
    outcomes = read_all(written(tmp_path / "a.warc", b"".join(records)))
    assert said(outcomes) == [story(1), story(2), story(3)]
    assert [outcome.offset for outcome in outcomes] == offsets(records)[1:]
    (first, *_) = outcomes
    assert isinstance(first, Document)
    assert (first.page.url, first.page.kind, first.page.charset) == ("https://harrow.example/1", "html", "iso-8859-1")
    assert first.page.fetched_at == datetime(2031, 5, 3, 10, tzinfo=UTC)


def test_records_packed_together_have_offsets_of_their_own(tmp_path: Path) -> None:
    records = [INFO, page(1), page(2), page(3)]
    packed = gzip.compress(INFO, mtime=0) + gzip.compress(page(1) + page(2), mtime=0) + gzip.compress(page(3), mtime=0)
    for content in (packed, gzip.compress(b"".join(records), mtime=0)):
        outcomes = read_all(written(tmp_path / "a.warc.gz", content))
        assert said(outcomes) == [story(1), story(2), story(3)]
        places = [outcome.offset for outcome in outcomes]
        assert places == sorted(set(places))


def test_only_pages_are_read_and_the_other_answers_counted(tmp_path: Path) -> None:
    records = [
        *(INFO, page(1)),
        warc_record(http(b"GET / HTTP/1.1"), kind="request", content_type="application/http; msgtype=request"),
        warc_record(http(b""), kind="revisit"),
        warc_record(b"fetchTimeMs: 3\r\n", kind="metadata", content_type="application/warc-fields"),
        warc_record(http(b"\x89PNG", "image/png")),
        warc_record(http(b"<p>Gone", status=404)),
        warc_record(b"192.0.2.1", "dns:harrow.example", content_type="text/dns"),
        warc_record(http(b"Plain rain.", "text/plain; charset=utf-8")),
        warc_record(b"<p>Kept by hand", kind="resource", content_type="text/html"),
        warc_record("Schöner Regen".encode(), kind="conversion", content_type="text/plain"),
    ]
    notes = Notes()
    outcomes = read_all(written(tmp_path / "a.warc", b"".join(records)), notes=notes)
    assert said(outcomes) == [story(1), "Plain rain.", "<p>Kept by hand", "Schöner Regen".encode().decode("latin-1")]
    assert [o.page.kind for o in outcomes if isinstance(o, Document)] == ["html", "text", "html", "text"]
    assert notes.passed_over == {"image/png in WARC": 1, "HTTP 404 in WARC": 1, "dns in WARC": 1}


def brotli(body: bytes) -> bytes:
    buffer = io.BytesIO()
    writer = BrotliWriter(buffer)
    writer.write(body)
    writer.close()
    return buffer.getvalue()


def chunked(body: bytes) -> bytes:
    pieces = [body[place : place + 7] for place in range(0, len(body), 7)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


BODY = b"<p>Rain fell on the pier all day long, and on the boats.</p>"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (chunked(BODY), "Transfer-Encoding: chunked\r\n"),
        (gzip.compress(BODY, mtime=0), "Content-Encoding: gzip\r\n"),
        (zlib.compress(BODY), "Content-Encoding: deflate\r\n"),
        (zlib.compress(BODY)[2:-4], "Content-Encoding: deflate\r\n"),
        (brotli(BODY), "Content-Encoding: br\r\n"),
        (chunked(gzip.compress(BODY, mtime=0)), "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
        (BODY, "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
        (BODY, "Content-Encoding: br\r\n"),
    ],
)
def test_what_http_did_to_a_body_is_undone_where_it_was_done(tmp_path: Path, body: bytes, headers: str) -> None:
    record = warc_record(http(body, more=headers))
    assert said(read_all(written(tmp_path / "a.warc", record))) == [BODY.decode()]


@given(st.binary(max_size=60))
def test_unchunking_takes_any_bytes_and_puts_back_what_was_chunked(body: bytes) -> None:
    assert unchunked(chunked(body)) == body
    unchunked(body)


def test_a_body_that_unpacks_beyond_the_limit_is_too_large(tmp_path: Path) -> None:
    bomb = warc_record(http(gzip.compress(bytes(5_000_000), mtime=0), more="Content-Encoding: gzip\r\n"))
    large = warc_record(http(b"x" * 200_000))
    path = written(tmp_path / "a.warc", bomb + page(1) + large + page(2))
    assert said(read_all(path, max_bytes=100_000)) == ["too_large", story(1), "too_large", story(2)]


def broken_header(record: bytes) -> bytes:
    return b"XXXX" + record[4:]


def too_long(record: bytes) -> bytes:
    return record.replace(b"Content-Length: ", b"Content-Length: 99999", 1)


@pytest.mark.parametrize("damage", [broken_header, too_long])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_damaged_record_is_a_reject_at_its_offset_and_reading_goes_on(
    tmp_path: Path, place: int, damage: object
) -> None:
    assert callable(damage)
    records = [page(number, 20) for number in range(5)]
    records[place] = damage(records[place])
    outcomes = read_all(written(tmp_path / "a.warc", b"".join(records)))
    expected = [story(number, 20) for number in range(5)]
    expected[place] = "corrupt" if place < 4 else "truncated"
    assert said(outcomes) == expected
    assert outcomes[place].offset == offsets(records)[place]


@pytest.mark.parametrize("at", [0, 10, 60])
def test_a_damaged_member_of_a_packed_file_is_a_reject_and_reading_goes_on(tmp_path: Path, at: int) -> None:
    records = [bytearray(gzip.compress(page(number, 20), mtime=0)) for number in range(5)]
    records[2][at : at + 3] = bytes(byte ^ 0xFF for byte in records[2][at : at + 3])
    content = [bytes(record) for record in records]
    outcomes = read_all(written(tmp_path / "a.warc.gz", b"".join(content)))
    assert said(outcomes) == [story(0, 20), story(1, 20), "corrupt", story(3, 20), story(4, 20)]
    assert outcomes[2].offset == offsets(content)[2]


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("left", [30, 120, 300])
def test_a_record_cut_off_is_the_last_reject(tmp_path: Path, left: int, *, is_packed: bool) -> None:
    noise = random.Random(1).randbytes(2000).hex()  # noqa: S311  any letters that do not shrink
    last = warc_record(http(noise.encode()))
    records = [gzip.compress(record, mtime=0) if is_packed else record for record in (page(1), page(2), last)]
    content = b"".join(records)[: offsets(records)[2] + left]
    outcomes = read_all(written(tmp_path / "a.warc", content))
    assert said(outcomes) == [story(1), story(2), "truncated"]
    assert outcomes[2].offset == offsets(records)[2]


def torn(record: bytes) -> bytes:
    """Spoil the middle of a record, packed or not."""
    place = len(record) // 2
    return record[:place] + bytes(byte ^ 0xFF for byte in record[place : place + 4]) + record[place + 4 :]


def short(record: bytes) -> bytes:
    return record[: len(record) // 2]


SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=8)


@settings(max_examples=200)
@given(
    sizes=SIZES,
    chunk=st.integers(50, 900),
    is_packed=st.booleans(),
    broken=st.integers(0, 12),
    damage=st.sampled_from([broken_header, too_long, torn, short]),
)
def test_spans_give_each_record_once_wherever_they_are_cut(
    tmp_path_factory: pytest.TempPathFactory,
    sizes: list[int],
    chunk: int,
    broken: int,
    *,
    damage: Callable[[bytes], bytes],
    is_packed: bool,
) -> None:
    records = [INFO, *(page(number, size) for number, size in enumerate(sizes))]
    is_damaged = 0 < broken < len(records)
    if is_damaged and damage in {broken_header, too_long}:
        records[broken] = damage(records[broken])
    if is_packed:
        records = [gzip.compress(record, mtime=0) for record in records]
    if is_damaged and damage in {torn, short}:
        records[broken] = damage(records[broken])
    content = b"".join(records)
    path = written(tmp_path_factory.mktemp("spans") / "a.warc", content)
    whole = read_all(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "CHUNK_BYTES", chunk)
        spans = {reference.key: list(open_documents(reference, CleanOptions())) for reference in sources_of(path)}
        strays = [o for key, span in spans.items() for o in span if key_of(o.uri, o.offset) != key]
    parts = [outcome for span in spans.values() for outcome in span]
    assert not strays, "each row belongs to the span that gives it"
    bad = [o.reason for o in whole if isinstance(o, Reject)]
    assert [o.reason for o in parts if isinstance(o, Reject)] == bad
    good = [(o.offset, raw_of(o)) for o in whole if isinstance(o, Document)]
    assert [(o.offset, raw_of(o)) for o in parts if isinstance(o, Document)] == good
    assert len(good) == len(sizes) - is_damaged or damage is not broken_header
    assert len(bad) <= is_damaged


def test_a_big_file_is_cut_into_spans_and_one_packed_as_a_whole_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "CHUNK_BYTES", 300)
    records = [page(number, 20) for number in range(5)]
    plain = written(tmp_path / "a.warc", b"".join(records))
    by_record = written(tmp_path / "b.warc.gz", b"".join(gzip.compress(record, mtime=0) for record in records))
    as_whole = written(tmp_path / "c.warc.gz", gzip.compress(b"".join(random.Random(1).sample(records, 5)), mtime=0))  # noqa: S311
    found = {path: len(list(sources_of(path))) for path in (plain, by_record, as_whole)}
    assert found[plain] == -(-plain.stat().st_size // 300) > 1
    assert found[by_record] == -(-by_record.stat().st_size // 300) > 1
    assert found[as_whole] == 1


def sources_of(path: Path) -> list[sources.Reference]:
    return list(discover([str(path)]))
