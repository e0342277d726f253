"""The registry of ONNX operators and what a handler sees of the node it converts.

A handler is a function of a `Call` that returns the tensor, or the tuple of tensors, that the node computes. It reads
every attribute it knows; one that it leaves unread refuses the node, so that no option is silently ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Graph, Shape, Value

from ._tensors import Const, Rows, Tensor, as_float, fits_float32

ML = "ai.onnx.ml"
ELSEWHERE = "compute it outside the model, or export the model without it"

Handler = Callable[["Call"], Tensor | tuple[Tensor, ...]]
HANDLERS: dict[tuple[str, str], Handler] = {}


def handles(*op_types: str, domain: str = "") -> Callable[[Handler], Handler]:
    """Registers the function as the handler of these operators."""

    def register(handler: Handler) -> Handler:
        for op_type in op_types:
            HANDLERS[domain, op_type] = handler
        return handler

    return register


class Refused(Exception):
    """A handler cannot convert its node exactly; why, and what to do instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


class Call:
    """One node on its way into the graph.

    inputs: its tensors, None where an optional one is absent. opset: version of the node's domain. batch: the number of
    rows where the file fixes it. thresholds: (value, columns, numbers) at which a decision changes, for test rows.
    categories: (value, column, numbers) where any other number is an error. samples: (value, rows of it) from training.
    """

    def __init__(
        self,
        graph: Graph,
        node: Any,
        inputs: Sequence[Tensor | None],
        opset: int,
        batch: int | None,
        thresholds: list[tuple[Value, NDArray[Any], NDArray[Any]]],
        categories: list[tuple[Value, int, NDArray[Any]]],
        samples: list[tuple[Value, NDArray[Any]]],
    ) -> None:
        from onnx import helper

        self.graph, self.inputs, self.opset, self.batch = graph, list(inputs), opset, batch
        self.op_type: str = node.op_type
        self.outputs = [name for name in node.output if name]
        self._thresholds, self._categories, self._samples = thresholds, categories, samples
        self._attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        self._unread = set(self._attributes)

    # --- attributes ---

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute as Python value; text as str."""
        self._unread.discard(name)
        value = self._attributes.get(name, default)
        if isinstance(value, list):
            return [item.decode() if isinstance(item, bytes) else item for item in value]
        return value.decode() if isinstance(value, bytes) else value

    def floats(self, name: str) -> NDArray[np.float32]:
        """An attribute that is a list of float32; empty where it is absent."""
        return np.asarray(self.attribute(name, []), np.float32)

    def finish(self) -> None:
        """Refuses the node when it has attributes that nobody read."""
        if self._unread:
            names = ", ".join(sorted(self._unread))
            self.refuse(f"its attribute {names} has no counterpart", "export the model without it")

    def refuse(self, reason: str, remedy: str = ELSEWHERE) -> NoReturn:
        """Ends the conversion of this node."""
        raise Refused(reason, remedy)

    # --- inputs ---

    def tensor(self, index: int) -> Tensor:
        """Input ``index``, which must be there."""
        if index >= len(self.inputs) or (found := self.inputs[index]) is None:
            self.refuse(f"its input {index} is missing")
        return found

    def has(self, index: int) -> bool:
        """Whether input ``index`` is there."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def constant(self, index: int, what: str) -> NDArray[Any]:
        """The data of input ``index``, which must be a constant and is named ``what`` in the message otherwise."""
        found = self.tensor(index)
        if not isinstance(found, Const):
            self.refuse(f"its {what} is computed from the rows and not a constant")
        return found.data

    def rows(self, index: int = 0) -> Rows:
        """Input ``index``, which must be computed from the rows."""
        found = self.tensor(index)
        if not isinstance(found, Rows):
            self.refuse(f"its input {index} is a constant or a shape where rows are needed")
        return found

    def numbers(self, index: int = 0) -> Rows:
        """Input ``index``, which must be numbers computed from the rows, or class labels that are numbers."""
        return self.as_numbers(self.rows(index))

    def as_numbers(self, rows: Rows) -> Rows:
        """``rows`` with class labels that are numbers in place of their index; refuses text."""
        if rows.numeric:
            return rows
        if rows.classes is None or any(isinstance(label, str) for label in rows.classes):
            self.refuse("it has text where numbers are needed")
        labels = np.asarray(rows.classes)
        if np.array_equal(labels, np.arange(len(labels))):
            return Rows(rows.value, rows.shape, rows.dtype)
        position = self.add("cast", rows.value, dtype="float32" if fits_float32(labels) else "float64")
        value = self.add(
            "lookup", position, np.array([0, len(labels)]), np.arange(len(labels)), labels, np.zeros(1), None
        )
        return Rows(value, rows.shape, rows.dtype)

    def table(self, index: int = 0) -> Rows:
        """Input ``index``, which must be numbers of shape (rows, columns)."""
        found = self.numbers(index)
        if len(found.shape) != 2 or found.axis != 0:
            self.refuse(f"its input {index} has the shape {shown(found.shape)}, not (rows, columns)")
        return found

    # --- graph ---

    def add(
        self,
        op: str,
        *inputs: Value | NDArray[Any] | float | None,
        dtype: str | None = None,
        shape: Shape | None = None,
        **params: Any,
    ) -> Value:
        """Appends a node to the graph and returns its output; see `Graph.add`."""
        return self.graph.add(op, *inputs, dtype=dtype, shape=shape, **params)

    def float32(self, index: int = 0) -> Value:
        """Input ``index``, numbers of shape (rows, columns), as the float32 that most ai.onnx.ml operators cast to."""
        return as_float(self.graph, self.table(index), "float32")

    def remember(self, value: Value, numbers: Any, columns: Any = None) -> None:
        """Notes for test rows that decisions on ``value`` change at ``numbers``, one a column, or all in every one."""
        numbers = np.asarray(numbers, np.float64).ravel()
        columns = np.arange(value.shape[1]) if columns is None else np.asarray(columns)
        if len(numbers) != len(columns):
            numbers, columns = np.tile(numbers, len(columns)), np.repeat(columns, len(numbers))
        self._thresholds.append((value, columns, numbers))

    def samples(self, value: Value, rows: NDArray[Any]) -> None:
        """Notes that ``value`` was each of ``rows`` in training."""
        self._samples.append((value, rows))

    def close(self, value: Value, column: int, numbers: NDArray[Any]) -> None:
        """Notes that any other number in the column is an error."""
        self._categories.append((value, column, numbers))


def shown(shape: Sequence[int | None]) -> str:
    """A shape for messages, N for the rows."""
    return "(" + ", ".join("N" if size is None else str(size) for size in shape) + ")"


def table(value: Value, dtype: str = "float32") -> Rows:
    """Rows of shape (N, k) that a node computed."""
    return Rows(value, (None, value.shape[1]), dtype)
