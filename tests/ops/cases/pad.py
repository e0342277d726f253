"""Cases of pad: every mode and dtype, borders wider than x, values that a dtype does not have."""

from __future__ import annotations

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, SHAPE, Case
from tests.ops.cases._tensors import DTYPES, each, given, numbers, tensors

ROW = [1, 2, 3]
BY_HAND = [
    (0, [7, 7, 7, 1, 2, 3, 7, 7]),
    (1, [2, 3, 2, 1, 2, 3, 2, 1]),
    (2, [1, 1, 1, 1, 2, 3, 3, 3]),
    (3, [1, 2, 3, 1, 2, 3, 1, 2]),
    (4, [3, 2, 1, 1, 2, 3, 3, 2]),
]
# dtype -> the ends of what it has
ENDS = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**62),
    "bool": (0, 1),
}


def case(dtype: str, mode: int, x: tuple[int, ...], begins: tuple[int, ...], y: tuple[int, ...]) -> Case:
    return Case(f"mode {mode} {x} to {y}", [tensors(dtype, *x), numbers(*begins)], {"mode": mode}, shape=y)


def cases(dtype: str) -> list[Case]:
    return [
        made
        for mode in range(5)
        for made in [
            case(dtype, mode, (2, 3), (1, 2), (4, 5)),
            case(dtype, mode, (1, 3, 4, 2), (0, 1, 1, 0), (1, 5, 6, 2)),
        ]
    ]


def value(dtype: str, number: float, status: int = 0) -> Case:
    expected = None if status else [[number, 1, number]]
    operands = [given(dtype, [1]), numbers(1)]
    return Case(f"{number} in {dtype}", operands, {"value": number}, shape=(3,), expected=expected, status=status)


def bad(name: str, begin: int, shape: tuple[int, ...], status: int, **params: float) -> Case:
    return Case(name, [tensors("float32", 2, 3), numbers(0, begin)], params, shape=shape, status=status)


CASES = each(DTYPES, cases)
CASES += [
    Case(
        f"mode {mode} by hand", [given("int16", ROW), numbers(3)], {"mode": mode, "value": 7}, shape=(8,), expected=[y]
    )
    for mode, y in BY_HAND
]
CASES += [case("float32", mode, (2, 3), (7, 10), (17, 23)) for mode in range(5)]
CASES += [case("float32", mode, (1, 1), (2, 0), (5, 2)) for mode in range(5)]
CASES += [case("float32", mode, (2, 2, 2, 1, 3, 2), (1, 0, 0, 0, 1, 0), (3, 2, 3, 1, 5, 2)) for mode in range(5)]
CASES += [case("float32", mode, (2, 3), (0, 0), (2, 3)) for mode in range(5)]
CASES += [value(dtype, float(end)) for dtype, ends in ENDS.items() for end in ends]
CASES += [value(dtype, number) for dtype in ("float32", "float64") for number in (-0.5, INF, -INF, NAN)]
CASES += [value("float64", 1e300)]
CASES += [
    Case(
        "more than float32",
        [given("float32", [1]), numbers(1)],
        {"value": -1e39},
        shape=(3,),
        expected=[[-INF, 1, -INF]],
    )
]
CASES += [value(dtype, float(ends[0] - 1), PARAM) for dtype, ends in ENDS.items() if dtype != "int64"]
CASES += [value(dtype, float(ends[1] + 1), PARAM) for dtype, ends in ENDS.items() if dtype != "int64"]
CASES += [value(dtype, number, PARAM) for dtype in ("int8", "int64", "bool") for number in (0.5, INF, -INF, NAN)]
CASES += [value("int64", number, PARAM) for number in (2.0**63, -(2.0**64))]
CASES += [
    bad("a border of less than nothing", -1, (2, 3), CONSTANT),
    bad("x does not fit", 1, (2, 3), CONSTANT),
    bad("x is far from fitting", 2**31 - 1, (2, 3), CONSTANT),
    bad("output of another rank", 0, (2, 3, 1), SHAPE),
    bad("unknown mode", 0, (2, 3), PARAM, mode=5),
    bad("negative mode", 0, (2, 3), PARAM, mode=-1),
    Case("too few begins", [tensors("float32", 2, 3), numbers(0)], shape=(2, 3), status=SHAPE),
]
