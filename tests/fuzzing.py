"""Texts and bytes that no scraper should meet, thrown at each room: `make fuzz` (SECONDS=60, TARGET=html, SEED=7).

Each target gets its share of the time. A failure is shrunk by Hypothesis, shown, and kept as a file in tests/failed/,
from where it is tried first in each later run, and by the tests for ever. A target that hangs is ended after a while;
the seed that is printed beforehand makes the same examples again.
"""

import argparse
import faulthandler
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cleaners import Page, clean_many
from cleaners.decode import decode
from cleaners.html import html_lines
from cleaners.repair import repair
from cleaners.text import text_lines
from flows.addresses import uri_of
from flows.gauge import STANDARD_ERROR
from flows.options import CleanOptions
from flows.read import Document, Reject, open_documents
from flows.sources import Reference

FAILED = Path(__file__).resolve().parent / "failed"
"""A folder a target, a file a failure; all written by us or by this program."""
ROUND = 25
"""Examples between two looks at the clock."""
HANGS = 60.0
"""Seconds after which one example is taken to hang, and ends all with a traceback: usual ones take milliseconds."""

PIECES = (
    *"<>/=\"'&;:!?-#[](){}|*_`~\\\0\r\n\t \ufeff\u200b\u202e\u0301\u02bc\ufdfa\ud800\udfff\xa0\xad\u2028\U0010ffff",
    "<p>", "</p>", "<div class='ad share'>", "</div>", "<br>", "<a href='//x.test/a?b#c'>", "</a>", "<table><tr><td>",
    "<script type='application/ld+json'>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE html>", "<pre>",
    "<meta property='article:published_time' content='", "<meta charset=utf-16>", "<title>", "<h1>", "<svg>",
    "<template>", "<html><head>", "<body>", "<noscript>", "<textarea>", "<iframe src='", "<?xml encoding='",
    "&amp;", "&#x110000;", "&#xD800;", "&nbsp", '{"@type": "NewsArticle", "author": ', '"datePublished": "', "[" * 50,
    '"@graph": [', "null", "1e999", "2031-13-45T99:99", "4 March 2031", "00.00.0000", "vor 3 Tagen", "2 hours ago",
    "By Anna Lund", "von ÉVA", "| The Elm Post", "© 2031", "Read more: ", "Sign up", "\n\n", "\r\n", "â€™", "Ã¼",
    "橋は開通した。", "The mayor opened the bridge. ", "- a\n- b\n", "# Head\n", "---\na: b\n", "> quoted\n", "```\n",
    "WARC/1.0\r\n", "Content-Length: 99\r\n", "From: a@b.test\r\n\r\n", "a,b,c\n", '{"text": "',
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(st.characters(), max_size=20), max_size=60).map("".join)
raws = texts.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=400)
charsets = st.none() | st.sampled_from(["utf-8", "utf-16", "shift_jis", "windows-1252", "x", "\0", "utf-7", "idna"])
SUFFIXES = (
    ".txt", ".md", ".html", ".json", ".jsonl", ".csv", ".tsv", ".eml", ".mhtml", ".warc", ".wet", ".parquet", ".arrow",
    ".zip", ".tar", ".txt.gz", ".jsonl.bz2", ".html.xz", ".warc.gz", ".json.zst",
)  # fmt: skip


def has_no_surrogate(text: str) -> None:
    """See that a text can be written as UTF-8."""
    text.encode()


def try_decode(raw: bytes) -> None:
    """Decode with each charset that a page may claim."""
    for charset in (None, "utf-8", "utf-16", "shift_jis", "windows-1252", "utf-7", "\0"):
        decode(raw, charset=charset)


def try_repair(raw: bytes) -> None:
    """Repair once, and once more: clean text stays as it is."""
    text = raw.decode("utf-8", "surrogatepass") if is_wide(raw) else raw.decode("latin-1")
    for is_html in (False, True):
        repaired = repair(text, is_html=is_html).text
        has_no_surrogate(repaired)


def is_wide(raw: bytes) -> bool:
    """Tell whether bytes are UTF-8 in which lone surrogates may stand."""
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def try_html(raw: bytes) -> None:
    """Make lines of HTML; each has its text and its number, and no break in it."""
    lines = html_lines(raw.decode("utf-8", "replace"), "https://elm-post.test/a")
    if lines.number != list(range(1, len(lines.text) + 1)):
        raise AssertionError("lines are not numbered one by one")


def try_text(raw: bytes) -> None:
    """Make lines of plain text."""
    lines, _ = text_lines(raw.decode("utf-8", "replace"))
    if any("\n" in line for line in lines.text):
        raise AssertionError("a line holds a break")


def try_metadata(raw: bytes) -> None:
    """Clean a page as HTML and as text: each gives an article with a verdict that can be written."""
    pages = [Page(raw, "https://elm-post.test/2031/a", "html"), Page(raw, None, "text"), Page(raw)]
    for article in clean_many(pages):
        if not article.verdict:
            raise AssertionError("an article without a verdict")
        for text in (
            article.body,
            article.title,
            article.description,
            article.section,
            *article.authors,
            *article.tags,
        ):
            has_no_surrogate(text or "")


def try_readers(raw: bytes) -> None:
    """Read bytes as each form of file: documents and rejects, never an error."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in SUFFIXES:
            path = Path(folder, f"a{suffix}")
            path.write_bytes(raw)
            for item in open_documents(Reference(uri_of(path), size=len(raw)), CleanOptions()):
                if not isinstance(item, Document | Reject):
                    raise AssertionError(f"{suffix} gives {item!r}")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "decode": try_decode,
    "repair": try_repair,
    "html": try_html,
    "text": try_text,
    "metadata": try_metadata,
    "readers": try_readers,
}


def failed_before(target: str) -> Iterator[Path]:
    """Find what once made a target fail."""
    yield from sorted((FAILED / target).glob("*"))


def keep(target: str, raw: bytes) -> Path:
    """Keep what made a target fail."""
    path = FAILED / target / f"{sha256(raw).hexdigest()[:12]}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def fuzz(target: str, *, seconds: float, first_seed: int) -> int:
    """Try a target until its time is up; give the number of examples. Raises what the target raises."""
    last: list[bytes] = []
    examples = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        round_seed = first_seed + examples // ROUND

        @seed(round_seed)
        @settings(
            max_examples=ROUND,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(raws)
        def attempt(raw: bytes) -> None:
            last[:] = [raw]
            faulthandler.dump_traceback_later(HANGS, exit=True, file=STANDARD_ERROR)
            TARGETS[target](raw)

        try:
            attempt()
        except BaseException:
            path = keep(target, last[0])
            command = f"make fuzz TARGET={target} SEED={round_seed}"
            sys.stderr.write(f"\n{target} fails on {path}\nTo see it again: {command}\n")
            raise
        finally:
            faulthandler.cancel_dump_traceback_later()
        examples += ROUND
    return examples


def main() -> None:
    """Try the targets in turn, within the time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="time for all targets together")
    parser.add_argument("--target", choices=[*TARGETS, "all"], default="all", help="what to try")
    parser.add_argument("--seed", type=int, default=None, help="first seed; another one each time where not given")
    choices = parser.parse_args()
    targets = list(TARGETS) if choices.target == "all" else [choices.target]
    first_seed = random.SystemRandom().randrange(10**9) if choices.seed is None else choices.seed
    for target in targets:
        sys.stderr.write(f"{target}: again with make fuzz TARGET={target} SEED={first_seed}\n")
        before = list(failed_before(target))
        for path in before:
            TARGETS[target](path.read_bytes())
        number = fuzz(target, seconds=choices.seconds / len(targets), first_seed=first_seed)
        sys.stderr.write(f"{target}: {len(before)} kept and {number:,} new examples, none fails\n")


if __name__ == "__main__":
    main()
