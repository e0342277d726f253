"""Cases of knn: ties, exact hits, votes and means, both metrics, trees, NaN, and what check must refuse."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, SHAPE, Case, constant, floats, random, rows


def halves(points: Any) -> tuple[Any, Any]:
    return points[: len(points) // 2], points[len(points) // 2 :]


def cases(dtype: str) -> list[Case]:
    line = constant(dtype, [[0], [1], [2], [3]])
    x = rows(dtype, [[0.25], [1.5], [3], [NAN], [INF]], low=-1, high=4)
    values, classes = constant(dtype, [[0], [10], [20], [30]]), constant(dtype, [[1], [0], [1], [0]])

    def case(name: str, v: Any, **params: Any) -> Case:
        width = params.get("classes") or v.shape[1]
        return Case(name, [x, line, v, None], params, shape=(1, width))

    def many(k: int, **params: int) -> Case:
        operands = [rows(dtype, np.zeros((1, 3))), random(dtype, 64, 3), random(dtype, 64, 2) / 4, None]
        return Case(f"{k} of 64 {params}", operands, {"k": k, **params}, shape=(1, 2))

    # Whole numbers: distances are exact, and ties many.
    grid = np.random.default_rng(1).integers(0, 4, (30, 2)).astype(dtype)
    labels = np.random.default_rng(2).integers(0, 3, (30, 1)).astype(dtype)
    on_grid = rows(dtype, np.random.default_rng(3).integers(0, 4, (100, 2)))

    # A tree of the grid: each node's points are halved by their order, whatever it is.
    boxes = np.array([[*part.min(axis=0), *part.max(axis=0)] for part in (grid, *halves(grid))]).astype(dtype)
    centres = np.array([part.mean(axis=0) for part in (grid, *halves(grid))]).astype(dtype)
    balls = np.hstack([centres, [[4], [3], [3]]]).astype(dtype)
    one_box, deep = boxes[:1], np.concatenate([boxes, np.tile(boxes[1], (2, 1)), np.tile(boxes[2], (2, 1))])

    def bad(
        name: str, status: int, v: Any = values, points: Any = line, nodes: Any = None, width: int = 1, **params: Any
    ) -> Case:
        return Case(name, [x, points, v, nodes], params, shape=(1, width), status=status)

    def no_tree(name: str, status: int, nodes: Any, tree: int) -> Case:
        return bad(name, status, nodes=nodes if nodes is None else constant(dtype, nodes), k=1, tree=tree)

    # From 0, the points are at 2, 2, 1, 1: of the two at 2, the earlier is on top of the heap when the last comes.
    apart = [constant(dtype, [[2], [-2], [1], [-1]]), constant(dtype, [[1], [2], [4], [8]])]
    # From 0, two points are at 1; the second leaf is nearer, so that its point is met first.
    leaves = [constant(dtype, [[-1], [-2], [1], [0.5]]), constant(dtype, [[1], [2], [4], [8]])]
    intervals, discs = constant(dtype, [[-2, 1], [-2, -1], [0.5, 1]]), constant(dtype, [[0, 2], [-1.5, 0.5], [1, 0.5]])
    zero = rows(dtype, [[0]])

    weighted = [[(0 / 0.25 + 10 / 0.75) / (1 / 0.25 + 1 / 0.75)], [15], [30], [NAN], [NAN]]
    return [
        Case("means", [x, line, values, None], {"k": 2}, shape=(1, 1), expected=[[5], [15], [25], [NAN], [5]]),
        Case("weighted", [x, line, values, None], {"k": 2, "weights": 1}, shape=(1, 1), expected=weighted),
        Case("a heap", [zero, *apart, None], {"k": 3}, shape=(1, 1), expected=[[14 / 3]]),
        *(
            Case(
                f"{name} {metric}", [zero, *leaves, nodes], {**tree, "metric": metric}, shape=(1, 1), expected=[[mean]]
            )
            for metric in (1, 2)
            for name, nodes, tree, mean in (
                ("no tree", None, {"k": 2, "tree": 0}, 4.5),
                ("boxes", intervals, {"k": 2, "tree": 1}, 6),
                ("balls", discs, {"k": 2, "tree": 2}, 6),
            )
        ),
        case("Manhattan", values, k=3, metric=1),
        Case(
            "votes",
            [x, line, classes, None],
            {"k": 3, "classes": 3},
            shape=(1, 3),
            expected=[[1 / 3, 2 / 3, 0], [1 / 3, 2 / 3, 0], [2 / 3, 1 / 3, 0], [NAN] * 3],
        ),
        *(many(k, weights=weights, metric=metric) for k in (1, 5, 64) for weights in (0, 1) for metric in (1, 2)),
        *(
            Case(
                f"ties {k} {weights} {metric} {tree} {0 if nodes is None else len(nodes)}",
                [on_grid, grid, labels, None if nodes is None else constant(dtype, nodes)],
                {"k": k, "weights": weights, "metric": metric, "classes": 3, "tree": tree},
                shape=(1, 3),
            )
            for k in (1, 4, 7)
            for weights in (0, 1)
            for metric in (1, 2)
            for tree, nodes in ((0, None), (1, boxes), (1, deep), (1, one_box), (2, balls))
        ),
        *(bad(f"k {k}", PARAM, k=k) for k in (0, -1, 5, 2**31 - 1)),
        Case("k 65", [x, random(dtype, 70, 1), random(dtype, 70, 1), None], {"k": 65}, shape=(1, 1), status=PARAM),
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
        no_tree("unknown tree", PARAM, [[0, 3]], 3),
        no_tree("negative tree", PARAM, [[0, 3]], -1),
        no_tree("nodes and no tree", PARAM, [[0, 3]], 0),
        no_tree("a tree and no nodes", PARAM, None, 1),
        no_tree("two nodes", SHAPE, [[0, 3], [0, 1]], 1),
        no_tree("wide boxes", SHAPE, [[0, 3, 3]], 1),
        no_tree("wide balls", SHAPE, [[0, 3, 3]], 2),
        no_tree("a deep tree", SHAPE, np.zeros((2**17 - 1, 2)), 1),
        *(no_tree(f"node {value}", CONSTANT, [[0, value]], tree) for value in (NAN, INF) for tree in (1, 2)),
    ]


CASES = floats(cases)
