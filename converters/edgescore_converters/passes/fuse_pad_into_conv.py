"""Moves padding by zeros into the convolution behind it, which pads for free; a transpose between them comes first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgescore_converters.ir import Graph, Node, Value

CONVOLUTIONS = {"conv": 0.0, "conv_int8": None}  # what they pad with; None: the zero point
AXES = "dhw"


def apply(graph: Graph) -> bool:
    """Fuse pads whose only reader is a convolution; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        if node.op not in CONVOLUTIONS:
            continue
        maker = _sole_maker(graph, node.inputs[0])
        transpose = maker if maker is not None and maker.op == "transpose" else None
        pad = maker if transpose is None else _sole_maker(graph, transpose.inputs[0])
        if pad is not None and pad.op == "pad" and _fuse(graph, node, transpose, pad):
            graph.nodes.remove(pad)
            changed = True
    return changed


def _sole_maker(graph: Graph, value: Value | None) -> Node | None:
    if value is None or graph.is_output(value) or len(graph.consumers(value)) != 1:
        return None
    return graph.producer(value)


def _fuse(graph: Graph, conv: Node, transpose: Node | None, pad: Node) -> bool:
    source, begins, padded = pad.inputs[0], pad.inputs[1], conv.inputs[0]
    if source is None or begins is None or begins.data is None or padded is None:
        return False
    order: Sequence[int] = range(len(source.shape))
    if transpose is not None:
        turned = transpose.inputs[1]
        if turned is None or turned.data is None:
            return False
        order = turned.data.tolist()
    fill = CONVOLUTIONS[conv.op]
    if pad.params["mode"] != 0 or pad.params["value"] != (conv.params["x_zero"] if fill is None else fill):
        return False
    before, shape = begins.data[np.asarray(order)].tolist(), tuple(source.shape[axis] for axis in order)
    if before[0] or before[-1] or shape[0] != padded.shape[0] or shape[-1] != padded.shape[-1]:
        return False
    for axis, amount in zip(AXES[-len(before[1:-1]) :], before[1:-1]):
        conv.params[f"pad_{axis}"] += amount
    if transpose is None:
        conv.set_input(0, source)
    else:
        inner = Value(source.dtype, shape, quant=source.quant)
        transpose.set_input(0, source)
        transpose.outputs = [inner]
        conv.set_input(0, inner)
    return True
