"""What has forms of its own for an instruction set: inner loops, one by one, and whole convolutions.

``kernels_at_the_edge.c`` and ``convolutions.c`` say how. Guard pages watch the operands; AddressSanitizer watches
what convolutions have on the stack.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

# What they add to the code makes the compiler warn of what is not so.
SANITIZERS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-error")
FIRMWARE = ("-DEDSC_SMALL", "-DEDSC_STATIC_KERNELS")
ARM = "aarch64-linux-gnu-gcc"
# Compiler, what runs its programs, options, and sets that every such processor has.
TARGETS = {
    "here": ("gcc", (), (), {"generic"}),
    "here sanitized": ("gcc", (), SANITIZERS, {"generic"}),
    "firmware sanitized": ("gcc", (), (*SANITIZERS, *FIRMWARE), {"generic"}),
    "aarch64": (ARM, ("qemu-aarch64-static", "qemu-aarch64"), ("-static",), {"arm_neon", "generic"}),
}
CONVOLUTIONS = {"here": 6000, "here sanitized": 3000, "firmware sanitized": 3000, "aarch64": 600}


def run(program: str, sources: list[Path], target: str, folder: Path, *arguments: str) -> set[str]:
    """The sets that a program of this directory, made of the kernels and ``sources``, says are well."""
    compiler, emulators, options, expected = TARGETS[target]
    found = [path for path in map(shutil.which, emulators) if path]
    if not shutil.which(compiler) or (emulators and not found):
        pytest.skip(f"needs {compiler} and {emulators[:1]} (Debian: gcc-*-linux-gnu*, qemu-user-static)")
    empty = [compiler, *options, "-x", "c", "-", "-o", str(folder / "empty")]
    if subprocess.run(empty, input=b"int main(void) { return 0; }", capture_output=True, check=False).returncode:
        pytest.skip(f"{compiler} has no libraries for {' '.join(options)}")
    source = ROOT / "native/src"
    files = [ROOT / f"tests/native/{program}.c", *sources, source / "kernels.c", *sorted(source.glob("kernels/*.c"))]
    flags = ["-std=c99", "-Os", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", f"-I{ROOT / 'native/include'}"]
    flags += ["-ffunction-sections", "-Wl,--gc-sections"]  # operators, and what those alone need, are left out
    command = [compiler, *flags, f"-I{source}", *options, *map(str, files), "-lm", "-o", str(folder / program)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    command = [*found[:1], str(folder / program), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr or f"ended by signal {-ran.returncode}: a read or write beyond an operand"
    assert expected <= set(ran.stdout.split())
    return set(ran.stdout.split())


@pytest.mark.parametrize("target", ["here", "aarch64"])
def test_sets_agree_where_memory_ends(target: str, tmp_path: Path) -> None:
    run("kernels_at_the_edge", [], target, tmp_path)


@pytest.mark.parametrize("target", TARGETS)
def test_convolutions(target: str, tmp_path: Path) -> None:
    packed = ROOT / "native/src/convolve_packed.c"
    sets = run("convolutions", [packed], target, tmp_path, str(CONVOLUTIONS[target]))
    cpu = Path("/proc/cpuinfo")
    if target.startswith("here") and cpu.exists() and " avx2 " in cpu.read_text():
        assert "x86_avx2" in sets
