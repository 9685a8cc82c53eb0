"""Places: local paths and stores through one interface; S3 against a real server; no credential is ever shown."""

import gzip
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crawl import read_all, said, zipped
from hypothesis import given
from hypothesis import strategies as st
from running import CHECKOUT, outcomes, rows, run_command

from flows import addresses, places, sources
from flows.addresses import address_of, has_user, path_of, shown, uri_of
from flows.command import has_query
from flows.options import CleanOptions
from flows.places import PlaceError
from flows.read import InputError, Reference, discover, open_documents

SECRET = "s3cr3t-w0rd"
STORY = "The ferry to Harrow will run every hour from Monday, the harbour office said.\n\nThe pier has been mended."


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Start moto's real S3 server on loopback, with one bucket, and give its address."""
    import s3fs
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("raw")
        yield f"http://{host}:{port}"
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def filled(store: str) -> str:
    """Fill the bucket with a file of each kind that stores are asked for, and give the folder."""
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": ["Parquet one.", "Parquet two."]}), buffer, row_group_size=1)
    lines = "".join(json.dumps({"text": text}) + "\n" for text in ("Line one.", "Line two."))
    files = {
        "a.txt": STORY.encode(),
        "b/c.jsonl.gz": gzip.compress(lines.encode()),
        "b/d.parquet": buffer.getvalue(),
        "b/e.zip": zipped({"x/f.txt": b"In the zip.", "g.html": b"<p>Page in the zip"}),
        "b/h.png": b"\x89PNG",
        "b/.hidden/i.txt": b"Hidden.",
    }
    for name, content in files.items():
        places.write_bytes(f"s3://raw/may/{name}", content)
    assert store
    return "s3://raw/may/"


IN_ORDER = [STORY, "Line one.", "Line two.", "Parquet one.", "Parquet two.", "<p>Page in the zip", "In the zip."]


def test_a_folder_of_a_store_is_read_like_one_of_the_disk(filled: str) -> None:
    discovery = discover([filled])
    references = list(discovery)
    assert [reference.uri for reference in references] == [
        f"s3://raw/may/{name}" for name in ("a.txt", "b/c.jsonl.gz", "b/d.parquet", "b/e.zip")
    ]
    assert discovery.passed_over == {".png": 1}
    assert all(reference.fingerprint and reference.size for reference in references)
    assert said(read_all(filled)) == IN_ORDER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://raw/may/a.txt", [STORY]),
        ("s3://raw/may/*.txt", [STORY]),
        ("s3://raw/may/b/*.jsonl.gz", ["Line one.", "Line two."]),
        ("s3://raw/**/e.zip", ["<p>Page in the zip", "In the zip."]),
        ("s3://raw/may", IN_ORDER),
    ],
)
@pytest.mark.usefixtures("filled")
def test_files_folders_and_globs_of_a_store(text: str, expected: list[str]) -> None:
    assert said(read_all(text)) == expected


@pytest.mark.usefixtures("filled")
def test_big_files_of_a_store_are_cut_into_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(json.dumps({"text": f"Story {number}"}) + "\n" for number in range(50))
    places.write_bytes("s3://raw/big/a.jsonl", lines.encode())
    monkeypatch.setattr(sources, "CHUNK_BYTES", 200)
    assert len(list(discover(["s3://raw/big/"]))) == -(-len(lines) // 200)
    assert said(read_all("s3://raw/big/")) == [f"Story {number}" for number in range(50)]
    assert said(read_all("s3://raw/may/b/d.parquet")) == ["Parquet one.", "Parquet two."]


def test_a_run_reads_a_store_and_says_no_secret(filled: str, tmp_path: Path) -> None:
    run = run_command(filled, "--out", tmp_path / "out", "--engine", "none", "--workers", "1")
    assert run.returncode == 0, run.stderr
    assert set(outcomes(tmp_path / "out")) >= {"a.txt", "c.jsonl.gz", "d.parquet", "g.html"}
    uris = {row["source_uri"] for row in rows(tmp_path / "out", "articles")}
    assert "s3://raw/may/b/e.zip!/x/f.txt" in uris
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert SECRET not in run.stdout + run.stderr
    assert SECRET.encode() not in written


@pytest.mark.usefixtures("store")
def test_a_store_is_written_like_a_disk(tmp_path: Path) -> None:
    for folder in ("s3://raw/out", str(tmp_path / "out")):
        places.make_folder(folder)
        a, b = addresses.join(folder, "a.bin"), addresses.join(folder, "b!/c%21.bin")
        places.make_folder(addresses.join(folder, "b!"))
        places.write_bytes(uri_of(a), b"old")
        grown = tmp_path / "grown"
        grown.write_bytes(b"new" * 3_000_000)
        places.publish(grown, uri_of(a))
        assert not grown.exists()
        assert places.read_bytes(uri_of(a)) == b"new" * 3_000_000
        places.write_bytes(uri_of(b), b"odd")
        found = list(places.listing(folder))
        assert [entry.uri for entry in found] == sorted([uri_of(a), uri_of(b)])
        assert [places.stat(entry.uri) for entry in found] == found
        with places.opened(uri_of(b)) as file:
            assert (file.read(), file.seek(1), file.read()) == (b"odd", 1, b"dd")
        before = places.stat(uri_of(b))
        places.write_bytes(uri_of(b), b"ode")
        after = places.stat(uri_of(b))
        assert before
        assert after
        assert before.fingerprint != after.fingerprint
        places.move(uri_of(a), addresses.join(folder, "d.bin"))
        places.remove(uri_of(b))
        places.remove(uri_of(b))
        assert [Path(entry.uri).name for entry in places.listing(folder)] == ["d.bin"]
        assert places.stat(uri_of(a)) is None
        with pytest.raises(FileNotFoundError):
            places.read_bytes(uri_of(a))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("s3://raw/nothing", "There is nothing at s3://raw/nothing"),
        ("s3://nobucket/a.txt", "There is nothing at"),
        (f"s3://key:{SECRET}@raw/may/", "put those in the environment"),
        (f"https://ada:{SECRET}@127.0.0.1:9/a.txt", "put those in the environment"),
        (f"http://127.0.0.1:9/a.txt?token={SECRET}", r"There is nothing at http://127\.0\.0\.1:9/a\.txt:"),
        ("gs://bucket/a.txt", r"install copydesk\[gs\]"),
        ("foo://bucket/a.txt", "an address of an unknown kind"),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_cannot_be_read_is_one_sentence_without_a_secret(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        discover([text])
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_page_of_the_web_is_read_where_it_is_named(store: str, filled: str) -> None:
    address = f"{store}/raw/may/a.txt?X-Amz-Signature={SECRET}"
    (reference,) = discover([address])
    assert (reference.uri, reference.address) == (f"{store}/raw/may/a.txt", address)
    assert SECRET not in repr(reference)
    assert said(list(open_documents(reference, CleanOptions()))) == [STORY]
    assert SECRET not in CleanOptions(inputs=(address,)).shown()
    with pytest.raises(InputError, match="differ only in their query"):
        discover([address, f"{store}/raw/may/a.txt?X-Amz-Signature=other"])
    assert filled


def test_a_file_that_vanished_from_a_store_is_a_reject(filled: str) -> None:
    (reject,) = open_documents(Reference(f"{filled}gone.txt"), CleanOptions())
    assert said([reject]) == ["unreadable"]


def test_an_error_of_a_driver_never_hands_on_its_words() -> None:
    with pytest.raises(PlaceError) as caught, places.explained("s3://raw/a"):
        raise RuntimeError(f"signature {SECRET} does not match")
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


def test_local_files_do_without_fsspec() -> None:
    program = "import sys; from flows.read import *; list(discover(['raw/'])); print('fsspec' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


@given(st.lists(st.sampled_from(["a", "b!", "%21", "!", "%25", "ü", " ", "\udce9"]), min_size=1, max_size=5))
def test_every_name_has_one_uri_that_finds_back_and_looks_like_no_member(parts: list[str]) -> None:
    path = "/".join(parts)
    uri = uri_of(f"/raw/{path}")
    assert path_of(uri) == Path(f"/raw/{path}")
    assert "!/" not in uri
    if "\udce9" not in path:
        address = uri_of(f"s3://raw/{path}")
        assert address_of(address) == f"s3://raw/{path}"
        assert "!/" not in address


def test_what_is_shown_has_no_user_and_no_query() -> None:
    assert shown(f"s3://key:{SECRET}@raw/a?b.txt") == "s3://raw/a?b.txt"
    assert shown(f"https://x.example?{SECRET}") == "https://x.example"
    assert not has_user("abfs://container@account.dfs.example/raw/")
    assert has_user(f"az://account:{SECRET}@raw/")


def test_a_protocol_in_capitals_means_the_same() -> None:
    options = CleanOptions(inputs=("S3://raw/May.jsonl", "Raw/May.jsonl"), out="S3://clean/")
    assert (options.inputs, options.out) == (("s3://raw/May.jsonl", "Raw/May.jsonl"), "s3://clean/")
    assert not has_query(options), "nothing of it may be secret"
