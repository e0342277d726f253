"""Cases of table: every value of both dtypes."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import SHAPE, Case, Rows

VALUES = {"int8": np.arange(-128, 128), "uint8": np.arange(256)}
SHUFFLED = np.random.default_rng(0).permutation(256)


def case(dtype: str, entries: int = 256, status: int = 0) -> Case:
    rows = Rows(np.tile(VALUES[dtype], (100, 1)).astype(dtype))
    table = np.resize(VALUES[dtype][SHUFFLED], entries).astype(dtype)
    expected = None if status else [VALUES[dtype][SHUFFLED]]
    return Case(f"{dtype} {entries} entries", [rows, table], expected=expected, status=status)


CASES = [case(dtype) for dtype in VALUES]
CASES += [case(dtype, entries, SHAPE) for dtype in VALUES for entries in (1, 255, 257)]
