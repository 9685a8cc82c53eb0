"""Decoding: every way in which the bytes of a page say, or fail to say, what they are written in."""

import codecs
import doctest
import gzip
import tomllib
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners import charsets, decode, detect
from cleaners.charsets import codec_of, resolve
from cleaners.decode import declared_encodings

TEXTS = tomllib.loads((Path(__file__).parent / "data" / "decode_texts.toml").read_text("utf-8"))
LEGACY = [(language, name) for language, case in TEXTS.items() for name in case["encodings"]]
# One sentence of Hungarian has no letter but á, é and ő, and ő is õ in windows-1252: Portuguese has all three.
UNDECIDABLE = {("hu", "windows-1250", 2), ("hu", "iso-8859-2", 2)}


def cases() -> list[object]:
    found: list[object] = []
    for language, name in LEGACY:
        for number, sentence in enumerate(TEXTS[language]["sentences"]):
            marks = (
                pytest.mark.xfail(reason="too few letters to tell") if (language, name, number) in UNDECIDABLE else ()
            )
            found.append(pytest.param(name, sentence, id=f"{language}-{name}-{number}", marks=marks))
        found.append(pytest.param(name, " ".join(TEXTS[language]["sentences"]), id=f"{language}-{name}-all"))
    return found


def in_encoding(text: str, name: str) -> bytes:
    return text.encode(codec_of(resolve(name) or name), "replace")


@pytest.mark.parametrize(("name", "text"), cases())
def test_undeclared_encoding_is_detected(name: str, text: str) -> None:
    raw = in_encoding(text, name)
    assert decode.decode(raw).text == raw.decode(codec_of(resolve(name) or name))


@pytest.mark.parametrize(("language", "name"), LEGACY)
def test_right_declaration_is_believed_down_to_one_sentence(language: str, name: str) -> None:
    for sentence in TEXTS[language]["sentences"]:
        raw = in_encoding(sentence, name)
        assert decode.decode(raw, charset=name).text == raw.decode(codec_of(resolve(name) or name))


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "gb2312", "shift_jis", "nonsense"])
def test_valid_utf8_wins_over_a_wrong_declaration(language: str, declared: str) -> None:
    text = " ".join(TEXTS[language]["sentences"])
    assert decode.decode(text.encode(), charset=declared) == decode.Decoded(text, "utf-8")


@pytest.mark.parametrize(
    ("language", "name", "declared"),
    [
        ("de", "windows-1252", "utf-8"),
        ("ja", "shift_jis", "utf-8"),
        ("ja", "shift_jis", "iso-8859-1"),
        ("ja", "euc-jp", "shift_jis"),
        ("ru", "windows-1251", "iso-8859-1"),
        ("ru", "koi8-r", "windows-1251"),
        ("ru", "windows-1251", "gb2312"),
        ("zh", "gbk", "iso-8859-1"),
        ("zh", "gbk", "euc-kr"),
        ("zh-hant", "big5", "gb2312"),
        ("ko", "euc-kr", "iso-8859-1"),
        ("el", "windows-1253", "iso-8859-1"),
        ("pl", "windows-1250", "iso-8859-1"),
        ("tr", "windows-1254", "iso-8859-1"),
        ("cs", "iso-8859-2", "iso-8859-1"),
        pytest.param("ko", "euc-kr", "gb2312", marks=pytest.mark.xfail(reason="Korean bytes are common hanzi too")),
        pytest.param("uk", "koi8-u", "koi8-r", marks=pytest.mark.xfail(reason="differ in eight letters only")),
        pytest.param("hu", "windows-1250", "iso-8859-1", marks=pytest.mark.xfail(reason="differs in ő and ű only")),
    ],
)
def test_wrong_declaration_is_seen_through(language: str, name: str, declared: str) -> None:
    text = " ".join(TEXTS[language]["sentences"])
    raw = in_encoding(text, name)
    assert decode.decode(raw, charset=declared).text == raw.decode(codec_of(resolve(name) or name))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ISO-8859-1", "windows-1252"),
        ("latin1", "windows-1252"),
        ("US-ASCII", "windows-1252"),
        ("gb2312", "gb18030"),
        ("x-gbk", "gb18030"),
        ("KS_C_5601-1987", "euc-kr"),
        ("x-sjis", "shift_jis"),
        ("Windows-31J", "shift_jis"),
        ("iso-8859-9", "windows-1254"),
        ("tis-620", "windows-874"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        (' "utf8" ', "utf-8"),
        ("utf-7", None),
        ("", None),
    ],
)
def test_labels_are_resolved_as_browsers_do(label: str, name: str | None) -> None:
    assert resolve(label) == name


def test_every_encoding_of_the_table_has_a_codec() -> None:
    for name in {*charsets.NAMES.values(), *charsets.LATIN}:
        assert codecs.lookup(codec_of(name))


@pytest.mark.parametrize(
    ("raw", "charset", "kind", "found"),
    [
        (b'<html><meta charset="koi8-r">', None, None, ("koi8-r",)),
        (b"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=windows-1251'>", None, "html", ("windows-1251",)),
        (b'<?xml version="1.0" encoding="Shift_JIS"?>', None, None, ("shift_jis",)),
        (b"<meta charset=big5>", "euc-kr", None, ("euc-kr", "big5")),
        (b"<meta charset=utf-16>", None, None, ("utf-8",)),
        (b'To declare it, write <meta charset="koi8-r">.', None, "text", ()),
        (b"no word of it, charset=koi8-r", None, None, ()),
        (b" " * 9_000 + b"<meta charset=big5>", None, None, ()),
    ],
)
def test_declarations_are_found(raw: bytes, charset: str | None, kind: None, found: tuple[str, ...]) -> None:
    assert declared_encodings(raw, charset=charset, kind=kind) == found


def test_latin1_of_the_server_yields_to_the_page() -> None:
    """Servers send Latin-1 by default; nobody writes a <meta> by default."""
    page = '<meta charset="windows-1250"><p>Kroměříž'.encode("cp1250")
    assert decode.decode(page, charset="iso-8859-1").text.endswith("Kroměříž")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", TEXTS)
def test_unicode_with_and_without_mark(codec: str, language: str) -> None:
    text = " ".join(TEXTS[language]["sentences"])
    assert decode.decode(text.encode(codec), charset="iso-8859-1").text == text


def test_odd_byte_at_the_end_of_utf16_is_one_replacement() -> None:
    decoded = decode.decode("\N{ZERO WIDTH NO-BREAK SPACE}Mühle".encode("utf-16-le") + b"x")
    assert (decoded.text, decoded.repairs) == ("Mühle\N{REPLACEMENT CHARACTER}", ("invalid_bytes",))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Škoda či Ærø? ".encode() + b"caf\xe9", "Škoda či Ærø? café"),
        ("„Müßig“ – ".encode() + b"it\x92s so", "„Müßig“ – it’s so"),
        ("Größe, Maß, ".encode() + "Öl".encode()[:1], "Größe, Maß, \N{REPLACEMENT CHARACTER}"),
        ("Größe – ".encode() + "„".encode()[:2] + b" x", "Größe – \N{REPLACEMENT CHARACTER} x"),
        ("мельница ".encode() + b"\xe9" + "река".encode(), "мельница \N{REPLACEMENT CHARACTER}река"),
        ("Grüße, schön: ".encode() + b"\xed\xa0\xbd\xed\xb8\x80", "Grüße, schön: \N{GRINNING FACE}"),
    ],
)
def test_utf8_with_broken_bytes_stays_utf8(raw: bytes, text: str) -> None:
    assert decode.decode(raw, charset="iso-8859-1") == decode.Decoded(text, "utf-8", ("invalid_utf8",))


def test_one_broken_byte_does_not_turn_megabytes_into_another_encoding() -> None:
    raw = "Die Grüße der Mühle. ".encode() * 100_000 + b"\xff"
    decoded = decode.decode(raw, charset="windows-1252")
    assert decoded.encoding == "utf-8"
    assert decoded.text.count("\N{REPLACEMENT CHARACTER}") == 1


def test_letters_far_behind_megabytes_of_markup_decide() -> None:
    page = b"<div class='x'></div>\n" * 100_000 + " ".join(TEXTS["ru"]["sentences"]).encode("koi8-r")
    assert decode.decode(page).encoding == "koi8-r"


def test_bytes_that_windows_1252_leaves_open_are_no_loss() -> None:
    assert decode.decode(b"caf\xe9 \x81 na\xefve", charset="windows-1252").text == "café \x81 naïve"


def test_microsofts_japanese_signs_are_read() -> None:
    text = "青葉谷町の①番地にある㈱さくら"
    assert decode.decode(text.encode("cp932"), charset="shift_jis").text == text
    assert decode.decode("青葉谷町の①番地".encode("euc_jis_2004"), charset="euc-jp").text == "青葉谷町の①番地"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"\x7fELF\x02\x01\x01" + bytes(9),
        gzip.compress(b"The mill will reopen. " * 50, mtime=0),
        zlib.compress(bytes(range(256)) * 40, 9) * 20,
        b"PK\x03\x04\x14\x00\x00\x00",
        bytes(1_000),
        bytes(range(256)) * 10,
    ],
)
def test_binary_data_is_no_text(raw: bytes) -> None:
    assert decode.decode(raw, charset="utf-8") == decode.Decoded("", None, is_text=False)


@pytest.mark.parametrize(
    "raw",
    [
        b"PK is short for Parkhurst Keane, who built the mill.",
        b"RIFF raff was the name of the band.",
        b"MZ is the country code of Mozambique.",
        b"A stray \x00 in a sentence, and a bell \x07.",
        b"\x1b[1mBold\x1b[0m words of a terminal, \x1b[31mred\x1b[0m ones too.",
        b"The end of a record, padded." + bytes(100),
        b"",
    ],
)
def test_text_that_looks_like_binary_is_text(raw: bytes) -> None:
    decoded = decode.decode(raw)
    assert decoded.is_text
    assert decoded.text == raw.decode()


def test_text_stays_as_it_is() -> None:
    assert decode.decode("Grüße \ud83d", charset="koi8-r") == decode.Decoded("Grüße \ud83d", None)


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "latin1", "sjis", "gbk", "utf-16", "hex", "\x00"]))
def test_any_bytes_are_decoded_without_an_error(raw: bytes, charset: str | None) -> None:
    decoded = decode.decode(raw, charset=charset)
    assert not any("\ud800" <= sign <= "\udfff" for sign in decoded.text)
    assert decoded.is_text or not decoded.text


@given(st.text())
def test_any_utf8_that_is_text_comes_back(text: str) -> None:
    raw = text.encode("utf-8", "ignore")
    decoded = decode.decode(raw)
    if decoded.encoding == "utf-8":
        assert decoded.text == raw.decode().removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")


@pytest.mark.parametrize("module", [decode, detect, charsets])
def test_examples_in_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
