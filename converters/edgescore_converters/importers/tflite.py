"""TensorFlow Lite files: float32, int8, legacy uint8, int16 activations, dynamic-range weights, variables.

Owns what the file's inputs and outputs become: they keep their names, shapes and types. Operators are in `_tflite`.
Every operator that cannot be converted is listed at once. Files are untrusted: what is corrupt is a ConvertError.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError
from edgescore_converters.ir import Value

from ._builder import LIMITS, Builder
from ._network import Network, Sample, drawn
from ._tflite import (
    CONTROL,
    HANDLERS,
    Call,
    Operator,
    Oracle,
    Refused,
    Tensor,
    Variables,
    called,
    chosen,
    dynamic_range,
    inner_dtype,
    inner_quant,
    key_of,
    load,
    needed,
    read_after_write,
    refusal,
)

# What handlers meet in corrupt files that nobody listed in advance.
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, AssertionError)
BOUNDARY = ("float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool")
MOST_NESTED = 8  # subgraphs
VARIABLES = ("CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE")


def import_model(
    source: Any,
    *,
    path: str | os.PathLike[str] | None = None,
    input_dtype: str = "float32",
    shapes: Mapping[str, Sequence[int]] | None = None,
    outputs: Sequence[str] | None = None,
) -> Network:
    """Import a file (path) or its bytes.

    path: where bytes come from, for messages. input_dtype: taken for the sake of `import_model`; a network's inputs are
    as the file has them. shapes: of inputs by name, where the file leaves sizes open or another
    size is wanted. outputs: names of the
    outputs to keep, or of tensors between that become outputs; what they do not need is left out. Raises ConvertError,
    UnsupportedError.
    """
    if isinstance(source, (str, os.PathLike)):
        path, source = source, Path(source).read_bytes()
    name = Path(path).name if path else "the model"
    with np.errstate(all="ignore"):  # scales at odds with each other make what the readers refuse
        return _Importer(bytes(source), name, shapes or {}, outputs).run()


class _Importer:
    def __init__(
        self, data: bytes, name: str, shapes: Mapping[str, Sequence[int]], wanted: Sequence[str] | None = None
    ) -> None:
        self.data, self.name, self.shapes = data, name, shapes
        self.model = load(data, name)
        self.main = self.model.subgraphs[0]
        self.b = Builder()
        self.values: dict[int, Value | None] = {}  # None: nothing computes it
        self.refused: set[int] = set()  # tensors of operators that were refused, and of those that hang on them
        self.variables = Variables()
        self.states: dict[tuple[int, int], Value] = {}
        self.depth = 0
        self.input_names = unique([self.model.inputs.get(at) or self.named(at) for at in self.main.inputs])
        names = {at: self.model.outputs.get(at) or self.named(at) for at in self.main.outputs}
        self.outputs = chosen(self.main, names, wanted, name)
        self.output_names = unique([names.get(at) or self.named(at) for at in self.outputs])
        self.parts: list[Unsupported] = []

    def run(self) -> Network:
        if not self.main.inputs or not self.main.outputs:
            raise ConvertError(f"{self.name} has no input, or no output: there is nothing to score")
        unknown = sorted(set(self.shapes) - set(self.input_names))
        if unknown:
            known = ", ".join(self.input_names)
            raise ConvertError(f"{self.name} has no input {', '.join(unknown)}; its inputs are {known}")
        for name, number in zip(self.input_names, self.main.inputs):
            self.add_input(name, number)
        kept = needed(self.main, self.outputs)
        for at in kept:
            self.add_operator(at, self.main.operators[at])
        if self.parts:
            raise UnsupportedError(self.parts)
        steps = [self.add_output(name, number) for name, number in zip(self.output_names, self.outputs)]
        graph = self.b.graph
        names = [port.name for port in graph.inputs]
        plain = any(dynamic_range(part, operator) for part in self.model.subgraphs for operator in part.operators)
        oracle = Oracle(self.data, names, [port.value.shape for port in graph.inputs], plain, kept, self.outputs)
        quantized = any(value.dtype in ("int8", "int16") for node in graph.nodes for value in node.outputs)
        source = f"TensorFlow Lite {self.name}"
        return Network(graph, oracle, source, self.sample, quantized, steps)

    def named(self, number: int) -> str:
        """What a tensor is called."""
        return self.main.tensors[number].name or f"tensor {number}"

    # --- the ends ---

    def add_input(self, name: str, number: int) -> None:
        tensor = self.main.tensors[number]
        if tensor.dtype == "string":
            raise ConvertError(
                f"{self.name}: input {name} is text; make numbers of it in your own code, and convert a model of those"
            )
        if tensor.dtype not in BOUNDARY:
            raise ConvertError(f"{self.name}: input {name} is {tensor.dtype}; export it as float32 or int8")
        shape = tuple(int(size) for size in self.shapes.get(name, tensor.shape))
        if len(shape) != len(tensor.shape) or 0 in shape:
            raise ConvertError(f"{self.name}: input {name} has the shape {tensor.shape}, which {shape} does not fit")
        value = self.b.graph.tensor_input(name, shape, tensor.dtype, quant=tensor.quant)
        if inner_dtype(tensor) != tensor.dtype:
            value = self.b.requantize(value, inner_quant(tensor) or (1.0, 0), "int8")
        self.values[number] = value

    def add_output(self, name: str, number: int) -> float | None:
        """Declare an output; returns the step of a float that was an integer."""
        tensor, value = self.main.tensors[number], self.value(number)
        if value is None:
            raise ConvertError(f"{self.name}: nothing computes the output {name}; export it again")
        if inner_dtype(tensor) != tensor.dtype and tensor.quant:
            if tensor.dtype not in LIMITS:
                raise ConvertError(f"{self.name}: output {name} is {tensor.dtype}; export it as int8")
            value = self.b.requantize(value, tensor.quant, tensor.dtype)
        self.b.output(name, value)
        maker = self.b.graph.producer(self.b.graph.outputs[-1].value)
        return float(maker.params["scale"]) if maker is not None and maker.op == "dequantize" else None

    def sample(self, rng: np.random.Generator) -> Sample:
        """Inputs at random."""
        cast = {operator.inputs[0] for operator in self.main.operators if operator.name == "CAST"}
        whole = [name for name, number in zip(self.input_names, self.main.inputs) if number in cast]
        return drawn(self.b.graph, rng, most=self.most_index(), whole=2, numbers=whole)

    def most_index(self) -> int:
        """What whole numbers may be, that may be indices of something."""
        sizes = [9]
        for operator in self.main.operators:
            table, axis = {"GATHER": (0, "axis"), "EMBEDDING_LOOKUP": (1, "")}.get(operator.name, (None, ""))
            if table is not None:
                shape = self.main.tensors[operator.inputs[table]].shape
                sizes.append(shape[getattr(operator.options, axis, 0)])
        return min(sizes) - 1

    # --- operators ---

    def value(self, number: int) -> Value | None:
        """The value of a tensor; constants become values when they are first used."""
        if number not in self.values:
            tensor = self.main.tensors[number]
            self.values[number] = None if tensor.data is None else self.constant(tensor)
        return self.values[number]

    def constant(self, tensor: Tensor) -> Value:
        assert tensor.data is not None
        data, dtype = tensor.data, inner_dtype(tensor)
        if tensor.dtype == "uint8" and dtype == "int8":
            data = (data.astype(np.int16) - 128).astype(np.int8)
        value = self.b.constant(data.astype(dtype, copy=False))
        value.quant = inner_quant(tensor)
        return value

    def add_operator(self, at: int, operator: Operator) -> None:
        inputs = [None if number == -1 else self.value(number) for number in operator.inputs]
        lost = [n for n, value in zip(operator.inputs, inputs) if n != -1 and value is None]
        try:
            if operator.name in VARIABLES:
                self.add_variable(at, operator)
                return
            if not self.refused.isdisjoint(lost):
                self.refused.update(operator.outputs)
                return
            if operator.name in CONTROL:
                results: Value | list[Value] = called(self, operator, inputs)
            elif operator.name in HANDLERS:
                results = HANDLERS[operator.name](self.call(operator, inputs))
            else:
                made = [n for n, value in zip(operator.inputs, inputs) if value and self.b.graph.producer(value)]
                raise Refused(*refusal(operator.name, [] if self.depth else [self.named(n) for n in made]))
        except Refused as refused:
            self.refuse(at, operator, refused.reason, refused.remedy)
            return
        except MALFORMED as error:
            self.refuse(at, operator, f"its operands and options do not fit together ({error})", "export it again")
            return
        except ConvertError as error:
            self.refuse(at, operator, str(error), "export it in another way")
            return
        results = results if isinstance(results, list) else [results]
        self.values.update(zip(operator.outputs, results))

    def call(self, operator: Operator, inputs: list[Value | None]) -> Call:
        tensors = self.main.tensors
        sources = [None if number == -1 else tensors[number] for number in operator.inputs]
        return Call(self.b, operator, inputs, sources, [tensors[number] for number in operator.outputs], self.state_of)

    def state_of(self, number: int) -> Value:
        """The state that a variable tensor is; it starts at its zero point."""
        key = id(self.main), number
        if key not in self.states:
            tensor = self.main.tensors[number]
            if not tensor.is_variable:
                raise Refused(f"what it remembers, {tensor.name!r}, is no variable", "export the model again")
            quant = inner_quant(tensor)
            start = np.asarray(quant[1]) if quant else None
            state = self.b.graph.state(tensor.name, tensor.shape, inner_dtype(tensor), start)
            state.quant = quant
            self.states[key] = state
        return self.states[key]

    def inlined(self, number: int, inputs: Sequence[Value | None]) -> list[Value]:
        """The results of another subgraph on values of this one."""
        outer = self.main, self.values, self.refused
        if self.depth == MOST_NESTED or not 0 <= number < len(self.model.subgraphs):
            raise Refused(f"its subgraph {number} cannot be reached", "export the model again")
        self.main = self.model.subgraphs[number]
        self.values, self.refused = dict(zip(self.main.inputs, inputs)), set()
        self.depth += 1
        try:
            for at, operator in enumerate(self.main.operators):
                self.add_operator(at, operator)
            results = [self.value(at) for at in self.main.outputs]
        finally:
            self.main, self.values, self.refused = outer
            self.depth -= 1
        if any(value is None for value in results):
            raise Refused(f"its subgraph {number} cannot be converted", "export the model without it")
        return [value for value in results if value is not None]

    def refuse(self, at: int, operator: Operator, reason: str, remedy: str) -> None:
        self.parts.append(Unsupported(f"operator {at}, {operator.name}", reason, remedy))
        self.refused.update(operator.outputs)

    def add_variable(self, at: int, operator: Operator) -> None:
        variables = self.variables
        if operator.name == "CALL_ONCE":
            variables.call_once(self.model, operator.options.initSubgraphIndex)
        elif operator.name == "VAR_HANDLE":
            variables.handles[operator.outputs[0]] = key_of(operator)
        elif operator.name == "READ_VARIABLE":
            state = variables.state(self.b, self.main, operator.inputs[0], operator.outputs[0])
            if read_after_write(self.main, at, variables.handles):
                state = self.b.op("copy", state, shape=state.shape, quant=state.quant)
            self.values[operator.outputs[0]] = state
        else:
            value = self.value(operator.inputs[1])
            if value is None:
                return
            state = variables.state(self.b, self.main, operator.inputs[0], operator.inputs[1])
            self.b.graph.assign(state, self.b.computed(value))


def unique(names: Sequence[str]) -> list[str]:
    """The names, those that come again with a number behind."""
    found: list[str] = []
    for name in names:
        number, free = 1, name
        while free in found:
            number, free = number + 1, f"{name}_{number}"
        found.append(free)
    return found
