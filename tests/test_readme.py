"""The README is true: its commands and snippets run, its tables are those of the code, its picture is what comes out.

`python tests/test_readme.py` writes the outputs that the README shows anew.
"""

import ast
import contextlib
import io
import os
import re
import runpy
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from running import CHECKOUT, PATIENCE, rows

from cleaners import Label
from cleaners.labels import KEPT
from cleaners.phrases import WAYS
from cleaners.verdict import TOO_SHORT_WORDS, Verdict
from flows import clean, command
from flows.options import CleanOptions
from flows.schema import REJECTED_VERDICTS, SCHEMAS

README = CHECKOUT / "README.md"
PAGES = [README, CHECKOUT / "CHANGELOG.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
ROOMS = ("cleaners", "flows", "bench")

BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
TYPES = {pa.string(): "text", pa.int32(): "integer", pa.int64(): "integer", pa.float64(): "number"}

SHOWN_CHARS = 96
LONGEST_RUN = 5
"""Shown outputs are cut at so many characters, and runs of lines with the same mark after so many lines."""


@dataclass(frozen=True)
class Ran:
    """What the snippets left behind: the folder they ran in, their variables, and what each shown output should be."""

    folder: Path
    variables: dict[str, Any]
    outputs: list[str]


def blocks(kind: str) -> list[str]:
    return [found["text"] for found in BLOCK.finditer(README.read_text(encoding="utf-8")) if found["kind"] == kind]


def table(heading: str, *, page: Path = README) -> list[list[str]]:
    """The cells of the first table after a heading, or after the table head that begins with these words."""
    text = page.read_text(encoding="utf-8")
    lines = text[text.index(f"\n{heading}") + 1 :].splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    cells = []
    for line in lines[first + 1 :]:
        if not line.startswith("|"):
            break
        cells.append([cell.strip() for cell in line.strip("|").split("|")])
    return cells


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def run_commands(folder: Path) -> None:
    """Run the shell blocks that clean something, as a user would in the checkout's environment."""
    (folder / "raw").symlink_to(CHECKOUT / "raw")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for block in blocks("sh"):
        if "flows.clean" in block:
            done = subprocess.run(
                ["bash", "-e", "-c", block],  # noqa: S607  bash is wherever it is
                cwd=folder,
                env=os.environ | {"PATH": path, "PYTHONPATH": str(CHECKOUT)},
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
            assert done.returncode == 0, done.stderr


def run_snippets(folder: Path) -> Ran:
    """Run the Python blocks in turn; each sees the variables of those before it."""
    variables: dict[str, Any] = {}
    outputs: list[str] = []
    printed = io.StringIO()
    for found in BLOCK.finditer(README.read_text(encoding="utf-8")):
        if found["kind"] == "python":
            snippet = folder / "snippet.py"
            snippet.write_text(found["text"], encoding="utf-8")
            printed = io.StringIO()
            with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
                after = runpy.run_path(str(snippet), init_globals=variables)
            variables = {name: value for name, value in after.items() if not name.startswith("__")}
        elif found["kind"] == "text":
            outputs.append(shortened(printed.getvalue()))
    return Ran(folder, variables, outputs)


def shortened(output: str) -> str:
    lines: list[str] = []
    for _, run in groupby(output.splitlines(), key=lambda line: line.partition(" | ")[0] if " | " in line else ""):
        shown = list(run)
        lines += [*shown[:LONGEST_RUN], "⋮"] if len(shown) > LONGEST_RUN else shown
    cut = (line if len(line) <= SHOWN_CHARS else f"{line[:SHOWN_CHARS].rstrip()}…" for line in lines)
    return "".join(f"{line}\n" for line in cut)


def with_outputs(text: str, outputs: list[str]) -> str:
    """The README with these outputs in the place of those that it shows."""
    left = iter(outputs)
    return BLOCK.sub(
        lambda found: f"```text\n{next(left)}```" if found["kind"] == "text" else found[0],
        text,
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("reader")
    run_commands(folder)
    return run_snippets(folder)


def test_the_picture_is_what_the_program_prints(ran: Ran) -> None:
    text = README.read_text(encoding="utf-8")
    assert blocks("text") == ran.outputs, "write it anew: python tests/test_readme.py"
    assert with_outputs(text, ran.outputs) == text


def test_the_commands_write_what_they_say(ran: Ran) -> None:
    sources = {Path(row["source_uri"]).name: row for row in rows(ran.folder / "out", "articles")}
    assert {"magazine.html", "glued_teaser.txt", "dump.jsonl"} <= set(sources)
    assert "records.jsonl" not in sources
    assert sources["dump.jsonl"]["url"] == "https://harrow.example/1"
    assert "runs every hour" in sources["dump.jsonl"]["body"]
    labels = {row["label"] for row in rows(ran.folder / "parquet", "lines")}
    assert labels >= {"body", "related"}, "the last command into parquet/ asks for the whole ledger"


def test_the_python_face_gives_what_the_comments_promise(ran: Ran) -> None:
    seen = ran.variables
    assert seen["article"].metadata_from["authors"] == "json-ld"
    assert "\n\n" in seen["article"].body
    assert seen["teasers"]
    assert seen["reasons"]
    assert len(seen["bodies"]) == len(list((CHECKOUT / "raw").glob("*.txt")))
    assert len(seen["titles"]) == len(seen["digest"].parts) > 1


def test_the_loading_snippets_find_their_rows(ran: Ran) -> None:
    seen = ran.variables
    lines = rows(ran.folder / "parquet", "lines")
    related = sum(len(row["text"]) for row in lines if row["label"] == "related")
    assert seen["shares"]["related"] == pytest.approx(related / sum(len(row["text"]) for row in lines))
    articles = rows(ran.folder / "parquet", "articles")
    own = [row for row in articles if row["domain"] == "tarnleypost.example" and row["verdict"] == "article"]
    assert seen["post"].height == len(own) > 1
    assert len(seen["ledger"]) == len(lines), "each line has its article"


def test_options_are_those_of_the_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "flows.clean", "--help"],
        cwd=CHECKOUT,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    of_others = re.compile(r"^(?:prefect|python -m flows\.deploy) .*$", re.MULTILINE)
    ours = of_others.sub("", README.read_text(encoding="utf-8"))
    assert set(OPTION.findall(ours)) == set(OPTION.findall(shown.stdout))


def test_defaults_are_those_of_the_options() -> None:
    fields = CleanOptions.model_fields
    for options, _, default in table("| option "):
        for option in names(options):
            field = fields.get(option.removeprefix("--").replace("-", "_"))
            if field is not None and field.default is not None:
                assert names(default) == [str(field.default)], option


def test_exit_statuses_are_those_of_the_command() -> None:
    known = {clean.ALL_WELL, clean.REJECTED, command.FAILED, command.USAGE, command.INTERRUPTED, command.TERMINATED}
    assert [int(status) for status, _ in table("| exit status ")] == sorted(known)


@pytest.mark.parametrize("dataset", SCHEMAS)
def test_columns_are_those_of_the_schema(dataset: str) -> None:
    written = [(names(column)[0], kind) for column, kind, _ in table(f"### {dataset}\n")]
    assert written == [(field.name, word_for(field.type)) for field in SCHEMAS[dataset]]


def word_for(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "time"
    if pa.types.is_list(kind):
        return f"list of {word_for(kind.value_type)}"
    return "struct" if pa.types.is_struct(kind) else TYPES[kind]


def test_labels_are_those_of_the_code() -> None:
    written = {names(label)[0]: in_body == "yes" for label, in_body, _ in table("## Labels\n")}
    assert list(written) == [label.value for label in Label]
    assert {label for label, in_body in written.items() if in_body} == KEPT


def test_verdicts_are_those_of_the_code(ran: Ran) -> None:
    written = {names(verdict)[0]: meaning for verdict, meaning in table("## Verdicts\n")}
    assert set(written) == set(re.findall(r"`(\w+)`", Verdict.__doc__ or ""))
    assert {name for name, meaning in written.items() if "rejects" in meaning} == REJECTED_VERDICTS
    assert f"fewer than {TOO_SHORT_WORDS} words" in written["too_short"]
    assert {row["verdict"] for row in rows(ran.folder / "parquet", "articles")} <= set(written)


def test_reject_reasons_stand_in_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    reasons = names(text[text.index("\nReasons: ") : text.index("### runs")])
    literals = {
        node.value
        for path in [*(CHECKOUT / "flows").glob("*.py"), *(CHECKOUT / "cleaners").glob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert set(reasons) <= literals
    assert REJECTED_VERDICTS - {"failed"} <= set(reasons)


def test_the_phrase_list_has_the_keys_that_the_loader_knows() -> None:
    (example,) = (tomllib.loads(block) for block in blocks("toml"))
    assert [set(section) for section in example.values()] == [{*WAYS, "hits", "spares"}]
    english = tomllib.loads((CHECKOUT / "cleaners/phrases/en.toml").read_text(encoding="utf-8"))
    assert set(example) <= set(english)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_make_targets_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
    targets = re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)


@pytest.mark.parametrize("room", ROOMS)
def test_the_architecture_names_every_file_of_a_room(room: str) -> None:
    written = [names(name)[0] for name, _ in table(f"## {room}/\n", page=CHECKOUT / "docs" / "architecture.md")]
    found = list(rooms_within(CHECKOUT / room))
    assert set(found) - set(written) == set(), "a row is missing in docs/architecture.md"
    assert set(written) - set(found) == set(), "docs/architecture.md names what is not there"


def rooms_within(room: Path) -> Iterator[str]:
    """The files of a room and its folders; an `__init__.py` counts only where it has a name to give."""
    for path in room.iterdir():
        if path.suffix == ".py" and (path.name != "__init__.py" or "__all__" in path.read_text(encoding="utf-8")):
            yield path.name
        elif path.is_dir() and path.name != "__pycache__" and any(path.iterdir()):
            yield f"{path.name}/"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        run_commands(Path(home))
        outputs = run_snippets(Path(home)).outputs
    README.write_text(with_outputs(README.read_text(encoding="utf-8"), outputs), encoding="utf-8")
