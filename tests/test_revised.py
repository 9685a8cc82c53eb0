"""What is decided anew after the network, on tables in which the network's say is given: it may be trained again."""

import polars as pl
import pytest

from cleaners import Label
from cleaners.announced import with_announced
from cleaners.labeller import ruled_lines
from cleaners.lines import line_table
from cleaners.revised import LIKE_TEXT, VERY_SURE, with_revised
from cleaners.text import text_lines

PARAGRAPHS = [
    "Since the last keeper retired, the board of Amry has let its three lighthouses to anybody who pays for the oil.",
    "We spent a night in each of them, with a clock and a cake, and asked the neighbours what they hear at night.",
    "All three towers stand within an hour of the harbour, and the bus runs twice a day when the driver has no cold.",
    "The board asks guests to bring their own bread, because the shop was carried off by the wind in the spring.",
    "Nobody can look into the lamp room from below, but the keeper of the next tower has a telescope and much time.",
    "Curtains are not allowed, since ships would take them for a sign, and the board has letters about that.",
    "What the guests leave behind is shown at the board’s dinner: so far nine umbrellas, a flute and a wedding cake.",
    "The oil for the lamps comes by boat on the first Monday of the month, and whoever is in the tower carries it up.",
]
MENU = ["Harbour", "Ferries", "Tides", "Boats for sale", "Letters", "Crossword", "Archive"]

CREDITED = [
    "The lamp room of the northern tower. Photo: Lena Thorsby",
    "“Nobody falls asleep up here,” says the keeper. (Picture: Lena Thorsby/Harbour Pictures)",
    "Guests climb the last stairs with their blankets. Credit: iCoast",
    "Der Nordturm bei Sturm. Foto: Malte Birk/dna",
    "Der Nordturm bei Nacht. Foto: Jan van der Velde und Malte Birk",
    "Der Nordturm im Nebel. Foto: Wetteramt Amry/dpa",
    "The wreck below the tower. Picture: Lena Thorsby via BSS",
    "Le phare du nord sous la pluie. Crédit : Yann Le Guirec",
    "Le phare du nord sous la pluie © Yann Le Guirec / Ouest Marine",
    "El faro del norte bajo la lluvia. Foto: Íñigo Salas",
    "Северный маяк в шторм. Фото: Анна Кедрова",
]
ABOUT_PICTURES = [
    "The keeper has one rule for his guests. Photo: yes, flash: no.",
    "She hung up the picture: Lena Thorsby had painted it from the boat",
    "Guests took the worst picture of the tower. It was my favourite: Lena Thorsby at the lamp",
    "Er zeigte auf das Foto: Malte Birk stand darauf neben dem Turm und winkte.",
    "The board pays for the oil. Since 1998 the sign © means nothing up here, says the keeper.",
    "Most guests want a video. Photos are enough: Amry has no cinema.",
    "The keeper turns to the sea. Image: This is what matters now",
    "The keeper turned to the sea. Image: What Matters Now",
    "The tower has one word for its guests. Photo: Tomorrow",
    "Er zeigte auf die Treppe. Bild: Der Turm steht noch",
    "The board has a new sign © Guests are asked to read it twice",
]
CALLS = [
    "Sign up to Bookmarks, our weekly letter for people who read in the bath.",
    "Sign up for Amry Mail to get breaking news alerts on your phone.",
    "Sign up to a free trial and read all that the keepers wrote.",
    "Sign up today and be there when the lamp is lit.",
    "Support independent journalism. Become a member today from just 5 crowns a month.",
    "Jetzt Newsletter abonnieren: Das Beste von der Küste, jeden Morgen in Ihrem Postfach.",
    "Inscrivez-vous à notre newsletter et recevez chaque matin l’essentiel de la côte.",
]
ABOUT_READERS = [
    "Support came from as far as Oldmark, where a reader sent a cheque and a stone.",
    "The keeper’s newsletter has four subscribers, and he knows all of them by their boats.",
    "Sign up for war, the posters said.",
    "Sign up to the board’s rules, says the keeper, and you may stay another night.",
    "2. Sign up for a night in the tower, and tell the board how many blankets you bring.",
    "Get started early, says the keeper. The stairs have two hundred and six steps.",
    "Support our keeper had none in those years. Newsletters were new, and nobody on Amry read them.",
    "Unterstützen Sie den Wärter beim Putzen, heißt es im Vertrag. Das Öl stellt die Küstenwacht.",
]

LIKE_CALLS = [
    "Our newsletter was new in those years, and the keeper printed it by hand.",
    "Get started with the stairs, says the keeper. Stay connected by the rope. The lamp room is above.",
]

Told = dict[str, tuple[float, bool]]
"""Of each line: how surely it is text, and whether it is kept so far."""


def text(paragraphs: list[str]) -> Told:
    """Give lines of which the network is sure that they are text."""
    return dict.fromkeys(paragraphs, (0.98, True))


def clutter(lines: list[str]) -> Told:
    """Give lines of which the network is sure that they are none."""
    return dict.fromkeys(lines, (0.01, False))


def revised(*pages: Told, is_html: bool = False) -> list[dict[str, tuple[bool, str]]]:
    """Give for each line of each page whether it is kept in the end, and the label that the rules give."""
    table = ruled_lines(line_table([text_lines("\n\n".join(lines))[0] for lines in pages]))
    told = table.with_columns(
        pl.Series("kept", [kept for lines in pages for kept, _ in lines.values()]),
        pl.Series("is_kept", [is_kept for lines in pages for _, is_kept in lines.values()]),
        is_leftover=pl.lit(False),  # noqa: FBT003 - a column's value
        is_html=pl.lit(is_html),
    )
    found = iter(with_announced(with_revised(told)).select("text", "is_kept", "label").iter_rows())
    return [{text: (is_kept, label) for _, (text, is_kept, label) in zip(page, found, strict=False)} for page in pages]


def test_a_word_of_menus_between_two_paragraphs_is_a_subhead() -> None:
    words = ["Location", "Privacy", "Video", "LinkedIn", "12 May 2031", "Wetter", "Datenschutz", "Contacto", "Météo"]
    for surely, is_kept in ((LIKE_TEXT + 0.1, True), (LIKE_TEXT - 0.1, False)):
        pages = [text(PARAGRAPHS[:2]) | {word: (surely, False)} | text(PARAGRAPHS[2:]) for word in words]
        found = revised(*pages)
        assert {word: page[word][0] for word, page in zip(words, found, strict=True)} == dict.fromkeys(words, is_kept)


def test_other_lines_stay_away() -> None:
    surely = (LIKE_TEXT + 0.2, False)
    amid = text(PARAGRAPHS[:2]) | {"Advertisement": surely} | text(PARAGRAPHS[2:])
    below = text(PARAGRAPHS) | {"Location": surely} | clutter(MENU)
    found = revised(amid, below)
    assert not found[0]["Advertisement"][0]
    assert not found[1]["Location"][0]


@pytest.mark.parametrize(
    ("gone", "stays", "label"),
    [(CREDITED, ABOUT_PICTURES, Label.CAPTION), (CALLS, ABOUT_READERS, Label.PROMO)],
    ids=["credits", "calls"],
)
def test_what_a_line_says_takes_it_away_amid_text(gone: list[str], stays: list[str], label: Label) -> None:
    [found] = revised(text([*PARAGRAPHS[:2], *gone, *stays, *PARAGRAPHS[2:]]))
    assert {line: found[line] for line in gone} == dict.fromkeys(gone, (False, label.value))
    assert {line: found[line][0] for line in stays} == dict.fromkeys(stays, True)


def test_what_may_be_a_call_stays_where_the_network_is_very_sure() -> None:
    for surely, is_kept in ((VERY_SURE - 0.1, False), (VERY_SURE + 0.01, True)):
        [found] = revised(text(PARAGRAPHS[:2]) | dict.fromkeys(LIKE_CALLS, (surely, True)) | text(PARAGRAPHS[2:]))
        assert {line: found[line][0] for line in LIKE_CALLS} == dict.fromkeys(LIKE_CALLS, is_kept)


def test_what_went_for_what_it_says_is_not_announced_back() -> None:
    announced = ["a blanket for the stairs", "bread and cheese for two", "a lamp that needs no oil"]
    gone = [
        "Support our keeper up there. Become a member of the board today.",
        "A blanket for two. Photo: Lena Thorsby",
    ]
    lines = [*PARAGRAPHS, "The board asks all of its guests to bring:", *announced[:2], *gone]
    [found] = revised(text(lines) | clutter(announced[2:]))
    assert {line: found[line][0] for line in announced} == dict.fromkeys(announced, True)
    assert {line: found[line][0] for line in gone} == dict.fromkeys(gone, False)
