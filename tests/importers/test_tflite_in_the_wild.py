"""What .tflite files found in public repositories have that converters alone would not make one expect."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from tflite_models import File, K, X, Y, agrees, compare, single

import edgescore
import edgescore_converters
from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers.tflite import import_model
from edgescore_converters.network import convert_network


def detector() -> bytes:
    """boxes and scores go into a custom operator, whose result is the output."""
    file = File()
    x, kept = file.tensor((1, 4), name="image"), file.tensor((1, 4), name="kept")
    boxes, scores = file.tensor((1, 4), name="boxes;1"), file.tensor((1, 4), name="scores")
    file.op("ABS", [x], [boxes])
    file.op("TANH", [boxes], [scores])
    file.op("TFLite_Detection_PostProcess", [boxes, scores], [kept])
    return file.pack([x], [kept])


def test_cut_in_front_of_a_custom_operator() -> None:
    with pytest.raises(UnsupportedError, match=r"--outputs 'boxes;1,scores'"):
        import_model(detector())
    network = import_model(detector(), outputs=["scores", "boxes;1"])
    assert [port.name for port in network.graph.outputs] == ["scores", "boxes;1"]
    model = edgescore.load(convert_network(network).data)
    scores, boxes = model.score(np.array([[-1, 0, 2, 3]], np.float32))
    assert boxes.tolist() == [[1, 0, 2, 3]]
    np.testing.assert_allclose(scores, np.tanh(boxes), rtol=1e-6)


def test_output_that_nothing_computes() -> None:
    with pytest.raises(ConvertError, match="computes none; its outputs are kept"):
        import_model(detector(), outputs=["none"])


def test_operators_that_no_output_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File()
    x, y, lost = file.tensor((1, 3)), file.tensor((1, 3)), file.tensor((1, 3))
    file.op("MyOwn", [x], [lost])
    file.op("ABS", [x], [y])
    network = import_model(file.pack([x], [y]))
    assert convert_network(network).verification.disagreements == 0


def test_a_custom_operator_with_memory_of_its_own_is_named() -> None:
    file = File()
    x, scratch, y = file.tensor((1, 3)), file.tensor((100,), "uint8"), file.tensor((1, 3))
    file.op("ethos-u", [scratch, x], [y])
    with pytest.raises(UnsupportedError, match=r"operator 0, custom operator 'ethos-u': it is compiled for Arm's NPU"):
        import_model(file.pack([x], [y]))


def test_text() -> None:
    file = File()
    x, y = file.tensor((1,), "string", name="review"), file.tensor((1, 3))
    file.op("MyOwn", [x], [y])
    with pytest.raises(ConvertError, match="input review is text"):
        import_model(file.pack([x], [y]))


def sparse_weights(segments: list[int]) -> bytes:
    """x + the matrix [[0, 1, 0], [0, 0, 0], [2, 0, 3]] in compressed rows."""
    file = File()
    x, weights, y = file.tensor((3, 3)), file.tensor((3, 3)), file.tensor((3, 3))
    stored = file.constant(np.array([1, 2, 3], np.float32), shape=(3, 3))
    rows, columns = schema.DimensionMetadataT(), schema.DimensionMetadataT()
    rows.denseSize = 3
    columns.format = schema.DimensionType.SPARSE_CSR
    columns.arraySegmentsType = columns.arrayIndicesType = schema.SparseIndexVector.Int32Vector
    columns.arraySegments, columns.arrayIndices = schema.Int32VectorT(), schema.Int32VectorT()
    columns.arraySegments.values, columns.arrayIndices.values = segments, [1, 0, 2]
    sparsity = file.graph.tensors[stored].sparsity = schema.SparsityParametersT()
    sparsity.traversalOrder, sparsity.dimMetadata = [0, 1], [rows, columns]
    file.op("DENSIFY", [stored], [weights], "Densify")
    file.op("ADD", [x, weights], [y], "Add")
    return file.pack([x], [y])


def test_sparse_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(sparse_weights([0, 1, 1, 3]), monkeypatch)


@pytest.mark.parametrize("segments", [[0, 1, 1, 9], [0, 2, 1, 3], [0, 3], [1, 1, 1, 3]])
def test_sparse_constant_that_contradicts_itself(segments: list[int]) -> None:
    with pytest.raises(ConvertError, match="corrupt"):
        import_model(sparse_weights(segments))


def test_sparse_blocks() -> None:
    """A [4, 4] of 2 x 2 blocks, of which the one at the lower left is stored, along its own axes."""
    from edgescore_converters.importers._tflite._sparse import spread

    def level(size: int, **lists: list[int]) -> Any:
        made = schema.DimensionMetadataT()
        made.denseSize = size
        if lists:
            made.format = schema.DimensionType.SPARSE_CSR
            made.arraySegments, made.arrayIndices = schema.Uint8VectorT(), schema.Uint8VectorT()
            made.arraySegments.values, made.arrayIndices.values = lists["segments"], lists["indices"]
        return made

    sparsity = schema.SparsityParametersT()
    sparsity.traversalOrder, sparsity.blockMap = [0, 1, 2, 3], [0, 1]
    sparsity.dimMetadata = [level(2), level(0, segments=[0, 0, 1], indices=[0]), level(2), level(2)]
    full = spread(sparsity, np.array([1, 2, 3, 4], np.int8), (4, 4))
    assert full.tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 2, 0, 0], [3, 4, 0, 0]]


@pytest.mark.parametrize(("padding", "size"), [(1, 6), (2, 7)])
def test_transposed_convolution_of_mediapipe(padding: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    file = File()
    x, y = file.tensor((1, 3, 3, 2)), file.tensor((1, size, size, 4))
    weights, bias = (file.constant(rng.standard_normal(shape).astype(np.float32)) for shape in ((4, 3, 3, 2), (4,)))
    file.op("Convolution2DTransposeBias", [x, weights, bias], [y])
    file.graph.operators[-1].customOptions = list(struct.pack("<iii", padding, 2, 2))
    agrees(file.pack([x], [y]), monkeypatch)


def test_broadcast_args(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File()
    x, sizes, y = file.tensor((3, 1)), file.tensor((2,), "int32"), file.tensor((1,))
    first, second = file.constant(np.array([3, 1], np.int32)), file.constant(np.array([4], np.int32))
    file.op("BROADCAST_ARGS", [first, second], [sizes])
    file.op("BROADCAST_TO", [x, sizes], [y], "BroadcastTo", version=2)
    file.graph.tensors[y].shape = [3, 4]
    agrees(file.pack([x], [y]), monkeypatch)


def test_a_bias_at_its_end_on_a_channel_that_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    scales = np.array([0.01, 1e-20], np.float32)
    weights = rng.integers(-127, 128, (2, 3, 3, 4)).astype(np.int8)
    bias = np.array([500, -(2**31) + 1], np.int32)
    data = single(
        "CONV_2D",
        [
            X((1, 6, 6, 4), "int8", (0.05, 3)),
            K(weights, None, (scales, [0, 0])),
            K(bias, None, (scales * 0.05, [0, 0])),
        ],
        Y("int8", (0.2, -5)),
        "Conv2D",
        strideW=1,
        strideH=1,
        dilationWFactor=1,
        dilationHFactor=1,
    )
    agrees(data, monkeypatch)


@pytest.mark.parametrize("scale", [0.0235, 0.0784, 0.31])
def test_hard_swish_of_bytes_to_the_bit(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    data = single("HARD_SWISH", [X((1, 4096), "int8", (scale, -17))], Y("int8", (scale * 0.6, -112)), "HardSwish")
    assert compare(data, monkeypatch).same == 1.0


def test_quantized_floats_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """In floats that lie between two steps, where quotient and product round apart."""
    scale = np.float32(0.0171)
    halves = ((np.arange(-100, 100) + 0.5) * scale).astype(np.float32)
    file = File()
    x, near, y = file.tensor((1, 200)), file.tensor((1, 200)), file.tensor((1, 200), "int8", (scale, 0))
    file.op("ADD", [x, file.constant(halves)], [near], "Add")
    file.op("QUANTIZE", [near], [y], "Quantize")
    assert compare(file.pack([x], [y]), monkeypatch, low=0.0, high=0.0).same == 1.0


def test_wide_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single("QUANTIZE", [X((1, 50), "int16", (0.002, 0))], Y("int32", (3e-5, 0)), "Quantize"), monkeypatch)


def test_floats_that_are_indices() -> None:
    file = File()
    x, at, y = file.tensor((1, 8)), file.tensor((1, 8), "int32"), file.tensor((1, 8, 3))
    table = file.constant(np.arange(15, dtype=np.float32).reshape(5, 3))
    file.op("CAST", [x], [at], "Cast", inDataType=schema.TensorType.FLOAT32, outDataType=schema.TensorType.INT32)
    file.op("GATHER", [table, at], [y], "Gather", axis=0)
    assert convert_network(import_model(file.pack([x], [y]))).verification.disagreements == 0


def test_parts_of_no_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    """As loops over time write their results: what comes before the first, and after the last, is empty."""
    file = File()
    x, none, y = file.tensor((4, 3)), file.tensor((0, 3)), file.tensor((4, 3))
    begin, size = file.constant(np.array([4, 0], np.int32)), file.constant(np.array([-1, -1], np.int32))
    file.op("SLICE", [x, begin, size], [none], "Slice")
    file.op("CONCATENATION", [none, x], [y], "Concatenation", axis=0)
    agrees(file.pack([x], [y]), monkeypatch)


def test_sizes_below_zero() -> None:
    file = File()
    x, y = file.tensor((1, 3, 3, 2)), file.tensor((1, 6, 6, 4))
    weights = file.constant(np.ones((4, 3, 3, 2), np.float32))
    inputs = [file.constant(np.array([1, -6, 6, 4], np.int32)), weights, x]
    file.op("TRANSPOSE_CONV", inputs, [y], "TransposeConv", padding=1, strideW=2, strideH=2)
    with pytest.raises(UnsupportedError, match="no elements"):
        import_model(file.pack([x], [y]))


def test_sizes_listed_in_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = K(np.array([[2, 3]], np.int32))
    data = single("RESHAPE", [X((1, 6)), sizes], Y(shape=(2, 3)), "Reshape", newShape=[2, 3])
    agrees(data, monkeypatch)


def test_sum_of_a_scale_far_above_its_operands(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of layers that training has silenced."""
    tiny = X((1, 8), "int8", (1e-34, 0))
    data = single("ADD", [tiny, tiny], Y("int8", (0.02, -128)), "Add")
    network = import_model(data)
    model = edgescore.load(convert_network(network, force=True).data)
    x = {port.name: np.full((1, 8), 100, np.int8) for port in network.graph.inputs}
    assert model.outputs(x)[0].tolist() == [[-128] * 8]


def test_options_that_are_not_of_this_format() -> None:
    with pytest.raises(ConvertError, match=r"states \(--state\): tflite models have no such option"):
        edgescore_converters.convert(detector(), states={"a": "b"})
