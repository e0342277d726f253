"""ONNX's own backend tests as convert-then-score: all of PyTorch's pass, of the node tests all but those listed.

`onnx_node_tests.md` beside this file lists the others with the reason that the converter gives. The test fails where
the list is not what came out; `EDGESCORE_REGENERATE=1 pytest tests/conversion/test_onnx_backend.py` writes it anew.
"""

from __future__ import annotations

import functools
import os
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.backend.test import loader

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.onnx_backend import EdgeScoreBackend

TABLE = Path(__file__).with_name("onnx_node_tests.md")
FEWEST = 1000  # node tests that must pass, whatever the table says
SENTENCE = """\
# Node tests of ONNX {version} that do not pass, by reason

{passed} of {total} pass. Written by `EDGESCORE_REGENERATE=1 pytest tests/conversion/test_onnx_backend.py`; names are
without `test_`.

"""


@functools.cache
def cases(kind: str) -> list[Any]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return loader.load_model_tests(kind=kind)


def plain(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def read(folder: Path, prefix: str) -> list[Any]:
    found: list[Any] = []
    while (path := folder / f"{prefix}_{len(found)}.pb").exists():
        found.append(numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes())))
    return found


def data_sets(case: Any) -> Iterator[tuple[list[Any], list[Any]]]:
    for inputs, outputs in case.data_sets or []:
        yield [plain(value) for value in inputs], [plain(value) for value in outputs]
    if case.model_dir:
        for folder in sorted(Path(case.model_dir).glob("test_data_set_*")):
            yield read(folder, "input"), read(folder, "output")


def run(case: Any) -> None:
    """Convert and score; AssertionError where the outputs are not those expected."""
    model = onnx.load(str(Path(case.model_dir) / "model.onnx")) if case.model is None else case.model
    sets = list(data_sets(case))
    assert sets, f"{case.name} has no data"
    backend = EdgeScoreBackend.prepare(model)
    for inputs, outputs in sets:
        results = backend.run(inputs)
        assert len(results) == len(outputs), "another number of outputs"
        for result, wanted in zip(results, outputs, strict=True):
            compare(np.asarray(result), np.asarray(wanted), case)


def compare(result: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any], case: Any) -> None:
    assert result.dtype == wanted.dtype, f"the result is {result.dtype} instead of {wanted.dtype}"
    assert result.shape == wanted.shape, "the result has another shape"
    if wanted.dtype.kind == "f":
        close = np.allclose(result, wanted, rtol=case.rtol, atol=case.atol, equal_nan=True)
        assert close, f"the result differs by more than {case.rtol:g} of it and {case.atol:g}"
    else:
        assert np.array_equal(result, wanted), "the result differs"


def reason(error: Exception) -> str:
    """One line for all errors of a kind: without the names of nodes and tensors."""
    text = error.parts[0].reason if isinstance(error, UnsupportedError) else str(error)
    text = re.sub(r"^the model: ", "", text.split("\n")[0].split("; ")[0])
    text = re.sub(r"(input|output|operand) '?[\w./:-]+'? (is|has)", r"an \1 \2", text)
    text = re.sub(r"operand '[\w./:-]+'", "operand", text)
    return re.sub(r"the shape \([^)]*\)", "a shape", text)


@pytest.mark.parametrize("kind", ["pytorch-converted", "pytorch-operator"])
def test_pytorch(kind: str) -> None:
    failed = {}
    for case in cases(kind):
        try:
            run(case)
        except (ConvertError, AssertionError) as error:
            failed[case.name] = reason(error)
    assert len(cases(kind)) == {"pytorch-converted": 82, "pytorch-operator": 35}[kind]
    assert not failed


def test_nodes() -> None:
    failed: dict[str, list[str]] = defaultdict(list)
    for case in cases("node"):
        try:
            run(case)
        except (ConvertError, AssertionError) as error:  # whatever else is raised is a defect
            failed[reason(error)].append(case.name.removeprefix("test_"))
    total = len(cases("node"))
    passed = total - sum(map(len, failed.values()))
    assert passed >= FEWEST
    lines = [f"- {why} ({len(names)}): {', '.join(sorted(names))}" for why, names in failed.items()]
    text = SENTENCE.format(version=onnx.__version__, passed=passed, total=total) + "\n".join(sorted(lines)) + "\n"
    if os.environ.get("EDGESCORE_REGENERATE"):
        TABLE.write_text(text)
    listed = TABLE.read_text()
    if f"ONNX {onnx.__version__} " not in listed:
        pytest.skip(f"{TABLE.name} is of another version of onnx than {onnx.__version__}; regenerate it")
    assert listed == text, f"{TABLE.name} is stale: run this test with EDGESCORE_REGENERATE=1"
