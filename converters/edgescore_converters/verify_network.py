"""Hold a written network against its source: the samples given and samples drawn, each output element by element.

Floats may differ by FLOAT_TOLERANCE of the largest element of the output, and answers of a sigmoid or softmax by
ROUNDING, which is how far runtimes approximate them near 0. Integers may differ by one step, which is how far two right
roundings lie apart, and SAME of all elements must be equal. Samples go through as one stream, so that state is compared
as well. This module scores through the runtime that ships, never through the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import edgescore
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._network import Network, Sample
from edgescore_converters.ir import Array, Graph, Node, Value
from edgescore_converters.verify import Group, Verification

FLOAT_TOLERANCE = 1e-4
ROUNDING = 5e-7  # four float32 steps at 1
STEP = 1.01  # a step, as far as float32 holds integers times a scale
SAME = 0.99
DRAWN, LEAST = 8, 2  # samples, at most and of networks that take long
WORK = 2e9  # multiply-adds of all samples


@dataclass
class NetworkVerification(Verification):
    """The verdict on a network; ``same`` is the share of integer elements that are equal, None where there are none."""

    same: float | None = None
    outputs: dict[str, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it goes into the file's metadata."""
        found = super().to_dict()
        return found if self.same is None else found | {"identical": round(self.same, 6)}

    def __str__(self) -> str:
        text = f"{self.rows} samples compared with {self.source}: {self.disagreements} disagree"
        if self.same is not None:
            text += f", {100 * self.same:.2f} % of the integers are the same, worst {self.worst:.0f} steps"
        else:
            text += f", worst difference {self.worst:.2g} of the largest value"
        bad = next((group for group in self.groups if group.disagreements), None)
        return text if bad is None else f"{text}; first among the samples {bad.name}: {bad.example}"


def verify_network(network: Network, data: bytes, given: Sequence[Sample] = (), seed: int = 0) -> NetworkVerification:
    """Compare the model in ``data`` with its source on samples ``given`` and drawn."""
    model = edgescore.load(data)
    verification = NetworkVerification(network.source, FLOAT_TOLERANCE)
    rng = np.random.default_rng(seed)
    equal = compared = 0
    groups = [("given", list(given)), ("drawn", [network.sample(rng) for _ in range(_count(network.graph))])]
    for name, samples in groups:
        if not samples:
            continue
        group = Group(name)
        try:
            answers = network.oracle(samples)
        except ConvertError as refusal:
            if name == "given" or not given:
                raise ConvertError(f"{refusal}; give samples that the source takes (--calibrate FILE)") from refusal
            group.refused = len(samples)  # numbers at random need not be what it takes, and those given were compared
            verification.groups.append(group)
            continue
        model.reset()
        for number, (sample, expected) in enumerate(zip(samples, answers, strict=True)):
            group.rows += 1
            problems = []
            found = model.outputs(dict(sample))
            for index, (y, wanted) in enumerate(zip(found, expected, strict=True)):
                port = network.graph.outputs[index]
                step = network.steps[index] if network.steps else None
                worst, same = difference(np.asarray(y), wanted, step, near_one=_is_share(network.graph, port.value))
                group.worst = max(group.worst, worst)
                if same is not None:
                    equal, compared = equal + same, compared + wanted.size
                if worst > (STEP if same is not None else FLOAT_TOLERANCE):
                    unit = "steps" if same is not None else "of the largest value"
                    problems.append(f"sample {number}, output {port.name}: {worst:.3g} {unit}")
            if problems:
                group.disagreements += 1
                group.example = group.example or problems
        verification.groups.append(group)
    together = _together(network, model, rng)
    if together is not None:
        verification.groups.append(together)
    if compared:
        verification.same = equal / compared
        if verification.same < SAME:
            worst_group = verification.groups[-1]
            worst_group.disagreements = worst_group.disagreements or worst_group.rows
            worst_group.example = worst_group.example or [f"only {100 * verification.same:.2f} % of integers agree"]
    return verification


def _together(network: Network, model: Any, rng: np.random.Generator) -> Group | None:
    """Two samples at once where the source takes any number: does it treat them as one each? None where it does not
    take two.
    """
    if not network.open_inputs:
        return None
    samples = [dict(network.sample(rng)) for _ in range(2)]
    stacked = dict(samples[0])
    for name, array in samples[0].items():
        if name in network.open_inputs:
            stacked[name] = np.concatenate([array, samples[1][name]])
        else:
            samples[1][name] = array
    try:
        expected = network.oracle([stacked])[0]
    except ConvertError:
        return None
    group = Group("two samples at once", rows=1)
    model.reset()
    found = [model.outputs(sample) for sample in samples]
    for port, wanted, *parts in zip(network.graph.outputs, expected, *found):
        arrays = [np.asarray(part) for part in parts]
        both = np.concatenate([array.reshape(-1) for array in arrays])
        shape = (2 * arrays[0].shape[0], *arrays[0].shape[1:]) if arrays[0].shape else None
        near_one = _is_share(network.graph, port.value)
        if wanted.shape != shape or difference(both, wanted.reshape(-1), near_one=near_one)[0] > (
            1 if wanted.dtype.kind in "iub" else FLOAT_TOLERANCE
        ):
            group.disagreements = 1
            name = next(iter(network.open_inputs))
            remedy = f"fix their number: --shape {name}={','.join(map(str, samples[0][name].shape))}"
            group.example = [f"two samples at once are not two predictions (output {port.name}); {remedy}"]
    return group


def _count(graph: Graph) -> int:
    """How many samples to draw: fewer of a network that computes much for each."""
    return max(LEAST, min(DRAWN, int(WORK // (sum(map(_products, graph.nodes)) + 1))))


def _products(node: Node) -> int:
    """Multiply-adds of a layer, as far as its weights tell."""
    if node.op not in ("conv", "conv_int8", "conv_transpose", "conv_transpose_int8", "dense", "dense_int8"):
        return 0
    x, w = node.inputs[0], node.inputs[1]
    assert x is not None
    assert w is not None
    large = x if node.op.startswith("conv_transpose") else node.outputs[0]
    return int(np.prod(large.shape[:-1], dtype=np.int64) * np.prod(w.shape, dtype=np.int64))


def _is_share(graph: Graph, value: Value | None) -> bool:
    """Whether values lie between 0 and 1 by a function that runtimes approximate to an absolute error."""
    maker = None if value is None else graph.producer(value)
    if maker is None:
        return False
    if maker.op == "where":  # a branch taken by data
        return any(_is_share(graph, operand) for operand in maker.inputs[1:])
    if maker.op in ("reshape", "transpose", "slice", "copy"):
        return _is_share(graph, maker.inputs[0])
    return maker.op in ("sigmoid", "softmax")


def difference(
    y: Array, wanted: Array, step: float | None = None, *, near_one: bool = False
) -> tuple[float, int | None]:
    """(the worst difference, how many elements are equal). near_one: of float outputs, see ROUNDING.

    In steps for integers and for floats that were integers (``step``); else as a share of the largest element wanted,
    with None for the second. Elements that are not finite must be the same.
    """
    if wanted.dtype.kind in "iub" or step:
        steps = np.abs(y.astype(np.float64) - wanted.astype(np.float64)) / (step or 1)
        return float(steps.max(initial=0)), int((steps < 0.5).sum())
    finite = np.isfinite(wanted) & np.isfinite(y)
    odd = ~finite & ~((y == wanted) | (np.isnan(y) & np.isnan(wanted)))
    if odd.any():
        return float("inf"), None
    scale = float(np.abs(wanted[finite]).max(initial=0)) or 1.0
    scale = max(scale, ROUNDING / FLOAT_TOLERANCE) if near_one else scale
    return float(np.abs(y[finite].astype(np.float64) - wanted[finite]).max(initial=0)) / scale, None
