"""Cases of avg_pool: what the divisor counts, each number of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import PARAM, Case, floats, rows
from tests.ops.cases.conv import place
from tests.ops.cases.max_pool import BAD


def cases(dtype: str) -> list[Case]:
    def line(name: str, y: list[float], **params: Any) -> Case:
        x = rows(dtype, [[[[6], [2], [4], [9]]]])
        shape = (1, len(y), 1)
        return Case(name, [x], place(**params), shape=shape, expected=[[[[value] for value in y]]])

    def shaped(x: tuple[int, ...], y: tuple[int, ...], **params: Any) -> Case:
        return Case(f"{x} to {y} {params}", [rows(dtype, np.empty((0, *x)))], place(**params), shape=y)

    return [
        line("two", [4, 3, 6.5], kernel=[2]),
        line("padding does not count", [6, 4, 3, 6.5, 9], kernel=[2], pad=[1]),
        line("padding counts", [3, 4, 3, 6.5, 4.5], kernel=[2], pad=[1], pad_end=[1], count_include_pad=1),
        line("beyond the padding does not", [3, 3, 9], kernel=[2], stride=[2], pad=[1], count_include_pad=1),
        line("dilation", [5, 5.5], kernel=[2], dilation=[2]),
        shaped(
            (1, 7, 6, 3), (1, 4, 3, 3), kernel=(3, 3), stride=(2, 2), pad=(1, 1), pad_end=(1, 0), count_include_pad=1
        ),
        shaped((2, 3, 4, 5, 70), (2, 2, 2, 5, 70), kernel=(2, 2, 3), stride=(1, 2, 1), pad=(0, 0, 1)),
        shaped((1, 8, 8, 33), (1, 1, 1, 33), kernel=(8, 8)),
        shaped((1, 9, 2), (1, 3, 2), kernel=(3,), dilation=(3,), pad=(3,), pad_end=(9,), count_include_pad=1),
    ]


CASES = [
    *floats(cases),
    *BAD,
    *(
        Case(f"{name} {value}", BAD[0].operands, {"kernel_w": 3, name: value}, shape=(1, 2, 2), status=PARAM)
        for name, value in (("pad_end_w", -1), ("pad_end_d", 2**30 + 1))
    ),
]
