"""Operators that ONNX's node tests leave out: older opsets, onnxruntime's own, and forms that exporters write.

Each model is converted and verified against ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgescore
from edgescore_converters import convert
from edgescore_converters.importers import Network, import_model

RNG = np.random.default_rng(0)
node = helper.make_node
MICROSOFT = "com.microsoft"


def weights(*shape: int) -> np.ndarray[Any, Any]:
    return (RNG.standard_normal(shape) * 0.5).astype(np.float32)


def model(
    nodes: Sequence[Any],
    constants: dict[str, Any],
    shape: Sequence[int] = (1, 4, 6, 6),
    opset: int = 17,
    dtype: int = 1,
) -> onnx.ModelProto:
    """x -> nodes -> y."""
    graph = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    graph.output[0].type.tensor_type.elem_type = dtype
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=4 if opset < 10 else 8)


def agrees(source: onnx.ModelProto) -> Network:
    """The network, after its conversion agreed with ONNX Runtime."""
    network = import_model(source)
    assert isinstance(network, Network)
    assert convert(network).verification.disagreements == 0
    return network


FLAT = (5, 4, 3)
OLDER: dict[str, tuple[int, Any, dict[str, Any], Sequence[int]]] = {
    "clip 6": (7, node("Clip", ["x"], ["y"], min=-0.5, max=0.5), {}, FLAT),
    "clip 6, one side": (10, node("Clip", ["x"], ["y"], min=-0.5), {}, FLAT),
    "slice 1": (9, node("Slice", ["x"], ["y"], axes=[1, 0], starts=[1, -2], ends=[1000, 4]), {}, FLAT),
    "squeeze 1": (8, node("Squeeze", ["x"], ["y"], axes=[0]), {}, (1, 4, 3)),
    "unsqueeze 1": (8, node("Unsqueeze", ["x"], ["y"], axes=[0, 2]), {}, FLAT),
    "softmax 1": (9, node("Softmax", ["x"], ["y"], axis=1), {}, FLAT),
    "logsoftmax 1": (11, node("LogSoftmax", ["x"], ["y"], axis=2), {}, FLAT),
    "hardmax 1": (11, node("Hardmax", ["x"], ["y"], axis=1), {}, (5, 4)),
    "pad 2": (9, node("Pad", ["x"], ["y"], pads=[0, 1, 0, 0, 0, 2], mode="edge"), {}, FLAT),
    "pad 2, cut": (9, node("Pad", ["x"], ["y"], pads=[0, -1, 1, 0, 0, 0], value=2.0), {}, FLAT),
    "split 2": (8, node("Split", ["x"], ["y", "z"], axis=1, split=[3, 1]), {}, FLAT),
    "reducesum 1": (8, node("ReduceSum", ["x"], ["y"], axes=[0, 2], keepdims=0), {}, FLAT),
    "upsample 7": (7, node("Upsample", ["x"], ["y"], scales=[1.0, 1.0, 2.0, 3.0]), {}, (1, 2, 3, 3)),
    "upsample 9": (
        9,
        node("Upsample", ["x", "s"], ["y"], mode="linear"),
        {"s": np.asarray([1, 1, 2, 2], np.float32)},
        (1, 2, 3, 3),
    ),
    "resize 10": (10, node("Resize", ["x", "s"], ["y"]), {"s": np.asarray([1, 1, 0.5, 2], np.float32)}, (1, 2, 4, 3)),
    "topk 1": (9, node("TopK", ["x"], ["y", "z"], k=2, axis=1), {}, FLAT),
    "batchnorm 7": (
        7,
        node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"]),
        {"s": weights(4), "b": weights(4), "m": weights(4), "v": np.abs(weights(4)) + 0.1},
        (2, 4, 3, 3),
    ),
    "dropout 7": (7, node("Dropout", ["x"], ["y"]), {}, FLAT),
    "onehot-like scatter 9": (
        9,
        node("Scatter", ["x", "i", "u"], ["y"], axis=1),
        {"i": np.asarray([[[1, 0, 2]]]), "u": weights(1, 1, 3)},
        FLAT,
    ),
}


@pytest.mark.parametrize("name", OLDER)
def test_older_opsets(name: str) -> None:
    opset, made, constants, shape = OLDER[name]
    agrees(model([made], constants, shape, opset))


TRANSPOSED = {
    "plain": {},
    "strides": {"strides": [2, 3]},
    "pads": {"strides": [2, 2], "pads": [1, 0, 1, 2]},
    "groups": {"group": 2, "strides": [2, 1]},
    "dilations": {"dilations": [2, 1], "pads": [1, 1, 0, 0]},
    "output padding": {"strides": [3, 2], "output_padding": [1, 1]},
    "output shape": {"strides": [2, 2], "output_shape": [12, 13]},
    "same upper": {"strides": [2, 2], "auto_pad": "SAME_UPPER"},
    "same lower": {"strides": [2, 2], "auto_pad": "SAME_LOWER"},
}


@pytest.mark.parametrize("name", TRANSPOSED)
def test_transposed_convolutions(name: str) -> None:
    attributes = TRANSPOSED[name]
    w = weights(4, 2 if attributes.get("group") else 3, 3, 2)
    bias = weights(w.shape[1] * int(attributes.get("group", 1)))
    agrees(model([node("ConvTranspose", ["x", "w", "b"], ["y"], **attributes)], {"w": w, "b": bias}))


@pytest.mark.parametrize(
    "attributes",
    [
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
        {"auto_pad": "VALID", "dilations": [2, 1]},
        {"pads": [2, 0, 1, 1], "strides": [1, 2]},
    ],
)
def test_convolution_and_pooling_padding(attributes: dict[str, Any]) -> None:
    agrees(model([node("Conv", ["x", "w"], ["y"], **attributes)], {"w": weights(5, 4, 3, 3)}))
    if "dilations" not in attributes:
        for name in ("AveragePool", "MaxPool"):
            agrees(model([node(name, ["x"], ["y"], kernel_shape=[3, 3], **attributes)], {}))


def test_1d_and_3d_convolutions() -> None:
    agrees(model([node("Conv", ["x", "w"], ["y"], pads=[2, 0])], {"w": weights(5, 4, 3)}, (1, 4, 9)))
    agrees(model([node("Conv", ["x", "w"], ["y"], group=2)], {"w": weights(6, 2, 2, 3, 2)}, (1, 4, 3, 4, 5)))


LAYERS = {"LSTM": 4, "GRU": 3, "RNN": 1}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("every_step", [True, False])
def test_recurrent_layers(layer: str, direction: str, every_step: bool) -> None:
    gates, count, size = LAYERS[layer], 2 if direction == "bidirectional" else 1, 3
    constants = {
        "w": weights(count, gates * size, 4),
        "r": weights(count, gates * size, size),
        "b": weights(count, 2 * gates * size),
        "h": weights(count, 2, size),
    }
    attributes: dict[str, Any] = {"direction": direction, "hidden_size": size}
    if layer == "GRU":
        attributes["linear_before_reset"] = int(every_step)
    outputs = ["y"] if every_step else ["", "y"]
    made = node(layer, ["x", "w", "r", "b", "", "h"], outputs, **attributes)
    agrees(model([made], constants, (5, 2, 4)))


def test_sequences_shorter_than_the_input() -> None:
    constants = {"w": weights(1, 12, 4), "r": weights(1, 12, 3), "n": np.asarray([3, 3], np.int32)}
    agrees(model([node("LSTM", ["x", "w", "r", "", "n"], ["y"], hidden_size=3)], constants, (5, 2, 4)))


QUANT = {"s": np.float32(0.02), "t": np.float32(0.03), "z": np.asarray(120, np.uint8), "o": np.asarray(100, np.uint8)}
INTEGERS: dict[str, tuple[list[str], dict[str, Any], dict[str, Any]]] = {
    "QLinearAdd": (
        ["x", "s", "z", "w", "t", "o", "t", "z"],
        {},
        {"w": RNG.integers(0, 255, (4, 1, 1)).astype(np.uint8)},
    ),
    "QLinearMul": (["x", "s", "z", "x", "s", "z", "t", "o"], {}, {}),
    "QLinearSigmoid": (["x", "s", "z", "u", ""], {}, {"u": np.float32(1 / 256)}),
    "QLinearLeakyRelu": (["x", "s", "z", "t", "o"], {"alpha": 0.1}, {}),
    "QLinearAveragePool": (["x", "s", "z", "s", "z"], {"kernel_shape": [2, 2]}, {}),
    "QLinearGlobalAveragePool": (["x", "s", "z", "t", "o"], {}, {}),
    "QLinearConcat": (["t", "o", "x", "s", "z", "x", "t", "o"], {"axis": 1}, {}),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_operators_of_integers(name: str) -> None:
    inputs, attributes, constants = INTEGERS[name]
    used = {key: value for key, value in {**QUANT, **constants}.items() if key in inputs}
    made = node(name, inputs, ["y"], domain=MICROSOFT, **attributes)
    network = agrees(model([made], used, dtype=TensorProto.UINT8))
    assert network.quantized
    assert network.graph.outputs[0].value.dtype == "uint8"


def test_qgemm() -> None:
    constants = {
        **QUANT,
        "w": RNG.integers(-127, 127, (6, 5)).astype(np.int8),
        "ws": np.abs(weights(5)) * 0.01 + 0.001,
        "wz": np.zeros(5, np.int8),
        "c": RNG.integers(-500, 500, 5).astype(np.int32),
    }
    made = node("QGemm", ["x", "s", "z", "w", "ws", "wz", "c", "t", "o"], ["y"], domain=MICROSOFT)
    agrees(model([made], constants, (3, 6), dtype=TensorProto.UINT8))


def test_shapes_worked_out_in_the_model_fold_away() -> None:
    """What exporters write for x.view(x.shape[0], -1, 2) and a broadcast mask."""
    nodes = [
        node("Shape", ["x"], ["shape"]),
        node("Gather", ["shape", "zero"], ["n"]),
        node("Unsqueeze", ["n", "axes"], ["n1"]),
        node("Concat", ["n1", "minus", "two"], ["sizes"], axis=0),
        node("Reshape", ["x", "sizes"], ["r"]),
        node("ConstantOfShape", ["sizes2"], ["ones"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [1.5])),
        node("Expand", ["ones", "shape2"], ["wide"]),
        node("Shape", ["r"], ["shape2"]),
        node("Mul", ["r", "wide"], ["y"]),
    ]
    nodes[6], nodes[7] = nodes[7], nodes[6]
    constants = {
        "zero": np.asarray(0),
        "axes": np.asarray([0]),
        "minus": np.asarray([-1]),
        "two": np.asarray([2]),
        "sizes2": np.asarray([1, 1, 1]),
    }
    network = agrees(model(nodes, constants))
    assert [each.op for each in network.graph.nodes] == ["reshape", "mul"]


def test_scan_is_unrolled() -> None:
    body = helper.make_graph(
        [node("Add", ["h", "e"], ["h2"]), node("Identity", ["h2"], ["out"])],
        "body",
        [helper.make_tensor_value_info(name, 1, [3]) for name in ("h", "e")],
        [helper.make_tensor_value_info(name, 1, [3]) for name in ("h2", "out")],
    )
    scan = node("Scan", ["start", "x"], ["last", "y"], body=body, num_scan_inputs=1)
    network = agrees(model([scan], {"start": weights(3)}, (4, 3)))
    assert [each.op for each in network.graph.nodes].count("add") == 4


def test_integers_wrap_as_in_onnx() -> None:
    """Narrow integers are computed in wider ones and cut off, as their overflow would."""
    source = model([node("Add", ["x", "c"], ["y"])], {"c": np.asarray([200], np.uint8)}, (4,), dtype=TensorProto.UINT8)
    scored = edgescore.load(convert(source, force=True).data)
    found = scored.score(np.asarray([0, 55, 56, 255], np.uint8))
    np.testing.assert_array_equal(found, np.asarray([200, 255, 0, 199], np.uint8))
