"""Graph, Node, Value: the one structure that importers, passes, quantizers and the writer share.

A graph is a list of nodes in execution order over values with fixed shapes and dtypes. Shapes are for one row: a
row-wise (tabular) model has activations of shape (1, k). This module knows operators only through their records and
refuses to know any source format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore.format import schema
from edgescore.ops import OPS, Op
from edgescore_converters.errors import ConvertError
from edgescore_converters.nodes import Node as Node
from edgescore_converters.nodes import Nodes

Shape = tuple[int, ...]
Array = NDArray[Any]


@dataclass(eq=False)
class Value:
    """A tensor of the graph: an activation, or a constant when ``data`` is set. Compared by identity."""

    dtype: str
    shape: Shape
    data: Array | None = None
    name: str = ""
    quant: tuple[float, int] | None = None  # real = scale * (q - zero_point)
    initial: Array | None = None  # of a state: what it starts as; None = zeros

    @property
    def letter(self) -> str:
        """The dtype's letter in operator type strings."""
        return schema.DTYPE_BY_NAME[self.dtype].letter

    @property
    def nbytes(self) -> int:
        """Bytes of one row of it."""
        return int(np.prod(self.shape, dtype=np.int64)) * schema.DTYPE_BY_NAME[self.dtype].size


@dataclass(frozen=True, eq=False)
class WeightSteps:
    """What real constants of a node were in a source of integers: value = scale * (q - zero), q int8.

    scale: one, or one for each slice along ``axis``. A layer's ``Node.origin`` has its weights' with axis 0; a sum's or
    product's that of its constant operand.
    """

    scale: Array
    zero: int
    axis: int = 0


@dataclass(frozen=True)
class IntegerKernel:
    """Node.origin of a quantize to int8 with which an operator of integers, ``dtype`` in the source, ends: such an
    operator rounds once, in a way of its own.
    """

    dtype: str


@dataclass
class Feature:
    """A column of a tabular input; the name is empty where the source has none.

    categories: for a categorical column, the values whose position is the code the model sees (text and bool columns),
    or the numbers the model itself compares with. unknown: policy for others: "error", "slot" (code -1) or "missing"
    (NaN). low, high: range seen in training where the source knows it; verification draws rows from it. nan: NaN has a
    route from this column, where the port's ``nan`` does not say so of all.
    """

    name: str
    categories: list[Any] | None = None
    unknown: str = "error"
    low: float | None = None
    high: float | None = None
    nan: bool = False


@dataclass
class Port:
    """A model input or output.

    nan: NaN has a route from every column. squeeze: a last dimension of 1 is dropped at the boundary. role: "score", or
    "label" for the class index. labels: the classes, in order of the index.
    """

    name: str
    value: Value
    nan: bool = False
    squeeze: bool = False
    role: str = "score"
    features: list[Feature] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)


class Graph:
    """A model under construction; nodes are in execution order."""

    def __init__(self) -> None:
        self.inputs: list[Port] = []
        self.outputs: list[Port] = []
        self.states: list[Value] = []
        self.nodes = Nodes()

    def input(
        self, name: str, width: int, dtype: str = "float32", *, nan: bool = False, features: Sequence[Feature] = ()
    ) -> Value:
        """Add a tabular input of ``width`` columns and return its value, shape (1, width)."""
        return self.tensor_input(name, (1, width), dtype, nan=nan, features=features)

    def tensor_input(
        self,
        name: str,
        shape: Shape,
        dtype: str = "float32",
        *,
        nan: bool = False,
        features: Sequence[Feature] = (),
        quant: tuple[float, int] | None = None,
    ) -> Value:
        """Add an input of a fixed shape and return its value."""
        value = Value(dtype, tuple(shape), name=name, quant=quant)
        self.inputs.append(Port(name, value, nan=nan, features=list(features)))
        return value

    def state(self, name: str, shape: Shape, dtype: str = "float32", initial: Array | None = None) -> Value:
        """Add memory that is kept from one prediction to the next and starts as ``initial`` (None = zeros)."""
        start = None if initial is None else np.broadcast_to(np.asarray(initial, dtype), shape)
        value = Value(dtype, tuple(shape), name=name, initial=start)
        self.states.append(value)
        return value

    def assign(self, state: Value, value: Value) -> None:
        """Append the node that writes ``value`` to ``state``: nodes before it read the old value, later ones this."""
        if (value.dtype, value.shape) != (state.dtype, state.shape):
            raise ConvertError(f"state {state.name} is {state.dtype} {state.shape}, not {value.dtype} {value.shape}")
        self.nodes.append(Node("copy", [value], [state], {}))

    def output(
        self, name: str, value: Value, *, role: str = "score", labels: Sequence[Any] = (), squeeze: bool = False
    ) -> None:
        """Declare ``value`` an output. A value that is an input, a constant or already an output is copied first."""
        taken = [port.value for port in self.inputs + self.outputs]
        if value.data is not None or any(value is other for other in taken):
            value = self.add("copy", value, shape=value.shape)
        self.outputs.append(Port(name, value, squeeze=squeeze, role=role, labels=list(labels)))

    def add(
        self,
        op: str,
        *inputs: Value | Array | float | None,
        dtype: str | None = None,
        shape: Shape | None = None,
        name: str = "",
        **params: Any,
    ) -> Value:
        """Append a node with one output and return that output.

        inputs: Values, or arrays and numbers, which become constants of the dtype the operator wants. dtype: the
        output's, where the inputs leave a choice. shape: the output's, where the signature leaves it open. params: the
        operator's parameters; those left out take their defaults. Raises ConvertError when no variant fits.
        """
        record = OPS[op]
        if len(record.outputs) != 1:
            raise ConvertError(f"{op} has several outputs")
        dtypes = None if dtype is None else [dtype]
        return self._append(record, inputs, dtypes, None if shape is None else [shape], params, name)[0]

    def add_multi(
        self, op: str, *inputs: Value | Array | float | None, shapes: Sequence[Shape], **params: Any
    ) -> list[Value]:
        """``add`` for an operator of several outputs, whose shapes are given."""
        return self._append(OPS[op], inputs, None, shapes, params, "")

    def _append(
        self,
        record: Op,
        inputs: Sequence[Value | Array | float | None],
        dtypes: Sequence[str] | None,
        shapes_out: Sequence[Shape] | None,
        params: dict[str, Any],
        name: str,
    ) -> list[Value]:
        variant = self._variant(record, inputs, dtypes[0] if dtypes else None)
        letters = record.variant_letters(variant, len(inputs) + len(record.outputs))
        operands: list[Value | None] = []
        for given, letter in zip(inputs, letters):
            if given is None or isinstance(given, Value):
                operands.append(given)
            else:
                wanted = schema.DTYPE_BY_LETTER[letter].name
                operands.append(constant(np.asarray(given), wanted))
        shapes = [None if value is None else value.shape for value in operands]
        if shapes_out is None:
            shapes_out = [_output_shape(record, shapes)]
        results = [
            Value(schema.DTYPE_BY_LETTER[letter].name, tuple(shape), name=name)
            for letter, shape in zip(letters[len(inputs) :], shapes_out, strict=True)
        ]
        defaults = {param: default for param, _, default in record.params}
        unknown = set(params) - set(defaults)
        if unknown:
            raise ConvertError(f"{record.name} has no parameter {', '.join(sorted(unknown))}")
        record.bind([*shapes, *(result.shape for result in results)])
        self.nodes.append(Node(record.name, operands, results, defaults | params))
        return results

    @staticmethod
    def _variant(record: Op, inputs: Sequence[object], dtype: str | None) -> int:
        for number in range(len(record.types)):
            letters = record.variant_letters(number, len(inputs) + len(record.outputs))
            fits = all(not isinstance(value, Value) or value.letter == letter for value, letter in zip(inputs, letters))
            if fits and (dtype is None or schema.DTYPE_BY_NAME[dtype].letter == letters[len(inputs)]):
                return number
        given = [value.dtype if isinstance(value, Value) else type(value).__name__ for value in inputs]
        raise ConvertError(
            f"{record.name} has no variant for {given} -> {dtype or 'any'}; it has {', '.join(record.types)}"
        )

    def values(self) -> Iterator[Value]:
        """Every value once: inputs, then operands in node order, outputs of a node after its inputs."""
        seen: set[int] = set()
        for value in [port.value for port in self.inputs] + [
            v for node in self.nodes for v in (*node.inputs, *node.outputs) if v is not None
        ]:
            if id(value) not in seen:
                seen.add(id(value))
                yield value

    def producer(self, value: Value) -> Node | None:
        """The node that computes ``value``; None for inputs and constants."""
        makers = self.nodes.makers(value)
        return makers[0] if makers else None

    def consumers(self, value: Value) -> list[Node]:
        """The nodes that read ``value``."""
        return self.nodes.readers(value)

    def leading_to(self, values: Iterable[Value]) -> set[int]:
        """Ids of ``values`` and of every value they are computed from."""
        found = {id(value) for value in values}
        for node in reversed(self.nodes):
            if any(id(value) in found for value in node.outputs):
                found.update(id(value) for value in node.inputs if value is not None)
        return found

    def is_output(self, value: Value) -> bool:
        """Whether ``value`` is an output of the model."""
        return any(value is port.value for port in self.outputs)

    def rewire(self, old: Value, new: Value) -> None:
        """Make every reader of ``old``, outputs included, read ``new``."""
        for node in self.consumers(old):
            node.inputs = [new if operand is old else operand for operand in node.inputs]
        for port in self.outputs:
            if port.value is old:
                port.value = new

    def copy(self) -> Graph:
        """The same graph with nodes, values and ports of its own; constant data is shared."""
        twins = {id(value): replace(value) for value in self.values()}
        twin = Graph()
        for node in self.nodes:
            operands = [None if value is None else twins[id(value)] for value in node.inputs]
            outputs = [twins[id(value)] for value in node.outputs]
            twin.nodes.append(Node(node.op, operands, outputs, dict(node.params), node.origin))
        twin.inputs = [replace(port, value=twins[id(port.value)]) for port in self.inputs]
        twin.outputs = [replace(port, value=twins[id(port.value)]) for port in self.outputs]
        twin.states = [twins[id(state)] for state in self.states if id(state) in twins]
        return twin

    def is_rowwise(self) -> bool:
        """Whether every activation is a row (1, k) and rows never meet, so that blocks of them can go through."""
        rows = all(value.data is not None or (len(value.shape) == 2 and value.shape[0] == 1) for value in self.values())
        return rows and not self.states and all(node.record.rowwise for node in self.nodes)


def constant(data: Array, dtype: str | None = None) -> Value:
    """A constant value; raises ConvertError when ``dtype`` cannot hold integers or text given."""
    # ascontiguousarray makes a number a vector of one, which has another shape.
    array = np.ascontiguousarray(data, dtype=dtype or data.dtype).reshape(np.shape(data))
    if array.dtype.name not in schema.DTYPE_BY_NAME:
        raise ConvertError(f"a constant of dtype {array.dtype} has no place in the format")
    if array.dtype.kind in "iu" and not np.array_equal(array, data):
        raise ConvertError(f"a constant does not fit {array.dtype}")
    return Value(array.dtype.name, array.shape, array)


def _output_shape(record: Op, shapes: Sequence[Shape | None]) -> Shape:
    """The shape of the one output as far as the operator determines it."""
    if record.infer is not None:
        return record.infer(*shapes)
    letters: dict[str, int] = {}
    whole: Shape | None = None
    for operand, shape in zip(record.operands(len(shapes) + 1), shapes):
        if shape is None or operand.dims in ("*", "@"):
            continue
        if operand.dims == "...":
            whole = whole or shape
        else:
            letters.update((dim, size) for dim, size in zip(operand.dims, shape) if dim not in letters)
    wanted = record.outputs[0].dims
    if wanted == "..." and whole is not None:
        return whole
    if wanted in ("...", "*") or any(not dim.isdigit() and dim not in letters for dim in wanted):
        raise ConvertError(f"{record.name}: the output's shape must be given")
    return tuple(int(dim) if dim.isdigit() else letters[dim] for dim in wanted)
