"""The models that are measured, and the same models for the peers."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


@functools.cache
def digits() -> tuple[Any, Any, Any, Any]:
    """Training rows, test rows, training target, test target."""
    data = load_digits()
    return tuple(  # type: ignore[return-value]
        train_test_split(data.data.astype(np.float32), data.target, test_size=0.3, random_state=0, stratify=data.target)
    )


@functools.cache
def different_rows() -> Any:
    """10,000 different rows that look like digits."""
    rows, *_ = digits()
    generator = np.random.default_rng(0)
    return np.clip(
        rows[generator.integers(0, len(rows), 10_000)] + generator.integers(-2, 3, (10_000, 64)), 0, 16
    ).astype(np.float32)


@functools.cache
def forest() -> RandomForestClassifier:
    """100 trees of depth 12 at most on digits."""
    rows, _, target, _ = digits()
    return RandomForestClassifier(100, max_depth=12, random_state=0, n_jobs=1).fit(rows, target)


@functools.cache
def mlp() -> MLPClassifier:
    """64-32-10 on digits."""
    rows, _, target, _ = digits()
    return MLPClassifier((32,), max_iter=600, random_state=0).fit(rows, target)


@functools.cache
def linear() -> LinearRegression:
    """Four inputs, one output."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(500, 4))
    return LinearRegression().fit(x, x @ [1.0, -2.0, 3.0, 0.5] + 1.0)


def onnx_session(data: bytes) -> Any:
    """ONNX Runtime with one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def onnx_bytes(model: Any, width: int) -> bytes:
    """A scikit-learn model as ONNX, classifiers with plain probabilities."""
    from skl2onnx import to_onnx
    from sklearn.base import is_classifier

    options = {"zipmap": False} if is_classifier(model) else None
    return to_onnx(model, np.zeros((1, width), np.float32), options=options, target_opset=17).SerializeToString()


def litert_linear(weights: Any, bias: Any) -> bytes:
    """One fully connected layer as a TFLite file."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as tfl

    def tensor(name: str, shape: list[int], buffer: int) -> Any:
        made = tfl.TensorT()
        made.name, made.shape, made.buffer, made.type = name, shape, buffer, tfl.TensorType.FLOAT32
        return made

    def buffer(data: Any) -> Any:
        made = tfl.BufferT()
        made.data = None if data is None else np.frombuffer(np.asarray(data, "<f4").tobytes(), np.uint8)
        return made

    out, width = weights.shape
    graph, operator, code, model = tfl.SubGraphT(), tfl.OperatorT(), tfl.OperatorCodeT(), tfl.ModelT()
    graph.tensors = [
        tensor("x", [1, width], 0),
        tensor("w", [out, width], 1),
        tensor("b", [out], 2),
        tensor("y", [1, out], 0),
    ]
    code.builtinCode = code.deprecatedBuiltinCode = tfl.BuiltinOperator.FULLY_CONNECTED
    code.version = 1
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0, 1, 2], [3]
    operator.builtinOptionsType = tfl.BuiltinOptions.FullyConnectedOptions
    operator.builtinOptions = tfl.FullyConnectedOptionsT()
    graph.inputs, graph.outputs, graph.operators = [0], [3], [operator]
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers = [buffer(None), buffer(weights), buffer(bias)]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
