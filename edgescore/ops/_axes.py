"""What operators on tensors of any rank share: which axis is meant, which shapes broadcast."""

from __future__ import annotations

SHAPE, CONSTANT, PARAM = -10, -13, -15


def axis_of(axis: int, shape: tuple[int, ...]) -> int | None:
    """An axis that may count from the end as one that does not; None where there is no such axis."""
    from_start = axis + len(shape) if axis < 0 else axis
    return from_start if 0 <= from_start < len(shape) else None


def but(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """A shape without one axis, which does not count from the end."""
    return shape[:axis] + shape[axis + 1 :]


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether numpy would broadcast ``shape`` to ``to``."""
    missing = len(to) - len(shape)
    return missing >= 0 and all(size in (1, whole) for size, whole in zip(shape, to[missing:]))
