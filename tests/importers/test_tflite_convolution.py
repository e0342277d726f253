"""TFLite's convolutions, dense layers and pooling against LiteRT, in every type that it has kernels for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_models import File, K, X, Y, agrees, compare, single

from edgescore._reader import parse
from edgescore_converters.importers.tflite import import_model
from edgescore_converters.network import convert_network

RNG = np.random.default_rng(1)
SAME, VALID = 0, 1
RELU, RELU_N1_TO_1, RELU6 = 1, 2, 3
# By name: type of activations, their quantization, that of the result, whether weights have a scale each channel.
KINDS: dict[str, tuple[str, Any, Any]] = {
    "float32": ("float32", None, None),
    "int8": ("int8", (0.02, 3), (0.05, -7)),
    "uint8": ("uint8", (0.02, 131), (0.05, 121)),
    "int16": ("int16", (0.0002, 0), (0.0005, 0)),
}


def layer(kind: str, shape: tuple[int, ...], channels: int, axis: int, wide: bool = True) -> tuple[K, K]:
    """(weights, bias) as a quantizer for ``kind`` makes them; wide: int64 biases for int16."""
    real = RNG.standard_normal(shape) * 0.2
    bias = RNG.standard_normal(channels) * 0.5
    if kind == "float32":
        return K(real.astype(np.float32)), K(bias.astype(np.float32))
    x_scale = KINDS[kind][1][0]
    if kind == "uint8":
        scale = np.float32(np.abs(real).max() / 120)
        stored = np.clip(np.rint(real / scale) + 129, 0, 255).astype(np.uint8)
        return K(stored, quant=(scale, 129)), K(
            np.rint(bias / (scale * x_scale)).astype(np.int32), quant=(scale * x_scale, 0)
        )
    others = tuple(at for at in range(len(shape)) if at != axis)
    scales = (np.abs(real).max(axis=others) / 127).astype(np.float32)
    along = scales.reshape([-1 if at == axis else 1 for at in range(len(shape))])
    stored = np.clip(np.rint(real / along), -127, 127).astype(np.int8)
    zeros = np.zeros(channels, np.int64)
    # Converters leave the axis of the weights on the bias, which has only one.
    steps = np.rint(bias / (scales * x_scale)).astype(np.int64 if kind == "int16" and wide else np.int32)
    return K(stored, quant=(scales, zeros, axis)), K(steps, quant=(scales * np.float32(x_scale), zeros, axis))


WINDOWS = {
    "same": {"padding": SAME},
    "valid": {"padding": VALID, "fusedActivationFunction": RELU},
    "strides": {"padding": SAME, "strideH": 2, "strideW": 3, "fusedActivationFunction": RELU6},
    "dilated": {"padding": SAME, "dilationHFactor": 2, "dilationWFactor": 3, "fusedActivationFunction": RELU_N1_TO_1},
}


def placed(window: str) -> dict[str, int]:
    return {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1} | WINDOWS[window]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("kind", KINDS)
def test_conv_2d(kind: str, window: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS[kind]
    weights, bias = layer(kind, (8, 3, 3, 5), 8, 0)
    agrees(
        single("CONV_2D", [X((1, 13, 11, 5), dtype, x), weights, bias], Y(dtype, y), "Conv2D", **placed(window)),
        monkeypatch,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_conv_2d_of_groups(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS[kind]
    weights, bias = layer(kind, (6, 3, 3, 2), 6, 0)
    agrees(
        single("CONV_2D", [X((1, 9, 8, 4), dtype, x), weights, bias], Y(dtype, y), "Conv2D", **placed("same")),
        monkeypatch,
    )


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_conv_2d(kind: str, window: str, multiplier: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS[kind]
    weights, bias = layer(kind, (1, 3, 3, 4 * multiplier), 4 * multiplier, 3)
    fields = placed(window) | {"depthMultiplier": multiplier}
    agrees(
        single(
            "DEPTHWISE_CONV_2D", [X((1, 13, 11, 4), dtype, x), weights, bias], Y(dtype, y), "DepthwiseConv2D", **fields
        ),
        monkeypatch,
    )


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize("kind", KINDS)
def test_transpose_conv(kind: str, padding: int, stride: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS[kind]
    weights, bias = layer(kind, (4, 3, 3, 5), 4, 0)
    size = [6 * stride, 5 * stride] if padding == SAME else [5 * stride + 3, 4 * stride + 3]
    shape = K(np.array([1, *size, 4], np.int32))
    fields = {"padding": padding, "strideH": stride, "strideW": stride, "fusedActivationFunction": RELU}
    agrees(
        single(
            "TRANSPOSE_CONV", [shape, weights, X((1, 6, 5, 5), dtype, x), bias], Y(dtype, y), "TransposeConv", **fields
        ),
        monkeypatch,
    )


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_transpose_conv_without_bias(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS[kind]
    weights, _ = layer(kind, (4, 2, 4, 5), 4, 0)
    inputs = [K(np.array([1, 12, 10, 4], np.int32)), weights, X((1, 6, 5, 5), dtype, x)]
    agrees(
        single("TRANSPOSE_CONV", inputs, Y(dtype, y), "TransposeConv", padding=SAME, strideH=2, strideW=2), monkeypatch
    )


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_fully_connected(kind: str, each: bool, keep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """each: a scale for each row of the weights."""
    dtype, x, y = KINDS[kind]
    weights, bias = layer(kind, (7, 20), 7, 0)
    if not each and kind in ("int8", "int16"):
        weights.quant, bias.quant = (np.float32(0.004), 0), (np.float32(0.004) * np.float32(x[0]), 0)
    fields = {"keepNumDims": keep, "fusedActivationFunction": RELU}
    model = single("FULLY_CONNECTED", [X((2, 3, 20), dtype, x), weights, bias], Y(dtype, y), "FullyConnected", **fields)
    agrees(model, monkeypatch, count=20)


@pytest.mark.parametrize("kind", KINDS)
def test_fully_connected_without_bias(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS[kind]
    weights, _ = layer(kind, (7, 20), 7, 0)
    inputs = [X((4, 20), dtype, x), weights, None]
    agrees(single("FULLY_CONNECTED", inputs, Y(dtype, y), "FullyConnected"), monkeypatch, count=20)


def test_fully_connected_of_narrow_biases(monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS["int16"]
    weights, bias = layer("int16", (7, 20), 7, 0, wide=False)
    model = single(
        "FULLY_CONNECTED", [X((4, 20), dtype, x), weights, bias], Y(dtype, y), "FullyConnected", quantizedBiasType=2
    )
    agrees(model, monkeypatch, count=20)


@pytest.mark.parametrize("axis", [0, 1, 3])
def test_quantized_dimension_of_a_bias_is_not_looked_at(axis: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, y = KINDS["int8"]
    weights, bias = layer("int8", (8, 3, 3, 5), 8, 0)
    assert bias.quant is not None
    bias.quant = (bias.quant[0], bias.quant[1], axis)
    agrees(
        single("CONV_2D", [X((1, 9, 9, 5), dtype, x), weights, bias], Y(dtype, y), "Conv2D", **placed("same")),
        monkeypatch,
    )


@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pool_2d(name: str, kind: str, padding: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, x, _ = KINDS[kind]
    fields = {
        "filterHeight": 3,
        "filterWidth": 2,
        "strideH": 2,
        "strideW": 1,
        "padding": padding,
        "fusedActivationFunction": RELU6,
    }
    agrees(single(name, [X((1, 9, 8, 6), dtype, x)], Y(dtype, x), "Pool2D", **fields), monkeypatch)


def test_l2_pool_2d(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"filterHeight": 3, "filterWidth": 2, "strideH": 2, "strideW": 1, "padding": SAME}
    agrees(single("L2_POOL_2D", [X((1, 9, 8, 6))], Y(), "Pool2D", **fields), monkeypatch)


@pytest.mark.parametrize("padding", [SAME, VALID])
def test_conv_3d(padding: int, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, bias = RNG.standard_normal((2, 3, 3, 4, 6)).astype(np.float32), RNG.standard_normal(6).astype(np.float32)
    fields = {"padding": padding, "strideD": 1, "strideH": 2, "strideW": 1, "fusedActivationFunction": RELU}
    fields |= {"dilationDFactor": 1, "dilationHFactor": 1, "dilationWFactor": 1}
    agrees(single("CONV_3D", [X((1, 5, 7, 6, 4)), K(weights), K(bias)], Y(), "Conv3D", **fields), monkeypatch)


@pytest.mark.parametrize(
    ("name", "kind"),
    # LiteRT has no depthwise kernel for int4, and for weights of one scale one that reads scales behind its end.
    [(name, kind) for name in ("CONV_2D", "FULLY_CONNECTED", "whole") for kind in ("int8", "int8 per tensor", "int4")]
    + [("DEPTHWISE_CONV_2D", "int8")],
)
def test_dynamic_range(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """int8 and int4 weights of float layers are LiteRT's dynamic range kernels, which quantize what comes."""
    shape = {"DEPTHWISE_CONV_2D": (1, 3, 3, 4), "FULLY_CONNECTED": (8, 20)}.get(name, (8, 3, 3, 4))
    axis = 3 if name == "DEPTHWISE_CONV_2D" else 0
    channels = shape[axis]
    weights, _ = layer("int8", shape, channels, axis)
    assert weights.quant is not None
    bias = K((RNG.standard_normal(channels)).astype(np.float32))
    if kind == "int8 per tensor":
        weights.quant = (weights.quant[0][0], 0)
    if kind == "int4":
        small = np.clip(weights.data, -7, 7).reshape(-1)
        weights = K((small[0::2] & 15 | small[1::2] << 4).astype(np.int8), "int4", weights.quant, shape)
    x = {"FULLY_CONNECTED": X((3, 20)), "whole": X((2, 3, 3, 4))}.get(name, X((2, 9, 8, 4)))
    fields = {} if name == "FULLY_CONNECTED" else placed("valid" if name == "whole" else "same")
    if name == "DEPTHWISE_CONV_2D":
        fields["depthMultiplier"] = 1
    model = single(
        name if name != "whole" else "CONV_2D", [x, weights, bias], Y(), OPTIONS.get(name, "Conv2D"), **fields
    )
    assert compare(model, monkeypatch, plain=True).worst == 0  # the same bits
    used = {node.op.name for node in parse(convert_network(import_model(model), force=True).data).nodes}
    assert {"conv_hybrid", "dense_hybrid"} & used  # int8 weights
    assert not {"conv", "dense"} & used


@pytest.mark.parametrize("channels", [1, 3, 7])
def test_depthwise_dynamic_range(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kernel multiplies in another order where less than four channels are left."""
    weights, _ = layer("int8", (1, 3, 3, channels), channels, 3)
    bias = K(RNG.standard_normal(channels).astype(np.float32))
    fields = {**placed("same"), "depthMultiplier": 1}
    model = single("DEPTHWISE_CONV_2D", [X((2, 9, 8, channels)), weights, bias], Y(), "DepthwiseConv2D", **fields)
    assert compare(model, monkeypatch, plain=True).worst == 0


OPTIONS = {"DEPTHWISE_CONV_2D": "DepthwiseConv2D", "FULLY_CONNECTED": "FullyConnected"}


@pytest.mark.parametrize("name", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
def test_float16_weights(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = File()
    shape = {"DEPTHWISE_CONV_2D": (1, 3, 3, 4), "FULLY_CONNECTED": (8, 20)}.get(name, (8, 3, 3, 4))
    channels = shape[3 if name == "DEPTHWISE_CONV_2D" else 0]
    x = file.tensor((3, 20) if name == "FULLY_CONNECTED" else (1, 9, 8, 4))
    wide = []
    for size in (shape, (channels,)):
        wide.append(file.tensor(size))
        narrow = file.constant(RNG.standard_normal(size).astype(np.float16))
        file.op("DEQUANTIZE", [narrow], [wide[-1]], "Dequantize")
    fields = {} if name == "FULLY_CONNECTED" else placed("same")
    y = file.tensor((1,))
    file.op(name, [x, *wide], [y], OPTIONS.get(name, "Conv2D"), **fields)
    agrees(file.finish([x], [y]), monkeypatch)


@pytest.mark.parametrize("name", ["CONV_2D", "FULLY_CONNECTED"])
def test_int4_weights_of_int8_layers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = (8, 20) if name == "FULLY_CONNECTED" else (8, 3, 3, 4)
    weights, bias = layer("int8", shape, 8, 0)
    small = np.clip(weights.data, -7, 7).reshape(-1)
    weights = K((small[0::2] & 15 | small[1::2] << 4).astype(np.int8), "int4", weights.quant, shape)
    fields = {} if name == "FULLY_CONNECTED" else placed("same")
    x = X((3, 20) if name == "FULLY_CONNECTED" else (1, 9, 8, 4), "int8", (0.02, 3))
    agrees(single(name, [x, weights, bias], Y("int8", (0.01, -7)), OPTIONS.get(name, "Conv2D"), **fields), monkeypatch)
