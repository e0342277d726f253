"""Cases of table: every value of both dtypes of bytes; points of 16 bits and what lies between them."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import SHAPE, Case, Rows, constant, rows

VALUES = {"int8": np.arange(-128, 128), "uint8": np.arange(256)}
SHUFFLED = np.random.default_rng(0).permutation(256)


def case(dtype: str, entries: int = 256, status: int = 0) -> Case:
    rows = Rows(np.tile(VALUES[dtype], (100, 1)).astype(dtype))
    table = np.resize(VALUES[dtype][SHUFFLED], entries).astype(dtype)
    expected = None if status else [VALUES[dtype][SHUFFLED]]
    return Case(f"{dtype} {entries} entries", [rows, table], expected=expected, status=status)


CASES = [case(dtype) for dtype in VALUES]
CASES += [case(dtype, entries, SHAPE) for dtype in VALUES for entries in (1, 255, 257, 513)]

# 100 times the number of the entry in turns with 0: -32640 is entry 1, halfway to entry 2 (0) it is 50, and so on.
POINTS = constant("int16", [number * 10 if number % 2 else 0 for number in range(513)])
STEEP = constant("int16", [-32768, 32767] * 256 + [-32768])
X = rows("int16", [[-32768, -32640, -32576, -32640 + 12, 32767, 0, -1]], low=-32768, high=32768)
CASES += [
    Case("int16 by hand", [X, POINTS], expected=[[0, 10, 5, 9, 40, 0, 20]]),
    Case("int16 from end to end", [X, STEEP], expected=[[-32768, 32767, 0, 26623, -32256, -32768, -32256]]),
    Case("int16 256 entries", [X, POINTS[:256]], status=SHAPE),
]
