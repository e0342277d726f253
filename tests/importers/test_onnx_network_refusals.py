"""What cannot be a network is refused with a reason and a remedy; corrupt files never crash or hang the converter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgescore
from edgescore_converters import convert
from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers import Network, import_model

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "models"
FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
node = helper.make_node


def model(
    nodes: Sequence[Any],
    inputs: dict[str, tuple[int, Any]],
    constants: dict[str, Any] | None = None,
    outputs: Sequence[str] = ("y",),
) -> onnx.ModelProto:
    """A model of ONNX's own and custom operators; inputs: name -> (element type, shape)."""
    graph = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items()],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("acme", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


IMAGE = {"x": (FLOAT, [1, 3, 8, 8])}


def refused(source: Any, *words: str, **options: Any) -> ConvertError:
    with pytest.raises(ConvertError) as caught:
        import_model(source, **options)
    for word in words:
        assert word in str(caught.value), f"{word!r} is not in: {caught.value}"
    return caught.value


def test_open_sizes_are_listed_together() -> None:
    source = model(
        [node("Add", ["a", "b"], ["c"]), node("Add", ["c", "d"], ["y"])],
        {"a": (FLOAT, ["batch", 3, "height", "width"]), "b": (FLOAT, [1, 3, 4, 4]), "d": (FLOAT, [1, None, 4, 4])},
    )
    refused(source, "a ['batch', 3, 'height', 'width']", "d [1, None, 4, 4]", "--shape a=1,")
    given = import_model(source, shapes={"a": [1, 3, 4, 4], "d": [1, 3, 4, 4]})
    assert isinstance(given, Network)
    assert [port.value.shape for port in given.graph.inputs] == [(1, 3, 4, 4)] * 3


def test_an_open_batch_is_one_sample() -> None:
    network = import_model(model([node("Relu", ["x"], ["y"])], {"x": (FLOAT, ["batch", 3, 8, 8])}))
    assert isinstance(network, Network)
    assert network.graph.inputs[0].value.shape == (1, 3, 8, 8)


def test_shapes_that_do_not_fit() -> None:
    source = model([node("Relu", ["x"], ["y"])], IMAGE)
    refused(source, "[1, 3, 8, 8]", "(1, 3, 9, 8)", shapes={"x": [1, 3, 9, 8]})
    refused(source, "no such input", "x", shapes={"z": [1, 3, 8, 8]})
    refused(source, "no such input", consts={"z": 1.0})
    refused(source, "computes nowhere", states={"x": "nowhere"})
    refused(source, "no output z", "its outputs are y", outputs=["z"])


def test_a_state_of_another_shape() -> None:
    nodes = [node("Add", ["x", "z"], ["s"]), node("GlobalAveragePool", ["s"], ["y"])]
    source = model(nodes, {**IMAGE, "z": (FLOAT, [1])})
    refused(source, "--state x=y", "(1, 3, 1, 1)", "(1, 3, 8, 8)", states={"x": "y"})


@pytest.mark.parametrize(
    ("nodes", "constants", "word"),
    [
        ([node("Reshape", ["x", "s"], ["y"])], {}, "--const s=VALUE"),
        ([node("NonZero", ["x"], ["n"]), node("Cast", ["n"], ["y"], to=FLOAT)], {}, "on the data; compute it outside"),
        ([node("Expand", ["x", "s"], ["y"])], {}, "'s' is computed from the input"),
        ([node("Slice", ["x", "s", "e"], ["y"])], {"e": np.asarray([4, 4, 4, 4])}, "'s' is computed from the input"),
    ],
)
def test_sizes_that_depend_on_data(nodes: list[Any], constants: dict[str, Any], word: str) -> None:
    error = refused(model(nodes, {**IMAGE, "s": (INT64, [4])}, constants), word)
    assert isinstance(error, UnsupportedError)


def test_states_are_written_after_all_is_read() -> None:
    """A line of two delays: what feeds the second is the first as it was."""
    nodes = [node("Identity", [a], [b]) for a, b in (("x", "s_out"), ("s", "t_out"), ("t", "y"))]
    kinds = dict.fromkeys(("x", "s", "t"), (FLOAT, [1, 2]))
    for states in ({"s": "s_out", "t": "t_out"}, {"t": "t_out", "s": "s_out"}):
        source = model(nodes, kinds, outputs=["y", "s_out", "t_out"])
        scored = edgescore.load(convert(source, states=states, outputs=["y"]).data)
        found = [float(scored.score(np.full((1, 2), step, np.float32))[0, 0]) for step in range(1, 6)]
        assert found == [0, 0, 1, 2, 3]


def branch(name: str, op: str) -> onnx.GraphProto:
    return helper.make_graph([node(op, ["x"], [name])], name, [], [helper.make_tensor_value_info(name, FLOAT, None)])


def test_control_flow_that_depends_on_data() -> None:
    chosen = node("If", ["c"], ["y"], then_branch=branch("t", "Relu"), else_branch=branch("e", "Neg"))
    refused(model([chosen], {**IMAGE, "c": (BOOL, [1])}), "its condition depends on the input c", "--const c=VALUE")
    constant = import_model(model([chosen], IMAGE, {"c": np.asarray([True])}))
    assert isinstance(constant, Network)
    assert [each.op for each in constant.graph.nodes] == ["relu"]


def loop(rounds: Any, condition: str) -> list[Any]:
    body = helper.make_graph(
        [
            node("Add", ["h", "h"], ["h2"]),
            node("ReduceMax", ["h2"], ["m"], keepdims=0),
            node("Less", ["m", "ten"], ["go"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", INT64, []),
            helper.make_tensor_value_info("c", BOOL, []),
            helper.make_tensor_value_info("h", FLOAT, None),
        ],
        [helper.make_tensor_value_info(condition, BOOL, []), helper.make_tensor_value_info("h2", FLOAT, None)],
    )
    return [node("Loop", [rounds, "yes", "x"], ["y"], body=body)]


def test_loops() -> None:
    constants = {"n": np.asarray(3), "far": np.asarray(10**12), "yes": np.asarray(True), "ten": np.float32(10)}
    refused(model(loop("n", "go"), IMAGE, constants), "its condition depends on the input")
    refused(model(loop("k", "c"), {**IMAGE, "k": (INT64, [])}, constants), "'k' is computed from the input")
    refused(model(loop("far", "c"), IMAGE, constants), "more than 1024 times")
    unrolled = import_model(model(loop("n", "c"), IMAGE, constants))
    assert isinstance(unrolled, Network)
    sample = {"x": np.ones((1, 3, 8, 8), np.float32)}
    np.testing.assert_array_equal(unrolled.oracle([sample])[0][0], 8 * sample["x"])
    assert convert(unrolled).verification.disagreements == 0


def test_all_unsupported_nodes_at_once() -> None:
    nodes = [
        node("Warp", ["x"], ["a"], domain="acme", name="first"),
        node("Relu", ["a"], ["b"]),
        node("NonMaxSuppression", ["x", "x"], ["c"], name="second"),
        node("Det", ["x"], ["d"], name="third"),
        node("Add", ["b", "d"], ["y"]),
    ]
    error = refused(model(nodes, IMAGE, outputs=("y", "c")))
    assert isinstance(error, UnsupportedError)
    assert [part.name for part in error.parts] == ["Warp node first", "NonMaxSuppression node second", "Det node third"]
    assert "acme.Warp" in str(error)
    assert all(part.remedy for part in error.parts)


def test_types_without_a_place() -> None:
    for kind in (TensorProto.STRING, TensorProto.UINT64, TensorProto.INT4):
        refused(model([node("Identity", ["x"], ["y"])], {"x": (kind, [1, 3, 8, 8])}), "input x is", "float32")
    refused(model([node("Cast", ["x"], ["y"], to=TensorProto.FLOAT8E5M2)], IMAGE), "casts to float8_e5m2")


def test_training_mode() -> None:
    channels = {name: np.ones(3, np.float32) for name in "sbmv"}
    normal = node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y", "m2", "v2"], training_mode=1)
    refused(model([normal], IMAGE, channels), "training mode")
    constants = {"r": np.float32(0.5), "t": np.asarray(True)}
    refused(model([node("Dropout", ["x", "r", "t"], ["y"])], IMAGE, constants), "training mode")


def test_recurrent_layers_with_operands_of_other_shapes() -> None:
    """The first is what PyTorch writes for proj_size, and the second for a layer of one direction read as two."""
    shapes = {"w": (1, 12, 6), "r": (1, 12, 3), "b": (1, 24), "h": (1, 1, 3), "c": (1, 1, 3), "p": (1, 9)}
    made = node("LSTM", ["x", "w", "r", "b", "", "h", "c", "p"], ["y"], hidden_size=3)
    for name, wrong, words in (
        ("c", (1, 1, 8), ["its first c is (1, 1, 8), not (1, 1, 3)", "leave out proj_size", "weight_hr"]),
        ("h", (2, 1, 3), ["its first h is (2, 1, 3), not (1, 1, 3)", "export the model again"]),
        ("w", (1, 12, 5), ["its weights is (1, 12, 5), not (1, 12, 6)"]),
        ("b", (1, 12), ["its bias is (1, 12), not (1, 24)"]),
        ("p", (1, 3), ["its peepholes is (1, 3), not (1, 9)"]),
    ):
        constants = {key: np.zeros(wrong if key == name else shape, np.float32) for key, shape in shapes.items()}
        refused(model([made], {"x": (FLOAT, [5, 1, 6])}, constants), *words)


@pytest.mark.parametrize("as_constant", [False, True])
def test_nan_weights(as_constant: bool) -> None:
    weights = np.ones((4, 3, 1, 1), np.float32)
    weights[2, 1] = np.nan
    conv = node("Conv", ["x", "w"], ["y"])
    if as_constant:
        source = model([node("Constant", [], ["w"], value=numpy_helper.from_array(weights)), conv], IMAGE)
    else:
        source = model([conv], IMAGE, {"w": weights})
    refused(source, "w", "NaN", "export a checkpoint")


def test_missing_external_data(tmp_path: Path) -> None:
    source = model([node("Conv", ["x", "w"], ["y"])], IMAGE, {"w": np.ones((4, 3, 5, 5), np.float32)})
    file = tmp_path / "net.onnx"
    onnx.save(source, str(file), save_as_external_data=True, location="net.weights", size_threshold=0)
    assert isinstance(import_model(file), Network)
    refused(file.read_bytes(), "net.weights", "give the path")
    (tmp_path / "net.weights").unlink()
    refused(file, "net.weights", "put the files beside the model")


def test_constant_and_empty_outputs() -> None:
    refused(model([node("Constant", [], ["y"], value_floats=[1.0])], {}), "gives constants")
    refused(model([node("Slice", ["x", "s", "s"], ["y"])], IMAGE, {"s": np.asarray([2])}), "its result is empty")


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes changed, or the end cut off, or a piece repeated."""
    image = bytearray(data)
    kind = rng.integers(4)
    if kind == 0:
        return bytes(image[: rng.integers(len(image))])
    if kind == 1:
        at = int(rng.integers(len(image)))
        return bytes(image[:at] + image[at : at + 40] + image[at:])
    for _ in range(int(rng.integers(1, 6))):
        image[rng.integers(len(image))] = rng.integers(256)
    return bytes(image)


def sources() -> dict[str, bytes]:
    """Structure outweighs weights in these, so that mutations hit it."""
    constants = {"n": np.asarray(2), "yes": np.asarray(True), "ten": np.float32(10), "s": np.asarray([1, -1, 4])}
    whole = model(
        [
            *(node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]), node("MaxPool", ["c"], ["p"], kernel_shape=[2, 2])),
            *(node("Reshape", ["p", "s"], ["r"]), node("Shape", ["r"], ["z"]), node("Expand", ["r", "z"], ["e"])),
            *(node("Transpose", ["e"], ["t"], perm=[0, 2, 1]), node("Softmax", ["t"], ["y"])),
        ],
        IMAGE,
        {**constants, "w": np.ones((4, 3, 3, 3), np.float32)},
    )
    found = {"layers": whole.SerializeToString(), "loop": model(loop("n", "c"), IMAGE, constants).SerializeToString()}
    real = MODELS / "st_har" / "st_har.onnx"
    return found | ({"st_har": real.read_bytes()} if real.exists() else {})


@pytest.mark.parametrize("name", ["layers", "loop", "st_har"])
def test_mutated_files(name: str) -> None:
    data = sources().get(name)
    if data is None:
        pytest.skip("shared/models/st_har/st_har.onnx is not here")
    rng = np.random.default_rng(0)
    messages = []
    for _ in range(150):
        try:
            import_model(mutated(data, rng))
        except ConvertError as error:
            messages.append(str(error))
    assert len(messages) > 20, "mutations that change nothing show nothing"
    assert all(0 < len(message) < 3000 for message in messages)
