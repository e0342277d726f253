"""Evaluates a graph with numpy through each operator's ``reference``: the slow truth that lossy steps measure on.

Rows enter through the device's own encoder, so text, categories and widths mean what they mean at prediction. It
refuses graphs that are not row-wise, and no value: NaN and infinities flow through as the operators define.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np

from edgescore._encode import Encoder
from edgescore._info import Info
from edgescore.format import schema
from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Array, Graph, Node, Port, Value

BLOCK_ROWS = 1024  # bounds the memory of references that build [rows, references, columns]


def evaluate(graph: Graph, rows: Any, keep: Sequence[Value] | None = None) -> list[Array]:
    """What ``keep`` holds for each row, an array [n, k] for each value; the graph's outputs when None.

    rows: [n, columns], the columns of all inputs side by side; object dtype where there is text. Raises ConvertError
    for another width, InputError (naming the feature) for a row that the device would refuse.
    """
    if not graph.is_rowwise():
        raise ConvertError("only row-wise models can be evaluated on rows: an activation is not of shape (1, k)")
    wanted = [port.value for port in graph.outputs] if keep is None else list(keep)
    table = np.asarray(rows)
    widths = [port.value.shape[-1] for port in graph.inputs]
    if table.ndim != 2 or table.shape[1] != sum(widths):
        raise ConvertError(f"rows have shape {table.shape}; the model takes rows of {sum(widths)} values")
    ends = [0, *np.cumsum(widths)]
    inputs = [_encoded(port, table[:, a:b]) for port, (a, b) in zip(graph.inputs, pairwise(ends))]
    nodes = _needed(graph, wanted)
    blocks = [
        _run(graph, nodes, [given[at : at + BLOCK_ROWS] for given in inputs], wanted)
        for at in range(0, max(len(table), 1), BLOCK_ROWS)
    ]
    return [np.concatenate(parts) for parts in zip(*blocks)]


def _encoded(port: Port, rows: Array) -> Array:
    dtype = schema.DTYPE_BY_NAME[port.value.dtype]
    if not dtype.name.startswith("float") and rows.dtype.kind == "f":
        rows = rows.astype(dtype.name)  # tables of numbers are floats here; that these are whole was checked
    info = Info(port.name, dtype, port.value.shape, False, port.nan, port.squeeze)
    buffer, _, _ = Encoder(info, cast(Any, port.features)).encode(rows)
    return np.frombuffer(buffer, port.value.dtype).reshape(len(rows), port.value.shape[-1])


def _needed(graph: Graph, wanted: list[Value]) -> list[Node]:
    ids = {id(value) for value in wanted}
    nodes: list[Node] = []
    for node in reversed(graph.nodes):
        if any(id(value) in ids for value in node.outputs):
            ids.update(id(value) for value in node.inputs)
            nodes.append(node)
    return nodes[::-1]


def _run(graph: Graph, nodes: list[Node], inputs: list[Array], wanted: list[Value]) -> list[Array]:
    known = {id(port.value): rows for port, rows in zip(graph.inputs, inputs)}
    with np.errstate(all="ignore"):
        for node in nodes:
            operands = [None if v is None else known[id(v)] if v.data is None else v.data for v in node.inputs]
            known.update(zip(map(id, node.outputs), call(node, operands)))
    return [known[id(value)] for value in wanted]


def call(node: Node, operands: Sequence[Array | None]) -> list[Array]:
    """The outputs of one node for ``operands``, in the dtypes of its outputs."""
    op = node.record
    extra: dict[str, Any] = {"dtype": np.dtype(node.outputs[0].dtype)} if op.wants_dtype else {}
    if op.wants_shape:
        extra["shape"] = node.outputs[0].shape
    results = op.reference(np, *operands, **node.params, **extra)
    results = results if isinstance(results, tuple) else (results,)
    return [np.asarray(result).astype(value.dtype, copy=False) for result, value in zip(results, node.outputs)]
