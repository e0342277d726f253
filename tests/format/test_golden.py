"""Golden files: the good ones score to what they did when they were made, the bad ones are refused as they were.

``make_golden.py`` adds files. Those of a released version never change: they prove that old models still load.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgescore import _backend
from edgescore._errors import STATUSES, FormatError
from edgescore._reader import parse
from edgescore.format import schema
from edgescore.ops import OPS
from tests.format.bad_models import BAD, many_operands
from tests.format.good_models import MODELS
from tests.format.make_golden import score
from tests.format.readers import HAS_C, NUMBERS, CReader, python_status

GOLDEN = Path(__file__).parent / "golden"
GOOD, WRONG = sorted((GOLDEN / "good").glob("*.edsc")), sorted((GOLDEN / "bad").glob("*.edsc"))
TOLERANCE = {"float32": 2e-6, "float64": 1e-12}


def arrays(case: list[dict[str, Any]]) -> list[NDArray[Any]]:
    return [np.array(entry["values"], entry["dtype"]) for entry in case]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good(path: Path, backend: str) -> None:
    """All rows at once, and one after the other, which for a model with state must be the same."""
    case = json.loads(path.with_suffix(".json").read_text())
    inputs, expected = arrays(case["inputs"]), arrays(case["outputs"])
    engine = _backend.open_engine(path.read_bytes())
    sizes = [info.size for info in engine.inputs]
    together = score(engine, inputs, sizes)
    engine.reset()
    count = inputs[0].size // sizes[0]
    singly = [
        score(engine, [data[row * size : (row + 1) * size] for data, size in zip(inputs, sizes, strict=True)], sizes)
        for row in range(count)
    ]
    for number, wanted in enumerate(expected):
        tolerance = TOLERANCE.get(wanted.dtype.name, 0)
        for found in (together[number], np.concatenate([row[number] for row in singly])):
            np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_bad(path: Path) -> None:
    status = NUMBERS[path.suffixes[-2].strip(".")]
    assert python_status(path.read_bytes()) == status
    if HAS_C:
        assert CReader().status(path.read_bytes()) == status


def test_none_is_forgotten() -> None:
    """Every model of the scripts has its files, and no file is without the model it was made from."""
    assert {path.stem for path in GOOD} >= set(MODELS)
    assert {path.stem for path in WRONG} >= {f"{name}.{status}" for name, status in BAD}
    assert {path.with_suffix(".edsc") for path in (GOLDEN / "good").glob("*.json")} == set(GOOD)


def test_files_stay_small() -> None:
    """They are in every clone for ever."""
    sizes = {path.name: path.stat().st_size for path in GOLDEN.rglob("*.*")}
    assert max(sizes.values()) < 20_000
    assert sum(sizes.values()) < 400_000


def test_every_operator_has_a_good_file() -> None:
    used = {node.op.name for path in GOOD for node in parse(path.read_bytes(), np).nodes}
    assert set(OPS) == used


def test_every_status_of_a_file_has_a_bad_file() -> None:
    refusals = {name for _, name, cls, _ in STATUSES if cls is FormatError}
    assert refusals == {path.suffixes[-2].strip(".") for path in WRONG}


@pytest.mark.parametrize(("operands", "status"), [(schema.MAX_OPERANDS, 0), (schema.MAX_OPERANDS + 2, -11)])
def test_operands_are_limited(operands: int, status: int) -> None:
    data = many_operands(operands)
    assert python_status(data) == status
    if HAS_C:
        assert CReader().status(data) == status
