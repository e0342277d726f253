"""Custom operators of MediaPipe's models that are builtin ones by another name, for the importer and for LiteRT."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

TRANSPOSED = b"Convolution2DTransposeBias"  # of x, weights [o, h, w, c], bias; TRANSPOSE_CONV has the sizes in front
SAME = 1  # its padding; in the schema that is 0, and 1 is "valid"


def translate(model: Any, schema: Any) -> bool:
    """Put the builtin operator where the custom one stands, in a file's records; whether there was one."""
    numbers = [number for number, code in enumerate(model.operatorCodes or []) if code.customCode == TRANSPOSED]
    for number in numbers:
        code = model.operatorCodes[number]
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.TRANSPOSE_CONV
        code.customCode, code.version = None, 3
    for graph in model.subgraphs or []:
        for operator in graph.operators or []:
            if operator.opcodeIndex not in numbers:
                continue
            sizes = schema.BufferT()
            sizes.data = np.asarray(graph.tensors[operator.outputs[0]].shape, np.int32).view(np.uint8)
            model.buffers.append(sizes)
            tensor = schema.TensorT()
            tensor.shape, tensor.type, tensor.buffer = [4], schema.TensorType.INT32, len(model.buffers) - 1
            graph.tensors.append(tensor)
            x, weights, bias = operator.inputs
            operator.inputs = [len(graph.tensors) - 1, weights, x, bias]
            record = schema.TransposeConvOptionsT()
            padding, record.strideW, record.strideH = struct.unpack_from("<iii", bytearray(operator.customOptions))
            record.padding = int(padding != SAME)
            operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.TransposeConvOptions, record
            operator.customOptions = None
    return bool(numbers)
