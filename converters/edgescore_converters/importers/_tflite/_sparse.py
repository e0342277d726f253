"""Constants stored sparsely: the elements, or blocks of them, that are not zero, with where they belong.

The format is TensorFlow Lite's SparsityParameters: the axes of the tensor and, behind them, those of its blocks, walked
in an order of their own; each level is stored whole (dense) or as lists of places (CSR).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Array, Shape

DENSE = 0
MOST = 1 << 24  # elements of such a tensor


def spread(sparsity: Any, values: Array, shape: Shape) -> Array:
    """``values`` in a tensor of ``shape``, zeros between. Raises ValueError for what contradicts itself."""
    order, blocked = _listed(sparsity.traversalOrder).tolist(), _listed(sparsity.blockMap).tolist()
    levels = sparsity.dimMetadata or []
    if np.prod(shape, dtype=np.float64) > MOST:
        raise ValueError(f"it is stored sparsely, and {shape} is more than {MOST} elements")
    fits = sorted(order) == list(range(len(shape) + len(blocked))) and len(levels) == len(order)
    if not fits or sorted(set(blocked)) != sorted(blocked) or not set(blocked) <= set(range(len(shape))):
        raise ValueError(f"its sparse axes {order} and blocks {blocked} do not fit {shape}")
    places: list[Array] = []  # of each element so far, level by level
    count = 1
    for level in levels:
        chosen, behind = _level(level, count)
        places = [*[place[behind] for place in places], chosen]
        count = len(chosen)
    if count != len(values):
        raise ValueError(f"it has {len(values)} sparse elements for {count} places")
    at = dict(zip(order, places))
    for number, axis in enumerate(blocked):
        inner = len(shape) + number
        at[axis] = at[axis] * int(levels[order.index(inner)].denseSize) + at[inner]
    if any(len(at[axis]) and not 0 <= at[axis].min() <= at[axis].max() < size for axis, size in enumerate(shape)):
        raise ValueError(f"its sparse places leave {shape}")
    full = np.zeros(shape, values.dtype)
    full[tuple(at[axis] for axis in range(len(shape)))] = values
    return full


def _level(level: Any, count: int) -> tuple[Array, Array]:
    """(the place of each element along a level's axis, the number of the element of the level before) for ``count``
    elements there.
    """
    if level.format == DENSE:
        size = int(level.denseSize)
        if not 0 <= size * count <= MOST:
            raise ValueError(f"its sparse axes have {size * count} places")
        return np.tile(np.arange(size), count), np.repeat(np.arange(count), size)
    starts, chosen = (_listed(part and part.values) for part in (level.arraySegments, level.arrayIndices))
    held = np.diff(starts)
    if len(held) != count or starts[0] != 0 or (held < 0).any() or starts[-1] != len(chosen):
        raise ValueError("its sparse segments and indices do not fit")
    return chosen, np.repeat(np.arange(count), held)


def _listed(vector: Any) -> Array:
    """Whole numbers, whatever width they are stored in; none where they are absent."""
    return np.asarray([] if vector is None else vector, np.int64).reshape(-1)
