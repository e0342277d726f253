"""TFLite's recurrent layers and SVDF against LiteRT: streams of inputs, so that what they remember is compared, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_models import K, X, Y, agrees, single

import edgescore
from edgescore_converters.importers.tflite import import_model
from edgescore_converters.network import convert_network

RNG = np.random.default_rng(3)
TANH = 4
N, T, WIDTH, H = 2, 3, 5, 4  # batch, steps, inputs, units


def real(*shape: int) -> K:
    return K((RNG.standard_normal(shape) * 0.4).astype(np.float32))


def stored(*shape: int) -> K:
    """int8 weights of a float layer, each matrix with a scale of its own."""
    return K(RNG.integers(-127, 128, shape).astype(np.int8), quant=(0.01 * (1 + RNG.random()), 0))


def memory(*shape: int) -> X:
    return X(shape, variable=True)


def given(time_major: bool) -> X:
    return X((T, N, WIDTH) if time_major else (N, T, WIDTH))


def lstm_operands(made: Any, units: int, coupled: bool = False, peepholes: bool = False) -> list[K | None]:
    """Weights by gate (input, forget, cell, output), peepholes and biases."""
    weights: list[K | None] = [made(H, size) for size in [WIDTH] * 4 + [units] * 4]
    weights += [made(H) for _ in range(3)] if peepholes else [None] * 3
    weights += [real(H) for _ in range(4)]
    for at in (0, 4, 8, 11) if coupled else ():
        weights[at] = None
    return weights


@pytest.mark.parametrize("made", [real, stored])
@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"time_major": True},
        {"coupled": True},
        {"peepholes": True},
        {"coupled": True, "peepholes": True},
        {"clip": 0.3},
        {"projection": 3},
        {"projection": 3, "projection_clip": 0.1},
        {"norms": True},
        {"norms": True, "projection": 3, "peepholes": True, "clip": 0.5},
        {"activation": 1},
        {"asymmetric": True},
    ],
    ids=lambda flags: " ".join(flags) or "plain",
)
def test_unidirectional_lstm(flags: dict[str, Any], made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    units = flags.get("projection", H)
    operands: list[Any] = [given("time_major" in flags)]
    operands += lstm_operands(made, units, "coupled" in flags, "peepholes" in flags)
    operands += [made(units, H), real(units)] if "projection" in flags else [None, None]
    operands += [memory(N, units), memory(N, H)]
    operands += [real(H) for _ in range(4)] if "norms" in flags else []
    fields = {
        "fusedActivationFunction": flags.get("activation", TANH),
        "timeMajor": "time_major" in flags,
        "cellClip": flags.get("clip", 0.0),
        "projClip": flags.get("projection_clip", 0.0),
        "asymmetricQuantizeInputs": "asymmetric" in flags,
    }
    model = single("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, Y(), "UnidirectionalSequenceLSTM", **fields)
    agrees(model, monkeypatch, plain=made is stored)


@pytest.mark.parametrize("made", [real, stored])
@pytest.mark.parametrize("time_major", [False, True])
def test_bidirectional_lstm(time_major: bool, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merged results are compared with the two apart: LiteRT's kernel starts merged ones from memory not set."""
    half = [*lstm_operands(made, H), None, None]
    other = [*lstm_operands(made, H), None, None]
    operands = [given(time_major), *half, *other, *[memory(N, H) for _ in range(4)], *[None] * 9]
    fields = {"fusedActivationFunction": TANH, "timeMajor": time_major}
    name, options = "BIDIRECTIONAL_SEQUENCE_LSTM", "BidirectionalSequenceLSTM"
    apart = single(name, operands, [Y(), Y()], options, **fields)
    agrees(apart, monkeypatch, plain=made is stored)
    merged = single(name, operands, [Y()], options, mergeOutputs=True, **fields)
    models = [edgescore.load(convert_network(import_model(data), force=True).data) for data in (apart, merged)]
    for _ in range(3):
        x = RNG.standard_normal(operands[0].shape).astype(np.float32)
        two, one = (model.outputs(x) for model in models)
        np.testing.assert_array_equal(np.concatenate(two, axis=-1), one[0])


@pytest.mark.parametrize("made", [real, stored])
def test_lstm_of_one_step(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    operands = [X((N, WIDTH)), *lstm_operands(made, H), None, None, memory(N, H), memory(N, H)]
    agrees(single("LSTM", operands, Y(), "LSTM", fusedActivationFunction=TANH), monkeypatch, plain=made is stored)


def test_lstm_of_one_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    operands = [X((N, WIDTH)), X((N, H)), real(4 * H, WIDTH + H), real(4 * H), X((N, H))]
    agrees(single("LSTM", operands, [Y()] * 4, "LSTM", fusedActivationFunction=TANH, kernelType=1), monkeypatch)


@pytest.mark.parametrize("made", [real, stored])
@pytest.mark.parametrize("activation", [TANH, 1, 3])
def test_rnn(activation: int, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = [made(H, WIDTH), made(H, H), real(H), memory(N, H)]
    fields = {"fusedActivationFunction": activation}
    agrees(single("RNN", [X((N, WIDTH)), *layer], Y(), "RNN", **fields), monkeypatch, plain=made is stored)
    for time_major in (False, True):
        operands = [given(time_major), *layer]
        model = single("UNIDIRECTIONAL_SEQUENCE_RNN", operands, Y(), "SequenceRNN", timeMajor=time_major, **fields)
        agrees(model, monkeypatch, plain=made is stored)


@pytest.mark.parametrize("merge", [False, True])
def test_bidirectional_rnn(merge: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [part for _ in range(2) for part in (real(H, WIDTH), real(H, H), real(H), memory(N, H))]
    operands = [given(False), *layers, None, None, None]
    fields = {"fusedActivationFunction": TANH, "mergeOutputs": merge}
    results = [Y()] if merge else [Y(), Y()]
    agrees(single("BIDIRECTIONAL_SEQUENCE_RNN", operands, results, "BidirectionalSequenceRNN", **fields), monkeypatch)


@pytest.mark.parametrize("made", [real, stored])
@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("asymmetric", [False, True])
def test_svdf(asymmetric: bool, rank: int, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    units, held = 4, 5
    operands = [X((N, WIDTH)), made(units * rank, WIDTH), made(units * rank, held), real(units)]
    operands.append(memory(N, units * rank * held))
    fields = {"rank": rank, "fusedActivationFunction": 1, "asymmetricQuantizeInputs": asymmetric}
    agrees(single("SVDF", operands, Y(), "SVDF", **fields), monkeypatch, plain=made is stored, count=12)


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("batch", [1, 2])
def test_svdf_of_bytes(batch: int, rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    units, held, width = 8, 6, 20
    filters = units * rank
    operands = [
        X((batch, width), "int8", (0.03, 4)),
        K(RNG.integers(-127, 128, (filters, width)).astype(np.int8), quant=(0.01, 0)),
        K(RNG.integers(-6000, 6000, (filters, held)).astype(np.int16), quant=(2.0**-15, 0)),
        K(RNG.integers(-300000, 300000, units).astype(np.int32), quant=(2.0**-25, 0)),
        X((batch, filters * held), "int16", (2.0**-10, 0), variable=True),
    ]
    model = single("SVDF", operands, Y("int8", (0.05, -3)), "SVDF", rank=rank, fusedActivationFunction=1)
    agrees(model, monkeypatch, count=30)
