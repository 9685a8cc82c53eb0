"""Every form, packed in every way: told by its content where that speaks, read in bounded memory, never a crash."""

import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crawl import PACKERS, http, mail, raw_of, read_all, said, warc_record, written, zipped, zstd
from hypothesis import given
from hypothesis import strategies as st

from flows import unpack
from flows.read import Document, Notes
from flows.unpack import codec_of

ROWS = [{"text": "Rain fell.", "title": "Rain"}, {"text": "Snow fell.", "title": "Snow"}]
LINES = "".join(f"{json.dumps(row)}\n" for row in ROWS).encode()
TABLE = pa.Table.from_pylist(ROWS)


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(TABLE, buffer)
    return buffer.getvalue()


def arrow(make: Callable[[io.BytesIO, pa.Schema], pa.ipc.RecordBatchStreamWriter]) -> bytes:
    buffer = io.BytesIO()
    with make(buffer, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return buffer.getvalue()


PAGES = b"".join(warc_record(http(f"<p>{row['text']}</p>".encode())) for row in ROWS)
WET = b"".join(warc_record(row["text"].encode(), kind="conversion", content_type="text/plain") for row in ROWS)
BOTH = [row["text"] for row in ROWS]
HTML = [f"<p>{text}</p>" for text in BOTH]

FORMS: dict[str, tuple[bytes, list[str]]] = {
    "a.txt": (b"Rain fell.", ["Rain fell."]),
    "a.md": (b"# Rain", ["# Rain"]),
    "a.html": (b"<p>Rain", ["<p>Rain"]),
    "a.htm": (b"<p>Rain", ["<p>Rain"]),
    "a.xhtml": (b"<?xml version='1.0'?><html><p>Rain</p></html>", ["<?xml version='1.0'?><html><p>Rain</p></html>"]),
    "a.json": (json.dumps(ROWS).encode(), BOTH),
    "a.jsonl": (LINES, BOTH),
    "a.ndjson": (LINES, BOTH),
    "a.csv": (b"text,title\nRain fell.,Rain\nSnow fell.,Snow\n", BOTH),
    "a.tsv": (b"text\ttitle\nRain fell.\tRain\nSnow fell.\tSnow\n", BOTH),
    "a.parquet": (parquet(), BOTH),
    "a.arrow": (arrow(pa.ipc.new_file), BOTH),
    "a.arrows": (arrow(pa.ipc.new_stream), BOTH),
    "a.feather": (arrow(pa.ipc.new_file), BOTH),
    "a.warc": (PAGES, HTML),
    "a.wet": (WET, BOTH),
    "a.eml": (mail("Rain fell.\n", None, Subject="Rain"), ["Rain fell.\n"]),
    "a.mhtml": (mail(None, "<p>Rain</p>\n", Snapshot_Content_Location="https://harrow.example/"), ["<p>Rain</p>\n"]),
    "a.zip": (zipped({"b.txt": b"Rain fell."}), ["Rain fell."]),
}


HEADS = [
    *(b"", b"PK\x03\x04", b"WARC/1.0\r\n", b"PAR1", b"ARROW1\0\0", b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0"),
    *(b"\x28\xb5\x2f\xfd", b"Subject: x\r\n\r\n", b'text,b\n"'),
]


@pytest.mark.parametrize("packing", ["", *PACKERS])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_gives_its_documents_packed_or_not(tmp_path: Path, name: str, packing: str) -> None:
    content, expected = FORMS[name]
    pack = PACKERS.get(packing, bytes)
    written(tmp_path / f"{name}{packing}", pack(content))
    outcomes = read_all(tmp_path)
    assert said(outcomes) == expected
    assert len({(outcome.uri, outcome.offset) for outcome in outcomes}) == len(expected)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", gzip.compress(b"Rain fell.", mtime=0), ["Rain fell."]),
        ("a.txt.gz", zstd(b"Rain fell."), ["Rain fell."]),
        ("a.html", PAGES, HTML),
        ("a.json", LINES, BOTH),
        ("a.txt", LINES, BOTH),
        ("a.jsonl", json.dumps(ROWS).encode(), BOTH),
        ("a.csv", b"<!DOCTYPE html><p>Not found", ["<!DOCTYPE html><p>Not found"]),
        ("a.csv", LINES, BOTH),
        ("a.eml", b"Rain fell.", ["Rain fell."]),
        ("a.txt", b"{not JSON, but a story}", ["{not JSON, but a story}"]),
        ("a.txt", b'{"price": 3}\n{"price": 4}', ['{"price": 3}\n{"price": 4}']),
        ("a.txt", b"BZh is no packing", ["BZh is no packing"]),
        ("a.jsonl", zipped({"b.txt": b"Rain fell."}), ["Rain fell."]),
        ("a.parquet", b"<html><p>Access denied", ["<html><p>Access denied"]),
    ],
)
def test_the_content_decides_where_it_speaks(tmp_path: Path, name: str, content: bytes, expected: list[str]) -> None:
    assert said(read_all(written(tmp_path / name, content))) == expected


def test_a_broken_line_of_json_lines_harms_no_other_under_any_name(tmp_path: Path) -> None:
    lines = b'{"text": "One."}\n{"text": "Two."}\nbroken\n{"text": "Four."}\n'
    assert said(read_all(written(tmp_path / "a.json", lines))) == ["One.", "Two.", "invalid_json", "Four."]


@pytest.mark.parametrize("packing", PACKERS)
def test_a_packed_file_cut_off_gives_the_records_before_the_cut(tmp_path: Path, packing: str) -> None:
    lines = [json.dumps({"text": f"{number:032x}" + f"{number**7:032x}" * 4}) for number in range(20_000)]
    packed = PACKERS[packing](json.dumps([json.loads(line) for line in lines]).encode())
    *good, bad = read_all(written(tmp_path / f"a.json{packing}", packed[: len(packed) // 2]))
    # bzip2 and xz hold back the block or chunk that is not whole.
    assert (len(good) > 500) or packing in {".bz2", ".xz"}
    assert all(isinstance(outcome, Document) for outcome in good)
    assert said([bad]) == ["truncated"]


@pytest.mark.parametrize("packing", [*PACKERS])
def test_a_bomb_is_a_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str) -> None:
    monkeypatch.setattr(unpack, "BOMB_BYTES", 1_000_000)
    bomb = PACKERS[packing](b'{"text": "Boom."}\n{"text": "' + bytes(8_000_000) + b'"}')
    assert said(read_all(written(tmp_path / f"a.jsonl{packing}", bomb), max_bytes=100_000)) == ["Boom.", "bomb"]


def test_xz_that_asks_for_gigabytes_is_a_reject(tmp_path: Path) -> None:
    packer = lzma.LZMACompressor(filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 4096}])
    packed = bytearray(packer.compress(b"Rain fell.") + packer.flush())
    # The size of the dictionary is one byte of the block's header (36: two gigabytes), which a checksum closes.
    packed[16] = 36
    packed[20:24] = zlib.crc32(packed[12:20]).to_bytes(4, "little")
    assert said(read_all(written(tmp_path / "a.txt.xz", bytes(packed)))) == ["corrupt"]


def test_what_was_taken_is_said_once_a_file(tmp_path: Path) -> None:
    lines = b'{"raw": "Rain fell. Share", "content": "Rain fell."}\n' * 3
    notes = Notes()
    outcomes = read_all(written(tmp_path / "a.jsonl", lines), notes=notes)
    assert said(outcomes) == ["Rain fell."] * 3
    assert notes.choices == {"text from content, not from raw": 1}


@given(
    content=st.binary(max_size=300), head=st.sampled_from(HEADS), name=st.sampled_from([*FORMS, "a.tar", "a.tar.zst"])
)
def test_any_bytes_give_documents_or_rejects(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes, name: str
) -> None:
    outcomes = read_all(written(tmp_path_factory.mktemp("any") / name, head + content))
    for outcome in outcomes:
        if isinstance(outcome, Document):
            assert raw_of(outcome).strip()


def test_packings_are_told_by_more_than_three_letters() -> None:
    assert codec_of(b"BZh91AY&SY") == "bzip2"
    assert codec_of(b"BZh91 is a name") is None
