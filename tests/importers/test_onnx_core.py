"""The operators of ONNX's main domain that tabular models are made of, as small models against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto
from onnx_models import BOOL, DOUBLE, FLOAT, INT64, agree, ml, model, node, numbers, table, with_special

from edgescore_converters.conversion import convert
from edgescore_converters.errors import UnsupportedError, VerificationFailed
from edgescore_converters.importers.onnx import import_model, table_of

INF = np.inf
RNG = np.random.default_rng(0)
W = RNG.normal(size=(3, 4)).astype(np.float32)
V = RNG.normal(size=3).astype(np.float32)


def one(op_type: str, *, opset: int = 18, width: int = 3, kind: int = FLOAT, **attributes: Any) -> Any:
    return model([node(op_type, "X", "Y", **attributes)], table(width, kind), ["Y"], opset=opset)


def refused(source: Any, *words: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        table_of(source, "the model")
    for word in words:
        assert word in str(caught.value)


# --- one tensor ---

UNARY = ["Relu", "Sigmoid", "Tanh", "Exp", "Abs", "Neg", "Sign", "Identity", "LeakyRelu", "HardSigmoid", "Dropout"]


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE])
@pytest.mark.parametrize("op_type", UNARY)
def test_function_of_one_number(op_type: str, kind: int) -> None:
    if op_type == "HardSigmoid":
        kind = FLOAT  # ONNX Runtime has no other kernel
    agree(one(op_type, kind=kind), with_special(numbers(3), INF, -INF, 1e-40, 80.0, -80.0), 2e-6)


@pytest.mark.parametrize("op_type", ["Log", "Sqrt", "Reciprocal"])
def test_function_of_a_positive_number(op_type: str) -> None:
    agree(one(op_type), np.abs(with_special(numbers(3), INF, 1e-40)) + 1e-3)


@pytest.mark.parametrize("op_type", ["Neg", "Abs", "Sign"])
def test_function_of_an_integer(op_type: str) -> None:
    agree(one(op_type, kind=INT64), np.round(numbers(3)), 0)


def test_leaky_relu_with_a_slope() -> None:
    agree(one("LeakyRelu", alpha=0.3), numbers(3), 0)


@pytest.mark.parametrize("bounds", [("", ""), ("lo", ""), ("-", "hi"), ("lo", "hi")])
def test_clip_by_inputs(bounds: tuple[str, str]) -> None:
    constants = {name: np.float32(value) for name, value in (("lo", -0.5), ("hi", 1.5)) if name in bounds}
    source = model([node("Clip", f"X {bounds[0]} {bounds[1]}", "Y")], table(3), ["Y"], constants)
    agree(source, with_special(numbers(3), INF, -INF), 0)


def test_clip_by_attributes() -> None:
    agree(one("Clip", opset=9, min=-0.5, max=1.5), numbers(3), 0)


CASTS = [(FLOAT, INT64), (FLOAT, DOUBLE), (DOUBLE, FLOAT), (INT64, FLOAT), (FLOAT, TensorProto.INT32), (INT64, DOUBLE)]


@pytest.mark.parametrize(("kind", "to"), [*CASTS, (FLOAT, BOOL), (INT64, BOOL)])
def test_cast(kind: int, to: int) -> None:
    agree(one("Cast", kind=kind, to=to), with_special(numbers(3), 2.9, -2.9, 1e6), 0)


@pytest.mark.parametrize("to", [TensorProto.STRING, TensorProto.FLOAT16, TensorProto.UINT8])
def test_cast_to_a_type_without_counterpart(to: int) -> None:
    refused(one("Cast", to=to), "the_Cast")


# --- two tensors ---

BINARY = ["Add", "Sub", "Mul", "Div"]


@pytest.mark.parametrize("op_type", BINARY)
@pytest.mark.parametrize("constant", [np.float32(0.3), V, V[None, :], V[:1], W[:1, :3]])
@pytest.mark.parametrize("order", ["X c", "c X"])
def test_arithmetic_with_a_constant(op_type: str, constant: Any, order: str) -> None:
    source = model([node(op_type, order, "Y")], table(3), ["Y"], {"c": constant})
    agree(source, with_special(numbers(3) + 0.125, INF, -INF), 0)


@pytest.mark.parametrize("op_type", BINARY)
def test_arithmetic_that_makes_columns(op_type: str) -> None:
    agree(model([node(op_type, "X c", "Y")], table(1), ["Y"], {"c": V}), numbers(1), 0)
    agree(model([node(op_type, "c X", "Y")], table(1), ["Y"], {"c": V}), numbers(1) + 0.3, 0)


@pytest.mark.parametrize("op_type", BINARY)
def test_arithmetic_of_two_computed_tensors(op_type: str) -> None:
    nodes = [node("Abs", "X", "a"), node("Add", "a one", "b"), node(op_type, "X b", "Y")]
    agree(model(nodes, table(3), ["Y"], {"one": np.float32(1)}), numbers(3), 0)


@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul"])
def test_integer_arithmetic(op_type: str) -> None:
    source = model([node(op_type, "X c", "Y")], table(3, INT64), ["Y"], {"c": np.array([2, -3, 4])})
    agree(source, np.round(numbers(3, scale=100)), 0)


def test_integer_division_is_refused() -> None:
    source = model([node("Div", "X c", "Y")], table(3, INT64), ["Y"], {"c": np.array([2])})
    refused(source, "the_Div", "int64", "float")


@pytest.mark.parametrize("exponent", [2.0, 3.0, 0.5, -1.0])
def test_power(exponent: float) -> None:
    source = model([node("Pow", "X c", "Y")], table(3), ["Y"], {"c": np.float32(exponent)})
    agree(source, np.abs(numbers(3)) + 0.5)


def test_power_of_a_constant() -> None:
    agree(model([node("Pow", "c X", "Y")], table(3), ["Y"], {"c": np.float32([2.0])}), numbers(3))


@pytest.mark.parametrize("op_type", ["Sum", "Mean"])
def test_sum_of_several(op_type: str) -> None:
    nodes = [node("Relu", "X", "a"), node("Neg", "X", "b"), node(op_type, "a b c", "Y")]
    agree(model(nodes, table(3), ["Y"], {"c": V}), numbers(3))


@pytest.mark.parametrize("op_type", ["Max", "Min"])
def test_extreme_with_a_number(op_type: str) -> None:
    agree(model([node(op_type, "X c", "Y")], table(3), ["Y"], {"c": np.float32([0.5])}), numbers(3), 0)


def test_extreme_of_columns_is_refused() -> None:
    refused(model([node("Max", "X c", "Y")], table(3), ["Y"], {"c": V}), "the_Max", "one number")


COMPARISONS = ["Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal"]


@pytest.mark.parametrize("op_type", COMPARISONS)
@pytest.mark.parametrize("order", ["X c", "c X"])
def test_comparison_with_constants(op_type: str, order: str) -> None:
    nodes = [node(op_type, order, "b"), node("Cast", "b", "Y", to=FLOAT)]
    near = [float(np.nextafter(np.float32(v), np.float32(w))) for v in (0.5, -1.0) for w in (-9, 9)]
    source = model(nodes, table(3), ["Y"], {"c": np.float32([0.5, 0.0, -1.0])})
    imported = agree(source, with_special(numbers(3), INF, -INF, 1e-45, -1e-45, *near), 0)
    assert imported.probes[0].tolist() == [0.5]


@pytest.mark.parametrize("op_type", COMPARISONS[:4])
def test_comparison_of_computed_tensors(op_type: str) -> None:
    nodes = [node("Gather", "X i", "a", axis=1), node(op_type, "X a", "b"), node("Cast", "b", "Y", to=FLOAT)]
    agree(model(nodes, table(3), ["Y"], {"i": np.array([1, 2, 2])}), numbers(3), 0)


def test_boolean_output() -> None:
    imported = agree(model([node("Greater", "X c", "Y")], table(2), ["Y"], {"c": np.float32(0)}), numbers(2), 0)
    assert imported.graph.outputs[0].value.dtype == "bool"


@pytest.mark.parametrize("op_type", ["And", "Or"])
def test_logic(op_type: str) -> None:
    nodes = [
        node("Greater", "X zero", "a"),
        node("Less", "X one", "b"),
        node(op_type, "a b", "c"),
        node("Not", "c", "d"),
        node("Cast", "d", "Y", to=FLOAT),
    ]
    agree(model(nodes, table(3), ["Y"], {"zero": np.float32(0), "one": np.float32(1)}), numbers(3), 0)


def test_choice_between_constants() -> None:
    nodes = [node("Greater", "X zero", "a"), node("Where", "a yes no", "Y")]
    constants = {"zero": np.float32(0), "yes": V, "no": np.float32([[-7.0]])}
    agree(model(nodes, table(3), ["Y"], constants), numbers(3), 0)


def test_rows_against_each_other_are_refused() -> None:
    nodes = [node("Transpose", "X", "t"), node("Add", "X t", "Y")]
    refused(model(nodes, table(1), ["Y"]), "the_Add", "pairs one row with another")
    refused(model([node("Add", "X c", "Y")], table(3), ["Y"], {"c": np.ones((2, 3), np.float32)}), "pairs one row")


# --- matrices ---


@pytest.mark.parametrize("weights", [W, V, W[:, :1]])
@pytest.mark.parametrize("kind", [FLOAT, DOUBLE])
def test_matmul(weights: Any, kind: int) -> None:
    given = weights.astype(np.float64) if kind == DOUBLE else weights
    imported = agree(model([node("MatMul", "X W", "Y")], table(3, kind), ["Y"], {"W": given}), numbers(3))
    assert imported.graph.outputs[0].squeeze == (weights.ndim == 1)


@pytest.mark.parametrize("attributes", [{}, {"transB": 1}, {"alpha": 0.5}, {"beta": -2.0, "alpha": 3.0}])
@pytest.mark.parametrize("bias", [None, np.float32(0.5), RNG.normal(size=4), RNG.normal(size=(1, 4))])
def test_gemm(attributes: dict[str, Any], bias: Any) -> None:
    constants = {"W": W.T if attributes.get("transB") else W}
    constants |= {} if bias is None else {"b": np.asarray(bias, np.float32)}
    source = model(
        [node("Gemm", "X W b" if bias is not None else "X W", "Y", **attributes)], table(3), ["Y"], constants
    )
    agree(source, numbers(3))


@pytest.mark.parametrize("beta", [1.0, 0.5])
def test_gemm_with_a_computed_bias(beta: float) -> None:
    nodes = [node("ReduceSumSquare", "X axes", "s", keepdims=1), node("Gemm", "X W s", "Y", alpha=-2.0, beta=beta)]
    agree(model(nodes, table(3), ["Y"], {"W": W, "axes": np.array([1])}), numbers(3), 2e-6)


def test_gemm_of_transposed_rows_is_refused() -> None:
    source = model([node("Gemm", "X W", "Y", transA=1)], {"X": (FLOAT, [3, 3])}, ["Y"], {"W": W})
    refused(source, "the_Gemm")


def test_batch_normalization() -> None:
    names = {"s": V + 2, "b": V, "m": V * 3, "v": V**2 + 0.1}
    agree(model([node("BatchNormalization", "X s b m v", "Y", epsilon=1e-3)], table(3), ["Y"], names), numbers(3))


# --- reductions ---


@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize("opset", [9, 13])
@pytest.mark.parametrize("axis", [1, -1])
def test_softmax(op_type: str, opset: int, axis: int) -> None:
    agree(one(op_type, opset=opset, axis=axis), with_special(numbers(3, scale=20), 200.0, -200.0), 2e-6)


@pytest.mark.parametrize(
    "op_type", ["ReduceSum", "ReduceMean", "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceProd"]
)
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("opset", [11, 18])
def test_reduction(op_type: str, keepdims: int, opset: int) -> None:
    if opset == 11:
        source = one(op_type, opset=11, axes=[1], keepdims=keepdims)
    else:
        reduction = node(op_type, "X axes", "Y", keepdims=keepdims)
        source = model([reduction], table(3), ["Y"], {"axes": np.array([-1])})
    agree(source, numbers(3))


@pytest.mark.parametrize("keepdims", [0, 1])
def test_log_sum_exp(keepdims: int) -> None:
    reduction = node("ReduceLogSumExp", "X axes", "Y", keepdims=keepdims)
    agree(model([reduction], table(3), ["Y"], {"axes": np.array([1])}), numbers(3, scale=50))


def test_reduction_over_an_inner_axis() -> None:
    nodes = [node("Reshape", "X s", "a"), node("ReduceSum", "a axes", "Y", keepdims=0)]
    constants = {"s": np.array([-1, 2, 3]), "axes": np.array([2])}
    agree(model(nodes, table(6), ["Y"], constants), numbers(6))


def test_reduction_over_rows_is_refused() -> None:
    refused(model([node("ReduceSum", "X", "Y")], table(3), ["Y"]), "the_ReduceSum", "mixes rows")
    refused(model([node("Softmax", "X", "Y", axis=0)], table(3), ["Y"]), "the_Softmax")


@pytest.mark.parametrize("op_type", ["ArgMax", "ArgMin"])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("last", [0, 1])
def test_position_of_the_extreme(op_type: str, keepdims: int, last: int) -> None:
    source = one(op_type, axis=1, keepdims=keepdims, select_last_index=last)
    imported = agree(source, np.round(numbers(3)))
    assert sorted(imported.graph.outputs[0].labels) == [0, 1, 2]


# --- movement ---

MOVES = {
    "flatten": [node("Flatten", "X", "Y")],
    "reshape": [node("Reshape", "X s", "a"), node("Reshape", "a t", "Y")],
    "keep": [node("Reshape", "X k", "Y")],
    "transpose": [node("Reshape", "X s", "a"), node("Transpose", "a", "b", perm=[0, 2, 1]), node("Flatten", "b", "Y")],
    "there and back": [node("Transpose", "X", "a"), node("Transpose", "a", "Y")],
    "squeeze": [node("Unsqueeze", "X one", "a"), node("Squeeze", "a one", "Y")],
    "gather": [node("Gather", "X i", "Y", axis=1)],
    "gather one": [node("Gather", "X j", "Y", axis=1)],
    "gather inner": [node("Reshape", "X s", "a"), node("Gather", "a i", "b", axis=2), node("Flatten", "b", "Y")],
    "slice": [node("Slice", "X from to one", "Y")],
    "slice backwards": [node("Slice", "X to low one back", "Y")],
    "slice rows whole": [node("Slice", "X from_rows far", "Y")],
    "expand": [
        node("Slice", "X from to one", "a"),
        node("Unsqueeze", "a two", "b"),
        node("Expand", "b e", "c"),
        node("Flatten", "c", "Y"),
    ],
    "concat": [node("Concat", "X X", "Y", axis=-1)],
    "concat inner": [
        node("Reshape", "X s", "a"),
        node("Neg", "a", "b"),
        node("Concat", "a b", "c", axis=2),
        node("Flatten", "c", "Y"),
    ],
    "concat computed with more": [node("Neg", "X", "a"), node("Concat", "a X a", "Y", axis=1)],
}
CONSTANTS = {
    "s": np.array([-1, 2, 3]),
    "t": np.array([0, -1]),
    "k": np.array([0, 6]),
    "one": np.array([1]),
    "two": np.array([2]),
    "i": np.array([2, 0, -1]),
    "j": np.array(4),
    "from": np.array([1]),
    "to": np.array([5]),
    "low": np.array([-7]),
    "back": np.array([-2]),
    "from_rows": np.array([0, 2]),
    "far": np.array([2**31, 2**31]),
    "e": np.array([1, 4, 2]),
}


@pytest.mark.parametrize("nodes", MOVES.values(), ids=MOVES)
def test_movement(nodes: list[Any]) -> None:
    used = {name for each in nodes for name in each.input}
    constants = {name: value for name, value in CONSTANTS.items() if name in used}
    agree(model(nodes, table(6), ["Y"], constants), numbers(6), 0)


@pytest.mark.parametrize(("opset", "attributes"), [(11, {"split": [2, 4]}), (18, {}), (18, {"num_outputs": 2})])
def test_split(opset: int, attributes: dict[str, Any]) -> None:
    given = " s" if opset == 18 and not attributes else ""
    nodes = [
        node("Split", "X" + given, "a b", axis=1, **attributes),
        node("Neg", "b", "c"),
        node("Concat", "c a", "Y", axis=1),
    ]
    agree(model(nodes, table(6), ["Y"], {"s": np.array([1, 5])} if given else {}, opset=opset), numbers(6), 0)


@pytest.mark.parametrize(("name", "axes"), [("Squeeze", None), ("Unsqueeze", [1])])
def test_axes_by_attribute(name: str, axes: Any) -> None:
    nodes = [node("Unsqueeze", "X", "a", axes=[1]), node("Squeeze", "a", "Y", axes=[1])]
    agree(model(nodes, table(3), ["Y"], opset=11), numbers(3), 0)


def test_slice_by_attributes() -> None:
    agree(one("Slice", opset=9, axes=[1], starts=[1], ends=[3]), numbers(3), 0)


ROW_MIXES = {
    "reshape": ([node("Reshape", "X s", "Y")], {"s": np.array([-1, 2])}),
    "flatten": ([node("Flatten", "X", "Y", axis=0)], {}),
    "gather": ([node("Gather", "X i", "Y", axis=0)], {"i": np.array([0])}),
    "slice": ([node("Slice", "X a b", "Y")], {"a": np.array([1]), "b": np.array([9])}),
    "split": ([node("Split", "X", "Y Z", axis=0, num_outputs=2)], {}),
    "concat": ([node("Concat", "X X", "Y", axis=0)], {}),
    "transposed output": ([node("Transpose", "X", "Y")], {}),
    "squeeze": ([node("Squeeze", "X a", "Y")], {"a": np.array([1])}),
}


@pytest.mark.parametrize("name", ROW_MIXES)
def test_what_mixes_rows_is_refused(name: str) -> None:
    nodes, constants = ROW_MIXES[name]
    refused(model(nodes, table(3), ["Y"], constants), "Y" if name == "transposed output" else f"the_{nodes[0].op_type}")


@pytest.mark.parametrize("name", ["flatten", "gather", "concat", "transposed output"])
def test_a_network_that_mixes_rows_is_refused_by_verification(name: str) -> None:
    nodes, constants = ROW_MIXES[name]
    source = model(nodes, table(3), ["Y"], constants)
    with pytest.raises(VerificationFailed, match=r"two samples at once.*--shape X"):
        convert(source)
    assert convert(source, shapes={"X": (2, 3)}).verification.disagreements == 0


# --- constants and shapes ---


@pytest.mark.parametrize("value", [{"value_float": 2.0}, {"value_floats": [1.0, 2.0, 3.0]}])
def test_constant(value: dict[str, Any]) -> None:
    agree(model([node("Constant", "", "c", **value), node("Mul", "X c", "Y")], table(3), ["Y"]), numbers(3), 0)


def test_constants_are_folded() -> None:
    nodes = [
        node("Exp", "w", "a"),
        node("Transpose", "a", "b"),
        node("ReduceSum", "b axes", "c", keepdims=1),
        node("Div", "b c", "d"),
        node("MatMul", "X d", "Y"),
    ]
    imported = agree(model(nodes, table(4), ["Y"], {"w": W, "axes": np.array([0])}), numbers(4))
    assert [each.op for each in imported.graph.nodes] == ["dense"]


HUGE = {
    "expand": ([node("Unsqueeze", "X a", "u"), node("Expand", "u e", "v"), node("Flatten", "v", "Y")], "the_Expand"),
    "broadcast": ([node("Unsqueeze", "X a", "u"), node("Mul", "u w", "v"), node("Mul", "v t", "Y")], "the_Mul"),
}


@pytest.mark.parametrize("name", HUGE)
def test_sizes_that_would_fill_the_memory_are_refused(name: str) -> None:
    nodes, title = HUGE[name]
    constants = {"a": np.array([2]), "e": np.array([1, 3, 10**9])}
    constants |= {"w": np.ones(4000, np.float32), "t": np.ones((4000, 1, 1, 1), np.float32)}
    used = {each for node_ in nodes for each in node_.input}
    refused(
        model(nodes, table(3), ["Y"], {key: value for key, value in constants.items() if key in used}), title, "columns"
    )


def test_a_constant_for_every_row() -> None:
    nodes = [node("Shape", "X", "s"), node("ConstantOfShape", "s", "c"), node("Concat", "c X", "Y", axis=1)]
    agree(model(nodes, table(2), ["Y"]), with_special(numbers(2), INF), 0)


# --- inputs and outputs ---


def test_several_inputs_and_outputs_keep_names_and_order() -> None:
    inputs = {"b": (FLOAT, ["N", 2]), "a": (DOUBLE, ["N", 1]), "n": (INT64, ["N"])}
    nodes = [node("Cast", "n", "nf", to=FLOAT), node("Neg", "b", "y"), node("Exp", "a", "x")]
    imported = agree(model(nodes, inputs, ["x", "nf", "y"]), numbers(4))
    assert [port.name for port in imported.graph.inputs] == ["b", "a", "n"]
    assert [port.name for port in imported.graph.outputs] == ["x", "nf", "y"]
    assert [port.squeeze for port in imported.graph.outputs] == [False, True, False]
    assert imported.task == "transform"


@pytest.mark.parametrize("count", [1, 3, 4, 7])
def test_one_row_fixed(count: int) -> None:
    nodes = [node("Reshape", "X s", "a"), node("Flatten", "a", "Y")]
    source = model(nodes, {"X": (FLOAT, [1, 4])}, ["Y"], {"s": np.array([1, 2, 2])})
    agree(source, numbers(4, 8)[:count], 0)


@pytest.mark.parametrize("kind", [DOUBLE, INT64])
def test_double_inputs_on_request(kind: int) -> None:
    rows = np.array([[2.0**24 + 1], [1.0]]) if kind == INT64 else np.array([[0.1], [1 / 3]])
    source = model([node("Cast", "X", "Y", to=DOUBLE)], table(1, kind), ["Y"])
    imported = agree(source, rows, 0, input_dtype="float64")
    assert imported.graph.inputs[0].value.dtype == "float64"


def test_thresholds_behind_scaling_become_input_values() -> None:
    nodes = [
        ml("Scaler", "X", "a", scale=[0.25, 3.0], offset=[1.5, -0.1]),
        node("Gather", "a i", "b", axis=1),
        ml("Binarizer", "b", "Y", threshold=0.7),
    ]
    imported = import_model(model(nodes, table(2), ["Y"], {"i": np.array([1])}))
    assert list(imported.probes) == [1]
    probes = imported.probes[1].astype(np.float32)
    rows = np.stack([np.zeros_like(probes), probes], axis=1).astype(np.float64)
    outputs = imported.oracle(rows)[0].ravel()
    assert {0.0, 1.0} == set(outputs.tolist())
