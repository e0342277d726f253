"""Every operator case on every backend: a one-node model in the real format, scored in batches and row by row.

Integers must be equal to the reference, floats within TOLERANCE of it, and so to what a case states by hand. Models
that a case calls bad must be refused by both readers with the status it names.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgescore import _native_backend, _numpy_backend
from edgescore._errors import BackendError, FormatError
from edgescore._reader import parse
from edgescore.format import schema
from edgescore.ops import OPS
from edgescore_converters import writer
from edgescore_converters.ir import Graph
from tests.ops.cases._case import NODE, ROWS, Array, Case, Rows
from tests.ops.cases._node import add_node, is_rowwise

# |difference| <= TOLERANCE * (1 + |expected|), or * |expected| for a case that is ``relative``; integers are exact.
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}
BATCHES = {"native": (1, 2, 33, ROWS), "numpy": (2, 33)}  # the reference is slow
WHOLE = 12  # tensors of an operator that is not row-wise
ENGINES = ("numpy", *_native_backend.kernel_names())

SOURCES = Path(__file__).resolve().parents[2] / "native/src"
FILES = sorted(path.stem for path in (Path(__file__).parent / "cases").glob("[a-z]*.py"))
CASES = [(name, case) for name in FILES for case in importlib.import_module(f"tests.ops.cases.{name}").CASES]
GOOD = [pytest.param(name, case, id=f"{name}: {case.name}") for name, case in CASES if not case.status]
BAD = [pytest.param(name, case, id=f"{name}: {case.name}") for name, case in CASES if case.status]


def calls_kernels(source: Path, seen: set[Path]) -> bool:
    """Whether a C file, or one whose header it includes, calls the active kernel set."""
    if source in seen or not source.exists() or source.name == "kernels.h":
        return False
    seen.add(source)
    text = source.read_text()
    included = [(source.parent / name).resolve() for name in re.findall(r'#include "(.+)"', text)]
    included += [SOURCES / name for name in re.findall(r'#define BODY "(.+)"', text)]
    files = [*included, *(path.with_suffix(".c") for path in included)]
    return "EDSC_KERNEL(" in text or any(calls_kernels(path, seen) for path in files)


@functools.cache
def engines(name: str) -> tuple[str, ...]:
    """The backends, and those kernel sets between which an operator can differ: one where it calls none of them."""
    return ENGINES if calls_kernels(SOURCES / f"ops/{name}.c", set()) else (ENGINES[0], "generic")


@functools.cache
def build(name: str, case: Case, *, between_copies: bool = False) -> bytes:
    """The file of one node; with copies before and behind it, so that it works in the arena and perhaps in place."""
    graph = Graph()
    add_node(graph, name, case, between_copies=between_copies)
    return writer.encode(graph)


def empty(engine: Any, rows: int, rowwise: bool = True) -> list[Array]:
    """Memory for what an opened model makes of rows, which held something else before."""
    made = []
    for info in engine.outputs:
        shape = (rows * info.shape[0], *info.shape[1:]) if rowwise else (rows, *info.shape)
        made.append(np.full(shape, 77 if info.dtype.name != "bool" else 1, info.dtype.name))
    return made


def run_all(engine: Any, inputs: list[Array], rowwise: bool = True) -> list[Array]:
    """All that an opened model makes of rows."""
    made = empty(engine, len(inputs[0]), rowwise)
    assert engine.run([np.ascontiguousarray(x) for x in inputs], made, len(inputs[0])) >= 0
    return made


def run_rows(engine: Any, inputs: list[Array], step: int) -> list[Array]:
    """What it makes of every ``step``-th row, each on its own."""
    rows = range(0, len(inputs[0]), step)
    inputs = [np.ascontiguousarray(x) for x in inputs]
    made = empty(engine, len(rows))
    sizes = [len(y) // len(rows) for y in made]
    for number, row in enumerate(rows):
        one = [y[number * size : (number + 1) * size] for y, size in zip(made, sizes)]
        assert engine.run([x[row : row + 1] for x in inputs], one, 1) >= 0
    return made


def run(engine: Any, inputs: list[Array]) -> Array:
    """What an opened model of one output makes of rows."""
    return run_all(engine, inputs)[0]


@functools.cache
def reference(name: str, case: Case, dtypes: tuple[str, ...], shapes: tuple[tuple[int, ...], ...]) -> list[Array]:
    """The operator's definition: all rows at once, or of an operator that is not row-wise tensor by tensor."""
    op = OPS[name]
    operands = [operand.values if isinstance(operand, Rows) else operand for operand in case.operands]
    params = {param: default for param, _, default in op.params} | dict(case.params)
    extra: dict[str, Any] = {"dtype": np.dtype(dtypes[0])} if op.wants_dtype else {}

    def call(arrays: list[Any], shape: tuple[int, ...]) -> tuple[Array, ...]:
        result = op.reference(np, *arrays, **params, **extra, **({"shape": shape} if op.wants_shape else {}))
        return result if isinstance(result, tuple) else (result,)

    with np.errstate(all="ignore"):
        if is_rowwise(name, case):
            return list(call(operands, shapes[0]))
        rows = [
            call([a[i] if isinstance(o, Rows) else a for o, a in zip(case.operands, operands)], shapes[0][1:])
            for i in range(shapes[0][0])
        ]
    return [np.stack([np.asarray(part) for part in parts]) for parts in zip(*rows)]


def assert_equal(actual: Array, expected: Array, relative: bool = False, kernels: str = "") -> None:
    if actual.dtype.name in TOLERANCE:
        tolerance = TOLERANCE[actual.dtype.name]
        atol = np.finfo(actual.dtype).tiny if relative else tolerance
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=atol, err_msg=kernels)
    else:
        np.testing.assert_array_equal(actual, expected, err_msg=kernels)


@contextlib.contextmanager
def using(name: str) -> Iterator[Any]:
    """What opens a model: the numpy backend, or the native one with a kernel set; None where this CPU has no such."""
    if name == "numpy":
        yield _numpy_backend.Engine
        return
    try:
        _native_backend.use_kernels(name)
    except BackendError:
        yield None
        return
    yield _native_backend.Engine
    _native_backend.use_kernels(os.environ.get("EDGESCORE_KERNELS") or None)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    """``using``, for tests that take one engine at a time."""
    with using(request.param) as opened:
        if opened is None:
            pytest.skip(f"this CPU does not run {request.param}")
        yield opened


@pytest.mark.parametrize(("name", "case"), GOOD)
def test_case(name: str, case: Case) -> None:
    for kernels in engines(name):
        with using(kernels) as engine:
            for between_copies in (False, True) if engine else ():
                compare(name, case, engine(build(name, case, between_copies=between_copies)), kernels)


def compare(name: str, case: Case, opened: Any, kernels: str) -> None:
    """All rows together, in batches and one by one, with the reference and with what the case says."""
    rowwise = is_rowwise(name, case)
    rows = ROWS if rowwise else WHOLE  # tensors go through one by one in any case
    given = [operand.values for operand in case.operands if isinstance(operand, Rows)]
    inputs = [x[:rows] for x in given or [np.zeros((ROWS, 1, 1), np.float32)]]  # all constant: one input, unused
    made = run_all(opened, inputs, rowwise)
    expected = reference(name, case, tuple(y.dtype.name for y in made), tuple(y.shape for y in made))
    step = 1 if opened.name == "native" else 33  # the reference is slow
    alone = run_rows(opened, inputs, step) if rowwise else []
    batches = [(n, run_all(opened, [x[:n] for x in inputs], rowwise)) for n in BATCHES[opened.name] if n <= rows]
    for number, (y, whole) in enumerate(zip(made, expected, strict=True)):
        wanted = whole[: len(y)]
        assert wanted.dtype == y.dtype, kernels
        assert wanted.shape == y.shape, kernels
        assert_equal(y, wanted, case.relative, kernels)
        for n, part in batches:
            assert_equal(part[number], y[: n * len(y) // rows], case.relative, kernels)
        if alone:
            assert_equal(alone[number], y[::step], case.relative, kernels)
    if case.expected is not None:
        by_hand = np.asarray(case.expected)
        assert_equal(made[0][: len(by_hand)], by_hand.astype(made[0].dtype)[: len(made[0])], case.relative, kernels)


@pytest.mark.parametrize(("name", "case"), BAD)
def test_bad_model_is_refused_by_both_readers(name: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "parse", lambda *_: None)
    monkeypatch.setattr(writer.early_exit, "table", lambda _: b"")
    data = build(name, case)
    for reader in (lambda: parse(data, np), lambda: _native_backend.Engine(data)):
        with pytest.raises(FormatError) as refused:
            reader()
        assert refused.value.status == case.status


@pytest.mark.parametrize("name", ["relu", "dense", "concat"])
def test_an_operand_not_marked_constant_is_computed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel reads as many rows of it as there are in the block."""
    row = np.ones((1, 2), np.float32)
    case = {
        "relu": Case("", [row]),
        "dense": Case("", [row, np.ones((3, 2), np.float32), None]),
        "concat": Case("", [row, row], shape=(1, 4)),
    }[name]
    test_bad_model_is_refused_by_both_readers(name, Case(**{**vars(case), "status": NODE}), monkeypatch)


@pytest.mark.parametrize("name", sorted(OPS))
def test_every_op_has_cases(name: str) -> None:
    """Cases of every dtype variant, and bad models where the operator has a check: in tests/ops/cases/<name>.py."""
    op, cases = OPS[name], [case for owner, case in CASES if owner == name]
    assert cases, f"tests/ops/cases/{name}.py does not exist or is empty"
    assert op.check is None or any(case.status for case in cases), "no bad model shows that the check refuses anything"
    parsed = [parse(build(name, case)) for case in cases if not case.status]
    assert {model.nodes[0].variant for model in parsed} == set(range(len(op.types)))


def test_callers_of_kernels_are_found() -> None:
    """Guards engines(): operators that reach the kernels themselves, through a header or through another file."""
    assert all(engines(name) == ENGINES for name in ("dense", "trees", "lstm", "conv", "conv_transpose_int8"))
    assert engines("relu") == ("numpy", "generic")


def test_every_case_file_is_of_an_operator() -> None:
    assert set(FILES) <= set(OPS)


def test_letters_of_cast_are_all_dtypes() -> None:
    from edgescore.ops.cast import LETTERS

    assert sorted(LETTERS) == sorted(dtype.letter for dtype in schema.DTYPES)
