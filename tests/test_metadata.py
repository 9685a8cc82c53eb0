"""Each field's value and where it came from; nothing rather than a guess."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from cleaners import clean
from cleaners.evidence import registered_domain
from cleaners.headline import describe, likeliest_headline, score, weights_of
from cleaners.labels import Label
from cleaners.language import language_of
from cleaners.markup import read_head
from cleaners.metadata import Metadata, decide
from cleaners.page import Line

URL = "https://www.gazette.example/news/storm"


PARAGRAPH = (
    "body",
    "The storm tore two piers away at night and left the harbour of the town closed for the rest of the week.",
)


def lines_of(*labelled: tuple[str, str]) -> list[Line]:
    return [
        Line(number, text, Label(label), label in ("body", "heading"), 1.0, "")
        for number, (label, text) in enumerate(labelled, 1)
    ]


def from_lines(*labelled: tuple[str, str], **options: Any) -> Metadata:
    return decide(None, lines_of(*labelled), **options)


def from_html(markup: str, *labelled: tuple[str, str], url: str | None = URL, **options: Any) -> Metadata:
    return decide(read_head(LexborHTMLParser(markup), url), lines_of(*labelled), url=url, **options)


def test_plain_text_gives_what_its_lines_tell() -> None:
    article = from_lines(
        ("nav", "Saturday, September 6, 2025"),
        ("section", "Harbour"),
        ("title", "Storm hits coast"),
        ("dek", "Two piers are gone."),
        ("byline", "By Mira Holt and Ole Tamm"),
        ("date", "September 5, 2025 at 2:30 pm"),
        ("date", "Updated September 6, 2025"),
        ("reading_time", "3 min read"),
        ("caption", "The pier. Ana Ruiz via AP"),
        ("body", "The storm came at night."),
        ("source", "This story originally appeared on Skynews"),
    )
    assert article.title == "Storm hits coast"
    assert article.authors == ["Mira Holt", "Ole Tamm"]
    assert article.published == datetime(2025, 9, 5, 14, 30, tzinfo=UTC)
    assert article.modified == datetime(2025, 9, 6, tzinfo=UTC)
    assert (article.section, article.description) == ("Harbour", "Two piers are gone.")
    assert (article.syndicated_from, article.reading_minutes) == ("Sky News", 3)
    assert set(article.sources.values()) == {"line", "line minute", "line day"}


def test_nothing_known_is_nothing_said() -> None:
    article = from_lines(("body", "The pier was gone."), ("nav", "September 6, 2025"), ("caption", "Ana Ruiz via AP"))
    assert article == Metadata()


@pytest.mark.parametrize(
    ("titles", "title"),
    [
        (["Storm hits coast | World News"], "Storm hits coast"),
        (["Storm hits coast - Harbour Gazette", "Storm hits coast"], "Storm hits coast"),
        (["Storm hits coast - Harbour Gazette"], "Storm hits coast - Harbour Gazette"),
        (["Storm hits coast: what we know"], "Storm hits coast: what we know"),
        (["Rain – and then the wind"], "Rain – and then the wind"),
        (["Wind | Water"], "Wind | Water"),
    ],
)
def test_a_plain_title_loses_only_a_known_name(titles: list[str], title: str) -> None:
    assert from_lines(*(("title", text) for text in titles)).title == title


@pytest.mark.parametrize(
    "opening",
    [
        ("body", "It was raining in Karsten."),
        ("heading", "Quick definition"),
        ("nav", "Resources"),
        ("share", "Follow:"),
    ],
)
def test_a_text_without_a_headline_gets_none(opening: tuple[str, str]) -> None:
    assert from_lines(opening, *[PARAGRAPH] * 4).title is None


@pytest.mark.parametrize("label", ["related", "section", "body"])
@pytest.mark.parametrize("title", ["Live: Storm tears two piers away", "Opinion: The storm, the piers and the town"])
def test_a_headline_that_was_taken_for_something_else_is_found(label: str, title: str) -> None:
    article = from_lines((label, title), ("byline", "By Mira Holt"), ("date", "5 May 2024"), *[PARAGRAPH] * 4)
    assert (article.title, article.authors) == (title, ["Mira Holt"])


LINES_OF_A_PAGE = st.tuples(
    st.sampled_from(["nav", "related", "heading", "section", "dek", "date", "byline", "share", "other"]),
    st.sampled_from(["» ", "2 ", "By ", "Live: ", ""]),
    st.lists(
        st.sampled_from("storm piers night Harbour town Weather 3 min Editor Gazette | 5 May".split()), max_size=9
    ),
    st.sampled_from(["", ".", "…", "?", ":", ")"]),
).map(lambda parts: (parts[0], f"Tom {parts[1]}{' '.join(parts[2])}{parts[3]}"))


@settings(max_examples=60, deadline=None)
@given(above=st.lists(LINES_OF_A_PAGE, min_size=2, max_size=30), url=st.sampled_from([None, URL]))
def test_a_glance_leaves_out_no_line_that_a_closer_look_would_choose(
    above: list[tuple[str, str]], url: str | None
) -> None:
    lines = lines_of(*above, *[PARAGRAPH] * 3)
    weights = weights_of("line")
    described = describe(lines, first=len(above), url=url)
    scores = {place: score(facts, weights) for place, facts in described.items()}
    best = max(scores, key=lambda place: scores[place])
    assert likeliest_headline(lines, first=len(above), url=url) == (best, scores[best])


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title>Storm hits coast - Gazette</title>", "Storm hits coast"),
        ("<title>Gazette: Storm hits coast</title>", "Storm hits coast"),
        ("<title>Storm hits coast - again</title>", "Storm hits coast - again"),
        ("<title>Storm - Rain - Gazette</title>", "Storm - Rain"),
        (
            '<title>Storm | Pier Post</title><meta property="og:site_name" content="Pier Post">',
            "Storm",
        ),
        ('<meta property="og:title" content="Storm hits coast"><h1>Storm hits coast!</h1>', "Storm hits coast!"),
        ('<meta property="og:title" content="Storm hits the coast"><h1>Newsletter</h1>', "Storm hits the coast"),
        ("<h1>Gazette</h1><title>Storm hits coast » Gazette</title>", "Storm hits coast"),
        ('<h1><a href="/">Mole</a></h1><title>Mole » Storm hits coast</title>', "Storm hits coast"),
        ('<meta property="og:title" content="Fish &amp;amp; chips">', "Fish & chips"),
    ],
)
def test_the_headline_of_a_page(markup: str, title: str) -> None:
    assert from_html(markup).title == title


@pytest.mark.parametrize(
    ("markup", "fields", "raw"),
    [
        ("<title>Storm hits coast - Gazette</title>", {}, "Storm hits coast - Gazette"),
        ("<title>Storm hits coast</title>", {}, "Storm hits coast"),
        ("<title>Storm hits coast - Gazette</title>", {"title": "The storm"}, "The storm"),
        ("", {}, None),
    ],
)
def test_the_title_is_kept_as_it_stood(markup: str, fields: Mapping[str, Any], raw: str | None) -> None:
    assert from_html(markup, fields=fields).title_raw == raw


def test_a_section_taken_off_a_plain_title_is_kept_in_the_raw_one() -> None:
    article = from_lines(("title", "Storm hits coast | World News"))
    assert (article.title, article.title_raw) == ("Storm hits coast", "Storm hits coast | World News")


@pytest.mark.parametrize(
    "title", ["🌊 Storm hits coast 🌊", "عاصفة تضرب الساحل", "סערה מכה בחוף", "Sturm 👩‍🌾 trifft Küste"]
)
def test_titles_keep_emoji_and_scripts_from_right_to_left(title: str) -> None:
    assert from_html(f"<title>{title} | Gazette</title>").title == title
    assert from_lines(("title", title), PARAGRAPH).title == title


def test_the_address_tells_which_of_two_headlines_is_meant() -> None:
    markup = '<h1>Wind closes harbour</h1><meta property="og:title" content="Two piers are gone after the storm">'
    named = "https://gazette.example/two-piers-are-gone-after-the-storm"
    assert from_html(markup, url=named).title == "Two piers are gone after the storm"
    assert from_html(markup, url="https://gazette.example/wind-closes-harbour").title == "Wind closes harbour"


def test_a_title_line_settles_which_heading_is_meant() -> None:
    markup = "<title>Mole » Storm hits coast</title><h1>Mole</h1><h2>Storm hits coast</h2>"
    assert from_html(markup, ("title", "Storm hits coast")).title == "Storm hits coast"


@pytest.mark.parametrize("name", ["admin", "Gazette", "Gazette Newsroom", "Reuters", "https://gazette.example/mira"])
def test_a_publisher_is_no_author(name: str) -> None:
    assert from_html(f'<meta name="author" content="{name}">').authors == []


def test_authors_come_from_the_best_source_that_has_persons() -> None:
    markup = """<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Storm",
        "author": {"@type": "Person", "name": "Gazette"}}</script><meta name="author" content="Mira Holt">"""
    article = from_html(markup, ("nav", "By Ole Tamm"))
    assert (article.authors, article.sources["authors"]) == (["Mira Holt"], "meta")


def test_editors_and_credits_at_the_foot_are_no_authors() -> None:
    foot = [("body", f"Paragraph {number}.") for number in range(20)]
    article = from_lines(
        ("byline", "Von Jana Beck, Emden"), ("byline", "Edited by Ole Tamm"), *foot, ("byline", "Ana Ruiz")
    )
    assert article.authors == ["Jana Beck"]


def test_library_metadata_is_turned_round() -> None:
    markup = '<meta name="citation_author" content="Holt, Mira"><meta name="citation_author" content="Tamm, Ole">'
    assert from_html(markup).authors == ["Mira Holt", "Ole Tamm"]


def test_a_byline_that_names_others_or_more_than_the_data_counts() -> None:
    data = '<meta name="author" content="Ana Ruiz"><h1>Storm closes the harbour</h1>'
    title = ("title", "Storm closes the harbour")

    def authors(byline: str, label: str = "byline") -> list[str]:
        return from_html(data, title, (label, byline), PARAGRAPH).authors

    assert authors("By Mira Holt") == ["Mira Holt"]
    assert authors("By Ana Ruiz and Ole Tamm") == ["Ana Ruiz", "Ole Tamm"]
    assert authors("By Ana Ruiz Torres, Emden") == ["Ana Ruiz"]
    assert authors("By Mira Holt", "nav") == ["Ana Ruiz"]


def test_the_author_is_found_by_the_sentence_that_presents_him() -> None:
    lines = [("title", "Storm closes the harbour"), PARAGRAPH]
    assert from_lines(*lines, ("bio", "Mira Holt is a reporter in Emden.")).authors == ["Mira Holt"]
    assert from_lines(*lines, ("promo", "This post was written by Mira Holt.")).authors == ["Mira Holt"]
    assert from_lines(*lines, ("body", "Mira Holt is a town in the north.")).authors == []
    assert from_lines(*lines, ("comments", "Mira Holt is a reporter.")).authors == []


def test_whom_the_page_names_as_its_checker_is_no_author() -> None:
    title = ("title", "Storm closes the harbour")
    checked = [("byline", "Mira Holt"), ("byline", "Fact checked by Mira Holt")]
    assert from_lines(title, *checked, ("date", "5 May 2024"), PARAGRAPH).authors == []
    assert from_lines(title, checked[0], ("date", "5 May 2024"), PARAGRAPH).authors == ["Mira Holt"]


@pytest.mark.parametrize("opener", ["Media contact", "Pressekontakt:", "Edited by"])
def test_whom_to_write_to_and_who_edited_is_no_author(opener: str) -> None:
    below = [("nav", opener), ("byline", "Orla Fenwick"), ("date", "5 May 2024")]
    title = ("title", "Storm closes the harbour")
    assert from_lines(title, *below, PARAGRAPH).authors == []
    assert from_lines(*below, title, PARAGRAPH).authors == []
    assert from_lines(title, PARAGRAPH, *below).authors == []
    assert from_lines(title, ("nav", "Photo"), *below[1:], PARAGRAPH).authors == ["Orla Fenwick"]


def test_a_pen_name_in_a_byline_is_the_last_resort() -> None:
    title = ("title", "Storm closes the harbour")
    assert from_lines(title, ("date", "Posted by pierwatcher82 on 5 May 2024"), PARAGRAPH).authors == ["pierwatcher82"]
    assert from_lines(title, ("date", "Posted by admin on 5 May 2024"), PARAGRAPH).authors == []
    assert from_lines(title, ("body", "Posted by pierwatcher82 on 5 May 2024"), PARAGRAPH).authors == []


def test_dates_have_their_order_of_trust() -> None:
    line = ("date", "3 May 2024")
    meta = '<meta property="article:published_time" content="2024-05-01T23:30:00-05:00">'
    time = '<time datetime="2024-05-02">Thursday</time>'
    dated = "https://www.gazette.example/2024/05/04/storm"
    article = from_html(meta + time, line, url=dated)
    assert article.published == datetime(2024, 5, 2, 4, 30, tzinfo=UTC)
    assert article.sources["published"] == "meta minute -0500"
    assert from_html(time, line, url=dated).sources["published"] == "dom day"
    assert from_html("", line, url=dated).sources["published"] == "url day"
    assert from_html("", line).sources["published"] == "line day"


@pytest.mark.parametrize(
    ("line", "is_date"),
    [
        ("The bench was made on 12 May 1998.", False),
        ("This article was last updated on 12 May 1998.", True),
        ("Published by the harbour office on 12 May 1998.", True),
        ("Der neue Steg wurde am 12. Mai 1998 gepostet und abgelegt.", True),
        ("Karsten, 12 May 1998.", True),
    ],
)
def test_a_sentence_that_mentions_a_day_is_no_date(line: str, is_date: bool) -> None:  # noqa: FBT001
    below = from_lines(("title", "The new bench of Karsten"), ("date", line), PARAGRAPH)
    at_the_foot = from_lines(("title", "The new bench of Karsten"), *[PARAGRAPH] * 40, ("date", line))
    assert [article.published is not None for article in (below, at_the_foot)] == [is_date, is_date]


def test_a_change_does_not_borrow_the_clock_of_the_publication() -> None:
    line = ("date", "Published May 3, 2024 9:15 am | Updated May 4, 2024")
    article = from_lines(("title", "Storm closes the harbour"), line, PARAGRAPH)
    assert (article.published, article.modified) == (
        datetime(2024, 5, 3, 9, 15, tzinfo=UTC),
        datetime(2024, 5, 4, tzinfo=UTC),
    )
    assert article.sources["modified"] == "line day"


def test_a_date_after_the_fetch_is_passed_over() -> None:
    markup = '<meta property="article:published_time" content="2031-01-01"><time datetime="2024-05-02">'
    fetched = datetime(2024, 5, 9)  # noqa: DTZ001 - a caller's naive time is taken as UTC
    assert from_html(markup, fetched_at=fetched).published == datetime(2024, 5, 2, tzinfo=UTC)


def test_a_change_before_the_publication_is_none() -> None:
    markup = """<meta property="article:published_time" content="2024-05-02">
        <meta property="article:modified_time" content="2019-01-01">"""
    assert from_html(markup).modified is None


@pytest.mark.parametrize(
    ("markup", "url", "month"),
    [
        ('<html lang="en-US">', URL, 9),
        ('<html lang="en-GB">', URL, 5),
        ('<html lang="de">', URL, 5),
        ('<html lang="en">', URL, 9),
        ('<html lang="en">', "https://gazette.co.uk/storm", 5),
    ],
)
def test_day_and_month_stand_in_the_order_of_the_place(markup: str, url: str, month: int) -> None:
    published = from_html(markup, ("date", "9/5/2025"), url=url).published
    assert published is not None
    assert published.month == month


def test_addresses_are_canonical_only_within_the_site() -> None:
    def address(canonical: str) -> str | None:
        return from_html(f'<link rel="canonical" href="{canonical}">').url

    assert address("https://gazette.example/storm") == "https://gazette.example/storm"
    assert address("https://gazette.example/") == URL
    assert address("https://other.example/storm") == URL
    assert from_html('<link rel="canonical" href="https://a.example/x">', url=None).domain == "a.example"


def test_the_registered_domain_knows_public_suffixes() -> None:
    assert registered_domain("https://news.gazette.co.uk/a") == "gazette.co.uk"
    assert registered_domain("https://127.0.0.1/a") is None


@pytest.mark.parametrize(
    ("labelled", "url", "source"),
    [
        ([("body", "PORTO, May 3 (Reuters) - The ferry was late.")], URL, "Reuters"),
        ([("byline", "Von Jana Beck"), ("body", "Die Fähre fiel aus. (dpa)")], URL, "dpa"),
        ([("source", "Copyright © 2025 by Associated Press. All rights reserved.")], URL, "Associated Press"),
        ([("source", "Copyright © 2025 by Associated Press.")], "https://apnews.com/a", None),
        ([("byline", "AFP")], URL, "AFP"),
        ([("caption", "The pier. (Photo: AFP)")], URL, None),
        ([("body", "He told Reuters that the ferry was late.")], URL, None),
    ],
)
def test_syndication_is_told_from_mention(labelled: list[tuple[str, str]], url: str, source: str | None) -> None:
    assert decide(None, lines_of(*labelled), url=url).syndicated_from == source


@pytest.mark.parametrize("opener", ["Topics", "More", "Read next", "TAGS:", "Mehr zum Thema", "Gazette"])
def test_what_opens_a_list_is_no_section(opener: str) -> None:
    title = ("title", "Storm closes the harbour")
    assert from_html("", ("section", opener), title, PARAGRAPH).section is None
    assert from_html("", ("section", "Harbour"), ("section", opener), title, PARAGRAPH).section == "Harbour"


@pytest.mark.parametrize(
    ("given", "section"),
    [
        ("Harbour", "Harbour"),
        ("Home, Harbour, Weather, storm", "Harbour"),
        ("Arts, Letters and Science", "Arts, Letters and Science"),
        ("Uncategorized", None),
        ("https://gazette.example/harbour/", None),
    ],
)
def test_the_section_that_the_data_give(given: str, section: str | None) -> None:
    assert from_html(f'<meta property="article:section" content="{given}">').section == section


def test_the_section_stands_around_the_headline_or_is_said() -> None:
    head = [("title", "Storm closes the harbour"), PARAGRAPH]
    assert from_lines(*head, ("section", "Weather")).section is None
    assert from_lines(*head, ("section", "Filed under: Weather, Piers")).section == "Weather"
    assert from_lines(*[("section", "Sport"), *[("nav", "Menu")] * 7], *head).section is None
    assert from_lines(head[0], ("section", "Weather"), PARAGRAPH).section == "Weather"


def test_what_the_file_gives_wins_and_is_marked() -> None:
    fields = {
        "headline": "The storm",
        "author": "Mira Holt and Ole Tamm",
        "date": "2024-05-03",
        "tags": "sea, wind ,sea",
        "language": "cy",
        "image": "javascript:alert(1)",
        "section": 7,
    }
    article = from_html('<title>Other</title><meta name="author" content="Ana Ruiz">', fields=fields)
    assert (article.title, article.authors, article.tags) == ("The storm", ["Mira Holt", "Ole Tamm"], ["sea", "wind"])
    assert article.published == datetime(2024, 5, 3, tzinfo=UTC)
    assert (article.language, article.image_url, article.section) == ("cy", None, None)
    assert {name for name, source in article.sources.items() if source == "file"} == {
        "title",
        "authors",
        "published",
        "tags",
        "language",
    }


@pytest.mark.parametrize("title", ["Untitled", "untitled (2)", "Ohne Titel", "NULL", ""])
def test_a_file_that_says_that_it_has_no_title_leaves_the_pages_own(title: str) -> None:
    assert from_html("<title>Storm hits coast</title>", fields={"title": title}).title == "Storm hits coast"
    assert from_html("<title>Other</title>", fields={"title": f"{title} coast"}).title == f"{title} coast".strip()


def test_a_files_author_stands_even_if_no_person() -> None:
    assert from_lines(fields={"authors": ["Gazette Newsroom"]}).authors == ["Gazette Newsroom"]


BODIES = {
    "en": "The harbour was closed on Monday after the storm had torn two piers away, the town said.",
    "de": "Der Hafen blieb am Montag geschlossen, nachdem der Sturm zwei Stege fortgerissen hatte.",
    "fr": "Le port est resté fermé lundi après que la tempête a emporté deux jetées, a dit la mairie.",
    "ja": "嵐で二つの桟橋が流されたため、港は月曜日に閉鎖されたと町が発表した。",
    "zh": "风暴冲走了两座码头，港口周一关闭，镇政府说。游客们只好留在岸上等待。",
    "ru": "Порт был закрыт в понедельник после того, как шторм снёс два причала, сообщила мэрия.",
    "und": "OK 12345 !!!",
    None: "12345 !!!",
}


@pytest.mark.parametrize(("language", "body"), list(BODIES.items()))
def test_the_language_is_that_of_the_body(language: str | None, body: str) -> None:
    assert from_html('<html lang="en">', body=body).language == language


@pytest.mark.parametrize(
    "piece", ["1 ", "1.1.", "By A, ", "a-", " | ", "(", "O'", "© ", "May 1 ", "\N{COMBINING ACUTE ACCENT}"]
)
@pytest.mark.parametrize("label", [Label.TITLE, Label.BYLINE, Label.DATE, Label.SOURCE, Label.BODY])
def test_long_and_many_lines_cost_little(label: Label, piece: str) -> None:
    hostile = [(label.value, piece * 100_000)] + [(label.value, piece * 50)] * 5_000
    start = perf_counter()
    from_lines(*hostile, body=piece * 100_000)
    assert perf_counter() - start < 3


@pytest.mark.parametrize(
    "head",
    [
        [("nav", "Storm leaves the harbour closed"), ("nav", "By Mira Holt"), ("nav", "September 5, 2025")],
        [("nav", "Storm leaves the harbour closed"), ("nav", "Mira Holt"), ("nav", "September 5, 2025")],
        [
            ("nav", "Storm leaves the harbour closed"),
            ("nav", "Written by"),
            ("bio", "Mira Holt"),
            ("nav", "5 Sep 2025"),
        ],
        [("nav", "Storm leaves the harbour closed"), ("body", "September 5, 2025 by Mira Holt"), ("share", "Share")],
        [
            ("nav", "Menu"),
            ("title", "Storm leaves the harbour closed"),
            ("other", "Mira Holt"),
            ("date", "5 September 2025"),
        ],
    ],
)
def test_lines_around_the_first_paragraph_tell_though_they_are_labelled_otherwise(head: list[tuple[str, str]]) -> None:
    article = from_lines(*head, PARAGRAPH, PARAGRAPH)
    assert (article.title, article.authors) == ("Storm leaves the harbour closed", ["Mira Holt"])
    assert article.published == datetime(2025, 9, 5, tzinfo=UTC)


def test_a_bare_line_beside_the_headline_needs_a_date_and_uncommon_words() -> None:
    title = ("title", "Storm closes the harbour")
    assert from_lines(title, ("nav", "Mira Holt"), ("nav", "Menu"), PARAGRAPH).authors == []
    assert (
        from_lines(title, ("nav", "Night Harbour"), ("date", "5 May 2024"), PARAGRAPH, body=PARAGRAPH[1]).authors == []
    )


def test_the_day_that_a_page_shows_comes_before_the_day_it_was_made_anew() -> None:
    markup = """<title>Storm closes the harbour</title>
        <script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2025-06-24"}</script>"""
    title = ("title", "Storm closes the harbour")
    assert from_html(markup, title, ("date", "May 3, 2023"), PARAGRAPH).published == datetime(2023, 5, 3, tzinfo=UTC)
    both = from_html(markup, title, ("date", "May 3, 2023"), ("date", "June 24, 2025"), PARAGRAPH)
    assert both.published == datetime(2025, 6, 24, tzinfo=UTC)
    updated = from_html(markup, title, ("date", "Updated May 3, 2023"), PARAGRAPH)
    assert updated.published == datetime(2025, 6, 24, tzinfo=UTC)


def test_a_publication_that_is_the_moment_of_the_change_gives_way_to_an_earlier_one() -> None:
    markup = """<meta property="article:published_time" content="2024-08-05T19:49:50Z">
        <meta property="article:modified_time" content="2024-08-05T19:49:50Z">"""
    first = '<span itemprop="datePublished" content="2024-08-04T13:23:00Z"></span>'
    assert from_html(markup + first).published == datetime(2024, 8, 4, 13, 23, tzinfo=UTC)
    assert from_html(markup).published == datetime(2024, 8, 5, 19, 49, 50, tzinfo=UTC)


def test_an_earlier_day_that_a_line_says_outright_counts_though_the_later_one_is_shown() -> None:
    markup = '<meta property="article:published_time" content="2025-08-21"><h1>Storm closes the harbour</h1>'
    title, changed = ("title", "Storm closes the harbour"), ("date", "Updated Aug 21, 2025")
    said = from_html(markup, title, ("date", "Published Apr 26, 2023"), changed, PARAGRAPH)
    assert said.published == datetime(2023, 4, 26, tzinfo=UTC)
    later = from_html(markup, title, ("date", "Published Aug 22, 2025"), changed, PARAGRAPH)
    assert later.published == datetime(2025, 8, 21, tzinfo=UTC)


def test_the_pages_own_clock_tells_the_zone_of_a_moment_in_utc() -> None:
    markup = '<meta property="article:published_time" content="2020-02-25T02:25:54Z"><h1>Storm closes the harbour</h1>'
    title = ("title", "Storm closes the harbour")
    article = from_html(markup, title, ("date", "February 24, 2020 | 9:25pm"), PARAGRAPH)
    assert article.published == datetime(2020, 2, 25, 2, 25, 54, tzinfo=UTC)
    assert article.sources["published"] == "meta minute -0500"
    other = from_html(markup, title, ("date", "February 24, 2020 | 9:31pm"), PARAGRAPH)
    assert other.sources["published"] == "meta minute +0000"


def test_a_subhead_that_mentions_a_day_is_no_date_line() -> None:
    title = ("title", "Storm closes the harbour")
    told = ("heading", "What the storm left on the northern pier, 24 April 2023")
    stamped = ("heading", "Storm closes the harbour, told by the pier - 18.03.2020 13:15 Uhr")
    assert from_lines(title, told, PARAGRAPH).published is None
    assert from_lines(title, told, stamped, PARAGRAPH).published == datetime(2020, 3, 18, 13, 15, tzinfo=UTC)


def test_a_line_taken_for_a_date_comes_before_one_that_is_not() -> None:
    lines = [("date", "16 January 2025"), ("title", "Storm closes the harbour"), ("related", "Older: July 15, 2025")]
    assert from_lines(*lines, PARAGRAPH).published == datetime(2025, 1, 16, tzinfo=UTC)


def test_the_date_behind_a_pages_title_is_the_last_resort() -> None:
    markup = "<title>Storm closes the harbour | Gazette | 28.04.2023</title>"
    assert from_html(markup).published == datetime(2023, 4, 28, tzinfo=UTC)
    assert from_html(markup, ("date", "29.04.2023")).published == datetime(2023, 4, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("markup", "labelled", "minutes", "source"),
    [
        ("", [("reading_time", "4 min")], 4, "line"),
        ("", [("reading_time", "Lesezeit: 12 Minuten")], 12, "line"),
        ("", [("date", "3 May 2024 · 5 min read")], 5, "line"),
        ("", [("date", "3 May 2024, 5 min ago")], None, None),
        ("", [("body", "It is a 5 min read.")], None, None),
        ("", [("reading_time", "0 min")], None, None),
        (
            '<meta name="twitter:label2" content="Est. reading time"><meta name="twitter:data2" content="7 minutes">',
            [("reading_time", "4 min")],
            7,
            "meta",
        ),
        (
            '<script type="application/ld+json">{"@type": "Article", "timeRequired": "PT1H2M"}</script>',
            [],
            62,
            "json-ld",
        ),
    ],
)
def test_the_reading_time_is_what_the_page_says(
    markup: str, labelled: list[tuple[str, str]], minutes: int | None, source: str | None
) -> None:
    article = from_html(markup, *labelled)
    assert (article.reading_minutes, article.sources.get("reading_minutes")) == (minutes, source)


def test_a_relative_time_needs_a_known_fetch() -> None:
    lines = [("title", "Storm closes the harbour"), ("date", "3 hours ago"), PARAGRAPH]
    assert from_lines(*lines).published is None
    fetched = datetime(2025, 9, 5, 2, 0, tzinfo=UTC)
    assert from_lines(*lines, fetched_at=fetched).published == datetime(2025, 9, 4, 23, 0, tzinfo=UTC)


def test_an_archived_copy_belongs_to_its_site() -> None:
    address = "https://web.archive.org/web/20160218174457/http://news.gazette.co.uk/2010/05/19/storm"
    article = from_lines(("body", "The pier was gone."), url=address)
    assert article.domain == "gazette.co.uk"
    assert article.published == datetime(2010, 5, 19, tzinfo=UTC)


def test_a_pen_name_counts_where_nobody_else_is_named() -> None:
    assert from_html('<meta name="author" content="pierwatcher82">').authors == ["pierwatcher82"]
    assert from_html('<meta name="author" content="mira-pierwatch">').authors == []
    line = ("byline", "By Mira Holt")
    assert from_html('<meta name="author" content="pierwatcher82">', line).authors == ["Mira Holt"]


def test_elements_that_speak_of_an_author_are_read_but_not_those_of_comments() -> None:
    assert from_html('<div class="post-author__name">Mira Holt</div>').authors == ["Mira Holt"]
    assert from_html('<div class="comment"><b class="comment-author">Mira Holt</b></div>').authors == []
    assert from_html('<a href="/authors/mira-holt">Mira Holt</a>').authors == ["Mira Holt"]
    card = '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Mira Holt">'
    assert from_html(card).authors == ["Mira Holt"]


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=5)
FIELDS = st.dictionaries(
    st.sampled_from("title authors author published modified language url tags image_url section".split()),
    ANYTHING
    | st.lists(ANYTHING, max_size=3)
    | st.datetimes()
    | st.dates()
    | st.just(datetime.max.replace(tzinfo=UTC))
    | st.just(datetime.min.replace(tzinfo=UTC))
    | st.just(date.max),
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([label.value for label in Label]), st.text(max_size=80)), max_size=8),
    FIELDS,
    st.none() | st.text(max_size=40) | st.text(max_size=20).map("https://".__add__),
    st.none() | st.datetimes(),
)
def test_nothing_raises_and_every_source_has_a_value(
    labelled: list[tuple[str, str]], fields: Mapping[str, Any], url: str | None, fetched_at: datetime | None
) -> None:
    body = "\n".join(text for _, text in labelled)
    article = decide(None, lines_of(*labelled), url=url, fields=fields, fetched_at=fetched_at, body=body)
    assert all(getattr(article, name) for name in article.sources)
    for moment in (article.published, article.modified):
        assert moment is None or moment.tzinfo is UTC


@given(st.text(max_size=400))
def test_the_language_of_any_text(text: str) -> None:
    language = language_of(text)
    assert language is None or 2 <= len(language) <= 3


def test_a_byline_without_capitals_is_no_title() -> None:
    byline = "लेखक: राजेश शर्मा"
    paragraphs = (
        "ओरलेन का पुराना पुल सात साल बाद फिर खुल गया है, और सुबह से ही लोग उसे देखने आ रहे थे।",
        "नगर परिषद ने कहा कि मरम्मत पर चार लाख खर्च हुए और अगले साल दूसरा पुल बनेगा।",
    )
    article = clean("\n".join(["पुल फिर खुला", byline, "12 मार्च 2031", "", *paragraphs, "", "ये भी पढ़ें", "होम"]))
    assert article.title != byline
    assert article.authors == ["राजेश शर्मा"]
