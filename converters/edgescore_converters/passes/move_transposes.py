"""Lets transposes that undo each other meet and vanish: those of models with channels second, computed channels last.

Two in a row become one; one before an operator that treats elements alike moves behind it, where that operator alone
reads it. What moves nothing but axes of one element is a reshape. Costs nothing: elements are computed as before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edgescore_converters.ir import Graph, Node, Value, constant

Order = tuple[int, ...]

# Not quantize and dequantize: qdq_to_integers keeps moves on the side of the integers.
ALIKE = frozenset((
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "bitwise_not", "cast", "ceil", "celu", "clip", "cos",
    "cosh", "elu", "erf", "exp", "expm1", "floor", "gelu", "hard_sigmoid", "hard_swish", "is_inf",
    "is_nan", "leaky_relu", "log", "log1p", "logical_not", "mish", "neg", "reciprocal", "relu",
    "requantize", "round", "rsqrt", "selu", "shrink", "sigmoid", "sign", "sin", "sinh", "softplus", "softsign", "sqrt",
    "swish", "table", "tan", "tanh", "thresholded_relu",
))  # fmt: skip
BROADCAST = frozenset((
    "add", "add_fused_int8", "add_int8", "bitwise_and", "bitwise_or", "bitwise_xor", "div", "equal", "less",
    "less_equal", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "mod", "mul", "mul_int8", "power",
    "prelu", "shift", "sub", "where",
))  # fmt: skip
REDUCTIONS = frozenset(("reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod", "reduce_mean_int8"))


def apply(graph: Graph) -> bool:
    """Merge and move transposes; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        if node not in graph.nodes:
            continue
        if node.op == "transpose":
            changed |= _merge(graph, node) or _as_reshape(node)
        else:
            changed |= _sink(graph, node)
    return changed


def _order(node: Node) -> Order:
    """Axis i of the result is axis order[i] of the operand."""
    operand = node.inputs[1]
    assert operand is not None
    assert operand.data is not None
    return tuple(int(axis) for axis in operand.data)


def _merge(graph: Graph, node: Node) -> bool:
    """Let a transpose read what the one before it read; drop one that moves nothing."""
    x = node.inputs[0]
    assert x is not None
    before = graph.producer(x)
    changed = before is not None and before.op == "transpose" and not _is_state(graph, before.inputs[0])
    if changed and before is not None:
        node.inputs = [before.inputs[0], _constant([_order(before)[axis] for axis in _order(node)])]
        x = before.inputs[0]
        assert x is not None
    y = node.outputs[0]
    if list(_order(node)) != sorted(_order(node)) or _is_state(graph, x):
        return changed
    if not graph.is_output(y) or (graph.producer(x) is not None and not graph.is_output(x)):
        graph.rewire(y, x)
        graph.nodes.remove(node)
        return True
    return changed


def _as_reshape(node: Node) -> bool:
    x = node.inputs[0]
    assert x is not None
    moved = [axis for axis in _order(node) if x.shape[axis] != 1]
    if moved != sorted(moved):
        return False
    node.op, node.inputs, node.params = "reshape", [x], {}
    return True


def _sink(graph: Graph, node: Node) -> bool:
    """Move the transposes before ``node`` behind it where it treats elements alike."""
    move = _mover(node.op)
    if move is None or len(node.outputs) != 1:
        return False
    makers = [graph.producer(value) for value in node.inputs if value is not None and value.data is None]
    if not makers or any(maker is None or maker.op != "transpose" for maker in makers):
        return False
    transposes = [maker for maker in makers if maker is not None]
    orders = {_order(maker) for maker in transposes}
    sole = all(len(graph.consumers(m.outputs[0])) == 1 and not graph.is_output(m.outputs[0]) for m in transposes)
    if (
        len(orders) != 1
        or not (sole or _rejoins(graph, node, transposes[0].outputs[0]))
        or any(_is_state(graph, maker.inputs[0]) for maker in transposes)
    ):
        return False
    order = orders.pop()
    inputs = [graph.producer(v).inputs[0] if v is not None and v.data is None else v for v in node.inputs]  # type: ignore[union-attr]
    y = node.outputs[0]
    made = move(node, order, inputs)
    if made is None:
        return False
    moved, behind = made
    inner = Value(y.dtype, tuple(_unmoved(y.shape, behind)), quant=y.quant)
    node.inputs, node.params, node.outputs = moved.inputs, moved.params, [inner]
    graph.nodes.insert_after(node, Node("transpose", [inner, _constant(behind)], [y]))
    for maker in transposes:
        if maker in graph.nodes and not graph.consumers(maker.outputs[0]) and not graph.is_output(maker.outputs[0]):
            graph.nodes.remove(maker)
    return True


def _rejoins(graph: Graph, node: Node, x: Value) -> bool:
    """Whether x goes two ways, through ``node`` and straight, that meet again: x * sigmoid(x)."""
    if graph.is_output(x) or len(graph.consumers(x)) != 2:
        return False
    while node.op in ALIKE or node.op in BROADCAST:
        readers = graph.consumers(node.outputs[0])
        if len(readers) != 1 or graph.is_output(node.outputs[0]):
            return False
        node = readers[0]
        if any(x is operand for operand in node.inputs):
            return node.op in BROADCAST
    return False


Move = Callable[[Node, Order, list[Value | None]], "tuple[Node, Order] | None"]


def _mover(op: str) -> Move | None:
    if op in ALIKE:
        return lambda node, order, inputs: (Node(op, inputs, [], node.params), order)
    if op in BROADCAST:
        return _broadcast
    if op in REDUCTIONS:
        return _reduction
    return {"concat": _concat, "pad": _pad, "reshape": _reshape, "slice": _slice}.get(op)


def _broadcast(node: Node, order: Order, inputs: list[Value | None]) -> tuple[Node, Order] | None:
    """Constants get the axes of the untransposed operands."""
    rank = len(order)
    if len(node.outputs[0].shape) != rank:
        return None
    operands: list[Value | None] = []
    for value in inputs:
        if value is None or value.data is None:
            if value is not None and len(value.shape) != rank:
                return None
            operands.append(value)
        elif value.data.size == 1:
            operands.append(value)
        else:
            wide = value.data.reshape((1,) * (rank - value.data.ndim) + value.data.shape)
            operands.append(constant(np.ascontiguousarray(wide.transpose(np.argsort(order)))))
            operands[-1].quant = value.quant  # type: ignore[union-attr]
    return Node(node.op, operands, [], node.params), order


def _reduction(node: Node, order: Order, inputs: list[Value | None]) -> tuple[Node, Order] | None:
    axes = [axis for axis in range(len(order)) if node.params["axes"] >> axis & 1]
    params = node.params | {"axes": sum(1 << order[axis] for axis in axes)}
    if len(node.outputs[0].shape) == len(order):
        return Node(node.op, inputs, [], params), order
    kept = [order[axis] for axis in range(len(order)) if axis not in axes]
    behind = tuple(sorted(kept).index(axis) for axis in kept)
    return (Node(node.op, inputs, [], params), behind) if len(node.outputs[0].shape) == len(kept) else None


def _concat(node: Node, order: Order, inputs: list[Value | None]) -> tuple[Node, Order] | None:
    return Node(node.op, inputs, [], node.params | {"axis": order[node.params["axis"] % len(order)]}), order


def _pad(node: Node, order: Order, inputs: list[Value | None]) -> tuple[Node, Order] | None:
    return Node(node.op, [inputs[0], _unmoved_constant(inputs[1], order)], [], node.params), order


def _reshape(node: Node, order: Order, inputs: list[Value | None]) -> tuple[Node, Order] | None:
    """One that adds or drops axes of one element."""
    x, y = inputs[0], node.outputs[0]
    assert x is not None
    sources = [axis for axis in order if x.shape[axis] != 1]
    targets = [axis for axis, size in enumerate(y.shape) if size != 1]
    if [x.shape[axis] for axis in sources] != [y.shape[axis] for axis in targets]:
        return None
    place = dict(zip(targets, sources))
    arranged = sorted(range(len(y.shape)), key=lambda axis: place.get(axis, -1))
    return Node("reshape", inputs, []), tuple(arranged.index(axis) for axis in range(len(y.shape)))


def _slice(node: Node, order: Order, inputs: list[Value | None]) -> tuple[Node, Order] | None:
    operands = [inputs[0], *(_unmoved_constant(value, order) for value in inputs[1:])]
    return Node(node.op, operands, [], node.params), order


def _unmoved(values: Sequence[int], order: Order) -> list[int]:
    """Values by axis of the result, by axis of the operand."""
    found = [0] * len(order)
    for value, axis in zip(values, order):
        found[axis] = int(value)
    return found


def _unmoved_constant(value: Value | None, order: Order) -> Value:
    assert value is not None
    assert value.data is not None
    return _constant(_unmoved(value.data.tolist(), order))


def _constant(numbers: Sequence[int]) -> Value:
    return constant(np.asarray(numbers, np.int32))


def _is_state(graph: Graph, value: object) -> bool:
    # A state changes under its readers.
    return any(value is state for state in graph.states)
