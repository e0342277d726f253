"""Cases of knn: ties, exact hits, votes and means, both metrics, NaN, and what check must refuse."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, SHAPE, Case, constant, floats, random, rows


def cases(dtype: str) -> list[Case]:
    line = constant(dtype, [[0], [1], [2], [3]])
    x = rows(dtype, [[0.25], [1.5], [3], [NAN], [INF]], low=-1, high=4)
    values, classes = constant(dtype, [[0], [10], [20], [30]]), constant(dtype, [[1], [0], [1], [0]])

    def case(name: str, v: Any, **params: Any) -> Case:
        width = params.get("classes") or v.shape[1]
        return Case(name, [x, line, v], params, shape=(1, width))

    def many(k: int, **params: int) -> Case:
        operands = [rows(dtype, np.zeros((1, 3))), random(dtype, 64, 3), random(dtype, 64, 2) / 4]
        return Case(f"{k} of 64 {params}", operands, {"k": k, **params}, shape=(1, 2))

    # Whole numbers: distances are exact, and ties many.
    grid = np.random.default_rng(1).integers(0, 4, (30, 2)).astype(dtype)
    labels = np.random.default_rng(2).integers(0, 3, (30, 1)).astype(dtype)
    on_grid = rows(dtype, np.random.default_rng(3).integers(0, 4, (100, 2)))

    def bad(name: str, status: int, v: Any = values, points: Any = line, width: int = 1, **params: Any) -> Case:
        return Case(name, [x, points, v], params, shape=(1, width), status=status)

    weighted = [[(0 / 0.25 + 10 / 0.75) / (1 / 0.25 + 1 / 0.75)], [15], [30], [NAN], [NAN]]
    return [
        Case("means", [x, line, values], {"k": 2}, shape=(1, 1), expected=[[5], [15], [25], [NAN], [5]]),
        Case("weighted", [x, line, values], {"k": 2, "weights": 1}, shape=(1, 1), expected=weighted),
        case("Manhattan", values, k=3, metric=1),
        Case(
            "votes",
            [x, line, classes],
            {"k": 3, "classes": 3},
            shape=(1, 3),
            expected=[[1 / 3, 2 / 3, 0], [1 / 3, 2 / 3, 0], [2 / 3, 1 / 3, 0], [NAN] * 3],
        ),
        *(many(k, weights=weights, metric=metric) for k in (1, 5, 64) for weights in (0, 1) for metric in (1, 2)),
        *(
            Case(
                f"ties {k} {weights}", [on_grid, grid, labels], {"k": k, "weights": weights, "classes": 3}, shape=(1, 3)
            )
            for k in (1, 4, 7)
            for weights in (0, 1)
        ),
        *(bad(f"k {k}", PARAM, k=k) for k in (0, -1, 5, 2**31 - 1)),
        Case("k 65", [x, random(dtype, 70, 1), random(dtype, 70, 1)], {"k": 65}, shape=(1, 1), status=PARAM),
        bad("unknown weights", PARAM, k=1, weights=2),
        bad("unknown metric", PARAM, k=1, metric=3),
        bad("negative classes", PARAM, k=1, classes=-1),
        bad("too wide", SHAPE, k=1, width=2),
        bad("width that is not classes", SHAPE, classes, k=1, classes=3, width=2),
        bad("classes in two columns", SHAPE, np.hstack([classes, classes]), k=1, classes=2, width=2),
        *(
            bad(f"point {value}", CONSTANT, points=constant(dtype, [[0], [value], [2], [3]]), k=1)
            for value in (NAN, INF)
        ),
        *(
            bad(f"class {value}", CONSTANT, constant(dtype, [[1], [0], [value], [0]]), k=1, classes=2, width=2)
            for value in (2, -1, 0.5, NAN, INF, -INF, 1e30)
        ),
    ]


CASES = floats(cases)
