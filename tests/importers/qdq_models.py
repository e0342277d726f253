"""A small convolutional network and what ONNX Runtime's quantizer makes of it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

SHAPE = (1, 3, 16, 16)
TYPES = {"int8": QuantType.QInt8, "uint8": QuantType.QUInt8}
FORMATS = {"QDQ": QuantFormat.QDQ, "QOperator": QuantFormat.QOperator}


def draw(seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).standard_normal(SHAPE).astype(np.float32)


class Images(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self) -> None:
        self.seeds = iter(range(8))

    def get_next(self) -> dict[str, Any] | None:
        seed = next(self.seeds, None)
        return None if seed is None else {"x": draw(seed)}


def network() -> onnx.ModelProto:
    """Convolutions (plain, by channel, 1 x 1), a residual sum, pooling, a function, dense layers."""
    rng = np.random.default_rng(0)

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array((rng.standard_normal(shape) * 0.3).astype(np.float32), name)

    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"]),
        node("Conv", ["r1", "w2", "b2"], ["c2"], pads=[1, 1, 1, 1], group=8),
        node("Clip", ["c2", "lo", "hi"], ["r2"]),
        node("Conv", ["r2", "w3", "b3"], ["c3"]),
        node("Add", ["c3", "r1"], ["sum"]),
        node("Relu", ["sum"], ["r3"]),
        node("MaxPool", ["r3"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Sigmoid", ["m"], ["s"]),
        node("Mul", ["m", "s"], ["swish"]),
        node("GlobalAveragePool", ["swish"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("Gemm", ["f", "w4", "b4"], ["h"], transB=1),
        node("MatMul", ["h", "w5"], ["y"]),
    ]
    constants = [
        *(weights("w1", 8, 3, 3, 3), weights("b1", 8), weights("w2", 8, 1, 3, 3), weights("b2", 8)),
        *(weights("w3", 8, 8, 1, 1), weights("b3", 8), weights("w4", 12, 8), weights("b4", 12), weights("w5", 12, 10)),
        numpy_helper.from_array(np.float32(0), "lo"),
        numpy_helper.from_array(np.float32(6), "hi"),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def quantized(folder: Path, form: str, activations: str, weights: str, per_channel: bool) -> onnx.ModelProto:
    """The network through onnxruntime.quantization."""
    onnx.save(network(), str(folder / "float.onnx"))
    logging.disable(logging.WARNING)  # it recommends a preparation that this network does not need
    try:
        quantize_static(
            folder / "float.onnx",
            folder / "quantized.onnx",
            Images(),
            quant_format=FORMATS[form],
            per_channel=per_channel,
            activation_type=TYPES[activations],
            weight_type=TYPES[weights],
        )
    finally:
        logging.disable(logging.NOTSET)
    return onnx.load(str(folder / "quantized.onnx"))
