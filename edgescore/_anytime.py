"""Anytime scoring: ``Partial``, and how ``Model.score(x, deadline_us=...)`` gets one. The bounds are the backend's."""

from __future__ import annotations

import array
import sys
import time

from edgescore._errors import DtypeError, InputError, ShapeError, error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from edgescore._model import Model

MISSING = -18
RETURNING_NS = 1000  # from the last look at the clock to the caller


class Partial:
    """The score of one row after ``trees`` of ``of`` trees.

    score, low, high: each like what ``Model.score`` returns. Whatever the remaining trees say, the score of all lies
    between low and high, element by element; after the last tree all three are it. Before, score is what the trees
    asked so far give: their sum, or of a model that averages, their average.
    """

    __slots__ = ("high", "low", "of", "score", "trees")

    def __init__(self, score: Any, low: Any, high: Any, trees: int, of: int):
        self.score, self.low, self.high, self.trees, self.of = score, low, high, trees, of

    @property
    def complete(self) -> bool:
        """Whether all trees were asked."""
        return self.trees == self.of

    def __repr__(self) -> str:
        return f"Partial(score={self.score}, low={self.low}, high={self.high}, trees={self.trees}, of={self.of})"


def score_until(model: Model, x: Any, deadline_us: float) -> Partial:
    """One row in at most ``deadline_us`` microseconds; ``Model.score`` says what it takes and raises."""
    start = time.perf_counter_ns()
    given: Any = deadline_us
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not given >= 0:
        raise DtypeError(f"a deadline is a number of microseconds, 0 or more, not {deadline_us!r}")
    engine = model._engine
    buffers, rows, layout, as_numpy = model._encode(x)
    if rows != 1:
        raise ShapeError(f"a deadline is for one row at a time; got {rows}")
    infos = engine.outputs
    outputs: list[Any] = [
        None if info.is_label else array.array(info.dtype.letter, bytes(4 * info.nbytes)) for info in infos
    ]
    deadline = start + int(min(1000 * deadline_us, 1e18)) - engine.wrap_ns
    status, trees, of = engine.run_until(buffers, outputs, deadline)
    if status < 0:
        if status == MISSING:
            raise error(status, model._name_missing(buffers))
        raise InputError(
            "a deadline is for models whose scores come from one tree ensemble, with nothing but a link function "
            "behind it; score this one without"
        )
    done = time.perf_counter_ns()
    numpy = sys.modules["numpy"] if as_numpy else None
    rows_of: list[Any] = []
    for which in range(3):
        shaped = []
        for index in model._scores:
            size, flat = infos[index].size, outputs[index]
            part = flat[which * size : (which + 1) * size]
            values = part.tolist() if numpy is None else numpy.array(part)
            shaped.append(model._shaped(index, values, 1, layout, as_numpy))
        rows_of.append(shaped[0] if len(shaped) == 1 else tuple(shaped))
    if status > 0:
        model.review()
    took = time.perf_counter_ns() - done + RETURNING_NS
    engine.wrap_ns += (took - engine.wrap_ns) // (2 if took > engine.wrap_ns else 8)  # an interruption soon fades
    score, low, high = rows_of
    return Partial(score, low, high, trees, of)
