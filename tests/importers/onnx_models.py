"""Hand-made ONNX models, and their comparison with ONNX Runtime: by reference, after the passes, and by the runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper, shape_inference

import edgescore
from edgescore_converters import passes
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers import Imported
from edgescore_converters.importers.onnx import import_model
from edgescore_converters.writer import encode

Array = NDArray[Any]
ML = "ai.onnx.ml"
FLOAT, DOUBLE, INT64, INT32 = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.INT32
STRING, BOOL = TensorProto.STRING, TensorProto.BOOL


def node(op_type: str, inputs: str, outputs: str, domain: str = "", **attributes: Any) -> NodeProto:
    """A node; names are separated by spaces, ``-`` is an absent input."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(op_type, names, outputs.split(), name=f"the_{op_type}", domain=domain, **attributes)


def ml(op_type: str, inputs: str, outputs: str, **attributes: Any) -> NodeProto:
    """A node of ai.onnx.ml."""
    return node(op_type, inputs, outputs, ML, **attributes)


def model(
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, tuple[int, Sequence[Any]]],
    outputs: Sequence[str],
    constants: Mapping[str, ArrayLike] | None = None,
    *,
    opset: int = 18,
    ml_opset: int = 3,
    kind: int = FLOAT,
) -> ModelProto:
    """A model; the types of its outputs are inferred, and ``kind`` where ONNX does not know."""
    for number, each in enumerate(nodes):
        each.name = each.name if [other.name for other in nodes].count(each.name) == 1 else f"{each.name}_{number}"
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items()],
        [],
        [numpy_helper.from_array(np.asarray(data), name) for name, data in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ml_opset)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="test", producer_version="1")
    try:
        types = {info.name: info.type for info in shape_inference.infer_shapes(made).graph.value_info}
    except shape_inference.InferenceError:
        types = {}  # an operator of the test's own
    for name in outputs:
        info = made.graph.output.add(name=name)
        info.CopyFrom(helper.make_tensor_value_info(name, kind, None))
        if name in types and types[name].WhichOneof("value") != "tensor_type":
            info.type.CopyFrom(types[name])
        elif name in types:
            info.type.tensor_type.elem_type = types[name].tensor_type.elem_type or kind
    return made


def table(width: int, kind: int = FLOAT) -> dict[str, tuple[int, Sequence[Any]]]:
    """One input X of ``width`` columns."""
    return {"X": (kind, ["N", width])}


def numbers(width: int, count: int = 200, seed: int = 0, scale: float = 2.0) -> Array:
    """Float32 rows around 0, whole numbers, halves and signed zeros among them."""
    rng = np.random.default_rng(seed)
    rows = (rng.standard_normal((count, width)) * scale).astype(np.float32)
    rows[: count // 4] = np.round(2 * rows[: count // 4]) / 2
    rows[0] = -0.0
    return rows.astype(np.float64)


def with_special(rows: Array, *values: float) -> Array:
    """``rows``, and each of ``values`` in each column in turn."""
    special = np.repeat(rows[:1], len(values) * rows.shape[1], axis=0)
    for at, (column, value) in enumerate((j, v) for j in range(rows.shape[1]) for v in values):
        special[at, column] = value
    return np.concatenate([rows, special])


def score(imported: Imported, rows: Array) -> list[Array]:
    """What the runtime gives for every output."""
    ends = np.cumsum([0, *(port.value.shape[-1] for port in imported.graph.inputs)])
    parts: Any = [rows[:, start:end] for start, end in pairwise(ends)]
    return edgescore.load(encode(imported.graph)).outputs(parts[0] if len(parts) == 1 else parts)


def agree(source: Any, rows: ArrayLike, tolerance: float = 1e-6, **options: Any) -> Imported:
    """Import ``source`` and compare it with ONNX Runtime on ``rows``."""
    imported = import_model(source, **options)
    given = np.asarray(rows)
    if given.dtype != object:
        dtypes = [port.value.dtype for port in imported.graph.inputs]
        given = given.astype("float64" if "float64" in dtypes else "float32").astype(np.float64)
    expected = imported.oracle(given)
    for port, want in zip(imported.graph.outputs, expected, strict=True):
        width = () if port.squeeze or port.role == "label" else (port.value.shape[-1],)
        assert want.shape == (len(given), *width), port.name
        assert port.role == "label" or want.dtype == port.value.dtype, port.name
    _compare(imported, evaluate(imported.graph, given), expected, tolerance)
    imported.graph = imported.graph.copy()
    passes.run(imported.graph)
    _compare(imported, evaluate(imported.graph, given), expected, tolerance)
    _compare(imported, score(imported, given), expected, tolerance)
    return imported


def _compare(imported: Imported, outputs: Sequence[Array], expected: Sequence[Array], tolerance: float) -> None:
    """Labels, integers and booleans equal; scores within ``tolerance``, relative to the largest above 1."""
    for port, have, want in zip(imported.graph.outputs, outputs, expected, strict=True):
        ours = np.asarray(have).reshape(want.shape)
        if want.dtype.kind != "f" or tolerance == 0:
            np.testing.assert_array_equal(ours, want, port.name)
            continue
        scale = float(np.max(np.abs(want), initial=1.0, where=np.isfinite(want)))
        np.testing.assert_allclose(ours, want, rtol=0, atol=tolerance * scale, equal_nan=True, err_msg=port.name)
