"""TFLite's arithmetic, functions and changes of type against LiteRT, in every type that it has kernels for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_models import File, K, Quant, X, Y, agrees, compare, single

from edgescore._reader import parse
from edgescore_converters.importers.tflite import import_model
from edgescore_converters.network import convert_network

# Scales whose ratios are no fractions of small numbers, so that hardly any result is a tie.
IN: dict[str, Any] = {"float32": None, "int8": (0.0513, 3), "uint8": (0.0513, 131), "int16": (1.93e-4, 0)}
OTHER: dict[str, Any] = {"float32": None, "int8": (0.0307, -9), "uint8": (0.0307, 119), "int16": (1.37e-4, 0)}
OUT: dict[str, Any] = {"float32": None, "int8": (0.0471, -7), "uint8": (0.0471, 121), "int16": (2.21e-4, 0)}
UNIT: dict[str, Any] = {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (2.0**-15, 0)}
SIGNED: dict[str, Any] = {"int8": (1 / 128, 0), "uint8": (1 / 128, 128), "int16": (2.0**-15, 0)}
BYTES, ALL = ("float32", "int8", "uint8"), ("float32", "int8", "uint8", "int16")

# Function -> (types that LiteRT has it in, the result's quantization by type, options).
FUNCTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any], tuple[str | None, dict[str, Any]]]] = {
    "RELU": (ALL, OUT, (None, {})),
    "RELU6": (ALL, OUT, (None, {})),
    "RELU_N1_TO_1": (BYTES, OUT, (None, {})),
    "RELU_0_TO_1": (BYTES, OUT, (None, {})),
    "LOGISTIC": (ALL, UNIT, (None, {})),
    "TANH": (ALL, SIGNED, (None, {})),
    "ELU": (("float32", "int8"), OUT, (None, {})),
    "HARD_SWISH": (BYTES, OUT, (None, {})),
    "GELU": (BYTES, OUT, ("Gelu", {"approximate": True})),
    "LEAKY_RELU": (ALL, OUT, ("LeakyRelu", {"alpha": 0.3})),
    "SOFTMAX": (ALL, UNIT, ("Softmax", {"beta": 1.0})),
    "LOG_SOFTMAX": (BYTES, {"int8": (16 / 256, 127), "uint8": (16 / 256, 255)}, ("LogSoftmax", {})),
    "L2_NORMALIZATION": (("float32", "int8"), SIGNED, ("L2Norm", {})),
    "ABS": (("float32", "int8", "int16"), OUT, (None, {})),
    "EXP": (("float32", "int8"), {"int8": (0.0871, -128)}, (None, {})),
    **dict.fromkeys(("NEG", "SIN", "COS", "FLOOR", "CEIL", "ROUND", "SIGN", "SQUARE"), (("float32",), {}, (None, {}))),
}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, entry in FUNCTIONS.items() for kind in entry[0]])
def test_function(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, quants, (options, fields) = FUNCTIONS[name]
    model = single(name, [X((2, 7, 9, 5), kind, IN[kind])], Y(kind, quants.get(kind)), options, **fields)
    agrees(model, monkeypatch)


@pytest.mark.parametrize("name", ["LOG", "SQRT", "RSQRT"])
def test_function_of_positive_floats(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single(name, [X((2, 7, 5))], Y()), monkeypatch, low=0.1, high=8)


@pytest.mark.parametrize("name", ["LOG", "RSQRT"])
def test_function_of_positive_bytes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(
        single(name, [X((2, 7, 5), "int8", (0.0513, -128))], Y("int8", OUT["int8"])), monkeypatch, low=-126, high=127
    )


@pytest.mark.parametrize(("name", "low", "high"), [("LOG", 1, 32767), ("GELU", None, None), ("SQRT", 0, 32767)])
def test_function_of_16_bits(name: str, low: int | None, high: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "SQRT":  # of bytes, and in whole steps
        model = single(name, [X((2, 7, 5), "int8", (0.0513, -128))], Y("int8", (0.0171, -101)))
        agrees(model, monkeypatch, low=-128, high=127)
        return
    options = {"options": "Gelu", "approximate": False} if name == "GELU" else {}
    model = single(name, [X((2, 7, 9, 5), "int16", IN["int16"])], Y("int16", OUT["int16"]), **options)
    agrees(model, monkeypatch, low=low, high=high)


@pytest.mark.parametrize("kind", ["int8", "int16"])
def test_neg_is_of_numbers_as_they_are_stored(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare(single("NEG", [X((2, 700), kind, IN[kind])], Y(kind, OUT[kind])), monkeypatch).same == 1


# Quantized, each of these is integer operators alone, in no more memory than the bytes of what it takes and gives.
INTEGERS: dict[str, tuple[Any, ...]] = {
    "ABS": ("int16", [X((2, 7, 9, 5), "int16", IN["int16"])], (None, {})),
    "RELU": ("int16", [X((2, 7, 9, 5), "int16", IN["int16"])], (None, {})),
    "RELU6": ("int16", [X((2, 7, 9, 5), "int16", IN["int16"])], (None, {})),
    "LEAKY_RELU": ("int16", [X((2, 7, 9, 5), "int16", IN["int16"])], ("LeakyRelu", {"alpha": 0.3})),
    "PRELU": ("int8", [X((2, 7, 9, 5), "int8", IN["int8"]), X((9, 5), "int8", OTHER["int8"])], (None, {})),
    "MAXIMUM": ("int8", [X((2, 7, 9, 5), "int8", OUT["int8"])] * 2, ("MaximumMinimum", {})),
    "SELECT_V2": ("int8", [X((9, 5), "bool"), *[X((2, 7, 9, 5), "int8", OUT["int8"])] * 2], ("SelectV2", {})),
    "BATCH_MATMUL": (
        "int16",
        [X((2, 7, 9), "int16", IN["int16"]), X((2, 9, 5), "int16", OTHER["int16"])],
        ("BatchMatMul", {"adjX": False, "adjY": False}),
    ),
    "RESIZE_BILINEAR": (
        "int16",
        [X((2, 7, 9, 5), "int16", OUT["int16"]), K(np.array([10, 4], np.int32))],
        ("ResizeBilinear", {"halfPixelCenters": True}),
    ),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, inputs, (options, fields) = INTEGERS[name]
    data = single(name, inputs, Y(kind, OUT[kind]), options, **fields)
    agrees(data, monkeypatch)
    parsed = parse(convert_network(import_model(data), force=True).data)
    assert parsed.arena == 0
    assert len(parsed.nodes) == 1


def test_exp_of_16_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single("EXP", [X((2, 7, 9, 5), "int16", (1e-4, 0))], Y("int16", (2.0**-9, 0))), monkeypatch)


@pytest.mark.parametrize("scale", [3e-5, 1.7e-4, 2e-3])
@pytest.mark.parametrize("classes", [2, 12, 1000])
def test_softmax_of_16_bits(classes: int, scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    model = single("SOFTMAX", [X((8, classes), "int16", (scale, 0))], Y("int16", UNIT["int16"]), "Softmax", beta=1.0)
    agrees(model, monkeypatch)


@pytest.mark.parametrize("scale", [3e-5, 1.7e-4, 2e-3])
@pytest.mark.parametrize("name", ["LOGISTIC", "TANH"])
def test_sigmoid_and_tanh_of_16_bits(name: str, scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single(name, [X((9000,), "int16", (scale, 0))], Y("int16", UNIT["int16"])), monkeypatch)


@pytest.mark.parametrize("kind", ["float32", "int8", "uint8"])
@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_softmax_of_another_temperature(beta: float, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = single("SOFTMAX", [X((4, 9), kind, IN[kind])], Y(kind, UNIT.get(kind)), "Softmax", beta=beta)
    agrees(model, monkeypatch)


ARITHMETIC = {"ADD": "Add", "SUB": "Sub", "MUL": "Mul", "MAXIMUM": "MaximumMinimum", "MINIMUM": "MaximumMinimum"}
SHAPES = {"same": ((2, 7, 9, 5),) * 2, "last": ((2, 7, 9, 5), (5,)), "both": ((1, 7, 1, 5), (2, 1, 9, 1))}


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("kind", [*ALL, "int32", "int64"])
@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name: str, kind: str, shapes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, y = IN.get(kind), OTHER.get(kind), OUT.get(kind)
    if ARITHMETIC[name] == "MaximumMinimum":
        b = y = a
    elif name == "MUL" and kind in ("int8", "uint8"):
        y = (0.1031, y[1])
    first, second = (X(shape, kind, quant) for shape, quant in zip(SHAPES[shapes], (a, b), strict=True))
    fields = {"potScaleInt16": False} if name in ("ADD", "SUB") else {}
    agrees(single(name, [first, second], Y(kind, y), ARITHMETIC[name], **fields), monkeypatch)


@pytest.mark.parametrize("kind", [*BYTES, "int32", "int64"])
@pytest.mark.parametrize("name", ["ADD", "SUB", "MUL"])
def test_fused_activation(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    y = (0.1031, OUT[kind][1]) if kind in ("int8", "uint8") else None
    inputs = [X((2, 7, 5), kind, IN.get(kind)), X((1,), kind, OTHER.get(kind))]
    agrees(single(name, inputs, Y(kind, y), ARITHMETIC[name], fusedActivationFunction=1), monkeypatch)


@pytest.mark.parametrize("kind", BYTES)
@pytest.mark.parametrize("name", ["ADD", "MUL", "PRELU"])
def test_constant_operand(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = np.random.default_rng(1).standard_normal((1, 1, 5))
    quant = OTHER[kind]
    data = real.astype(np.float32) if quant is None else np.rint(real / quant[0] / 3 + quant[1]).astype(kind)
    y = (0.1031, OUT[kind][1]) if quant and name == "MUL" else OUT[kind]
    inputs = [X((2, 7, 9, 5), kind, IN[kind]), K(data, quant=quant)]
    agrees(single(name, inputs, Y(kind, y), ARITHMETIC.get(name)), monkeypatch)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("DIV", 1, 9), ("POW", 0.5, 2), ("FLOOR_DIV", 1, 9), ("FLOOR_MOD", 1, 9)]
)
def test_float_arithmetic(name: str, low: float, high: float, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single(name, [X((2, 7, 5)), X((5,))], Y()), monkeypatch, low=low, high=high)


@pytest.mark.parametrize("name", ["DIV", "FLOOR_DIV", "FLOOR_MOD"])
def test_whole_numbers_divided(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single(name, [X((9, 4), "int32"), K(np.array([3, -2, 5, -7], np.int32))], Y("int32")), monkeypatch)


@pytest.mark.parametrize("kind", ["float32", "int32", "int8"])
def test_squared_difference(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    y = (0.307, OUT["int8"][1]) if kind == "int8" else None
    inputs = [X((2, 7, 9, 5), kind, IN.get(kind)), X((5,), kind, OTHER.get(kind))]
    agrees(single("SQUARED_DIFFERENCE", inputs, Y(kind, y)), monkeypatch)


@pytest.mark.parametrize("kind", ["float32", "int32", "int64", "int8", "uint8"])
@pytest.mark.parametrize("name", ["EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"])
def test_comparison(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (0, 3) if kind in ("int32", "int64") else (None, None)
    inputs = [X((2, 7, 9, 5), kind, IN.get(kind)), X((9, 1), kind, IN.get(kind))]
    agrees(single(name, inputs, Y("bool")), monkeypatch, low=limits[0], high=limits[1])


def test_logic(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGICAL_AND", "LOGICAL_OR"):
        agrees(single(name, [X((3, 4), "bool"), X((4,), "bool")], Y("bool")), monkeypatch)
    agrees(single("LOGICAL_NOT", [X((3, 4), "bool")], Y("bool")), monkeypatch)
    agrees(single("BITWISE_XOR", [X((3, 4), "int32"), X((4,), "int32")], Y("int32"), "BitwiseXor"), monkeypatch)
    shifts = K(np.array([1, 2, 0, 3], np.int32))
    agrees(single("RIGHT_SHIFT", [X((3, 4), "int32"), shifts], Y("int32"), "RightShift"), monkeypatch)


@pytest.mark.parametrize("to", ["float32", "int32", "int64", "bool", "int8", "uint8", "int16"])
@pytest.mark.parametrize("kind", ["float32", "int32", "int64", "bool"])
def test_cast(kind: str, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (0, 90) if kind == "float32" else (None, None)  # what C leaves open is not compared
    agrees(single("CAST", [X((3, 9), kind)], Y(to), "Cast"), monkeypatch, low=limits[0], high=limits[1])


QUANTS: dict[str, Any] = {"int8": (0.0513, 3), "uint8": (0.0513, 131), "int16": (1e-3, 0)}


@pytest.mark.parametrize(
    ("kind", "to"),
    [("float32", to) for to in QUANTS]
    + [
        ("int8", "uint8"),
        ("uint8", "int8"),
        ("int8", "int16"),
        ("uint8", "int16"),
        ("int16", "int8"),
        ("int16", "int16"),
    ],
)
def test_quantize(kind: str, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = (0.0307, QUANTS[to][1]) if to != "int16" else (7.03e-4, 0)
    agrees(single("QUANTIZE", [X((3, 7, 9, 5), kind, QUANTS.get(kind))], Y(to, target)), monkeypatch)


@pytest.mark.parametrize("kind", QUANTS)
def test_dequantize(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single("DEQUANTIZE", [X((3, 7, 9, 5), kind, QUANTS[kind])], Y()), monkeypatch)


@pytest.mark.parametrize("to", [(0.0801, -7), (0.05, 5), (0.0171, -3), (0.5, 0), (0.1, 3)])
def test_bytes_requantized_among_others(to: Quant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between other operators it is XNNPACK that requantizes, by a factor of 8 fraction bits."""
    file, quant = File(), (0.05, 3)
    x, y = file.tensor((6, 4, 8), "int8", quant), file.tensor((1,), "int8", quant)
    z, w = file.tensor((1,), "int8", to), file.tensor((1,), "int8", to)
    file.op("ADD", [x, x], [y], "Add")
    file.op("QUANTIZE", [y], [z])
    file.op("MAXIMUM", [z, z], [w])
    agrees(file.finish([x], [w]), monkeypatch, count=10)


def test_maximum_of_one_quantization_stays_in_bytes() -> None:
    quant = (0.05, 3)
    model = single("MAXIMUM", [X((4, 5), "int8", quant), K(np.array([7], np.int8), quant=quant)], Y("int8", quant))
    assert {value.dtype for node in import_model(model).graph.nodes for value in node.outputs} == {"int8"}


def test_select_and_add_n(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ALL:
        x = X((2, 6, 4, 3), kind, IN[kind])
        agrees(single("SELECT", [X(x.shape, "bool"), x, x], Y(kind, IN[kind])), monkeypatch)
        agrees(single("SELECT", [X((2,), "bool"), x, x], Y(kind, IN[kind])), monkeypatch)
        agrees(
            single("SELECT_V2", [X((6, 1, 3), "bool"), x, X((4, 3), kind, IN[kind])], Y(kind, IN[kind])), monkeypatch
        )
    agrees(single("ADD_N", [X((2, 3)), X((2, 3)), X((2, 3))], Y(), "AddN"), monkeypatch)
