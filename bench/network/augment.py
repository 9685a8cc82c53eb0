"""Pages that nobody published: mixed from several sites, or cut short.

A dump of one page holds few second articles, and hardly a gold page is as short as a mail or an entry of a feed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.corpora import FOLDS
from bench.network.examples import NO_TWIN, Example, add_features, load_pages
from cleaners.boxes import BOX_COLUMNS, PROSE_CHARS, Floats
from cleaners.inputs import KEPT_PLACES, LABELS
from cleaners.labels import Label
from cleaners.lines import DocumentLines

_RELATED = LABELS.index(Label.RELATED)


def load_examples(work: Path, *, workers: int) -> list[Example]:
    """Load all pages in all styles, mixed and cropped ones too, with features."""
    examples = load_pages(work, workers=workers)
    for style in ("html", "dump"):
        pages = [example for example in examples if example.style == style and _is_long_enough(example)]
        examples += [*mixed_pages(pages, style), *cropped_pages(pages, style)]
    add_features(examples)
    return examples


FEWEST_BODY_LINES = 4
DROPPED_SHARE = 0.04


def _is_long_enough(example: Example) -> bool:
    is_article = example.page.page_type == "article" and bool(example.page.body)
    return is_article and int((example.kept >= 0.5).sum()) >= FEWEST_BODY_LINES


def mixed_pages(pages: Sequence[Example], style: str) -> Iterator[Example]:
    """Put clutter, teasers and second articles of other sites of the same fold into each article; drop a few lines."""
    draw = random.Random(1)
    by_fold = {fold: [page for page in pages if page.fold == fold] for fold in range(FOLDS)}
    for example in pages:
        body = np.flatnonzero(example.kept >= 0.5)
        places = (body[0], body[-1] + 1, body[-1] + 1, draw.choice(list(body[1:])), len(example.lines))
        inserts = [
            (int(draw.choice(places)), _piece(draw, draw.choice(by_fold[example.fold])))
            for _ in range(draw.choice((1, 2, 3)))
        ]
        yield _with_inserts(draw, example, inserts, style=f"{style}-mix")


SHORT_TEXTS = (1, 2, 3, 5, 8, 13, 30, 100)
"""Lines of the text that are left, at most."""
HEAD_LINES, TAIL_LINES = 6, 12
"""So many lines above and below the text may stay: headline, byline and date; bio, credit and teasers."""
CLUTTER_LEFT = (0.05, 0.3, 0.7)
"""Share of what is not the text that stays."""
SHORT_PIECE = 3


def cropped_pages(pages: Sequence[Example], style: str) -> Iterator[Example]:
    """Cut each article down to a run of its text with little around it, and put in a few lines of other sites."""
    draw = random.Random(2)
    by_fold = {fold: [page for page in pages if page.fold == fold] for fold in range(FOLDS)}
    for example in pages:
        cut = _at(example, _places_left(draw, example))
        inserts = [
            (draw.randint(0, len(cut.lines)), _piece(draw, draw.choice(by_fold[example.fold]), most=SHORT_PIECE))
            for _ in range(draw.choice((0, 1, 1, 2, 3)))
        ]
        yield _with_inserts(draw, cut, inserts, style=f"{style}-crop")


def _places_left(draw: random.Random, example: Example) -> list[int]:
    body: NDArray[np.int64] = np.flatnonzero(example.kept >= 0.5)
    count = min(len(body), draw.choice(SHORT_TEXTS))
    start = 0 if draw.random() < 0.5 else draw.randint(0, len(body) - count)
    text = set(body[start : start + count].tolist())
    skipped = set(body.tolist()) - text
    reach = range(max(0, min(text) - HEAD_LINES), min(len(example.lines), max(text) + TAIL_LINES))
    left = draw.choice(CLUTTER_LEFT)
    return [place for place in reach if place in text or (place not in skipped and draw.random() < left)]


def _piece(draw: random.Random, donor: Example, *, most: int = 50) -> Example:
    """Cut a run of lines out of a page: any lines, or its article from the headline on; none of it is body any more."""
    body = np.flatnonzero(donor.kept >= 0.5)
    if draw.random() < 0.3 and len(body) >= FEWEST_BODY_LINES:
        start, count = max(0, int(body[0]) - draw.choice((0, 1, 3))), draw.choice((3, 6, 12, 40))
    else:
        start, count = draw.randrange(len(donor.lines)), draw.choice((1, 2, 3, 3, 6, 12, 25, 50))
    places = list(range(start, min(start + min(count, most), len(donor.lines))))
    cut = _at(donor, places)
    cut.kept = np.zeros_like(cut.kept)
    cut.label = np.where(np.isin(cut.label, KEPT_PLACES), _RELATED, cut.label)
    return cut


def _at(example: Example, places: Sequence[int]) -> Example:
    lines = example.lines
    chosen = DocumentLines(
        list(range(1, len(places) + 1)),
        [lines.text[place] for place in places],
        [lines.gap[place] for place in places],
        [lines.tag[place] for place in places],
        [lines.link_share[place] for place in places],
        [lines.marks[place] for place in places],
        is_html=lines.is_html,
        head=lines.head,
        boxes=None if lines.boxes is None else lines.boxes[list(places)],
    )
    kept, label = example.kept[list(places)], example.label[list(places)]
    return replace(example, lines=chosen, kept=kept, label=label, twin=NO_TWIN)


def _boxes_of_mix(draw: random.Random, pieces: Sequence[Example]) -> Floats | None:
    """The measures of the tree as if what was put in stood in boxes of its own, some steps away from the main one.

    Pieces of the page itself and pieces put in take turns.
    """
    if any(piece.lines.boxes is None for piece in pieces):
        return None
    lengths = [sum(len(text) for text in piece.lines.text if len(text) >= PROSE_CHARS) for piece in pieces]
    total = max(1, sum(lengths))
    own = sum(lengths[::2]) / total
    found: list[Floats] = []
    for place, piece in enumerate(pieces):
        boxes = np.array(piece.lines.boxes)
        boxes[:, _PROSE_SHARES] *= lengths[place] / total if place % 2 else own
        if place % 2:
            boxes[:, _STEPS] = draw.randrange(1, 5) / 4, draw.randrange(1, 5) / 4
            boxes[:, BOX_COLUMNS.index("main_prose")] = own
        found.append(boxes)
    return np.concatenate(found)


_PROSE_SHARES = [place for place, name in enumerate(BOX_COLUMNS) if name.endswith("_prose")]
_STEPS = [BOX_COLUMNS.index("steps_to_main"), BOX_COLUMNS.index("steps_from_main")]


def _with_inserts(
    draw: random.Random, example: Example, inserts: Sequence[tuple[int, Example]], *, style: str
) -> Example:
    pieces: list[Example] = []
    last = 0
    for place, cut in sorted(inserts, key=lambda insert: insert[0]):
        pieces += [_at(example, range(last, place)), cut]
        last = place
    pieces.append(_at(example, range(last, len(example.lines))))
    whole = DocumentLines([], [], [], [], [], [], is_html=example.lines.is_html, head=example.lines.head)
    whole.boxes = _boxes_of_mix(draw, pieces)
    for piece in pieces:
        whole.text += piece.lines.text
        whole.gap += piece.lines.gap
        whole.tag += piece.lines.tag
        whole.link_share += piece.lines.link_share
        whole.marks += piece.lines.marks
    joined = replace(
        example,
        style=style,
        lines=whole,
        kept=np.concatenate([piece.kept for piece in pieces]),
        label=np.concatenate([piece.label for piece in pieces]),
    )
    return _at(joined, [place for place in range(len(whole)) if draw.random() > DROPPED_SHARE])
