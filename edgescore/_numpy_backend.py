"""The reference backend: walks the parsed model calling each operator's ``reference`` on numpy arrays.

It executes the same plan in the same arena layout as the C kernel, slowly, and is the definition that the kernels are
compared with. Needs numpy; the device does not, where the C kernel is built.
"""

from __future__ import annotations

import _thread
import math
import time

from edgescore import _latency
from edgescore._info import Info
from edgescore._reader import operand_value, parse
from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

NAME = "numpy"
BLOCK_ROWS = 32
MISSING = -18
REFUSED = -16
REVIEW = 1


class Engine:
    """An opened model: ports, plan numbers, one arena per prediction."""

    name = NAME

    def __init__(self, data: Any):
        import numpy

        self._np = numpy
        self._data = memoryview(data).cast("B")
        self._parsed = parse(self._data, numpy)
        self.arena, self.state, self.rowwise = self._parsed.arena, self._parsed.state, self._parsed.rowwise
        infos = [
            Info(port.name, tensor.dtype, tensor.shape, port.role == "label", port.nan, port.squeeze)
            for port in self._parsed.ports
            for tensor in (self._parsed.tensors[port.tensor],)
        ]
        split = sum(port.is_input for port in self._parsed.ports)
        self.inputs, self.outputs = infos[:split], infos[split:]
        self.has_budget = self._parsed.budget is not None
        self.exits_early = False
        self._max_ns = 0
        self.wrap_ns = 0  # what _anytime.py takes after run_until()
        self._anytime: Any = None
        self._turn = _thread.allocate_lock()  # a stream is one
        self._histogram = _latency.Histogram()
        self._state = numpy.zeros(self.state, "u1")
        self.reset()

    def limit(self, max_ns: int) -> None:
        """Report predictions that take longer than ``max_ns`` (0 = none)."""
        self._max_ns = max_ns

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], rows: int, label_only: bool = False) -> int:
        """Score ``rows`` rows from buffers into buffers (None = label not wanted); a status, positive when the budget
        should be looked at. ``label_only`` spares the native backend work, not this one."""
        start = time.perf_counter_ns()
        xp = self._np
        sources = [xp.frombuffer(buffer, info.dtype.name) for buffer, info in zip(inputs, self.inputs)]
        targets = [
            None if buffer is None else xp.frombuffer(buffer, info.dtype.name)
            for buffer, info in zip(outputs, self.outputs)
        ]
        if self._is_missing(sources):
            return MISSING
        block = max(1, min(rows, BLOCK_ROWS)) if self.rowwise else 1
        arena = xp.zeros(self.arena * block, "u1")
        with xp.errstate(all="ignore"), self._turn:
            for first in range(0, rows, block):
                self._run_block(arena, sources, targets, first, min(block, rows - first), block)
        return self._record(time.perf_counter_ns() - start, rows)

    def _record(self, ns: int, rows: int) -> int:
        late = self._max_ns and rows and ns // rows > self._max_ns
        return REVIEW if self._histogram.record(ns, rows) or late else 0

    def _is_missing(self, sources: list[Any]) -> bool:
        """Whether a NaN stands where it has no route."""
        for port, info, source in zip(self._parsed.ports, self.inputs, sources):
            if info.dtype.name.startswith("float") and not port.nan:
                missing = self._np.isnan(source).reshape(-1, info.size).any(axis=0)
                if any(missing[column] and not port.takes_nan(column) for column in range(info.size)):
                    return True
        return False

    def run_until(
        self, inputs: Sequence[Any], outputs: Sequence[Any], deadline: int, most: int = 0xFFFFFFFF
    ) -> tuple[int, int, int]:
        """Score one row by ``deadline`` of time.perf_counter_ns(), with ``most`` trees at most: (status, trees asked,
        trees there are). Outputs hold four rows: the score, its least and greatest value, and one to work in."""
        start = time.perf_counter_ns()
        from edgescore._anytime_numpy import Anytime, Refused

        xp = self._np
        try:
            anytime = self._anytime = self._anytime or Anytime(self._parsed, xp)
        except Refused:
            return REFUSED, 0, 0
        sources = [
            xp.frombuffer(buffer, info.dtype.name).reshape(info.shape) for buffer, info in zip(inputs, self.inputs)
        ]
        if self._is_missing(sources):
            return MISSING, 0, 0
        with xp.errstate(all="ignore"):
            found, trees = anytime.run(sources, deadline, most)
        ports = [port for port in self._parsed.ports if not port.is_input]
        for port, buffer in zip(ports, outputs):
            if buffer is not None:
                rows = xp.frombuffer(buffer, found[port.tensor].dtype)
                rows[: found[port.tensor].size] = found[port.tensor].ravel()
        return self._record(time.perf_counter_ns() - start, 1), trees, anytime.of

    def _run_block(self, arena: Any, sources: list[Any], targets: list[Any], first: int, rows: int, block: int) -> None:
        def array(number: int) -> Any:
            """A view of a tensor's memory for the rows of this block."""
            tensor = self._parsed.tensors[number]
            if tensor.kind == "constant":
                return operand_value(self._parsed, number, self._np)
            count = math.prod(tensor.shape)
            shape = (tensor.shape[0] * rows, *tensor.shape[1:]) if self.rowwise else tensor.shape
            if tensor.kind in ("input", "output"):
                whole = (sources if tensor.kind == "input" else targets)[tensor.offset]
                return None if whole is None else whole[first * count : (first + rows) * count].reshape(shape)
            memory = self._state if tensor.kind == "state" else arena
            start = tensor.offset * (1 if tensor.kind == "state" else block)
            return memory[start : start + rows * tensor.nbytes].view(tensor.dtype.name).reshape(shape)

        for node in self._parsed.nodes:
            outputs = [array(number) for number in node.outputs]
            if outputs[-1] is None:
                continue
            inputs = [None if number == schema.ABSENT else array(number) for number in node.inputs]
            extra = {"dtype": outputs[0].dtype} if node.op.wants_dtype else {}
            if node.op.wants_shape:
                extra["shape"] = outputs[0].shape
            results = node.op.reference(self._np, *inputs, **node.params, **extra)
            for output, result in zip(outputs, results if isinstance(results, tuple) else (results,)):
                output[...] = result

    def reset(self) -> None:
        """Forget the state and the latencies counted so far."""
        self._state[...] = self._np.frombuffer(self._parsed.initial_state, "u1") if self._parsed.initial_state else 0
        self._histogram = _latency.Histogram()

    def get_state(self) -> bytes:
        """The state's bytes."""
        return bytes(self._state.tobytes())

    def set_state(self, saved: bytes) -> None:
        """Give the state's bytes back."""
        self._state[...] = self._np.frombuffer(saved, "u1")

    def latency(self) -> tuple[int, int, int, list[int]]:
        """(count, sum ns, max ns, buckets)."""
        histogram = self._histogram
        return histogram.count, histogram.sum_ns, histogram.max_ns, histogram.buckets

    def asked(self) -> tuple[int, int]:
        """(trees asked, predictions) of those that may stop early: none here."""
        return 0, 0

    def memory(self) -> int:
        """Bytes of working memory a prediction takes."""
        return self.arena * (BLOCK_ROWS if self.rowwise else 1) + self.state
