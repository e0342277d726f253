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


def _score_output(engine: Any) -> int | None:
    """The number of the score output of a model with one input, one score output and at most a label beside it."""
    scores = [number for number, info in enumerate(engine.outputs) if not info.is_label]
    return scores[0] if len(engine.inputs) == 1 and len(scores) == 1 and len(engine.outputs) <= 2 else None


def _session(engine: Any, score: int, labels: dict[int, Any] | None) -> tuple[Any, Any, Callable[[], Any] | None]:
    """A session, the memory of its scores, and with ``labels`` what returns the label of the row scored last."""
    made = engine.session()
    made.out[score] = memory = ffi.new("char[]", max(engine.outputs[score].nbytes, 16))
    engine.keep(memory)
    if labels is None:
        return made, memory, None
    made.label_only = engine.exits_early
    made.out[1 - score] = index = ffi.new("int32_t *")
    engine.keep(index)
    return made, memory, lambda: labels.get(index[0], index[0])


def array_path(engine: Any, review: Callable[[], None], labels: dict[int, Any] | None = None) -> Fast | None:
    """For ndarray rows of float32 or float64, best of the model's own dtype; None where the model has no such path.

    ``review`` is called when the budget is due for a look. With ``labels``, by class index, the result is the label.
    """
    score = _score_output(engine)
    if score is None:
        return None
    numpy = sys.modules["numpy"]
    source, target = engine.inputs[0], engine.outputs[score]
    if not source.shape[:1] == target.shape[:1] == (1,):
        return None
    dtype, row, batch = numpy.dtype(source.dtype.name), source.shape[1:], source.shape
    other = {"float32": numpy.dtype("float64"), "float64": numpy.dtype("float32")}.get(source.dtype.name)
    out_row, out_batch = target.row, (target.shape[0], *target.row)
    run = lib.edsc_session_row
    pool: list[tuple[Any, Any, Any]] = []

    def session() -> tuple[Any, Any, Any]:
        """A session, and what returns its result as that of a row and of a batch of one."""
        made, memory, label = _session(engine, score, labels)
        if label is not None:
            return made, label, lambda: numpy.array([label()])
        scores = numpy.frombuffer(ffi.buffer(memory), target.dtype.name, target.size)
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


def list_path(engine: Any, review: Callable[[], None], labels: dict[int, Any] | None = None) -> Fast | None:
    """For one row as a list or tuple of numbers, of models with flat float inputs and flat outputs; else None.

    ``review`` and ``labels`` as for ``array_path``.
    """
    score = _score_output(engine)
    if score is None:
        return None
    source, target = engine.inputs[0], engine.outputs[score]
    if len(source.shape) != 2 or len(target.row) > 1 or not source.shape[:1] == target.shape[:1] == (1,):
        return None
    types = {"float32": "float", "float64": "double"}
    if source.dtype.name not in types or target.dtype.name not in types:
        return None
    width, size, out_type = source.size, target.size, f"{types[target.dtype.name]} *"
    in_type = f"{types[source.dtype.name]}[{width}]"
    run = lib.edsc_session_row
    pool: list[tuple[Any, Any, Any, Any]] = []

    def session() -> tuple[Any, Any, Any, Any]:
        """A session, the memory of its row as numbers and as bytes, and what returns its result."""
        made, memory, label = _session(engine, score, labels)
        values, scores = ffi.new(in_type), ffi.cast(out_type, memory)
        of_row = functools.partial(ffi.unpack, scores, size) if target.row else lambda: scores[0]
        return made, values, ffi.cast("char *", values), label or of_row

    def fast(x: Any) -> Any:
        if len(x) != width:
            return None
        try:
            taken = pool.pop()
        except IndexError:
            taken = session()
        made, values, as_bytes, result = taken
        try:
            values[0:width] = x
        except (TypeError, OverflowError):
            pool.append(taken)
            return None
        status = run(made, as_bytes)
        out = None if status < 0 else result()
        pool.append(taken)
        if status > 0:
            review()
        return out

    return fast
