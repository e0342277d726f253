"""A short run of the fuzzer that ``make fuzz`` runs at length, and the Python reader's verdict on the same mutants."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.format.readers import python_status

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = 6000


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Every mutant of a run with its status, as fuzz.c writes them."""
    folder = tmp_path_factory.mktemp("fuzz")
    command = ["bash", "tests/fuzz/run.sh", str(MUTANTS), "20", "--dump", str(folder / "dump")]
    environment = {**os.environ, "EDGESCORE_FUZZ_BUILD": str(folder), "CC": "gcc", "PYTHON": sys.executable}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr
    return (folder / "dump").read_bytes()


def mutants(dump: bytes) -> Iterator[tuple[bytes, int]]:
    at = 0
    while at < len(dump):
        size, status = struct.unpack_from("<Ii", dump, at)
        yield dump[at + 8 : at + 8 + size], status
        at += 8 + size


def test_mutants_open_or_are_refused(dump: bytes) -> None:
    """The sanitizers are content; and enough mutants get far enough for that to mean something."""
    statuses = Counter(status for _, status in mutants(dump))
    assert sum(statuses.values()) == MUTANTS
    assert statuses[0] > MUTANTS // 5
    assert set(range(-15, 0)) - set(statuses) <= {-1, -2, -3}


def test_python_agrees(dump: bytes) -> None:
    differing = {
        number: (status, python)
        for number, (data, status) in enumerate(mutants(dump))
        if (python := python_status(data)) != status
    }
    assert not differing, f"(C, Python) status by mutant number, which run.sh takes as --only: {differing}"
