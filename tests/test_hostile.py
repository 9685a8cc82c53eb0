"""Pages made to exhaust whoever reads them: each is cleaned within the time and the memory that a worker has.

The bounds are those of a worker process: 20 seconds and 2 GB beyond its start. What still went beyond them would be a
reject of reason timeout or memory (tests/test_faults.py); none of these does. Time is the processor's, for a shared
machine may stall.
"""

import multiprocessing as mp
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from cleaners import clean
from flows.options import CleanOptions
from flows.worker import MEMORY_ALLOWANCE, cap_memory

MANY = 1_000_000
MOST_SECONDS = float(CleanOptions().time_limit)
WAIT = 30 * MOST_SECONDS
"""Seconds on the clock of the wall after which a page is taken to hang."""
STORY = "The ferry to Harrow will run every hour from Monday, the harbour office said."
PARAGRAPH = f"<p>{STORY}</p>"
BODY = "<html><body>"
AFTER = f"\n\n{STORY}"


def page_with_data(data: str) -> str:
    return f"<html><head><script type='application/ld+json'>{data}</script></head><body>{PARAGRAPH}"


def laughs() -> str:
    """Entities within entities: spelt out, ten to the power of thirty letters."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 31))
    return f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a0 "ha">{entities}]>{BODY}<p>&a30;</p>{PARAGRAPH}'


PAGES: dict[str, Callable[[], str]] = {
    "a million nested blocks": lambda: f"{BODY}{'<div>' * MANY}{PARAGRAPH}",
    "a million nested inline elements": lambda: f"{BODY}{'<span>' * MANY}{PARAGRAPH}",
    "a million unclosed elements": lambda: f"{BODY}{PARAGRAPH}{'<b>x' * MANY}",
    "a million end tags": lambda: f"{BODY}{'</div>' * MANY}{PARAGRAPH}",
    "an attribute of 100 MB": lambda: f"{BODY}<div class='{'a ' * (50 * MANY)}'>{PARAGRAPH}</div>",
    "a million objects of JSON-LD": lambda: page_with_data("[" + ",".join(['{"@type":"NewsArticle"}'] * MANY) + "]"),
    "JSON-LD nested a million deep": lambda: page_with_data('{"a":' * MANY),
    "entities within entities": laughs,
    "an entity from a file": lambda: (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>{BODY}<p>&x;</p>{PARAGRAPH}'
    ),
    "references beyond Unicode": lambda: f"{BODY}<p>{'&#x110000;&#xD800;&#99999999999;&#0;' * 50_000}</p>{PARAGRAPH}",
    "all lone surrogates": lambda: "".join(map(chr, range(0xD800, 0xE000))) * 50 + AFTER,
    "the last characters of Unicode": lambda: "\U0010ffff\U0010fffe\ufffe\uffff\ufdd0" * 200_000 + AFTER,
    "a million accents on a letter": lambda: "e" + "\N{COMBINING ACUTE ACCENT}" * MANY + AFTER,
    "accents that change places": lambda: (
        "a" + "\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}" * (MANY // 4) + AFTER
    ),
    "a million marks of direction": lambda: "\u202e\u2066\u202b" * (MANY // 3) + AFTER,
    "letters that fold to eighteen": lambda: "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * (MANY // 5) + AFTER,
    "three million letters without a space": lambda: "x" * (3 * MANY) + AFTER,
}


def serve(connection: Connection) -> None:
    """Clean the pages that are asked for, with no more memory than a worker may take."""
    clean(f"{BODY}{PARAGRAPH}")
    cap_memory()
    while True:
        try:
            name = connection.recv()
        except EOFError:
            return
        text = PAGES[name]()
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory starts anew
        before, started = peak(), time.process_time()
        article = clean(text)
        connection.send(
            (time.process_time() - started, peak() - before, STORY in article.body, "root:" in article.body)
        )


def peak() -> int:
    """Read the most memory that this process had, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.fixture(scope="module")
def cleaner() -> Iterator[Connection]:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("no way to measure memory here")
    ours, theirs = mp.Pipe()
    process = mp.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    yield ours
    process.kill()
    process.join()
    ours.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_to_exhaust_is_cleaned_within_the_bounds(name: str, cleaner: Connection) -> None:
    cleaner.send(name)
    assert cleaner.poll(WAIT), "it hangs"
    seconds, memory, kept, leaked = cleaner.recv()
    assert seconds < MOST_SECONDS
    assert memory < MEMORY_ALLOWANCE
    assert kept, "the article among it is found"
    assert not leaked
