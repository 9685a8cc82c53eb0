"""News pages as plain text, made of invented words: as many as wanted, the same ones each time.

A document is made from its number alone, so that any process can make any of them. In length and clutter they are like
dumps of news pages: a menu, a headline, a byline and a date, paragraphs with teasers and share buttons between them,
and what stands below an article.
"""

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

Form = Literal["jsonl", "warc"]

SENTENCES = 6_000
"""Sentences that the documents share out; some hundred millions of paragraphs can be made of them."""
PARAGRAPHS_MEDIAN, PARAGRAPHS_SPREAD, MOST_PARAGRAPHS = 12, 0.7, 250
"""Lengths fall off like those of news pages: half have 12 paragraphs, one in a hundred more than 60."""
CLUTTER = 0.18
"""Share of paragraphs after which a line stands that is none of the article's."""
START = datetime(2031, 1, 1, tzinfo=UTC)

SYLLABLES = (
    "ba bel bro da den dor el fa fen ga gor ha hem il ka kel lo lun ma mor na nel or pa pel ra rin sa sel ta tor u va "
    "ven wi yr"
).split()
ROLES = (
    "mayor council harbour office fire service school board river authority union farmers league court museum".split()
)
VERBS = (
    "said told announced warned decided promised denied confirmed expects hopes fears plans wants asked found".split()
)
LINKS = "that because although while after before when where and but since until".split()
TAILS = (
    "on Monday", "in the spring", "after a long debate", "for the first time in years", "without giving a reason",
    "at the town hall", "near the old bridge", "by a narrow vote", "in a statement", "before the winter comes",
)  # fmt: skip
MENU = (
    "Home", "News", "World", "Politics", "Business", "Sport", "Culture", "Opinion", "Weather", "Log in", "Subscribe",
    "Search", "Menu", "Skip to content", "Contact us", "Newsletters", "Podcasts", "Video",
)  # fmt: skip
BETWEEN = (
    "Advertisement", "Share this article", "Read more: {title}", "Related: {title}", "Also read: {title}",
    "Sign up for our newsletter", "Story continues below advertisement", "Facebook Twitter WhatsApp Email",
    "Photo: {name}/Harrow Press", "Watch: {title}", "Follow us on Facebook", "{count} comments",
)  # fmt: skip
BELOW = (
    "About the author", "{name} is a reporter at the {town} Post.", "Most read", "{title}", "{title}", "{title}",
    "Topics: {town}, {role}", "Leave a comment", "© 2031 {town} Post. All rights reserved.", "Privacy policy",
    "Terms of use", "We use cookies. Accept all", "Get the best stories of the week in your inbox.", "Back to top",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A page: its address, when it was fetched, and its text."""

    url: str
    fetched_at: datetime
    text: str


def document(number: int) -> Document:
    """Make one document."""
    rng = random.Random(number)
    town, name = word(rng).capitalize(), f"{word(rng).capitalize()} {word(rng).capitalize()}"
    headline = title(rng)
    day = START + timedelta(minutes=number % 500_000)
    fill = {"town": town, "name": name, "role": rng.choice(ROLES)}
    lines = [
        *rng.sample(MENU, rng.randint(0, 10)),
        "",
        headline,
        "",
        f"By {name}",
        f"{day:%B} {day.day}, {day.year}",
        "",
    ]
    length = min(MOST_PARAGRAPHS, max(1, round(rng.lognormvariate(0, PARAGRAPHS_SPREAD) * PARAGRAPHS_MEDIAN)))
    for _ in range(length):
        lines += [" ".join(rng.choices(sentences(), k=rng.randint(1, 5))), ""]
        if rng.random() < CLUTTER:
            lines += [clutter(rng, BETWEEN, fill), ""]
    lines += [clutter(rng, (line,), fill) for line in BELOW[: rng.randint(0, len(BELOW))]]
    slug = headline.lower().replace(" ", "-")
    return Document(f"https://{town.lower()}post.example/{day:%Y/%m}/{slug}-{number}", day, "\n".join(lines))


def clutter(rng: random.Random, choices: Sequence[str], fill: dict[str, str]) -> str:
    """Choose a line that is none of the article's."""
    return rng.choice(choices).format(title=title(rng), count=rng.randint(2, 300), **fill)


def title(rng: random.Random) -> str:
    """Make a headline."""
    return " ".join(
        [word(rng).capitalize(), rng.choice(ROLES), rng.choice(VERBS), word(rng), *rng.choices(LINKS, k=1), word(rng)]
    )


def word(rng: random.Random) -> str:
    """Make a word that no language has, most likely."""
    return "".join(rng.choices(SYLLABLES, k=rng.randint(2, 3)))


@cache
def sentences() -> tuple[str, ...]:
    """Make the sentences that all documents are made of."""
    rng = random.Random("sentences")
    return tuple(sentence(rng) for _ in range(SENTENCES))


def sentence(rng: random.Random) -> str:
    """Make a sentence of eight to thirty words."""
    clauses = [clause(rng) for _ in range(rng.randint(1, 3))]
    text = f", {rng.choice(LINKS)} ".join(clauses)
    return f"{text[0].upper()}{text[1:]} {rng.choice(TAILS)}."


def clause(rng: random.Random) -> str:
    """Make one clause."""
    number = f" {rng.randint(2, 900)}" if rng.random() < 0.2 else ""
    subject = f"the {rng.choice(ROLES)} of {word(rng).capitalize()}"
    return f"{subject} {rng.choice(VERBS)}{number} {word(rng)} {rng.choice(LINKS)} a {word(rng)}"


# --- files


def write_documents(folder: Path, count: int, *, form: Form, a_file: int) -> list[Path]:
    """Write so many documents, `a_file` to each, with all processors."""
    folder.mkdir(parents=True, exist_ok=True)
    firsts = range(0, count, a_file)
    paths = [folder / f"{first // a_file:05}.{'jsonl' if form == 'jsonl' else 'warc.gz'}" for first in firsts]
    ranges = [range(first, min(count, first + a_file)) for first in firsts]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(write_file, paths, ranges, repeat(form)))
    return paths


def write_file(path: Path, numbers: range, form: Form) -> None:
    """Write the documents of these numbers into one file."""
    with path.open("wb") as file:
        for record in json_lines(numbers) if form == "jsonl" else warc_records(numbers):
            file.write(record)


def json_lines(numbers: range) -> Iterator[bytes]:
    """Make lines of JSON."""
    for made in map(document, numbers):
        fields = {"url": made.url, "fetched_at": made.fetched_at.isoformat(), "text": made.text}
        yield json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def warc_records(numbers: range) -> Iterator[bytes]:
    """Make records of answers to HTTP requests, each packed by itself, as crawlers write them."""
    for number, made in zip(numbers, map(document, numbers), strict=True):
        text = made.text.encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text
        head = [
            "WARC/1.1",
            "WARC-Type: response",
            f"WARC-Target-URI: {made.url}",
            f"WARC-Date: {made.fetched_at:%Y-%m-%dT%H:%M:%SZ}",
            f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>",
            "Content-Type: application/http; msgtype=response",
            f"Content-Length: {len(http)}",
        ]
        record = "\r\n".join(head).encode() + b"\r\n\r\n" + http + b"\r\n\r\n"
        yield gzip.compress(record, compresslevel=1, mtime=0)
