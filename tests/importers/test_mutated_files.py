"""Damaged network files: whatever is done to them, the answer is a model or a ConvertError, soon, and nothing else.

Real files where they are there, and small ones made here that together have most of what a file has: quantization by
channel, a signature, variables, several subgraphs, attributes, control flow.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from ai_edge_litert import schema_py_generated as schema
from mutations import bytes_damaged, onnx_damaged, tflite_damaged
from onnx import TensorProto, helper, numpy_helper
from qdq_models import network
from tflite_models import File

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import import_model
from tests.conftest import ROOT

MUTANTS = 300
SECONDS = 2  # of the processor, for one file

TFLITE = ("tflm/hello_world_int8", "tflm/trained_lstm_int8", "tflm/micro_speech_quantized", "st_har/st_har_float")
TFLITE_STREAMS = ("micro_wake_word/models/v2/vad",)
ONNX = ("st_har/st_har", "onnx_ml/logreg_iris", "mlperf_tiny_results/pretrainedResnet")
REAL = [f"{name}.tflite" for name in TFLITE + TFLITE_STREAMS] + [f"{name}.onnx" for name in ONNX]


class Hang(BaseException):
    """The time is over; no handler of exceptions may hold it back."""


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, stop)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


def verdict(data: bytes) -> str:
    """What became of a file; any exception but ConvertError is a defect and passes through."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        import_model(data)
    except ConvertError:
        return "refused"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "imported"


def small_tflite() -> bytes:
    """A quantized convolution, a variable that a second subgraph starts, a dense layer."""
    rng = np.random.default_rng(0)
    file = File()
    x = file.tensor((1, 8, 8, 2), "int8", (0.02, -1), name="x")
    scales = np.full(4, 0.01, np.float32)
    w = file.constant(rng.integers(-9, 9, (4, 3, 3, 2)).astype(np.int8), None, (scales, np.zeros(4, np.int64), 0))
    b = file.constant(rng.integers(-9, 9, 4).astype(np.int32), None, (scales * np.float32(0.02), np.zeros(4), 0))
    y = file.tensor((1, 4, 4, 4), "int8", (0.05, 3))
    file.op("CONV_2D", [x, w, b], [y], "Conv2D", strideH=2, strideW=2, fusedActivationFunction=1)
    flat = file.tensor((1, 64), "int8", (0.05, 3))
    file.op("RESHAPE", [y, file.constant(np.array([1, 64], np.int32))], [flat], "Reshape", newShape=[1, 64])
    part = file.tensor((1, 32), "int8", (0.05, 3))
    ends = [file.constant(np.array(values, np.int32)) for values in ([0, 0], [1, 32], [1, 1])]
    file.op("STRIDED_SLICE", [flat, *ends], [part], "StridedSlice", beginMask=1)
    dense = file.constant(rng.integers(-9, 9, (5, 32)).astype(np.int8), None, (np.float32(0.01), 0))
    z = file.tensor((1, 5), "int8", (0.1, 0))
    file.op("FULLY_CONNECTED", [part, dense, -1], [z], "FullyConnected")
    p = file.tensor((1, 5), "int8", (1 / 256, -128), name="p")
    file.op("SOFTMAX", [z], [p], "Softmax", beta=1.0)
    file.signature({"image": x}, {"scores": p})
    return file.pack([x], [p])


def small_onnx() -> onnx.ModelProto:
    """Recurrence, shapes that are computed, a branch, and the quantized network's parts."""
    rng = np.random.default_rng(0)
    node = helper.make_node
    branch = [
        helper.make_graph(
            [node(name, ["s"], [f"{name}_y"])], name, [], [helper.make_empty_tensor_value_info(f"{name}_y")]
        )
        for name in ("Relu", "Neg")
    ]
    nodes = [
        node("Shape", ["x"], ["shape"]),
        node("Gather", ["shape", "one"], ["n"], axis=0),
        node("Concat", ["minus", "n"], ["wanted"], axis=0),
        node("Reshape", ["x", "wanted"], ["r"]),
        node("Unsqueeze", ["r", "one"], ["u"]),
        node("LSTM", ["u", "w", "rw"], ["l", "h", "c"], hidden_size=2),
        node("Squeeze", ["h", "zero"], ["s"]),
        node("If", ["yes"], ["i"], then_branch=branch[0], else_branch=branch[1]),
        node("Gemm", ["i", "gw"], ["g"], transB=1, alpha=0.5),
        node("Softmax", ["g"], ["y"], axis=-1),
    ]
    constants = {
        "one": np.array([1], np.int64),
        "zero": np.array([0], np.int64),
        "minus": np.array([-1], np.int64),
        "yes": np.array(True),
        "w": rng.standard_normal((1, 8, 3)).astype(np.float32),
        "rw": rng.standard_normal((1, 8, 2)).astype(np.float32),
        "gw": rng.standard_normal((3, 2)).astype(np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (4, 3, 1))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


SMALL: dict[str, Callable[[], Any]] = {
    "small.tflite": small_tflite,
    "small.onnx": lambda: small_onnx().SerializeToString(),
    "convolutions.onnx": lambda: network().SerializeToString(),
}


def source(name: str) -> bytes:
    """The bytes of a file by its name below shared/models, or of a small one."""
    if name in SMALL:
        return bytes(SMALL[name]())
    path: Path = ROOT.parent / "shared" / "models" / name
    if not path.exists():
        pytest.skip(f"no {name} in shared/models beside the repository")
    return path.read_bytes()


@pytest.mark.parametrize("name", [*SMALL, *REAL])
def test_mutants_are_imported_or_refused(name: str) -> None:
    """Bytes and records by turns; some of either do no harm, and most are found out."""
    data = source(name)
    model = onnx.ModelProto.FromString(data) if name.endswith(".onnx") else None
    assert verdict(data) == "imported"
    verdicts: Counter[str] = Counter()
    for seed in range(MUTANTS):
        chance = random.Random(seed)
        if seed % 2:
            mutant: bytes | None = bytes_damaged(data, chance)
        else:
            mutant = tflite_damaged(data, chance) if model is None else onnx_damaged(model, chance)
        if mutant is not None:
            verdicts[verdict(mutant)] += 1
    assert verdicts["refused"] > MUTANTS // 10
    assert verdicts["imported"] > MUTANTS // 10


@pytest.mark.parametrize("name", ["small.tflite", "small.onnx"])
def test_every_truncation_is_imported_or_refused(name: str) -> None:
    """protobuf takes a file that ends between two fields for a shorter one."""
    data = source(name)
    for size in range(0, len(data), 3):
        verdict(data[:size])


@pytest.mark.parametrize("count", [0x7FFFFFFF, 0xFFFFFFFF, 100_000])
def test_vectors_longer_than_the_file(count: int) -> None:
    """Every word of a file as the length of a vector, with room for it to seem true."""
    data = small_tflite()
    for at in range(8, len(data), 4):
        verdict(data[:at] + count.to_bytes(4, "little") + data[at + 4 :] + bytes(500_000))


def test_entries_of_a_vector_that_are_one_record() -> None:
    """A file that would unpack to hundreds of thousands of tensors, each of them the empty record at its end."""
    data = small_tflite()
    graph = schema.Model.GetRootAs(data).Subgraphs(0)
    field = graph._tab.Pos + graph._tab.Offset(4)  # of the offset of the vector of tensors
    count, start = 300_000, len(data) + -len(data) % 4
    end = start + 4 + 4 * count
    moved = bytearray(data) + bytes(start - len(data)) + count.to_bytes(4, "little")
    moved[field : field + 4] = (start - field).to_bytes(4, "little")
    moved += b"".join((end + 4 - at).to_bytes(4, "little") for at in range(start + 4, end, 4))
    moved += bytes([4, 0, 4, 0, 4, 0, 0, 0])  # a table of no fields, and where it starts
    with pytest.raises(ConvertError, match="more records than it holds"):
        import_model(bytes(moved))
    assert verdict(bytes(moved)) == "refused"
