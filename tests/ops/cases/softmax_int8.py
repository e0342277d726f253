"""Cases of softmax_int8: results known beforehand, one class, many classes, tables that are none."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore.ops.softmax_int8 import ONE, table
from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, SHAPE, Array, Case, constant, rows
from tests.ops.cases.conv_int8 import HIGH

SETTING = {"int8": {"y_scale": 1 / 256, "y_zero": -128}, "int16": {"y_scale": 1 / 32768, "y_zero": 0}}


def powers(scale: float, dtype: str) -> Array:
    return constant("uint32", table(scale, dtype))


def case(dtype: str, name: str, x: Any, scale: float, expected: Any = None, **changes: Any) -> Case:
    low, high = -HIGH[dtype] - 1, HIGH[dtype] + 1
    operands = [rows(dtype, x, low=low, high=high), changes.pop("table", powers(scale, dtype))]
    status = changes.pop("status", 0)
    return Case(f"{name} {dtype}", operands, {**SETTING[dtype], **changes}, expected=expected, status=status)


def by_hand(dtype: str) -> list[Case]:
    """e^0 : e^-1 : e^-2 and so on."""
    setting = SETTING[dtype]
    step = {"int8": 8, "int16": 1000}[dtype]
    x = np.array(
        [[[0, 0, 0, 0], [3 * step, 2 * step, step, 0]], [[9, 9, -HIGH[dtype], -HIGH[dtype]], [0, 0, 0, -step]]]
    )
    e = np.exp((x - x.max(axis=-1, keepdims=True)) / step)
    wanted = np.rint(e / e.sum(axis=-1, keepdims=True) / setting["y_scale"]) + setting["y_zero"]
    return [
        case(dtype, "by hand", x, 1 / step, np.clip(wanted, -HIGH[dtype] - 1, HIGH[dtype])),
        case(dtype, "certain", np.array([[HIGH[dtype], -HIGH[dtype] - 1]]), 10.0, [[HIGH[dtype], setting["y_zero"]]]),
        case(dtype, "flat", np.zeros((1, 3)), 0.0),
        case(dtype, "one class", np.zeros((1, 1)), 0.1, [[HIGH[dtype]]]),
        case(dtype, "many", np.empty((0, 1, 1000)), 0.01),
        case(dtype, "rank 4", np.empty((0, 1, 2, 3, 4)), 0.003),
        case(dtype, "another output", np.empty((0, 1, 5)), 0.03, y_scale=1e-3, y_zero=7),
        case(dtype, "largest scale", np.empty((0, 1, 5)), 0.03, y_scale=3e38),
        case(dtype, "smallest scale", np.empty((0, 1, 5)), 0.03, y_scale=1e-45),
    ]


def bad(dtype: str) -> list[Case]:
    x, good = np.empty((0, 1, 2)), powers(0.1, dtype)
    beyond, dull, low = good.copy(), good.copy(), good.copy()
    beyond[7], dull[-1], low[-256] = ONE + 1, 2**32 - 1, ONE - 1
    return [
        case(dtype, "beyond 1", x, 1.0, table=beyond, status=CONSTANT),
        case(dtype, "the last beyond 1", x, 1.0, table=dull, status=CONSTANT),
        case(dtype, "e^0 not 1", x, 1.0, table=low, status=CONSTANT),
        case(dtype, "a short table", x, 1.0, table=good[1:], status=SHAPE),
        case(dtype, "another's table", x, 1.0, table=powers(0.1, "int16" if dtype == "int8" else "int8"), status=SHAPE),
        case(dtype, "rank 1", np.empty((0,)), 1.0, status=SHAPE),
        *(case(dtype, f"scale {value}", x, 1.0, y_scale=value, status=PARAM) for value in (0.0, -1.0, INF, NAN)),
        *(
            case(dtype, f"zero {value}", x, 1.0, y_zero=value, status=PARAM)
            for value in (-HIGH[dtype] - 2, HIGH[dtype] + 1)
        ),
    ]


CASES = [case for dtype in HIGH for case in by_hand(dtype) + bad(dtype)]
