"""Resource variables: memory kept from call to call, set up by the graph that CALL_ONCE names."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Array, Value

from ._call import Refused, inner_dtype, inner_quant
from ._file import Model, Operator, Subgraph

Key = tuple[str, str]


@dataclass
class Variables:
    """The variables of a file by (container, name), and which tensors of the main graph are handles of them."""

    initial: dict[Key, Array] = field(default_factory=dict)
    states: dict[Key, Value] = field(default_factory=dict)
    handles: dict[int, Key] = field(default_factory=dict)

    def call_once(self, model: Model, number: int) -> None:
        """Learn the initial values that subgraph ``number`` assigns."""
        graph = model.subgraphs[number]
        named: dict[int, Key] = {}
        for operator in graph.operators:
            if operator.name == "VAR_HANDLE":
                named[operator.outputs[0]] = key_of(operator)
            elif operator.name == "ASSIGN_VARIABLE" and operator.inputs[0] in named:
                tensor = graph.tensors[operator.inputs[1]]
                if tensor.data is None:
                    raise Refused(f"the initial value {tensor.name!r} is computed", "initialise variables by constants")
                shift = 128 if tensor.dtype == "uint8" and len(tensor.scale) else 0
                self.initial[named[operator.inputs[0]]] = (
                    (tensor.data.astype("int64") - shift) if shift else tensor.data
                )
            else:
                raise Refused(f"{operator.name} takes part in setting up variables", "initialise them by constants")

    def state(self, b: Builder, graph: Subgraph, handle: int, like: int) -> Value:
        """The state behind a handle, made at first use after the tensor ``like`` that is read or assigned."""
        key, tensor = self.handles[handle], graph.tensors[like]
        if key not in self.states:
            quant = inner_quant(tensor)
            initial = self.initial.get(key)
            dtype = inner_dtype(tensor)
            shape = initial.shape if initial is not None else tensor.shape
            start = np.asarray(quant[1]) if initial is None and quant else initial
            state = b.graph.state(key[1] or key[0], shape, dtype, start)
            state.quant = quant
            self.states[key] = state
        return self.states[key]


def key_of(operator: Operator) -> Key:
    """(container, name) of a VAR_HANDLE."""
    parts = operator.options.container, operator.options.sharedName
    container, name = (part.decode("utf-8", "replace") if part else "" for part in parts)
    return container, name


def read_after_write(graph: Subgraph, at: int, handles: dict[int, Key]) -> bool:
    """Whether what READ_VARIABLE number ``at`` gave is used after the variable was assigned anew."""
    read = graph.operators[at]
    key = handles[read.inputs[0]]
    written = False
    for operator in graph.operators[at + 1 :]:
        if written and read.outputs[0] in operator.inputs:
            return True
        written |= operator.name == "ASSIGN_VARIABLE" and handles.get(operator.inputs[0]) == key
    return written and read.outputs[0] in graph.outputs
