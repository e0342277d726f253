"""Hand-made .tflite files of any builtin operator, and their comparison with LiteRT on both backends of the runtime.

Shapes of computed tensors are LiteRT's: a file is written twice, the second time with the shapes found by the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

import edgescore
from edgescore_converters.importers._tflite._file import DTYPES
from edgescore_converters.importers._tflite._oracle import accepted
from edgescore_converters.importers.tflite import import_model
from edgescore_converters.network import convert_network

Array = NDArray[Any]
NUMBERS = {text: number for number, text in DTYPES.items()}
Quant = tuple[Any, Any] | tuple[Any, Any, int]  # scale(s), zero point(s), and the axis of those by slice


@dataclass
class File:
    """A file that grows; tensors and subgraphs are numbers."""

    model: Any = field(default_factory=schema.ModelT)

    def __post_init__(self) -> None:
        self.model.version = 3
        self.model.description = "test"
        self.model.operatorCodes, self.model.subgraphs, self.model.signatureDefs = [], [], []
        self.model.buffers = [schema.BufferT()]
        self.subgraph("main")

    def subgraph(self, name: str) -> int:
        """Another subgraph, the one that grows from now on."""
        self.graph = schema.SubGraphT()
        self.graph.name = name
        self.graph.tensors, self.graph.operators, self.graph.inputs, self.graph.outputs = [], [], [], []
        self.model.subgraphs.append(self.graph)
        return len(self.model.subgraphs) - 1

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str = "float32",
        quant: Quant | None = None,
        *,
        name: str | None = None,
        variable: bool = False,
        buffer: int = 0,
    ) -> int:
        """A tensor that is computed, given or (``buffer``) shares the bytes of a constant."""
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.buffer = list(shape), NUMBERS[dtype], buffer
        tensor.name = f"t{len(self.graph.tensors)}" if name is None else name
        tensor.isVariable = variable
        tensor.hasRank = True
        if quant is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = np.atleast_1d(quant[0]).astype(np.float32)
            tensor.quantization.zeroPoint = np.atleast_1d(quant[1]).astype(np.int64)
            tensor.quantization.quantizedDimension = quant[2] if len(quant) == 3 else 0
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def constant(
        self, data: Any, dtype: str | None = None, quant: Quant | None = None, shape: Sequence[int] | None = None
    ) -> int:
        """A constant. dtype, shape: as the file says, where the bytes are of another type (int4)."""
        array = np.ascontiguousarray(data)
        buffer = schema.BufferT()
        buffer.data = array.reshape(-1).view(np.uint8)
        self.model.buffers.append(buffer)
        wanted = np.shape(data) if shape is None else shape
        return self.tensor(wanted, dtype or array.dtype.name, quant, buffer=len(self.model.buffers) - 1)

    def op(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        options: str | None = None,
        version: int = 1,
        **fields: Any,
    ) -> None:
        """An operator, custom where no builtin has the name. options: the record's name less ``Options``."""
        code = schema.OperatorCodeT()
        number = getattr(schema.BuiltinOperator, name, None)
        code.builtinCode = schema.BuiltinOperator.CUSTOM if number is None else number
        code.customCode = name if number is None else None
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = version
        self.model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if options is not None:
            record = getattr(schema, f"{options}OptionsT")()
            unknown = set(fields) - set(vars(record))
            assert not unknown, f"{options}Options has no {unknown}"
            for key, value in fields.items():
                setattr(record, key, value)
            number = getattr(schema.BuiltinOptions, f"{options}Options", None)
            if number is not None:
                operator.builtinOptionsType, operator.builtinOptions = number, record
            else:
                operator.builtinOptions2Type = getattr(schema.BuiltinOptions2, f"{options}Options")
                operator.builtinOptions2 = record
        self.graph.operators.append(operator)

    def signature(self, inputs: Mapping[str, int], outputs: Mapping[str, int], subgraph: int = 0) -> None:
        """Names of the ends."""
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = "serving_default", subgraph
        signature.inputs, signature.outputs = ([_entry(*each) for each in ends.items()] for ends in (inputs, outputs))
        self.model.signatureDefs.append(signature)

    def pack(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The bytes, as they are."""
        self.graph.inputs, self.graph.outputs = list(inputs), list(outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def finish(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The bytes, with the shapes that LiteRT works out."""
        interpreter = started(accepted(self.pack(inputs, outputs)), plain=True)
        computed = {int(number) for operator in self.graph.operators for number in operator.outputs}
        for detail in interpreter.get_tensor_details():
            if detail["index"] in computed:
                self.graph.tensors[detail["index"]].shape = detail["shape"].tolist()
        return self.pack(inputs, outputs)


def _entry(name: str, number: int) -> Any:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, number
    return entry


def started(data: bytes, plain: bool) -> Any:
    """LiteRT with the file open. plain: without XNNPACK."""
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if plain else OpResolverType.AUTO
    interpreter = Interpreter(model_content=data, num_threads=1, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    return interpreter


def draw(rng: np.random.Generator, detail: Mapping[str, Any], low: float | None, high: float | None) -> Array:
    """A random input: all integers of its type, standard normal floats, or between limits."""
    shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
    if dtype.kind == "f":
        made = rng.standard_normal(shape) if low is None else rng.uniform(low, high or 0.0, shape)
        return np.asarray(made, dtype)
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    ends = np.iinfo(dtype) if dtype.itemsize <= 2 else np.iinfo(np.int8)
    first, last = (ends.min, ends.max) if low is None else (low, high)
    return rng.integers(int(first), int(last or 0), shape, dtype, endpoint=True)


@dataclass
class Difference:
    """worst: in steps of integers, in shares of the largest float wanted. same: share of equal integers."""

    worst: float
    same: float
    integers: bool


def compare(
    data: bytes,
    monkeypatch: pytest.MonkeyPatch,
    *,
    plain: bool = False,
    count: int = 6,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
) -> Difference:
    """Convert ``data``, score a stream of ``count`` random inputs on both backends and by LiteRT.

    plain: by LiteRT's builtin kernels without XNNPACK. low, high: of the inputs. step: of floats that stand for
    integers. The backends must agree with each other as the runtime promises, to the bit where there are integers.
    """
    network = import_model(data)
    data = accepted(data)
    made = convert_network(network, force=True).data
    interpreter = started(data, plain)
    rng = np.random.default_rng(7)
    details = interpreter.get_input_details()
    stream = [[draw(rng, detail, low, high) for detail in details] for _ in range(count)]
    wanted = []
    for sample in stream:
        for detail, array in zip(details, sample, strict=True):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        wanted.append([interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()])
    found = {}
    for backend in ("native", "numpy"):
        monkeypatch.setenv("EDGESCORE_BACKEND", backend)
        model = edgescore.load(made)
        found[backend] = [model.outputs(sample if len(sample) > 1 else sample[0]) for sample in stream]
    worst, same, elements = 0.0, 0, 0
    for ours, reference, theirs in zip(found["native"], found["numpy"], wanted, strict=True):
        for y, other, expected in zip(ours, reference, theirs, strict=True):
            assert y.shape == expected.shape
            assert y.dtype == expected.dtype
            exact = expected.dtype.kind in "iub"
            if exact:
                np.testing.assert_array_equal(y, other)
            else:
                np.testing.assert_allclose(y, other, rtol=1e-5, atol=1e-5 * (np.abs(expected).max(initial=0) or 1))
            apart = np.abs(y.astype(np.float64) - expected.astype(np.float64))
            if exact or step:
                steps = apart / (step or 1.0)
                worst = max(worst, float(steps.max(initial=0)))
                same, elements = same + int((steps < 0.5).sum()), elements + steps.size
            else:
                assert (np.isfinite(y) == np.isfinite(expected)).all()
                worst = max(
                    worst, float(np.nanmax(apart, initial=0)) / (float(np.nanmax(np.abs(expected), initial=0)) or 1)
                )
    return Difference(worst, same / elements if elements else 1.0, elements > 0)


def agrees(data: bytes, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """``compare``, and the demands: floats to 1e-5, integers to one step with 99 % the same."""
    difference = compare(data, monkeypatch, **options)
    assert difference.worst <= (1.001 if difference.integers else 1e-5), difference
    assert difference.same >= 0.99, difference


@dataclass
class X:
    """An input of a model of one operator."""

    shape: Sequence[int]
    dtype: str = "float32"
    quant: Quant | None = None
    variable: bool = False


@dataclass
class K:
    """A constant of such a model."""

    data: Any
    dtype: str | None = None
    quant: Quant | None = None
    shape: Sequence[int] | None = None


@dataclass
class Y:
    """An output of such a model; its shape is LiteRT's to find, but where a kernel insists on it."""

    dtype: str = "float32"
    quant: Quant | None = None
    shape: Sequence[int] = (1,)


def single(
    name: str, inputs: Sequence[X | K | None], outputs: Y | Sequence[Y], options: str | None = None, **fields: Any
) -> bytes:
    """The file of one operator."""
    file = File()
    numbers, given = [], []
    for each in inputs:
        if each is None:
            numbers.append(-1)
        elif isinstance(each, K):
            numbers.append(file.constant(each.data, each.dtype, each.quant, each.shape))
        else:
            numbers.append(file.tensor(each.shape, each.dtype, each.quant, variable=each.variable))
            if not each.variable:
                given.append(numbers[-1])
    made = [
        file.tensor(each.shape, each.dtype, each.quant) for each in ([outputs] if isinstance(outputs, Y) else outputs)
    ]
    file.op(name, numbers, made, options, **fields)
    return file.finish(given, made)
