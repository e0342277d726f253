"""The C library stands alone: one compiler command, no heap, no output, no writable data, nothing but its own names."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import edgescore
from edgescore_converters.ir import Graph
from edgescore_converters.writer import encode
from tests.conftest import ROOT
from tests.format.readers import NUMBERS

SOURCES = sorted(str(path) for path in (ROOT / "native/src").rglob("*.c"))
INCLUDE = f"-I{ROOT / 'native/include'}"
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes"]
STRICT += ["-Wmissing-prototypes", "-Werror", "-ffp-contract=off"]
FIRMWARE = ["-DEDSC_SMALL", "-DEDSC_STATIC_KERNELS", "-DEDSC_SELECT_OPS", "-DEDSC_WITH_DENSE"]
# Sections apart, so that a linker drops the operators that the table does not name.
BUILDS = {"full": ["-O2"], "small": ["-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--unique", *FIRMWARE]}
# What C99 has without an operating system. Of the compiler's, __cpu_model and __cpu_features2 are how the CPU is asked
# for its instructions.
LIBC = {"memcpy", "memset", "memmove", "memcmp", "strcmp", "strchr", "strlen"}
LIBM = {"ceil", "exp", "expm1", "log", "log1p", "sqrt", "pow", "fabs", "floor", "rint", "round", "fmod", "erf", "erfc"}
LIBM |= {f"{inverse}{name}{h}" for inverse in ("", "a") for name in ("sin", "cos", "tan") for h in ("", "h")}
COMPILER = {"__cpu_model", "__cpu_features2", "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail"}
ALLOWED = LIBC | LIBM | {f"{name}f" for name in LIBM} | COMPILER

Firmware = Callable[..., subprocess.CompletedProcess[str]]


def gcc(*arguments: str) -> str:
    """Run gcc; its complaints are the failure."""
    run = subprocess.run(["gcc", *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def symbols(path: Path) -> list[tuple[str, str, str]]:
    """(type letter as of nm, section, name) of every symbol."""
    run = subprocess.run(["nm", "--format=sysv", str(path)], capture_output=True, text=True, check=True)
    rows = [[cell.strip() for cell in line.split("|")] for line in run.stdout.splitlines() if line.count("|") == 6]
    return [(row[2], row[6], row[0]) for row in rows[1:]]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The whole library as one object, from one command, by name of the build."""
    folder = tmp_path_factory.mktemp("libraries")
    paths = {name: folder / f"{name}.o" for name in BUILDS}
    for name, path in paths.items():
        gcc(*STRICT, *BUILDS[name], INCLUDE, "-r", "-nostdlib", "-o", str(path), *SOURCES)
    return paths


@pytest.mark.parametrize("build", BUILDS)
def test_needs_nothing_but_memory_and_math(libraries: dict[str, Path], build: str) -> None:
    """So no malloc, free, printf, abort, exit or longjmp."""
    needed = {name for letter, _, name in symbols(libraries[build]) if letter in "Uw"}
    assert "exp" in needed
    assert needed <= ALLOWED


@pytest.mark.parametrize(("build", "writable"), [("full", {"edsc_kernels_active"}), ("small", set())])
def test_has_no_writable_data_but_the_kernel_set(libraries: dict[str, Path], build: str, writable: set[str]) -> None:
    """.data.rel.ro is constant: tables of pointers, which a position independent program relocates once."""
    named = {(section, name) for letter, section, name in symbols(libraries[build]) if letter in "BbDdCGgSs"}
    assert {name for section, name in named if not section.startswith((".data.rel.ro", ".rodata"))} == writable


@pytest.mark.parametrize("build", BUILDS)
def test_exports_only_its_own_names(libraries: dict[str, Path], build: str) -> None:
    exported = {name for letter, _, name in symbols(libraries[build]) if letter in "TDBRVWC"}
    assert "edsc_open" in exported
    assert {name for name in exported if not name.startswith("edsc_")} == set()


def test_refuses_a_big_endian_target() -> None:
    """Constants are used where they lie, so there it would give wrong numbers silently."""
    big = ["-U__BYTE_ORDER__", "-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"]
    command = ["gcc", "-std=c99", INCLUDE, *big, "-fsyntax-only", str(ROOT / "native/src/reader.c")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "little-endian" in run.stderr


# --- a firmware with the dense operator and nothing else ---


@pytest.fixture
def firmware(libraries: dict[str, Path], tmp_path: Path) -> Firmware:
    """A function that links score_model.c, compiled with ``options``, and runs it. Nothing of libm is linked."""

    def run(model: Path, rows: NDArray[Any], *options: str) -> subprocess.CompletedProcess[str]:
        main, program = str(ROOT / "tests/native/score_model.c"), str(tmp_path / "firmware")
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-fno-builtin-malloc", INCLUDE, "-Wl,--gc-sections"]
        gcc(*flags, *options, "-o", program, main, str(libraries["small"]))
        values = [repr(float(value)) for value in rows.ravel()]
        command = [program, str(model), *values]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Two dense layers: a hidden row in the arena, no operator but dense."""
    chance = np.random.default_rng(0)
    graph = Graph()
    hidden = graph.add("dense", graph.input("x", 3), chance.normal(size=(5, 3)), chance.normal(size=5), lo=0.0)
    graph.output("y", graph.add("dense", hidden, chance.normal(size=(2, 5)), None))
    path = tmp_path / "model.edsc"
    path.write_bytes(encode(graph))
    return path


def test_scores_without_a_heap(firmware: Firmware, model: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(7, 3)).astype("float32")
    scored = firmware(model, rows)
    assert scored.returncode == 0
    found = np.array([line.split() for line in scored.stdout.splitlines()], "float32")
    np.testing.assert_allclose(found, edgescore.load(str(model)).score(rows), rtol=2e-6, atol=1e-6)


def test_the_heap_is_watched(firmware: Firmware, model: Path) -> None:
    """Guards the test above: a program that allocates after edsc_open() does abort."""
    assert firmware(model, np.zeros(3), "-DUSE_THE_HEAP").returncode == -signal.SIGABRT


def test_an_arena_one_byte_short(firmware: Firmware, model: Path) -> None:
    short = firmware(model, np.zeros(3), "-DARENA_BYTES_LESS=1")
    assert short.returncode == -NUMBERS["ARENA"]
    assert short.stdout == ""


def test_an_operator_left_out(firmware: Firmware, tmp_path: Path) -> None:
    graph = Graph()
    graph.output("y", graph.add("tanh", graph.input("x", 1)))
    path = tmp_path / "model.edsc"
    path.write_bytes(encode(graph))
    assert firmware(path, np.zeros(1)).returncode == -NUMBERS["OPERATOR"]


def test_a_file_cut_short(firmware: Firmware, model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-16])
    assert firmware(model, np.zeros(3)).returncode == -NUMBERS["TRUNCATED"]
