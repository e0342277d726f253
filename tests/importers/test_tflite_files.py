"""What whole .tflite files contain: state, subgraphs, signatures, shared buffers, odd ends; and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from tflite_models import File, K, X, Y, agrees, single

import edgescore
from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers.tflite import import_model
from edgescore_converters.network import convert_network


def loaded(data: bytes) -> edgescore.Model:
    return edgescore.load(convert_network(import_model(data)).data)


def counting() -> bytes:
    """y = all x so far plus 5: a resource variable that CALL_ONCE sets to 5."""
    file = File()
    x, handle, held, y = file.tensor((1, 3)), file.tensor((), "resource"), file.tensor((1, 3)), file.tensor((1, 3))
    file.op("CALL_ONCE", [], [], "CallOnce", initSubgraphIndex=1)
    file.op("VAR_HANDLE", [], [handle], "VarHandle", container="", sharedName="total")
    file.op("READ_VARIABLE", [handle], [held], "ReadVariable")
    file.op("ADD", [held, x], [y], "Add")
    file.op("ASSIGN_VARIABLE", [handle, y], [], "AssignVariable")
    main = file.graph
    file.subgraph("init")
    other, five = file.tensor((), "resource"), file.constant(np.full((1, 3), 5, np.float32))
    file.op("VAR_HANDLE", [], [other], "VarHandle", container="", sharedName="total")
    file.op("ASSIGN_VARIABLE", [other, five], [], "AssignVariable")
    file.graph = main
    return file.pack([x], [y])


def test_resource_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(counting(), monkeypatch)
    model = loaded(counting())
    x = np.array([[1, 2, 3]], np.float32)
    first, second = model.score(x), model.score(x)
    assert (first.tolist(), second.tolist()) == ([[6, 7, 8]], [[7, 9, 11]])
    model.reset()
    assert model.score(x).tolist() == first.tolist()


def test_signature_names_the_ends() -> None:
    file = File()
    a, b = file.tensor((1, 3), name="serving_default_a:0"), file.tensor((1, 3), name="serving_default_b:0")
    y, z = file.tensor((1, 3), name="StatefulPartitionedCall:0"), file.tensor((1, 3), name="StatefulPartitionedCall:1")
    file.op("ADD", [a, b], [y], "Add")
    file.op("MUL", [a, y], [z], "Mul")
    file.signature({"left": a, "right": b}, {"sum": y, "product": z})
    graph = import_model(file.pack([a, b], [z, y])).graph
    assert [port.name for port in graph.inputs] == ["left", "right"]
    assert [port.name for port in graph.outputs] == ["product", "sum"]


def test_names_that_come_twice_are_numbered() -> None:
    file = File()
    a, b, y, z = (file.tensor((1, 3), name=name) for name in ("x", "x", "y", "y"))
    file.op("ADD", [a, b], [y], "Add")
    file.op("MUL", [a, b], [z], "Mul")
    model = loaded(file.pack([a, b], [y, z]))
    one = np.ones((1, 3), np.float32)
    assert [y.tolist() for y in model.outputs({"x": one, "x_1": 2 * one})] == [[[3, 3, 3]], [[2, 2, 2]]]


def test_odd_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """An input and a constant as results, a result that others use, and one result twice."""
    file = File()
    x, y, z = file.tensor((1, 3)), file.tensor((1, 3)), file.tensor((1, 3))
    five = file.constant(np.full((1, 3), 5, np.float32))
    file.op("ADD", [x, five], [y], "Add")
    file.op("MUL", [y, x], [z], "Mul")
    agrees(file.pack([x], [x, five, y, z, y]), monkeypatch)


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_odd_ends_of_bytes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = File()
    quant = (0.05, 3)
    x, y = file.tensor((1, 3), kind, quant), file.tensor((1, 3), kind, quant)
    five = file.constant(np.full((1, 3), 5, kind), quant=quant)
    file.op("ADD", [x, five], [y], "Add")
    agrees(file.pack([x], [x, five, y]), monkeypatch)


def test_shared_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File()
    x, y, z = file.tensor((1, 4)), file.tensor((1, 4)), file.tensor((1, 4))
    first = file.constant(np.arange(4, dtype=np.float32))
    second = file.tensor((1, 4), buffer=file.graph.tensors[first].buffer)
    file.tensor((7, 7), name="unused")
    file.op("ADD", [x, first], [y], "Add")
    file.op("MUL", [y, second], [z], "Mul")
    agrees(file.pack([x], [z]), monkeypatch)


def branching(known: bool) -> bytes:
    """y = 2x if the flag, else x * x."""
    file = File()
    x, y = file.tensor((1, 3)), file.tensor((1, 3))
    flag = file.constant(np.array(True)) if known else file.tensor((), "bool")
    file.op("IF", [flag, x], [y], "If", thenSubgraphIndex=1, elseSubgraphIndex=2)
    main = file.graph
    for name in ("ADD", "MUL"):
        file.subgraph(name)
        a, b = file.tensor((1, 3)), file.tensor((1, 3))
        file.op(name, [a, a], [b], name.title())
        file.graph.inputs, file.graph.outputs = [a], [b]
    file.graph = main
    return file.pack([x] if known else [flag, x], [y])


def test_branches() -> None:
    x = np.array([[1, 2, 3]], np.float32)
    assert loaded(branching(known=True)).score(x).tolist() == [[2, 4, 6]]
    network = import_model(branching(known=False))
    assert "where" in {node.op for node in network.graph.nodes}
    agreed = convert_network(network)
    assert agreed.verification.disagreements == 0


def looping(turns: int | None) -> bytes:
    """y = x doubled so many times; None: until an input says so."""
    file = File()
    x, i0, y, count = (
        file.tensor((1, 3)),
        file.constant(np.array(0, np.int32)),
        file.tensor((1, 3)),
        file.tensor((), "int32"),
    )
    start = i0 if turns is not None else file.tensor((), "int32")
    file.op("WHILE", [start, x], [count, y], "While", condSubgraphIndex=1, bodySubgraphIndex=2)
    main = file.graph
    file.subgraph("cond")
    i, v, more = file.tensor((), "int32"), file.tensor((1, 3)), file.tensor((), "bool")
    file.op("LESS", [i, file.constant(np.array(turns or 3, np.int32))], [more], "Less")
    file.graph.inputs, file.graph.outputs = [i, v], [more]
    file.subgraph("body")
    i, v, j, w = file.tensor((), "int32"), file.tensor((1, 3)), file.tensor((), "int32"), file.tensor((1, 3))
    file.op("ADD", [i, file.constant(np.array(1, np.int32))], [j], "Add")
    file.op("ADD", [v, v], [w], "Add")
    file.graph.inputs, file.graph.outputs = [i, v], [j, w]
    file.graph = main
    return file.pack([x] if turns is not None else [start, x], [y])


def test_loop_of_known_length() -> None:
    assert loaded(looping(3)).score(np.array([[1, 2, 3]], np.float32)).tolist() == [[8, 16, 24]]


def test_loop_that_the_input_ends_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="how often it turns depends on the input"):
        import_model(looping(None))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("WHERE", "depends on the input"),
        ("NON_MAX_SUPPRESSION_V4", "how many boxes"),
        ("TFLite_Detection_PostProcess", "how many boxes"),
        ("FlexErf", "inside TensorFlow only"),
        ("MyOwn", "only its author's runtime"),
        ("STABLEHLO_ADD", "of StableHLO"),
        ("RANDOM_UNIFORM", "it is random"),
        ("HASHTABLE_FIND", "looks up texts"),
        ("RFFT2D", "complex numbers"),
    ],
)
def test_refused_by_name(name: str, reason: str) -> None:
    file = File()
    x, y = file.tensor((1, 3)), file.tensor((1, 3))
    file.op(name, [x], [y])
    with pytest.raises(UnsupportedError, match=reason) as raised:
        import_model(file.pack([x], [y]))
    assert name in str(raised.value)


def test_every_refused_operator_is_listed() -> None:
    file = File()
    x, y, z = file.tensor((1, 3)), file.tensor((1, 3)), file.tensor((1, 3))
    file.op("MyOwn", [x], [y])
    file.op("WHERE", [x], [z])
    with pytest.raises(UnsupportedError) as raised:
        import_model(file.pack([x], [y, z]))
    assert len(raised.value.parts) == 2


def test_file_without_inputs() -> None:
    file = File()
    with pytest.raises(ConvertError, match="nothing to score"):
        import_model(file.pack([], [file.constant(np.ones(3, np.float32))]))


def test_wanted_shape() -> None:
    data = single("MEAN", [X((1, 8, 8, 3)), K(np.array([1, 2], np.int32))], Y(), "Reducer", keepDims=False)
    network = import_model(data, shapes={"t0": (1, 5, 6, 3)})
    assert network.graph.inputs[0].value.shape == (1, 5, 6, 3)
    assert convert_network(network).verification.disagreements == 0
