"""Cases of dense_hybrid: rows whose int8 form is plain to see, then any."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, Case, constant, random, rows

W = constant("int8", [[1, 0, 0], [0, 1, 0], [100, -100, 100]])
SCALE = constant("float32", [1, 0.5, 0.01])
BIAS = constant("float32", [0, 10, 0])
# Steps of 1: 127 is 127. Steps of 2: 1.9 counts as 2, and 1 / 2 rounds away from zero. Zeros, and what counts as zeros.
X = rows(
    "float32",
    [[127, 1.4, -2], [-254, 1.9, 1], [0, 0, 0], [1e-36, 0, -1e-36], [NAN, 1, 1], [1, INF, 1]],
    low=-5,
    high=5,
)
SYMMETRIC = [[127, 10.5, 124], [-254, 11, -254], [0, 10, 0], [0, 10, 0], [NAN] * 3, [NAN] * 3]
# 255 steps of 1 from -128 to 127; from 0 to 255: zero is at -128; from -255 to 0: zero is at 127.
SHIFTED = rows("float32", [[-128, 127, 3.2], [255, 1, 2], [-255, -1, 0], [0, 0, 0], [NAN, 1, 1]], low=-5, high=5)
ASYMMETRIC = [[-128, 73.5, -252], [255, 10.5, 256], [-255, 9.5, -254], [0, 10, 0], [NAN] * 3]
WIDE = np.full((1, 70000), 127, np.int8)

CASES = [
    Case("by hand", [X, W, SCALE, BIAS], shape=((1, 3), (1, 3)), expected=SYMMETRIC),
    Case("no bias", [X, W, SCALE, None], shape=((1, 3), (1, 3))),
    Case("asymmetric", [SHIFTED, W, SCALE, BIAS], {"asymmetric": 1}, shape=((1, 3), (1, 3)), expected=ASYMMETRIC),
    Case(
        "many outputs",
        [rows("float32", np.empty((0, 37))), (random("int8", 41, 37) * 9).astype("int8"), random("float32", 41), None],
        shape=((1, 41), (1, 37)),
    ),
    Case(
        "many outputs asymmetric",
        [
            rows("float32", np.empty((0, 37)), low=-1),
            constant("int8", np.arange(-75, 73).reshape(4, 37)),
            random("float32", 4),
            None,
        ],
        {"asymmetric": 1},
        shape=((1, 4), (1, 37)),
    ),
    Case("several rows", [rows("float32", np.empty((0, 5, 3))), W, SCALE, BIAS], shape=((5, 3), (5, 3)), whole=True),
    Case("unknown mode", [X, W, SCALE, None], {"asymmetric": 2}, shape=((1, 3), (1, 3)), status=PARAM),
    Case("scale not finite", [X, W, SCALE * NAN, None], shape=((1, 3), (1, 3)), status=CONSTANT),
    Case(
        "sums beyond int32",
        [rows("float32", np.empty((0, 70000))), WIDE, SCALE[:1], None],
        shape=((1, 1), (1, 70000)),
        status=CONSTANT,
    ),
]
