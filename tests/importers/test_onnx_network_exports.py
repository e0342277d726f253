"""Forms that exporters, converters and ONNX Runtime's own tools write, each converted and held against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgescore
from edgescore_converters import convert
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import Network, import_model
from edgescore_converters.report import Conversion

FLOAT, HALF, INT64, BOOL = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.BOOL
MICROSOFT = "com.microsoft"
RNG = np.random.default_rng(0)
node = helper.make_node


def weights(*shape: int, dtype: Any = np.float32) -> Any:
    return (RNG.standard_normal(shape) * 0.5).astype(dtype)


def model(
    nodes: Sequence[Any],
    inputs: dict[str, tuple[int, Any]],
    constants: dict[str, Any] | None = None,
    outputs: dict[str, int] | None = None,
    opset: int = 17,
) -> onnx.ModelProto:
    """inputs: name -> (element type, shape); outputs: name -> element type."""
    graph = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items()],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in (outputs or {"y": FLOAT}).items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def agrees(source: onnx.ModelProto, **options: Any) -> Conversion:
    """The conversion, which agreed with ONNX Runtime."""
    conversion = convert(source, **options)
    assert conversion.verification.disagreements == 0
    assert conversion.verification.rows
    return conversion


def refused(source: onnx.ModelProto, *words: str, **options: Any) -> None:
    with pytest.raises(ConvertError) as caught:
        import_model(source, **options)
    for word in words:
        assert word in str(caught.value), f"{word!r} is not in: {caught.value}"


IMAGE = {"x": (FLOAT, [1, 4, 6, 6])}
ROWS = {"x": (FLOAT, [1, 5, 8])}


# --- sizes ---


def test_one_sample_wherever_the_name_of_the_batch_recurs() -> None:
    nodes = [node("Concat", ["x", "h"], ["c"], axis=0), node("ReduceSum", ["c"], ["y"], keepdims=0)]
    network = import_model(model(nodes, {"x": (FLOAT, ["N", 5, 8]), "h": (FLOAT, [2, "N", 8])}, opset=11), shapes={})
    assert isinstance(network, Network)
    assert [port.value.shape for port in network.graph.inputs] == [(1, 5, 8), (2, 1, 8)]


def test_a_size_given_once_holds_wherever_its_name_recurs() -> None:
    source = model([node("Add", ["a", "b"], ["y"])], {"a": (FLOAT, ["N", 3, "T"]), "b": (FLOAT, ["N", 1, "T"])})
    refused(source, "--shape a=1,3,T", "a ['N', 3, 'T'], b ['N', 1, 'T']")
    network = import_model(source, shapes={"a": (1, 3, 7)})
    assert isinstance(network, Network)
    assert [port.value.shape for port in network.graph.inputs] == [(1, 3, 7), (1, 1, 7)]


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        (["N", 3, "p2o.Height", "?"], "--shape x=1,3,P2O_HEIGHT,SIZE"),
        ([-1, 3, None], "--shape x=1,3,SIZE"),
        (None, "--shape x=1,..."),
    ],
)
def test_the_remedy_for_open_sizes(shape: Any, remedy: str) -> None:
    refused(model([node("Relu", ["x"], ["y"])], {"x": (FLOAT, shape)}), remedy)


# --- operators in disguise ---


def test_layer_normalization_as_batch_normalization() -> None:
    """tf2onnx: the rows of one sample are the channels, and scale and bias come from the data's shape."""
    nodes = [
        node("ReduceMean", ["x"], ["m"], axes=[0, 2], keepdims=0),
        node("Abs", ["m"], ["v"]),
        node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], epsilon=1e-3),
    ]
    agrees(model(nodes, ROWS, {"s": weights(5), "b": weights(5)}))


@pytest.mark.parametrize(
    ("groups", "attributes"),
    [
        (1, {}),
        (2, {}),
        (1, {"strides": [2, 1], "pads": [1, 0, 1, 2], "dilations": [1, 2]}),
        (4, {"auto_pad": "SAME_UPPER"}),
    ],
)
def test_convolution_by_computed_weights(groups: int, attributes: dict[str, Any]) -> None:
    inputs = {**IMAGE, "w": (FLOAT, [8, 4 // groups, 3, 2])}
    conv = node("Conv", ["x", "w", "b"], ["y"], group=groups, **attributes)
    agrees(model([conv], inputs, {"b": weights(8)}))


@pytest.mark.parametrize("order", [0, 1])
def test_places_of_maxima(order: int) -> None:
    pool = node(
        "MaxPool", ["x"], ["y", "at"], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1], storage_order=order
    )
    agrees(model([pool], {"x": (FLOAT, [2, 3, 6, 5])}, outputs={"y": FLOAT, "at": INT64}))


def test_maxima_put_back() -> None:
    nodes = [
        node("MaxPool", ["x"], ["p", "at"], kernel_shape=[2, 2], strides=[2, 2]),
        node("MaxUnpool", ["p", "at"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    agrees(model(nodes, IMAGE))


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("padding", ["zeros", "border"])
@pytest.mark.parametrize("corners", [0, 1])
def test_sampling_at_places(mode: str, padding: str, corners: int) -> None:
    sample = node("GridSample", ["x", "g"], ["y"], mode=mode, padding_mode=padding, align_corners=corners)
    agrees(model([sample], {**IMAGE, "g": (FLOAT, [1, 3, 5, 2])}))


def test_layer_normalization_before_onnx_had_it() -> None:
    agrees(model([node("LayerNormalization", ["x", "s"], ["y"])], ROWS, {"s": weights(8)}, opset=12))


def test_integer_convolution_of_many_channels() -> None:
    """More products than float32 sums exactly: in parts."""
    nodes = [
        node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        node("ConvInteger", ["q", "w", "zero", "wz"], ["i"], kernel_shape=[1, 1]),
        node("Cast", ["i"], ["f"], to=FLOAT),
        node("Mul", ["f", "scale"], ["y"]),
    ]
    whole = RNG.integers(-128, 128, (3, 600, 1, 1), np.int8)
    source = model(nodes, {"x": (FLOAT, ["N", 600, 2, 2])}, {"w": whole, "wz": np.int8(3)})
    conversion = agrees(source)
    assert len(conversion.data) < 3 * 600 * 8, "weights are no float64"


# --- what ONNX Runtime's optimizer writes ---

FUSED: dict[str, tuple[list[Any], dict[str, Any], dict[str, tuple[int, Any]]]] = {
    "FusedConv": (
        [
            node("FusedConv", ["x", "w", "b"], ["c"], domain=MICROSOFT, activation="LeakyRelu",
                 activation_params=[0.1], kernel_shape=[1, 1]),
            node("FusedConv", ["c", "v", "", "x"], ["y"], domain=MICROSOFT, activation="Relu", kernel_shape=[1, 1]),
        ],
        {"w": weights(4, 4, 1, 1), "b": weights(4), "v": weights(4, 4, 1, 1)},
        IMAGE,
    ),
    "FusedMatMul": (
        [node("FusedMatMul", ["x", "x"], ["y"], domain=MICROSOFT, transB=1, alpha=0.5)], {}, ROWS,
    ),
    "FusedMatMul of a moved batch": (
        [node("FusedMatMul", ["x", "w"], ["y"], domain=MICROSOFT, transBatchA=1)], {"w": weights(5, 8, 2)},
        {"x": (FLOAT, [3, 5, 8])},
    ),
    "BiasGelu": ([node("BiasGelu", ["x", "b"], ["y"], domain=MICROSOFT)], {"b": weights(8)}, ROWS),
    "FastGelu": ([node("FastGelu", ["x"], ["y"], domain=MICROSOFT)], {}, ROWS),
    "QuickGelu": ([node("QuickGelu", ["x"], ["y"], domain=MICROSOFT, alpha=1.5)], {}, ROWS),
    "SkipLayerNormalization": (
        [node("SkipLayerNormalization", ["x", "x", "g", "b", "c"], ["y"], domain=MICROSOFT, epsilon=1e-5)],
        {"g": weights(8), "b": weights(8), "c": weights(8)}, ROWS,
    ),
    "SkipSimplifiedLayerNormalization": (
        [node("SkipSimplifiedLayerNormalization", ["x", "x", "g"], ["y"], domain=MICROSOFT)], {"g": weights(8)}, ROWS,
    ),
    "SimplifiedLayerNormalization": (
        [node("SimplifiedLayerNormalization", ["x", "g"], ["y"])], {"g": weights(8)}, ROWS,
    ),
    "Attention": (
        [node("Attention", ["x", "w", "b"], ["y"], domain=MICROSOFT, num_heads=2)],
        {"w": weights(8, 24), "b": weights(24)}, ROWS,
    ),
    "Attention to the past only": (
        [node("Attention", ["x", "w", "b"], ["y"], domain=MICROSOFT, num_heads=2, unidirectional=1)],
        {"w": weights(8, 24), "b": weights(24)}, ROWS,
    ),
}  # fmt: skip
FUSED["FusedGemm"] = (
    [node("FusedGemm", ["x", "w", "b"], ["y"], domain=MICROSOFT, activation="Relu", transB=1)],
    {"w": weights(3, 8), "b": weights(3)},
    {"x": (FLOAT, [2, 8])},
)


@pytest.mark.parametrize("name", FUSED)
def test_fused(name: str) -> None:
    nodes, constants, inputs = FUSED[name]
    agrees(model(nodes, inputs, constants))


# --- half floats ---


def test_half_precision_is_taken_as_float32() -> None:
    """Inputs and outputs too, and the source says so."""
    nodes = [
        node("Conv", ["x", "w"], ["c"]),
        node("Constant", [], ["k"], value=numpy_helper.from_array(np.asarray(0.5, np.float16))),
        node("Mul", ["c", "k"], ["m"]),
        node("Cast", ["m"], ["f"], to=FLOAT),
        node("Cast", ["f"], ["y"], to=HALF),
    ]
    source = model(nodes, {"x": (HALF, [1, 4, 6, 6])}, {"w": weights(2, 4, 3, 3, dtype=np.float16)}, {"y": HALF})
    conversion = agrees(source)
    assert "half floats taken as float32" in conversion.source
    scored = edgescore.load(conversion.data)
    assert {port["dtype"] for port in scored.describe()["inputs"] + scored.describe()["outputs"]} == {"float32"}
    assert source.graph.input[0].type.tensor_type.elem_type == HALF, "the caller's model stays as it is"


# --- control flow, cuts and order ---


def branch(name: str, *nodes: Any) -> onnx.GraphProto:
    return helper.make_graph(list(nodes), name, [], [helper.make_tensor_value_info(name, FLOAT, None)])


def test_a_setting_that_chooses_a_branch_is_to_be_fixed() -> None:
    nodes = [
        node("Equal", ["sr", "k"], ["c"]),
        node("If", ["c"], ["y"], then_branch=branch("t", node("Relu", ["x"], ["t"])),
             else_branch=branch("e", node("ReduceSum", ["x"], ["e"]))),
    ]  # fmt: skip
    source = model(nodes, {**ROWS, "sr": (INT64, [])}, {"k": np.asarray(16000)})
    refused(source, "its condition depends on the input sr", "--const sr=VALUE")
    agrees(source, consts={"sr": 16000})


def test_data_that_choose_a_branch_choose_between_results() -> None:
    nodes = [
        node("ReduceSum", ["x"], ["s"], keepdims=0),
        node("Less", ["s", "zero"], ["c"]),
        node("If", ["c"], ["y"], then_branch=branch("t", node("Relu", ["x"], ["t"])),
             else_branch=branch("e", node("Neg", ["x"], ["e"]))),
    ]  # fmt: skip
    agrees(model(nodes, ROWS, {"zero": np.float32(0)}))


def test_a_model_ends_before_what_depends_on_data() -> None:
    nodes = [
        node("Relu", ["x"], ["boxes"]),
        node("Sigmoid", ["x"], ["scores"]),
        node("NonMaxSuppression", ["boxes", "scores"], ["y"]),
    ]
    source = model(nodes, {"x": (FLOAT, [1, 4, 4])}, outputs={"y": INT64})
    refused(source, "NonMaxSuppression", "depends on the data", "--outputs boxes,scores")
    network = agrees(source, outputs=["boxes", "scores"])
    assert [port["name"] for port in edgescore.load(network.data).describe()["outputs"]] == ["boxes", "scores"]


def test_what_no_wanted_output_needs_is_left_out() -> None:
    nodes = [node("Relu", ["x"], ["y"]), node("Warp", ["x"], ["z"], domain="acme")]
    source = model(nodes, ROWS, outputs={"y": FLOAT, "z": FLOAT})
    source.opset_import.add(domain="acme", version=1)
    refused(source, "acme.Warp")
    network = import_model(source, outputs=["y"])
    assert isinstance(network, Network)
    assert [each.op for each in network.graph.nodes] == ["relu"]


def test_nodes_in_any_order() -> None:
    nodes = [node("Relu", ["b"], ["y"]), node("Add", ["a", "x"], ["b"]), node("Neg", ["x"], ["a"])]
    agrees(model(nodes, IMAGE))
    circle = [node("Relu", ["b"], ["a"]), node("Add", ["a", "x"], ["b"]), node("Neg", ["a"], ["y"])]
    refused(model(circle, IMAGE), "is not valid ONNX")


def test_operators_that_onnx_does_not_have_are_listed_together() -> None:
    nodes = [node("Blur", ["x"], ["a"]), node("Sharpen", ["x"], ["b"]), node("Add", ["a", "b"], ["y"])]
    refused(model(nodes, IMAGE), "Blur", "Sharpen")


# --- verification ---


def test_samples_reach_every_row_of_a_table() -> None:
    nodes = [node("Unsqueeze", ["x", "axes"], ["u"]), node("Gather", ["table", "u"], ["y"])]
    network = import_model(model(nodes, {"x": (INT64, [1, 200])}, {"table": weights(50, 3), "axes": np.asarray([0])}))
    assert isinstance(network, Network)
    drawn = network.sample(np.random.default_rng(0))["x"]
    assert set(drawn.ravel().tolist()) == set(range(50))


def test_a_sigmoid_near_zero() -> None:
    """ONNX Runtime's is off by a step at 1, which is much of what is left at 1e-5."""
    nodes = [node("Sub", ["x", "k"], ["s"]), node("Sigmoid", ["s"], ["y"])]
    agrees(model(nodes, IMAGE, {"k": np.float32(15)}))


def test_a_sum_over_the_samples_is_told() -> None:
    source = model([node("ReduceSum", ["x"], ["y"], keepdims=0)], {"x": (FLOAT, ["N", 5, 8])})
    with pytest.raises(ConvertError, match=r"two samples at once .*--shape x=1,5,8"):
        convert(source)
