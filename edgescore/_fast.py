"""The single-row path for ndarrays: one closure with everything bound, one C call. The unusual goes the long way."""

from __future__ import annotations

import sys

from edgescore._native_backend import ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def fast_path(engine: Any, review: Callable[[], None]) -> Callable[[Any], Any]:
    """``fast(x)``: the score of ndarray ``x``, or None where ``_model.py`` has to look at it.

    ``review`` is called when the budget is due for a look.
    """
    numpy = sys.modules["numpy"]
    scores = [info for info in engine.outputs if not info.is_label]
    if len(engine.inputs) != 1 or len(scores) != 1 or engine.outputs[0] is not scores[0] or len(engine.outputs) > 2:
        return lambda x: None
    source, target = engine.inputs[0], scores[0]
    dtype, row, batch = numpy.dtype(source.dtype.name), source.shape[1:], source.shape
    out_row, out_batch = target.row, (target.shape[0], *target.row)
    run = lib.edsc_session_row
    pool: list[tuple[Any, Any, Any]] = []

    def session() -> tuple[Any, Any, Any]:
        """A session with the array its scores appear in, and that array's copy method."""
        made = engine.session()
        made.score = memory = ffi.new("char[]", max(target.nbytes, 16))
        scores = numpy.frombuffer(ffi.buffer(memory), target.dtype.name, target.size).reshape(out_row)
        engine.keep(memory)
        return made, scores, scores.copy

    def fast(x: Any) -> Any:
        if x.dtype is not dtype:
            return None
        shape = x.shape
        if shape != row and shape != batch:
            return None
        try:
            taken = pool.pop()
        except IndexError:
            taken = session()
        status = run(taken[0], x.tobytes())
        if status < 0:
            pool.append(taken)
            return None  # the long way names the error
        out = taken[2]()
        pool.append(taken)
        if status:
            review()
        if shape == row:
            return out if out_row else out[()]
        return out.reshape(out_batch)

    return fast
