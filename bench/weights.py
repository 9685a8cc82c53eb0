"""Which weights judge which page, so that no figure comes from pages that the weights were trained on.

A folder of weights that training left out of fold holds `fold0` to `fold4`, each trained without the pages of that fold
(`bench.corpora.fold_of` of a page's domain), and for figures across corpora `without-<corpus>`, each trained without
that corpus.
"""

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module, util
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import typer
from rich.progress import track

from bench.corpora import FOLDS, GoldPage, domain_of, fold_of

Found = TypeVar("Found")

NETWORK = "cleaners.network"
THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Each worker has one core: what is measured is its processor time."""

IN_SAMPLE = """**IN SAMPLE: the network that made Copydesk's figures was trained on these very pages. They say how well
it remembers, not how well it does on pages it has not seen. `--weights FOLDER` measures out of fold.**"""
OUT_OF_FOLD = """Copydesk's figures are **out of fold**: each page was judged by a network that was trained without the
pages of its registered domain."""
RULES = """Copydesk labels with its rules alone. They learned nothing from these pages, but were written with these
corpora in sight."""


def is_learned() -> bool:
    """Tell whether this Copydesk labels with a trained network at all."""
    return util.find_spec(NETWORK) is not None


def caption(folder: Path | None) -> str:
    """Say what stands above the figures: how far the measured pages were known."""
    if not is_learned():
        return RULES
    return OUT_OF_FOLD if folder else IN_SAMPLE


def fold_folder(weights: Path | None, page: GoldPage) -> Path | None:
    """Find the weights that were trained without the page."""
    return weights / f"fold{fold_of(domain_of(page))}" if weights else None


def check(weights: Path) -> None:
    """Refuse a folder that lacks a fold, and weights for a Copydesk that uses none."""
    if not is_learned():
        raise typer.BadParameter("this Copydesk labels with rules alone, so weights change nothing")
    if absent := [name for fold in range(FOLDS) if not (weights / (name := f"fold{fold}")).is_dir()]:
        raise typer.BadParameter(f"{weights} has no {', '.join(absent)}")


def corpora_left_out(weights: Path | None, corpora: Iterable[str]) -> dict[str, Path]:
    """Find the weights that were trained without a whole corpus, by corpus."""
    folders = {corpus: weights / f"without-{corpus}" for corpus in corpora} if weights else {}
    return {corpus: folder for corpus, folder in folders.items() if folder.is_dir()}


def use(folder: Path | None) -> None:
    """Make this process label with other weights; to be called before it cleans anything."""
    if folder is not None:
        vars(import_module(NETWORK))["WEIGHTS"] = folder


def by_fold(pages: Sequence[GoldPage], weights: Path | None) -> dict[Path | None, list[GoldPage]]:
    """Sort pages by the weights that judge them."""
    groups: dict[Path | None, list[GoldPage]] = {}
    for page in pages:
        groups.setdefault(fold_folder(weights, page), []).append(page)
    return groups


def call(work: Callable[[], Found]) -> Found:
    """Do a piece of work; a pool can only be handed functions that have a name."""
    return work()


def run(
    work: Mapping[Path | None, Sequence[Callable[[], Found]]], *, workers: int, ready: Callable[[], None]
) -> list[Found]:
    """Do pieces of work in processes, those of each folder of weights in processes of their own.

    `ready` is called once in each process: what it does is not measured. Native parsers leak and crash, another
    reason for processes.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))
    found: list[Found] = []
    for folder, pieces in work.items():
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=prepare, initargs=(folder, ready)
        ) as pool:
            name = folder.name if folder else "measuring"
            found += track(pool.map(call, pieces), description=name, total=len(pieces), transient=True)
    return found


def prepare(folder: Path | None, ready: Callable[[], None]) -> None:
    """Set a new process up; what the peers tell about single pages is nothing to act on."""
    logging.disable()
    warnings.simplefilter("ignore")
    use(folder)
    ready()
