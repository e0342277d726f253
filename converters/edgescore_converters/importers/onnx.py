"""ONNX models of tabular work: files, their bytes or live ModelProto, whose graphs score rows of columns.

Owns what the file's inputs and outputs become; operators are in `_onnx`. Inputs and outputs keep their names and order,
so that a model is scored as before. Text columns become categories, whole numbers are floats whose fraction is cut off,
a classifier's label output becomes a label. Dimension 0 is that of the rows, also where the file fixes it. Refuses
shapes that are not rows of columns, and lists every node that it cannot convert at once.

ONNX Runtime computes in float32 unless the model says double, so the graph does too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError
from edgescore_converters.ir import Feature, Graph, Port, Value

from . import _onnx_network
from ._imported import Imported, Task
from ._network import Network
from ._onnx import HANDLERS, Call, Refused, Rows, Tensor, Vocabulary
from ._onnx._call import ML
from ._onnx._exact import exact_oracle
from ._onnx._file import load, opsets
from ._onnx._nan_route import has_nan_route
from ._onnx._oracle import InputSpec, Oracle, OutputSpec
from ._onnx._tensors import as_float, element_type
from ._onnx._trace import Tracer
from ._onnx._widths import infer
from ._onnx.cast import whole
from ._onnx.constant import fold, foldable, from_proto

# What handlers meet in corrupt files that nobody listed in advance: lengths and shapes that contradict each other.
MALFORMED = (ArithmeticError, LookupError, ValueError)
MAX_PROBES = 4096  # test values kept for one input column
_ELSEWHERE = "compute it outside the model, or export the model without it"


def import_model(
    source: Any,
    *,
    path: str | os.PathLike[str] | None = None,
    input_dtype: str = "float32",
    shapes: Mapping[str, Sequence[int]] | None = None,
    consts: Mapping[str, Any] | None = None,
    states: Mapping[str, str] | None = None,
    outputs: Sequence[str] | None = None,
) -> Imported | Network:
    """Import a file (path), its bytes, or a ModelProto.

    A graph of the operators for tables, or one that takes rows, becomes a tabular model where its operators allow that;
    any other a network, whose inputs and outputs stay as they are.

    path: where bytes come from, for messages and external weights. input_dtype: of a tabular model's inputs that are
    double or whole numbers in the file ("float32" or "float64"; the others are float32). shapes: of inputs whose sizes
    the file leaves open, rows first ({"X": (1, 20)}). consts: inputs that become constants. states: inputs that the
    device keeps, and the output that feeds each in the next prediction. outputs: names of those to keep. The last three
    make it a network. Raises ConvertError, UnsupportedError.
    """
    if isinstance(source, (str, os.PathLike)):
        path, source = source, Path(source).read_bytes()
    path = None if path is None else Path(path)
    name = path.name if path else "the model"
    model = load(source, path, name)
    tabular = _is_tabular(model)
    if not (consts or states or outputs or tabular is False):
        try:
            return table_of(model, name, input_dtype, shapes)
        except ConvertError:
            if tabular:
                raise
    network = _onnx_network.Importer(model, name, shapes or {}, consts or {}, states or {}, outputs).run()
    return replace(network, open_inputs=_open_inputs(model, shapes or {}))


def table_of(
    model: Any, name: str, input_dtype: str = "float32", shapes: Mapping[str, Sequence[int]] | None = None
) -> Imported:
    """The tabular model of a ModelProto. Raises ConvertError, UnsupportedError, for rows that meet each other too."""
    imported = _Importer(model, name, input_dtype, shapes or {}).run()
    version = f"{model.producer_name} {model.producer_version}".strip() or "unknown producer"
    imported.source = f"onnx {name} ({version}, opset {opsets(model)['']})"
    return imported


def _open_inputs(model: Any, shapes: Mapping[str, Sequence[int]]) -> list[str]:
    """Inputs of any number of samples that do not meet: a scale for the whole tensor would let them."""
    if any(node.op_type.startswith("DynamicQuantize") for node in model.graph.node):
        return []
    sizes = {info.name: _onnx_network.sizes(info) for info in model.graph.input if info.name not in shapes}
    return [name for name, found in sizes.items() if found and not isinstance(found[0], int)]


def _is_tabular(model: Any) -> bool | None:
    """Whether the graph is one for tables; None where its operators decide: rows go in."""
    if any(node.domain == ML for node in model.graph.node):
        return True
    weights = {tensor.name for tensor in model.graph.initializer}
    for info in model.graph.input:
        if info.name in weights:
            continue
        dims = info.type.tensor_type.shape.dim
        if len(dims) not in (1, 2) or dims[0].dim_value > 1:
            return False
    return None


class _Importer:
    def __init__(self, model: Any, name: str, input_dtype: str, shapes: Mapping[str, Sequence[int]]) -> None:
        self.model, self.name, self.input_dtype, self.shapes = model, name, input_dtype, shapes
        self.opsets = opsets(model)
        self.graph = Graph()
        self.tensors: dict[str, Tensor | None] = {}  # None: not to be had, because its node was refused
        self.inputs: list[InputSpec] = []
        self.outputs: list[OutputSpec] = []
        self.vocabularies: dict[int, Vocabulary] = {}  # by number of the input column
        self.booleans: set[int] = set()
        self.thresholds: list[tuple[Value, NDArray[Any], NDArray[Any]]] = []
        self.categories: list[tuple[Value, int, NDArray[Any]]] = []
        self.samples: list[tuple[Value, NDArray[Any]]] = []
        self.parts: list[Unsupported] = []
        self.batch: int | None = None

    def run(self) -> Imported:
        for tensor in self.model.graph.initializer:
            try:
                self.tensors[tensor.name] = from_proto(tensor)
            except MALFORMED as error:
                raise ConvertError(f"{self.name}: weights {tensor.name} are corrupt ({error})") from error
        self._add_inputs()
        for node in self.model.graph.node:
            self._add_node(node)
        for info in self.model.graph.output:
            self._add_output(info)
        if self.parts:
            raise UnsupportedError(self.parts)
        probes = self._describe_inputs()
        judged = (self.model.SerializeToString(), self.inputs, self.outputs, self.batch)
        exact = exact_oracle(*judged) if self.graph.is_rowwise() else None
        imported = Imported(self.graph, Oracle(*judged), "", self._task(), probes, float32=True, exact=exact)
        imported.samples = self._samples()
        imported.doubts = exact.doubts if exact is not None and exact.votes else None
        return imported

    # --- inputs ---

    def _add_inputs(self) -> None:
        unknown = []
        for info in self.model.graph.input:
            if info.name in self.tensors:
                continue  # before IR version 4, weights were inputs too
            shape = self._input_shape(info)
            if shape is None:
                unknown.append(info.name)
            else:
                self._add_input(info, shape)
        if unknown:
            raise ConvertError(
                f"{self.name} does not say how many columns {', '.join(unknown)} has; "
                f"give them: --shape {unknown[0]}=1,COLUMNS"
            )

    def _input_shape(self, info: Any) -> list[int | None] | None:
        """The shape with None for the rows, or None where a size is open."""
        if not info.type.HasField("tensor_type") or not info.type.tensor_type.HasField("shape"):
            raise ConvertError(f"{self.name}: input {info.name} is no tensor with a shape; {_ELSEWHERE}")
        sizes = [dim.dim_value or None for dim in info.type.tensor_type.shape.dim]
        if (given := self.shapes.get(info.name)) is not None:
            if len(given) != len(sizes) or any(
                size not in (None, want) for size, want in zip(sizes[1:], given[1:], strict=True)
            ):
                raise ConvertError(
                    f"{self.name}: input {info.name} has the shape {sizes}, which {list(given)} does not fit"
                )
            sizes = [sizes[0], *given[1:]]
        if len(sizes) not in (1, 2):
            raise ConvertError(
                f"{self.name}: input {info.name} has {len(sizes)} dimensions; only (rows, columns) is supported so far"
            )
        if sizes[0] is not None:
            if self.batch not in (None, sizes[0]):
                raise ConvertError(
                    f"{self.name}: its inputs have different numbers of rows; export them with a free first dimension"
                )
            self.batch = sizes[0]
        if len(sizes) == 2 and sizes[1] is None:
            sizes[1] = infer(self.model, info.name)
        return None if None in sizes[1:] else [None, *sizes[1:]]

    def _add_input(self, info: Any, shape: list[int | None]) -> None:
        dtype = element_type(info.type.tensor_type.elem_type)
        if dtype not in ("str", "float32", "float64", "int64", "int32", "bool"):
            raise ConvertError(f"{self.name}: input {info.name} is {dtype}; export the model with float32 inputs")
        width = 1 if len(shape) == 1 else int(shape[1] or 0)
        start = sum(spec.width for spec in self.inputs)
        # What float32 may not hold exactly, the caller can ask to pass as float64.
        wide = dtype in ("float64", "int64", "int32")
        value = self.graph.input(info.name, width, self.input_dtype if wide else "float32")
        rows = Rows(value, tuple(shape), "float64" if wide else dtype)
        if dtype == "float64":
            rows = replace(rows, value=as_float(self.graph, rows, dtype))
        elif wide:
            rows = whole(self.graph, rows, dtype)
        elif dtype == "str":
            vocabularies = tuple(Vocabulary() for _ in range(width))
            self.vocabularies.update(enumerate(vocabularies, start))
            rows = replace(rows, vocabularies=vocabularies)
        elif dtype == "bool":
            self.booleans.update(range(start, start + width))
        self.tensors[info.name] = rows
        self.inputs.append(InputSpec(info.name, width, dtype, vector=len(shape) == 1))

    # --- nodes ---

    def _add_node(self, node: Any) -> None:
        inputs = [self.tensors.get(name) if name else None for name in node.input]
        outputs = [name for name in node.output if name]
        if any(tensor is None and name for name, tensor in zip(node.input, inputs, strict=True)):
            self.tensors.update(dict.fromkeys(outputs))
            return
        domain = "" if node.domain == "ai.onnx" else node.domain
        try:
            results = self._convert(node, domain, inputs)
        except Refused as refused:
            self.parts.append(Unsupported(_title(node), refused.reason, refused.remedy))
            results = [None] * len(outputs)
        except UnsupportedError as error:
            self.parts += [replace(part, name=f"{_title(node)}, {part.name}") for part in error.parts]
            results = [None] * len(outputs)
        except ConvertError as error:
            raise ConvertError(f"{self.name}: {_title(node)}: {error}") from error
        self.tensors.update(zip(outputs, results, strict=False))

    def _convert(self, node: Any, domain: str, inputs: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        opset = self.opsets.get(domain, 1)
        if foldable(node, inputs):
            return fold(node, inputs, opset)
        handler = HANDLERS.get((domain, node.op_type))
        if handler is None:
            where = f"{domain}.{node.op_type}" if domain else node.op_type
            raise Refused(f"the operator {where} has no counterpart", _ELSEWHERE)
        call = Call(self.graph, node, inputs, opset, self.batch, self.thresholds, self.categories, self.samples)
        try:
            results = handler(call)
        except MALFORMED as error:
            raise Refused(
                f"its inputs and attributes do not fit together ({error})", "export the model again"
            ) from error
        call.finish()
        results = results if isinstance(results, tuple) else (results,)
        if len(node.output) > len(results):
            raise Refused(f"its output {node.output[len(results)]} has no counterpart", _ELSEWHERE)
        # An output left out has an empty name.
        return [result for name, result in zip(node.output, results, strict=False) if name]

    # --- outputs ---

    def _add_output(self, info: Any) -> None:
        if info.name not in self.tensors:
            raise ConvertError(f"{self.name}: nothing computes the output {info.name}; export the model again")
        rows = self.tensors[info.name]
        if rows is None:
            return
        title = f"output {info.name}"
        if not isinstance(rows, Rows) or rows.vocabularies is not None:
            what = "an input's text" if isinstance(rows, Rows) else "a constant or a shape"
            self.parts.append(Unsupported(title, f"it is {what}, and not a score", "remove it from the outputs"))
            return
        if rows.classes is not None and rows.width == 1:
            self.graph.output(info.name, rows.value, role="label", labels=rows.classes)
        elif len(rows.shape) > 2 or rows.axis != 0 or rows.classes is not None:
            reason = (
                f"its shape has {len(rows.shape)} dimensions, does not start with the rows, or holds several labels"
            )
            self.parts.append(Unsupported(title, reason, "reshape it to (rows, columns)"))
            return
        else:
            value = as_float(self.graph, rows)
            if not rows.dtype.startswith("float"):
                value = self.graph.add("cast", value, dtype=rows.dtype)
            self.graph.output(info.name, value, labels=rows.names, squeeze=len(rows.shape) == 1)
        self.outputs.append(OutputSpec(info.name, rows.classes, rows.names))

    def _task(self) -> Task:
        if any(spec.classes is not None or spec.names for spec in self.outputs):
            return "classification"
        return "regression" if all(port.value.shape == (1, 1) for port in self.graph.outputs) else "transform"

    # --- what is known of the input columns ---

    def _describe_inputs(self) -> dict[int, NDArray[Any]]:
        """Fills in features and NaN routes, and returns the probes."""
        tracer = Tracer(self.graph)
        starts, column = {}, 0
        for port in self.graph.inputs:
            starts[id(port.value)] = column
            column += port.value.shape[1]
        closed: dict[int, list[Any]] = {}
        for value, at, numbers in self.categories:
            origin = tracer.origin(value, at)
            if origin is not None and origin.exact:
                closed[starts[id(origin.value)] + origin.column] = numbers.tolist()
        for port in self.graph.inputs:
            first = starts[id(port.value)]
            port.features = self._features(port, first, closed)
            port.nan = first not in self.vocabularies and has_nan_route(self.graph, port.value)
        probes = tracer.probes(self.thresholds, starts, MAX_PROBES)
        listed = [*self.vocabularies, *self.booleans, *closed]  # all they can be is in their features
        return {at: values for at, values in probes.items() if at not in listed}

    def _samples(self) -> NDArray[Any] | None:
        """Rows of training data, where operators keep all columns of some."""
        tracer, place, width = Tracer(self.graph), {}, 0
        for port in self.graph.inputs:
            place[id(port.value)] = width
            width += port.value.shape[1]
        found = [
            traced for value, rows in self.samples if (traced := tracer.rows(value, rows, place, width)) is not None
        ]
        return np.concatenate(found) if found and not (self.vocabularies or self.booleans) else None

    def _features(self, port: Port, first: int, closed: Mapping[int, list[Any]]) -> list[Feature]:
        """Columns are named where the file names them (one to an input), or where there is more to say of them."""
        width = port.value.shape[1]
        columns = range(first, first + width)
        if width > 1 and not any(at in self.vocabularies or at in self.booleans or at in closed for at in columns):
            return []
        names = [port.name] if width == 1 else [f"{port.name}[{at}]" for at in range(width)]
        return [self._feature(name, at, closed) for name, at in zip(names, columns, strict=True)]

    def _feature(self, name: str, at: int, closed: Mapping[int, list[Any]]) -> Feature:
        words = self.vocabularies.get(at)
        if at in self.booleans:
            return Feature(name, categories=[False, True])
        if words is None:
            return Feature(name, categories=closed.get(at))
        if any(texts != frozenset(words.texts) for texts in words.closed):
            raise ConvertError(
                f"{self.name}: operators that read the text {name} accept different categories; encode each column once"
            )
        # A text column that nothing reads still has to be given.
        return Feature(name, categories=words.texts or [""], unknown="error" if words.closed else "slot")


def _title(node: Any) -> str:
    return f"{node.op_type} node {node.name or ', '.join(node.output)}"
