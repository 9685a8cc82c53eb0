"""The report as one HTML page: no script, no other file, no network; all that comes from documents is escaped."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from cleaners.labels import KEPT, Label
from flows.samples import ArticleSample
from flows.schema import Row
from flows.write import RunSummary

SHOWN_BODY: Final = 6_000
SHOWN_LINE: Final = 300
"""Characters shown of a body and of a line: with 20 articles of 200 lines at most, a page of some two megabytes."""
LABELS: Final = [label.value for label in Label if label not in KEPT]

STYLE: Final = """
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #1d1d1b; --soft: #6b6a66; --rule: #dedbd3;
  --ink-l: 32%; --wash-l: 93%; --fill-l: 58%; }
@media (prefers-color-scheme: dark) { :root { --paper: #161614; --card: #1f1f1c; --ink: #e9e7e1; --soft: #a09e97;
  --rule: #383731; --ink-l: 78%; --wash-l: 20%; --fill-l: 48%; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.25rem 5rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font: 600 2rem/1.2 Georgia, serif; margin: 0; }
h2 { font: 600 1.3rem/1.3 Georgia, serif; margin: 3rem 0 .8rem; }
p.note, .soft { color: var(--soft); font-size: .875rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.place, .place { overflow-wrap: anywhere; }
tr.sub td:first-child { padding-left: 1.2rem; color: var(--soft); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 2rem; align-items: start; }
.bar { display: flex; height: 1.6rem; border-radius: .3rem; overflow: hidden; margin: .5rem 0; }
.bar i { background: hsl(var(--hue) 45% var(--fill-l)); min-width: 1px; }
.chip { display: inline-block; padding: 0 .45rem; border-radius: .3rem; font-size: .75rem; line-height: 1.35rem;
  background: hsl(var(--hue) 55% var(--wash-l)); color: hsl(var(--hue) 60% var(--ink-l)); white-space: nowrap; }
.kept { --hue: 150; } details { background: var(--card); border: 1px solid var(--rule); border-radius: .5rem;
  margin: .7rem 0; padding: .7rem 1rem; }
summary { cursor: pointer; overflow-wrap: anywhere; } summary b { font-family: Georgia, serif; }
.text { font-family: Georgia, serif; white-space: pre-wrap; overflow-wrap: anywhere; }
ol { list-style: none; margin: 0; padding: 0; } li { border-left: 3px solid hsl(var(--hue) 45% var(--fill-l));
  padding: .15rem 0 .15rem .7rem; margin: .4rem 0; font-size: .875rem; overflow-wrap: anywhere; }
li small { color: var(--soft); }
h3 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); margin: .8rem 0 .4rem; }
""" + "\n".join(f".l-{label} {{ --hue: {20 + number * 340 // len(LABELS)}; }}" for number, label in enumerate(LABELS))

HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
"""


def page_of_run(
    summary: RunSummary,
    *,
    rows: Sequence[tuple[str, str, str]],
    articles: Sequence[ArticleSample],
    rejects: Mapping[str, Sequence[Row]],
) -> str:
    """Make the page: the summary rows (name, number, note), labels, rejects by reason, and articles to look at."""
    run = summary.run
    started = f"{summary.started_at:%Y-%m-%d %H:%M} UTC"
    pieces = [
        f"{HEAD}<title>Copydesk · {escape(started)}</title><style>{STYLE}</style></head><body>",
        (
            f"<h1>What Copydesk did</h1><p class=note>{escape(started)} · run {escape(run.run_id)} · "
            f"version {escape(run.copydesk_version)} · labels by {escape(run.model_version)} · "
            f"engine {escape(summary.engine)} · exit status {summary.exit_status}</p>"
        ),
        *_summary(rows),
        *_labels(summary),
        *_rejects(summary, rejects),
        (
            "<h2>Articles to look at</h2><p class=note>On the left what was kept, on the right what was taken away, "
            "line by line, with its label and the rule.</p>"
        ),
        *(piece for sample in articles for piece in _article(sample)),
        "" if articles else "<p>This run wrote no article.</p>",
        f"<h2>Options</h2><p class='soft place'>{escape(summary.options)}</p></body></html>\n",
    ]
    return "".join(pieces)


def _summary(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    yield "<h2>Summary</h2><table>"
    for name, number, note in rows:
        sub = " class=sub" if name.startswith(" ") else ""
        yield f"<tr{sub}><td>{escape(name.strip())}<td class=number>{escape(number)}<td class=soft>{escape(note)}"
    yield "</table>"


def _labels(summary: RunSummary) -> Iterator[str]:
    """Show each label's share of the characters, body and headings included, as one bar."""
    shares = {"kept": summary.counts.chars_kept, **summary.counts.removed}
    total = sum(shares.values())
    if not total:
        return
    yield "<h2>Where the characters went</h2><div class=bar>"
    shown = sorted(shares.items(), key=lambda item: (item[0] != "kept", -item[1], item[0]))
    for label, number in shown:
        yield f'<i class="{_hue(label)}" style="width:{100 * number / total:.3f}%" title="{escape(label)}"></i>'
    yield "</div><p>"
    for label, number in shown:
        yield f'<span class="chip {_hue(label)}">{escape(label)} {100 * number / total:.1f} %</span> '
    yield "</p>"


def _hue(label: str) -> str:
    return f"l-{label}" if label in LABELS else "kept"


def _rejects(summary: RunSummary, samples: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    if not summary.counts.rejects:
        return
    yield "<h2>Rejects</h2><p class=note>All of them stand in the dataset rejects; here are a few for each reason.</p>"
    for reason, number in sorted(summary.counts.rejects.items(), key=lambda item: (-item[1], item[0])):
        yield f"<details open><summary><b>{escape(reason)}</b> · {number:,}</summary><table>"
        for row in samples.get(reason, ()):
            place = f"{row['source_uri']} @ {row['source_offset']}"
            yield f"<tr><td class=place>{escape(_short(place))}<td>{escape(_short(row['message'] or ''))}"
        yield "</table></details>"


def _article(sample: ArticleSample) -> Iterator[str]:
    row = sample.row
    facts = [
        ", ".join(row["authors"] or []),
        f"{row['published_at']:%Y-%m-%d %H:%M}" if row["published_at"] else "",
        row["site_name"] or row["domain"] or "",
        row["language"] or "",
        f"verdict {row['verdict']}" + (f" ({row['verdict_reason']})" if row["verdict_reason"] else ""),
        f"{row['kept_chars']:,} characters kept, {row['removed_chars']:,} taken away",
        sample.why,
    ]
    yield f"<details open><summary dir=auto><b>{escape(_short(row['title'] or 'Without a title'))}</b></summary>"
    yield f"<p class=note dir=auto>{' · '.join(escape(_short(fact)) for fact in facts if fact)}<br>"
    yield f"<span class=place>{escape(_short(row['source_uri']))} @ {row['source_offset']}</span></p>"
    yield f"<div class=pair><section><h3>Kept</h3><div class=text dir=auto>{escape(_short(row['body'], SHOWN_BODY))}"
    yield "</div></section><section><h3>Taken away</h3><ol>"
    for line in sample.removed:
        label = line["label"]
        yield (
            f'<li class="{_hue(label)}" dir=auto><span class="chip {_hue(label)}">{escape(label)}</span> '
            f"{escape(_short(line['text']))} "
            f"<small>{escape(line['reason'] or '')} · {line['confidence'] or 0:.2f} · line {line['line']}</small></li>"
        )
    yield f"</ol>{f'<p class=note>and {sample.more:,} more lines</p>' if sample.more else ''}"
    yield f"{'' if sample.removed else '<p class=note>Nothing.</p>'}</section></div></details>"


def _short(text: str, limit: int = SHOWN_LINE) -> str:
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit:,} characters more)"
