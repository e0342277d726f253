"""The C kernel behind the backend interface; the only importer of ``edgescore._native``.

A session is the memory of one thread's predictions: arena, clock and latency histogram. A model has as many as threads
have scored at the same time; taking and returning one is an atomic list operation.
"""

from __future__ import annotations

import _thread
import os
import time

from edgescore import _native  # type: ignore[attr-defined]
from edgescore._errors import ArenaError, BackendError, error
from edgescore._info import Info
from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

ffi, lib = _native.ffi, _native.lib
NAME = "native"


def kernel_names() -> list[str]:
    """Kernel sets of this build, best first (not all need run on this CPU)."""
    names = lib.edsc_kernel_names()
    out: list[str] = []
    while names[len(out)] != ffi.NULL:
        out.append(ffi.string(names[len(out)]).decode())
    return out


def use_kernels(name: str | None) -> str:
    """Choose the kernel set for the whole process, best for this CPU when None; returns its name."""
    if lib.edsc_use_kernels(ffi.NULL if name is None else name.encode()):
        raise BackendError(
            f"kernel set {name!r} is not available on this CPU; this build has {', '.join(kernel_names())}"
        )
    return str(ffi.string(lib.edsc_kernels_in_use()).decode())


use_kernels(os.environ.get("EDGESCORE_KERNELS") or None)


class Engine:
    """An opened model: ports, plan numbers, sessions."""

    name = NAME

    def __init__(self, data: Any):
        self._keep = data  # the bytes must outlive the model
        buffer = ffi.from_buffer(data)
        if int(ffi.cast("uintptr_t", buffer)) % schema.ALIGNMENT:
            self._keep = (memory := ffi.new("char[]", len(buffer) + schema.ALIGNMENT))
            aligned = memory + -int(ffi.cast("uintptr_t", memory)) % schema.ALIGNMENT
            ffi.memmove(aligned, buffer, len(buffer))
            buffer = ffi.from_buffer(ffi.buffer(aligned, len(buffer)))
        self._buffer = buffer
        self._model = ffi.new("edsc_model *")
        status = lib.edsc_open(self._model, buffer, len(buffer))
        if status:
            raise error(status)
        self.arena, self.state = int(self._model.arena), int(self._model.state)
        self.rowwise = bool(self._model.flags & schema.PLAN_ROWWISE)
        self.inputs = [self._info(lib.edsc_input, index) for index in range(self._model.inputs)]
        self.outputs = [self._info(lib.edsc_output, index) for index in range(self._model.outputs)]
        self.has_budget = self._model.section[schema.SECTION_BY_NAME["budget"].id].size > 0
        self.exits_early = self._model.section[schema.SECTION_BY_NAME["early_exit"].id].size > 0
        self._max_ns = 0
        self._check_nan = any(not info.nan and info.dtype.name.startswith("float") for info in self.inputs)
        # A stream is one: predictions of a model with state take turns on one session.
        self._turn = _thread.allocate_lock() if self.state else None
        self._all: list[Any] = []
        self._arenas: list[Any] = []
        self.free: list[Any] = [self.session()]
        self.wrap_ns = 0  # what _anytime.py takes after the C call
        self._anytime: list[tuple[Any, Any]] = []

    def _info(self, function: Any, index: int) -> Info:
        raw = ffi.new("edsc_info *")
        function(self._model, index, raw)
        return Info(
            ffi.string(raw.name).decode("utf-8", "replace"),
            schema.DTYPE_BY_CODE[raw.dtype],
            tuple(raw.dims[axis] for axis in range(raw.rank)),
            bool(raw.is_label),
            bool(raw.accepts_nan),
            bool(raw.squeeze),
        )

    def session(self) -> Any:
        """Memory for one more thread."""
        size = lib.edsc_arena_size(self._model, 1 << 20)
        try:
            memory = ffi.new("char[]", size + schema.ALIGNMENT)
        except MemoryError:
            raise ArenaError(f"the model asks for {size} bytes of working memory, more than there is") from None
        arena = memory + -int(ffi.cast("uintptr_t", memory)) % schema.ALIGNMENT
        lib.edsc_reset(self._model, arena)
        session = ffi.new("edsc_session *", (self._model, arena, size, self._max_ns, self._check_nan))
        self._arenas.append(memory)
        self._all.append(session)
        return session

    def keep(self, memory: Any) -> None:
        """Hold memory that a session points to as long as the session."""
        self._arenas.append(memory)

    def limit(self, max_ns: int) -> None:
        """Report predictions that take longer than ``max_ns`` (0 = none)."""
        self._max_ns = max_ns
        for session in self._all:
            session.max_ns = max_ns

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], rows: int, label_only: bool = False) -> int:
        """Score ``rows`` rows from buffers into buffers (None = label not wanted); a status, positive when the budget
        should be looked at. With ``label_only`` scores may be left unfinished."""
        sources = ffi.new("void *[]", [ffi.from_buffer(buffer) for buffer in inputs])
        targets = ffi.new("void *[]", [ffi.NULL if buffer is None else ffi.from_buffer(buffer) for buffer in outputs])
        if self._turn is not None:
            with self._turn:
                return int(lib.edsc_session_run(self._all[0], sources, targets, rows))
        try:
            session = self.free.pop()
        except IndexError:
            session = self.session()
        if self.exits_early:
            session.label_only = label_only
        status = lib.edsc_session_run(session, sources, targets, rows)
        self.free.append(session)
        return int(status)

    def run_until(
        self, inputs: Sequence[Any], outputs: Sequence[Any], deadline: int, most: int = 0xFFFFFFFF
    ) -> tuple[int, int, int]:
        """Score one row by ``deadline`` of time.perf_counter_ns(), with ``most`` trees at most: (status, trees asked,
        trees there are). Outputs hold four rows: the score, its least and greatest value, and one to work in."""
        sources = ffi.new("void *[]", [ffi.from_buffer(buffer) for buffer in inputs])
        targets = ffi.new("void *[]", [ffi.NULL if buffer is None else ffi.from_buffer(buffer) for buffer in outputs])
        try:
            session, until = self._anytime.pop()
        except IndexError:
            size = lib.edsc_anytime_size(self._model)
            memory = ffi.new("double[]", size // 8 + 1)
            if not size or lib.edsc_anytime_prepare(self._model, memory):
                return -16, 0, 0
            session = self.session()
            self.keep(memory)
            until = ffi.new("edsc_anytime *", {"memory": memory})
            for _ in range(2):  # to know what bounds take, once everything is in the cache
                session.bound_ns = 0
                lib.edsc_session_until(session, until, sources, targets, 0)
            ffi.buffer(ffi.addressof(session.latency))[:] = bytes(ffi.sizeof("edsc_latency"))
        until.most = most
        left = max(0, deadline - time.perf_counter_ns())
        status = int(lib.edsc_session_until(session, until, sources, targets, left))
        result = status, int(until.trees), int(until.of)
        self._anytime.append((session, until))
        return result

    def get_state(self) -> bytes:
        """The state's bytes."""
        return bytes(ffi.buffer(self._all[0].arena, self.state)) if self.state else b""

    def set_state(self, saved: bytes) -> None:
        """Give the state's bytes back."""
        if self._turn is not None:
            with self._turn:
                ffi.memmove(self._all[0].arena, saved, self.state)

    def reset(self) -> None:
        """Forget the state of every session and the latencies counted so far."""
        for session in self._all:
            lib.edsc_reset(self._model, session.arena)
            session.asked = session.hurried = 0
            ffi.memmove(ffi.addressof(session.latency), bytes(ffi.sizeof("edsc_latency")), ffi.sizeof("edsc_latency"))

    def latency(self) -> tuple[int, int, int, list[int]]:
        """(count, sum ns, max ns, buckets) over all sessions."""
        histograms = [session.latency for session in list(self._all)]
        buckets = [sum(column) for column in zip(*(list(h.bucket) for h in histograms))]
        return (
            sum(h.count for h in histograms),
            sum(h.sum_ns for h in histograms),
            max(h.max_ns for h in histograms),
            buckets,
        )

    def asked(self) -> tuple[int, int]:
        """(trees asked, predictions) of those that may stop early."""
        sessions = list(self._all)
        return sum(session.asked for session in sessions), sum(session.hurried for session in sessions)

    def memory(self) -> int:
        """Bytes of working memory held by all sessions."""
        return sum(len(ffi.buffer(memory)) for memory in self._arenas)
