"""Compares an imported estimator with scikit-learn row by row: by the operators' references, and by the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgescore
from edgescore_converters import passes
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers import Imported, import_model
from edgescore_converters.ir import Graph
from edgescore_converters.passes import narrow_floats
from edgescore_converters.writer import encode

Array = NDArray[Any]


def compare(graph: Graph, outputs: Sequence[Array], expected: Sequence[Array], tolerance: float) -> None:
    """Every label equal, every score within ``tolerance``: absolute, or of the range for what is no probability."""
    assert len(outputs) == len(expected) == len(graph.outputs)
    for port, have, want in zip(graph.outputs, outputs, expected, strict=True):
        ours, theirs = np.asarray(have).reshape(want.shape), np.asarray(want)
        if port.role == "label":
            wrong = np.flatnonzero(ours != theirs)
            assert not wrong.size, f"{port.name}: rows {wrong[:5]} are {ours[wrong[:5]]}, not {theirs[wrong[:5]]}"
            continue
        finite = theirs[np.isfinite(theirs)]
        scale = (
            1.0 if port.name.startswith("probabilities") else max(1.0, float(np.ptp(finite)) if finite.size else 1.0)
        )
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * scale, equal_nan=True, err_msg=port.name)


def check(
    estimator: Any, rows: Any, *, tolerance: float = 1e-6, narrow: float | None = 1e-4, **options: Any
) -> Imported:
    """Import and compare: the graph as imported, after the passes, as a file, and (within ``narrow``) in float32.

    Returns the import with the last of these graphs.
    """
    imported = import_model(estimator, **options)
    dtype = np.dtype(imported.graph.inputs[0].value.dtype)
    table = np.asarray(rows)
    if table.dtype != object:
        table = table.astype(dtype).astype(np.float64)
    else:
        table = np.vectorize(lambda v: float(dtype.type(v)) if isinstance(v, float) else v, otypes=[object])(table)
    expected = imported.oracle(table)
    for port, want in zip(imported.graph.outputs, expected, strict=True):
        width = () if port.squeeze or port.role == "label" else (port.value.shape[-1],)
        assert want.shape == (len(table), *width), port.name
    compare(imported.graph, evaluate(imported.graph, table), expected, tolerance)
    imported.graph = imported.graph.copy()
    passes.run(imported.graph)
    compare(imported.graph, evaluate(imported.graph, table), expected, tolerance)
    compare(imported.graph, edgescore.load(encode(imported.graph)).outputs(table), expected, tolerance)
    if narrow is not None:
        narrow_floats.apply(imported.graph)
        passes.run(imported.graph)
        compare(imported.graph, evaluate(imported.graph, table), expected, narrow)
    return imported
