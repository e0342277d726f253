"""Cases of lookup: defaults, NaN with a key, with a value of its own and without, equal keys, offsets that lie."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import CONSTANT, NAN, SHAPE, Case, constant, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[1, 5], [2, NAN], [9, 7], [NAN, 7]], low=0, high=4)
    whole = rows(dtype, np.random.default_rng(0).integers(0, 5, (99, 2)))
    keys, values = constant(dtype, [1, 2, 5, NAN]), constant(dtype, [10, 20, 50, 60])
    default, missing = constant(dtype, [-1, -2]), constant(dtype, [-7, -8])
    split = constant("int32", [0, 2, 4])

    def offsets(*at: int) -> list[object]:
        return [x, constant("int32", at), keys, values, default, None]

    plain = [[10, 50], [20, 60], [-1, -2], [-1, -2]]
    bad = [(0, 2, 3), (0, 2, 5), (1, 2, 4), (-1, 2, 4), (0, 5, 4), (0, -2, 4)]
    return [
        Case("default for NaN", [x, split, keys, values, default, None], expected=plain),
        Case("missing for NaN", [x, split, keys, values, default, missing], expected=[*plain[:3], [-7, -2]]),
        Case("integers", [whole, split, constant(dtype, [1, 2, 4, 0]), values, default, missing]),
        Case("a column without keys", [x, constant("int32", [0, 0, 4]), keys, values, default, None]),
        Case("a key twice", [x, split, constant(dtype, [1, 1, 5, 5]), values, default, None], expected=[[10, 50]]),
        Case("offsets too short", offsets(0, 4), status=SHAPE),  # type: ignore[arg-type]
        Case("offsets too long", offsets(0, 2, 4, 4), status=SHAPE),  # type: ignore[arg-type]
        *(Case(f"offsets {at}", offsets(*at), status=CONSTANT) for at in bad),  # type: ignore[arg-type]
    ]


CASES = floats(cases)
