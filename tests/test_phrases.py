# ruff: noqa: RUF001 - the test lines are in many scripts
"""Each phrase list hits the lines that it must, spares prose, and is written as a linguist would find it."""

import unicodedata
from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners import phrases
from cleaners.phrases import (
    WAYS,
    bare,
    fold,
    has,
    is_exactly,
    literals,
    mentions,
    opens_with,
    reads_like_prose,
    with_phrases,
)

CORE = [
    *("related_heading", "related_teaser", "promo", "share", "bio_heading", "comments_heading"),
    *("legal", "caption", "byline", "date"),
]
KEYS = {*WAYS, "hits", "spares"}
MAX_IS_CHARS = 64
MIN_HAS_BYTES = 3

FILES = phrases.written()
SECTIONS = [(language, name) for language, file in FILES.items() for name in file]
PROSE = {
    "en": [
        "Related to that, the council of Orlen will vote on the new ferry line before the summer break.",
        "Read more closely, the contract shows that nobody ever promised the valley a second bridge.",
        "Share of the blame goes to the engineers, who never looked at the foundations of the old mill.",
    ],
    "de": [
        "Mehr zum Erstaunen als zum Ärger der Nachbarn kaufte die alte Frau im Mai auch noch die Mühle.",
        "Von der Brücke aus sieht man bis zum Hafen, wo seit dem Winter kein einziges Schiff mehr liegt.",
        "Teilen wollte sie das Erbe nie, und am Ende bekam das Archiv von Orlen die Briefe und die Bilder.",
    ],
    "fr": [
        "Par chance, la barque avait été attachée la veille, et personne à Orlen ne manquait à l'appel.",
        "Lire ces lettres aujourd'hui, c'est comprendre pourquoi la vallée a perdu la moitié de ses moulins.",
    ],
    "es": [
        "Por la noche el agua ya había llegado al molino, y nadie en Orlen se atrevía a cruzar el puente.",
        "Más tarde se supo que el alcalde conocía el informe y que lo guardó durante meses en un cajón.",
    ],
    "it": [
        "Di quel mulino restano oggi soltanto le mura, e la ruota che qualcuno ha portato in città.",
        "Leggi come questa, dice il sindaco di Orlen, si scrivono in un giorno e si rimpiangono per anni.",
    ],
    "pt": [
        "Por sorte o barco estava amarrado desde a véspera, e ninguém em Orlen faltou à chamada.",
        "Mais tarde soube-se que o presidente da câmara conhecia o relatório havia muitos meses.",
    ],
    "nl": [
        "Door de droogte staat het water zo laag dat de oude brug van Orlen weer zichtbaar is geworden.",
        "Meer dan honderd gezinnen verlieten het dal, en maar een handvol kwam na de oorlog terug.",
    ],
    "sv": [
        "Dela på arvet ville hon aldrig, och till slut fick arkivet i Orlen både breven och bilderna.",
        "Läs de här breven i dag, säger prästen, så förstår du varför dalen förlorade hälften av sina kvarnar.",
    ],
    "no": [
        "Av den gamle brua ser man helt ned til havna, der det ikke har ligget et eneste skip siden i vinter.",
        "Del gjerne brødet med naboen, sa mølleren i Orlen, men ta aldri båten hans uten å spørre først.",
    ],
    "da": [
        "Af de hundrede familier, der forlod dalen, kom kun en håndfuld tilbage til Orlen efter krigen.",
        "Mere end hundrede mennesker tilbragte natten i møllen, mens de ventede på, at vandet faldt.",
    ],
    "pl": [
        "Więcej niż stu mieszkańców spędziło noc w starym młynie, czekając, aż opadnie woda w rzece.",
        "Zobacz tylko, mówił przewodnik, jak nisko stoi rzeka, a wczoraj nie było widać tego mostu.",
    ],
    "ru": [
        "Больше сотни жителей провели ночь на старой мельнице, пока вода в реке не начала спадать.",
        "Читать эти письма сегодня значит понимать, почему долина лишилась половины своих мельниц.",
    ],
    "tr": [
        "Son yağmurlardan sonra değirmenin duvarı yıkıldı ve Orlen halkı köprüyü bir daha geçmedi.",
        "Yazar olmak isteyen çocuk, değirmencinin anlattığı bütün hikâyeleri bir deftere geçirmişti.",
    ],
    "uk": [
        "Більше сотні мешканців провели ніч у старому млині, поки вода в річці не почала спадати.",
        "Читати ці листи сьогодні означає розуміти, чому долина втратила половину своїх млинів.",
    ],
    "ro": [
        "Mai multe familii din Orlen au petrecut noaptea în moara veche, până când apa s-a retras.",
        "De sus se vede tot portul, iar autorul scrisorii știa bine ce sursă are zvonul despre comoară.",
    ],
    "el": [
        "Περισσότερα από εκατό άτομα πέρασαν τη νύχτα στον παλιό μύλο του Όρλεν, ώσπου να πέσει το νερό.",
        "Του μύλου έμειναν μόνο οι τοίχοι, και όλα τα σχόλια των γερόντων ήταν πάντα για το ποτάμι.",
    ],
    "fi": [
        "Lisää vettä tuli koko yön, ja aamulla Orlenin mylly seisoi yksin keskellä ruskeaa järveä.",
        "Tilaa oli veneessä vain kolmelle, joten kirjoittaja ja pormestari jäivät laiturille odottamaan.",
    ],
    "cs": [
        "Více než sto obyvatel strávilo noc ve starém mlýně a čekalo, až voda v řece začne klesat.",
        "Autor dopisu, který se našel v archivu, tvrdil, že most v Orlenu nikdy neměl být postaven.",
    ],
    "hu": [
        "Tovább esett egész éjjel, és reggelre a szerző szerint már csak a malom teteje látszott ki a vízből.",
        "Hozzászólás nélkül hallgatta végig a polgármester, hogy Orlenben senki sem kér új hidat.",
    ],
    "zh": [
        "更多的居民在磨坊里过夜，等待河水退去，第二天早上才回到自己的家里。",
        "分享这段记忆的时候，老人一直望着窗外的河，没有再说一句话。",
    ],
    "ja": [
        "写真の中の水車小屋は、いまはもう跡形もなく、川の音だけが昔のまま残っている。",
        "コメントを求められた町長は、橋の再建にはまだ三年ほどかかるとだけ答えた。",
    ],
    "ko": [
        "사진 속의 물레방아는 이미 사라졌지만 강물 소리만은 오를렌에 예전 그대로 남아 있다.",
        "처음으로 다리를 건너던 날 아침, 마을 사람들은 관련 기사가 실린 신문을 강가에 들고 나왔다.",
    ],
    "id": [
        "Oleh karena itu jembatan Orlen ditutup, dan tidak seorang pun berani menyeberangi sungai malam itu.",
        "Baca saja surat-surat lama ini, kata penjaga kincir, maka kalian akan tahu mengapa lembah itu sepi.",
    ],
    "vi": [
        "Theo lời kể của người gác cối xay, nước sông Orlen đã dâng lên đến cửa sổ ngay trong đêm đầu tiên.",
        "Chia sẻ với chúng tôi, ông thị trưởng nói rằng ảnh chụp cây cầu cũ nay chỉ còn trong bảo tàng.",
    ],
    "ar": [
        "شارك في البحث عن القارب المفقود أكثر من مئة من أهالي أورلن، ولم يعثر عليه أحد حتى الصباح.",
        "كتب الطحان العجوز في دفتره أسماء كل من عبروا الجسر، ثم أخفاه في جدار الطاحونة.",
    ],
    "he": [
        "עוד לפני שהתייבש הנהר עזבו רוב משפחות העמק, ורק הטוחן של אורלן נשאר בביתו.",
        "על המחבר של המכתבים האלה איש לא ידע דבר, עד שנמצאה המחברת בקיר הטחנה הישנה.",
    ],
    "hi": [
        "और भी कई परिवार ओरलेन की पुरानी पनचक्की में रात बिताकर सुबह अपने घर लौटे।",
        "फोटो में दिखने वाला पुल अब नहीं रहा, और नदी के पार जाने का रास्ता भी कोई नहीं जानता।",
    ],
}

LITERALS = [
    (language, name, way, phrase)
    for language, file in FILES.items()
    for name, section in file.items()
    for way in WAYS
    for phrase in section.get(way, ())
]


def matched(lines: list[str]) -> pl.DataFrame:
    """The frame that the rules see: a line with its folded and bare form and its masks."""
    text = pl.DataFrame({"text": lines}, schema={"text": pl.String})
    folded = text.with_columns(folded=fold(pl.col("text"))).with_columns(bare=bare(pl.col("folded")))
    return with_phrases(folded)


def missed(name: str, lines: list[str], *, wanted: bool) -> list[str]:
    """Lines that the list hits though they are prose to spare, or does not hit though it must."""
    found = mentions(name) if wanted else mentions(name) & ~reads_like_prose()
    frame = matched(lines).with_columns(found=found)
    return frame.filter(pl.col("found") != wanted).get_column("text").to_list()


@pytest.mark.parametrize(("language", "name"), SECTIONS)
def test_list_hits_and_spares_its_examples(language: str, name: str) -> None:
    section = FILES[language][name]
    assert section.get("hits"), "a list shows what it is for"
    assert missed(name, section["hits"], wanted=True) == []
    assert missed(name, section.get("spares", []), wanted=False) == []


@pytest.mark.parametrize(("language", "name"), SECTIONS)
def test_list_has_known_keys_and_unique_phrases(language: str, name: str) -> None:
    section = FILES[language][name]
    assert set(section) <= KEYS
    for way in WAYS:
        twice = [phrase for phrase, count in Counter(section.get(way, ())).items() if count > 1]
        assert twice == [], f"{way} of {name} in {language}"


def test_phrases_are_folded_literals() -> None:
    def as_written(phrase: str) -> str:
        return " ".join(
            unicodedata.normalize("NFKC", phrase).lower().replace("i\N{COMBINING DOT ABOVE}", "i").split(" ")
        )

    assert [row for row in LITERALS if row[3] != as_written(row[3]) or "’" in row[3] or "  " in row[3]] == []


def test_is_phrases_are_bare_or_they_could_never_match() -> None:
    frame = pl.DataFrame(
        [row for row in LITERALS if row[2] == "is"], ["language", "name", "way", "phrase"], orient="row"
    )
    unreachable = frame.with_columns(bare=bare(fold(pl.col("phrase")))).filter(pl.col("bare") != fold(pl.col("phrase")))
    assert unreachable.rows() == []
    assert [row for row in LITERALS if row[2] == "is" and len(row[3]) > MAX_IS_CHARS] == []


def test_opening_phrases_fit_the_part_that_is_looked_at() -> None:
    assert [row for row in LITERALS if row[2] == "opens" and len(row[3]) >= phrases.OPENS_CHARS] == []


def test_phrases_looked_for_anywhere_are_long() -> None:
    assert [row for row in LITERALS if row[2] == "has" and len(row[3].encode()) < MIN_HAS_BYTES] == []


@pytest.mark.parametrize("language", [language for language in FILES if language != "und"])
def test_language_has_every_core_list(language: str) -> None:
    assert [name for name in CORE if name not in FILES[language]] == []


def test_lists_have_the_names_of_the_english_ones() -> None:
    """A misspelt section would be a list that no rule reads."""
    assert {name for file in FILES.values() for name in file} <= set(FILES["en"])


@pytest.mark.parametrize("language", PROSE)
def test_prose_is_hit_by_no_list(language: str) -> None:
    frame = matched(PROSE[language])
    for name in phrases.names():
        found = frame.filter((opens_with(name) | is_exactly(name)) & ~reads_like_prose() | has(name))
        assert found.get_column("text").to_list() == [], name


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("» 12 Comments:", "comments"),
        ("Comments (3)", "comments"),
        ("View all 1,204 comments", "view all comments"),
        ("1.2k Shares", "shares"),
        ("• Read\N{NO-BREAK SPACE}More →", "read more"),
        ("Editors’ Picks", "editors' picks"),
        ("İLGİLİ HABERLER", "ilgili haberler"),
        ("ＦＡＣＥＢＯＯＫ", "facebook"),
        ("評論（3）", "評論"),
        ("3分で読めます", "分で読めます"),
        ("", ""),
        ("***", ""),
    ],
)
def test_bare_line_has_no_ornaments_and_counters(line: str, expected: str) -> None:
    assert matched([line]).get_column("bare").to_list() == [expected]


@pytest.mark.parametrize(
    ("name", "opened", "spared"),
    [
        ("byline", ["By Anna Velt", "→ By Anna Velt", "By: Anna"], ["Bystanders in Orlen", "Byå kommun", "Today By"]),
        ("share", ["分享到微信", "Share on Facebook"], ["Share ontology work", "共有分享到微信"]),
        ("caption", ["Photo:Anna Velt", "写真:安奈"], ["Photographic memory", "写真に写る水車小屋"]),
        ("related_teaser", ["यह भी देखें: पुल", "ये भी देखें"], ["यह भी देखेंगे पुल", "ये भी देखेंगे"]),
    ],
)
def test_phrase_ends_at_word_boundary_where_the_script_has_them(
    name: str, opened: list[str], spared: list[str]
) -> None:
    found = matched(opened + spared).filter(opens_with(name)).get_column("text").to_list()
    assert found == opened


@pytest.mark.parametrize("line", ["overall rights reserved", "all rights reservedly"])
def test_phrase_inside_a_word_is_not_found(line: str) -> None:
    assert not matched([line]).select(has("legal")).item()


@pytest.mark.parametrize(
    "line",
    [
        "ओरलेन मीडिया। सर्वाधिकार सुरक्षित।",
        "أورلن ميديا، جميع الحقوق محفوظة؛ 2024",
        "\N{RIGHT-TO-LEFT MARK}כל הזכויות שמורות\N{RIGHT-TO-LEFT MARK}",
    ],
)
def test_phrase_is_found_between_signs_of_other_scripts(line: str) -> None:
    assert matched([line]).select(has("legal")).item()


def test_longest_opening_speaks_for_the_shorter_ones_of_other_lists() -> None:
    """A caption list has "copyright:", a legal one "copyright"; both open the line."""
    frame = matched(["Copyright: Anna Velt"])
    assert frame.select(opens_with("caption") & opens_with("legal")).item()


def test_has_reads_several_lists_out_of_one_line() -> None:
    frame = matched(["We use cookies, see our privacy policy."])
    assert frame.select(has("consent") & has("legal")).item()


def test_no_lines_give_empty_masks() -> None:
    assert matched([]).select(mentions("share")).height == 0


def test_null_line_matches_nothing() -> None:
    frame = pl.DataFrame({"folded": [None], "bare": [None]}, schema={"folded": pl.String, "bare": pl.String})
    assert with_phrases(frame).select(mentions("share")).to_series().to_list() == [False]


def test_literals_merge_the_languages() -> None:
    months = literals("month")
    assert {"mai", "december", "五月"} <= set(months)
    assert months == sorted(months, key=lambda phrase: (-len(phrase), phrase))


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=30), max_size=8))
def test_fold_is_nfkc_and_lower_case_whatever_the_line(lines: list[str]) -> None:
    def slow(line: str) -> str:
        lowered = unicodedata.normalize("NFKC", line).lower()
        straight = lowered.replace("i\N{COMBINING DOT ABOVE}", "i").replace("ı", "i")
        for curly in "’‘ʼ`´":
            straight = straight.replace(curly, "'")
        return straight

    folded = matched(lines).get_column("folded").to_list()
    assert ["".join(line.split()) for line in folded] == ["".join(slow(line).split()) for line in lines]


@given(
    st.sampled_from([row for row in LITERALS if row[2] == "opens"]),
    st.text(max_size=20).map(lambda tail: " 1" + tail),
)
def test_every_opening_phrase_opens_a_line(row: tuple[str, str, str, str], tail: str) -> None:
    _, name, _, phrase = row
    assert matched([phrase + tail]).select(opens_with(name)).item()


def test_every_phrase_is_found_as_written() -> None:
    """One frame for all, for the regexes of a way are one pass over all lists."""
    seen = matched([phrase + "1" if phrase.endswith(" ") else phrase for _, _, _, phrase in LITERALS])
    reading = {"opens": opens_with, "is": is_exactly, "has": has}
    for way, name in sorted({(row[2], row[1]) for row in LITERALS}):
        mine = pl.Series([row[1] == name and row[2] == way for row in LITERALS])
        lost = seen.filter(mine).filter(~reading[way](name)).get_column("text").to_list()
        assert lost == [], f"{way} of {name}"
