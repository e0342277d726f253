"""Collects what activations look like on calibration rows.

Refuses activations that are never finite there: a range cannot be chosen for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Array, Graph, Value


def observe(graph: Graph, rows: Array, values: Sequence[Value]) -> dict[int, NDArray[np.float64]]:
    """By value id, what each of ``values`` holds for ``rows``, [n, k]; what is not finite becomes 0.

    Zero is in every quantized range, so that it stretches none. Raises ConvertError for a value that is never finite.
    """
    seen = {}
    for value, array in zip(values, evaluate(graph, rows, values)):
        finite = np.isfinite(array)
        if not finite.any():
            name = value.name or "an activation"
            raise ConvertError(f"{name} is never finite on the calibration rows: give rows like those of training")
        seen[id(value)] = np.where(finite, array, 0.0).astype(np.float64)
    return seen
