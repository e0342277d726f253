"""Cases of sigmoid_int16: a straight line as the table, every int16 value of the real one, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import PARAM, SHAPE, Case, Rows, constant, rows

LINE = constant("uint16", [32768 + 128 * k for k in range(256)])
CURVE = constant("uint16", np.minimum(65536 / (1 + np.exp(-np.arange(256) / 24)), 65535))
STEEP = constant("uint16", [65535, 0] * 128)
# A point is 512 steps of x (tanh: 256) and worth 128 of 65536: 64 in 15 fraction bits, 128 where tanh doubles it.
X = rows("int16", [[0, 512, -512, 4, -4, 32767, -32768]], low=-32768, high=32768)
SIGMOID = [[16384, 16448, 16320, 16385, 16383, 20480, 12288]]
TANH = [[0, 256, -256, 2, -2, 16384, -16384]]
ALL = Rows(np.tile(np.arange(-32768, 32768, dtype=np.int16).reshape(64, 1024), (2, 1))[:100])


def case(name: str, x: Rows = X, table: Any = LINE, expected: Any = None, status: int = 0, **params: int) -> Case:
    return Case(name, [x, table], params, expected=expected, status=status)


CASES = [
    case("sigmoid by hand", expected=SIGMOID),
    case("tanh by hand", expected=TANH, tanh=1),
    case("beyond the last point", rows("int16", [[32767, -32768, 0]]), expected=[[32767, 1, 16384]], multiplier=32767),
    case(
        "tanh beyond the last point", rows("int16", [[32767, -32768]]), expected=[[32767, -32767]], multiplier=9, tanh=1
    ),
    case("rounded", rows("int16", [[3 * 512, 1]], low=-32768, high=32768), multiplier=5, shift=3),
    case("every value", ALL, CURVE, multiplier=26214, shift=13),
    case("every value tanh", ALL, CURVE, multiplier=26214, shift=13, tanh=1),
    case("up and down", ALL, STEEP, multiplier=3),
    case("up and down tanh", ALL, STEEP, multiplier=3, tanh=1),
    case("a short table", table=LINE[:255], status=SHAPE),
    case("negative multiplier", status=PARAM, multiplier=-1),
    case("multiplier of 16 bits", status=PARAM, multiplier=32768),
    case("shift of 31", status=PARAM, shift=31),
    case("unknown function", status=PARAM, tanh=2),
]
