"""Compares an imported boosting model with its library: on data, at its thresholds, on what is no ordinary number."""

from __future__ import annotations

from typing import Any

import numpy as np
from evaluate import compare
from numpy.typing import NDArray

import edgescore
from edgescore_converters import passes
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers import Imported, import_model
from edgescore_converters.writer import encode

Array = NDArray[Any]


def rows_for(imported: Imported, data: Array, limit: int = 400) -> Array:
    """``data``, and rows with one column at a threshold, one ulp beside it, or at NaN, infinities and the like."""
    rows = data.astype(np.float64) if data.dtype != object else data.copy()
    dtype = np.dtype(imported.graph.inputs[0].value.dtype).type
    cells: list[tuple[int, float]] = []
    for column, feature in enumerate(imported.graph.inputs[0].features):
        if feature.categories is None:
            values = imported.probes.get(column, np.zeros(1)).astype(dtype)[:limit]
            near = (values, np.nextafter(values, dtype(-np.inf)), np.nextafter(values, dtype(np.inf)))
            special = [np.inf, -np.inf, -0.0, 1e-40, 3e38, -1.0, 0.5, np.nan]
            cells += [(column, float(value)) for value in [*np.concatenate(near).tolist(), *special]]
    changed = rows[np.arange(len(cells)) % len(rows)].copy()
    for row, (column, value) in zip(changed, cells, strict=True):
        row[column] = value
    return np.concatenate([rows, changed])


def agree(source: Any, data: Array, tolerance: float = 1e-6, **options: Any) -> Imported:
    """Import ``source`` and compare it by reference, after the passes, and by the runtime."""
    imported = import_model(source, **options)
    port = imported.graph.inputs[0]
    assert port.nan
    rows = rows_for(imported, data)
    if rows.dtype != object:
        with np.errstate(over="ignore"):
            rows = rows.astype(port.value.dtype).astype(np.float64)
    expected = imported.oracle(rows)
    for output, want in zip(imported.graph.outputs, expected, strict=True):
        width = () if output.squeeze or output.role == "label" else (output.value.shape[-1],)
        assert want.shape == (len(rows), *width), output.name
    compare(imported.graph, evaluate(imported.graph, rows), expected, tolerance)
    imported.graph = imported.graph.copy()
    passes.run(imported.graph)
    compare(imported.graph, edgescore.load(encode(imported.graph)).outputs(rows), expected, tolerance)
    return imported
