"""Whole dataset folders put in the place of others at once, as compaction needs it.

Two names of a disk change places in one step of the system: whoever lists a folder by its path lists the old one or the
new one. No store knows such a step, nor do some disks of networks; there nothing is touched.
"""

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flows.output import STATE_FOLDER, Output, OutputError, sync

NEW: Final = "compacted"
"""In `.writing/`: the folders that grow, and once they are complete the plan."""
PLAN: Final = "complete.json"
OLD: Final = ".old"
"""Where the old folders stay until the next run, for programs that still walk through them."""
EXCHANGED: Final = ("lines", "rejects", "articles", STATE_FOLDER)

AT_FDCWD: Final = -100
RENAME_EXCHANGE: Final = 2  # from <linux/fs.h>; RENAME_SWAP of macOS has the same number


def swap(first: Path, second: Path) -> None:
    """Let two paths change places in one step. OSError where the system or the disk cannot do that."""
    names = os.fsencode(first), os.fsencode(second)
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        failed = library.renamex_np(*names, ctypes.c_uint(RENAME_EXCHANGE))
    elif hasattr(library, "renameat2"):
        failed = library.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], ctypes.c_uint(RENAME_EXCHANGE))
    else:
        raise OSError(errno.ENOSYS, "no renameat2 here")
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def is_there(output: Output) -> bool:
    """Tell whether this is an output folder; of a store that is not asked."""
    return output.is_remote or output.path("articles").is_dir()


def check(output: Output) -> None:
    """OutputError where folders cannot be exchanged at once."""
    if output.is_remote:
        raise OutputError(
            f"{output} is an object store, where parts cannot be merged without a moment in which rows are seen twice "
            "or not at all; it needs none, since each run fills its small parts up."
        )
    pair = [output.writing / f"exchange-{name}" for name in "ab"]
    try:
        for folder in pair:
            folder.mkdir(exist_ok=True)
        swap(*pair)
    except OSError as error:
        raise OutputError(
            f"The disk of {output} cannot exchange two folders in one step ({error.strerror}), so nothing was merged; "
            "each run fills small parts up all the same."
        ) from error
    finally:
        for folder in pair:
            folder.rmdir()


def complete(output: Output, merged: Sequence[str]) -> None:
    """Say that all new folders are there; `merged` names the parts in each that the old one does not have."""
    folder = output.writing / NEW
    for name in EXCHANGED:
        sync(folder / name)
    (folder / PLAN).write_text(json.dumps(list(merged)), encoding="utf-8")
    sync(folder / PLAN)
    sync(folder)
    sync(output.writing)


def finish(output: Output) -> None:
    """Exchange those folders that have not been exchanged yet, and keep the old ones aside."""
    folder = output.writing / NEW
    if output.is_remote or not (folder / PLAN).exists():
        return
    merged: list[str] = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    for name in EXCHANGED:
        if not all(output.path(name, part).exists() for part in merged):
            swap(folder / name, output.path(name))
    sync(Path(output.root))
    drop_old(output)
    folder.replace(output.path(OLD))


def drop_old(output: Output) -> None:
    """Remove the folders that a compaction left behind."""
    if not output.is_remote and output.path(OLD).exists():
        shutil.rmtree(output.path(OLD))
