"""Cases of dense_int8: sizes around every block of the kernels, ties in rounding, limits, sums at the end of int32."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, Array, Case, constant, rows


def case(k: int, m: int, name: str = "", **params: int) -> Case:
    random = np.random.default_rng(k * 1000 + m)
    weights = random.integers(-127, 128, (m, k)).astype("int8")
    bias = random.integers(-5000, 5000, m).astype("int32")
    multiplier = (random.uniform(0.2, 1, m) / (60 * np.sqrt(k) * 60) * 60).astype("float32")
    extremes = [[-128] * k, [127] * k, [0] * k]
    x = rows("int8", extremes, low=-128, high=128, seed=m)
    return Case(f"{k} to {m} {name}", [x, weights, bias, multiplier], params)


HALVES = rows("int8", [[1], [3], [-1], [-3], [5]], low=-128, high=128)
ONE = constant("int8", [[1]])


def single(name: str, bias: int, multiplier: float, weights: Array = ONE, status: int = 0, **params: int) -> Case:
    operands = [HALVES, weights, constant("int32", [bias]), constant("float32", [multiplier])]
    return Case(name, operands, params, status=status)


WIDE = {"lo": -(2**15), "hi": 2**15 - 1}


def wide(k: int, m: int) -> Case:
    random = np.random.default_rng(k * 1000 + m)
    operands = [
        rows("int16", [[-(2**15)] * k, [2**15 - 1] * k], low=-(2**15), high=2**15, seed=m),
        random.integers(-127, 128, (m, k)).astype("int8"),
        random.integers(-(10**6), 10**6, m).astype("int64"),
        (random.uniform(0.2, 1, m) / (60 * np.sqrt(k))).astype("float32"),
    ]
    return Case(f"int16 {k} to {m}", operands, WIDE)


def halves(name: str, bias: int, status: int = 0, **params: int) -> Case:
    x = rows("int16", [[1], [3], [-1], [-3], [5]], low=-(2**15), high=2**15)
    operands = [x, ONE, constant("int64", [bias]), constant("float32", [0.5])]
    expected = None if bias or status else [[1], [3], [1], [-1], [3]]
    return Case(f"int16 {name}", operands, {"y_zero": 1, **WIDE, **params}, expected=expected, status=status)


def full(k: int, bias: int, status: int = 0) -> Case:
    """Sums of k products of 128 * 128, on one row, plus a bias."""
    operands = [rows("int8", [[-128] * k], low=-128, high=128), constant("int8", [[-128] * k])]
    return Case(
        f"{k} largest products and {bias}",
        [*operands, constant("int32", [bias]), constant("float32", [1e-8])],
        status=status,
    )


CASES = [
    *(case(k, m) for k in (1, 4, 15, 16, 17, 64, 100) for m in (1, 3, 64, 65, 130)),
    case(32, 10, "relu", y_zero=-128, lo=-128),
    case(32, 10, "narrow", y_zero=5, lo=-3, hi=7),
    case(32, 10, "one value", lo=9, hi=9),
    Case(
        "halves go to even",
        [HALVES, ONE, constant("int32", [0]), constant("float32", [0.5])],
        {"y_zero": 1},
        expected=[[1], [3], [1], [-1], [3]],
    ),
    single("multiplier 0", 0, 0.0),
    single("negative multiplier", 0, -0.5),
    single("huge multiplier", 1, 3e38),
    single("bias beyond float32's integers", 2**24 + 1, 2.0**-20),
    full(1000, 2**31 - 1 - 1000 * 2**14),
    full(1000, -(2**31 - 1 - 1000 * 2**14)),
    full(1000, 2**31 - 1000 * 2**14, status=CONSTANT),
    full(1000, -(2**31) + 1000 * 2**14, status=CONSTANT),
    single("smallest bias", -(2**31), 1.0, status=CONSTANT),
    *(single(f"multiplier {value}", 0, value, status=CONSTANT) for value in (INF, -INF, NAN)),
    *(wide(k, m) for k in (1, 17, 300) for m in (1, 5)),
    halves("halves go to even", 0),
    halves("largest bias", 2**53 - 1 - 2**15),
    halves("bias beyond float64's integers", 2**53 - 2**15, status=CONSTANT),
    halves("smallest bias", -(2**63), status=CONSTANT),
    *(
        halves(f"{name} {value}", 0, PARAM, **{name: value})
        for name in ("x_zero", "lo", "hi")
        for value in (-32769, 32768)
    ),
    single("crossed limits", 0, 1.0, status=PARAM, lo=5, hi=4),
    *(
        single(f"{name} {value}", 0, 1.0, status=PARAM, **{name: value})
        for name in ("x_zero", "y_zero", "lo", "hi")
        for value in (-129, 128)
    ),
]
