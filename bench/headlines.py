"""Learns to tell headlines, among lines and on HTML pages: `python -m bench.headlines` writes lexicon/headline.toml.

A conditional logit: on each page the gold title's line shall score above all others. Pages of the folds that
`bench.metadata` holds out are not learned from.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray
from selectolax.lexbor import LexborHTMLParser

import cleaners
from bench.corpora import GoldPage, decoded, domain_of, fold_of, has_data, load_gold, missing, resiliparse_dump
from bench.metadata import PAGE_TYPES, TUNED_FOLDS
from cleaners import Line, Page, clean_many
from cleaners.evidence import gather
from cleaners.head import read_head
from cleaners.headline import describe, first_paragraph
from cleaners.titles import describe_titles, fold_title

WEIGHTS = Path(cleaners.__file__).parent / "lexicon" / "headline.toml"
STEPS = 3_000
RATE = 0.5
PENALTY = 1e-3
HEADER = """# How much each fact about a line speaks for its being the headline; learned by `python -m bench.headlines`
# from pages with gold titles, on the sites of folds {folds}.
"""

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
        described = describe_titles(head, lines, site_names=site_names, first=first_paragraph(lines))
        is_title = [key == fold_title(page.title or "") for key in described]
        if any(is_title):
            choices.append(([facts for _, facts in described.values()], is_title))
    return choices


def learn(choices: Sequence[Choice]) -> dict[str, float]:
    """Fit the weights by gradient ascent on the mean log likelihood, with a small penalty on large ones."""
    names = sorted({name for facts, _ in choices for fact in facts for name in fact})
    column = {name: place for place, name in enumerate(names)}
    rows: list[NDArray[np.float64]] = []
    for facts, _ in choices:
        table = np.zeros((len(facts), len(names)))
        for row, fact in enumerate(facts):
            for name, value in fact.items():
                table[row, column[name]] = value
        rows.append(table)
    every = np.concatenate(rows)
    starts = np.cumsum([0, *(len(table) for table in rows)])[:-1]
    page = np.repeat(np.arange(len(rows)), [len(table) for table in rows])
    gold = np.concatenate([np.array(is_title, float) for _, is_title in choices])
    gold /= np.add.reduceat(gold, starts)[page]
    weights, squares = np.zeros(len(names)), np.full(len(names), 1e-8)
    for _ in range(STEPS):
        scores = every @ weights
        scores = np.exp(scores - np.maximum.reduceat(scores, starts)[page])
        scores /= np.add.reduceat(scores, starts)[page]
        gradient = every.T @ (gold - scores) / len(rows) - PENALTY * weights
        squares += gradient**2
        weights += RATE * gradient / np.sqrt(squares)
    return {name: round(float(weights[place]), 2) for name, place in column.items()}


def main() -> None:
    """Learn the weights anew and write them."""
    if not has_data():
        typer.echo(f"Skipped: {missing('corpora')}")
        return
    pages = [
        page
        for corpus, page_type in PAGE_TYPES.items()
        for page in load_gold(corpus, page_type=page_type)
        if page.title and fold_of(domain_of(page)) in TUNED_FOLDS
    ]
    dumps = clean_many(Page(resiliparse_dump(decoded(page.html())), kind="text") for page in pages)
    htmls = clean_many(Page(page.html(), url=page.url, kind="html") for page in pages)
    models = {
        "line": learn(choices_of_lines([(article.lines, page) for article, page in zip(dumps, pages, strict=True)])),
        "page": learn(choices_of_pages([(article.lines, page) for article, page in zip(htmls, pages, strict=True)])),
    }
    WEIGHTS.write_text(written(models), encoding="utf-8")
    typer.echo(f"{len(pages)} pages: {WEIGHTS}")


def written(models: Mapping[str, Mapping[str, float]]) -> str:
    """Write the weights as TOML, a line a fact, those that weigh nothing left out."""
    tables = (
        f"\n[{model}]\n" + "".join(f'"{name}" = {weight}\n' for name, weight in sorted(weights.items()) if weight)
        for model, weights in models.items()
    )
    return HEADER.format(folds=sorted(TUNED_FOLDS)) + "".join(tables)


if __name__ == "__main__":
    typer.run(main)
