"""The writer: the same graph gives the same bytes, nothing is stored twice, and all of it can be read back."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from edgescore._budget import Budget
from edgescore._reader import parse
from edgescore.format import schema
from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Feature, Graph, Port, Value
from edgescore_converters.writer import encode
from tests.conftest import ROOT
from tests.format.good_models import MODELS
from tests.format.parts import File


def graph_of(labels: list[Any] | None = None, feature: Feature | None = None) -> Graph:
    graph = Graph()
    x = graph.input("x", 1, features=[feature] if feature else [])
    graph.output("y", graph.add("relu", x), labels=labels or [])
    return graph


def same(a: list[Any], b: list[Any]) -> bool:
    """Equal in type and value, NaN like NaN."""
    return len(a) == len(b) and all(
        type(x) is type(y) and (x == y or (x != x and y != y)) for x, y in zip(a, b, strict=True)
    )


def test_same_graph_same_bytes() -> None:
    for name, build in MODELS.items():
        assert build()[0] == build()[0], name


def test_same_bytes_in_another_process() -> None:
    """Another hash seed puts sets and the like in another order."""
    program = (
        "import hashlib; from tests.format.good_models import MODELS;"
        "print(hashlib.sha256(b''.join(build()[0] for build in MODELS.values())).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True)
    data = b"".join(build()[0] for build in MODELS.values())
    assert run.stdout.decode().strip() == hashlib.sha256(data).hexdigest()


def test_equal_constants_are_stored_once() -> None:
    graph = Graph()
    x = graph.input("x", 8)
    weights = np.arange(64.0).reshape(8, 8)
    for _ in range(3):
        x = graph.add("dense", x, weights.copy(), None)
    graph.output("y", graph.add("add", x, weights[0].copy()))
    parsed = parse(encode(graph), np)
    offsets = [tensor.offset for tensor in parsed.tensors if tensor.kind == "constant"]
    assert len(offsets) == 4
    assert len(set(offsets)) == 2
    assert parsed.sections["constants"] == 64 * 4 + 8 * 4


def test_equal_texts_and_lists_are_stored_once() -> None:
    graph = Graph()
    columns = [Feature(name, ["low", "high"]) for name in ("a", "b", "c")]
    x = graph.input("a", 3, features=columns)
    graph.output("b", graph.add("relu", x), labels=["low", "high"])
    file = File(encode(graph))
    assert len(file.strings.records) == 2
    assert bytes(file.text.data).count(b"low\0") == 1
    assert sorted(bytes(file.text.data).split(b"\0")[:-1]) == [b"a", b"b", b"c", b"high", b"low"]
    assert len(file.dims.records) == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["low", "", "größer", "1", "True"], None),
        ([3, -1, 2**40, 0], None),
        ([0.1, -0.0, 1e300, 5e-324, math.inf, math.nan], None),
        ([True, False], None),
        ([1, 0.5], [1.0, 0.5]),
        (["a", 1, None], ["a", "1", "None"]),
        (list(np.array([1, 2])), [1, 2]),
        (list(np.array([0.1], "float32")), [float(np.float32(0.1))]),
        (list(np.array(["x"])), ["x"]),
        (list(np.array([True])), [True]),
    ],
)
def test_labels_and_categories_come_back(given: list[Any], expected: list[Any] | None) -> None:
    expected = given if expected is None else expected
    parsed = parse(encode(graph_of(given, Feature("f", given))), np)
    assert same(parsed.ports[1].labels, expected)
    assert same(parsed.ports[0].features[0].categories or [], expected)


def test_everything_reads_back() -> None:
    graph = Graph()
    x = graph.input("α", 2, "float64", nan=True, features=[Feature("a"), Feature("b", ["x"], "missing")])
    y = graph.add("clip", graph.add("mul", x, np.array([2.0, 3.0])), lo=-1.0, hi=4.0)
    y.quant = (0.5, 7)
    graph.output("y", y)
    budget = Budget(flash=1 << 31, max_ns=1 << 40, on_violation="raise")
    parsed = parse(encode(graph, budget=budget, metadata={"b": [1.5], "a": "é"}), np)
    source, result = parsed.ports
    assert (source.name, source.nan, source.is_input, result.name, result.nan) == ("α", True, True, "y", False)
    assert [(f.name, f.categories, f.unknown) for f in source.features] == [
        ("a", None, "error"),
        ("b", ["x"], "missing"),
    ]
    assert [tensor.shape for tensor in parsed.tensors] == [(1, 2), (2,), (1, 2), (1, 2)]
    assert {tensor.dtype.name for tensor in parsed.tensors} == {"float64"}
    assert parsed.tensors[result.tensor].quant == (0.5, 7)
    assert [(node.op.name, node.params) for node in parsed.nodes] == [("mul", {}), ("clip", {"lo": -1.0, "hi": 4.0})]
    assert parsed.rowwise
    assert parsed.budget is not None
    assert Budget.from_record(parsed.budget) == budget
    assert json.loads(parsed.metadata) == {"a": "é", "b": [1.5]}
    assert parsed.version == (schema.MAJOR, schema.MINOR)


def test_not_rowwise_when_a_shape_is_not_a_row() -> None:
    graph = Graph()
    x = Value("float32", (2, 3))
    graph.inputs.append(Port("x", x))
    graph.output("y", graph.add("relu", x))
    assert not parse(encode(graph), np).rowwise


def test_refusals_name_the_reason() -> None:
    with pytest.raises(ConvertError, match="zero character"):
        encode(graph_of(["a\0b"]))
    with pytest.raises(ConvertError, match="EDSC_ERR_PORT"):
        encode(_two_names_for_one_column())
    with pytest.raises(ConvertError, match="at most 255"):
        encode(_wide_concat(300))
    assert parse(encode(_wide_concat(254)), np).nodes[0].op.name == "concat"


def _two_names_for_one_column() -> Graph:
    graph = graph_of()
    graph.inputs[0].features = [Feature("a"), Feature("b")]
    return graph


def _wide_concat(count: int) -> Graph:
    graph = Graph()
    x = graph.input("x", 1)
    graph.output("y", graph.add("concat", *[x] * count, shape=(1, count)))
    return graph
