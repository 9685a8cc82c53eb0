"""Running a command and watching what its processes take: memory and processor time, read from /proc."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.corpora import CHECKOUT

EVERY = 0.1
"""Seconds between two looks."""
MIB = 1024 * 1024
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watched:
    """What a command took: seconds, peaks of resident memory in bytes, and processor seconds."""

    seconds: float = 0.0
    parent_peak: int = 0
    child_peak: int = 0
    tree_peak: int = 0
    """Peak of the sum over the process and all that it started, at one moment; shared pages count in each."""
    parent_processor: float = 0.0
    halves: list[tuple[float, int]] = field(default_factory=list)
    """Each look: seconds since the start, and the largest child."""

    @property
    def parent_share(self) -> float:
        """Share of one core that the first process used."""
        return self.parent_processor / self.seconds if self.seconds else 0.0

    @property
    def growth(self) -> float:
        """How much larger the largest child became in the last third of the time than in the second."""
        thirds = [[size for at, size in self.halves if low <= 3 * at / self.seconds < low + 1] for low in (1, 2)]
        return max(thirds[1]) / max(thirds[0]) if all(thirds) else 1.0


def watched(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Watched:
    """Run a command to its end and watch it; CalledProcessError where it fails."""
    found = Watched()
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        ended = threading.Event()
        watcher = threading.Thread(target=watch, args=(process.pid, found, started, ended))
        watcher.start()
        _, errors = process.communicate()
        found.seconds = time.perf_counter() - started
        ended.set()
        watcher.join()
    if process.returncode:
        sys.stderr.write(errors.decode("utf-8", "replace")[-2_000:])
        raise subprocess.CalledProcessError(process.returncode, command)
    return found


def watch(pid: int, found: Watched, started: float, ended: threading.Event) -> None:
    """Look at a process and what it started until it has ended."""
    while not ended.wait(EVERY):
        tree = family(pid)
        if pid not in tree:
            continue
        sizes = {member: resident(member) for member in tree}
        parent = sizes.pop(pid)
        found.parent_peak = max(found.parent_peak, parent)
        found.child_peak = max(found.child_peak, *sizes.values(), 0)
        found.tree_peak = max(found.tree_peak, parent + sum(sizes.values()))
        found.parent_processor = max(found.parent_processor, processor_seconds(pid))
        found.halves.append((time.perf_counter() - started, max(sizes.values(), default=0)))


def family(pid: int) -> list[int]:
    """Find a process and all that it started, and they, and so on."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_of(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid] if stat_of(pid) else []
    for member in found:
        found.extend(children.get(member, []))
    return found


def stat_of(pid: int) -> list[str]:
    """Read the fields of a process's stat from its state on; none where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def resident(pid: int) -> int:
    """Read how many bytes of memory a process has."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except OSError:
        return 0


def processor_seconds(pid: int) -> float:
    """Read how much processor time a process has used, its threads included and its children not."""
    fields = stat_of(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def size_of(folder: Path, pattern: str = "**/*") -> int:
    """Add up the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())
