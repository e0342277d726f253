"""Cases of matmul: every dtype, batches that broadcast, constants, vectors as matrices; shapes that do not fit."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import INF, NAN, SHAPE, Array, Case, Rows, constant, rows
from tests.ops.cases._tensors import NUMBERS, each, given


def part(dtype: str, *shape: int) -> Rows:
    return rows(dtype, np.empty((0, *shape)), low=-1, high=2, seed=sum(shape))


def fixed(dtype: str, *shape: int) -> Array:
    return constant(dtype, np.random.default_rng(0).integers(-3, 3, shape))


def cases(dtype: str) -> list[Case]:
    by_hand = [given(dtype, [[1, 2], [3, 4]]), given(dtype, [[5, 6, 0], [7, 8, 1]])]
    shapes: list[tuple[str, tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = [
        ("row", (1, 5), (5, 7), (1, 7)),
        ("column", (6, 5), (5, 1), (6, 1)),
        ("outer product", (6, 1), (1, 17), (6, 17)),
        ("batch", (3, 2, 4), (3, 4, 5), (3, 2, 5)),
        ("one matrix for all", (3, 2, 4), (4, 5), (3, 2, 5)),
        ("one first matrix for all", (2, 4), (3, 4, 5), (3, 2, 5)),
        ("batches crossed", (2, 1, 2, 4), (5, 4, 3), (2, 5, 2, 3)),
        ("rank 6", (2, 1, 2, 1, 2, 3), (1, 2, 2, 2, 3, 2), (2, 2, 2, 2, 2, 2)),
    ]
    return [
        Case("by hand", by_hand, shape=(2, 3), expected=[[[19, 22, 2], [43, 50, 4]]]),
        Case("second constant", [part(dtype, 3, 4), fixed(dtype, 4, 6)], shape=(3, 6)),
        Case("first constant", [fixed(dtype, 3, 4), part(dtype, 2, 4, 6)], shape=(2, 3, 6)),
        *(Case(name, [part(dtype, *a), part(dtype, *b)], shape=y) for name, a, b, y in shapes),
    ]


def bad(name: str, a: tuple[int, ...], b: tuple[int, ...], y: tuple[int, ...]) -> Case:
    return Case(name, [part("float32", *a), part("float32", *b)], shape=y, status=SHAPE)


CASES = each(NUMBERS, cases)
CASES += [
    Case(
        "NaN and infinity",
        [given("float32", [[INF, 1]], [[0, NAN]]), constant("float32", [[0], [1]])],
        shape=(1, 1),
        expected=[[[NAN]]] * 2,
    ),
    Case(
        "int32 wraps around", [given("int32", [[2**31 - 1]]), constant("int32", [[2]])], shape=(1, 1), expected=[[[-2]]]
    ),
    Case(
        "int64 wraps around",
        [given("int64", np.array([[2**63 - 1]])), constant("int64", [[2]])],
        shape=(1, 1),
        expected=[[[-2]]],
    ),
    bad("inner sizes differ", (2, 3), (4, 5), (2, 5)),
    bad("other rows", (2, 3), (3, 5), (3, 5)),
    bad("other columns", (2, 3), (3, 5), (2, 4)),
    bad("batches differ", (2, 2, 3), (3, 3, 5), (3, 2, 5)),
    bad("batches that the output has not", (2, 2, 3), (3, 5), (2, 5)),
    bad("other batches in the output", (2, 2, 3), (2, 3, 5), (3, 2, 5)),
    bad("first is a vector", (3,), (3, 5), (1, 5)),
    bad("second is a vector", (2, 3), (3,), (2, 1)),
    bad("output is a vector", (1, 3), (3, 1), (1,)),
]
