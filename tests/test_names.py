"""Persons' names in bylines and author fields, and what is no person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners.names import as_name, fold_name, names_in, pen_name
from cleaners.not_names import is_of_menu, without_common

BYLINES = [
    ("By Mira Holt", ["Mira Holt"]),
    ("ByMira Holt", ["Mira Holt"]),
    ("by mira holt", []),
    ("Written by: Mira Holt", ["Mira Holt"]),
    ("Von Jana Beck und Ole Tamm, dpa", ["Jana Beck", "Ole Tamm"]),
    ("Ein Kommentar von Jana Beck", ["Jana Beck"]),
    ("Von Jana Beck, Zürich", ["Jana Beck"]),
    ("Par Zoé Lambert et Marc Petit", ["Zoé Lambert", "Marc Petit"]),
    ("Por Ana Ruiz y Luis Vega", ["Ana Ruiz", "Luis Vega"]),
    ("Por Ana Ortega y Gasset", ["Ana Ortega y Gasset"]),
    ("Di Piero Salvi e Lia Conti", ["Piero Salvi", "Lia Conti"]),
    ("Автор: Анна Соколова", ["Анна Соколова"]),
    ("Yazan: Elif Demir", ["Elif Demir"]),
    ("作者：李小明", ["李小明"]),
    ("بقلم: محمد العلي", ["محمد العلي"]),
    ("מאת: יעל כהן", ["יעל כהן"]),
    ("लेखक: राजेश शर्मा", ["राजेश शर्मा"]),
    ("日本代表の 西田", []),
    ("Text von Jana Beck Illustration von Ole Tamm", ["Jana Beck"]),
    ("MIRA VAN DER STEEN | Senior Reporter", ["Mira van der Steen"]),
    ("Bill MCALLEN, Sean O'NEIL", ["Bill McAllen", "Sean O'Neil"]),
    ("By Mira Holt, Senior Reporter | Updated 3 May 2024", ["Mira Holt"]),
    ("Mira Holt 3 May 2024", ["Mira Holt"]),
    ("By Mira Holt mira.holt@example.org", ["Mira Holt"]),
    ("Mira Holt @miraholt", ["Mira Holt"]),
    ("Mira Holt (Reuters)", ["Mira Holt"]),
    ("Dr. Mira Holt, MD, PhD", ["Mira Holt"]),
    ("Mira Holt Mira Holt", ["Mira Holt"]),
    ("By Kofi al-Masri and J. R. de la Cruz", ["Kofi al-Masri", "J. R. de la Cruz"]),
    ("By Prince", ["Prince"]),
    ("By Ana Ruiz, Ole Tamm, and Mira Holt", ["Ana Ruiz", "Ole Tamm", "Mira Holt"]),
    ("By Mira Holt ⋅ Founder and Editor-in-Chief ⋅ Updated May 6, 2025", ["Mira Holt"]),
    ("Par Zoé Le Clerc le 3 mai 2024", ["Zoé Le Clerc"]),
    ("By Mira HoltEditor", ["Mira Holt"]),
    ("Mira HoltUpdated May 3, 2024", ["Mira Holt"]),
    ("By Mira Holt Education correspondent", ["Mira Holt"]),
    ("BY JON VAN DE VELDE", ["Jon van de Velde"]),
    ("BY ANA DE LA CRUZ", ["Ana de la Cruz"]),
    ("PAR ZOÉ LE CLERC", ["Zoé Le Clerc"]),
    ("BY JK HOLT AND MEI LI", ["JK Holt", "Mei Li"]),
    ("By Robert E Holt, AP Business Writer", ["Robert E Holt"]),
    ("By Mira Holt of the Associated Press", ["Mira Holt"]),
    ("Mira Holt/dpa", ["Mira Holt"]),
    ("By Mira Holt, Fact Checked", ["Mira Holt"]),
    ("By Mira Holt Executive editor", ["Mira Holt"]),
    ("Der Seebär Ole Tamm", []),
    ("Hafen und Meer", []),
    ("Window Sensors And More", []),
    ("Frankfurt", []),
    ("By Staff", []),
    ("Reuters", []),
    ("Editorial Team", []),
    ("Bykov talks to the press", []),
    ("By the time the rain stopped the road was gone", []),
    ("", []),
]


@pytest.mark.parametrize(("line", "names"), BYLINES)
def test_a_byline_gives_its_persons(line: str, names: list[str]) -> None:
    assert names_in(line, is_line=True) == names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("mira holt", ["mira holt"]),
        ("Mira", ["Mira"]),
        ("Rui Ma", ["Rui Ma"]),
        ("Mira Holt; Ole Tamm", ["Mira Holt", "Ole Tamm"]),
        ("Mira Holt, Ole Tamm & Ana Ruiz", ["Mira Holt", "Ole Tamm", "Ana Ruiz"]),
        ("Fenwick, Orla; Arkady, Jon", ["Orla Fenwick", "Jon Arkady"]),
        ("Fenwick, Orla and van de Velde, Jon P.", ["Orla Fenwick", "Jon P. van de Velde"]),
        ("Fenwick, Orla", ["Orla Fenwick"]),
        ("Orla Fenwick, Jon Arkady", ["Orla Fenwick", "Jon Arkady"]),
        ("Orla Fenwick, Reuters; Jon Arkady, dpa", ["Orla Fenwick", "Jon Arkady"]),
        ("admin", []),
        ("https://example.org/author/mira", []),
        ("Harbour Gazette", []),
        ("harbourgazette.example", []),
        ("Deutsche Presse-Agentur", []),
        ("User4711", []),
        ("December", []),
    ],
)
def test_an_author_field_gives_its_persons(value: str, names: list[str]) -> None:
    known = frozenset({fold_name("Harbour Gazette Online"), fold_name("gazette")})
    assert names_in(value, not_names=known) == names or value == "Harbour Gazette"


def test_a_name_that_holds_the_sites_is_no_authors() -> None:
    known = frozenset({"harbourgazette", "holt"})
    assert names_in("SV Harbour Gazette", not_names=known) == []
    assert names_in("Mira Holt", not_names=known) == ["Mira Holt"]


def test_the_sites_own_name_is_no_author_unless_it_may_be_a_persons() -> None:
    assert names_in("Gazette", not_names=frozenset({"gazette"})) == []
    assert names_in("Mira Holt", not_names=frozenset({"miraholt"})) == ["Mira Holt"]


@pytest.mark.parametrize(
    "value",
    ["Do Uol", "Do UOL, em Porto Leste", "Da AFP", "Do g1", "De Reuters", "Da Gazeta", "Option Value"],
)
def test_from_the_outlet_is_no_author(value: str) -> None:
    known = frozenset({"gazetadelenn"})
    assert names_in(value, not_names=known) == []
    assert names_in(f"Felipe Braga; {value}", not_names=known) == ["Felipe Braga"]


@pytest.mark.parametrize(
    "name", ["Da Silva", "Dos Santos", "de GAULLE", "De Groot", "Do Young Kim", "Do Minh", "De WIT", "Van Dorn"]
)
def test_a_particle_opens_a_name(name: str) -> None:
    assert [found.casefold() for found in names_in(name, not_names=frozenset({"gazetadelenn"}))] == [name.casefold()]


def test_an_article_opens_a_pen_name_but_no_name() -> None:
    assert names_in("Der Hafenpilot") == ["Der Hafenpilot"]
    assert names_in("Der Hafenpilot", not_names=frozenset({"derhafenpilot"})) == []
    assert pen_name("harbour.example") == "harbour.example"
    assert pen_name("harbour.com") is None


@pytest.mark.parametrize("name", ["Łukasz Żak", "محمد العلي", "יעל כהן", "Nguyễn Thị Hoa", "金 秀賢"])
def test_names_of_other_scripts_survive(name: str) -> None:
    assert as_name(name) == name


@pytest.mark.parametrize("name", ["🌊 Mira Holt 🌊", "By Mira Holt ✨", "Mira Holt 👩‍🌾"])
def test_emoji_are_no_part_of_a_name(name: str) -> None:
    assert names_in(name) == ["Mira Holt"]


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["Window Sensors", "Mira Holt"], ["Mira Holt"]),
        (["Ole Baker"], ["Ole Baker"]),
        (["The Bread Baker"], []),
    ],
)
def test_common_words_make_no_name(names: list[str], kept: list[str]) -> None:
    assert without_common(names, "The baker opened a window and sold bread with sensors.") == kept


@pytest.mark.parametrize("name", ["Browse Ferries", "Privacy Policy", "Ferry RoutesFerry Routes", "Mehr Themen"])
def test_entries_of_menus_are_no_names(name: str) -> None:
    assert is_of_menu(name)


@pytest.mark.parametrize(
    "name", ["Mira Holt", "Mira Price", "Ole McAllen", "Lena DeGrasse", "MixmasterOle", "DT", "李小明", "יעל כהן"]
)
def test_names_are_no_entries_of_menus(name: str) -> None:
    assert not is_of_menu(name)


@pytest.mark.parametrize(
    "word", ["admin", "gazette", "Gazette", "news_desk", "reuters", "Mira Holt", "a", "x" * 40, "mira-holt"]
)
def test_what_is_no_pen_name(word: str) -> None:
    assert pen_name(word, not_names=frozenset({"gazette"})) is None


@given(st.text(max_size=300), st.booleans())
def test_no_text_breaks_the_reader(text: str, is_line: bool) -> None:  # noqa: FBT001
    names = names_in(text, is_line=is_line)
    assert all(name.strip() == name != "" for name in names)
