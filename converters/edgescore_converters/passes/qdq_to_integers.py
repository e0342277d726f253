"""Makes integer operators of real ones between dequantize and quantize: what quantizers for ONNX write.

Moves of elements pass to the integers' side first, so that a layer, its activation and its quantize stand together. A
layer's weights must lie on the integers that its ``origin`` says they were; else it stays as it is. Results may lie one
step from those of the real operator, where the real number lies between two integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgescore.format import schema
from edgescore.ops import OPS
from edgescore_converters.evaluate import call
from edgescore_converters.ir import Array, Graph, IntegerKernel, Node, Value, constant

from ._integer_operators import LIMITS, OPERATORS, Quant, Result

# What gives some of the numbers it is given; of several operands where they are JOINS.
MOVES = (
    "reshape", "transpose", "slice", "expand", "tile", "pad", "gather", "max_pool", "concat", "copy", "reduce_max",
    "reduce_min", "maximum", "minimum",
)  # fmt: skip
JOINS = ("concat", "maximum", "minimum")
# Functions of one element, which a table of 256 answers replaces.
FUNCTIONS = frozenset((
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atanh", "ceil", "celu", "clip", "cos", "cosh", "div",
    "elu", "erf", "exp", "expm1", "floor", "gelu", "hard_sigmoid", "hard_swish", "log", "log1p", "maximum", "minimum",
    "mish", "mul", "power", "prelu", "relu", "round", "shrink", "sigmoid", "sign", "sin", "sinh", "softplus",
    "softsign", "sqrt", "sub", "swish", "tan", "tanh", "thresholded_relu",
))  # fmt: skip


def apply(graph: Graph) -> bool:
    """Rewrite what can be integers; True if anything changed."""
    changed = False
    if not any(node.op in ("quantize", "dequantize") for node in graph.nodes):
        return False
    for node in list(graph.nodes):
        if node not in graph.nodes:
            continue
        if node.op in MOVES:
            changed |= _dequantize_later(graph, node)
        elif node.op == "quantize" and node.outputs[0].dtype in LIMITS:
            changed |= _quantize_earlier(graph, node) or _integer(graph, node)
    return changed


def _quant(node: Node) -> Quant:
    return float(node.params["scale"]), int(node.params["zero"])


def _source(graph: Graph, value: Value | None) -> Node | None:
    """The dequantize that makes a value of integers that the operators take; None for another."""
    maker = graph.producer(value) if value is not None and value.data is None else None
    if maker is None or maker.op != "dequantize" or maker.inputs[0] is None:
        return None
    return maker if maker.inputs[0].dtype in LIMITS else None


def _filled(node: Node, quant: Quant, dtype: str) -> dict[str, Any] | None:
    """The parameters of a move of integers; None where what it pads with is none of them."""
    if node.op != "pad" or node.params["mode"] != 0:
        return node.params
    fill = float(np.rint(np.float32(node.params["value"]) / np.float32(quant[0]))) + quant[1]
    return node.params | {"value": fill} if LIMITS[dtype][0] <= fill <= LIMITS[dtype][1] else None


def _dequantize_later(graph: Graph, node: Node) -> bool:
    """Let a move read the integers, and dequantize what it gives."""
    count = len(node.inputs) if node.op in JOINS else 1
    makers = [maker for value in node.inputs[:count] if (maker := _source(graph, value)) is not None]
    sources = [source for maker in makers if (source := maker.inputs[0]) is not None]
    y = node.outputs[0]
    if len(sources) != count or len({(source.dtype, *_quant(m)) for source, m in zip(sources, makers)}) != 1:
        return False
    dtype, quant = sources[0].dtype, _quant(makers[0])
    params = _filled(node, quant, dtype)
    if params is None or not _takes(node.op, dtype):
        return False
    inner = Value(dtype, y.shape, quant=quant)
    node.inputs, node.outputs, node.params = [*sources, *node.inputs[count:]], [inner], params
    graph.nodes.insert_after(node, Node("dequantize", [inner], [y], dict(makers[0].params)))
    _drop(graph, makers)
    return True


def _quantize_earlier(graph: Graph, node: Node) -> bool:
    """Let a move give integers of what was quantized before it."""
    x, y = node.inputs[0], node.outputs[0]
    move = _sole_maker(graph, x)
    if move is None or move.op not in MOVES or not _takes(move.op, y.dtype):
        return False
    count = len(move.inputs) if move.op in JOINS else 1
    params = _filled(move, _quant(node), y.dtype)
    if params is None or any(value is None or value.data is not None for value in move.inputs[:count]):
        return False
    graph.nodes.remove(node)
    inner: list[Value] = []
    for value in move.inputs[:count]:
        assert value is not None
        quantized = Value(y.dtype, value.shape, quant=_quant(node))
        inner.append(quantized)
        graph.nodes.insert_before(move, Node("quantize", [value], [quantized], dict(node.params), node.origin))
    y.quant = _quant(node)
    move.inputs, move.outputs, move.params = [*inner, *move.inputs[count:]], [y], params
    return True


def _takes(op: str, dtype: str) -> bool:
    return any(types.startswith(schema.DTYPE_BY_NAME[dtype].letter) for types in OPS[op].types)


def _sole_maker(graph: Graph, value: Value | None) -> Node | None:
    """The node that makes a value which nothing but one node reads."""
    if value is None or value.data is not None or graph.is_output(value) or len(graph.consumers(value)) != 1:
        return None
    return graph.producer(value)


def _drop(graph: Graph, nodes: Sequence[Node]) -> None:
    for node in nodes:
        unread = all(not graph.is_output(value) and not graph.consumers(value) for value in node.outputs)
        if node in graph.nodes and unread:
            graph.nodes.remove(node)


def _integer(graph: Graph, node: Node) -> bool:
    """Replace a quantize, and what it reads, by one operator of integers."""
    direct = _source(graph, node.inputs[0])
    if direct is not None:
        return _requantized(graph, node, direct)
    return _as_table(graph, node) or _as_operator(graph, node)


def _requantized(graph: Graph, node: Node, before: Node) -> bool:
    x, y = before.inputs[0], node.outputs[0]
    assert x is not None
    (scale, zero), (y_scale, y_zero) = _quant(before), _quant(node)
    same = (scale, zero, x.dtype) == (y_scale, y_zero, y.dtype)
    if same and not graph.is_output(y) and not any(x is state for state in graph.states):
        graph.rewire(y, x)
        graph.nodes.remove(node)
    else:
        lo, hi = LIMITS[y.dtype]
        ratio = float(np.float32(scale) / np.float32(y_scale))
        node.op, node.inputs = "requantize", [x]
        node.params = {"multiplier": ratio, "x_zero": zero, "y_zero": y_zero, "lo": lo, "hi": hi}
        y.quant = (y_scale, y_zero)
    _drop(graph, [before])
    return True


def _as_table(graph: Graph, node: Node) -> bool:
    """A chain of functions of one int8 value, quantized to int8, as a table."""
    chain: list[Node] = []
    x = node.inputs[0]
    while (maker := _sole_maker(graph, x)) is not None and maker.op in FUNCTIONS:
        operands = [value for value in maker.inputs if value is not None and value.data is None]
        if len(operands) != 1 or operands[0].shape != maker.outputs[0].shape:
            return False
        if any(value is not None and value.data is not None and value.data.size != 1 for value in maker.inputs):
            return False
        chain.append(maker)
        x = operands[0]
    before = _source(graph, x)
    if not chain or before is None:
        return False
    source, y = before.inputs[0], node.outputs[0]
    if source is None or source.dtype != "int8" or y.dtype != "int8":
        return False
    answers: Array = np.arange(-128, 128, dtype=np.int8)
    with np.errstate(all="ignore"):
        for each in (before, *chain[::-1], node):
            flat = [None if v is None else answers if v.data is None else v.data.reshape(()) for v in each.inputs]
            answers = call(each, flat)[0]
    quant = _quant(node)
    node.op, node.inputs, node.params = "table", [source, constant(answers)], {}
    y.quant = quant
    _drop(graph, [*chain, before])
    return True


def _as_operator(graph: Graph, node: Node) -> bool:
    """A real operator, perhaps with a clamp behind it, as one of integers."""
    lo, hi = -np.inf, np.inf
    clamps: list[Node] = []
    maker = _sole_maker(graph, node.inputs[0])
    while maker is not None and maker.op in ("relu", "clip"):
        low, high = (0.0, np.inf) if maker.op == "relu" else (maker.params["lo"], maker.params["hi"])
        # Clamping twice clamps the first bounds by the second ones.
        lo, hi = min(max(low, lo), hi), min(max(high, lo), hi)
        clamps.append(maker)
        maker = _sole_maker(graph, maker.inputs[0])
    if maker is None:
        return False
    if clamps and maker.op in ("reshape", "transpose"):
        _swap(graph, maker, clamps[-1])
        return True
    if maker.op not in OPERATORS:
        return False
    y = node.outputs[0]
    operands: list[Value | None] = []
    sources = []
    integers: dict[int, Value] = {}  # by id of an operand
    for value in maker.inputs:
        before = _source(graph, value)
        if before is not None and before.inputs[0] is not None:
            sources.append(before)
            operand = Value(before.inputs[0].dtype, before.inputs[0].shape, quant=_quant(before))
            integers[id(operand)] = before.inputs[0]
            operands.append(operand)
        elif value is None or value.data is not None:
            operands.append(value)
        else:
            return False
    kernel = node.origin if isinstance(node.origin, IntegerKernel) else None
    made = OPERATORS[maker.op](maker, operands, Result(y.dtype, _quant(node), lo, hi, kernel))
    if made is None or not sources:
        return False
    y.quant = _quant(node)
    node.op, node.params, node.origin = made.op, made.params, None
    node.inputs = [integers.get(id(value), value) for value in made.inputs]
    _drop(graph, [*clamps, maker, *sources])
    return True


def _swap(graph: Graph, move: Node, clamp: Node) -> None:
    """Clamp before a move instead of behind it."""
    x = move.inputs[0]
    assert x is not None
    inner = Value(x.dtype, x.shape)
    move.outputs, clamp.outputs = clamp.outputs, [inner]
    clamp.set_input(0, x)
    move.set_input(0, inner)
    graph.nodes.insert_after(clamp, move)
