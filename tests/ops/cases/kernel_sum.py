"""Cases of kernel_sum: all kernels, degrees of poly, several decision functions, float32 beside float64."""

from __future__ import annotations

import math

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, Case, constant, floats, random, rows


def cases(dtype: str, kept: str = "") -> list[Case]:
    kept = kept or dtype  # what vectors and coefficients are kept as
    x = rows(dtype, [[1, 0], [0, 0], [NAN, 0]])
    hand = [x, constant(kept, [[1, 0], [0, 2]]), constant(kept, [[2, -1]]), constant(dtype, [0.5])]
    rbf = [[2 - math.exp(-0.5 * 5) + 0.5], [2 * math.exp(-0.5) - math.exp(-2) + 0.5], [NAN]]
    far = [rows(dtype, [[INF, 0], [1e6, 0]]), *hand[1:]]
    many = [rows(dtype, np.zeros((1, 7)), low=-1, high=1), random(kept, 20, 7) / 3]
    many += [random(kept, 6, 20) / 20, random(dtype, 6)]
    poly = {"kernel": 2, "gamma": 0.5, "coef0": 0.25}
    return [
        Case("linear", hand, {"kernel": 0}, expected=[[2.5], [0.5], [NAN]]),
        Case("rbf", hand, {"kernel": 1, "gamma": 0.5}, expected=rbf),
        Case("rbf far away", far, {"kernel": 1, "gamma": 0.5}, expected=[[0.5], [0.5]]),
        Case("poly", hand, {"kernel": 2, "degree": 2, "gamma": 2.0, "coef0": 1.0}, expected=[[17.5], [1.5], [NAN]]),
        Case("poly degree 0", hand, {"kernel": 2, "degree": 0}, expected=[[1.5], [1.5], [1.5]]),
        Case("sigmoid", hand, {"kernel": 3, "gamma": 1.0}, expected=[[2 * math.tanh(1) + 0.5], [0.5], [NAN]]),
        *(Case(f"many, kernel {kernel}", many, {"kernel": kernel, "gamma": 0.7}) for kernel in range(4)),
        *(Case(f"degree {degree}", many, {**poly, "degree": degree}) for degree in (1, 5, 8, 2**31 - 1)),
        Case("unknown kernel", hand, {"kernel": 4}, status=PARAM),
        Case("negative kernel", hand, {"kernel": -1}, status=PARAM),
        Case("negative degree", hand, {"kernel": 2, "degree": -1}, status=PARAM),
    ]


CASES = floats(cases)
CASES += [Case(**{**vars(case), "name": f"{case.name} kept in float32"}) for case in cases("float64", "float32")]
