"""The summary table and the report: what they say, that they are bounded, and that a page cannot break out of them."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from cleaners.labels import Label
from cleaners.page import Article, Line, Page
from flows.read import Document, Reject
from flows.report import summary_table, write_report
from flows.write import Counts, GroupWriter, RunStamp, RunSummary, Store, part_name

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
RUN = RunStamp("run-1", NOON, "0.1.0", "rules-1")
HOSTILE = "</div><script>alert(1)</script><img src=//evil.example/x.png onerror=alert(1)>&amp;"


def clean_into(out: Path, articles: list[Article], rejects: list[Reject]) -> RunSummary:
    keys = [(f"/raw/{number:04}.html", 0) for number in range(len(articles))]
    with Store.open(out), GroupWriter(out, part_name(keys), keys, run=RUN) as writer:
        for (uri, _), article in zip(keys, articles, strict=True):
            writer.add(Document(uri, 0, Page(""), "", 2_000), article)
        for reject in rejects:
            writer.reject(reject)
        counts = writer.commit()
    return RunSummary(
        run=RUN,
        counts=counts,
        options='{"out": "<parquet>"}',
        engine="none",
        started_at=NOON,
        finished_at=NOON.replace(second=4),
        exit_status=0,
        passed_over={".pdf": 2, ".png": 1},
        groups=(part_name(keys),),
    )


def taken(number: int, text: str) -> Line:
    return Line(number, text, Label.PROMO, kept=False, confidence=0.75, reason="newsletter_pitch")


def story(text: str, *removed: str) -> Article:
    lines = [taken(number, line) for number, line in enumerate(removed, start=2)]
    size = sum(len(line) for line in removed)
    return Article(body=text, title=text, kept_chars=len(text), removed_chars=size, lines=lines)


def test_the_table_says_what_went_in_came_out_and_was_taken_away(tmp_path: Path) -> None:
    summary = clean_into(tmp_path, [story("Rain fell.", "Join us")], [Reject("/raw/x", 0, "read", "empty", "empty", 0)])
    console = Console(width=100, record=True, file=None, quiet=True)
    console.print(summary_table(summary, out="parquet/", report="parquet/report.html"))
    with console.capture() as capture:
        console.quiet = False
        console.print(summary_table(summary, out="parquet/", report="parquet/report.html"))
    rows = [" ".join(line.split()) for line in capture.get().splitlines()]
    assert rows == [
        "documents in 2 2.0 kB",
        "articles out 1 1 article",
        "rejects 1 50.0 %",
        "empty 1",
        "characters kept 10 58.8 %",
        "characters taken away 7 41.2 %",
        "promo 7 100.0 %",
        "files of other kinds 3 passed over: 2 .pdf, 1 .png",
        "documents a second 0.5 in 4.0 s",
        "",
        "parquet parquet/",
        "report parquet/report.html",
        "engine none (the same flow, called without Prefect)",
    ]


def test_a_run_over_nothing_has_a_table_too(tmp_path: Path) -> None:
    summary = replace(clean_into(tmp_path, [], []), counts=Counts(), finished_at=NOON)
    console = Console(width=100)
    with console.capture() as capture:
        console.print(summary_table(summary, out="parquet/", report=None))
    assert "documents in" in capture.get()
    assert "This run wrote no article." in Path(write_report(tmp_path, summary)).read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Collects the tags, the attributes that can load something, and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs if name in {"src", "href", "srcset", "data"} or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_shows_both_sides_and_lets_nothing_break_out(tmp_path: Path) -> None:
    reject = Reject(f"/raw/{HOSTILE}", 7, "read", "invalid_json", HOSTILE, 3)
    summary = clean_into(tmp_path, [story(f"Rain. {HOSTILE}", f"Join us {HOSTILE}")], [reject])
    page = Path(write_report(tmp_path, summary)).read_text(encoding="utf-8")
    found = Tags()
    found.feed(page)
    assert f"Rain. {HOSTILE}" in found.text
    assert f"Join us {HOSTILE}" in found.text
    assert "newsletter_pitch · 0.75 · line 2" in found.text
    assert f"/raw/{HOSTILE} @ 7" in found.text
    assert found.tags.isdisjoint({"script", "img", "link", "iframe"})
    assert found.loads == []


def test_the_report_stays_small(tmp_path: Path) -> None:
    many = [story(f"{number} " + "Rain fell. " * 20_000, *["Join us! " * 200] * 500) for number in range(40)]
    rejects = [Reject(f"/raw/{number}", 0, "read", "empty", "x" * 10_000, 0) for number in range(500)]
    summary = clean_into(tmp_path, many, rejects)
    page = Path(write_report(tmp_path, summary)).read_text(encoding="utf-8")
    assert len(page) < 2_500_000
    assert page.count("<summary dir=auto>") == 20
    assert "and 300 more lines" in page


def test_only_this_run_is_shown(tmp_path: Path) -> None:
    summary = clean_into(tmp_path, [story("Rain fell.")], [])
    other = replace(summary, run=replace(RUN, run_id="run-2"))
    assert "Rain fell." not in Path(write_report(tmp_path, other)).read_text(encoding="utf-8")


@pytest.mark.parametrize(("removed", "shown"), [("Join us", True), ("Rain fell.", False)])
def test_of_a_full_ledger_only_what_is_not_in_the_body_is_shown(tmp_path: Path, removed: str, *, shown: bool) -> None:
    summary = clean_into(tmp_path, [story("Rain fell.", removed)], [])
    page = Path(write_report(tmp_path, summary)).read_text(encoding="utf-8")
    assert ("newsletter_pitch" in page) is shown
