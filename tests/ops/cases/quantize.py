"""Cases of quantize: halves, both ends, infinities, NaN."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, PARAM, Case, rows

X = rows("float32", [[0.0, 0.25, 0.75, -0.25, 1.0, 1e9, -1e9, INF, -INF, NAN]], low=-70, high=70)
INT8 = [3, 3, 5, 3, 5, 127, -128, 127, -128, 3]
UINT8 = [3, 3, 5, 3, 5, 255, 0, 255, 0, 3]
SETTING = {"scale": 0.5, "zero": 3}


def bad(name: str, dtype: str, **params: float) -> Case:
    return Case(f"{name} {dtype}", [X], {"scale": 1.0, "zero": 0, **params}, dtype=dtype, status=PARAM)


CASES = [
    Case("int8", [X], SETTING, dtype="int8", expected=[INT8]),
    Case("uint8", [X], SETTING, dtype="uint8", expected=[UINT8]),
    Case("lowest zero", [X], {"scale": 0.3, "zero": -128}, dtype="int8"),
    Case("highest zero", [X], {"scale": 0.3, "zero": 255}, dtype="uint8"),
    Case("denormal scale", [X], {"scale": 1e-40, "zero": 0}, dtype="int8"),
    *(bad(f"zero {zero}", "int8", zero=zero) for zero in (128, -129, 2**31 - 1, -(2**31))),
    *(bad(f"zero {zero}", "uint8", zero=zero) for zero in (-1, 256)),
    *(bad(f"scale {scale}", dtype, scale=scale) for scale in (0.0, -1.0, INF, NAN) for dtype in ("int8", "uint8")),
]
