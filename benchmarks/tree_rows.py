"""Runs tree_rows.c: models inside C, timed taking turns, and their instructions counted by callgrind.

`make bench` compiles the program, and the kernel as a library with the flags of setup.py.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from benchmarks.measure import Timing
from benchmarks.tree_models import FOLDER

PROGRAM = FOLDER / "tree_rows"
KERNEL = FOLDER / "libedgescore.so"
KERNEL_SETS = ("x86_avx512", "x86_avx2", "arm_neon", "generic")


def edgescore(model: Path) -> dict[str, str]:
    """A contestant for each kernel set, the best first."""
    return {name: f"edgescore@{name}:{model}:{KERNEL}" for name in KERNEL_SETS}


def decided(model: Path) -> dict[str, str]:
    """The class of a row by all trees, and by as many as it takes: on the best kernel set, y being the class."""
    return {"score": f"label:{model}:{KERNEL}", "predict": f"class:{model}:{KERNEL}"}


def compiled(folder: Path) -> dict[str, str]:
    """A contestant for each library that tree_peers.py compiled into ``folder``."""
    names = (path.stem for path in sorted(folder.glob("*.so")) if not path.stem.startswith("part_"))
    return {name: f"{name.split('_')[0]}:{folder / name}.so" for name in names}


def time_rows(
    rows: Path, width: int, outputs: int, contestants: dict[str, str], rounds: int = 100
) -> dict[str, tuple[Timing, float]]:
    """One row's time in microseconds, and the mean of 1 y0 + 2 y1 + ... over all rows; a kernel set that this CPU lacks
    is left out.
    """
    printed = _run([], rows, width, outputs, rounds, contestants).stdout
    lines = (line.split() for line in printed.splitlines())
    return {name: (Timing(float(median), float(best)), float(mean)) for name, best, median, mean in lines}


def count_instructions(rows: Path, width: int, outputs: int, contestants: dict[str, str]) -> dict[str, int]:
    """Instructions of one row, the mean of 200; without those that valgrind cannot run, which lacks AVX-512."""
    counts = {}
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=score"]
    for name, contestant in contestants.items():
        ran = _run(valgrind, rows, width, outputs, 0, {name: contestant}, check=False)
        collected = re.search(r"Collected : (\d+)", ran.stderr)
        if ran.returncode == 0 and collected and int(collected[1]):
            counts[name] = round(int(collected[1]) / 200)
    return counts


def has_valgrind() -> bool:
    """Whether instructions can be counted here."""
    return shutil.which("valgrind") is not None


def _run(
    before: list[str],
    rows: Path,
    width: int,
    outputs: int,
    rounds: int,
    contestants: dict[str, str],
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    numbers = [str(number) for number in (width, outputs, rounds)]
    named = [f"{name}={contestant}" for name, contestant in contestants.items()]
    command = [*before, os.fspath(PROGRAM), os.fspath(rows), *numbers, *named]
    return subprocess.run(command, check=check, text=True, capture_output=True)
