"""Moves a reshape behind operators that treat elements alike, so that these stand beside the layer they belong to.

A dense layer over [batch, time, features] is a reshape to rows and one back; its bias and activation come after that
and could not be taken in. Constants get the axes of the untouched operand. Costs nothing.
"""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Array, Graph, Node, Shape, Value, constant

from .move_transposes import ALIKE, BROADCAST


def apply(graph: Graph) -> bool:
    """Move reshapes one step; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        if node.op in ALIKE or node.op in BROADCAST:
            changed |= _sink(graph, node)
    return changed


def _sink(graph: Graph, node: Node) -> bool:
    activations = [value for value in node.inputs if value is not None and value.data is None]
    if len(activations) != 1 or len(node.outputs) != 1:
        return False
    x, y = activations[0], node.outputs[0]
    reshape = graph.producer(x)
    if reshape is None or reshape.op != "reshape" or x.shape != y.shape or graph.is_output(x):
        return False
    before = reshape.inputs[0]
    # A state changes under its readers.
    if before is None or len(graph.consumers(x)) != 1 or any(before is state for state in graph.states):
        return False
    operands: list[Value | None] = []
    for value in node.inputs:
        if value is x:
            operands.append(before)
        elif value is None or value.data is None or node.op in ALIKE:
            operands.append(value)
        else:
            data = _aligned(value.data, x.shape, before.shape)
            if data is None:
                return False
            operands.append(constant(data))
            operands[-1].quant = value.quant  # type: ignore[union-attr]
    inner = Value(y.dtype, before.shape, quant=y.quant)
    node.inputs, node.outputs = operands, [inner]
    reshape.inputs, reshape.outputs = [inner], [y]
    graph.nodes.insert_after(node, reshape)
    return True


def _aligned(data: Array, shape: Shape, before: Shape) -> Array | None:
    """A constant that broadcasts to ``shape`` so that it does to ``before``; None where axes were joined or split."""
    if data.size == 1:
        return data.reshape(())
    targets = [axis for axis, size in enumerate(shape) if size != 1]
    sources = [axis for axis, size in enumerate(before) if size != 1]
    wide = data.reshape((1,) * (len(shape) - data.ndim) + data.shape)
    if [shape[axis] for axis in targets] == [before[axis] for axis in sources]:
        sizes = [1] * len(before)
        for target, source in zip(targets, sources):
            sizes[source] = wide.shape[target]
        return np.ascontiguousarray(wide.reshape(sizes))
    last_alone = shape[-1:] == before[-1:] and all(size == 1 for size in wide.shape[:-1])
    return np.ascontiguousarray(wide.reshape(-1)) if last_alone else None
