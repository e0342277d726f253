"""Whether the memory plan of a model holds: what each node reads is still there, and no node writes over its inputs.

Tensors are known by number here; shapes, dtypes and operands are _reader.py's to check, and checked before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from edgescore._errors import error
from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from edgescore._reader import Node, Parsed, Tensor

PLAN = -12


class Memory:
    """Which tensors hold what a node wrote to them, as nodes go by."""

    def __init__(self, parsed: Parsed):
        self.tensors, self.rowwise = parsed.tensors, parsed.rowwise
        self.labels = {port.tensor for port in parsed.ports if port.role == "label"}
        self.written: dict[int, int] = {}  # the step that gave a tensor its value
        # The step that last wrote each byte of the arena, as runs: from _starts[i] to _starts[i + 1] it was _steps[i].
        self._starts, self._steps = [0], [0]
        self._now = 0

    def step(self, node: Node, operands: list[Any]) -> None:
        """Every operand read holds what its last writer wrote, and outputs do not destroy inputs still needed.

        operands: as ``Op.check`` sees them. Raises FormatError with the status PLAN.
        """
        tensors, name = self.tensors, node.op.name
        inputs = [number for number in node.inputs if number != schema.ABSENT]
        for number in inputs:
            if number in self.labels:
                raise error(PLAN, f"{name} reads a label, which callers may leave out")
            if not self._is_intact(number):
                raise error(PLAN, f"{name} reads what nothing wrote")
        changes = []
        for position, number in enumerate(node.outputs):
            output, runs = tensors[number], self._changes(node, tensors[number], operands)
            if number in self.labels and len(node.outputs) > 1:
                raise error(PLAN, f"{name} writes more than a label, which callers may leave out")
            for other in node.outputs[position + 1 :]:
                if other == number or output.common(tensors[other]):
                    raise error(PLAN, f"{name}: outputs overlap")
            for source in inputs:
                tensor = tensors[source]
                same = node.op.inplace and tensor.offset == output.offset and tensor.nbytes == output.nbytes
                if source == number or (not same and output.common(tensor) and _overlap(runs, tensor)):
                    raise error(PLAN, f"{name}: output over input")
            changes.append(runs)
        self._now += 1
        for number, runs in zip(node.outputs, changes):
            self.written[number] = self._now
            if tensors[number].kind == "arena":
                for start, end in runs:
                    self._date(start, end)

    def finish(self) -> None:
        """After the last node: every output has been written."""
        if any(tensor.kind == "output" and number not in self.written for number, tensor in enumerate(self.tensors)):
            raise error(PLAN, "an output nothing writes")

    def _changes(self, node: Node, output: Tensor, operands: list[Any]) -> list[tuple[int, int]]:
        """The bytes of ``output`` that a node writes, as ascending runs (start, end): all but those of the inputs of a
        view operator that are in their place, which is where the output has their elements.
        """
        at, end = output.offset, output.offset + output.nbytes
        if node.op.view is None or self.rowwise:
            return [(at, end)]
        runs = []
        for number, place in zip(node.inputs, node.op.view(*operands, **node.params)):
            if place is None:
                continue
            tensor = self.tensors[number]
            if tensor.offset == output.offset + place * output.dtype.size and tensor.common(output):
                runs.append((at, tensor.offset))
                at = tensor.offset + tensor.nbytes
        return [(start, stop) for start, stop in [*runs, (at, end)] if start < stop]

    def _is_intact(self, number: int) -> bool:
        tensor = self.tensors[number]
        if tensor.kind not in ("arena", "output"):
            return True
        step = self.written.get(number, 0)
        if not step or tensor.kind == "output":
            return step > 0
        first = bisect_right(self._starts, tensor.offset) - 1
        last = bisect_left(self._starts, tensor.offset + tensor.nbytes)
        return max(self._steps[first:last]) <= step

    def _date(self, start: int, end: int) -> None:
        first, last = bisect_left(self._starts, start), bisect_right(self._starts, end)
        after = self._steps[last - 1]
        self._starts[first:last], self._steps[first:last] = [start, end], [self._now, after]


def _overlap(runs: list[tuple[int, int]], tensor: Tensor) -> bool:
    """Whether a run has a byte of ``tensor``."""
    last = bisect_left(runs, (tensor.offset + tensor.nbytes, 0)) - 1
    return last >= 0 and runs[last][1] > tensor.offset
