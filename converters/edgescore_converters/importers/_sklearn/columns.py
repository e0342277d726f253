"""Columns in flight and the input columns they come from: where text, categories, ranges and thresholds are remembered.

A text column is a column of codes: the position of a text in its input's list. Codes are given out as estimators name
texts (categories, fill values, sentinels), so every encoder of one input shares them. Refuses nothing: see ``builder``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from edgescore_converters.errors import Unsupported
from edgescore_converters.ir import Feature, Value


class Refused(Exception):
    """A handler gives up; ``part`` is None when the reason is on the list already."""

    def __init__(self, part: Unsupported | None = None) -> None:
        super().__init__(str(part or "refused"))
        self.part = part


@dataclass(frozen=True)
class Column:
    """A column in flight: while it is an input up to scaling, scale * input[source] + shift; else source is None.

    nan: the inputs whose NaN makes it NaN.
    """

    source: int | None = None
    scale: float = 1.0
    shift: float = 0.0
    nan: frozenset[int] = frozenset()

    @property
    def raw(self) -> bool:
        """Whether the values are the input's own."""
        return self.source is not None and self.scale == 1 and self.shift == 0

    def affine(self, scale: float, shift: float) -> Column:
        """This column times ``scale`` plus ``shift``."""
        return replace(self, scale=self.scale * scale, shift=self.shift * scale + shift)

    def inputs_at(self, values: Iterable[float]) -> list[float]:
        """The finite input values at which this column has ``values``."""
        if self.source is None or self.scale == 0:
            return []
        return [x for v in values if math.isfinite(x := (float(v) - self.shift) / self.scale)]


class Table:
    """A matrix in flight: ``value`` is (1, k), ``columns`` are k. Without a value it stands for a refused step."""

    def __init__(self, value: Value | None, columns: Sequence[Column] | None = None) -> None:
        self._value = value
        self.columns = tuple(columns if columns is not None else [Column()] * (value.shape[-1] if value else 0))

    @property
    def value(self) -> Value:
        """The matrix; raises Refused where there is none."""
        if self._value is None:
            raise Refused
        return self._value

    @property
    def failed(self) -> bool:
        """Whether a step before was refused."""
        return self._value is None

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.columns)

    def mapped(self, value: Value) -> Table:
        """The result of a function of each column: NaN goes through, thresholds are no longer the input's."""
        return Table(value, [Column(nan=column.nan) for column in self.columns])

    def affine(self, value: Value, scale: Any, shift: Any) -> Table:
        """The result of scaling each column."""
        pairs = zip(np.broadcast_to(scale, self.width), np.broadcast_to(shift, self.width), strict=True)
        return Table(value, [c.affine(float(s), float(t)) for c, (s, t) in zip(self.columns, pairs, strict=True)])


@dataclass
class InputColumn:
    """What is known about an input column.

    codes: text or bool -> code. numbers: numeric categories. strict: an unknown category is an error. missing: how the
    source marks a missing text. low, high: range in training. probes: thresholds and edges. nan: NaN has a route from
    here. used: something reads it.
    """

    name: str
    codes: dict[Any, int] = field(default_factory=dict)
    numbers: set[float] = field(default_factory=set)
    strict: bool = False
    missing: Any = math.nan
    low: float | None = None
    high: float | None = None
    probes: set[float] = field(default_factory=set)
    nan: bool = True
    used: bool = False

    @property
    def is_text(self) -> bool:
        """Whether values are texts (or bools) and the graph sees codes."""
        return bool(self.codes)

    def code(self, value: Any) -> float:
        """The code of a text or bool, a new one if need be; NaN for a missing value."""
        if is_missing(value):
            self.missing = value if value is None else math.nan
            return math.nan
        if isinstance(value, (bool, np.bool_)) and not self.codes:
            self.codes = {False: 0, True: 1}  # so that the code of a bool is its number
        key = bool(value) if isinstance(value, np.bool_) else str(value) if isinstance(value, str) else value
        return float(self.codes.setdefault(key, len(self.codes)))

    def saw(self, low: float, high: float) -> None:
        """Remember the range; the first estimator that knows it is nearest to the input."""
        if self.low is None and self.high is None and math.isfinite(low) and math.isfinite(high):
            self.low, self.high = min(low, high), max(low, high)

    def feature(self, named: bool) -> Feature:
        """The column as the file declares it. named: of a data frame, whose columns may hold anything."""
        name = self.name if named else ""
        if named and not self.used:
            # Nothing reads it, so that text must be let in; all of it is unknown, which is let in too.
            return Feature(name, [""], "slot", nan=True)
        unknown = "error" if self.strict else "slot"
        if self.codes:
            return Feature(name, list(self.codes), unknown, nan=self.nan)
        if self.numbers:
            return Feature(name, sorted(self.numbers), unknown, self.low, self.high, self.nan)
        return Feature(name, low=self.low, high=self.high, nan=self.nan)


def is_missing(value: Any) -> bool:
    """Whether scikit-learn can take ``value`` for a missing one: None, NaN, or pandas.NA."""
    return (
        value is None
        or type(value).__name__ == "NAType"
        or (isinstance(value, (float, np.floating)) and value != value)
    )
