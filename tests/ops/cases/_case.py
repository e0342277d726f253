"""What a case is: one call of an operator as data. A file of this folder is named like its operator and lists CASES.

Rows of a case start with special ones, whose results ``expected`` states by hand, and go on at random: 100 in all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
ROWS = 100
FLOATS = ("float32", "float64")
INF, NAN = float("inf"), float("nan")
NODE, SHAPE, CONSTANT, PARAM = -11, -10, -13, -15


@dataclass(frozen=True, eq=False)
class Rows:
    """An operand that the caller of the model provides: [100, ...]."""

    values: Array


@dataclass(frozen=True, eq=False)
class Case:
    """A call.

    operands: Rows, arrays for constants and None for what is absent, in the operator's order. params: those that differ
    from their defaults. dtype, shape: of one row of the output, where the signature leaves a choice; for an operator of
    several outputs a tuple of shapes. For an operator that is not row-wise a row is a whole tensor: Rows of [n, 2, 3]
    are n tensors of shape (2, 3), and shape is the output's; so it is for any operator of a case that is ``whole``.
    expected: results of the first rows (of the first output). relative: compare without an absolute tolerance, for
    functions that are exact near zero. status: what both readers must answer instead of opening the model.
    """

    name: str
    operands: Sequence[Rows | Array | None]
    params: Mapping[str, Any] = field(default_factory=dict)
    dtype: str | None = None
    shape: tuple[Any, ...] | None = None
    expected: ArrayLike | None = None
    relative: bool = False
    whole: bool = False
    status: int = 0


def rows(dtype: str, special: ArrayLike, *, seed: int = 0, low: float = -3, high: float = 3) -> Rows:
    """``special`` rows, then random ones between low and high (integers for integer dtypes)."""
    first = np.asarray(special).astype(dtype)
    shape = (ROWS - len(first), *first.shape[1:])
    random = np.random.default_rng(seed)
    rest = random.uniform(low, high, shape) if dtype in FLOATS else random.integers(int(low), int(high), shape)
    return Rows(np.concatenate([first, rest.astype(dtype)]))


def constant(dtype: str, values: ArrayLike) -> Array:
    return np.asarray(values).astype(dtype)


def random(dtype: str, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def floats(cases: Callable[[str], list[Case]]) -> list[Case]:
    """The same cases for both float dtypes."""
    made = [(dtype, case) for dtype in FLOATS for case in cases(dtype)]
    return [Case(**{**vars(case), "name": f"{case.name} {dtype}"}) for dtype, case in made]


def unary(
    pairs: Sequence[tuple[float, float]],
    low: float = -3,
    high: float = 3,
    dtypes: Sequence[str] = FLOATS,
    params: Mapping[str, Any] | None = None,
) -> list[Case]:
    """Cases of a function of one value: (x, y) by hand, random x, and tensors of one and of three dimensions."""
    x, y = zip(*pairs)

    def cases(dtype: str) -> list[Case]:
        flat, column = (rows(dtype, special, low=low, high=high) for special in ([x], x))
        deep = rows(dtype, np.empty((0, 5, 3)), low=low, high=high)
        return [
            Case("by hand", [flat], params or {}, expected=[y], relative=True),
            Case("one value a row", [column], params or {}, expected=y, relative=True),
            Case("rank 3", [deep], params or {}, relative=True),
        ]

    return _named(cases, dtypes, params)


def binary(
    table: Sequence[tuple[float, float, float]],
    low: float = -3,
    high: float = 3,
    dtypes: Sequence[str] = FLOATS,
    params: Mapping[str, Any] | None = None,
) -> list[Case]:
    """Cases of a function of two values: (a, b, y) by hand, either operand computed and constant, whole and in part."""
    a, b, y = zip(*table)
    width = len(table)

    def cases(dtype: str) -> list[Case]:
        def computed(*shape: int, seed: int = 0) -> Rows:
            return rows(dtype, np.empty((0, *shape)), low=low, high=high, seed=seed)

        first, second = rows(dtype, [a], low=low, high=high), rows(dtype, [b], low=low, high=high, seed=1)
        fixed = constant(dtype, b)
        layouts: list[tuple[str, list[Rows | Array | None], ArrayLike | None]] = [
            ("computed", [first, second], [y]),
            ("constant", [first, fixed], [y]),
            ("constant first", [constant(dtype, a), second], [y]),
            ("two columns", [rows(dtype, [[2, 4]], low=low, high=high), constant(dtype, [2, 3])], None),
            ("constant row", [first, constant(dtype, [b])], [y]),
            ("number", [first, constant(dtype, 2)], None),
            ("number first", [constant(dtype, 2), first], None),
            ("part of rank 3", [computed(2, width), fixed], None),
            ("row of rank 3", [computed(2, width), np.stack([fixed] * 2)], None),
            ("one value a row", [rows(dtype, a, low=low, high=high), constant(dtype, 2)], None),
            ("rows and a column", [first, computed(1, seed=1)], None),
            ("a column and rows", [computed(1, seed=1), first], None),
            ("a column and a constant", [computed(1), fixed], None),
            ("crosswise", [computed(3, 1), computed(1, width, seed=1)], None),
            ("crosswise constant", [computed(2, 1, 3), np.stack([fixed.reshape(width, 1)] * 2)], None),
            ("every other axis", [computed(2, 1, 2, 1, 3), fixed[:1].reshape(1, 1, 1, 1, 1)], None),
            ("every other axis constant", [computed(1, 2, 1, 2, 1), np.resize(fixed, (3, 1, 2, 1, 2))], None),
        ]
        if dtype not in FLOATS:  # which show that every layout is walked alike
            layouts = layouts[:3] + layouts[-1:]
        good = [Case(label, operands, params or {}, expected=y, relative=True) for label, operands, y in layouts]
        return [
            *good,
            Case("sizes that do not fit", [computed(3), computed(2)], params or {}, shape=(1, 3), status=SHAPE),
            Case("fewer dimensions", [computed(2, width), second], params or {}, whole=True, relative=True),
            Case("fewer dimensions first", [computed(3), computed(2, 3, seed=1)], params or {}, whole=True),
            Case("another result", [computed(3), computed(3)], params or {}, shape=(1, 1), status=SHAPE),
            Case("another rank", [computed(3), computed(3)], params or {}, shape=(1, 1, 3), status=SHAPE),
        ][: None if dtype in FLOATS else len(good) + 1]

    return _named(cases, dtypes, params)


def _named(cases: Callable[[str], list[Case]], dtypes: Sequence[str], params: Mapping[str, Any] | None) -> list[Case]:
    suffix = "".join(f" {name}={value}" for name, value in (params or {}).items())
    made = [(dtype, case) for dtype in dtypes for case in cases(dtype)]
    return [Case(**{**vars(case), "name": f"{case.name} {dtype}{suffix}"}) for dtype, case in made]
