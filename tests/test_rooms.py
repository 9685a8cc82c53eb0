"""The promise of the folders: bench imports flows, flows imports cleaners, never back, and cleaners is pure."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
ROOMS = ("cleaners", "flows", "bench")

FORBIDDEN_IMPORTS = {
    # Outside the package: the engine, the network, processes, the clock and the environment.
    "cleaners": frozenset({
        "aiohttp", "asyncio", "bench", "flows", "fsspec", "ftplib", "http", "httpx", "multiprocessing", "os", "prefect",
        "requests", "shutil", "smtplib", "socket", "ssl", "subprocess", "tempfile", "threading", "time",
        "trafilatura.downloads", "urllib.request", "urllib3",
    }),
    "flows": frozenset({"bench", "tests"}),
    "bench": frozenset({"tests"}),
}  # fmt: skip
SERIALIZERS = frozenset({"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"})
IMPURE_CALLS = frozenset({"open", "input", "print", "eval", "exec", "now", "utcnow", "today"})

PICKLE_SUFFIXES = frozenset({".joblib", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".bin"})
PICKLE_OPENINGS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
# Written in pieces, or this file would be the first to be caught.
REGISTRY_HOST = re.compile("|".join(["py" + "pi[.]org", "python" + "hosted", "npm" + "js[.]", "crates" + "[.]io"]))
MACHINE_PATH = re.compile(r"(?<![\w.:/*~-])(?:/(?:home|root|Users|work|opt|mnt|srv|tmp)/\w|[A-Z]:\\\\?Users)")


def sources(room: str) -> list[Path]:
    return sorted((CHECKOUT / room).rglob("*.py"))


def imported_modules(tree: ast.AST) -> Iterator[str]:
    """Each module that the source imports, at any depth; `from a import b` gives both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_under(module: str, parents: frozenset[str]) -> bool:
    return any(module == parent or module.startswith(f"{parent}.") for parent in parents)


def called_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute) and node.func.attr in {"now", "utcnow", "today"}:
                yield node.func.attr


def tracked_files() -> list[Path]:
    """Find what stands in version control or would with the next commit."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is wherever git is
        cwd=CHECKOUT, capture_output=True, check=False, text=True,
    )  # fmt: skip
    if listing.returncode:
        pytest.skip("not a git checkout: what is tracked cannot be told")
    return [path for name in listing.stdout.split("\0") if name and (path := CHECKOUT / name).is_file()]


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_what_it_must_not(room: str) -> None:
    found = [
        f"{path.relative_to(CHECKOUT)} imports {module}"
        for path in sources(room)
        for module in imported_modules(ast.parse(path.read_text(encoding="utf-8")))
        if is_under(module, FORBIDDEN_IMPORTS[room] | SERIALIZERS)
    ]
    assert found == []
    assert sources(room), f"{room}/ has no source: the check would pass on nothing"


def test_cleaners_call_neither_files_nor_the_clock() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)} calls {name}()"
        for path in sources("cleaners")
        for name in called_names(ast.parse(path.read_text(encoding="utf-8")))
        if name in IMPURE_CALLS
    ]
    assert found == []


def test_importing_cleaners_pulls_in_neither_flows_nor_prefect() -> None:
    program = "import json, sys, cleaners; cleaners.clean('A line of text.'); print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(run_python(program).stdout)
    assert not [module for module in loaded if is_under(module, frozenset({"bench", "flows", "prefect"}))]


HOSTILE_PAGE = """<!DOCTYPE html SYSTEM "http://pages.invalid/evil.dtd" [<!ENTITY x SYSTEM "http://pages.invalid/x">]>
<html><head><base href="http://pages.invalid/"><meta http-equiv="refresh" content="0;url=http://pages.invalid/next">
<link rel="stylesheet" href="http://pages.invalid/s.css"><script src="http://pages.invalid/s.js"></script>
<title>A bridge opens</title></head><body><article><h1>A bridge opens</h1><img src="http://pages.invalid/p.png">
<iframe src="http://pages.invalid/frame"></iframe><p>The mayor of Tarnholt cut the ribbon on Monday. &x;</p>
<p>Nobody remembers the ferry any more, said the ferryman.</p></article></body></html>"""

WATCHED = """
import os, sys
import cleaners
cleaners.clean("The first call reads the package's own data.")
cleaners.clean("<html><body><p>And so does the first page.</p></body></html>", kind="html")

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "urllib.", "ftplib.")

def watch(event, args):
    if event.startswith(FORBIDDEN) or event in ("os.remove", "os.rename", "os.mkdir"):
        sys.stderr.write(f"{event} {args}\\n")
        os._exit(9)
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        sys.stderr.write(f"{event} {args}\\n")
        os._exit(9)

sys.addaudithook(watch)
article = cleaners.clean(sys.stdin.read(), kind="html", url="http://pages.invalid/bridge")
print(article.body)
"""


def test_a_page_makes_cleaning_fetch_write_and_start_nothing() -> None:
    watched = run_python(WATCHED, stdin=HOSTILE_PAGE)
    assert "ferryman" in watched.stdout


def test_cleaning_does_not_depend_on_the_environment() -> None:
    program = "import cleaners; print(cleaners.clean('\\u00dcber die Br\\u00fccke.').body.encode('utf-8'))"
    plain = run_python(program)
    odd = run_python(program, env={**os.environ, "LANG": "C", "LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"})
    assert plain.stdout == odd.stdout


def test_no_tracked_file_is_a_pickle() -> None:
    found = [
        path.relative_to(CHECKOUT).as_posix()
        for path in tracked_files()
        if path.suffix in PICKLE_SUFFIXES or path.read_bytes().startswith(PICKLE_OPENINGS)
    ]
    assert found == []


@pytest.mark.parametrize("pattern", [REGISTRY_HOST, MACHINE_PATH], ids=["registry host", "machine path"])
def test_no_tracked_file_names_this_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}: {hit[0]}"
        for path in tracked_files()
        if (hit := pattern.search(path.read_bytes().decode("utf-8", "replace")))
    ]
    assert found == []


def run_python(program: str, *, stdin: str = "", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in an interpreter of its own, from the checkout, and show what it said if it failed."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT, input=stdin, capture_output=True, check=False, text=True, encoding="utf-8", env=env, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done
