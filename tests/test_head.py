"""What the head of a page says: read in every shape seen in the wild, bounded, and unharmed by nonsense."""

import json
from dataclasses import fields
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from cleaners.head import MAX_CANDIDATES, MAX_TYPE_CHARS, MAX_VALUE_CHARS, Candidates, Head, absolute_url
from cleaners.jsonld import parse_script
from cleaners.markup import read_head

URL = "https://gazette.example/news/storm"


def head_of(markup: str, url: str | None = URL) -> Head:
    return read_head(LexborHTMLParser(markup), url)


def head_of_json(data: object) -> Head:
    text = data if isinstance(data, str) else json.dumps(data)
    return head_of(f'<script type="application/ld+json">{text}</script>')


def values(candidates: Candidates) -> list[str]:
    return [entry.value for entry in candidates]


ARTICLE = {"@type": "NewsArticle", "headline": "Storm hits coast"}

AUTHORS = [
    ("Mira Holt", ["Mira Holt"]),
    (["Mira Holt", "Ole Tamm"], ["Mira Holt", "Ole Tamm"]),
    ({"@type": "Person", "name": "Mira Holt"}, ["Mira Holt"]),
    ([{"@type": "Person", "name": "Mira Holt"}, {"@type": "Person", "name": "Ole Tamm"}], ["Mira Holt", "Ole Tamm"]),
    ({"@type": "Person", "name": ["Mira Holt"]}, ["Mira Holt"]),
    ({"@type": "Person", "name": {"@value": "Mira Holt"}}, ["Mira Holt"]),
    ({"@type": "Organization", "name": "Gazette"}, []),
    ({"@type": "Person"}, []),
    (7, []),
    (None, []),
]


@pytest.mark.parametrize(("author", "names"), AUTHORS)
def test_authors_are_read_in_every_shape(author: object, names: list[str]) -> None:
    assert values(head_of_json({**ARTICLE, "author": author}).authors) == names


def test_a_reference_into_the_graph_is_followed() -> None:
    graph = {
        "@graph": [
            {**ARTICLE, "author": {"@id": "#mira"}, "publisher": {"@id": "#org"}},
            {"@type": "Person", "@id": "#mira", "name": "Mira Holt"},
            {"@type": "Organization", "@id": "#org", "name": "Harbour Gazette"},
        ]
    }
    head = head_of_json(graph)
    assert values(head.authors) == ["Mira Holt"]
    assert values(head.site_names) == ["Harbour Gazette"]


def test_references_in_a_circle_end() -> None:
    head = head_of_json(
        {"@graph": [{**ARTICLE, "@id": "#a", "author": {"@id": "#b"}}, {"@id": "#b", "author": {"@id": "#a"}, "x": 1}]}
    )
    assert values(head.headlines) == ["Storm hits coast"]


def test_the_node_that_names_the_page_wins_over_other_articles() -> None:
    other = {"@type": "NewsArticle", "headline": "Other", "url": "https://gazette.example/x", "author": "Ole Tamm"}
    own = {**ARTICLE, "mainEntityOfPage": {"@id": f"{URL}/?utm=1"}, "author": "Mira Holt"}
    head = head_of_json([other, own])
    assert values(head.headlines)[0] == "Storm hits coast"
    assert values(head.authors) == ["Mira Holt"]


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"headline": "Storm"} -->',
        '//<![CDATA[\n{"headline": "Storm"}\n//]]>',
        '{"headline": "Storm",}',
        '{"headline": "Storm", "tags": ["a", "b",],}',
        '{"headline": "Storm", "note": "it\\\'s"}',
        "{&quot;headline&quot;: &quot;Storm&quot;}",
        '{"headline": "Storm", "note": "two\nlines\tand a tab"}',
        '{"headline": "Storm"};',
        '\ufeff{"headline": "Storm"}',
    ],
)
def test_broken_json_is_mended(script: str) -> None:
    (value,) = parse_script(script)
    assert value["headline"] == "Storm"


def test_several_objects_in_one_script_are_all_read() -> None:
    assert [value["n"] for value in parse_script('{"n": 1}\n{"n": 2},{"n": 3}')] == [1, 2, 3]


@pytest.mark.parametrize("script", ['{"headline": "Sto', "not json", "", '{"a": 1} trailing words', "{'a': 1}"])
def test_what_cannot_be_mended_is_no_data(script: str) -> None:
    assert parse_script(script) == []


def test_a_trailing_comma_inside_a_text_is_spared() -> None:
    (value,) = parse_script('{"headline": "Rain, ] and wind"}')
    assert value["headline"] == "Rain, ] and wind"


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"@graph":[', '[{"author":'])
def test_deep_nesting_is_no_data(opening: str) -> None:
    assert parse_script(opening * 100_000) == []


def test_a_hostile_page_is_bounded_in_values_and_time() -> None:
    metas = '<meta name="author" content="A">' + "".join(
        f'<meta property="article:tag" content="{number}{"x" * 5000}">' for number in range(3000)
    )
    blank = '<script type="application/ld+json">' + "\n" * 300_000 + "{" + "</script>"
    start = perf_counter()
    head = head_of(metas + blank * 5)
    assert perf_counter() - start < 5
    assert len(head.tags) == MAX_CANDIDATES
    assert max(map(len, values(head.tags))) == MAX_VALUE_CHARS


def test_meta_microdata_and_links_are_read_with_their_origin() -> None:
    head = head_of("""
        <html lang="en-GB"><head><title>Storm hits coast | Gazette</title>
        <meta property="og:title" content="Storm hits   coast">
        <meta property="article:published_time" content="2025-09-05T14:30:00Z">
        <meta name="DC.creator" content="Mira Holt"><meta itemprop="dateModified" content="2025-09-06">
        <meta property="og:image" content="/a.jpg"><link rel="canonical" href="https://gazette.example/storm"></head>
        <body><svg><title>logo</title></svg><h1>Storm <em>hits</em> coast</h1><time datetime="2025-09-05">Friday</time>
        <span itemprop="author" itemscope><a itemprop="name">Ole Tamm</a> writes here</span></body></html>""")
    assert [(entry.value, entry.name) for entry in head.headlines] == [
        ("Storm hits coast | Gazette", "title"),
        ("Storm hits coast", "og:title"),
    ]
    assert values(head.headings) == ["Storm hits coast"]
    assert [(entry.value, entry.source) for entry in head.authors] == [("Mira Holt", "meta"), ("Ole Tamm", "dom")]
    assert values(head.modified) == ["2025-09-06"]
    assert values(head.times) == ["2025-09-05"]
    assert values(head.images) == ["https://gazette.example/a.jpg"]
    assert values(head.languages) == ["en-GB"]
    assert "Storm hits coast" in head.titles
    assert "Gazette" not in {*values(head.headings)}


def test_a_heading_that_leads_home_is_the_sites_name() -> None:
    head = head_of('<h1><a href="/">Harbour Gazette</a></h1><h1><a href="/news/storm">Storm hits coast</a></h1>')
    assert values(head.site_names) == ["Harbour Gazette"]
    assert values(head.headings) == ["Storm hits coast"]


def test_authors_of_other_articles_on_the_page_are_passed_over() -> None:
    head = head_of(
        '<p><a rel="author">Mira Holt</a> <a rel="author">Ole Tamm</a></p>'
        '<div><p><a rel="author">Ana Ruiz</a></p></div>'
    )
    assert values(head.authors) == ["Mira Holt", "Ole Tamm"]


@pytest.mark.parametrize(
    ("address", "base", "absolute"),
    [
        ("/a", URL, "https://gazette.example/a"),
        ("//cdn.example/a", URL, "https://cdn.example/a"),
        ("/a", None, None),
        ("javascript:alert(1)", URL, None),
        ("file:///etc/passwd", URL, None),
        ("http://[::1", URL, None),
        ("https://", None, None),
        ("https://a.example/\n\x00", None, None),
        ("https://a.example/" + "x" * 5000, None, None),
    ],
)
def test_only_web_addresses_come_through(address: str, base: str | None, absolute: str | None) -> None:
    assert absolute_url(address, base) == absolute


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "@type @id @graph headline author name publisher datePublished image mainEntityOfPage url".split()
            )
            | st.text(max_size=5),
            inner | st.sampled_from(["NewsArticle", "#a", "#b", "9999-12-31", "https://a.example/"]),
            max_size=6,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None)
@given(JSON)
def test_any_json_gives_plain_bounded_values(data: object) -> None:
    head = head_of_json(json.dumps(data).replace("</", "<\\/"))
    assert all(len(name) <= MAX_TYPE_CHARS for name in head.types)
    for field in fields(head):
        if field.name != "types":
            for entry in getattr(head, field.name):
                assert 0 < len(entry.value) <= 2 * MAX_VALUE_CHARS
                assert entry.value.encode()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_markup_is_survived(markup: str) -> None:
    head_of(markup)
    head_of(f"<script type='application/ld+json'>{markup}</script><meta name=author content='{markup}'><h1>{markup}")
