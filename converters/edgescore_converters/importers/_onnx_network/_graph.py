"""Walks an ONNX graph: folds what is constant, converts each node, and lists all that cannot be converted at once.

Operators are in the files beside. Those that ONNX defines by others, and that have no handler, are replaced by their
definition. What becomes of the model's inputs, states and outputs is `_ends`' matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError
from edgescore_converters.importers._network import Network
from edgescore_converters.importers._onnx._file import opsets
from edgescore_converters.ir import Array, Value, WeightSteps

from ._call import HANDLERS, Call, Refused
from ._constants import fold, foldable, from_proto, has_nan
from ._ends import Ends, Scope
from ._halves import widened
from ._oracle import Oracle
from .quantization import on_signed

SIZED_BY_DATA = ("NonMaxSuppression", "NonZero", "Unique")
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, AssertionError)


class Importer(Ends):
    """One conversion.

    shapes: of inputs by name. fixed: inputs that become constants. states: input -> output that feeds it in the next
    prediction. wanted: names of the outputs to keep, None for all.
    """

    def __init__(
        self,
        model: Any,
        name: str,
        shapes: Mapping[str, Sequence[int]],
        fixed: Mapping[str, Array],
        states: Mapping[str, str],
        wanted: Sequence[str] | None,
    ) -> None:
        super().__init__(widened(model), name, shapes, fixed, states, wanted)
        self.halves = self.model is not model
        self.opsets = opsets(model)
        self.parts: list[Unsupported] = []
        self.steps: dict[int, tuple[Value, WeightSteps]] = {}  # constants that were integers

    def run(self) -> Network:
        """The network. Raises ConvertError, UnsupportedError."""
        graph = self.model.graph
        for tensor in graph.initializer:
            try:
                value = self.values[tensor.name] = from_proto(tensor)
            except MALFORMED as error:
                raise ConvertError(f"{self.name}: weights {tensor.name} are corrupt ({error})") from error
            if value is not None and has_nan(value):
                raise ConvertError(
                    f"{self.name}: weights {tensor.name} contain NaN, and so would every output; "
                    "export a checkpoint from before training diverged"
                )
        outputs = self.output_names()
        self.check_names()
        self.add_inputs()
        for node in self.wanted_nodes([*outputs, *self.states.values()]):
            self.add_node(node, self.values)
        if self.parts:
            raise UnsupportedError(self.parts)
        if not self.b.graph.inputs:
            raise ConvertError(f"{self.name} gives constants: it has no inputs, or all of them are fixed or states")
        for name in outputs:
            self.b.output(name, self.needed(name, "output"))
        self.assign_states()
        quantized = any(value.dtype in ("int8", "int16") for node in self.b.graph.nodes for value in node.outputs)
        shapes = {name: (value.shape, value.dtype) for name, value in self.state_values.items()}
        fixed = {name: value.data for name in self.fixed if (value := self.values[name]) and value.data is not None}
        oracle = Oracle(self.judged([*outputs, *self.states.values()]), outputs, fixed, self.states, shapes)
        version = f"{self.model.producer_name} {self.model.producer_version}".strip() or "unknown producer"
        halves = ", half floats taken as float32" if self.halves else ""
        source = f"onnx {self.name} ({version}, opset {self.opsets['']}{halves})"
        steps = [self.step(port.value) for port in self.b.graph.outputs]
        return Network(self.b.graph, oracle, source, self.sample, quantized, steps)

    def wanted_nodes(self, names: Sequence[str]) -> list[Any]:
        """The nodes that compute tensors, and what those are computed from."""
        needed, found = set(names), []
        for node in reversed(self.model.graph.node):
            if needed.intersection(node.output):
                found.append(node)
                needed |= read_by(node)
        return found[::-1]

    def judged(self, names: Sequence[str]) -> bytes:
        """The model as ONNX Runtime takes it, with tensors inside it that are wanted as outputs."""
        inside = sorted(set(names) - {info.name for info in self.model.graph.output})
        if not inside:
            return bytes(self.model.SerializeToString())
        twin = type(self.model)()
        twin.CopyFrom(self.model)
        for name in inside:
            twin.graph.output.add(name=name)
        return bytes(twin.SerializeToString())

    def step(self, value: Value) -> float | None:
        """One step of a float that was an integer."""
        maker = self.b.graph.producer(value)
        return float(maker.params["scale"]) if maker is not None and maker.op == "dequantize" else None

    def add_node(self, node: Any, scope: Scope) -> None:
        """Convert a node and enter its results into ``scope``."""
        outputs = [name for name in node.output if name]
        if any(name and name in scope and scope[name] is None for name in node.input):
            scope.update(dict.fromkeys(outputs))
            return
        try:
            unknown = [name for name in node.input if name and name not in scope]
            if unknown:
                raise Refused(f"nothing computes its operand {unknown[0]}", "export the model again")
            results = self.convert(node, scope)
        except Refused as refused:
            self.parts.append(Unsupported(_title(node), refused.reason, refused.remedy))
            scope.update(dict.fromkeys(outputs))
            return
        except UnsupportedError as error:
            self.parts += [replace(part, name=f"{_title(node)}, {part.name}") for part in error.parts]
            scope.update(dict.fromkeys(outputs))
            return
        except ConvertError as error:
            self.parts.append(Unsupported(_title(node), str(error), "export the model in another way"))
            scope.update(dict.fromkeys(outputs))
            return
        scope.update({name: value for name, value in zip(node.output, results) if name})

    def convert(self, node: Any, scope: Scope) -> Sequence[Value | None]:
        inputs = [scope[name] if name else None for name in node.input]
        domain = "" if node.domain == "ai.onnx" else node.domain
        opset = self.opsets.get(domain, 1)
        if node.op_type in ("If", "Loop", "Scan") and not domain:
            from ._control import control

            return control(self, node, inputs, scope, opset)
        handler = HANDLERS.get(f"{domain}.{node.op_type}" if domain else node.op_type)
        if foldable(node, domain, inputs):
            return fold(node, inputs, opset)
        if handler is None:
            return self.expand(node, domain, opset, scope)
        try:
            call = Call(self.b, node, inputs, opset, self.asked, self.steps)
            results = on_signed(call, handler) or handler(call)
        except MALFORMED as error:
            raise Refused(
                f"its operands and attributes do not fit together ({error})", "export the model again"
            ) from error
        results = [results] if isinstance(results, Value) else list(results)
        missing = [name for at, name in enumerate(node.output) if name and (at >= len(results) or results[at] is None)]
        if missing:
            raise Refused(f"its output {missing[0]} has no counterpart")
        return results

    def expand(self, node: Any, domain: str, opset: int, scope: Scope) -> Sequence[Value | None]:
        """Convert an operator by the definition that ONNX gives of it."""
        from ._functions import body

        inner = body(node, domain, opset, [scope[name] if name else None for name in node.input])
        if node.op_type in SIZED_BY_DATA and not domain:
            given = {info.name for info in self.model.graph.input}
            inside = [name for name in node.input if (value := scope.get(name)) and value.data is None]
            before = [name for name in inside if name not in given]
            raise Refused(
                "how many elements it gives depends on the data",
                f"end the model before it: --outputs {','.join(before)}" if before else "compute it outside the model",
            )
        if inner is None:
            where = f"{domain}.{node.op_type}" if domain else node.op_type
            raise Refused(f"the operator {where} has no counterpart", "compute it outside the model, or without it")
        nodes, names_in, names_out = inner
        local: Scope = {name: scope[given] for name, given in zip(names_in, node.input) if given}
        try:
            return self.walk(nodes, local, names_out)
        except UnsupportedError:
            # What the definition wants to know it computes from operands of whole numbers.
            for name in node.input:
                value = scope.get(name)
                if value is not None and value.data is None and value.dtype in ("int32", "int64"):
                    self.asked.add(name)
            raise

    def walk(self, nodes: Sequence[Any], scope: Scope, outputs: Sequence[str]) -> list[Value | None]:
        """Convert the nodes of an inner graph and return its outputs; what is refused is refused as a whole."""
        before = len(self.parts)
        for node in nodes:
            self.add_node(node, scope)
        if len(self.parts) > before:
            parts, self.parts = self.parts[before:], self.parts[:before]
            raise UnsupportedError(parts)
        return [scope.get(name) for name in outputs]


def read_by(node: Any) -> set[str]:
    """Names that a node or its inner graphs read; those of inner values among them."""
    names = set(node.input)
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            names |= {info.name for info in graph.output}
            for inner in graph.node:
                names |= read_by(inner)
    return names


def _title(node: Any) -> str:
    return f"{node.op_type} node {node.name or ', '.join(node.output)}"
