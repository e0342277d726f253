"""The builder: dispatches estimators to handlers, owns the graph and what is learned about the inputs.

It collects every refusal with the path of its step and goes on, so that one run lists them all; the graph of a model
with refusals is thrown away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError
from edgescore_converters.ir import Graph, Shape, Value

from . import registry
from .columns import Column, InputColumn, Refused, Table, is_missing
from .prediction import Prediction


class Builder:
    """A graph under construction for one fitted estimator.

    names: of the input columns. input_dtype: of the input port. problems: refusals. path: of the current step.
    """

    def __init__(self, names: Sequence[str], input_dtype: str) -> None:
        self.graph = Graph()
        self.inputs = [InputColumn(name) for name in names]
        self.input_dtype = input_dtype
        self.problems: list[Unsupported] = []
        self.path: list[str] = []
        x = self.graph.input("features", len(names), input_dtype)
        x = self.graph.add("cast", x, dtype="float64") if input_dtype != "float64" else x
        self.table = Table(x, [Column(source, nan=frozenset([source])) for source in range(len(names))])

    # Dispatch

    def transform(self, estimator: Any, table: Table, step: str = "") -> Table:
        """What ``estimator.transform`` makes of ``table``; a table without a value if it was refused."""
        with self._step(step):
            try:
                handler = self._enter(registry.TRANSFORMERS, estimator, table)
                result: Table = handler.build(self, estimator, self._stand_in(estimator, table))
                return result
            except (Refused, UnsupportedError) as refusal:
                self._record(estimator, refusal)
                return Table(None)

    def predict(self, estimator: Any, table: Table, step: str = "") -> Prediction:
        """What ``estimator`` predicts from ``table``; a failed prediction if it was refused."""
        with self._step(step):
            try:
                handler = self._enter(registry.PREDICTORS, estimator, table)
                result: Prediction = handler.build(self, estimator, self._stand_in(estimator, table))
                return result
            except (Refused, UnsupportedError) as refusal:
                self._record(estimator, refusal)
                return Prediction("transform", failed=True)

    def is_predictor(self, estimator: Any) -> bool:
        """Whether the last step ``estimator`` is asked to predict, and not to transform."""
        if estimator is None or isinstance(estimator, str):  # a last step that only passes on
            return False
        return registry.find(registry.PREDICTORS, estimator) is not None or not hasattr(estimator, "transform")

    def _enter(self, handlers: dict[str, registry.Handler], estimator: Any, table: Table) -> registry.Handler:
        handler = registry.find(handlers, estimator)
        if handler is None:
            raise self.refusal("there is no converter for this estimator", registry.remedy(estimator))
        if not handler.composite:
            self._require_fitted(estimator)
            self.reads(estimator, table, routes_nan=handler.routes_nan)
        return handler

    def reads(self, estimator: Any, table: Table, *, routes_nan: bool = False) -> None:
        """The estimator itself reads the columns; NaN in them is its own affair, or for its tag to allow."""
        for column in table.columns:
            if column.source is not None:
                self.inputs[column.source].used = True
        if not routes_nan and not _allows_nan(estimator):
            self.refuse_nan(table)

    def _require_fitted(self, estimator: Any) -> None:
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted

        try:
            check_is_fitted(estimator)
        except NotFittedError as error:
            where = f" ({'.'.join(self.path)})" if self.path else ""
            raise ConvertError(
                f"{type(estimator).__name__}{where} is not fitted; call fit before converting"
            ) from error

    def _stand_in(self, estimator: Any, table: Table) -> Table:
        """A table of the width that ``estimator`` was fitted with where the real one was refused, to go on checking."""
        if not table.failed:
            return table
        width = getattr(estimator, "n_features_in_", None)
        return Table(Value("float64", (1, int(width)))) if width else table

    # Refusals

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.path.extend([name] if name else [])
        try:
            yield
        finally:
            del self.path[len(self.path) - bool(name) :]

    def refusal(self, reason: str, remedy: str, what: str = "") -> Refused:
        """An exception to raise: the current step, or ``what`` in it, cannot be converted."""
        return Refused(Unsupported(what, reason, remedy))

    def _record(self, estimator: Any, refusal: Refused | UnsupportedError) -> None:
        parts = refusal.parts if isinstance(refusal, UnsupportedError) else [refusal.part] if refusal.part else []
        kind = type(estimator).__name__
        for part in parts:
            what = kind if part.name in ("", kind) else f"{kind}, {part.name}"
            name = f"{'.'.join(self.path)}: {what}" if self.path else what
            # A hundred members of one kind are one problem.
            if _unnumbered(name) not in [_unnumbered(known.name) for known in self.problems]:
                self.problems.append(Unsupported(name, part.reason, part.remedy))

    # What is learned about the inputs

    def refuse_nan(self, table: Table) -> None:
        """These columns reach arithmetic that scikit-learn does not do on NaN."""
        for source in frozenset[int]().union(*(column.nan for column in table.columns)):
            self.inputs[source].nan = False

    def saw(self, table: Table, low: ArrayLike, high: ArrayLike) -> None:
        """The columns' range in training."""
        ends = np.broadcast_to(low, table.width), np.broadcast_to(high, table.width)
        for column, *values in zip(table.columns, *ends, strict=True):
            at = column.inputs_at(values)
            if column.source is not None and len(at) == 2:
                self.inputs[column.source].saw(*at)

    def probe(self, column: Column, values: ArrayLike) -> None:
        """Column values at which something changes."""
        if column.source is not None:
            self.inputs[column.source].probes.update(column.inputs_at(np.asarray(values, np.float64).ravel()))

    def codes(self, column: Column, values: Sequence[Any], *, strict: bool) -> NDArray[np.float64]:
        """What the graph sees where scikit-learn sees the categories ``values``: codes of texts and bools, numbers.

        A missing value is NaN. strict: other values are an error. Raises Refused where that cannot be kept.
        """
        present = [value for value in values if not is_missing(value)]
        if len(values) - len(present) > 1:
            raise self.refusal("None and NaN are two categories of it", "replace None by NaN before training")
        text = bool(present) and all(isinstance(v, (str, bool, np.bool_)) for v in present)
        kinds = {
            "bool" if isinstance(v, (bool, np.bool_)) else "text" if isinstance(v, str) else "number" for v in present
        }
        if len(kinds) > 1:
            raise self.refusal(f"a column mixes {' and '.join(sorted(kinds))}", "make it one type before training")
        if column.source is None or not column.raw:
            if text or strict:
                reason = "it names categories of a computed column, where an unknown one cannot be refused"
                raise self.refusal(reason, "train with handle_unknown='ignore', or encode the input column itself")
            return np.asarray([np.nan if is_missing(v) else float(v) for v in values])
        known = self.inputs[column.source]
        known.strict |= strict
        if text:
            if known.codes and isinstance(next(iter(known.codes)), str) != ("text" in kinds):
                raise self.refusal(f"column {known.name!r} is text and bool", "make it one type before training")
            return np.asarray([known.code(value) for value in values])
        numbers = np.asarray([np.nan if is_missing(v) else float(v) for v in values])
        self.require_exact(column, numbers)
        known.numbers.update(numbers[~np.isnan(numbers)].tolist())
        known.probes.update(known.numbers)
        return numbers

    def require_exact(self, column: Column, values: NDArray[np.float64]) -> None:
        """Raises Refused when an input column is to equal values that the input port's dtype cannot hold."""
        with np.errstate(over="ignore"):
            exact = (values.astype(self.input_dtype) == values) | np.isnan(values)
        if column.source is not None and column.raw and not np.all(exact):
            example = f"{self.inputs[column.source].name!r} is compared with {values[~exact][0]!r}"
            raise self.refusal(f"{example}, which is no {self.input_dtype}", "convert with input_dtype='float64'")

    # Nodes

    def add(self, op: str, *inputs: Any, dtype: str | None = None, shape: Shape | None = None, **params: Any) -> Value:
        """Append a node, see ``Graph.add``."""
        return self.graph.add(op, *inputs, dtype=dtype, shape=shape, **params)

    def affine(self, x: Value, weights: ArrayLike, bias: ArrayLike | None = None) -> Value:
        """x w^T + b for weights (m, k), sparse ones too, and bias of size m or 1: one dense node."""
        dense = weights.toarray() if hasattr(weights, "toarray") else np.asarray(weights)
        w = np.atleast_2d(np.asarray(dense, np.float64))
        b = None if bias is None else np.broadcast_to(np.ravel(np.asarray(bias, np.float64)), len(w))
        return self.add("dense", x, w, b)

    def select(self, table: Table, index: Sequence[int]) -> Table:
        """Columns by number."""
        chosen = [int(i) for i in index]
        value = self.add("columns", table.value, np.asarray(chosen, np.int32))
        return Table(value, [table.columns[i] for i in chosen])

    def wide(self, value: Value) -> Value:
        """The value in float64, the type of everything here."""
        return value if value.dtype == "float64" else self.add("cast", value, dtype="float64")

    def concat(self, values: Sequence[Value]) -> Value:
        """Values side by side."""
        if len(values) == 1:
            return values[0]
        return self.add("concat", *values, shape=(1, sum(value.shape[-1] for value in values)))

    def join(self, tables: Sequence[Table]) -> Table:
        """Tables side by side; raises Refused if one of them was refused, or there is none."""
        value = self.concat([table.value for table in tables]) if tables else Table(None).value
        return Table(value, [column for table in tables for column in table.columns])

    def mean(self, values: Sequence[Value], weights: Sequence[float] | None = None) -> Value:
        """The (weighted) average of values of one shape, in their order."""
        factors = [1.0] * len(values) if weights is None else [float(weight) for weight in weights]
        total = values[0] if weights is None else self.add("mul", values[0], factors[0])
        for value, factor in zip(values[1:], factors[1:], strict=True):
            total = self.add("add", total, value if weights is None else self.add("mul", value, factor))
        return self.add("div", total, sum(factors)) if sum(factors) != 1 else total

    def constant(self, table: Table, values: ArrayLike) -> Value:
        """A row of constants, whatever the input, NaN and infinities included."""
        one = self.add("columns", table.value, np.zeros(1, np.int32))
        finite = self.add("missing_indicator", one)
        numbers = np.ravel(np.asarray(values, np.float64))
        return self.affine(finite, np.zeros((len(numbers), 1)), numbers)

    def inside(self, value: Value, low: float, high: float) -> Value:
        """0 from ``low`` to ``high``, NaN elsewhere: to add to what has no answer there."""
        width = value.shape[-1]
        edges = np.asarray([low, np.nextafter(high, np.inf)], np.float64)
        number = self.add("bucketize", value, 2 * np.arange(width + 1, dtype=np.int32), np.tile(edges, width))
        ones, nothing = np.ones(width), np.full(width, np.nan)
        return self.add("lookup", number, np.arange(width + 1, dtype=np.int32), ones, np.zeros(width), nothing, None)

    def above(self, value: Value, threshold: float) -> Value:
        """Class index (1, 1): 1 where ``value`` (1, 1) is above ``threshold``, else 0."""
        return self.add("cast", self.add("binarize", value, np.asarray([threshold])), dtype="int32")

    def labels(self, scores: dict[str, Value], sure: Value, threshold: float) -> Prediction:
        """A label 0 or 1 for each column of ``sure``, 1 above ``threshold``, beside the scores of all."""
        columns = [self.add("columns", sure, np.asarray([j], np.int32)) for j in range(sure.shape[-1])]
        parts = [Prediction("classification", {}, self.above(column, threshold), [0, 1]) for column in columns]
        return Prediction("classification", scores, parts=parts)

    def argmax(self, value: Value) -> Value:
        """Class index (1, 1) of the largest, the first of equals."""
        return self.add("argmax", value)

    def label_values(self, index: Value, classes: Sequence[Any]) -> Value:
        """The classes, which are numbers, in place of their index."""
        value = self.add("cast", index, dtype="float64")
        numbers = np.asarray(classes, np.float64)
        places = np.arange(len(numbers))
        if np.array_equal(numbers, places):
            return value
        return self.add("lookup", value, np.asarray([0, len(numbers)], np.int32), places, numbers, numbers[:1], None)

    def pair(self, p: Value) -> Value:
        """The probabilities (1 - p, p) of two classes."""
        return self.affine(p, [[-1.0], [1.0]], [1.0, 0.0])

    def row_sum(self, value: Value) -> Value:
        """The sum of a row, (1, 1)."""
        return self.affine(value, np.ones((1, value.shape[-1])))

    def shares(self, value: Value) -> Value:
        """Numbers from 0 up divided by their sum; equal shares where all are zero."""
        k = value.shape[-1]
        positive = self.add("binarize", self.row_sum(value), np.zeros(1))
        return self.add(
            "normalizer", self.add("add", value, self.affine(positive, -np.ones((k, 1)), np.ones(k))), norm=1
        )


def _unnumbered(name: str) -> str:
    return re.sub(r"\.\d+(?=[.:])", "", name)


def _allows_nan(estimator: Any) -> bool:
    from sklearn.utils import get_tags

    return bool(get_tags(estimator).input_tags.allow_nan)
