"""Dense layers as quantizing and pruning see them: a dense node and the elementwise nodes that alone read it.

Refuses to see through anything that mixes columns: a layer ends at the first value that something else reads as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Graph, Node, Value

# Functions of one number; softmax also keeps the shape, but mixes columns.
ELEMENTWISE = frozenset({"relu", "clip", "sigmoid", "tanh", "exp", "log", "sqrt", "abs", "log1p", "expm1"})


@dataclass
class Layer:
    """``dense`` and the elementwise nodes ``after`` it, in order; nothing else reads the values between."""

    dense: Node
    after: list[Node]

    @property
    def x(self) -> Value:
        """What the dense node reads, [1, k]."""
        x = self.dense.inputs[0]
        assert x is not None
        return x

    @property
    def y(self) -> Value:
        """What the layer gives, [1, m]."""
        return (self.after or [self.dense])[-1].outputs[0]

    @property
    def w(self) -> NDArray[np.float64]:
        """Weights [m, k]."""
        w = self.dense.inputs[1]
        assert w is not None
        assert w.data is not None
        return w.data.astype(np.float64)

    @property
    def b(self) -> NDArray[np.float64]:
        """Bias [m]; zeros where there is none."""
        b = self.dense.inputs[2] if len(self.dense.inputs) > 2 else None
        return np.zeros(self.dense.outputs[0].shape[-1]) if b is None or b.data is None else b.data.astype(np.float64)


def dense_layers(graph: Graph) -> list[Layer]:
    """Every float dense node of ``graph`` with its elementwise followers, in execution order."""
    layers = []
    for node in graph.nodes:
        if node.op == "dense":
            layer = Layer(node, [])
            while (reader := _only_reader(graph, layer.y)) is not None:
                layer.after.append(reader)
            layers.append(layer)
    return layers


def _only_reader(graph: Graph, value: Value) -> Node | None:
    readers = graph.consumers(value)
    alone = len(readers) == 1 and readers[0].op in ELEMENTWISE and not graph.is_output(value)
    return readers[0] if alone else None
