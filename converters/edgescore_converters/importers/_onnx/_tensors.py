"""What an ONNX tensor is during import: a constant, or rows in the graph with the shape and type that ONNX gives them.

Every model here scores rows, so one axis of each computed tensor runs over the rows, wherever transposes put it; the
other axes are the columns of a graph value (1, k) in row-major order. What moves data therefore acts on column numbers.
Integers travel as floats that hold them exactly; text as codes, and a classifier's labels as an index, of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Graph, Value

Shape = tuple[int | None, ...]
Index = NDArray[np.int64]

# A small file can ask for tensors that fill the memory, by broadcasting and one-hot encoding.
MAX_COLUMNS = 1 << 20
MAX_WEIGHTS = 1 << 26


class Vocabulary:
    """The texts of one input column; their position is the code, given out as operators name them.

    closed: the texts of each operator that fails on any other text.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.closed: list[frozenset[str]] = []
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """The code of ``text``, which gets the next one at its first mention."""
        if text not in self._codes:
            self._codes[text] = len(self.texts)
            self.texts.append(text)
        return self._codes[text]


@dataclass(frozen=True, eq=False)
class Const:
    """A tensor that is the same for all rows; text as an object array of str."""

    data: NDArray[Any]
    axis: int | None = None  # of size 1 that stands for all rows, where the constant has one


@dataclass(frozen=True, eq=False)
class Rows:
    """A computed tensor.

    value: (1, k) in the graph. shape: as ONNX has it, None for the axis of the rows; the others multiply to k. dtype:
    ONNX element type by its numpy name, "str" for text. classes: the elements that the index in `value` stands for
    (labels). vocabularies: one for each column of codes (text inputs). names: what a ZipMap calls the columns.
    """

    value: Value
    shape: Shape
    dtype: str
    classes: Sequence[Any] | None = None
    vocabularies: tuple[Vocabulary, ...] | None = None
    names: Sequence[Any] = ()

    @property
    def axis(self) -> int:
        """The axis of the rows."""
        return self.shape.index(None)

    @property
    def width(self) -> int:
        """Columns of the value."""
        return self.value.shape[1]

    @property
    def numeric(self) -> bool:
        """Whether the elements are the numbers in the value, and not entries of a table."""
        return self.classes is None and self.vocabularies is None

    def columns(self) -> Index:
        """The column numbers, in the tensor's shape with one row."""
        return np.arange(self.width).reshape([1 if size is None else size for size in self.shape])


@dataclass(frozen=True, eq=False)
class Sizes:
    """The shape of a computed tensor, as a tensor: its number of rows is known only when it is scored."""

    of: Rows


Tensor = Const | Rows | Sizes


def require_size(columns: int, weights: int = 0) -> None:
    """ValueError for a tensor of more columns, or a computed matrix of more weights, than any tabular model has."""
    if columns > MAX_COLUMNS or weights > MAX_WEIGHTS:
        raise ValueError(f"it makes {columns} columns, or {weights} weights")


def moved(graph: Graph, rows: Rows, columns: Index, axis: int) -> Rows:
    """``rows`` with the columns that ``columns`` names, whose size-1 axis ``axis`` is that of the rows."""
    require_size(columns.size)
    shape = tuple(None if at == axis else size for at, size in enumerate(columns.shape))
    flat = columns.ravel()
    if np.array_equal(flat, np.arange(rows.width)):
        return replace(rows, shape=shape)
    value = graph.add("columns", rows.value, flat.astype(np.int32))
    vocabularies = rows.vocabularies
    if vocabularies is not None:
        vocabularies = tuple(vocabularies[column] for column in flat.tolist())
    return replace(rows, value=value, shape=shape, vocabularies=vocabularies)


def as_float(graph: Graph, rows: Rows, dtype: str | None = None) -> Value:
    """The value as float32 or float64: ``dtype``, or the one it has; an index becomes float32."""
    have = rows.value.dtype
    dtype = dtype or (have if have.startswith("float") else "float32")
    return rows.value if have == dtype else graph.add("cast", rows.value, dtype=dtype)


def fits_float32(numbers: NDArray[Any]) -> bool:
    """Whether an integer that is not one of ``numbers`` stays different from them when both become float32."""
    return bool(np.all(np.abs(numbers.astype(np.float64)) < 2**24))


def element_type(kind: int) -> str:
    """The name of an ONNX element type: numpy's, and "str" for text."""
    from onnx import TensorProto, helper

    if kind == TensorProto.STRING:
        return "str"
    try:
        return str(helper.tensor_dtype_to_np_dtype(kind).name)
    except KeyError:
        return f"of the unknown type {kind}"
