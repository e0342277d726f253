"""Cases of operators on whole tensors share these: tensors by shape, dtypes, the same case for each of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from edgescore.format import schema
from tests.ops.cases._case import Array, Case, Rows, constant, rows

DTYPES = tuple(dtype.name for dtype in schema.DTYPES)
NUMBERS = ("float32", "float64", "int32", "int64")


def tensors(dtype: str, *shape: int, seed: int = 0) -> Rows:
    """A hundred random tensors."""
    return rows(dtype, np.empty((0, *shape)), low=0, high=2 if dtype == "bool" else 100, seed=seed)


def given(dtype: str, *first: ArrayLike, low: float = 0, high: float = 2) -> Rows:
    """Tensors, then random ones of their shape."""
    return rows(dtype, np.array(first), low=low, high=high)


def numbers(*values: int) -> Array:
    """An int32 constant."""
    return constant("int32", values)


def each(dtypes: tuple[str, ...], cases: Callable[[str], list[Case]]) -> list[Case]:
    """The cases of every dtype, named after it."""
    made = [(dtype, case) for dtype in dtypes for case in cases(dtype)]
    return [Case(**{**vars(case), "name": f"{case.name} {dtype}"}) for dtype, case in made]
