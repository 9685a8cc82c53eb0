"""What a page is: an article, or what else, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cleaners.labels import Label
from cleaners.page import Line


@dataclass(frozen=True, slots=True)
class Verdict:
    """A name and one sentence that says why.

    `article`, `digest` (several articles on one page), `too_short`, `index` (a list of links to articles), `consent` (a
    cookie or consent wall), `paywall` (only the start of an article), `error_page`, `unsure` (all would have gone,
    so the text was kept), `empty`, `not_text`, `failed`.
    """

    name: str
    reason: str


TOO_SHORT_WORDS = 25
"""Real news in brief has one sentence at least; sentences of news run to some twenty words."""
WALL_WORDS = 80
"""A page whose text is this short and stands beside a consent or paywall notice is that notice with a preview."""
INDEX_LINKS = 15
WORDS_PER_LINK = 1.0
"""A list of links has fewer words than links: the text is teasers that stood together. News pages carry hundreds
of links around an article of some hundred words."""


def judge(lines: Sequence[Line], words: int, *, parts: int) -> Verdict:
    """Give the verdict on one page from its labelled lines, the words of its body, and the parts of a digest."""
    reasons = {line.reason for line in lines}
    chars = Counter[Label]()
    counts = Counter[Label]()
    for line in lines:
        chars[line.label] += len(line.text)
        counts[line.label] += 1
    clutter = counts[Label.NAV] + counts[Label.RELATED]
    is_short = words < WALL_WORDS
    is_legal = chars[Label.LEGAL] > chars[Label.BODY] + chars[Label.RELATED]
    is_list = clutter >= INDEX_LINKS and words < WORDS_PER_LINK * clutter
    cases = (
        (is_short and "error message" in reasons, "error_page", "the text is short and speaks of an error"),
        (is_short and is_legal, "consent", "most of the text is about consent or terms"),
        (is_short and "paywall notice" in reasons, "paywall", "the text is short and ends at a paywall notice"),
        (parts > 1, "digest", f"{parts} articles stand one after the other"),
        (is_list, "index", f"{clutter} links and headlines stand beside {counts[Label.BODY]} paragraphs"),
        ("kept in doubt" in reasons, "unsure", "no part of the page reads like an article; its text was kept as it is"),
        (words < TOO_SHORT_WORDS, "too_short", f"{words} words are left"),
    )
    found = (Verdict(name, reason) for is_case, name, reason in cases if is_case)
    return next(found, Verdict("article", f"{words} words of running text"))
