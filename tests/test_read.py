"""What is found below the inputs, and what a worker gets out of each file: documents, or rejects that say why."""

import gzip
import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import sources
from flows.addresses import path_of, uri_of
from flows.options import CleanOptions
from flows.read import Document, InputError, Reference, Reject, discover, open_documents
from flows.unpack import suffix_of

OPTIONS = CleanOptions()


def lay(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def found(folder: Path, *inputs: str | Path, exclude: Path | None = None) -> list[str]:
    references = discover([str(text) for text in inputs], exclude=[exclude] if exclude else [])
    return [reference.uri.removeprefix(f"{folder}/") for reference in references if not reference.twin_of]


def read(path: Path, **choices: Any) -> list[Document | Reject]:
    return list(open_documents(Reference(uri_of(path), size=0), CleanOptions(**choices)))


def texts(results: list[Document | Reject]) -> list[str | bytes]:
    return [result.page.raw if isinstance(result, Document) else result.reason for result in results]


def only_document(path: Path, **choices: Any) -> Document:
    (result,) = read(path, **choices)
    assert isinstance(result, Document), result
    return result


def only_reject(path: Path, **choices: Any) -> Reject:
    (result,) = read(path, **choices)
    assert isinstance(result, Reject)
    assert result.stage == "read"
    return result


# What is found


def test_a_folder_gives_its_files_in_order_without_hidden_ones(tmp_path: Path) -> None:
    names = ["a/x.html", "a.txt", "b.JSONL.gz", "b.md", "c/d/e.json", ".hidden.txt", ".git/x.txt", "n.pdf", "README"]
    lay(tmp_path, dict.fromkeys(names, "x"))
    discovery = discover([str(tmp_path)])
    uris = [reference.uri for reference in discovery]
    assert uris == [f"{tmp_path}/{name}" for name in ("a.txt", "a/x.html", "b.JSONL.gz", "b.md", "c/d/e.json")]
    assert uris == sorted(uris)
    assert discovery.passed_over == {".pdf": 1, "no suffix": 1}


def test_a_file_named_is_taken_whatever_its_kind(tmp_path: Path) -> None:
    lay(tmp_path, {"story.dat": "Rain fell."})
    assert found(tmp_path, tmp_path / "story.dat") == ["story.dat"]
    assert only_document(tmp_path / "story.dat").page.raw == b"Rain fell."


def test_each_real_file_comes_once(tmp_path: Path) -> None:
    lay(tmp_path, {"a/x.txt": "x", "b.txt": "x"})
    (tmp_path / "c.txt").symlink_to("b.txt")
    (tmp_path / "d").symlink_to("a")
    (tmp_path / "0.txt").symlink_to("b.txt")
    (tmp_path / "0").symlink_to("a")
    assert found(tmp_path, tmp_path / "b.txt", tmp_path, tmp_path / "a", tmp_path / "*.txt") == ["a/x.txt", "b.txt"]


def test_circles_of_links_end(tmp_path: Path) -> None:
    lay(tmp_path, {"a/x.txt": "x"})
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "a/self").symlink_to(".")
    assert found(tmp_path, tmp_path) == ["a/x.txt"]
    assert found(tmp_path, tmp_path / "**/*.txt") == ["a/x.txt"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.html", ["a.html"]),
        ("**/*.html", ["a.html", "s/b.html", "s/t/c.html"]),
        ("s/**", ["s/b.html", "s/t/c.html"]),
        ("s/*/c.*", ["s/t/c.html"]),
        ("[ab].html", ["a.html"]),
        (".h/*.html", [".h/d.html"]),
    ],
)
def test_globs_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, names: list[str]) -> None:
    lay(tmp_path, dict.fromkeys(["a.html", "s/b.html", "s/t/c.html", ".h/d.html"], "x"))
    monkeypatch.chdir(tmp_path)
    assert found(tmp_path, pattern) == names
    assert found(tmp_path, tmp_path / pattern) == names


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    lay(tmp_path, {"story[1].txt": "x", "story1.txt": "x"})
    assert found(tmp_path, tmp_path / "story[1].txt") == ["story[1].txt"]


def test_a_folder_whose_name_looks_like_a_glob_is_that_folder_before_a_glob(tmp_path: Path) -> None:
    lay(tmp_path, {"crawl [2031]/a.txt": "x", "crawl [2031]/b/c.txt": "x", "crawl 2/d.txt": "x"})
    assert found(tmp_path, tmp_path / "crawl [2031]/*.txt") == ["crawl [2031]/a.txt"]
    assert found(tmp_path, tmp_path / "crawl [2031]/**/c.*") == ["crawl [2031]/b/c.txt"]
    assert found(tmp_path, tmp_path / "crawl [23]/*.txt") == ["crawl 2/d.txt"]


def test_the_output_folder_is_no_input(tmp_path: Path) -> None:
    lay(tmp_path, {"a.txt": "x", "parquet/old.txt": "x"})
    (tmp_path / "link").symlink_to("parquet")
    assert found(tmp_path, tmp_path, exclude=tmp_path / "parquet") == ["a.txt"]
    assert found(tmp_path, tmp_path / "**", exclude=tmp_path / "parquet") == ["a.txt"]
    with pytest.raises(InputError, match="lies in the output folder"):
        found(tmp_path, tmp_path / "parquet", exclude=tmp_path / "parquet")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nothing/here", "There is no file or folder named nothing/here"),
        ("nothing/*.txt", r"No file matches nothing/\*\.txt"),
        ("foo://bucket/raw", "an address of an unknown kind"),
    ],
)
def test_what_is_missing_is_said_before_any_work(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        discover([text])


def test_names_that_are_no_utf8_find_back_to_their_file(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 1.txt"))).write_text("Rain fell.")
    (reference,) = discover([str(tmp_path)])
    assert reference.uri.endswith("/caf%E9%201.txt")
    reference.uri.encode("utf-8")
    assert texts(list(open_documents(reference, OPTIONS))) == [b"Rain fell."]


def test_uri_of_keeps_links_and_tidies_dots(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert uri_of(tmp_path / "link/./x/../a.txt") == f"{tmp_path}/link/a.txt"
    assert path_of(uri_of(tmp_path)) == tmp_path
    assert suffix_of("/x/a.NDJSON.gz") == ".ndjson"


# Files


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.html", "<p>Rain fell.</p>", "html"),
        ("a.htm", "No markup here.", None),
        ("a.txt", "<p>Rain fell.</p>", None),
        ("a.md", "# Rain", None),
    ],
)
def test_a_file_is_one_document(tmp_path: Path, name: str, content: str, kind: str | None) -> None:
    lay(tmp_path, {name: content, f"{name}.gz": gzip.compress(content.encode(), mtime=0)})
    plain, packed = only_document(tmp_path / name), only_document(tmp_path / f"{name}.gz")
    assert plain.page.raw == packed.page.raw == content.encode()
    assert plain.page.kind == packed.page.kind == kind
    assert (plain.sha256, plain.size) == (packed.sha256, packed.size)
    assert only_document(tmp_path / name, kind="text").page.kind == "text"


def test_packed_or_not_is_told_by_the_content(tmp_path: Path) -> None:
    lay(tmp_path, {"a.txt": gzip.compress(b"Rain fell.", mtime=0), "b.txt.gz": "Snow fell."})
    assert only_document(tmp_path / "a.txt").page.raw == b"Rain fell."
    assert only_document(tmp_path / "b.txt.gz").page.raw == b"Snow fell."


PACKED = gzip.compress(random.Random(1).randbytes(50_000), mtime=0)  # noqa: S311  any bytes that do not shrink


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n", "empty"),
        ("a.html.gz", gzip.compress(b"", mtime=0), "empty"),
        ("a.txt", b"x" * 101, "too_large"),
        ("bomb.txt.gz", gzip.compress(bytes(10_000_000), mtime=0), "too_large"),
        ("a.jsonl", b"", "empty"),
        ("a.jsonl", b"\n\n", "empty"),
        ("a.json", b"", "empty"),
        ("a.json", b"[]", "empty"),
        ("cut.txt.gz", gzip.compress(b"Rain fell on Vellmar.", mtime=0)[:-12], "truncated"),
        ("bad.txt.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff", "corrupt"),
        ("bad.jsonl.gz", b"\x1f\x8b\xff" + bytes(20), "corrupt"),
    ],
)
def test_a_file_that_gives_nothing_is_a_reject(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    lay(tmp_path, {name: content})
    assert only_reject(tmp_path / name, max_bytes=100).reason == reason


def test_what_cannot_be_opened_is_a_reject(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "lost.txt").symlink_to("nowhere.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    references = list(discover([str(tmp_path)]))
    results = {reference.uri.rpartition("/")[2]: list(open_documents(reference, OPTIONS)) for reference in references}
    assert {name: texts(result) for name, result in results.items()} == {
        name: ["unreadable"] for name in ("loop.txt", "lost.txt", "pipe.txt", "zero.txt")
    }
    (gone,) = open_documents(Reference(f"{tmp_path}/gone.txt"), OPTIONS)
    assert isinstance(gone, Reject)
    assert gone.message == "the file cannot be read: No such file or directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_a_reject(tmp_path: Path) -> None:
    lay(tmp_path, {"shut/a.txt": "x", "b.txt": "x"})
    (tmp_path / "shut").chmod(0)
    references = list(discover([str(tmp_path)]))
    assert [texts(list(open_documents(reference, OPTIONS))) for reference in references] == [[b"x"], ["unreadable"]]


# Records


def test_each_line_is_a_document_at_its_offset(tmp_path: Path) -> None:
    lines = [b'{"text": "One."}\n', b"\r\n", b'{"text": "Zw\xc3\xb6lf."}\r\n', b'{"text": "Three."}']
    lay(tmp_path, {"a.jsonl": b"".join(lines), "b.jsonl.gz": gzip.compress(b"".join(lines), mtime=0)})
    for name in ("a.jsonl", "b.jsonl.gz"):
        results = read(tmp_path / name)
        assert texts(results) == ["One.", "Zwölf.", "Three."]
        assert [result.offset for result in results] == [0, 19, 19 + len(lines[2])]
        assert results[1].size == len(lines[2]) - 2


BROKEN = [
    ("{", "invalid_json"),
    ('{"text": "One."', "invalid_json"),
    ("nonsense", "invalid_json"),
    ('{"text": ' + "9" * 5_000 + "}", "invalid_json"),
    ("[" * 100_000, "invalid_json"),
    ('{"a":' * 100_000, "invalid_json"),
    ("\x00", "invalid_json"),
    ('["text"]', "not_an_object"),
    ("3", "not_an_object"),
    ("null", "not_an_object"),
    ('{"text": ""}', "empty"),
    ('{"text": null, "html": " "}', "empty"),
    ('{"headline": "Rain", "price": 3}', "no_text_field"),
    ("{}", "no_text_field"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_a_bad_line_harms_no_other(tmp_path: Path, line: str, reason: str) -> None:
    lay(tmp_path, {"a.jsonl": f'{{"text": "One."}}\n{line}\n{{"text": "Three."}}\n'})
    results = read(tmp_path / "a.jsonl")
    assert texts(results) == ["One.", reason, "Three."]
    assert isinstance(results[1], Reject)
    assert results[1].message.startswith("line 2: ")
    assert results[1].offset == 17


def test_odd_but_readable_json_is_read(tmp_path: Path) -> None:
    lines = ['{"text": "a", "text": "b", "score": NaN, "title": NaN}', '{"text": "c\\ud800", "title": "\\udc00"}']
    lay(tmp_path, {"a.jsonl": "\ufeff" + "\n".join(lines)})
    results = read(tmp_path / "a.jsonl")
    assert texts(results) == ["b", "c\ud800"]
    assert isinstance(results[1], Document)
    assert results[1].page.fields == {"title": "\N{REPLACEMENT CHARACTER}"}


def test_messages_hold_no_content(tmp_path: Path) -> None:
    lay(tmp_path, {"a.jsonl": '{"text": "secret \\q secret"}\n'})
    assert only_reject(tmp_path / "a.jsonl").message == "line 1: not valid JSON: Invalid \\escape at column 18"


def test_bytes_that_are_no_utf8_go_on_as_bytes(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"a.jsonl": '{"text": "Überfluß", "title": "Öl"}'.encode("latin-1"), "b.json": b'[{"text": "\xfcber"}]'},
    )
    assert only_document(tmp_path / "a.jsonl").page.raw == "Überfluß".encode("latin-1")
    assert only_document(tmp_path / "b.json").page.raw == b"\xfcber"


def test_a_line_without_end_is_stepped_over_in_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("wb") as file:
        file.write(b'{"text": "One."}\n{"text": "')
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "Three."}\n')
    code = """
import sys, resource
from flows.read import *
from flows.options import CleanOptions
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
options = CleanOptions(max_bytes=1_000_000)
for reference in discover([sys.argv[1]]):
    for result in open_documents(reference, options):
        print(getattr(result, "reason", "document"), result.offset, result.size)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    *results, grown = done.stdout.splitlines()
    assert results == ["document 0 16", "too_large 17 100000013", "document 100000030 18"]
    assert int(grown) < 20_000, "kilobytes"


@pytest.mark.parametrize("cut", [1_000, 5_000, 20_000])
def test_a_file_cut_off_gives_the_records_before_the_cut(tmp_path: Path, cut: int) -> None:
    noise = random.Random(2)  # noqa: S311
    lines = [json.dumps({"text": noise.randbytes(100).hex()}) for _ in range(2_000)]
    packed = gzip.compress("\n".join(lines).encode(), mtime=0)
    lay(tmp_path, {"a.jsonl.gz": packed[:-cut]})
    *good, bad = read(tmp_path / "a.jsonl.gz")
    assert 1_000 < len(good) <= 2_000
    assert texts(list(good)) == [json.loads(line)["text"] for line in lines[: len(good)]]
    assert isinstance(bad, Reject)
    assert (bad.reason, bad.offset) == ("truncated", sum(len(line) + 1 for line in lines[: len(good)]))


def test_rubbish_after_a_packed_file_is_a_reject_and_harms_no_record(tmp_path: Path) -> None:
    lay(tmp_path, {"a.jsonl.gz": gzip.compress(b'{"text": "One."}\n', mtime=0) + b"rubbish"})
    assert texts(read(tmp_path / "a.jsonl.gz")) == ["One.", "corrupt"]


LINES = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=80).map(
            lambda text: json.dumps({"text": f"x{text}"}, ensure_ascii=False)
        ),
        st.sampled_from(["", "{", "  "]),
    ),
    max_size=30,
)


@given(lines=LINES, chunk=st.integers(1, 300), ending=st.sampled_from(["\n", "\r\n"]), is_closed=st.booleans())
def test_spans_give_each_line_once_wherever_they_are_cut(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], chunk: int, ending: str, *, is_closed: bool
) -> None:
    folder = tmp_path_factory.mktemp("spans")
    content = ('{"text": "x"}' + ending + ending.join(lines) + (ending if is_closed else "")).encode()
    lay(folder, {"a.jsonl": content})
    whole = read(folder / "a.jsonl")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "CHUNK_BYTES", chunk)
        references = list(discover([str(folder)]))
    assert sum(reference.size for reference in references) == len(content)
    assert len(references) == max(1, -(-len(content) // chunk))
    assert [result for reference in references for result in open_documents(reference, OPTIONS)] == whole


def test_an_array_or_a_packed_file_is_not_cut_into_spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = '{"text": "Rain fell."}'
    lay(
        tmp_path,
        {"a.jsonl": f"[{record},\n {record}]", "b.jsonl": gzip.compress(f"{record}\n{record}".encode(), mtime=0)},
    )
    lay(tmp_path, {f"{code}.jsonl": f"{record}\n{record}".encode(code) for code in ("utf-16", "utf-16-le")})
    monkeypatch.setattr(sources, "CHUNK_BYTES", 10)
    references = list(discover([str(tmp_path)]))
    assert len(references) == 4
    for reference in references:
        assert texts(list(open_documents(reference, OPTIONS))) == ["Rain fell."] * 2


JSON_FILES: list[tuple[Any, list[str]]] = [
    ({"text": "a"}, ["a"]),
    ([{"text": "a"}, {"text": "b"}], ["a", "b"]),
    ({"status": "ok", "articles": [{"content": "a"}, {"content": "b"}]}, ["a", "b"]),
    ({"response": {"docs": [{"body": "a"}]}}, ["a"]),
    ({"hits": {"total": 1, "hits": [{"_source": {"text": "a"}}]}}, ["a"]),
    ({"version": "1", "items": [{"content_html": "a", "content_text": "b"}]}, ["a"]),
    ({"text": "a", "authors": [{"name": "x"}]}, ["a"]),
    ({"items": [{"text": "a"}, None, {"text": "c"}]}, ["a", "not_an_object", "c"]),
    ({"data": {"posts": [None, 3, "x", {"text": "b"}]}}, [*["not_an_object"] * 3, "b"]),
    ({"tags": ["rain", "ferry", {"name": "pier"}], "posts": [{"text": "b"}]}, ["b"]),
    ([{"text": "a"}, 3, {"price": 1}, {"text": "d"}], ["a", "not_an_object", "no_text_field", "d"]),
]


@pytest.mark.parametrize(("value", "expected"), JSON_FILES, ids=range(len(JSON_FILES)))
@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_file_gives_its_objects(tmp_path: Path, value: object, expected: list[str], indent: int | None) -> None:
    lay(
        tmp_path,
        {"a.json": json.dumps(value, indent=indent), "b.json.gz": gzip.compress(json.dumps(value).encode(), mtime=0)},
    )
    for name in ("a.json", "b.json.gz"):
        results = read(tmp_path / name)
        assert texts(results) == expected
        assert [result.offset for result in results] == list(range(len(expected)))


def test_json_lines_under_the_name_of_json_are_read(tmp_path: Path) -> None:
    lay(tmp_path, {"a.json": '{"text": "a"}\n{"text": "b"}\n'})
    assert texts(read(tmp_path / "a.json")) == ["a", "b"]


@pytest.mark.parametrize("ending", ["", ", {", ', {"text": nonsense}]', ", {]"])
def test_a_broken_array_gives_what_came_before(tmp_path: Path, ending: str) -> None:
    many = ", ".join(json.dumps({"text": f"{number} " + "Rain fell. " * 1_000}) for number in range(300))
    lay(tmp_path, {"a.json": f"[{many}{ending}"})
    *good, bad = read(tmp_path / "a.json")
    assert [str(text).partition(" ")[0] for text in texts(list(good))] == [str(number) for number in range(300)]
    assert isinstance(bad, Reject)
    assert (bad.reason, bad.offset) == ("invalid_json", 300)
    assert bad.message.startswith("record 301: not valid JSON")


# Fields

FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"Title": " Rain ", "AUTHOR": "Ada Brink"}, {"title": "Rain", "authors": ["Ada Brink"]}),
    (
        {"title": {"rendered": "Rain"}, "byline": ["Ada Brink", {"name": "Ole Sand"}]},
        {"title": "Rain", "authors": ["Ada Brink", "Ole Sand"]},
    ),
    (
        {"publishedAt": "2026-05-03T10:00:00Z", "source": {"id": None, "name": "Vellmar Post"}},
        {"published": "2026-05-03T10:00:00Z", "site_name": "Vellmar Post"},
    ),
    ({"pubDate": 1777802400}, {"published": "2026-05-03T10:00:00+00:00"}),
    ({"timestamp": "1777802400000"}, {"published": "2026-05-03T10:00:00+00:00"}),
    ({"date": {"$date": "2026-05-03"}}, {"published": "2026-05-03"}),
    (
        {"lang": "de", "category": ["Wetter", "Lokales"], "keywords": "Fluss, Regen"},
        {"language": "de", "section": "Wetter", "tags": ["Fluss", "Regen"]},
    ),
    ({"summary": "It rained.", "tags": ["a, b", "c"]}, {"description": "It rained.", "tags": ["a, b", "c"]}),
    ({"title": 7, "authors": [None, {}, ""], "date": True, "tags": {}}, {}),
]


@pytest.mark.parametrize(("record", "fields"), FIELDS, ids=range(len(FIELDS)))
def test_metadata_is_found_by_its_usual_names(tmp_path: Path, record: dict[str, Any], fields: dict[str, Any]) -> None:
    lay(tmp_path, {"a.jsonl": json.dumps({"text": "Rain fell.", **record})})
    assert (only_document(tmp_path / "a.jsonl").page.fields or {}) == fields


def test_address_and_time_of_fetching_go_to_the_page(tmp_path: Path) -> None:
    record = {
        "link": "https://example.org/1",
        "crawl_date": "Sun, 03 May 2026 12:00:00 +0200",
        "Raw_HTML": "<p>Rain</p>",
    }
    lay(tmp_path, {"a.jsonl": json.dumps(record)})
    page = only_document(tmp_path / "a.jsonl").page
    assert (page.url, page.kind, page.raw) == ("https://example.org/1", "html", "<p>Rain</p>")
    assert page.fetched_at == datetime(2026, 5, 3, 10, tzinfo=UTC)


def test_fields_named_by_options_go_before_the_conventions(tmp_path: Path) -> None:
    record = {
        "text": "no",
        "data": {"Main": ["One.", "Two."]},
        "title": "no",
        "h": "yes",
        "by": "Ada Brink",
        "when": "May 3",
    }
    lay(tmp_path, {"a.jsonl": json.dumps(record)})
    page = only_document(
        tmp_path / "a.jsonl", text_field="data.Main", title_field="h", author_field="by", date_field="when"
    ).page
    assert page.raw == "One.\n\nTwo."
    assert page.fields == {"title": "yes", "authors": ["Ada Brink"], "published": "May 3"}


def test_a_named_field_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    lay(tmp_path, {"a.jsonl": '{"text": "Rain fell.", "title": "Rain"}', "b.jsonl": '{"inhalt": "Regen", "id": 3}'})
    message = only_reject(tmp_path / "a.jsonl", text_field="story").message
    assert message == "line 1: no field named story; the record has: text, title"
    message = only_reject(tmp_path / "b.jsonl").message
    assert "name it with --text-field or --html-field, the record has: inhalt, id" in message
    assert only_document(tmp_path / "b.jsonl", text_field="inhalt").page.raw == "Regen"


@given(content=st.binary(max_size=400), name=st.sampled_from(["a.txt", "a.html", "a.jsonl", "a.json", "a.txt.gz"]))
def test_any_bytes_give_documents_or_rejects(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    folder = lay(tmp_path_factory.mktemp("any"), {name: content})
    results = read(folder / name)
    assert results
    assert [result.offset for result in results] == sorted(result.offset for result in results)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["text", "title", "date", "tags", "x", "articles"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON, name=st.sampled_from(["a.jsonl", "a.json"]))
def test_any_json_gives_documents_or_rejects(
    tmp_path_factory: pytest.TempPathFactory, value: object, name: str
) -> None:
    folder = lay(tmp_path_factory.mktemp("json"), {name: json.dumps(value)})
    for result in read(folder / name):
        if isinstance(result, Document):
            assert isinstance(result.page.raw, str)
            assert result.page.raw.strip()
