"""The tables of `bench.accuracy`: from rows of scores to sections of docs/measurements.md."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench import metrics, tables
from bench.corpora import FOLDS
from bench.line_labels import FEWEST_LINES, Pairs, label_scores, macro_f1
from bench.metrics import BodyScore
from bench.page_types import RIGHT, Met, accuracy, right_share
from bench.scoring import BY_CHARACTERS, COPYDESK, HTML, Row
from bench.styles import DUMPS, LEFTOVERS
from bench.systems import KEEP_EVERYTHING
from bench.tables import percent

STYLES = (HTML, *DUMPS, *LEFTOVERS)
FEWEST_PAGES = 5
"""Languages with fewer pages share a row."""
LANGUAGE_CASES = (
    (HTML, COPYDESK),
    (HTML, "trafilatura"),
    ("dump", COPYDESK),
    ("dump", KEEP_EVERYTHING),
)

HOW = """Means over article pages. *Precision*, *recall*, *F1*: words as a bag, folded, ideographs and kana one by one
(magic-html-dev: characters). *F1 p10*: nine pages of ten reach more. *Shingle F1*: runs of four words, as in
Scrapinghub's benchmark of article extraction (2020). *ROUGE-LSum*: F1 of the words that stand in the lines of both
texts in the same order (Lin 2004; the yardstick of Bevendorff et al. 2023). *Snippet F1*: sentences that must and must
not be there, all pages together. *Harmed*: pages that end more than 0.01 in F1 below doing nothing (HTML: below its
plain dump). *ms*: processor time a page; Copydesk cleans in batches and finds the metadata too, peers only the text.

Inputs: `html`; plain text whose tags got lost (`dump` by resiliparse, `soup` by BeautifulSoup's `get_text("\\n")`,
`inscriptis`, `glued` without spaces between inline elements, `wrapped` at 72 columns); leftovers of other extractors,
cleaned once more (`trafilatura` bent on recall, `newspaper4k`, `readability`, `goose3`; where they left any)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one run of the bench measured."""

    rows: Sequence[Row]
    across: Sequence[Row]
    labels: Pairs
    verdicts: Met


@dataclass(frozen=True, slots=True)
class Section:
    """One table with its title and the words above it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: str = ""


def sections(measured: Measured) -> list[Section]:
    """Make all tables; one without rows is left out."""
    corpora = dict.fromkeys(row.corpus for row in measured.rows)
    found = [corpus_section(corpus, measured.rows) for corpus in corpora]
    found += [
        fold_section(measured.rows),
        across_section(measured.across),
        language_section(measured.rows),
        label_section(measured.labels),
        verdict_section(measured.verdicts),
    ]
    return [section for section in found if section.rows]


def document(words: Sequence[str], found: Sequence[Section]) -> str:
    """Put words and tables together for docs/measurements.md."""
    parts = [*words, HOW]
    for section in found:
        parts += [f"### {section.title}", section.words, tables.markdown_table(section.header, section.rows)]
    return "\n\n".join(part for part in parts if part)


def without_paths(arguments: Sequence[str]) -> list[str]:
    """Name folders by their last step: where they lay on the machine that measured is nobody's business.

    >>> without_paths(["--weights", "/data/folds", "--workers", "2"])
    ['--weights', 'folds', '--workers', '2']
    """
    return [argument.rpartition("/")[2] for argument in arguments]


def bodies(rows: Iterable[Row]) -> list[BodyScore]:
    """Take the scores of the rows that have one."""
    return [row.body for row in rows if row.body]


def mean_f1(rows: Iterable[Row]) -> float | None:
    """Average F1 over the pages with a gold body, if there are any."""
    scores = bodies(rows)
    return statistics.fmean(score.words.f1 for score in scores) if scores else None


def snippet_f1(rows: Iterable[Row]) -> float | None:
    """Give the F1 of all snippets together, if there are any."""
    counts = [row.snippets for row in rows if row.snippets]
    return metrics.add_snippets(counts).f1 if counts else None


def digits(number: float | None) -> str:
    """Write a score with three digits."""
    return "" if number is None else f"{number:.3f}"


HEADER = (
    "input", "system", "pages", "precision", "recall", "F1", "F1 p10", "shingle F1", "ROUGE-LSum", "snippet F1",
    "harmed", "ms",
)  # fmt: skip


def cells(rows: Sequence[Row]) -> tuple[str, ...]:
    """Make the cells of one system on one input, what was not measured left blank."""
    scores = bodies(rows)
    of = metrics.summarize(scores) if scores else None
    numbers = (of.precision, of.recall, of.f1, of.f1_p10, of.shingle_f1, of.rouge_f1) if of else (None,) * 6
    return (
        f"{len(rows):,}",
        *map(digits, numbers),
        digits(snippet_f1(rows)),
        percent(of.harmed) if of else "",
        f"{1000 * statistics.fmean(row.seconds for row in rows):.1f}",
    )


def corpus_section(corpus: str, rows: Sequence[Row]) -> Section:
    """Make the table of one corpus: every input and system; columns that are blank throughout are left out."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.corpus == corpus:
            groups.setdefault((row.style, row.system), []).append(row)
    made = [(style, system, *cells(group)) for (style, system), group in groups.items()]
    shown = [place for place in range(len(HEADER)) if any(row[place] for row in made)]
    unit = " (by characters)" if corpus in BY_CHARACTERS else ""
    return Section(
        f"{corpus}{unit}",
        [HEADER[place] for place in shown],
        [[row[place] for place in shown] for row in made],
    )


def fold_section(rows: Sequence[Row]) -> Section:
    """Show how far Copydesk's mean F1 differs between five groups of sites: less than that is no difference."""
    made = []
    for corpus in dict.fromkeys(row.corpus for row in rows):
        for style in STYLES:
            known = [row for row in rows if (row.corpus, row.style, row.system) == (corpus, style, COPYDESK)]
            means = [mean for fold in range(FOLDS) if (mean := mean_f1(row for row in known if row.fold == fold))]
            if len(means) > 1:
                made.append((corpus, style, *map(digits, means), digits(statistics.pstdev(means))))
    header = ("corpus", "input", *(f"fold {fold}" for fold in range(FOLDS)), "spread")
    words = "Word F1 of Copydesk. A fold is a fifth of all registered domains; *spread* is the standard deviation."
    return Section("By fold", header, [row for row in made if len(row) == len(header)], words)


def across_section(rows: Sequence[Row]) -> Section:
    """Show Copydesk on each corpus with weights that were trained without it."""
    made = []
    for corpus in dict.fromkeys(row.corpus for row in rows):
        for style in STYLES:
            known = [row for row in rows if (row.corpus, row.style, row.system) == (corpus, style, COPYDESK)]
            if known:
                made.append((corpus, style, f"{len(known):,}", digits(mean_f1(known)), digits(snippet_f1(known))))
    words = "Copydesk with a network that was trained without any page of the corpus."
    return Section("Across corpora", ("corpus", "input", "pages", "F1", "snippet F1"), made, words)


def language_section(rows: Sequence[Row]) -> Section:
    """Show word F1 by the language of the gold body."""
    known = [row for row in rows if row.body and (row.style, row.system) in LANGUAGE_CASES]
    pages = Counter(row.language for row in known if (row.style, row.system) == LANGUAGE_CASES[0])
    groups: dict[str, dict[tuple[str, str], list[Row]]] = {}
    for row in sorted(known, key=lambda row: (-pages[row.language], row.language or "")):
        name = row.language if row.language and pages[row.language] >= FEWEST_PAGES else "others"
        groups.setdefault(name, {}).setdefault((row.style, row.system), []).append(row)
    made = [
        (name, f"{len(cases[LANGUAGE_CASES[0]]):,}", *(digits(mean_f1(cases.get(case, []))) for case in LANGUAGE_CASES))
        for name, cases in groups.items()
    ]
    header = ("language", "pages", *(f"{system}, {style}" for style, system in LANGUAGE_CASES))
    return Section(
        "By language", header, made, "Word F1 (magic-html-dev: characters) over all corpora with gold bodies."
    )


def label_section(pairs: Pairs) -> Section:
    """Show how well each label is found on the pages labelled by hand."""
    of_html, of_dump = label_scores(pairs, "html"), label_scores(pairs, "dump")
    made = [
        (
            label,
            f"{dump.lines:,}",
            *(digits(number) for of in (html, dump) for number in (of.precision, of.recall, of.f1)),
        )
        for (label, html), dump in zip(of_html.items(), of_dump.values(), strict=True)
        if dump.lines
    ]
    if made:
        blank = ("", "")
        made.append(("**macro**", "", *blank, digits(macro_f1(of_html)), *blank, digits(macro_f1(of_dump))))
    words = (
        "On the pages of labels/dev.jsonl; the labelled lines are laid along those that Copydesk sees. "
        f"*Macro*: mean F1 of the labels with {FEWEST_LINES} lines or more."
    )
    header = ("label", "lines", *(f"{name}, {source}" for source in ("html", "dump") for name in ("P", "R", "F1")))
    return Section("Labels", header, made, words)


def verdict_section(met: Met) -> Section:
    """Show which page type gets which verdict."""
    verdicts = sorted(
        {verdict for _, _, verdict in met}, key=lambda name: -sum(met[key] for key in met if key[2] == name)
    )
    made = []
    for source in ("html", "dump"):
        kinds = sorted(
            {kind for of, kind, _ in met if of == source},
            key=lambda kind: -sum(count for key, count in met.items() if key[:2] == (source, kind)),
        )
        for kind in kinds:
            counts = [met[source, kind, verdict] for verdict in verdicts]
            right = percent(right_share(met, source, kind)) if kind in RIGHT else ""
            made.append((source, kind, f"{sum(counts):,}", *(str(count or "") for count in counts), right))
        if kinds:
            made.append((source, "**mean**", "", *[""] * len(verdicts), percent(accuracy(met, source))))
    words = (
        "Page types of wcxb-dev by the verdict they get. *Right*: articles and documentation are `article` or "
        "`digest`, collections and listings `index`; pages of services have no verdict of their own. *Mean*: over the "
        "types, each weighing the same."
    )
    return Section("Verdicts", ("input", "page type", "pages", *verdicts, "right"), made, words)
