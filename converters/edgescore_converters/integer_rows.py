"""Gives a model of trees rows of integers: thresholds become integers, and nothing floats before the leaves.

x <= t asks the same of an integer as x <= floor(t), so nothing is lost; int8 and uint8 rows are widened to int16, which
is what trees read. Only what trees read without arithmetic can be an integer: everything else is refused by name.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgescore_converters import passes
from edgescore_converters.ensembles import input_columns
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Array, Graph, Value
from edgescore_converters.nodes import Nodes

DTYPES = ("int8", "int16", "uint8")


def take_integers(graph: Graph, dtype: str) -> None:
    """Make the input of ``graph`` one of integers of ``dtype``, in place. Raises ConvertError where it cannot be."""
    passes.run(graph)
    if len(graph.inputs) != 1 or not any(isinstance(node.origin, Ensemble) for node in graph.nodes):
        raise ConvertError(f"{dtype} rows are for models of decision trees with one input; give floats to this one")
    port = graph.inputs[0]
    if text := [f.name for f in port.features if any(isinstance(each, (str, bool)) for each in f.categories or [])]:
        raise ConvertError(f"column {text[0]!r} takes text, which {dtype} rows cannot hold; leave the input type out")
    rows = Value(dtype, port.value.shape, name=port.value.name)
    nodes, graph.nodes = list(graph.nodes), Nodes()
    read = rows if dtype == "int16" else graph.add("cast", rows, dtype="int16")
    sums: list[tuple[Value, Value]] = []
    for node in nodes:
        if isinstance(node.origin, Ensemble):
            assert node.inputs[0] is not None
            ensemble = _on_columns(node.origin, input_columns(graph, node.inputs[0]), port.value.shape[-1], dtype)
            sums.append((node.outputs[0], add_ensemble(graph, read, ensemble)))
        else:
            graph.nodes.append(node)
    for old, new in sums:
        graph.rewire(old, new)
    passes.drop_dead_nodes.apply(graph)
    if others := _readers(graph, port.value):
        raise ConvertError(f"{dtype} rows are for trees alone, but the model's {', '.join(others)} reads its input too")
    port.value, port.nan = rows, False
    port.features = [replace(feature, nan=False) for feature in port.features]


def _readers(graph: Graph, value: Value) -> list[str]:
    """The operators that read ``value``, or a copy of it."""
    found = {node.op for node in graph.consumers(value)}
    for node in graph.consumers(value):
        if node.op in ("cast", "columns", "concat"):
            found.update(_readers(graph, node.outputs[0]))
    return sorted(found - {"cast", "columns", "concat"}) or sorted(found)


def _on_columns(ensemble: Ensemble, columns: Array, width: int, dtype: str) -> Ensemble:
    """The ensemble over the columns of the row itself."""
    split = ensemble.feature >= 0
    place = np.where(split, columns[ensemble.feature], -1)
    if np.any(place[split] < 0):
        raise ConvertError(f"{dtype} rows are for trees that read their input as it is, but a column is computed first")
    return replace(ensemble, n_features=width, feature=place.astype(np.int32))


def check_rows(graph: Graph, rows: Array) -> None:
    """Raises ConvertError naming the first of ``rows`` [n, columns] that inputs of integers cannot hold."""
    start = 0
    for port in graph.inputs:
        here = slice(start, start + port.value.shape[-1])
        start = here.stop
        if port.value.dtype not in DTYPES:
            continue
        limits, values = np.iinfo(port.value.dtype), rows[:, here].astype(np.float64)
        bad = np.argwhere(~((values >= limits.min) & (values <= limits.max) & (values == np.floor(values))))
        if len(bad):
            row, column = bad[0].tolist()
            name = (port.features[column].name if port.features else "") or f"column {column}"
            raise ConvertError(f"row {row}, {name}: {values[row, column]:g} is no {port.value.dtype}")
