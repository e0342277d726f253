"""Cases of dequantize."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, PARAM, Case, rows

Q = {
    "int8": rows("int8", [[-128, -1, 0, 3, 127]], low=-128, high=128),
    "uint8": rows("uint8", [[0, 1, 3, 128, 255]], low=0, high=256),
    "int16": rows("int16", [[-32768, -1, 0, 3, 32767]], low=-32768, high=32768),
    "int32": rows("int32", [[-(2**31), -1, 3, 2**24 + 5, 2**31 - 1]], low=-(2**31), high=2**31),
}
EXPECTED = {
    "int8": [-65.5, -2.0, -1.5, 0.0, 62.0],
    "uint8": [-1.5, -1.0, 0.0, 62.5, 126.0],
    "int16": [-16385.5, -2.0, -1.5, 0.0, 16382.0],
    "int32": [-(2.0**30), -2.0, 0.0, 2.0**23 + 1, 2.0**30],
}


def bad(dtype: str, **params: float) -> Case:
    return Case(f"{dtype} {params}", [Q[dtype]], {"scale": 1.0, "zero": 0, **params}, status=PARAM)


CASES = [
    *(Case(dtype, [Q[dtype]], {"scale": 0.5, "zero": 3}, expected=[EXPECTED[dtype]]) for dtype in Q),
    *(Case(f"{dtype} tiny scale", [Q[dtype]], {"scale": 1e-38, "zero": 0}, relative=True) for dtype in Q),
    *(bad("int8", zero=zero) for zero in (128, -129)),
    *(bad("uint8", zero=zero) for zero in (-1, 256)),
    *(bad("int16", zero=zero) for zero in (-32769, 32768)),
    Case("int32 far zero", [Q["int32"]], {"scale": 1.0, "zero": -(2**31)}),
    *(bad("int8", scale=scale) for scale in (0.0, -1.0, INF, NAN)),
]
