"""The inner loops that have forms of their own for an instruction set, one by one: kernels_at_the_edge.c says how."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Compiler, what runs its programs, options, and sets that every such processor has.
TARGETS = {
    "here": ("gcc", (), (), {"generic"}),
    "aarch64": (
        "aarch64-linux-gnu-gcc",
        ("qemu-aarch64-static", "qemu-aarch64"),
        ("-static",),
        {"arm_neon", "generic"},
    ),
}


@pytest.mark.parametrize("target", TARGETS)
def test_sets_agree_where_memory_ends(target: str, tmp_path: Path) -> None:
    compiler, emulators, options, sets = TARGETS[target]
    found = [path for path in map(shutil.which, emulators) if path]
    if not shutil.which(compiler) or (emulators and not found):
        pytest.skip(f"needs {compiler} and {emulators[:1]} (Debian: gcc-*-linux-gnu*, qemu-user-static)")
    program = tmp_path / "kernels"
    folder = ROOT / "native/src"
    sources = [ROOT / "tests/native/kernels_at_the_edge.c", folder / "kernels.c", *sorted(folder.glob("kernels/*.c"))]
    flags = ["-std=c99", "-Os", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", f"-I{ROOT / 'native/include'}"]
    command = [compiler, *flags, f"-I{folder}", *options, *map(str, sources), "-lm", "-o", str(program)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    run = subprocess.run([*found[:1], str(program)], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr or f"ended by signal {-run.returncode}: a read or write beyond an operand"
    assert sets <= set(run.stdout.split())
