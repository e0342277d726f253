"""The single-row paths: closures with everything bound and one C call. Whatever is unusual goes the long way.

Each returns None where ``_model.py`` has to look at the row: another type, another shape, a NaN without a route, text.
"""

from __future__ import annotations

import functools
import sys

from edgescore._native_backend import ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Fast = Callable[[Any], Any]


def _simple(engine: Any) -> bool:
    """One input, one score output, and at most a label behind it."""
    scores = [info for info in engine.outputs if not info.is_label]
    return len(engine.inputs) == 1 and len(scores) == 1 and engine.outputs[0] is scores[0] and len(engine.outputs) <= 2


def array_path(engine: Any, review: Callable[[], None]) -> Fast | None:
    """For ndarray rows of float32 or float64, best of the model's own dtype; None where the model has no such path.

    ``review`` is called when the budget is due for a look.
    """
    if not _simple(engine):
        return None
    numpy = sys.modules["numpy"]
    source, target = engine.inputs[0], engine.outputs[0]
    dtype, row, batch = numpy.dtype(source.dtype.name), source.shape[1:], source.shape
    other = {"float32": numpy.dtype("float64"), "float64": numpy.dtype("float32")}.get(source.dtype.name)
    out_row, out_batch = target.row, (target.shape[0], *target.row)
    run = lib.edsc_session_row
    pool: list[tuple[Any, Any, Any]] = []

    def session() -> tuple[Any, Any, Any]:
        """A session, and what returns a copy of its scores as those of a row and of a batch of one."""
        made = engine.session()
        made.score = memory = ffi.new("char[]", max(target.nbytes, 16))
        scores = numpy.frombuffer(ffi.buffer(memory), target.dtype.name, target.size)
        engine.keep(memory)
        of_row = scores.reshape(out_row).copy if out_row else functools.partial(scores.__getitem__, 0)
        return made, of_row, scores.reshape(out_batch).copy

    def fast(x: Any) -> Any:
        shape = x.shape
        if shape == batch:
            which = 2
        elif shape == row:
            which = 1
        else:
            return None
        if x.dtype is not dtype:
            if x.dtype is not other:
                return None
            x = x.astype(dtype)
        try:
            taken = pool.pop()
        except IndexError:
            taken = session()
        status = run(taken[0], x.tobytes())
        if status < 0:
            pool.append(taken)
            return None
        out = taken[which]()
        pool.append(taken)
        if status:
            review()
        return out

    return fast


def list_path(engine: Any, review: Callable[[], None]) -> Fast | None:
    """For one row as a list or tuple of numbers, of models with flat float inputs and flat outputs; else None."""
    source, target = engine.inputs[0], engine.outputs[0]
    if not _simple(engine) or len(source.shape) != 2 or len(target.row) > 1 or source.shape[0] != 1:
        return None
    types = {"float32": "float", "float64": "double"}
    if source.dtype.name not in types or target.dtype.name not in types:
        return None
    width, size, out_type = source.size, target.size, f"{types[target.dtype.name]} *"
    in_type = f"{types[source.dtype.name]}[{width}]"
    run, unpack, scalar = lib.edsc_session_row, ffi.unpack, not target.row
    pool: list[tuple[Any, Any, Any, Any]] = []

    def session() -> tuple[Any, Any, Any, Any]:
        """A session with the memory of its row, as numbers and as bytes, and of its scores."""
        made = engine.session()
        made.score = memory = ffi.new("char[]", max(target.nbytes, 16))
        values = ffi.new(in_type)
        engine.keep(memory)
        return made, values, ffi.cast("char *", values), ffi.cast(out_type, memory)

    def fast(x: Any) -> Any:
        if len(x) != width:
            return None
        try:
            taken = pool.pop()
        except IndexError:
            taken = session()
        made, values, as_bytes, scores = taken
        try:
            values[0:width] = x
        except (TypeError, OverflowError):
            pool.append(taken)
            return None
        status = run(made, as_bytes)
        out = None if status < 0 else scores[0] if scalar else unpack(scores, size)
        pool.append(taken)
        if status > 0:
            review()
        return out

    return fast
