"""Every regular expression of Python's that we own, and texts made to drive each of them to its worst.

Run as a program it prints the patterns as JSON: in a fresh interpreter nothing is compiled yet, so that each pattern
is seen with the file and the line where that happens.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import subprocess
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from types import ModuleType
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
ROOMS = ("cleaners", "flows")
Tree = Any
"""A parsed pattern or a piece of one: the parser of `re` has no types."""
CALLS = frozenset({"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"})


@dataclass(frozen=True, slots=True)
class Owned:
    """A pattern, the file and the line where it is compiled, and whether it is never sought beyond a start."""

    path: str
    line: int
    pattern: re.Pattern[Any]
    at_start: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.pattern.pattern!r:.100}"

    def run(self, text: str) -> None:
        """Do with a text what our code does: match at its start, or look for the pattern everywhere in it."""
        subject = text if isinstance(self.pattern.pattern, str) else text.encode()
        if self.at_start:
            self.pattern.match(subject)
            self.pattern.fullmatch(subject)
        else:
            deque(self.pattern.finditer(subject), maxlen=0)


# --- collecting


def calls(path: Path) -> Iterator[ast.Call]:
    """Find each call of `re` in a source that makes a pattern."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "re":
                yield node


def collect() -> list[Owned]:
    """Compile all patterns in an interpreter of its own and take them over."""
    program = [sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run(program, cwd=CHECKOUT, capture_output=True, check=True, text=True, timeout=120)
    return [
        Owned(path, line, re.compile(bytes.fromhex(text) if is_bytes else text, flags), is_matched_at_start(path, line))
        for path, line, text, is_bytes, flags in json.loads(done.stdout)
    ]


def is_matched_at_start(path: str, line: int) -> bool:
    """Tell from the source whether the pattern that is made in a line is never sought further on in a text.

    Its name, or the call of the function that gives it, must be followed by `.match` or `.fullmatch` wherever it stands
    in its module; a pattern that is passed around is taken to be sought.
    """
    source = (CHECKOUT / path).read_text(encoding="utf-8")
    inline = [call for call in calls(CHECKOUT / path) if call.lineno <= line <= (call.end_lineno or 0)]
    if inline and ast.unparse(inline[0].func) in {"re.match", "re.fullmatch"}:
        return True
    for node in ast.parse(source).body:
        if node.lineno <= line <= (node.end_lineno or 0):
            if isinstance(node, ast.FunctionDef):
                name = rf"{node.name}\(\)"
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            else:
                continue
            uses = re.findall(rf"(?<!def )\b{name}(?! = |: Final|\w)(\.(?:full)?match\()?", source)
            return bool(uses) and all(uses)
    return False


def record() -> list[tuple[str, int, str, bool, int]]:
    """Import both rooms, call what makes patterns, and note each pattern that one of our lines makes."""
    found: dict[tuple[str, int], set[tuple[str, bool, int]]] = defaultdict(set)
    compiled: Callable[..., re.Pattern[Any]] = re._compile  # type: ignore[attr-defined]  # noqa: SLF001  all go through it

    def noted(pattern: Tree, flags: int) -> re.Pattern[Any]:
        made = compiled(pattern, flags)
        frame = sys._getframe(1)  # noqa: SLF001  whose line it is
        while frame.f_back and frame.f_code.co_filename == re.__file__:
            frame = frame.f_back
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(CHECKOUT):
            text, is_bytes = (made.pattern, False) if isinstance(made.pattern, str) else (made.pattern.hex(), True)
            kept = made.flags if is_bytes else made.flags & ~re.UNICODE
            found[path.relative_to(CHECKOUT).as_posix(), frame.f_lineno].add((text, is_bytes, kept))
        return made

    re._compile = noted  # type: ignore[attr-defined]  # noqa: SLF001
    for room in ROOMS:
        package = importlib.import_module(room)
        for info in pkgutil.walk_packages(package.__path__, f"{room}."):
            module = importlib.import_module(info.name)
            call_makers(module)
            compile_unseen(module, found)
    return sorted(
        (*site, *pattern) for site, patterns in found.items() if site[0].startswith(ROOMS) for pattern in patterns
    )


def call_makers(module: ModuleType) -> None:
    """Call each function of a module that takes nothing and gives a pattern."""
    for made in list(vars(module).values()):
        if callable(made) and getattr(made, "__module__", None) == module.__name__ and not isinstance(made, type):
            signature = inspect.signature(made)
            if "Pattern" in str(signature.return_annotation) and not signature.parameters:
                made()


def compile_unseen(module: ModuleType, found: dict[tuple[str, int], set[tuple[str, bool, int]]]) -> None:
    """Compile what stands in a call that nothing has reached: a literal, or made of the module's names.

    A NameError here tells of a pattern made of a function's own names, in a function that takes something: give it a
    function without parameters, as the others have.
    """
    path = Path(module.__file__ or "")
    name = path.relative_to(CHECKOUT).as_posix()
    for call in calls(path):
        if not any((name, line) in found for line in range(call.lineno, (call.end_lineno or call.lineno) + 1)):
            made = re.compile(eval(ast.unparse(call.args[0]), vars(module)))  # noqa: S307  our own source
            is_bytes = isinstance(made.pattern, bytes)
            text = made.pattern.hex() if isinstance(made.pattern, bytes) else made.pattern
            found[name, call.lineno].add((text, is_bytes, 0))


# --- attacking

CATEGORIES = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_WORD: "-",
}
MANY = 16
"""A repeat of up to so many rounds counts as a constant."""
PAIRS = 24


def attacks(pattern: str | bytes, flags: int) -> list[tuple[str, str, str]]:
    """Make (head, pump, tail) from a pattern: the pump repeated between the others is what may take long.

    The pumps are each character of the pattern's own alphabet, pairs of them, what the inside of each repeat matches,
    and every beginning of a text that the whole pattern matches: a search that starts anew at each of these beginnings
    and each time runs to the end is the usual way to be slow.
    """
    tree = parser.parse(pattern, flags & ~re.DEBUG)
    letters = list(dict.fromkeys(alphabet(tree)))
    whole = sample(tree)
    pumps: list[tuple[str, str]] = [("", letter) for letter in letters]
    pumps += [("", "".join(pair)) for pair in islice(product(letters, repeat=2), PAIRS * PAIRS)][
        :: max(1, len(letters) ** 2 // PAIRS)
    ]
    pumps += [("", whole[:end]) for end in range(1, min(len(whole), 40) + 1)]
    pumps += list(repeats(tree, ""))
    return [(head, pump, tail) for head, pump in dict.fromkeys(pumps) if pump for tail in ("", "\0")]


def alphabet(tree: Tree) -> Iterator[str]:
    """Give the characters that a pattern speaks of, one for each of its classes."""
    for code, value in tree:
        if code in (codes.LITERAL, codes.NOT_LITERAL):
            yield chr(value)
        elif code is codes.ANY:
            yield "a"
        elif code is codes.IN:
            yield from islice(members(value), 12)
        else:
            for inner in children(code, value):
                yield from alphabet(inner)


def children(code: Tree, value: Tree) -> Sequence[Any]:
    """Give the patterns inside a node."""
    if code is codes.BRANCH:
        return list(value[1])
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return [value[2]]
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [value[1]]
    if code is codes.ATOMIC_GROUP:
        return [value]
    return []


def members(items: Tree) -> Iterator[str]:
    """Give characters that are in a class, of a negated one some that it leaves over."""
    if items[0][0] is codes.NEGATE:
        barred = (
            re.compile("[" + "".join(re.escape(char) for char in listed(items[1:])) + "]") if len(items) > 1 else None
        )
        yield from [char for char in "a1 .<-\n" if not (barred and barred.match(char))][:3]
    else:
        yield from listed(items)


def listed(items: Tree) -> Iterator[str]:
    """Give the characters that a class lists, of a range its ends."""
    for code, value in items:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.RANGE:
            yield chr(value[0])
            yield chr(value[1])
        elif code is codes.CATEGORY:
            yield CATEGORIES[value]


def sample(tree: Tree, branch: int = 0) -> str:
    """Make a text that the pattern matches, or nearly: what stands in assertions is left out."""
    text = ""
    for code, value in tree:
        if code is codes.LITERAL:
            text += chr(value)
        elif code is codes.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif code is codes.ANY:
            text += "a"
        elif code is codes.IN:
            text += next(members(value), "a")
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            text += sample(value[2], branch) * min(max(value[0], 1), 200, value[1])
        elif code not in (codes.ASSERT, codes.ASSERT_NOT):
            inner = children(code, value)
            text += sample(inner[branch % len(inner)], branch) if inner else ""
    return text


def repeats(tree: Tree, head: str) -> Iterator[tuple[str, str]]:
    """Give for each long repeat what stands before it and what its inside matches."""
    for place, (code, value) in enumerate(tree):
        before = head + sample(list(tree)[:place])
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT) and value[1] > MANY:
            for branch in range(3):
                yield before, sample(value[2], branch)
            letters = list(dict.fromkeys(alphabet(value[2])))[:6]
            yield from ((before, letter) for letter in letters)
        for inner in children(code, value):
            yield from repeats(inner, before)


if __name__ == "__main__":
    sys.path.insert(0, str(CHECKOUT))
    sys.stdout.write(json.dumps(record()))
