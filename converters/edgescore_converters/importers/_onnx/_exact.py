"""The model in float64, by ONNX's own reference evaluator: what ONNX Runtime would give if it did not round.

ONNX Runtime rounds to float32 at every step, in an order that depends on the processor, the number of rows and the
threads, so that its own answers for one row and for many differ. This says what they are both near to. It owes nothing
to our importer, which it judges. Refuses operators that the evaluator computes in another way than ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._file import opsets
from ._oracle import InputSpec, Oracle, OutputSpec
from .constant import fold, foldable, from_proto

Array = NDArray[Any]

# The evaluator rounds trees to float32 itself, and votes otherwise among the pairs of a support vector machine.
OTHERWISE = ("TreeEnsemble", "SVM")


class ExactOracle(Oracle):
    """Gives scores as Oracle does, in float64, and nothing of use for labels."""

    def _open(self) -> Any:
        if self._session is None:
            from onnx.reference import ReferenceEvaluator

            try:
                self._session = ReferenceEvaluator(_in_double(self._model))
            except Exception as error:
                raise ValueError(f"ONNX's reference evaluator cannot open the model: {error}") from error
        return self._session

    def _feed(self, columns: Array, spec: InputSpec) -> Array:
        data = super()._feed(columns, spec)  # rounds the row as the input does
        return data.astype(np.float64) if spec.dtype == "float32" else data

    def _column(self, spec: OutputSpec, result: Any) -> Array:
        return np.zeros(len(result), np.int64) if spec.classes is not None else np.asarray(result)


def exact_oracle(
    model: bytes, inputs: Sequence[InputSpec], outputs: Sequence[OutputSpec], batch: int | None
) -> ExactOracle | None:
    """The model in float64, or None where the evaluator is not to be trusted; it may still raise ValueError."""
    import onnx

    operators = {node.op_type for node in onnx.load_from_string(model).graph.node}
    if any(name.startswith(OTHERWISE) for name in operators) or any(spec.dtype == "str" for spec in inputs):
        return None
    return ExactOracle(model, inputs, outputs, batch)


def _in_double(data: bytes) -> Any:
    """The model with float64 in place of float32, and the scores of a ZipMap as the table they were."""
    import onnx
    from onnx import TensorProto

    model = onnx.load_from_string(data)
    _fold(model)
    for node in model.graph.node:
        if node.op_type == "ZipMap":
            node.op_type, node.domain = "Identity", ""
            del node.attribute[:]
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.DOUBLE
    attributes = [attribute for node in model.graph.node for attribute in node.attribute]
    for tensor in [*model.graph.initializer, *(a.t for a in attributes if a.type == onnx.AttributeProto.TENSOR)]:
        if tensor.data_type == TensorProto.FLOAT:
            wide = onnx.numpy_helper.to_array(tensor).astype(np.float64)
            tensor.CopyFrom(onnx.numpy_helper.from_array(wide, tensor.name))
    for info in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        if info.type.tensor_type.elem_type == TensorProto.FLOAT:
            info.type.tensor_type.elem_type = TensorProto.DOUBLE
    return model


def _fold(model: Any) -> None:
    """Compute constants from constants in their own types: what they are rounded to is a part of the model."""
    from onnx import numpy_helper

    known = {tensor.name: from_proto(tensor) for tensor in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        inputs = [known.get(name) for name in node.input]
        if None in inputs or not foldable(node, inputs):
            kept.append(node)
            continue
        for name, result in zip(node.output, fold(node, inputs, opsets(model)[""]), strict=True):
            known[name] = result
            model.graph.initializer.append(numpy_helper.from_array(result.data, name))
    del model.graph.node[:]
    model.graph.node.extend(kept)
