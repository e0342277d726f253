"""Cases of resize_int8: means by hand, ties of both signs, other numbers of taps, many channels; what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import CONSTANT, PARAM, SHAPE, Array, Case, constant, rows

ENDS = {"int8": (-128, 127), "int16": (-32768, 32767)}


def axis(index: Any, weights: Any) -> list[Array]:
    return [constant("int32", index), constant("int16", weights)]


HALVES = axis([[0, 1], [1, 1]], [[1024, 1024], [2048, 0]])  # between the first two, and the second
FIRST = axis([[0]], [[2048]])


def pictures(dtype: str, *special: Any) -> Any:
    """Lists of lines of pixels of one channel, as [1, h, w, 1], then random ones."""
    low, high = ENDS[dtype]
    return rows(dtype, np.asarray(special)[:, None, :, :, None], low=low, high=high + 1)


def cases(dtype: str) -> list[Case]:
    low, high = ENDS[dtype]
    lines = pictures(dtype, [[1, 2]], [[-1, -2]], [[low, low]], [[high, high]])
    up, away = ([[[[[a], [b]]]] for a, b in ends] for ends in (((2, 2), (-1, -2)), ((2, 2), (-2, -2), (low, low))))
    random = np.random.default_rng(1)
    taps = axis(random.integers(0, 5, (9, 3)), random.integers(-600, 683, (9, 3)))
    one = axis(random.integers(0, 5, (4, 1)), random.integers(-2048, 2049, (4, 1)))
    deep = rows(dtype, np.empty((0, 2, 5, 5, 70)), low=low, high=high + 1)
    made = [
        Case("ties go up", [lines, *FIRST, *HALVES], shape=(1, 1, 2, 1), expected=up),
        Case("ties go away", [lines, *FIRST, *HALVES], {"half_away": 1}, shape=(1, 1, 2, 1), expected=away),
        Case(
            "both axes",
            [pictures(dtype, [[1, 2], [3, 5]]), *HALVES, *HALVES],
            shape=(1, 2, 2, 1),
            expected=[[[[[3], [4]], [[4], [5]]]]],
        ),
        Case("three taps and one", [deep, *taps, *one], shape=(2, 9, 4, 70)),
    ]
    return [Case(**{**vars(case), "name": f"{case.name} {dtype}"}) for case in made]


def bad(name: str, status: int, first: Any = FIRST, second: Any = HALVES, y: Any = (1, 1, 2, 1), **params: int) -> Case:
    return Case(name, [pictures("int8", [[1, 2]]), *first, *second], params, shape=y, status=status)


CASES = cases("int8") + cases("int16")
CASES += [
    bad("unknown rounding", PARAM, half_away=2),
    bad("other columns", SHAPE, y=(1, 1, 3, 1)),
    bad("other channels", SHAPE, y=(1, 1, 2, 2)),
    bad("other rank", SHAPE, y=(1, 2, 1)),
    bad("a row that is not there", CONSTANT, first=axis([[1]], [[2048]])),
    bad("a column before the first", CONSTANT, second=axis([[0], [-1]], [[1], [1]])),
    bad("weights above one", CONSTANT, second=axis([[0, 1], [0, 1]], [[1024, -1024], [1024, -1025]])),
]
