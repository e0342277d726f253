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
    are n tensors of shape (2, 3), and shape is the output's. expected: results of the first rows (of the first output). relative: compare without an absolute tolerance, for functions that are exact near zero. status:
    what both readers must answer instead of opening the model.
    """

    name: str
    operands: Sequence[Rows | Array | None]
    params: Mapping[str, Any] = field(default_factory=dict)
    dtype: str | None = None
    shape: tuple[Any, ...] | None = None
    expected: ArrayLike | None = None
    relative: bool = False
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


def unary(pairs: Sequence[tuple[float, float]], low: float = -3, high: float = 3) -> list[Case]:
    """Cases of a function of one value: (x, y) by hand, random x, and tensors of one and of three dimensions."""
    x, y = zip(*pairs)

    def cases(dtype: str) -> list[Case]:
        return [
            Case("by hand", [rows(dtype, [x], low=low, high=high)], expected=[y], relative=True),
            Case("one value a row", [rows(dtype, x, low=low, high=high)], expected=y, relative=True),
            Case("rank 3", [rows(dtype, np.empty((0, 5, 3)), low=low, high=high)], relative=True),
        ]

    return floats(cases)


def binary(table: Sequence[tuple[float, float, float]], low: float = -3, high: float = 3) -> list[Case]:
    """Cases of a function of two values: (a, b, y) by hand, the second one computed and constant, whole and in part."""
    a, b, y = zip(*table)
    width = len(table)

    def cases(dtype: str) -> list[Case]:
        first, second = rows(dtype, [a], low=low, high=high), rows(dtype, [b], low=low, high=high, seed=1)
        deep = rows(dtype, np.empty((0, 2, width)), low=low, high=high)
        return [
            Case("computed", [first, second], expected=[y], relative=True),
            Case("constant", [first, constant(dtype, b)], expected=[y], relative=True),
            Case("two columns", [rows(dtype, [[2, 4]]), constant(dtype, [2, 3])], relative=True),
            Case("constant row", [first, constant(dtype, [b])], expected=[y], relative=True),
            Case("number", [first, constant(dtype, 2)], relative=True),
            Case("part of rank 3", [deep, constant(dtype, b)], relative=True),
            Case("row of rank 3", [deep, np.stack([constant(dtype, b)] * 2)], relative=True),
            Case("one value a row", [rows(dtype, a, low=low, high=high), constant(dtype, 2)], relative=True),
            Case("computed part", [rows(dtype, [[a]]), second], status=SHAPE),
        ]

    return floats(cases)
