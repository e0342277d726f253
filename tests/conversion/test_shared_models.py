"""Real .tflite files beside the repository, held against LiteRT's default kernels and against recorded outputs.

The recordings are of LiteRT's builtin kernels, whose rounding is another one; for integers their distance is therefore
printed (run with -s), not judged. Where the files are not there, nothing is tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import edgescore
from edgescore_converters.importers.tflite import import_model
from edgescore_converters.network import convert_network
from edgescore_converters.report import Conversion
from edgescore_converters.verify_network import difference

Array = NDArray[Any]
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
MODELS = SHARED / "models"
FILES = sorted(str(path.relative_to(MODELS)) for path in MODELS.rglob("*.tflite"))
MEMORY = {
    "mlperf_tiny/model_ToyCar_quant_fullint_micro.tflite": 768,
    "mlperf_tiny/kws_ref_model.tflite": 16_000,
    "mlperf_tiny/vww_96_int8.tflite": 55_296,
    "mlperf_tiny/pretrainedResnet_quant.tflite": 49_152,
}
FLOAT, SAME = 1e-4, 0.99
_converted: dict[str, Conversion] = {}

pytestmark = pytest.mark.skipif(not FILES, reason="the folder shared/models is not beside the repository")


def converted(name: str) -> Conversion:
    if not (MODELS / name).exists():
        pytest.skip(f"{name} is not there")
    if name not in _converted:
        _converted[name] = convert_network(import_model(MODELS / name))
    return _converted[name]


def recorded(name: str) -> dict[str, Array]:
    path = MODELS / "golden" / (name.replace("/", "__") + ".npz")
    if not path.exists():
        pytest.skip(f"no outputs of {name} are recorded")
    return dict(np.load(path))


def interpreter(name: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    made = Interpreter(model_path=str(MODELS / name), num_threads=1)
    made.allocate_tensors()
    return made


def streamed(running: Any, steps: Array) -> Iterator[Array]:
    """LiteRT's answers to one input after the other."""
    given, result = running.get_input_details()[0]["index"], running.get_output_details()[0]["index"]
    for step in steps:
        running.set_tensor(given, step)
        running.invoke()
        yield running.get_tensor(result)


@pytest.mark.parametrize("name", FILES)
def test_agrees_with_litert(name: str) -> None:
    """At random inputs: floats to 1e-4 of the largest, integers to one step and 99 % the same."""
    verification: Any = converted(name).verification
    assert verification.disagreements == 0, str(verification)
    assert verification.same is None or verification.same >= SAME, str(verification)


@pytest.mark.parametrize("name", FILES)
def test_recorded_outputs(name: str) -> None:
    golden = recorded(name)
    inputs = [golden[key] for key in sorted(golden) if key.startswith("in") and key[2:].isdigit()]
    outputs = [golden[key] for key in sorted(golden) if key.startswith("out") and key[3:].isdigit()]
    if not inputs:
        pytest.skip("it is recorded as a stream, see test_wake_words")
    model = edgescore.load(converted(name).data)
    network = import_model(MODELS / name)
    ports = network.graph.inputs
    inputs = [quantized(array, port.value) for array, port in zip(inputs, ports, strict=True)]
    found = model.outputs(inputs if len(inputs) > 1 else inputs[0])
    for y, wanted, step in zip(found, outputs, network.steps, strict=True):
        worst, same = difference(np.asarray(y).reshape(wanted.shape), wanted, step)
        print(
            f"{name}: worst {worst:.3g}{'' if same is None else f' steps, {100 * same / wanted.size:.2f} % the same'}"
        )
        if same is None and not network.quantized:
            assert worst <= FLOAT


def quantized(array: Array, value: Any) -> Array:
    """Recorded real numbers as the input's integers."""
    if array.dtype.kind != "f" or value.quant is None:
        return array
    scale, zero = value.quant
    limits = np.iinfo(value.dtype)
    return np.clip(np.rint(array / scale) + zero, limits.min, limits.max).astype(value.dtype)


@pytest.mark.parametrize("name", MEMORY)
def test_memory(name: str) -> None:
    report = edgescore.load(converted(name).data).report()
    assert report.arena + report.state <= MEMORY[name]


def test_keyword_accuracy() -> None:
    name, path = "mlperf_tiny/kws_ref_model.tflite", SHARED / "datasets" / "kws01" / "kws01.npz"
    if not path.exists():
        pytest.skip("the labelled vectors kws01 are not there")
    data = np.load(path)
    x, labels = data["x_int8"].reshape(-1, 1, 49, 10, 1).astype(np.int8), data["y"]
    model = edgescore.load(converted(name).data)
    ours = np.asarray(model.outputs(x)[0]).reshape(len(x), -1)
    theirs = np.concatenate(list(streamed(interpreter(name), x)))
    accuracy = [float((scores.argmax(axis=1) == labels).mean()) for scores in (ours, theirs)]
    worst, same = difference(ours, theirs)
    print(
        f"accuracy {accuracy[0]:.3f}, LiteRT {accuracy[1]:.3f}; worst {worst} steps, {same} of {theirs.size} the same"
    )
    assert abs(accuracy[0] - accuracy[1]) <= 0.002
    assert worst <= 1
    assert same is not None
    assert same >= SAME * theirs.size


@pytest.mark.parametrize("name", ["okay_nabu", "vad"])
def test_wake_words(name: str) -> None:
    """Streams of real sound, each from the start: every step within one of LiteRT's, 99 % the same."""
    file = f"micro_wake_word/models/v2/{name}.tflite"
    model, golden = edgescore.load(converted(file).data), recorded(file)
    apart, recorded_apart = [], []
    for key in sorted(key for key in golden if key.startswith("in_")):
        sound = golden[key]
        steps = sound[: len(sound) // 3 * 3].reshape(-1, 1, 3, 40)
        model.reset()
        ours = np.array([np.asarray(model.outputs(step)[0]).reshape(-1)[0] for step in steps]).astype(int)
        theirs = np.array([y.reshape(-1)[0] for y in streamed(interpreter(file), steps)]).astype(int)
        apart += np.abs(ours - theirs).tolist()
        recorded_apart += np.abs(ours - golden[key.replace("in_", "out_")].reshape(-1)).tolist()
    print(f"{name}: worst {max(apart)} from LiteRT, {max(recorded_apart)} from what is recorded")
    assert max(apart) <= 1
    assert np.mean(np.equal(apart, 0)) >= SAME
