"""Passes over networks keep every output: random graphs on both backends, each pass alone and all of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import edgescore
from edgescore_converters import passes
from edgescore_converters.importers import Network, import_model
from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Graph, Value
from edgescore_converters.passes import (
    fold_scale_into_conv,
    fuse_activation,
    fuse_pad_into_conv,
    merge_reshapes,
    move_reshapes,
    move_transposes,
)
from edgescore_converters.writer import encode

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "models"
SEEDS = range(40)
LATER = (fold_scale_into_conv, fuse_pad_into_conv, fuse_activation)


def conv(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    """A convolution of channels-second x, as the importer writes it."""
    c, out = x.shape[1], int(rng.integers(1, 5))
    k = int(rng.integers(1, min(3, *x.shape[2:]) + 1))
    w = rng.standard_normal((out, k, k, c)).astype(np.float32)
    bias = rng.standard_normal(out).astype(np.float32) if rng.random() < 0.5 else None
    last = b.transpose(x, (0, 2, 3, 1))
    shape = (x.shape[0], x.shape[2] - k + 1, x.shape[3] - k + 1, out)
    return b.transpose(b.op("conv", b.computed(last), w, bias, shape=shape), (0, 3, 1, 2))


def by_channel(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    values = rng.uniform(0.5, 2, (1, x.shape[1], 1, 1)).astype(np.float32)
    return b.binary(str(rng.choice(["mul", "add", "sub", "div"])), x, values)


def silu(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.binary("mul", x, b.unary("sigmoid", b.unary("clip", x, lo=-3.0, hi=3.0)))


def residual(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.binary("add", b.unary("relu", x), by_channel(b, x, rng))


def pad(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    before, after = ([0, 0, *(int(n) for n in rng.integers(0, 2, 2))] for _ in range(2))
    return b.pad(x, before, after, float(rng.choice([0.0, 1.0])))


def permute(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.transpose(x, rng.permutation(4).tolist())


def unit_axes(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    """Drops the axes of one element and puts as many elsewhere, between two transposes."""
    moved = b.transpose(x, rng.permutation(4).tolist())
    sizes = [size for size in moved.shape if size != 1]
    while len(sizes) < 4:
        sizes.insert(int(rng.integers(len(sizes) + 1)), 1)
    return b.transpose(b.unary("abs", b.reshape(moved, sizes)), rng.permutation(4).tolist())


def reshape(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.reshape(b.reshape(x, (-1,)), rng.permutation(x.shape).tolist())


def part(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    axis = int(rng.integers(0, 4))
    return b.part(x, axis, 0, max(1, x.shape[axis] - 1))


def double(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.concat([x, b.unary("abs", x)], int(rng.integers(0, 4))) if np.prod(x.shape) < 2000 else x


def reduce(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.reduce("reduce_mean", x, [int(rng.integers(0, 4))], True)


def clamp(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.unary("clip", x, lo=-1.0, hi=4.0)


def block(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return clamp(b, by_channel(b, conv(b, b.pad(x, [0, 0, 1, 0], [0, 0, 1, 1]), rng), rng), rng)


def activated(b: Builder, x: Value, rng: np.random.Generator) -> Value:
    return b.unary("relu", conv(b, x, rng)) if rng.random() < 0.5 else clamp(b, conv(b, x, rng), rng)


STEPS = (
    block,
    activated,
    conv,
    by_channel,
    by_channel,
    silu,
    residual,
    pad,
    permute,
    reshape,
    part,
    double,
    reduce,
    clamp,
)


def network(seed: int) -> Graph:
    """A random network of one input and up to two outputs."""
    rng = np.random.default_rng(seed)
    b = Builder()
    x = b.graph.tensor_input("x", (1, 3, 6, 5), nan=True)
    middle = x
    for number in range(int(rng.integers(3, 12))):
        step = STEPS[int(rng.integers(len(STEPS)))]
        x = step(b, x, rng)
        middle = x if number == 2 else middle
    b.output("y", x)
    if rng.random() < 0.5:
        b.output("middle", middle)
    return b.graph


def score(graph: Graph, seed: int) -> list[np.ndarray[Any, Any]]:
    x = np.random.default_rng(1000 + seed).standard_normal((1, 3, 6, 5)).astype(np.float32)
    return [np.asarray(y) for y in edgescore.load(encode(graph)).outputs({"x": x})]


@pytest.mark.parametrize(
    ("each", "exact"),
    [
        (merge_reshapes, True),
        (move_reshapes, True),
        (move_transposes, True),
        (fuse_pad_into_conv, True),
        (fuse_activation, True),
        (fold_scale_into_conv, False),
        (passes, False),
    ],
)
def test_outputs_stay(each: ModuleType, exact: bool, backend: str) -> None:
    rewritten = 0
    for seed in SEEDS:
        graph = network(seed)
        wanted = score(graph, seed)
        while each in LATER and any([move_transposes.apply(graph), merge_reshapes.apply(graph)]):
            pass  # until convolutions stand beside what they take in
        if each is passes:
            before = len(graph.nodes)
            passes.run(graph)
            rewritten += len(graph.nodes) < before
        else:
            for _ in range(20):
                if not each.apply(graph):
                    break
                rewritten += 1
            else:
                pytest.fail("the pass does not come to an end")
        for found, y in zip(score(graph, seed), wanted, strict=True):
            assert found.shape == y.shape
            # Moves regroup nothing but reductions, whose order of summation follows the memory.
            tolerance = 1e-6 if exact else 1e-5
            np.testing.assert_allclose(found, y, rtol=tolerance, atol=tolerance * np.abs(y).max())
    assert rewritten >= 3, "no graph had anything to rewrite: the test shows nothing"


def used(b: Builder) -> list[str]:
    passes.run(b.graph)
    return [node.op for node in b.graph.nodes]


def start() -> tuple[Builder, Value, np.random.Generator]:
    b = Builder()
    return b, b.graph.tensor_input("x", (1, 3, 6, 5), nan=True), np.random.default_rng(0)


def test_transposes_between_convolutions_vanish() -> None:
    b, x, rng = start()
    y = conv(b, silu(b, by_channel(b, conv(b, x, rng), rng), rng), rng)
    b.output("y", b.reduce("reduce_mean", y, [2, 3], False))
    # The one that is left makes channels last of the input; the constant by channel went into the weights.
    assert used(b) == ["transpose", "conv", "clip", "sigmoid", "mul", "conv", "reduce_mean"]


def test_normalization_and_activation_go_into_the_convolution() -> None:
    b, x, rng = start()
    y = conv(b, x, rng)
    for _ in range(2):
        y = by_channel(b, y, rng)
    b.output("y", b.unary("relu", y))
    assert used(b) == ["transpose", "conv", "transpose"] or used(b) == ["transpose", "conv", "reshape"]


def test_padding_goes_into_the_convolution() -> None:
    b, x, rng = start()
    b.output("y", conv(b, b.pad(x, [0, 0, 1, 1], [0, 0, 1, 1]), rng))
    assert "pad" not in used(b)
    b, x, rng = start()
    b.output("y", conv(b, b.pad(x, [0, 0, 1, 1], [0, 0, 1, 1], 1.0), rng))
    assert "pad" in used(b), "a convolution pads with zeros only"
    b, x, rng = start()
    b.output("y", conv(b, b.pad(x, [0, 1, 0, 0], [0, 0, 0, 0]), rng))
    assert "pad" in used(b), "a convolution pads no channels"


def test_a_dense_layer_over_time_takes_in_bias_and_activation() -> None:
    b, x, rng = start()
    rows = b.op("dense", b.reshape(x, (18, 5)), rng.standard_normal((4, 5)).astype(np.float32), None)
    y = b.binary("add", b.reshape(rows, (1, 3, 6, 4)), rng.standard_normal(4).astype(np.float32))
    b.output("y", b.unary("relu", y))
    assert used(b) == ["reshape", "dense", "reshape"]


def test_passes_come_to_an_end_between_integers_and_floats() -> None:
    """Moves go to the integers' side of a dequantize, and no pass moves them back."""
    b = Builder()
    x = b.graph.tensor_input("x", (1, 6, 5, 3), "int8", quant=(0.1, 3))
    y = b.dequantize(b.transpose(x, (0, 3, 1, 2)))
    b.output("y", b.unary("abs", b.reshape(b.transpose(y, (0, 2, 1, 3)), (6, 15))))
    passes.run(b.graph)
    assert not any(each.apply(b.graph) for each in passes.PASSES)


def test_states_are_not_read_late() -> None:
    """What read a state before it was written must not read it after."""
    b = Builder()
    x = b.graph.tensor_input("x", (2, 3))
    state = b.graph.state("s", (2, 3))
    moved = b.transpose(b.transpose(state, (1, 0)), (1, 0))
    kept = b.reshape(b.reshape(state, (6,)), (2, 3))
    b.graph.assign(state, b.binary("add", state, x))
    b.output("moved", moved)
    b.output("kept", kept)
    passes.run(b.graph)
    model = edgescore.load(encode(b.graph))
    ones = np.ones((2, 3), np.float32)
    for step in range(3):
        for y in model.outputs({"x": ones}):
            np.testing.assert_array_equal(y, np.full((2, 3), step, np.float32))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("mlperf_tiny_results/pretrainedResnet.onnx", 1),
        ("ultraface/version-slim-320_simplified.onnx", 1),
        ("st_har/st_har.onnx", 1),
    ],
)
def test_real_networks_keep_few_transposes(name: str, most: int) -> None:
    if not (MODELS / name).exists():
        pytest.skip(f"shared/models/{name} is not here")
    imported = import_model(str(MODELS / name))
    assert isinstance(imported, Network)
    passes.run(imported.graph)
    assert Counter(node.op for node in imported.graph.nodes)["transpose"] <= most
