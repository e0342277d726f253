"""What makes a node of a case: in a graph of its own or beside others, with inputs and outputs of its own."""

from __future__ import annotations

from edgescore.ops import OPS
from edgescore_converters.ir import Graph, Port, Value, constant
from tests.ops.cases._case import FLOATS, Case, Rows


def is_rowwise(name: str, case: Case) -> bool:
    """Whether the first dimension of a case's tensors counts its rows."""
    return OPS[name].rowwise and not case.whole


def add_node(graph: Graph, name: str, case: Case, *, prefix: str = "", between_copies: bool = False) -> None:
    """Append the node of ``case``, a call of operator ``name``.

    prefix: of the names of its inputs x0... and outputs y0.... between_copies: copies stand before and behind the node,
    so that it works in the arena and perhaps in place.
    """
    operands: list[Value | None] = []
    for index, operand in enumerate(case.operands):
        if isinstance(operand, Rows):
            shape = operand.values.shape[1:]
            value = Value(operand.values.dtype.name, (1, *shape) if is_rowwise(name, case) else shape)
            graph.inputs.append(Port(f"{prefix}x{index}", value, nan=value.dtype in FLOATS))
            operands.append(graph.add("copy", value, shape=value.shape) if between_copies else value)
        else:
            operands.append(None if operand is None else constant(operand))
    if not graph.inputs:
        graph.input("unused", 1)
    if len(OPS[name].outputs) > 1:
        assert case.shape is not None
        outputs = graph.add_multi(name, *operands, shapes=case.shape, **case.params)
    else:
        outputs = [graph.add(name, *operands, dtype=case.dtype, shape=case.shape, **case.params)]
    for number, y in enumerate(outputs):
        graph.output(f"{prefix}y{number}", graph.add("copy", y, shape=y.shape) if between_copies else y)
