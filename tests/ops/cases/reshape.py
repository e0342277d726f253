"""Cases of reshape: every dtype, ranks from 0 to 6, another number of elements."""

from __future__ import annotations

import numpy as np

from edgescore.format import schema
from tests.ops.cases._case import SHAPE, Case, rows

NAMES = [dtype.name for dtype in schema.DTYPES]
CASES = [
    Case(f"rows to columns {name}", [rows(name, [[[0, 1, 1], [1, 0, 0]]], low=0, high=2)], shape=(3, 2))
    for name in NAMES
]
CASES += [
    Case("by hand", [rows("int32", [[[1, 2, 3], [4, 5, 6]]])], shape=(3, 2), expected=[[[1, 2], [3, 4], [5, 6]]]),
    Case("to a number", [rows("float32", np.empty((0, 1, 1)))], shape=()),
    Case("rank 6", [rows("float32", np.empty((0, 8)))], shape=(1, 2, 1, 2, 2, 1)),
    Case("too few elements", [rows("float32", np.empty((0, 2, 3)))], shape=(5,), status=SHAPE),
    Case("too many elements", [rows("float32", np.empty((0, 2, 3)))], shape=(2, 4), status=SHAPE),
]
