"""Whose text it is: notes that name a source, and those that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners.outlets import named_source, wire_in_byline, wire_in_dateline, wire_signing


@pytest.mark.parametrize(
    ("note", "source"),
    [
        ("This story originally appeared on Skynews", "Sky News"),
        ("This article was originally published in the Harbour Gazette.", "the Harbour Gazette"),
        ("First published in The Conversation.", "The Conversation"),
        ("Republished with permission from KFF Health News.", "KFF Health News"),
        ("Copyright © 2025 by Associated Press. All rights reserved.", "Associated Press"),
        ("© dpa-infocom, dpa:240516-99-53606/3", "dpa"),
        ("Quelle: dpa Sport", "dpa"),
        ("来源：中国新闻网", "China News Service"),
        ("Von DPA", "dpa"),
        ("AFP", "AFP"),
        ("With files from The Canadian Press", "The Canadian Press"),
        ("© 2025 Harbour Gazette. All rights reserved.", None),
        ("Source: the town hall", None),
        ("This story was previously published on an earlier date.", None),
        ("This article was first published on 26 Sep 2019 at 4:00pm.", None),
        ("It was first published on Wednesday, and in March 2022.", None),
        ("Mit Agenturmaterial.", None),
        ("", None),
    ],
)
def test_a_note_names_its_source(note: str, source: str | None) -> None:
    assert named_source(note) == source


def test_a_dateline_and_a_signature_name_the_wire() -> None:
    assert wire_in_dateline("PORTO, May 3 (Reuters) - The ferry was late.") == "Reuters"
    assert wire_in_dateline("ОРЛЕН, 3 мая. /ТАСС/. Паром опоздал на час.") == "TASS"  # noqa: RUF001
    assert wire_in_dateline("ОРЛЕН, 3 мая — РИА Новости. Паром опоздал на час.") == "RIA Novosti"
    assert wire_in_dateline("The ferry of 1998 - the old one. It was late.") is None
    assert wire_in_dateline("Emden (dpa/lni) - Die Fähre fiel aus.") == "dpa"
    assert wire_in_dateline("The ferry (Reuters filmed it) - was late.") is None
    assert wire_signing("Die Fähre fiel aus. (dpa)") == "dpa"
    assert wire_signing("Die Fähre fiel aus (am Montag)") is None


@pytest.mark.parametrize(
    ("byline", "wire"),
    [
        ("By Orla Fenwick, Reuters", "Reuters"),
        ("By Orla Fenwick and Jon Arkady | Associated Press", "Associated Press"),
        ("By Orla Fenwick of the Associated Press", "Associated Press"),
        ("BY ORLA FENWICK, AP Business Writer", "Associated Press"),
        ("Von Jana Beck, dpa", "dpa"),
        ("Jana Beck/dpa", "dpa"),
        ("By Orla Fenwick, CNN", None),
        ("By Orla Fenwick, PA", None),
        ("By Orla Fenwick, formerly of Reuters and now a baker", None),
        ("By Orla Fenwick, Harrow Post", None),
    ],
)
def test_the_agency_behind_a_name_is_the_source(byline: str, wire: str | None) -> None:
    assert wire_in_byline(byline) == wire


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    named_source(text)
    wire_in_dateline(text)
    wire_signing(text)
    wire_in_byline(text)
