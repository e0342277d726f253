"""Reads a .tflite flatbuffer into plain records: tensors with their quantization, operators with their options.

The bindings come from the ai-edge-litert package. What is corrupt in a file becomes a ConvertError here; what is merely
odd in real files (a quantized dimension beyond a bias's one, unused tensors, shared buffers) is let through.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Array, Shape

from ._custom import translate
from ._sparse import spread

# What the generated bindings raise on bytes that contradict each other.
CORRUPT = (struct.error, IndexError, ValueError, TypeError, AttributeError, KeyError, OverflowError, MemoryError)
DTYPES = {
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 5: "string", 6: "bool", 7: "int16", 8: "complex64",
    9: "int8", 10: "float64", 11: "complex128", 12: "uint64", 13: "resource", 14: "variant", 15: "uint32",
    16: "uint16", 17: "int4", 18: "bfloat16",
}  # fmt: skip
MAX_ELEMENTS = 1 << 30
RECORD_BYTES = 8  # that a record takes at least, with the entry of the vector it is in
MAX_RECORDS = 1 << 16  # of all kinds together; the runtime's format holds fewer operands
MAX_LISTED = 4096  # operands of an operator, dimensions of a tensor


@dataclass
class Tensor:
    """A tensor of a subgraph. scale, zero: empty where it is not quantized, one each, or one a slice along ``axis``."""

    name: str
    shape: Shape
    dtype: str
    data: Array | None
    scale: Array
    zero: Array
    axis: int
    is_variable: bool

    @property
    def quant(self) -> tuple[float, int] | None:
        """(scale, zero point) of a tensor quantized as a whole."""
        return (float(self.scale[0]), int(self.zero[0])) if len(self.scale) == 1 else None


@dataclass
class Operator:
    """name: of the builtin, or of the custom operator with its quotes. options: the bindings' record."""

    name: str
    options: Any
    inputs: list[int]
    outputs: list[int]


@dataclass
class Subgraph:
    """A graph of the file."""

    tensors: list[Tensor]
    operators: list[Operator]
    inputs: list[int]
    outputs: list[int]


@dataclass
class Model:
    """The file. inputs, outputs: names by tensor number, from the signature of subgraph 0 where there is one."""

    subgraphs: list[Subgraph]
    description: str
    inputs: dict[int, str]
    outputs: dict[int, str]


def load(data: bytes, name: str) -> Model:
    """The model in ``data``. Raises ConvertError naming the file."""
    from ai_edge_litert import schema_py_generated as schema

    try:
        root = schema.Model.GetRootAs(data)
        _check_lengths(root, len(data))
        raw = schema.ModelT.InitFromObj(root)
        translate(raw, schema)
        builtins = {number: text for text, number in vars(schema.BuiltinOperator).items() if not text.startswith("_")}
        model = _model(raw, builtins)
    except CORRUPT as error:
        raise ConvertError(f"{name} is a corrupt TensorFlow Lite file ({error}); export it again") from error
    if not model.subgraphs:
        raise ConvertError(f"{name} has no graph; export it again")
    return model


def _check_lengths(root: Any, size: int) -> None:
    """ValueError for more records than a file of ``size`` bytes, or any model, has.

    The bindings unpack a vector entry by entry, and a corrupt file may point millions of them at one record.
    """
    room = min(size // RECORD_BYTES, MAX_RECORDS)

    def take(count: int) -> range:
        nonlocal room
        room -= count
        if room < 0:
            raise ValueError("it lists more records than it holds")
        return range(count)

    take(root.OperatorCodesLength() + root.BuffersLength() + root.MetadataLength())
    for at in take(root.SignatureDefsLength()):
        signature = root.SignatureDefs(at)
        take(signature.InputsLength() + signature.OutputsLength())
    for at in take(root.SubgraphsLength()):
        graph = root.Subgraphs(at)
        for number in take(graph.TensorsLength()):
            tensor = graph.Tensors(number)
            take(tensor.VariantTensorsLength())
            if tensor.ShapeLength() > MAX_LISTED:
                raise ValueError(f"tensor {number} has {tensor.ShapeLength()} dimensions")
        for number in take(graph.OperatorsLength()):
            operator = graph.Operators(number)
            if operator.InputsLength() + operator.OutputsLength() > MAX_LISTED:
                raise ValueError(f"operator {number} has more than {MAX_LISTED} operands")


def _model(raw: Any, builtins: dict[int, str]) -> Model:
    codes = []
    for code in raw.operatorCodes or []:
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        custom = code.customCode.decode("utf-8", "replace") if code.customCode else "?"
        codes.append(f"custom operator {custom!r}" if builtins[number] == "CUSTOM" else builtins[number])
    buffers = [None if buffer.data is None else np.asarray(buffer.data, np.uint8) for buffer in raw.buffers or []]
    subgraphs = [_subgraph(graph, codes, buffers) for graph in raw.subgraphs or []]
    inputs: dict[int, str] = {}
    outputs: dict[int, str] = {}
    for signature in raw.signatureDefs or []:
        if signature.subgraphIndex == 0:
            for names, entries in ((inputs, signature.inputs), (outputs, signature.outputs)):
                for entry in entries or []:
                    names.setdefault(entry.tensorIndex, _text(entry.name))
    return Model(subgraphs, _text(raw.description), inputs, outputs)


def _subgraph(raw: Any, codes: list[str], buffers: list[Array | None]) -> Subgraph:
    tensors = [_tensor(tensor, buffers) for tensor in raw.tensors or []]
    operators = [
        Operator(
            codes[operator.opcodeIndex],
            operator.builtinOptions2 if operator.builtinOptions2 is not None else operator.builtinOptions,
            _numbers(operator.inputs),
            _numbers(operator.outputs),
        )
        for operator in (raw.operators or [])
    ]
    graph = Subgraph(tensors, operators, _numbers(raw.inputs), _numbers(raw.outputs))
    used = [number for operator in operators for number in operator.inputs + operator.outputs if number != -1]
    for number in used + graph.inputs + graph.outputs:
        if not 0 <= number < len(tensors):
            raise ValueError(f"tensor {number} of {len(tensors)}")
    return graph


def _tensor(raw: Any, buffers: list[Array | None]) -> Tensor:
    name, dtype = _text(raw.name), DTYPES[raw.type]
    shape = tuple(_numbers(raw.shape))
    if any(size < 0 for size in shape) or np.prod(shape, dtype=np.float64) > MAX_ELEMENTS:
        raise ValueError(f"tensor {name} has the shape {shape}")
    quantization = raw.quantization
    scale = np.zeros(0, np.float32)
    if quantization is not None and quantization.scale is not None:
        scale = np.asarray(quantization.scale, np.float32)
    zero = np.zeros(len(scale), np.int64)
    if quantization is not None and quantization.zeroPoint is not None:
        zero = np.broadcast_to(np.asarray(quantization.zeroPoint, np.int64), scale.shape)
    if len(scale) and not (np.isfinite(scale).all() and (scale >= 0).all()):
        raise ValueError(f"tensor {name} has a scale that is no positive number")
    if len(zero) and not (zero.min() >= -(2**31) and zero.max() < 2**31):
        raise ValueError(f"tensor {name} has a zero point beyond 32 bits")
    data = buffers[raw.buffer] if raw.buffer else None
    axis = quantization.quantizedDimension if quantization is not None else 0
    if data is None or not len(data):
        values = None
    elif raw.sparsity is not None:
        values = spread(raw.sparsity, data.view(dtype), shape)
    else:
        values = _values(data, dtype, shape, name)
    return Tensor(name, shape, dtype, values, scale, zero, axis, bool(raw.isVariable))


def _values(data: Array, dtype: str, shape: Shape, name: str) -> Array | None:
    count = int(np.prod(shape, dtype=np.int64))
    if dtype in ("string", "resource", "variant"):
        return None
    if dtype == "int4":
        low, high = (data << 4).view(np.int8) >> 4, data.view(np.int8) >> 4
        return np.stack([low, high], axis=-1).reshape(-1)[:count].reshape(shape)
    if dtype == "bfloat16":
        return (data.view(np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if len(data) != count * np.dtype(dtype).itemsize:
        raise ValueError(f"tensor {name} of shape {shape} has {len(data)} bytes")
    return data.view(dtype).reshape(shape)


def _numbers(values: Any) -> list[int]:
    return [] if values is None else [int(value) for value in values]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if value else ""
