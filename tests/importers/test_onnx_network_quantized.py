"""Graphs of onnxruntime's quantizer become integers, and give what ONNX Runtime gives to one step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy._core._multiarray_umath import __cpu_features__
from onnx import TensorProto, helper, numpy_helper
from qdq_models import draw, quantized

import edgescore
from edgescore_converters import passes
from edgescore_converters.importers import Network, import_model
from edgescore_converters.network import convert_network
from edgescore_converters.writer import encode

FLOATS = {"conv", "dense", "add", "mul", "sigmoid", "reduce_mean", "relu", "clip"}


def imported(model: onnx.ModelProto) -> Network:
    network = import_model(model)
    assert isinstance(network, Network)
    return network


def step(model: onnx.ModelProto) -> float:
    """The scale that the output is dequantized with."""
    maker = next(node for node in model.graph.node if "y" in node.output)
    scales = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    return float(scales[maker.input[1]].reshape(-1)[0])


@pytest.mark.parametrize("form", ["QDQ", "QOperator"])
@pytest.mark.parametrize(
    ("activations", "weights", "per_channel"),
    [("int8", "int8", True), ("int8", "int8", False), ("uint8", "int8", True), ("uint8", "uint8", False)],
)
def test_quantized(tmp_path: Path, form: str, activations: str, weights: str, per_channel: bool) -> None:
    model = quantized(tmp_path, form, activations, weights, per_channel)
    network = imported(model)
    assert network.quantized
    assert network.steps == [pytest.approx(step(model))]
    samples = [{"x": draw(100 + seed)} for seed in range(40)]
    wanted = np.stack([outputs[0] for outputs in network.oracle(samples)])
    conversion = convert_network(network)
    scored = edgescore.load(conversion.data)
    found = np.stack([np.asarray(scored.outputs(sample)[0]) for sample in samples])
    steps = np.abs(found - wanted) / step(model)
    assert steps.max() < 1.01
    assert (steps < 0.5).mean() >= 0.99


@pytest.mark.parametrize("form", ["QDQ", "QOperator"])
@pytest.mark.parametrize("activations", ["int8", "uint8"])
def test_nothing_stays_real(tmp_path: Path, form: str, activations: str) -> None:
    graph = imported(quantized(tmp_path, form, activations, "int8", True)).graph
    passes.run(graph)
    assert not any(each.apply(graph) for each in passes.PASSES)
    used = [node.op for node in graph.nodes]
    assert not FLOATS & set(used)
    added = "add_int8" if form == "QDQ" else "add_fused_int8"
    assert {"conv_int8", "dense_int8", added, "mul_int8", "table", "max_pool", "reduce_mean_int8"} <= set(used)
    assert used.count("quantize") == used.count("dequantize") == 1
    assert used.count("transpose") <= 1


def test_the_backends_agree_on_integers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = imported(quantized(tmp_path, "QDQ", "uint8", "int8", True)).graph
    passes.run(graph)
    data = encode(graph)
    found = []
    for backend in ("native", "numpy"):
        monkeypatch.setenv("EDGESCORE_BACKEND", backend)
        found.append([np.asarray(edgescore.load(data).outputs({"x": draw(seed)})[0]).tobytes() for seed in range(5)])
    assert found[0] == found[1]


def chain(
    nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray], dtype: int, shape: list[int]
) -> onnx.ModelProto:
    """x (bytes) -> nodes -> y (bytes)."""
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("y", dtype, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_bytes_in_and_out(dtype: str) -> None:
    """Bytes at both ends, moved as bytes in between, and a function of one byte as a table: exactly ONNX's answers."""
    zero = np.asarray(3 if dtype == "int8" else 131, dtype)
    node = helper.make_node
    model = chain(
        [
            node("DequantizeLinear", ["x", "s", "z"], ["a"]),
            node("Tanh", ["a"], ["b"]),
            node("QuantizeLinear", ["b", "t", "z"], ["c"]),
            node("Transpose", ["c"], ["d"], perm=[1, 0]),
            node("DequantizeLinear", ["d", "t", "z"], ["e"]),
            node("Reshape", ["e", "flat"], ["f"]),
            node("QuantizeLinear", ["f", "t", "z"], ["y"]),
        ],
        {"s": np.float32(0.05), "t": np.float32(0.01), "z": zero, "flat": np.asarray([-1], np.int64)},
        helper.np_dtype_to_tensor_dtype(np.dtype(dtype)),
        [2, 128],
    )
    network = imported(model)
    passes.run(network.graph)
    used = [each.op for each in network.graph.nodes]
    assert "table" in used
    assert not {"quantize", "dequantize", "tanh"} & set(used)
    whole = np.iinfo(dtype)
    x = np.arange(whole.min, whole.max + 1).astype(dtype).reshape(2, 128)
    wanted = network.oracle([{"x": x}])[0][0]
    np.testing.assert_array_equal(edgescore.load(encode(network.graph)).outputs({"x": x})[0], wanted)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_products_and_extremes_of_bytes(dtype: str) -> None:
    """Of activations alone: products of matrices, the larger of two, the largest along an axis."""
    zero = np.asarray(3 if dtype == "int8" else 131, dtype)
    node = helper.make_node
    model = chain(
        [
            node("DequantizeLinear", ["x", "s", "z"], ["a"]),
            node("Transpose", ["a"], ["b"], perm=[0, 2, 1]),
            node("MatMul", ["a", "b"], ["c"]),
            node("QuantizeLinear", ["c", "t", "z"], ["d"]),
            node("DequantizeLinear", ["d", "t", "z"], ["e"]),
            node("Transpose", ["e"], ["f"], perm=[1, 2, 0]),
            node("ReduceMax", ["e"], ["g"], axes=[1], keepdims=1),
            node("Transpose", ["g"], ["h"], perm=[1, 2, 0]),
            node("Max", ["f", "h"], ["i"]),
            node("QuantizeLinear", ["i", "t", "z"], ["y"]),
        ],
        {"s": np.float32(0.05), "t": np.float32(0.61), "z": zero},
        helper.np_dtype_to_tensor_dtype(np.dtype(dtype)),
        [2, 5, 9],
    )
    network = imported(model)
    passes.run(network.graph)
    used = {each.op for each in network.graph.nodes}
    assert {"matmul_int8", "reduce_max", "maximum"} <= used
    assert not {"quantize", "dequantize", "matmul"} & used
    whole = np.iinfo(dtype)
    samples = [
        {"x": np.random.default_rng(seed).integers(whole.min, whole.max + 1, (2, 5, 9)).astype(dtype)}
        for seed in range(20)
    ]
    scored = edgescore.load(encode(network.graph))
    found = np.stack([np.asarray(scored.outputs(sample)[0]) for sample in samples]).astype(int)
    apart = np.abs(found - np.stack([outputs[0] for outputs in network.oracle(samples)]))
    assert apart.max() <= 1
    assert (apart == 0).mean() >= 0.99


def test_weights_off_their_integers_stay_real(tmp_path: Path) -> None:
    """Scaling folded into weights takes them off the integers; rounding them again would cost accuracy unseen."""
    model = quantized(tmp_path, "QDQ", "int8", "int8", True)
    network = imported(model)
    conv = next(node for node in network.graph.nodes if node.op == "conv")
    weights = conv.inputs[1]
    assert weights is not None
    assert weights.data is not None
    weights.data = weights.data * np.float32(1.37)
    passes.run(network.graph)
    used = [node.op for node in network.graph.nodes]
    assert used.count("conv") == 1
    assert used.count("conv_int8") == 2


def test_dynamic_quantization(tmp_path: Path) -> None:
    from onnxruntime.quantization import quantize_dynamic
    from qdq_models import network as build

    onnx.save(build(), str(tmp_path / "float.onnx"))
    quantize_dynamic(tmp_path / "float.onnx", tmp_path / "dynamic.onnx", op_types_to_quantize=["MatMul", "Gemm"])
    network = imported(onnx.load(str(tmp_path / "dynamic.onnx")))
    samples = [{"x": draw(seed)} for seed in range(10)]
    scored = edgescore.load(convert_network(network, force=True).data)
    for sample, (wanted,) in zip(samples, network.oracle(samples), strict=True):
        found = np.asarray(scored.outputs(sample)[0])
        assert np.abs(found - wanted).max() <= 0.02 * np.abs(wanted).max()  # a step of the input, where it rounds apart


def test_axis_and_wide_types() -> None:
    """Steps by channel and 16-bit integers have no operator, and are computed as ONNX defines them."""
    node = helper.make_node
    model = chain(
        [
            node("DequantizeLinear", ["x", "s", "z"], ["a"], axis=1),
            node("QuantizeLinear", ["a", "s", "z"], ["y"], axis=1),
        ],
        {"s": np.asarray([0.1, 0.2, 0.4], np.float32), "z": np.asarray([0, 7, 300], np.uint16)},
        TensorProto.UINT16,
        [4, 3],
    )
    x = np.random.default_rng(0).integers(0, 65536, (4, 3)).astype(np.uint16)
    network = imported(model)
    passes.run(network.graph)
    np.testing.assert_array_equal(edgescore.load(encode(network.graph)).outputs({"x": x})[0], x)


# Of a, b and y; the second lot meets many halves, the third has steps far apart.
SCALES = [(0.021373, 0.037719, 0.041113), (2**-5, 2**-6, 2**-5), (0.0021, 0.073, 0.061), (0.0511, 0.0507, 0.0093)]


def exactly(nodes: list[onnx.NodeProto], inputs: dict[str, np.ndarray], constants: dict[str, np.ndarray]) -> list[str]:
    """The operators of the network, after its bytes were those of ONNX Runtime."""
    kind = TensorProto.UINT8 if next(iter(inputs.values())).dtype == np.uint8 else TensorProto.INT8
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info(name, kind, value.shape) for name, value in inputs.items()],
        [helper.make_tensor_value_info("y", kind, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    (wanted,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, inputs)
    made = imported(model).graph
    passes.run(made)
    found = edgescore.load(encode(made)).outputs({name: np.ascontiguousarray(value) for name, value in inputs.items()})
    np.testing.assert_array_equal(np.asarray(found[0]).reshape(wanted.shape), wanted)
    return [node.op for node in made.nodes]


def zeros(dtype: str, seed: int) -> list[np.ndarray]:
    limits = np.iinfo(dtype)
    return list(np.random.default_rng(seed).integers(limits.min, limits.max + 1, 3).astype(dtype))


@pytest.mark.skipif(
    not (__cpu_features__.get("AVX2") and __cpu_features__.get("FMA3")),
    reason="ONNX Runtime rounds sums in another way on CPUs without AVX2 and FMA",
)
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("name", ["QLinearAdd", "QLinearMul"])
@pytest.mark.parametrize("repeated", ["neither", "a", "b"])
def test_all_pairs_of_bytes_give_the_bytes_of_onnx_runtime(dtype: str, name: str, repeated: str) -> None:
    every = np.arange(np.iinfo(dtype).min, np.iinfo(dtype).max + 1).astype(dtype).reshape(1, 256)
    a = every.reshape(1, 256, 1) if repeated != "b" else every.reshape(1, 1, 256)
    b = every.reshape(1, 1, 256) if repeated != "b" else every.reshape(1, 256, 1)
    if repeated == "neither":
        a, b = np.broadcast_arrays(a, b)
    made = helper.make_node(name, ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"], ["y"], domain="com.microsoft")
    for seed, scales in enumerate(SCALES):
        sa, sb, sy = (np.float32(scale) for scale in scales)
        za, zb, zy = zeros(dtype, seed)
        sy = sy if name == "QLinearAdd" else sa * sb * np.float32(64)
        constants = {"sa": sa, "sb": sb, "sy": sy, "za": za, "zb": zb, "zy": zy | np.asarray(1, dtype)}
        used = exactly([made], {"a": np.ascontiguousarray(a), "b": np.ascontiguousarray(b)}, constants)
        assert ("add_fused_int8" if name == "QLinearAdd" else "mul_int8") in used


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("name", ["QLinearSigmoid", "QLinearLeakyRelu", "QLinearConcat", "QLinearGlobalAveragePool"])
def test_bytes_give_the_bytes_of_onnx_runtime(dtype: str, name: str) -> None:
    limits = np.iinfo(dtype)
    for seed, scales in enumerate(SCALES):
        sx, _, sy = (np.float32(scale) for scale in scales)
        zx, _, zy = zeros(dtype, seed)
        constants = {"sx": sx, "sy": sy, "zx": zx, "zy": zy}
        x = np.arange(limits.min, limits.max + 1).astype(dtype).reshape(1, 1, 16, 16)
        operands = ["x", "sx", "zx", "sy", "zy"]
        if name == "QLinearConcat":
            operands = ["sy", "zy", "x", "sx", "zx", "x", "sy", "zy"]
        if name == "QLinearSigmoid":
            constants |= {"sy": np.float32(1 / 256), "zy": np.asarray(limits.min, dtype)}
        if name == "QLinearGlobalAveragePool":
            x = np.random.default_rng(seed).integers(limits.min, limits.max + 1, (1, 500, 3, 4)).astype(dtype)
        attributes = {"axis": 1} if name == "QLinearConcat" else {}
        exactly([helper.make_node(name, operands, ["y"], domain="com.microsoft", **attributes)], {"x": x}, constants)
