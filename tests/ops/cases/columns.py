"""Cases of columns: every dtype, repeated and reordered columns, indices out of range."""

from __future__ import annotations

from tests.ops.cases._case import CONSTANT, Case, constant, rows

SPECIAL = [[1, 2, 3], [4, 5, 6]]


def case(dtype: str, *index: int, status: int = 0) -> Case:
    expected = None if status else [[row[at] for at in index] for row in SPECIAL]
    operands = [rows(dtype, SPECIAL, low=0, high=100), constant("int32", index)]
    return Case(f"{dtype} {index}", operands, expected=expected, status=status)


DTYPES = ("float32", "float64", "int32", "int8", "uint8")
CASES = [case(dtype, *index) for dtype in DTYPES for index in [(2, 0), (1,), (0, 1, 2), (2, 2, 1, 0, 0)]]
CASES += [case("float32", *index, status=CONSTANT) for index in [(3,), (0, -1), (0, 1, 2**31 - 1), (-(2**31),)]]
