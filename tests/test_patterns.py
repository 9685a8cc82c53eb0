"""No text drives a regular expression of ours to more than linear time.

The patterns of Polars need no such search: Rust's engine knows neither backtracking nor looking around, so that one
search is linear whatever the text. Python's does, so each pattern of Python's is driven with texts made from itself.
"""

import signal
import time
from collections.abc import Iterator
from types import FrameType

import pytest
from patterns import Owned, attacks, collect

CHARS = 1_000
TIMES = 8
MOST_GROWTH = 20.0
"""Of eight times the text: a linear pattern takes eight times as long, a quadratic one 64 times."""
NEGLIGIBLE = 0.0005
"""Seconds of processor time for 1,000 characters, ten times what a linear pattern takes."""
GIVEN_UP = 0.1
"""Seconds after which a pattern is slow without a second look: a thousand times what a linear one takes."""
MEANT_TO_BE_SLOW = "flows/faults.py"
"""The fault that spins for ever; the search must find it."""


class GaveUp(Exception):
    """A pattern took too long."""


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """Let the clock of the processor end a search: it counts no time that other processes take."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise GaveUp

    before = signal.signal(signal.SIGVTALRM, give_up)
    yield
    signal.signal(signal.SIGVTALRM, before)


def seconds(owned: Owned, attack: tuple[str, str, str], chars: int) -> float:
    """Measure one search, in processor time; infinity where it does not come to its end."""
    head, pump, tail = attack
    text = head + pump * (chars // len(pump)) + tail
    signal.setitimer(signal.ITIMER_VIRTUAL, GIVEN_UP)
    try:
        started = time.thread_time()
        owned.run(text)
        return time.thread_time() - started
    except GaveUp:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def growth(owned: Owned, attack: tuple[str, str, str]) -> float:
    """Tell how much longer eight times the text takes; the fastest of three counts, for noise only ever adds."""
    short = min(seconds(owned, attack, CHARS) for _ in range(3))
    return min(seconds(owned, attack, CHARS * TIMES) for _ in range(3)) / short if short < GIVEN_UP else float("inf")


def slow(owned: Owned) -> str | None:
    """Find a text that drives a pattern beyond linear time."""
    for attack in attacks(owned.pattern.pattern, owned.pattern.flags):
        if seconds(owned, attack, CHARS) > NEGLIGIBLE and growth(owned, attack) > MOST_GROWTH:
            return f"{owned} takes long on {attack}"
    return None


def test_no_pattern_takes_more_than_linear_time() -> None:
    patterns = collect()
    assert len(patterns) > 100, "the patterns of both rooms were collected"
    found = {owned.path: found for owned in patterns if (found := slow(owned))}
    assert MEANT_TO_BE_SLOW in found, "the search finds what is slow"
    assert list(found) == [MEANT_TO_BE_SLOW], "\n".join(found.values())
