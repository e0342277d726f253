"""ONNX Runtime as the judge: rows of one table in, the outputs in the form that verification compares.

Owns nothing of the conversion. The session is made at the first call, so that importing needs no ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError

Array = NDArray[Any]


@dataclass(frozen=True)
class InputSpec:
    """An input of the model: its columns in the table, its numpy type, whether it is a vector of rows."""

    name: str
    width: int
    dtype: str
    vector: bool


@dataclass(frozen=True)
class OutputSpec:
    """An output: the classes of a label output, the names of a ZipMap's scores."""

    name: str
    classes: Sequence[Any] | None
    names: Sequence[Any]


class Oracle:
    """Calls ONNX Runtime on one thread. batch: the number of rows that the file fixes, or None."""

    def __init__(
        self, model: bytes, inputs: Sequence[InputSpec], outputs: Sequence[OutputSpec], batch: int | None
    ) -> None:
        self._model, self._inputs, self._outputs, self._batch = model, inputs, outputs, batch
        self._session: Any = None

    def __call__(self, rows: Array) -> list[Array]:
        """The outputs for rows [n, columns]: scores as ONNX shapes them, labels as class indices.

        Raises ValueError for rows that ONNX Runtime refuses, ConvertError when it cannot open the model.
        """
        count = len(rows)
        step = self._batch or max(count, 1)
        parts = []
        for start in range(0, max(count, 1), step):
            part = rows[start : start + step]
            if self._batch and len(part) < step:
                part = np.concatenate([part, np.repeat(part[-1:], step - len(part), axis=0)])
            parts.append(self._run(part))
        return [np.concatenate(columns)[:count] for columns in zip(*parts, strict=True)]

    def _run(self, rows: Array) -> list[Array]:
        feeds, start = {}, 0
        for spec in self._inputs:
            columns = rows[:, start : start + spec.width]
            start += spec.width
            data = self._feed(columns, spec)
            feeds[spec.name] = data.ravel() if spec.vector else data
        session = self._open()
        try:
            results = session.run([spec.name for spec in self._outputs], feeds)
        except Exception as error:
            raise ValueError(f"ONNX Runtime refuses the rows: {error}") from error
        return [self._column(spec, result) for spec, result in zip(self._outputs, results, strict=True)]

    def _feed(self, columns: Array, spec: InputSpec) -> Array:
        return _typed(columns, spec.dtype)

    def _column(self, spec: OutputSpec, result: Any) -> Array:
        return _column(spec, result)

    def _open(self) -> Any:
        if self._session is None:
            try:
                import onnxruntime
            except ImportError as error:
                raise ConvertError("verifying an ONNX model needs onnxruntime; install it with pip") from error
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 4  # what ONNX Runtime cannot do comes as an exception
            try:
                self._session = onnxruntime.InferenceSession(self._model, options, providers=["CPUExecutionProvider"])
            except Exception as error:
                raise ConvertError(f"ONNX Runtime {onnxruntime.__version__} cannot open the model: {error}") from error
        return self._session


def _typed(columns: Array, dtype: str) -> Array:
    """The columns as the input's type; to integers as the operator `cast` does it, at the ends too."""
    if dtype == "str":
        return np.asarray(columns).astype(str).astype(object)
    if dtype.startswith("float") or dtype == "bool":
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(columns).astype(dtype)
    numbers = np.asarray(columns, np.float64)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    beyond = numbers >= float(high)
    whole = np.clip(np.nan_to_num(np.where(beyond, 0, numbers), neginf=low), low, None).astype(dtype)
    return np.where(beyond, np.asarray(high, dtype), whole)


def _column(spec: OutputSpec, result: Any) -> Array:
    if spec.names:
        return np.array([[row[name] for name in spec.names] for row in result], np.float32).reshape(-1, len(spec.names))
    if spec.classes is None:
        return np.asarray(result)
    index = {label: position for position, label in reversed(list(enumerate(spec.classes)))}
    return np.array([index[label] for label in np.asarray(result).ravel().tolist()], np.int64)
