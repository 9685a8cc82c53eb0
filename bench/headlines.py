"""Learns to tell headlines, among lines and on HTML pages: `python -m bench.headlines --weights FOLDER`.

Writes `cleaners/lexicon/headline.toml`. A conditional logit: on each page the gold title's line shall score above all
others. Pages of the folds that `bench.metadata` holds out are not learned from.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from selectolax.lexbor import LexborHTMLParser

import cleaners
from bench import weights
from bench.corpora import GoldPage, decoded, domain_of, fold_of, has_data, load_gold, missing, resiliparse_dump
from bench.metadata import PAGE_TYPES, TUNED_FOLDS
from cleaners import Line, Page, clean_many
from cleaners.evidence import gather
from cleaners.headline import describe, first_paragraph
from cleaners.markup import read_head
from cleaners.titles import describe_titles, fold_title

WEIGHTS = Path(cleaners.__file__).parent / "lexicon" / "headline.toml"
ROUNDS, HALVINGS = 12, 6
"""Newton's method settles in some ten rounds; a step that leads nowhere better is halved."""
PENALTY = 8e-3
"""By the folds learned from, each judged by the other two: smaller ones are worse on HTML, larger ones on dumps."""
HEADER = """# How much each fact about a line speaks for its being the headline; learned by `python -m bench.headlines`
# from pages with gold titles, on the sites of folds {folds}.
"""

Floats = NDArray[np.float64]
Choice = tuple[list[dict[str, float]], list[bool]]
"""The described candidates of one page, and which of them are the gold title."""


def choices_of_lines(pages: Sequence[tuple[list[Line], GoldPage]]) -> list[Choice]:
    """Describe the candidates of pages one of whose lines is the gold title; other pages teach nothing.

    Every page counts twice, without its address and with it.
    """
    choices: list[Choice] = []
    for lines, page in pages:
        for url in (None, page.url):
            described = describe(lines, first=first_paragraph(lines), url=url)
            is_title = [fold_title(lines[place].text) == fold_title(page.title or "") for place in described]
            if any(is_title):
                choices.append((list(described.values()), is_title))
    return choices


def choices_of_pages(pages: Sequence[tuple[list[Line], GoldPage]]) -> list[Choice]:
    """Describe the titles that HTML pages give, where the gold title is among them."""
    choices: list[Choice] = []
    for lines, page in pages:
        head = read_head(LexborHTMLParser(decoded(page.html())), page.url)
        site_names = gather(head, lines, page.url, fields={}, fetched_at=None, body="").site_names
        described = describe_titles(head, lines, site_names=site_names, first=first_paragraph(lines), url=page.url)
        is_title = [key == fold_title(page.title or "") for key in described]
        if any(is_title):
            choices.append(([facts for _, facts in described.values()], is_title))
    return choices


def learn(choices: Sequence[Choice]) -> dict[str, float]:
    """Fit the weight of each fact to the choices."""
    names = sorted({name for facts, _ in choices for fact in facts for name in fact})
    column = {name: place for place, name in enumerate(names)}
    every = np.zeros((sum(len(facts) for facts, _ in choices), len(names)))
    for row, fact in enumerate(fact for facts, _ in choices for fact in facts):
        for name, value in fact.items():
            every[row, column[name]] = value
    is_gold = np.concatenate([np.array(is_title, float) for _, is_title in choices])
    fitted = fit(every, is_gold, [len(facts) for facts, _ in choices])
    return {name: round(float(fitted[place]), 2) for name, place in column.items()}


def fit(every: Floats, is_gold: Floats, sizes: Sequence[int]) -> Floats:
    """Fit weights by Newton's method to the mean log likelihood, with a small penalty on large ones.

    `sizes` says how many rows of `every` belong to each page.
    """
    starts = np.cumsum([0, *sizes])[:-1]
    page = np.repeat(np.arange(len(sizes)), sizes)

    def judged(tried: Floats) -> tuple[float, Floats, Floats]:
        odds = every @ tried
        odds = np.exp(odds - np.maximum.reduceat(odds, starts)[page])
        odds /= np.add.reduceat(odds, starts)[page]
        right = np.add.reduceat(odds * is_gold, starts) + np.finfo(float).tiny
        return float(np.log(right).mean() - PENALTY / 2 * tried @ tried), odds, odds * is_gold / right[page]

    fitted = np.zeros(every.shape[1])
    reached, odds, wanted = judged(fitted)
    for _ in range(ROUNDS):
        slope = every.T @ (wanted - odds) / len(sizes) - PENALTY * fitted
        weighed = every * odds[:, None]
        means = np.add.reduceat(weighed, starts)
        curvature = (weighed.T @ every - means.T @ means) / len(sizes) + PENALTY * np.eye(len(fitted))
        step = np.linalg.solve(curvature, slope)
        steps = (fitted + step / 2**halvings for halvings in range(HALVINGS))
        better = next((tried for tried in steps if judged(tried)[0] > reached), None)
        if better is None:
            break
        fitted = better
        reached, odds, wanted = judged(fitted)
    return fitted


def cleaned(pages: Sequence[GoldPage]) -> list[tuple[list[Line], list[Line]]]:
    """Label the lines of pages, as dumps and as HTML."""
    dumps = clean_many(Page(resiliparse_dump(decoded(page.html())), kind="text") for page in pages)
    htmls = clean_many(Page(page.html(), url=page.url, kind="html") for page in pages)
    return [(dump.lines, html.lines) for dump, html in zip(dumps, htmls, strict=True)]


def labelled(pages: Sequence[GoldPage], folder: Path | None) -> list[tuple[GoldPage, list[Line], list[Line]]]:
    """Label the lines of pages, each by the weights that were trained without it."""
    groups = weights.by_fold(pages, folder)
    work = {of_fold: [partial(cleaned, known)] for of_fold, known in groups.items()}
    found = weights.run(work, workers=1, ready=_nothing_to_warm_up)
    return [
        (page, dump, html)
        for known, lines in zip(groups.values(), found, strict=True)
        for page, (dump, html) in zip(known, lines, strict=True)
    ]


def _nothing_to_warm_up() -> None:
    """No time is taken here."""


def main(
    *,
    weights_folder: Annotated[
        Path | None, typer.Option("--weights", help="Folder of weights trained out of fold: fold0 to fold4.")
    ] = None,
) -> None:
    """Learn the weights anew and write them.

    With `--weights` the labels that they are learned on are out of fold, as sure and as wrong as on pages never seen;
    without it they are those of networks that know the pages, and trusted more than they deserve.
    """
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    if weights_folder:
        weights.check(weights_folder)
    pages = [
        page
        for corpus, page_type in PAGE_TYPES.items()
        for page in load_gold(corpus, page_type=page_type)
        if page.title and fold_of(domain_of(page)) in TUNED_FOLDS
    ]
    known = labelled(pages, weights_folder)
    models = {
        "line": learn(choices_of_lines([(dump, page) for page, dump, _ in known])),
        "page": learn(choices_of_pages([(html, page) for page, _, html in known])),
    }
    WEIGHTS.write_text(written(models), encoding="utf-8")
    typer.echo(f"{len(pages)} pages: {WEIGHTS}")


def written(models: Mapping[str, Mapping[str, float]]) -> str:
    """Write the weights as TOML, a line a fact, those that weigh nothing left out."""
    tables = (
        f"\n[{model}]\n" + "".join(f'"{name}" = {weight}\n' for name, weight in sorted(of_facts.items()) if weight)
        for model, of_facts in models.items()
    )
    return HEADER.format(folds=sorted(TUNED_FOLDS)) + "".join(tables)


if __name__ == "__main__":
    typer.run(main)
