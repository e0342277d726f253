"""Cases of where: every dtype, each operand broadcast or constant; shapes that do not broadcast."""

from __future__ import annotations

from tests.ops.cases._case import SHAPE, Case, constant
from tests.ops.cases._tensors import DTYPES, each, given, tensors


def cases(dtype: str) -> list[Case]:
    condition, a, b = given("bool", [1, 0, 1]), given(dtype, [1, 1, 0]), constant(dtype, 0)
    return [
        Case("by hand", [condition, a, b], shape=(3,), expected=[[1, 0, 0]]),
        Case("all alike", [tensors("bool", 2, 3), tensors(dtype, 2, 3), tensors(dtype, 2, 3, seed=1)], shape=(2, 3)),
        Case("broadcast", [tensors("bool", 2, 1, 3), tensors(dtype, 4, 1), tensors(dtype, 2, 4, 3)], shape=(2, 4, 3)),
    ]


def bad(name: str, *shapes: tuple[int, ...]) -> Case:
    *operands, output = shapes
    made = [tensors(dtype, *shape) for dtype, shape in zip(("bool", "int16", "int16"), operands)]
    return Case(name, made, shape=output, status=SHAPE)


CASES = each(DTYPES, cases)
CASES += [
    Case("numbers", [tensors("bool"), tensors("int16"), tensors("int16", seed=1)], shape=()),
    Case("one condition", [tensors("bool"), tensors("int16", 2, 3), tensors("int16", 3, seed=1)], shape=(2, 3)),
    Case("larger than all", [tensors("bool", 3), tensors("int16"), tensors("int16", seed=1)], shape=(2, 3)),
    bad("another condition", (4,), (2, 3), (2, 3), (2, 3)),
    bad("another a", (2, 3), (3, 2), (2, 3), (2, 3)),
    bad("another b", (2, 3), (2, 3), (1, 2, 3), (2, 3)),
]
