"""Reads UBJSON as XGBoost writes it: objects, arrays with and without counts, typed arrays as numpy views.

Lengths are checked against the bytes at hand before anything is allocated. High-precision numbers and typed objects,
which XGBoost never writes, are refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.errors import ConvertError

_TYPES = {b"d": ">f4", b"D": ">f8", b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"C": ">u1"}
_CONSTANTS = {b"Z": None, b"T": True, b"F": False}
_MAX_DEPTH = 64


def load_ubjson(data: bytes) -> Any:
    """The value in `data`, as dict, list, str, int, float, bool, None, or a native-endian ndarray for a typed array.

    Source of the format: https://ubjson.org. Raises ConvertError naming the byte offset for whatever does not parse.
    """
    reader = _Reader(data)
    value = reader.value(reader.take(1), 0)
    if reader.at != len(data):
        raise reader.error("has bytes after the end")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def error(self, what: str) -> ConvertError:
        return ConvertError(f"UBJSON {what} at byte {self.at}: the file is truncated or corrupt, save the model again")

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self.data) - self.at:
            raise self.error(f"ends where {count} more bytes should follow")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, marker: bytes) -> int | float:
        if marker not in _TYPES:
            raise self.error(f"has type {marker!r} where a number should be")
        dtype = np.dtype(_TYPES[marker])
        number: int | float = np.frombuffer(self.take(dtype.itemsize), dtype)[0].item()
        return number

    def count(self) -> int:
        if (marker := self.take(1)) in (b"d", b"D"):
            raise self.error("has a fraction where a length should be")
        return int(self.number(marker))

    def text(self) -> str:
        try:
            return self.take(self.count()).decode()
        except UnicodeDecodeError as error:
            raise self.error("has text that is no UTF-8") from error

    def value(self, marker: bytes, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise self.error(f"nests deeper than {_MAX_DEPTH}")
        if marker == b"{":
            return self.object(depth + 1)
        if marker == b"[":
            return self.array(depth + 1)
        if marker == b"S":
            return self.text()
        return _CONSTANTS[marker] if marker in _CONSTANTS else self.number(marker)

    def object(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while self.data[self.at : self.at + 1] != b"}":
            key = self.text()
            result[key] = self.value(self.take(1), depth)
        self.at += 1
        return result

    def array(self, depth: int) -> Any:
        marker = self.take(1)
        if marker == b"$":
            kind = self.take(1)
            if kind not in _TYPES or self.take(1) != b"#":
                raise self.error(f"has a typed array of type {kind!r}")
            dtype = np.dtype(_TYPES[kind])
            return np.frombuffer(self.take(self.count() * dtype.itemsize), dtype).astype(dtype.newbyteorder("="))
        if marker == b"#":
            return [self.value(self.take(1), depth) for _ in range(self.count())]
        result = []
        while marker != b"]":
            result.append(self.value(marker, depth))
            marker = self.take(1)
        return result
