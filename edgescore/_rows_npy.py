"""Owns .npy files (https://numpy.org/neps/nep-0001-npy-format.html), read and written without numpy.

Refuses what cannot be streamed as rows of numbers: Fortran order, structured, text and object arrays.
"""

from __future__ import annotations

import math
import sys
from array import array

from edgescore._errors import InputError
from edgescore._rows import Chunk, block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from edgescore._atomic import AtomicFile
    from edgescore._rows import Columns, Source

MAGIC = b"\x93NUMPY"
CODES = {
    "f4": "f",
    "f8": "d",
    "i1": "b",
    "u1": "B",
    "i2": "h",
    "u2": "H",
    "i4": "i",
    "u4": "I",
    "i8": "q",
    "u8": "Q",
    "b1": "?",
}
NATIVE = "<" if sys.byteorder == "little" else ">"
HEADER = 128  # bytes of a written header: room for any shape, and a multiple of 64 as the format asks
LONGEST_HEADER = 1 << 16


class NpyReader:
    """Rows of an array (rows, features); further dimensions are flattened, one dimension is a single column or row."""

    def __init__(self, source: Source, columns: Columns, ids: Sequence[str]):
        if ids:
            raise InputError(f"{source.name}: a .npy file has no column {ids[0]!r} to copy through")
        for name, categories in zip(columns.names, columns.categories):
            if not all(isinstance(category, (int, float)) for category in categories or ()):
                raise InputError(f"{source.name}: {name!r} takes text, which .npy cannot hold; use CSV or JSON lines")
        self._source, self._columns, self._width = source, columns, len(columns.names)
        self._row_number = 0
        self._rows, descr = self._header()
        self._swap = descr[0] not in (NATIVE, "|", "=")
        self._code, self._bytes = CODES[descr[1:]], int(descr[2:]) * self._width

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, at most ``size`` at a time; InputError where the file ends early or goes on behind its last row."""
        while self._row_number < self._rows:
            count = min(size, self._rows - self._row_number)
            data = self._read(count * self._bytes)
            whole = len(data) // self._bytes
            if whole:
                yield self._chunk(data[: whole * self._bytes], whole)
            self._row_number += whole
            if whole < count:
                raise InputError(
                    f"{self._source.name}: ends after row {self._row_number} of {self._rows}; copy it again"
                )
        if self._read(1):
            raise InputError(f"{self._source.name}: goes on behind its last row; is it several arrays in one file?")

    def _chunk(self, data: bytes, count: int) -> Chunk:
        if self._swap:
            swapped = array(self._code, data)
            swapped.byteswap()
            data = swapped.tobytes()
        rows = block(data, count, self._code)
        before = self._row_number
        return Chunk(
            rows if self._code == self._columns.code else rows.tolist(),
            {},
            None,
            lambda position: f"row {before + 1 + position}",
        )

    def _header(self) -> tuple[int, str]:
        """Number of rows and the dtype; raises where the array is not rows of this model."""
        import ast

        name = self._source.name
        start = self._read(8)
        if not start.startswith(MAGIC):
            raise InputError(f"{name}: is not a .npy file")
        size = self._read(2 if start[6:7] == b"\x01" else 4)
        length = int.from_bytes(size, "little")
        text = self._read(min(length, LONGEST_HEADER))
        try:
            header = ast.literal_eval(text.decode())
            descr, fortran, shape = header["descr"], header["fortran_order"], tuple(map(int, header["shape"]))
        except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
            raise InputError(f"{name}: the .npy header is damaged; save the array again") from None
        if not isinstance(descr, str) or descr[1:] not in CODES:
            remedy = "save it with .astype('float32')"
            raise InputError(f"{name}: holds {descr!r}; floats of 4 or 8 bytes and integers are read: {remedy}")
        if fortran and sum(dimension != 1 for dimension in shape) > 1:
            raise InputError(
                f"{name}: is in Fortran order, which has no rows to stream; save numpy.ascontiguousarray(x)"
            )
        if len(shape) == 1:
            shape = (shape[0], 1) if self._width == 1 else (1, shape[0])
        if len(shape) < 2 or min(shape) < 0 or math.prod(shape[1:]) != self._width:
            raise InputError(f"{name}: has shape {shape}, the model takes rows of {self._width} values")
        return shape[0], descr

    def _read(self, count: int) -> bytes:
        try:
            return self._source.stream.read(count)
        except OSError as error:
            raise InputError(f"{self._source.name}: cannot read on: {error.strerror}") from None


class NpyWriter:
    """Rows of numbers as one array, (rows,) for a single column; the row count is put into the header at the end."""

    def __init__(self, file: AtomicFile, columns: Sequence[tuple[str, str]]):
        kinds = {kind for _, kind in columns}
        self._descr, self._code = {"float32": ("f4", "f"), "int": ("i8", "q")}.get("".join(kinds), ("f8", "d"))
        self._file, self._width, self._count = file, len(columns), 0
        self._file.write(self._header())

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Append rows; None becomes NaN."""
        values: array[Any] = array(self._code)
        for row in rows:
            values.extend([math.nan if value is None else value for value in row])
        self._file.write(values.tobytes())
        self._count += len(rows)

    def close(self) -> None:
        """Write the number of rows into the header."""
        self._file.patch(self._header())

    def _header(self) -> bytes:
        shape = f"({self._count},)" if self._width == 1 else f"({self._count}, {self._width})"
        text = f"{{'descr': '{NATIVE}{self._descr}', 'fortran_order': False, 'shape': {shape}, }}"
        return MAGIC + b"\x01\x00" + (HEADER - 10).to_bytes(2, "little") + text.ljust(HEADER - 11).encode() + b"\n"
