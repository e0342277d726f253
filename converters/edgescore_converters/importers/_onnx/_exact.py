"""The model in float64, by ONNX's own reference evaluator: what ONNX Runtime would give if it did not round.

ONNX Runtime rounds to float32 at every step, in an order that depends on the processor, the number of rows and the
threads, so that its own answers for one row and for many differ. This says what they are both near to. It owes nothing
to our importer, which it judges. Not the evaluator's are trees, which decide on rounded numbers: ONNX Runtime says what
they give; and support vector machines (`_exact_svm`), so that there it has a say as well: what it gives must be the
exact answer, rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._exact_svm import OPERATORS, Noise, operators
from ._file import opsets
from ._oracle import InputSpec, Oracle, OutputSpec
from .constant import fold, foldable, from_proto

Array = NDArray[Any]

TREES = "TreeEnsemble"
SUMS = ("MatMul", "Gemm", "LinearClassifier", "LinearRegressor", *OPERATORS)  # what loses digits next to trees
SLACK = 1e-6
DRAWS, STEPS = 16, 32  # how often rounding is drawn, and how many roundings of the largest terms a sum is off by then


class ExactOracle(Oracle):
    """Gives scores as Oracle does, in float64. Labels are those of ``votes``; else -1, for nobody knows."""

    def __init__(
        self,
        model: bytes,
        inputs: Sequence[InputSpec],
        outputs: Sequence[OutputSpec],
        batch: int | None,
        votes: bool = False,
    ) -> None:
        super().__init__(model, inputs, outputs, batch)
        self.votes, self._noise = votes, Noise()

    def doubts(self, rows: Array, given: Sequence[Array]) -> Array:
        """Which ``rows`` [n, columns] ONNX Runtime cannot have answered ``given`` for, however it rounded."""
        open_rows, exact = np.arange(len(rows)), self(rows)
        apart = [np.abs(a - b).reshape(len(rows), -1) for a, b in zip(given, exact, strict=True)]
        allowed = [np.full(each.shape, SLACK * max(1.0, _largest(b))) for each, b in zip(apart, exact, strict=True)]
        for _ in range(DRAWS):
            self._noise.steps = STEPS
            try:
                drawn = self(rows[open_rows])
            except ValueError:  # a number that was rounded is no category
                continue
            finally:
                self._noise.steps = 0.0
            explained = np.ones(len(open_rows), np.bool_)
            for spec, theirs, off, most, one, other in zip(
                self._outputs, given, apart, allowed, exact, drawn, strict=True
            ):
                if spec.classes is None:
                    change = np.abs(other - one[open_rows]).reshape(len(open_rows), -1)
                    most[open_rows] = np.maximum(most[open_rows], np.where(np.isnan(change), np.inf, change + SLACK))
                else:
                    most[open_rows[other == theirs[open_rows]]] = np.inf
                explained &= (~np.isfinite(off) | (off <= most))[open_rows].all(axis=1)
            open_rows = open_rows[~explained]
            if not len(open_rows):
                break
        return np.isin(np.arange(len(rows)), open_rows)

    def _open(self) -> Any:
        if self._session is None:
            from onnx.reference import ReferenceEvaluator

            try:
                apart, trees = _without_trees(self._model)
                exact = ReferenceEvaluator(_in_double(apart), new_ops=operators(self._noise))
            except Exception as error:
                raise ValueError(f"ONNX's reference evaluator cannot open the model: {error}") from error
            self._session = _TreesApart(exact, self._model, trees) if trees else exact
        return self._session

    def _feed(self, columns: Array, spec: InputSpec) -> Array:
        data = super()._feed(columns, spec)  # rounds the row as the input does
        if spec.dtype not in ("float32", "float64"):
            return data
        data = data.astype(np.float64)
        return self._noise.on(data, np.abs(data))

    def _column(self, spec: OutputSpec, result: Any) -> Array:
        if spec.classes is None:
            return np.asarray(result)
        return super()._column(spec, result) if self.votes else np.full(len(result), -1)


def _largest(values: Array) -> float:
    return float(np.abs(values).max(initial=0.0, where=np.isfinite(values)))


class _TreesApart:
    """The evaluator of a model without its trees, and ONNX Runtime for what these give."""

    def __init__(self, exact: Any, model: bytes, trees: Sequence[str]) -> None:
        import onnx

        whole = onnx.load_from_string(model)
        whole.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in trees)
        self._exact, self._trees = exact, trees
        self._runtime = Oracle(whole.SerializeToString(), (), (), None)._open()
        self._single = {spec.name for spec in self._runtime.get_inputs() if spec.type == "tensor(float)"}

    def run(self, names: Sequence[str], feeds: dict[str, Array]) -> list[Any]:
        """As ReferenceEvaluator does it."""
        given = {name: x.astype(np.float32) if name in self._single else x for name, x in feeds.items()}
        trees = (x.astype(np.float64) if x.dtype == np.float32 else x for x in self._runtime.run(self._trees, given))
        found: list[Any] = self._exact.run(names, feeds | dict(zip(self._trees, trees, strict=True)))
        return found


def exact_oracle(
    model: bytes, inputs: Sequence[InputSpec], outputs: Sequence[OutputSpec], batch: int | None
) -> ExactOracle | None:
    """The model in float64, which may raise ValueError; None where there is nothing but trees, all of whose digits
    ONNX Runtime says.
    """
    import onnx

    nodes = onnx.load_from_string(model).graph.node
    names = {node.op_type for node in nodes}
    if any(name.startswith(TREES) for name in names) and not names.intersection(SUMS):
        return None
    return ExactOracle(model, inputs, outputs, batch, bool(names.intersection(OPERATORS)))


def _without_trees(data: bytes) -> tuple[bytes, list[str]]:
    """The model with what its trees give as inputs, and the names of these."""
    import onnx

    model = onnx.load_from_string(data)
    trees = [node for node in model.graph.node if node.op_type.startswith(TREES)]
    names = [name for node in trees for name in node.output if name]
    for node in trees:
        model.graph.node.remove(node)
    model.graph.input.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    return model.SerializeToString(), names


def _in_double(data: bytes) -> Any:
    """The model with float64 in place of float32, and the scores of a ZipMap as the table they were."""
    import onnx
    from onnx import TensorProto

    model = onnx.load_from_string(data)
    if not any(each.domain in ("", "ai.onnx") for each in model.opset_import):  # a file of ai.onnx.ml alone
        model.opset_import.append(onnx.helper.make_opsetid("", 13))
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
