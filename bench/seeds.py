"""The five labelled seeds through the whole program: what its Parquet says against what their lines are.

It looks at the output only, as a user would: an article's body has the words of its body and heading lines, and every
line of clutter stands whole in the ledger.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from bench.corpora import CHECKOUT, SeedLine, data_folder, load_seeds
from bench.metrics import words_of

GOLD_KEPT = frozenset({"body", "heading"})
CLUTTER = frozenset({"nav", "promo", "related", "bio", "comments", "legal", "source", "media", "caption"})

KEPT_WORDS_ASKED = 0.995

PUBLISHED = {"002": date(2025, 9, 5)}
SYNDICATED_FROM = {"000": "Sky News", "004": "Associated Press"}
"""What the seeds' lines say besides their labels; a seed is named by its number."""

SITE_SEPARATORS = (" | ", " - ", " \N{EN DASH} ", " \N{EM DASH} ")


@dataclass(frozen=True, slots=True)
class Check:
    """One demand, and what was reached."""

    what: str
    asked: str
    reached: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What the Parquet says about one article of a source."""

    title: str | None
    published: datetime | None
    syndicated_from: str | None
    body: str


@dataclass(frozen=True, slots=True)
class CleanedSeed:
    """One source after cleaning: its articles in order, and the text of its ledger without white space."""

    parts: Sequence[Part]
    ledger: str


def clean_seeds() -> dict[str, CleanedSeed]:
    """Run the program on the seeds and read its Parquet back. Raises CalledProcessError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "flows.clean", str(data_folder() / "seeds" / "*.txt"), "--out", folder],
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
            text=True,
        )
        return read_cleaned(Path(folder))


def read_cleaned(out: Path) -> dict[str, CleanedSeed]:
    """Read articles and ledger of each source, by file name."""
    articles = pl.read_parquet(out / "articles").sort("source_uri", "part")
    lines = pl.read_parquet(out / "lines").sort("source_uri", "line", maintain_order=True)
    ledgers = {
        file_name(uri): without_space("".join(texts))
        for uri, texts in lines.group_by("source_uri", maintain_order=True).agg("text").iter_rows()
    }
    parts: dict[str, list[Part]] = {}
    for row in articles.iter_rows(named=True):
        part = Part(row["title"], row["published_at"], row["syndicated_from"], row["body"])
        parts.setdefault(file_name(row["source_uri"]), []).append(part)
    return {name: CleanedSeed(found, ledgers.get(name, "")) for name, found in parts.items()}


def file_name(uri: str) -> str:
    """Give the last step of a URI."""
    return uri.rpartition("/")[2]


def seed_number(file: str) -> str:
    """Give the number that a seed's file name opens with."""
    return file.partition("_")[0]


def without_space(text: str) -> str:
    """Drop white space: how a line was broken or folded is not what is checked."""
    return "".join(text.split())


def kept_share(lines: Sequence[SeedLine], seed: CleanedSeed) -> tuple[int, int]:
    """Count the words of the body and heading lines that the bodies have, and all of them."""
    gold = Counter(word for line in lines if line.label in GOLD_KEPT for word in words_of(line.text))
    found = Counter(word for part in seed.parts for word in words_of(part.body))
    return (gold & found).total(), gold.total()


def clutter_left(lines: Sequence[SeedLine], seed: CleanedSeed) -> list[SeedLine]:
    """Find the clutter lines that the ledger does not hold whole, as often as they stand in the seed."""
    clutter = [line for line in lines if line.label in CLUTTER]
    stands = Counter(without_space(line.text) for line in clutter)
    return [line for line in clutter if seed.ledger.count(text := without_space(line.text)) < stands[text]]


def gold_titles(lines: Sequence[SeedLine]) -> list[str]:
    """List the titles of a seed, each once: a headline that the page's head repeats is one title."""
    return list(dict.fromkeys(line.text for line in lines if line.label == "title"))


def is_title(found: str | None, gold: str) -> bool:
    """Tell whether a title is the gold line, with or without the name of the site behind it."""
    bare = {gold.rsplit(separator, 1)[0] for separator in SITE_SEPARATORS}
    return found is not None and found in bare | {gold}


def check_titles(name: str, lines: Sequence[SeedLine], seed: CleanedSeed) -> Check:
    """Check that each article of a seed has its title: a seed has as many articles as titles, and one at least."""
    gold = gold_titles(lines)
    found = [part.title for part in seed.parts]
    passed = (
        len(found) == len(gold) and all(map(is_title, found, gold)) if gold else len(found) == 1 and found[0] is None
    )
    right = sum(map(is_title, found, gold))
    reached = f"{len(found)} articles, {right} titles right" if gold else f"{len(found)} article, title {found[0]!r}"
    asked = f"{len(gold)} articles, {len(gold)} titles right" if gold else "1 article, title None"
    return Check(f"seed {name}: articles and titles", asked, reached, passed)


def check_seed(file: str, lines: Sequence[SeedLine], seed: CleanedSeed) -> list[Check]:
    """Check everything that is asked of one seed but its share of words, which is asked of all together."""
    name = seed_number(file)
    left = clutter_left(lines, seed)
    where = f"{len(left)} (lines {', '.join(str(line.number) for line in left)})" if left else "0"
    checks = [check_titles(name, lines, seed), Check(f"seed {name}: clutter lines left", "0", where, not left)]
    if name in PUBLISHED:
        published = seed.parts[0].published
        day = published.date() if published else None
        checks.append(Check(f"seed {name}: published", str(PUBLISHED[name]), str(day), day == PUBLISHED[name]))
    if name in SYNDICATED_FROM:
        agency, found = SYNDICATED_FROM[name], seed.parts[0].syndicated_from
        checks.append(Check(f"seed {name}: syndicated from", agency, str(found), found == agency))
    return checks


def check_words(shares: Mapping[str, tuple[int, int]]) -> Check:
    """Check the share of body words that stay, over all seeds; say which seed loses most."""
    kept, gold = (sum(column) for column in zip(*shares.values(), strict=True))
    worst = min(shares, key=lambda file: shares[file][0] / shares[file][1])
    worst_kept, worst_gold = shares[worst]
    reached = f"{kept / gold:.2%} (least: seed {seed_number(worst)}, {worst_kept / worst_gold:.2%})"
    return Check(
        "seeds: words of body and heading lines kept",
        f"{KEPT_WORDS_ASKED:.1%}",
        reached,
        passed=kept / gold >= KEPT_WORDS_ASKED,
    )


def check_seeds() -> list[Check]:
    """Clean the seeds and check what came out; one that gave no article fails whole."""
    seeds, cleaned = load_seeds(), clean_seeds()
    present = {file: lines for file, lines in seeds.items() if file in cleaned}
    checks = [Check(f"seed {file}: cleaned", "yes", "no article", passed=False) for file in seeds.keys() - present]
    if present:
        checks.append(check_words({file: kept_share(lines, cleaned[file]) for file, lines in present.items()}))
    for file, lines in present.items():
        checks += check_seed(file, lines, cleaned[file])
    return checks
