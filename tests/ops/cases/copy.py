"""Cases of copy: every dtype, several ranks."""

from __future__ import annotations

import numpy as np

from edgescore.format import schema
from tests.ops.cases._case import SHAPE, Case, rows

NAMES = [dtype.name for dtype in schema.DTYPES]
CASES = [
    Case(f"row {name}", [rows(name, [[0, 1, 1]], low=0, high=2)], shape=(1, 3), expected=[[0, 1, 1]]) for name in NAMES
]
CASES += [
    Case("rank 4", [rows("int16", np.empty((0, 2, 3, 2)))], shape=(1, 2, 3, 2)),
    Case("another shape", [rows("int16", np.empty((0, 2, 3)))], shape=(1, 3, 2), status=SHAPE),
    Case("another rank", [rows("int16", np.empty((0, 2)))], shape=(1, 2, 1), status=SHAPE),
]
