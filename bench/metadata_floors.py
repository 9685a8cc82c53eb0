"""The floors under the metadata, which `make gate` holds; they stand in metadata_floors.json.

A floor belongs to one version of a corpus, told by the hash of its gold file. Figures are those of `bench.metadata`:
the share of right answers by field, and for authors the names a page that are no person of the gold: a ceiling.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from bench.corpora import gold_path, sha256
from bench.gold_metadata import FIELDS
from bench.metadata import WORKERS, System, Tally, tally_corpus
from bench.seeds import Check

FLOORS = Path(__file__).with_suffix(".json")
SYSTEMS: tuple[System, ...] = ("html", "dump")
NAMES_OFF = "names off"

# Kept to three digits, cut off towards the easier side: a rounded figure could lie beyond what was reached.
DIGITS = 1000

Reached = dict[str, float]
"""Figures by name, such as `html title`."""


def check_metadata(*, lift: bool) -> list[Check]:
    """Measure every corpus that has floors; with `lift`, write the floors that rose."""
    checks: list[Check] = []
    pinned = json.loads(FLOORS.read_text(encoding="utf-8"))
    for corpus, floors in pinned.items():
        found = sha256(gold_path(corpus))
        if found != floors["gold_sha256"]:
            checks.append(Check(f"{corpus}: gold file", floors["gold_sha256"][:12], found[:12], passed=False))
            continue
        reached = reach(corpus)
        checks += compare(corpus, floors["figures"], reached)
        floors["figures"] = lifted(floors["figures"], reached)
    if lift:
        FLOORS.write_text(json.dumps(pinned, indent=2) + "\n", encoding="utf-8")
    return checks


def reach(corpus: str) -> Reached:
    """Measure Copydesk's metadata on a corpus, from HTML and from plain dumps."""
    tallies, _ = tally_corpus(corpus, systems=SYSTEMS, workers=WORKERS)
    reached: Reached = {}
    for system in SYSTEMS:
        every = Tally()
        for (name, _), tally in tallies.items():
            if name == system:
                every.merge(tally)
        reached |= {f"{system} {name}": every.share(name, "right") for name in FIELDS}
        reached[f"{system} {NAMES_OFF}"] = every.names_off
    return reached


def compare(corpus: str, floors: Mapping[str, float], reached: Mapping[str, float]) -> list[Check]:
    """Compare figures with their floors; names that are off have a ceiling."""
    return [
        Check(
            f"{corpus} {name}",
            f"{'at most ' if is_ceiling(name) else ''}{floor:.3f}",
            f"{reached[name]:.4f}",
            passed=reached[name] <= floor if is_ceiling(name) else reached[name] >= floor,
        )
        for name, floor in floors.items()
    ]


def lifted(floors: Mapping[str, float], reached: Mapping[str, float]) -> Reached:
    """Bring each floor up, and each ceiling down, to what is reached; one that is not reached stays."""
    return {
        name: min(floor, math.ceil(reached[name] * DIGITS) / DIGITS)
        if is_ceiling(name)
        else max(floor, math.floor(reached[name] * DIGITS) / DIGITS)
        for name, floor in floors.items()
    }


def is_ceiling(name: str) -> bool:
    """Tell whether a figure is better the smaller it is."""
    return name.endswith(NAMES_OFF)
