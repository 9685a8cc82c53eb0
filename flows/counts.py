"""What a run counts: documents, rows and characters, in a worker and summed up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cleaners.page import Article
from flows.sources import Document


@dataclass(frozen=True, slots=True)
class RunStamp:
    """What each row says about the run that wrote it."""

    run_id: str
    cleaned_at: datetime
    copydesk_version: str
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a batch or a run did; two add up with `+`. `rejects` and `verdicts` count rows, `removed` characters.

    `passed_over` counts members of archives and records of WARC files that are of other kinds, `choices` the files in
    which several fields could have been the text, by which was taken.
    `unchanged` counts files and spans that were read and found to be as they were; their documents count nowhere.
    """

    documents: int = 0
    articles: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict)
    verdicts: Mapping[str, int] = field(default_factory=dict)
    chars_in: int = 0
    chars_kept: int = 0
    removed: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    bytes: int = 0
    passed_over: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, int] = field(default_factory=dict)
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            documents=self.documents + other.documents,
            articles=self.articles + other.articles,
            rejects=_sum(self.rejects, other.rejects),
            verdicts=_sum(self.verdicts, other.verdicts),
            chars_in=self.chars_in + other.chars_in,
            chars_kept=self.chars_kept + other.chars_kept,
            removed=_sum(self.removed, other.removed),
            seconds={name: self.seconds.get(name, 0) + other.seconds.get(name, 0) for name in _names(self, other)},
            bytes=self.bytes + other.bytes,
            passed_over=_sum(self.passed_over, other.passed_over),
            choices=_sum(self.choices, other.choices),
            unchanged=self.unchanged + other.unchanged,
        )

    @property
    def rejected(self) -> int:
        """The number of rejected documents."""
        return sum(self.rejects.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """All that parquet/runs, the table on the terminal and the report say about one run.

    `options` is the JSON of the options, `engine` which one it was in the end, `passed_over` files of other kinds.
    `unchanged` counts files and spans that needed no cleaning, `pruned` those whose rows went because they are gone.
    Of the rows that lie there in the end, some may be of an older version, or of this one with other options. `groups`
    are the parts that the run wrote, `notes` sentences about what had to be mended.
    """

    run: RunStamp
    counts: Counts
    options: str
    engine: str
    started_at: datetime
    finished_at: datetime
    exit_status: int
    passed_over: Mapping[str, int] = field(default_factory=dict)
    unchanged: int = 0
    pruned: int = 0
    rows_of_older_version: int = 0
    rows_of_other_options: int = 0
    groups: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """The wall time of the run."""
        return (self.finished_at - self.started_at).total_seconds()


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(first) + Counter(second)).items()))


def _names(first: Counts, second: Counts) -> list[str]:
    return sorted({*first.seconds, *second.seconds})


class Tally:
    """The counts of a group as they grow."""

    def __init__(self) -> None:
        self.documents = 0
        self.bytes = 0
        self.unchanged = 0
        self.chars_in = 0
        self.chars_kept = 0
        self.seconds = 0.0
        self.rejects: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.removed: Counter[str] = Counter()

    def add(self, document: Document, article: Article) -> None:
        """Count a cleaned document."""
        self.documents += 1
        self.bytes += document.size
        self.chars_in += article.kept_chars + article.removed_chars
        self.chars_kept += article.kept_chars

    def counts(self) -> Counts:
        """Give the counts as they are now."""
        return Counts(
            documents=self.documents,
            articles=self.verdicts.total(),
            rejects=dict(self.rejects),
            verdicts=dict(self.verdicts),
            chars_in=self.chars_in,
            chars_kept=self.chars_kept,
            removed={label: size for label, size in self.removed.items() if size},
            seconds={"write": self.seconds},
            bytes=self.bytes,
            unchanged=self.unchanged,
        )
