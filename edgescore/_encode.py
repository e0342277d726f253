"""Rows as people have them -> the bytes the kernel reads: lists, tuples, arrays, memoryviews, ndarrays, mappings,
frames.

Text categories become codes here, by the model's own tables and its policy for unseen ones. Nothing is guessed: text
where a number belongs, a missing column or a wrong width is an error that names the feature. numpy is used only on
numpy arrays.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Mapping

from edgescore._errors import DtypeError, InputError, ShapeError, UnknownCategoryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from edgescore._info import Info
    from edgescore._reader import Feature

NAN = float("nan")
INTEGERS = {"int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool"}


# What rows came as: one without its leading axis, a batch along it, or tensors stacked along an axis of their own.
ROW, BATCH, STACK = 1, 0, 2


class Encoder:
    """Encodes rows of one input. ``features`` may be empty: then columns have no names and all are numbers."""

    def __init__(self, info: Info, features: Sequence[Feature]):
        self.info, self.features = info, features
        self.columns = {feature.name: index for index, feature in enumerate(features) if feature.name}
        self.codes: dict[int, dict[Any, int]] = {}
        self.closed: dict[int, set[Any]] = {}
        for index, feature in enumerate(features):
            if feature.categories is None:
                continue
            if any(isinstance(category, (str, bool)) for category in feature.categories):
                self.codes[index] = {category: code for code, category in enumerate(feature.categories)}
            elif feature.unknown == "error":
                self.closed[index] = {float(category) for category in feature.categories}
        self.plain = not self.codes and not self.closed

    def name(self, column: int) -> str:
        """What to call a column in a message."""
        return (self.features[column].name if self.features else "") or f"column {column}"

    def encode(self, x: Any) -> tuple[Any, int, int]:
        """(buffer of C-contiguous rows, number of rows, ROW, BATCH or STACK).

        Raises ShapeError, DtypeError or UnknownCategoryError naming the feature.
        """
        numpy = sys.modules.get("numpy")
        if hasattr(x, "columns") and hasattr(x, "to_dict"):  # a data frame, of polars or pandas
            x = x.to_dicts() if hasattr(x, "to_dicts") else x.to_dict("records")
        elif hasattr(x, "index") and hasattr(x, "to_dict"):  # a row of one: by name, where it has names
            named = x.to_dict()
            x = named if any(name in named for name in self.columns) else x.to_list()
        if numpy is not None and isinstance(x, (numpy.ndarray, numpy.generic)):
            if hasattr(x, "mask") and x.mask.any():  # what is masked is missing
                x = numpy.where(x.mask, None, x.data.astype(object))
            return self._array(numpy, numpy.asarray(x))
        if isinstance(x, (array.array, memoryview)):
            return self._buffer(memoryview(x))
        if isinstance(x, Mapping):
            return self._rows([x]), 1, ROW
        if isinstance(x, (str, bytes)) or not hasattr(x, "__len__") or not hasattr(x, "__getitem__"):
            raise DtypeError(
                f"rows come as a list, tuple, array, ndarray or mapping by feature name, not {type(x).__name__}"
            )
        if len(self.info.shape) != 2 or self.info.shape[0] != 1:
            return self._tensors(x)
        if len(x) and (isinstance(x[0], Mapping) or (hasattr(x[0], "__len__") and not isinstance(x[0], (str, bytes)))):
            return self._rows(x), len(x), BATCH
        if not len(x) and self.info.size:
            return array.array(self._typecode()), 0, BATCH
        return self._rows([x]), 1, ROW

    def _typecode(self) -> str:
        return {"bool": "B", "int64": "q", "uint8": "B"}.get(self.info.dtype.name, self.info.dtype.letter)

    def _array(self, numpy: Any, x: Any) -> tuple[Any, int, int]:
        if x.dtype.kind in "OUS" or not self.plain:
            if x.ndim not in (1, 2):
                raise self._shape(x.shape)
            rows = x.tolist() if x.ndim == 2 else [x.tolist()]
            return self._rows(rows), len(rows), ROW if x.ndim == 1 else BATCH
        if x.dtype.kind not in "fiub":
            raise DtypeError(f"dtype {x.dtype} where the model takes {self.info.dtype.name}")
        if self.info.dtype.name in INTEGERS and not _holds(numpy, self.info.dtype.name, x):
            raise DtypeError(
                f"dtype {x.dtype} where the model takes {self.info.dtype.name}{_range(numpy, self.info.dtype.name)}"
            )
        rows, layout = self._count(x.shape)
        with numpy.errstate(over="ignore"):
            return numpy.ascontiguousarray(x, self.info.dtype.name), rows, layout

    def _buffer(self, view: memoryview) -> tuple[Any, int, int]:
        if view.format not in ("f", "d") and view.format not in tuple("bBhHiIlLqQ?"):
            raise DtypeError(f"a buffer of format {view.format!r} where the model takes {self.info.dtype.name}")
        rows, layout = self._count(view.shape or ())
        if view.format == self._typecode() and view.c_contiguous and self.plain:
            return view, rows, layout
        values = view.tolist()
        if len(self.info.shape) != 2 or self.info.shape[0] != 1:
            return self._tensors(values)
        if view.ndim == 1:
            return self._rows([values] if layout == ROW else [values[i : i + 1] for i in range(rows)]), rows, layout
        return self._rows([values] if layout == ROW else values), rows, layout

    def _tensors(self, x: Sequence[Any]) -> tuple[Any, int, int]:
        """Nested lists of an input that is no table."""
        rows, layout = self._count(_nesting(x))
        values = array.array(self._typecode())
        values.extend(self._value(0, value) for value in _flat(x))
        if len(values) != rows * self.info.size:
            raise ShapeError(f"input {self.info.name!r}: the lists inside have different lengths")
        return values, rows, layout

    def _count(self, shape: tuple[int, ...]) -> tuple[int, int]:
        info = self.info
        if not info.shape:
            if len(shape) < 2:
                return (shape or (1,))[0], BATCH
            raise self._shape(shape)
        if shape == info.shape[1:] and info.shape[0] == 1:
            return 1, ROW
        if len(shape) == len(info.shape) and shape[1:] == info.shape[1:] and shape[0] % info.shape[0] == 0:
            return shape[0] // info.shape[0], BATCH
        if info.squeeze and len(shape) == 1:
            return shape[0], BATCH
        if len(shape) > 2 and shape[1:] == info.shape:
            return shape[0], STACK
        raise self._shape(shape)

    def _shape(self, shape: Any) -> ShapeError:
        info = self.info
        if len(info.shape) != 2 or info.shape[0] != 1:
            return ShapeError(
                f"input {info.name!r} takes the shape {info.shape}, or several such along the first axis or one more; "
                f"got {tuple(shape)}"
            )
        wanted = " x ".join(str(dim) for dim in info.shape[1:])
        return ShapeError(
            f"input {info.name!r} takes rows of {wanted} values, or a batch of such rows; got shape {tuple(shape)}"
        )

    def _rows(self, rows: Sequence[Any]) -> Any:
        out = array.array(self._typecode())
        width = self.info.size
        for number, row in enumerate(rows):
            values = self._named(row) if isinstance(row, Mapping) else row
            if not hasattr(values, "__len__") or len(values) != width:
                got = len(values) if hasattr(values, "__len__") else type(values).__name__
                where = f" in row {number}" if len(rows) > 1 else ""
                raise ShapeError(f"input {self.info.name!r} takes {width} values a row, got {got}{where}")
            try:
                if self.plain:
                    out.extend(values)
                    continue
            except (TypeError, OverflowError):
                del out[number * width :]
            out.extend(self._value(index, value) for index, value in enumerate(values))
        return out

    def _named(self, row: Mapping[str, Any]) -> list[Any]:
        try:
            values = [row[name] for name in self.columns]
        except KeyError as missing:
            raise ShapeError(
                f"the row has no {missing}; the model takes {', '.join(self.columns) or 'unnamed columns'}"
            ) from None
        if not values:
            raise ShapeError(f"input {self.info.name!r} has no column names; give rows as lists")
        return values

    def _value(self, index: int, value: Any) -> Any:
        """One value as a number the kernel takes."""
        name = self.name(index)
        if value is None or value != value:
            if self._typecode() not in "fd":
                raise DtypeError(f"feature {name!r} takes a {self.info.dtype.name}, which has no missing value")
            return NAN
        codes = self.codes.get(index)
        if codes is not None:
            code = codes.get(value) if value.__hash__ else None
            return self._unknown(index, value) if code is None else code
        if isinstance(value, (str, bytes)):
            raise DtypeError(f"feature {name!r} takes a number, got {value!r}")
        try:
            number = float(value) if self._typecode() in "fd" else value.__index__()
        except OverflowError:  # an int beyond float64
            number = float("inf") if value > 0 else float("-inf")
        except (TypeError, ValueError, AttributeError):
            raise DtypeError(f"feature {name!r} takes a {self.info.dtype.name}, got {value!r}") from None
        if self.closed and index in self.closed and number not in self.closed[index]:
            return self._unknown(index, value)
        return self._fits(name, number)

    def _fits(self, name: str, number: Any) -> Any:
        try:
            return array.array(self._typecode(), [number])[0]
        except OverflowError:
            if self._typecode() in "fd":
                return float("inf") if number > 0 else float("-inf")
            raise DtypeError(f"feature {name!r}: {number} does not fit {self.info.dtype.name}") from None

    def _unknown(self, index: int, value: Any) -> float:
        feature = self.features[index]
        if feature.unknown == "slot":
            return -1.0
        if feature.unknown == "missing":
            return NAN
        known = ", ".join(repr(category) for category in (feature.categories or [])[:8])
        name = self.name(index)
        raise UnknownCategoryError(f"feature {name!r}: {value!r} was not seen in training; known: {known}")


def _holds(numpy: Any, name: str, x: Any) -> bool:
    """Whether integer dtype ``name`` holds every value of array ``x`` as it is."""
    if x.dtype.kind == "f":
        return False
    limits = None if name == "bool" else numpy.iinfo(name)
    return not x.size or limits is None or bool(x.min() >= limits.min and x.max() <= limits.max)


def _nesting(values: Any) -> tuple[int, ...]:
    """The shape of nested lists, by the first of each."""
    shape: list[int] = []
    while hasattr(values, "__len__") and not isinstance(values, (str, bytes)):
        shape.append(len(values))
        if not shape[-1]:
            break
        values = values[0]
    return tuple(shape)


def _range(numpy: Any, name: str) -> str:
    """What an integer dtype holds, for a message."""
    return "" if name == "bool" else f": whole numbers from {numpy.iinfo(name).min} to {numpy.iinfo(name).max}"


def _flat(values: Any) -> list[Any]:
    if hasattr(values, "tolist"):
        values = values.tolist()
    if not isinstance(values, (list, tuple)):
        raise InputError(f"nested rows are lists or tuples, not {type(values).__name__}")
    return [leaf for value in values for leaf in (_flat(value) if isinstance(value, (list, tuple)) else (value,))]
