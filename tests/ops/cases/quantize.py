"""Cases of quantize: every dtype, halves, both ends, infinities, NaN."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, PARAM, Case, rows

X = rows("float32", [[0.0, 0.25, 0.75, -0.25, 1.0, 1e9, -1e9, INF, -INF, NAN]], low=-70, high=70)
INT8 = [3, 3, 5, 3, 5, 127, -128, 127, -128, 3]
UINT8 = [3, 3, 5, 3, 5, 255, 0, 255, 0, 3]
INT16 = [3, 3, 5, 3, 5, 32767, -32768, 32767, -32768, 3]
INT32 = [3, 3, 5, 3, 5, 2000000003, -1999999997, 2**31 - 1, -(2**31), 3]
SETTING = {"scale": 0.5, "zero": 3}


def bad(name: str, dtype: str, **params: float) -> Case:
    return Case(f"{name} {dtype}", [X], {"scale": 1.0, "zero": 0, **params}, dtype=dtype, status=PARAM)


CASES = [
    Case("int8", [X], SETTING, dtype="int8", expected=[INT8]),
    Case("uint8", [X], SETTING, dtype="uint8", expected=[UINT8]),
    Case("int16", [X], SETTING, dtype="int16", expected=[INT16]),
    Case("int32", [X], SETTING, dtype="int32", expected=[INT32]),
    Case("int32, lowest zero", [X], {"scale": 1e-8, "zero": -(2**31)}, dtype="int32"),
    Case("int16, highest zero", [X], {"scale": 1e-3, "zero": 32767}, dtype="int16"),
    Case("lowest zero", [X], {"scale": 0.3, "zero": -128}, dtype="int8"),
    Case("highest zero", [X], {"scale": 0.3, "zero": 255}, dtype="uint8"),
    Case("denormal scale", [X], {"scale": 1e-40, "zero": 0}, dtype="int8"),
    *(bad(f"zero {zero}", "int8", zero=zero) for zero in (128, -129, 2**31 - 1, -(2**31))),
    *(bad(f"zero {zero}", "uint8", zero=zero) for zero in (-1, 256)),
    *(bad(f"zero {zero}", "int16", zero=zero) for zero in (-32769, 32768)),
    *(bad(f"scale {scale}", dtype, scale=scale) for scale in (0.0, -1.0, INF, NAN) for dtype in ("int8", "int32")),
]
