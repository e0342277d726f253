"""Damages model files: their bytes at random, and their records one number, name or list at a time.

Flipped bits mostly break a file's structure; changed records keep it and contradict each other, which gets further.
"""

from __future__ import annotations

import copy
import random
import struct
from collections.abc import Iterator
from typing import Any

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema

NUMBERS = (0, 1, -1, 2, 3, 7, 127, 128, 255, 65535, 2**31 - 1, -(2**31))
TEXTS = (b"", b"x", b"\xff\xfe\x00", b"a" * 300)
# What the bindings raise on records that no file can hold.
UNWRITABLE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, struct.error)
FLOATS = (0.0, -1.0, 1e-40, 1e38, float("nan"), float("inf"), float("-inf"))


def bytes_damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut short, bits flipped, or 32-bit words replaced by numbers that lengths and offsets must not be."""
    if chance.random() < 0.15:
        return data[: chance.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 4, 30))):
        at = chance.randrange(len(data) - 4)
        if chance.random() < 0.5:
            changed[at] ^= 1 << chance.randrange(8)
        else:
            word = chance.choice((0, 1, 4, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data)))
            changed[at // 4 * 4 : at // 4 * 4 + 4] = word.to_bytes(4, "little")
    return bytes(changed)


def number(now: int, chance: random.Random) -> int:
    """Another integer: near ``now``, small, or the end of a range."""
    return chance.choice((now + 1, now - 1, now * 2, -now, chance.randrange(12), chance.choice(NUMBERS)))


# --- TensorFlow Lite ---


def _records(item: Any) -> Iterator[tuple[Any, str]]:
    """Every (record, field) of the bindings' objects below ``item``."""
    for name, value in vars(item).items():
        yield item, name
        for each in value if isinstance(value, list) else [value]:
            if hasattr(each, "InitFromObj"):
                yield from _records(each)


def _changed(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return number(value, chance)
    if isinstance(value, float):
        return chance.choice(FLOATS)
    if isinstance(value, (bytes, str)):
        return chance.choice(TEXTS)
    if isinstance(value, np.ndarray) and value.size:
        changed = value.copy()
        at = chance.randrange(value.size)
        info = np.iinfo(value.dtype) if value.dtype.kind in "iu" else None
        new = chance.choice(FLOATS) if info is None else min(max(number(int(value[at]), chance), info.min), info.max)
        changed[at] = new
        return chance.choice((changed, changed, value[:-1], np.append(value, value[:1]), None))
    if isinstance(value, list) and len(value) > 1:
        a, b = chance.sample(range(len(value)), 2)
        swapped = list(value)
        swapped[a], swapped[b] = value[b], value[a]
        return chance.choice((swapped, swapped, value[:-1], value + value[:1]))
    return None


def tflite_damaged(data: bytes, chance: random.Random) -> bytes | None:
    """Records of the file changed; None where the bindings cannot write the result."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data))
    fields = [
        (record, name)
        for record, name in _records(model)
        if getattr(record, name) is not None and not isinstance(record, schema.BufferT)
    ]
    for _ in range(chance.choice((1, 1, 2, 4))):
        record, name = chance.choice(fields)
        setattr(record, name, _changed(getattr(record, name), chance))
    builder = flatbuffers.Builder(len(data))
    try:
        builder.Finish(model.Pack(builder), b"TFL3")
    except UNWRITABLE:
        return None
    return bytes(builder.Output())


# --- ONNX ---


def _messages(message: Any) -> Iterator[tuple[Any, Any]]:
    """Every (message, field descriptor) that is set below a protobuf message."""
    for field, value in message.ListFields():
        yield message, field
        if field.message_type is not None:
            for each in value if hasattr(value, "append") else [value]:
                yield from _messages(each)


def onnx_damaged(model: onnx.ModelProto, chance: random.Random) -> bytes:
    """Fields of the file changed, dropped, repeated or in another order."""
    model = copy.deepcopy(model)
    fields = list(_messages(model))
    for _ in range(chance.choice((1, 1, 2, 4))):
        message, field = chance.choice(fields)
        value = getattr(message, field.name)
        if hasattr(value, "append"):
            _change_list(message, field, value, chance)
        elif field.message_type is None:
            _set(message, field, value, chance)
        elif chance.random() < 0.3:
            message.ClearField(field.name)
    return bytes(model.SerializeToString())


def _change_list(message: Any, field: Any, value: Any, chance: random.Random) -> None:
    if not len(value):
        return
    a, b = chance.randrange(len(value)), chance.randrange(len(value))
    if field.message_type is not None:
        first, second = copy.deepcopy(value[a]), copy.deepcopy(value[b])
        if chance.random() < 0.5:
            value[a].CopyFrom(second)
            value[b].CopyFrom(first)
        else:
            del value[a]
        return
    choice = chance.randrange(4)
    if choice == 0:
        value[a], value[b] = value[b], value[a]
    elif choice == 1:
        del value[a]
    elif choice == 2:
        value.append(value[a])
    elif isinstance(value[a], int):
        value[a] = number(value[a], chance)
    elif isinstance(value[a], float):
        value[a] = chance.choice(FLOATS)
    else:
        value[a] = value[b]


def _set(message: Any, field: Any, value: Any, chance: random.Random) -> None:
    if isinstance(value, float):
        setattr(message, field.name, chance.choice(FLOATS))
    elif isinstance(value, bytes):
        setattr(message, field.name, value[: chance.randrange(len(value) + 1)])
    elif isinstance(value, str):
        setattr(message, field.name, chance.choice(("", "x", value + "x", "Shape", "Concat", "Gemm")))
    else:
        try:
            setattr(message, field.name, number(int(value), chance))
        except ValueError:  # it does not fit the field
            message.ClearField(field.name)
