"""Tables: CSV as programs of all lands write it, Parquet and Arrow; each row a record, each bad row a reject."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crawl import PACKERS, raw_of, read_all, said, written, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import sources, tables
from flows.csvrows import dialect_of
from flows.read import Document, Notes, Reject, discover, key_of

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).map(
    lambda text: f"x{text}"
)


def documents(outcomes: list[Document | Reject]) -> list[Document]:
    assert all(isinstance(outcome, Document) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Document)]


def csv_of(rows: list[list[str]], **dialect: Any) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, **dialect).writerows(rows)
    return buffer.getvalue()


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=3, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_program_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    *,
    delimiter: str,
    encoding: str,
    quoting: int,
) -> None:
    content = csv_of([["title", "text", "url"], *map(list, rows)], delimiter=delimiter, quoting=quoting)
    path = written(tmp_path_factory.mktemp("csv") / "a.csv", content.encode(encoding))
    found = documents(read_all(path))
    assert [raw_of(document) for document in found] == [text for _, text, _ in rows]
    assert [document.offset for document in found] == list(range(len(rows)))


def test_bad_rows_are_rejects_and_harm_no_other(tmp_path: Path) -> None:
    content = b'text,title\nOne.,1\nTwo.\nThree.,3,4\n"Four\nlines",4\n\n"half" quoted,5\nSix.,6\n"open,7\nSeven.,8\n'
    outcomes = read_all(written(tmp_path / "a.csv", content))
    expected = ["One.", "ragged_row", "ragged_row", "Four\nlines", "invalid_row", "Six.", "invalid_row", "Seven."]
    assert said(outcomes) == expected
    assert [outcome.offset for outcome in outcomes] == list(range(8))
    rejects = [outcome.message for outcome in outcomes if isinstance(outcome, Reject)]
    assert rejects[0] == "row 2, line 3: 1 fields where the header has 2"
    assert rejects[-1] == "row 7, line 10: the quotes of a field do not close"
    assert not any("open" in outcome.message for outcome in outcomes if isinstance(outcome, Reject))


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=3, max_size=8),
    place=st.integers(0, 7),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_quote_that_does_not_close_costs_its_row_alone(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], place: int, quoting: int
) -> None:
    """The other rows may hold quotes and commas, too, but each is one line: of more lines the shape cannot tell."""
    whole = [["".join(cell.split()) or "x" for cell in row] for row in rows]
    lines = csv_of([["title", "text", "url"], *whole], quoting=quoting).splitlines(keepends=True)
    place = 1 + place % len(rows)
    lines[place] = '"open,Lost,x\r\n'
    outcomes = read_all(written(tmp_path_factory.mktemp("csv") / "a.csv", "".join(lines).encode()))
    expected = [row[1] for row in whole]
    expected[place - 1] = "invalid_row"
    assert said(outcomes) == expected


def test_the_lines_of_a_text_that_is_cut_off_are_no_rows(tmp_path: Path) -> None:
    content = b'text,title\nOne.,1\n"The rain fell.\nAll day, they said.\nThen, at last, it'
    assert said(read_all(written(tmp_path / "a.csv", content))) == ["One.", "invalid_row"]


def test_each_row_is_read_in_its_own_style_of_quotes(tmp_path: Path) -> None:
    doubled = '"He said ""rain"".\nAnd left.","C:\\"\n'
    guarded = '"He said \\"rain\\", twice.\nAnd left.","1"\n'
    empty = '"","2"\n'
    wanted = {doubled: 'He said "rain".\nAnd left.', guarded: 'He said "rain", twice.\nAnd left.', empty: "empty"}
    for rows in ([doubled, guarded, empty, doubled], [guarded, guarded, doubled, empty], [empty, guarded, empty]):
        path = written(tmp_path / "a.csv", ("text,title\n" + "".join(rows)).encode())
        assert said(read_all(path)) == [wanted[row] for row in rows]


def test_a_header_in_the_middle_is_no_document(tmp_path: Path) -> None:
    one = "\ufefftext,title\r\nRain.,1\r\n".encode()
    notes = Notes()
    assert said(read_all(written(tmp_path / "a.csv", one * 3), notes=notes)) == ["Rain."] * 3
    assert notes.passed_over == {"header again in a table": 2}


def test_a_row_that_swallows_more_than_a_document_may_hold_gives_it_back(tmp_path: Path) -> None:
    content = b'text,title\n"open,0\n' + b"".join(b"Story %d,x\n" % number for number in range(2000))
    outcomes = said(read_all(written(tmp_path / "a.csv", content), max_bytes=1000))
    assert outcomes == ["invalid_row", *(f"Story {number}" for number in range(2000))]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"sep=;\r\ntitle;text\r\nRain, snow;It fell, long.\r\n", ["It fell, long."]),
        (b'"sep=|"\ntext|title\na,b|c,d\n', ["a,b"]),
        ("sep=\t\ntitle\ttext\nRain\tIt fell.\n".encode("utf-16"), ["It fell."]),
        (b"text\nRain fell.\n", ["Rain fell."]),
        (b"\xef\xbb\xbftext,title\r\nRain fell.,Rain\r\n", ["Rain fell."]),
        (b"text,title\rRain fell.,Rain\r", ["Rain fell."]),
        (b'text;title\n"Rain; it ""fell"".";Rain\n', ['Rain; it "fell".']),
        (b'text,title\n"Rain, it \\"fell\\".",Rain\n', ['Rain, it "fell".']),
        (b"text,title\nRa\0in fell.,Rain\n", ["Ra\0in fell."]),
        (b"text,title\n,Rain\n", ["empty"]),
        (b"text,title\n", ["empty"]),
        (b"a,b\n1,2\n", ["no_text_field"]),
        ("text;title\nSchönes Wetter über der Brücke;Früh\n".encode("cp1252") * 3, ["Schönes Wetter über der Brücke"]),
    ],
)
def test_odd_tables(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    assert said(read_all(written(tmp_path / "a.csv", content)))[:1] == expected


def test_a_row_too_long_is_a_reject_and_reading_goes_on(tmp_path: Path) -> None:
    content = b"text,title\nOne.,1\n" + b"x" * 5000 + b",2\nThree.,3\n"
    assert said(read_all(written(tmp_path / "a.csv", content), max_bytes=1000)) == ["One.", "too_large", "Three."]


def test_a_file_that_is_no_table_after_all_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_BAD_ROWS", 3)
    content = b"text,title\nOne.,1\n" + b"x\n" * 100
    assert said(read_all(written(tmp_path / "a.csv", content))) == ["One.", *["ragged_row"] * 3, "invalid_row"]


def test_fields_of_tables_are_named_by_options(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"inhalt,kopf\nEs regnet.,Regen\n")
    (document,) = documents(read_all(path, text_field="inhalt", title_field="kopf"))
    assert (document.page.raw, document.page.fields) == ("Es regnet.", {"title": "Regen"})
    pq.write_table(pa.table({"post": [{"inhalt": "Es regnet."}], "kopf": ["Regen"]}), tmp_path / "a.parquet")
    (document,) = documents(read_all(tmp_path / "a.parquet", text_field="post.inhalt", title_field="kopf"))
    assert (document.page.raw, document.page.fields) == ("Es regnet.", {"title": "Regen"})


def test_a_comma_in_the_text_does_not_make_a_delimiter() -> None:
    assert dialect_of("title;text\nA;Rain, snow, hail\nB;Fog, ice, wind\n").delimiter == ";"
    assert dialect_of("text\nRain, snow\nFog\n").delimiter == ","


@settings(max_examples=40)
@given(count=st.integers(1, 40), size=st.integers(1, 12), chunk=st.integers(12, 400))
def test_row_groups_give_each_row_once_and_each_has_its_key(
    tmp_path_factory: pytest.TempPathFactory, count: int, size: int, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.parquet"
    pq.write_table(pa.table({"text": [f"Story {number}" for number in range(count)]}), path, row_group_size=size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "CHUNK_BYTES", 1 << 40)
        whole = said(read_all(path))
        patch.setattr(sources, "CHUNK_BYTES", chunk)
        references = list(discover([str(path)]))
        parts = documents(read_all(path))
        keys = [key_of(document.uri, document.offset) for document in parts]
    assert [raw_of(document) for document in parts] == whole == [f"Story {number}" for number in range(count)]
    assert len(references) == -(-count // size)
    assert len(set(keys)) == len(references)
    assert len({document.offset for document in parts}) == count


def test_values_of_any_type_are_read(tmp_path: Path) -> None:
    moment = datetime(2031, 5, 3, 10, tzinfo=UTC)
    row = {
        "html": b"<p>Caf\xe9</p>",
        "published": date(2031, 5, 3),
        "fetched_at": moment,
        "authors": ["Ada Brink", "Ole Sand"],
        "url": "https://harrow.example/1",
        "price": Decimal("3.5"),
        "embedding": [0.5] * 8,
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    (document,) = documents(read_all(tmp_path / "a.parquet"))
    page = document.page
    assert (page.raw, page.kind, page.url) == (b"<p>Caf\xe9</p>", "html", "https://harrow.example/1")
    assert page.fetched_at == moment
    assert page.fields == {"published": "2031-05-03", "authors": ["Ada Brink", "Ole Sand"]}


@pytest.mark.parametrize("packing", PACKERS)
def test_parquet_packed_or_in_an_archive_is_read(tmp_path: Path, packing: str) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": ["Rain.", "Snow."]}), buffer)
    written(tmp_path / f"a.parquet{packing}", PACKERS[packing](buffer.getvalue()))
    written(tmp_path / "b.zip", zipped({"b.parquet": buffer.getvalue()}))
    assert said(read_all(tmp_path)) == ["Rain.", "Snow."] * 2


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_columns_cut_off_are_a_reject(tmp_path: Path, name: str) -> None:
    table = pa.table({"text": [f"Story {number}" * 50 for number in range(3000)]})
    if name == "a.parquet":
        pq.write_table(table, tmp_path / name)
    else:
        with pa.ipc.new_file(tmp_path / name, table.schema) as writer:
            writer.write_table(table, max_chunksize=100)
    content = (tmp_path / name).read_bytes()
    outcomes = said(read_all(written(tmp_path / name, content[: len(content) // 2])))
    assert outcomes[-1] == "corrupt"
    assert len(outcomes) == 1 if name == "a.parquet" else len(outcomes) > 1000


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_an_odd_cell_costs_no_other_row(form: str, tmp_path: Path) -> None:
    times = pa.array([10**17, 1, 2], pa.int64()).cast(pa.timestamp("ms"))
    exact = pa.array([1_700_000_000_123_456_789, None, 0], pa.timestamp("ns", "UTC"))
    names = pa.array([b"caf\xe9", b"Mira Holt", b"Tom Quill"]).view(pa.string())
    rows = pa.table({"text": ["One.", "Two.", "Three."], "date": times, "fetched_at": exact, "author": names})
    path = tmp_path / f"a.{form}"
    if form == "parquet":
        pq.write_table(rows, path)
    else:
        with pa.ipc.new_stream(path, rows.schema) as stream:
            stream.write_table(rows)
    assert [raw_of(document) for document in documents(read_all(path))] == ["One.", "Two.", "Three."]
