"""The C library compiled for 64-bit and 32-bit ARM and run by an emulator: golden files open, score and are refused as
they are here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edgescore._reader import parse
from tests.conftest import ROOT
from tests.format.readers import NUMBERS
from tests.format.test_golden import GOOD, TOLERANCE, WRONG, arrays
from tests.native.test_freestanding import SOURCES


@dataclass(frozen=True)
class Target:
    """A processor: what compiles for it and runs its programs, options, and the kernel sets that it has."""

    name: str
    compiler: str
    emulators: tuple[str, ...]
    options: tuple[str, ...]
    kernels: tuple[str, ...]


TARGETS = [
    Target("aarch64", "aarch64-linux-gnu-gcc", ("qemu-aarch64-static", "qemu-aarch64"), (), ("arm_neon", "generic")),
    Target("armhf", "arm-linux-gnueabihf-gcc", ("qemu-arm-static", "qemu-arm"), (), ("generic",)),
    Target(
        "armhf firmware",
        "arm-linux-gnueabihf-gcc",
        ("qemu-arm-static", "qemu-arm"),
        ("-Os", "-DEDSC_SMALL", "-DEDSC_STATIC_KERNELS"),
        ("best",),
    ),
]


@dataclass(frozen=True)
class Program:
    """score_file.c for a target."""

    command: tuple[str, str]
    target: Target

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*self.command, *arguments], capture_output=True, check=False, timeout=60)


@pytest.fixture(scope="module", params=TARGETS, ids=lambda target: target.name)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    target: Target = request.param
    compiler = shutil.which(target.compiler)
    emulator = next(filter(None, map(shutil.which, target.emulators)), None)
    if compiler is None or emulator is None:
        pytest.skip(f"needs {target.compiler} and {target.emulators[0]} (Debian: gcc-*-linux-gnu*, qemu-user-static)")
    folder = tmp_path_factory.mktemp("arm")
    path = str(folder / "score_file")
    flags = [
        "-std=gnu99",
        "-O2",
        "-ffp-contract=off",
        f"-I{ROOT / 'native/include'}",
        "-Wall",
        "-Wextra",
        "-Werror",
        *target.options,
    ]
    sources = [str(ROOT / "tests/native/score_file.c"), *SOURCES]

    def make(*arguments: str) -> None:
        made = subprocess.run([compiler, *arguments], capture_output=True, text=True, check=False, cwd=folder)
        assert made.returncode == 0, made.stderr

    half = len(sources) // 2  # two compilers at once, each of half the files
    with ThreadPoolExecutor() as pool:
        halves = {str(number): part for number, part in enumerate((sources[:half], sources[half:]))}
        list(pool.map(lambda name: make(*flags, *halves[name], "-r", "-nostdlib", "-o", f"{name}.o"), halves))
    make("-static", "0.o", "1.o", "-lm", "-o", path)
    return Program((emulator, path), target)


def test_good_files(program: Program, tmp_path: Path) -> None:
    """Integers exactly, floats as near as on this machine."""
    for path in GOOD:
        case = json.loads(path.with_suffix(".json").read_text())
        inputs, expected = arrays(case["inputs"]), arrays(case["outputs"])
        model = parse(path.read_bytes(), np)
        first = next(model.tensors[port.tensor] for port in model.ports if port.is_input)
        rows = inputs[0].nbytes // first.nbytes
        (tmp_path / "inputs").write_bytes(b"".join(data.tobytes() for data in inputs))
        for kernels in program.target.kernels:
            scored = program.run(kernels, str(path), str(tmp_path / "inputs"), str(rows))
            assert scored.returncode == 0, (path.name, scored)
            at = 0
            for wanted in expected:
                found = np.frombuffer(scored.stdout, wanted.dtype, wanted.size, at)
                at += wanted.nbytes
                tolerance = TOLERANCE.get(wanted.dtype.name, 0)
                np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance, err_msg=path.name)
            assert at == len(scored.stdout)


def test_bad_files(program: Program) -> None:
    """Sizes and offsets that wrap in 32 bits are refused there too, with the same status."""
    opened = program.run("open", *map(str, WRONG))
    found = dict(zip((path.name for path in WRONG), map(int, opened.stdout.split()), strict=True))
    assert found == {path.name: NUMBERS[path.suffixes[-2].strip(".")] for path in WRONG}
