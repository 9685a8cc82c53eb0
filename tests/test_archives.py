"""Archives: their members read like loose files, nothing written to disk, and whatever is wrong with them said."""

import gzip
import io
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from crawl import PACKERS, http, raw_of, read_all, said, tarred, warc_record, written, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import archives, unpack
from flows.addresses import uri_of
from flows.read import Document, Notes, Reject, key_of
from flows.sources import member_uri

FILES = {
    "a.html": b"<p>Rain</p>",
    "b/c.txt": b"Snow fell.",
    "b/d.jsonl": b'{"text": "One."}\n{"text": "Two."}\n',
    "e.txt.gz": gzip.compress(b"Hail fell.", mtime=0),
    "f.warc.gz": gzip.compress(warc_record(http(b"<p>Fog</p>")), mtime=0),
}
TEXTS = ["<p>Rain</p>", "Snow fell.", "One.", "Two.", "Hail fell.", "<p>Fog</p>"]
NAMES = st.from_regex(r"[a-c](/[a-c]){0,2}\.(txt|html|jsonl)", fullmatch=True)
CONTENTS = st.sampled_from([b"Rain fell.", b"<p>Snow</p>", b'{"text": "Hail."}\n', b"", b"\n"])


@pytest.mark.parametrize("name", ["a.zip", "a.tar", *(f"a.tar{packing}" for packing in PACKERS), "a.tgz"])
def test_an_archive_is_one_reference_whose_members_are_read_like_files(tmp_path: Path, name: str) -> None:
    pack = PACKERS[".gz"] if name == "a.tgz" else PACKERS.get(Path(name).suffix, bytes)
    path = written(tmp_path / name, zipped(FILES) if name == "a.zip" else pack(tarred(FILES)))
    outcomes = read_all(tmp_path)
    assert said(outcomes) == TEXTS
    assert [outcome.uri for outcome in outcomes][:2] == [f"{path}!/a.html", f"{path}!/b/c.txt"]
    assert {key_of(outcome.uri, outcome.offset) for outcome in outcomes} == {(str(path), 0)}
    assert list(tmp_path.iterdir()) == [path], "nothing is unpacked to disk"


@settings(max_examples=40)
@given(files=st.dictionaries(NAMES, CONTENTS, min_size=1, max_size=6), is_tar=st.booleans())
def test_an_archive_gives_what_the_loose_files_give(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], *, is_tar: bool
) -> None:
    folder = tmp_path_factory.mktemp("loose")
    for name, content in files.items():
        written(folder / "files" / name, content)
    archive = written(folder / "a.bin", (tarred if is_tar else zipped)(files))
    loose = {(o.uri.removeprefix(f"{folder}/files/"), o.offset): said([o]) for o in read_all(folder / "files")}
    inside = read_all(archive.rename(folder / ("a.tar" if is_tar else "a.zip")))
    assert {(o.uri.partition("!/")[2], o.offset): said([o]) for o in inside} == loose
    assert len(inside) == len(loose)


def test_what_is_no_document_is_passed_over_and_counted(tmp_path: Path) -> None:
    link, device, folder = tarfile.TarInfo("l.txt"), tarfile.TarInfo("d.txt"), tarfile.TarInfo("f.txt")
    link.type, link.linkname, device.type, folder.type = (
        tarfile.SYMTYPE,
        "/etc/passwd",
        tarfile.CHRTYPE,
        tarfile.DIRTYPE,
    )
    hard = tarfile.TarInfo("h.txt")
    hard.type, hard.linkname = tarfile.LNKTYPE, "a.txt"
    files = {"a.txt": b"Rain", "p.png": b"x", "q.PNG": b"x", "README": b"x", ".h.txt": b"x", "__MACOSX/a.txt": b"x"}
    notes = Notes()
    path = written(tmp_path / "a.tar", tarred(files, link, device, folder, hard))
    assert said(read_all(path, notes=notes)) == ["Rain"]
    assert notes.passed_over == {".png": 2, "no suffix": 1}
    info = zipfile.ZipInfo("l.txt")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO(zipped(files))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    assert said(read_all(written(tmp_path / "a.zip", buffer.getvalue()))) == ["Rain"]


def test_names_are_names_and_no_places(tmp_path: Path) -> None:
    files = {"../../up.txt": b"Up.", "/etc/root.txt": b"Root.", "C:\\win\\a.txt": b"Win."}
    path = written(tmp_path / "in" / "a.tar", tarred(files))
    uris = [outcome.uri for outcome in read_all(path)]
    assert uris == [f"{path}!/../../up.txt", f"{path}!/etc/root.txt", f"{path}!/C:/win/a.txt"]
    assert {key_of(uri, 0) for uri in uris} == {(str(path), 0)}
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_two_documents(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for content in (b"Old.", b"New.", b"Newest."):
            info = tarfile.TarInfo("a.txt")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    outcomes = read_all(written(tmp_path / "a.tar", buffer.getvalue()))
    assert said(outcomes) == ["Old.", "New.", "Newest."]
    assert [outcome.uri.partition("!/")[2] for outcome in outcomes] == ["a.txt", "a.txt#2", "a.txt#3"]


def test_a_file_whose_name_looks_like_a_member_has_a_key_of_its_own(tmp_path: Path) -> None:
    odd = written(tmp_path / "odd.zip!" / "a.txt", b"Rain fell.")
    inside = written(tmp_path / "odd.zip", zipped({"a.txt": b"Snow fell."}))
    loose, member = sorted(read_all(tmp_path), key=lambda outcome: outcome.uri, reverse=True)
    assert said([loose, member]) == ["Rain fell.", "Snow fell."]
    assert loose.uri == uri_of(odd)
    assert key_of(loose.uri, 0) == (loose.uri, 0)
    assert key_of(member.uri, 0) == (str(inside), 0)
    assert member_uri(str(inside), "a.txt") == member.uri != loose.uri


def test_an_archive_in_an_archive_is_a_reject(tmp_path: Path) -> None:
    files = {"a.zip": zipped(FILES), "b.txt": tarred(FILES), "c.txt": b"Rain."}
    outcomes = read_all(written(tmp_path / "o.zip", zipped(files)))
    assert said(outcomes) == ["nested_archive", "nested_archive", "Rain."]


def test_an_encrypted_member_is_a_reject_and_harms_no_other(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.txt": b"Secret.", "b.txt": b"Rain."}, zipfile.ZIP_STORED))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert said(read_all(written(tmp_path / "a.zip", bytes(content)))) == ["encrypted", "Rain."]


def test_a_damaged_member_is_a_reject_and_harms_no_other(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.txt": b"Damaged.", "b.txt": b"Rain."}, zipfile.ZIP_STORED))
    content[content.index(b"Damaged.")] ^= 1
    assert said(read_all(written(tmp_path / "a.zip", bytes(content)))) == ["corrupt", "Rain."]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_an_archive_cut_off_gives_the_documents_before_the_break(tmp_path: Path, kind: str, method: int) -> None:
    files = {f"{number:03}.txt": os.urandom(2000).hex().encode() for number in range(40)}
    whole = zipped(files, method) if kind == "zip" else tarred(files)
    whole = gzip.compress(whole, mtime=0) if kind == "tar.gz" else whole
    outcomes = read_all(written(tmp_path / f"a.{kind}", whole[: len(whole) // 2]))
    good = [outcome for outcome in outcomes if isinstance(outcome, Document)]
    bad = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    assert 15 <= len(good) <= 21
    assert [raw_of(outcome).encode() for outcome in good] == list(files.values())[: len(good)]
    assert {outcome.reason for outcome in bad} == {"truncated"}
    assert bad[-1].uri == str(tmp_path / f"a.{kind}")


def test_a_zip_written_to_a_pipe_is_read_though_cut_off(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """A zip file written to what cannot seek has its sizes behind the data."""

        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, content: bytes) -> int:  # type: ignore[override]
            self.content += bytes(content)
            return len(content)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.txt", "b.txt", "c.txt"):
            archive.writestr(name, f"Rain fell on {name}.")
    cut = pipe.content[: pipe.content.index(b"PK\x01\x02") - 30]
    assert said(read_all(written(tmp_path / "a.zip", cut)))[:2] == ["Rain fell on a.txt.", "Rain fell on b.txt."]


def test_members_that_overlap_are_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (archives, unpack):
        monkeypatch.setattr(room, "BOMB_BYTES", 1_000_000)
    content = zipped({"a.txt": b"Rain." * 60_000})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[start:end]
    closing = bytearray(content[end:])
    count = 200
    closing[8:12] = count.to_bytes(2, "little") * 2
    closing[12:16] = (count * len(entry)).to_bytes(4, "little")
    # Two hundred entries of the directory, and one member that all of them point to.
    bomb = content[:start] + entry * count + bytes(closing)
    reasons = said(read_all(written(tmp_path / "a.zip", bomb), max_bytes=400_000))
    assert reasons[-1] == "bomb"
    assert len(reasons) < count / 2


def test_too_many_members_end_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    files = {f"{number}.txt": b"Rain." for number in range(5)}
    assert said(read_all(written(tmp_path / "a.tar", tarred(files)))) == ["Rain."] * 3 + ["too_many_members"]


def test_a_huge_archive_streams_in_little_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("big.png")
    info.size = 300_000_000
    with (tmp_path / "a.tar").open("wb") as file:
        for number in range(2):
            file.write(tarred({f"{number}.txt": b"Rain."})[:1024])
            file.write(info.tobuf())
            file.seek(-(-info.size // 512) * 512, os.SEEK_CUR)
        file.write(tarred({"a.txt": b"Rain."}))
    tracemalloc.start()
    assert said(read_all(tmp_path / "a.tar", max_bytes=1_000_000)) == ["Rain."] * 3
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("members", [{}, {".hidden/a.txt": b"x"}])
@pytest.mark.parametrize("form", [tarred, zipped])
def test_an_archive_without_a_file_is_a_reject(
    tmp_path: Path, members: dict[str, bytes], form: Callable[[dict[str, bytes]], bytes]
) -> None:
    suffix = "tar" if form is tarred else "zip"
    assert said(read_all(written(tmp_path / f"a.{suffix}", form(members)))) == ["empty"]
