"""Real ONNX networks convert in seconds and give their golden outputs, as they are and with state on the device."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgescore
from edgescore_converters import convert
from edgescore_converters.importers import Network, import_model

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "models"
TOLERANCE = 1e-4  # of the largest element
SECONDS = 5.0  # of processor time, so that a busy machine does not count
NETWORKS = {
    "mlperf_tiny_results/pretrainedResnet.onnx": {},
    "ultraface/version-slim-320_simplified.onnx": {},
    "st_har/st_har.onnx": {},
    "dtln/model_1.onnx": {},
    "gtcrn/gtcrn.onnx": {},
}
GTCRN_STATES = {name: f"{name}_out" for name in ("conv_cache", "tra_cache", "inter_cache")}


def path(name: str) -> str:
    if not (MODELS / name).exists():
        pytest.skip(f"shared/models/{name} is not here")
    return str(MODELS / name)


def golden(name: str) -> Any:
    file = MODELS / "golden" / (name.replace("/", "__") + ".npz")
    return np.load(file) if file.exists() else pytest.skip(f"{file.name} is not here")


def near(found: Any, wanted: Any) -> bool:
    wanted = np.asarray(wanted)
    return bool(np.abs(np.asarray(found).reshape(wanted.shape) - wanted).max() <= TOLERANCE * np.abs(wanted).max())


@pytest.mark.parametrize("name", NETWORKS)
def test_conversion(name: str) -> None:
    file = path(name)
    started = time.process_time()
    conversion = convert(file)
    assert time.process_time() - started < SECONDS
    assert conversion.verification.disagreements == 0
    assert conversion.verification.worst <= TOLERANCE


def test_resnet_scores_many_samples_in_one_call() -> None:
    data = golden("mlperf_tiny_results/pretrainedResnet.onnx")
    model = edgescore.load(convert(path("mlperf_tiny_results/pretrainedResnet.onnx")).data)
    assert near(model.score(data["in0"]), data["out0"])


def test_ultraface() -> None:
    data = golden("ultraface/version-slim-320_simplified.onnx")
    model = edgescore.load(convert(path("ultraface/version-slim-320_simplified.onnx")).data)
    scores, boxes = model.score(data["in_input"])
    assert near(scores, data["out0"])
    assert near(boxes, data["out1"])


@pytest.mark.parametrize("on_device", [True, False])
def test_dtln_stream(on_device: bool) -> None:
    data = golden("dtln/model_1.onnx")
    states = {"input_3": "tf_op_layer_stack_2"} if on_device else {}
    model = edgescore.load(convert(path("dtln/model_1.onnx"), states=states).data)
    state = np.zeros((1, 2, 128, 2), np.float32)
    for _ in range(2):  # a stream, and after reset() the same again
        state[:] = 0
        model.reset()
        for frame, mask in zip(data["in_mag"], data["out_mask"], strict=True):
            if on_device:
                y = model.score({"input_2": frame.reshape(1, 1, 257)})
            else:
                y, state = model.score({"input_2": frame.reshape(1, 1, 257), "input_3": state})
            assert near(y, mask)
    if not on_device:
        assert near(state, data["state_final"])


def test_gtcrn_state_on_the_device() -> None:
    """The same stream with caches fed by hand and kept by the device."""
    file = path("gtcrn/gtcrn.onnx")
    whole, stateful = import_model(file), import_model(file, states=GTCRN_STATES)
    assert isinstance(whole, Network)
    assert isinstance(stateful, Network)
    assert [port.name for port in stateful.graph.inputs] == ["mix"]
    assert [port.name for port in stateful.graph.outputs] == ["enh"]
    by_hand, kept = edgescore.load(convert(whole).data), edgescore.load(convert(stateful).data)
    caches = {port.name: np.zeros(port.value.shape, np.float32) for port in whole.graph.inputs[1:]}
    rng = np.random.default_rng(0)
    for _ in range(5):
        mix = rng.standard_normal((1, 257, 1, 2)).astype(np.float32)
        enhanced, *fed = by_hand.score({"mix": mix, **caches})
        caches = dict(zip(caches, fed, strict=True))
        assert near(kept.score({"mix": mix}), enhanced)
