"""How far the rest of an ensemble can move each sum, for ``predict()`` to stop where the class is certain.

Reads a finished file, since it speaks of what is in it, and returns its `early_exit` section: for some numbers of
trees, how many, then for each sum the least that the other trees add, then for each the most; float32. A sum that at
its least is ahead of every other at its most has the class's number. A single sum makes class 1 above 0 and class 0
below, so its threshold is in both numbers; and so is in all a base value that comes after the sum.

The class must always be that of all trees, so a lead has to outlast every rounding: those of the sums, which err by at
most (trees + 1) eps times all magnitudes added up (Higham, "Accuracy and Stability of Numerical Algorithms", 4.2), and
those of the links, which must not bring two different sums together. The numbers have room for both.
``labels`` is how a conversion holds ``predict()`` against the scores.
Returns nothing for models without one label decided by one ensemble and links known here, for few trees, and for
numbers near the end of float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgescore
from edgescore._anytime_numpy import Anytime, Refused
from edgescore._reader import Node, Parsed, operand_value

Floats = NDArray[np.float64]

FEWEST_TREES = 32
MOST_POINTS = 16
WALKED, SWEPT = 12, 128  # trees between two points at least: as many as the kernels are fastest with
EASY = 0.5  # of what trees can add at most, or less: what they do add for many rows
ENSEMBLES = ("trees", "tree_sweep")
LARGEST, TINY = 1e30, 1e-30  # of sums and what they are multiplied by: float32 ends at 1e38 and 1e-38
ROUNDINGS = 64  # no chain of links errs by more eps of the largest number it meets
DISTINCT = 1e-4  # arguments that softmax, and a sigmoid near 0, surely tell apart
DEEPEST = -80.0  # below, a sigmoid in float32 may be 0


def table(parsed: Parsed) -> bytes:
    """The section for a file that was parsed with its nodes; empty where it has none."""
    labels = [port.tensor for port in parsed.ports if port.role == "label"]
    if len(labels) != 1 or sum(node.op.name in ENSEMBLES for node in parsed.nodes) != 1:
        return b""
    try:
        trees = _Trees(parsed)
        rest = _one(trees, labels[0]) if trees.outputs == 1 else _several(trees, labels[0])
    except Refused:
        return b""
    records = b""
    for point in trees.points():
        least, most = rest(point)
        if trees.decides(point, least, most):
            records += np.uint32(point).tobytes() + _beyond(least, -np.inf) + _beyond(most, np.inf)
    return records


def labels(model: edgescore.Model, x: Any) -> NDArray[np.int32] | None:
    """The class of each row of ``x`` as an index, asked for one at a time; None where all trees are asked anyway."""
    engine = model._engine
    if not engine.exits_early:
        return None
    buffers, rows, _, _ = model._encode(x)
    views = [(memoryview(buffer).cast("B"), info.nbytes) for buffer, info in zip(buffers, engine.inputs, strict=True)]
    outputs = [np.empty(info.size, info.dtype.name) for info in engine.outputs]
    label = next(output for output, info in zip(outputs, engine.outputs, strict=True) if info.is_label)
    found = np.empty(rows, np.int32)
    for at in range(rows):
        engine.run([view[at * size : (at + 1) * size] for view, size in views], outputs, 1, label_only=True)
        found[at] = label[0]
    return found


def _beyond(values: Floats, end: float) -> bytes:
    """As float32, rounded towards ``end``."""
    near = values.astype(np.float32)
    short = near > values if end < 0 else near < values
    return np.where(short, np.nextafter(near, np.float32(end)), near).tobytes()


class _Trees:
    """What trees can add. The sums are those that the kernel compares; ``factor`` times them is the node's output."""

    def __init__(self, parsed: Parsed) -> None:
        bounds = Anytime(parsed, np)
        self.parsed, self.tail, self.first = parsed, bounds.tail, bounds.sums
        self.step = SWEPT if bounds.node.op.name == "tree_sweep" else WALKED
        base = bounds.constants["base"].astype(np.float64)
        scale = float(bounds.node.params["scale"]) if bounds.whole else 1.0
        self.count, self.outputs = bounds.of, len(base)
        self.factor = scale / float(bounds.node.params["divisor"])
        if self.count < FEWEST_TREES or scale <= 0 or not TINY < self.factor < LARGEST:
            raise Refused
        # Whole numbers are summed from 0, and the base comes after their scale.
        self.start, self.behind = (0 * base, base / scale) if bounds.whole else (base, 0 * base)
        targets = bounds.constants["targets"]
        self.least, self.most = (_by_output(each, targets, self.outputs) for each in (bounds.least, bounds.most))
        self.size = float((abs(base) / scale + np.maximum(abs(self.least), abs(self.most)).sum(axis=0)).max())
        if not (self.size < LARGEST and self.size * self.factor < LARGEST):
            raise Refused
        self.eps = float(np.finfo(bounds.dtype).eps)
        self.rounding = 4 * (self.count + ROUNDINGS) * self.eps * self.size
        ends = [(self.start + self.behind + each.sum(axis=0)) * self.factor for each in (self.least, self.most)]
        self.low, self.high = float(ends[0].min()), float(ends[1].max())

    def points(self) -> range:
        """Numbers of trees after which to look."""
        step = self.step * -(-self.count // (self.step * MOST_POINTS))
        return range(step, self.count, step)

    def decides(self, point: int, least: Floats, most: Floats) -> bool:
        """Whether sums of ``point`` trees can be ahead for good; in a walk, which looking interrupts, often."""
        share = 1.0 if self.step == SWEPT else EASY
        high = self.start + share * self.most[:point].sum(axis=0) + least
        low = self.start + share * self.least[:point].sum(axis=0) + most
        if self.outputs == 1:
            return bool(high[0] > 0 or low[0] < 0)
        first, second = np.sort(low)[::-1][:2]
        return bool((high > np.where(low == first, second, first)).any())

    def rest(self, point: int) -> tuple[Floats, Floats]:
        """The least and the most that trees from ``point`` on, and what comes behind them, add to each sum."""
        return self.least[point:].sum(axis=0) + self.behind, self.most[point:].sum(axis=0) + self.behind

    def path(self, value: int) -> list[Node]:
        """The nodes from the sums to ``value``, in order, whose eps becomes that of all if it is larger."""
        nodes, wanted = [], {value}
        for node in reversed(self.tail):
            if not wanted.isdisjoint(node.outputs):
                nodes.append(node)
                wanted.update(node.inputs)
                made = self.parsed.tensors[node.outputs[0]].dtype.name
                if not made.startswith("float"):
                    raise Refused
                self.eps = max(self.eps, float(np.finfo(made).eps))
        return nodes[::-1]

    def constant(self, node: Node) -> tuple[int, Floats]:
        """Which of two operands is constant, and its value."""
        which = 0 if self.parsed.tensors[node.inputs[0]].kind == "constant" else 1
        return which, np.asarray(operand_value(self.parsed, node.inputs[which], np), np.float64)


def _by_output(values: Any, targets: Any, outputs: int) -> Floats:
    """[trees, outputs]: a tree with a target adds nothing to other outputs."""
    if targets is None:
        return np.asarray(values, np.float64)
    spread = np.zeros((len(values), outputs))
    spread[np.arange(len(values)), targets] = values[:, 0]
    return spread


def _maker(trees: _Trees, label: int) -> Node:
    return next(node for node in trees.tail if label in node.outputs)


Rest = Callable[[int], tuple[Floats, Floats]]


def _several(trees: _Trees, label: int) -> Rest:
    """The first largest of what links make of each sum: by how much a sum must lead for them to keep it ahead."""
    last = _maker(trees, label)
    if last.op.name != "argmax":
        raise Refused
    factor, lead = trees.factor, 0.0  # of what comes next, and in units of the sums
    path = trees.path(last.inputs[0])
    noise = ROUNDINGS * trees.eps
    for node in path:
        name = node.op.name
        if name in ("mul", "div"):
            which, values = trees.constant(node)
            values = 1 / values if name == "div" else values
            if (name == "div" and not which) or np.ptp(values) or not TINY < values.flat[0] < LARGEST:
                raise Refused
            factor *= 1.0 if lead else float(values.flat[0])
        elif name in ("softmax", "sigmoid") and not lead:
            scaled = factor / trees.factor
            needed = DISTINCT
            if name == "sigmoid":  # whose slope at z > 0 is e^-z / 4 or more, and relative to itself 1/2 below 0
                if trees.low * scaled < DEEPEST:
                    raise Refused
                needed += 4 * noise * float(np.exp(min(max(0.0, trees.high * scaled), -DEEPEST)))
            lead = (needed + noise * trees.size * factor) / factor
        elif name != "cast":
            raise Refused
        if not TINY < factor < LARGEST:
            raise Refused
    lead += noise * trees.size + TINY / factor + trees.rounding

    def rest(point: int) -> tuple[Floats, Floats]:
        least, most = trees.rest(point)
        return least, most + lead

    return rest


def _one(trees: _Trees, label: int) -> Rest:
    """Which class it is falls at one value of the sum: below `ends[0]` and above `ends[1]` no rounding matters."""
    last = _maker(trees, label)
    limit: float | None = None
    if last.op.name == "cast":
        last = next((node for node in trees.tail if last.inputs[0] in node.outputs), last)
        if last.op.name == "binarize":
            limit = float(trees.constant(last)[1].flat[0])
    path = trees.path(last.inputs[0])
    if not (limit is not None or last.op.name == "argmax"):
        raise Refused

    def excess(output: float) -> tuple[float, float]:
        """Of class 1 at an output of the ensemble, and what rounding may make of it."""
        values, size = _evaluated(trees, path, output)
        found = values[-1] - (values[0] if limit is None else limit)
        return float(found), ROUNDINGS * trees.eps * max(size, abs(limit or 0.0))

    if _directions(trees, path, last.inputs[0]) != ([1] if limit is not None else [-1, 1]):
        raise Refused
    low, high = trees.low, trees.high
    if not excess(low)[0] <= 0 < excess(high)[0]:
        raise Refused
    for _ in range(200):
        middle = low + (high - low) / 2
        low, high = (low, middle) if excess(middle)[0] > 0 else (middle, high)
    ends = [_clear(excess, low, -1, trees.low), _clear(excess, high, 1, trees.high)]
    sums = [end / trees.factor for end in ends]
    room = trees.rounding + ROUNDINGS * trees.eps * max(abs(low), abs(high)) / trees.factor

    def rest(point: int) -> tuple[Floats, Floats]:
        least, most = trees.rest(point)
        return least - sums[1] - room, most - sums[0] + room

    return rest


def _clear(excess: Callable[[float], tuple[float, float]], start: float, side: int, end: float) -> float:
    """The nearest value beside ``start`` from which on the class is beyond doubt; infinite where there is none."""
    step = 1e-12 * max(1.0, abs(start))
    while step < abs(end - start):
        found, noise = excess(start + side * step)
        if side * found > noise:
            return start + side * step
        step *= 1.5
    return side * np.inf


def _directions(trees: _Trees, path: list[Node], value: int) -> list[int]:
    """Of each element of ``value``, whether it rises (1) or falls (-1) with the sum. Raises Refused where unknown."""
    known = {trees.first: np.ones(1, np.int64)}
    for node in path:
        name = node.op.name
        given = [known[number] for number in node.inputs if number in known]
        x = given[0]
        if name in ("mul", "div", "add", "sub"):
            which, values = trees.constant(node)
            if name == "div" and not which:
                raise Refused
            if name in ("mul", "div"):
                x = x * np.sign(values).astype(np.int64)
            x = -x if name == "sub" and not which else x
        elif name == "columns":
            x = x[trees.constant(node)[1].astype(np.int64)]
        elif name == "concat":
            x = np.concatenate(given)
        elif name not in ("sigmoid", "exp", "cast") and not (name == "softmax" and x.tolist() == [-1, 1]):
            raise Refused
        known[node.outputs[0]] = np.broadcast_to(x, trees.parsed.tensors[node.outputs[0]].shape[-1:])
    return [int(each) for each in known[value]]


def _evaluated(trees: _Trees, path: list[Node], output: float) -> tuple[Floats, float]:
    """What ``path`` makes of one output of the ensemble in float64, and the largest number on the way."""
    values = {trees.first: np.full((1, 1), output)}
    last, size = values[trees.first], abs(output)
    for node in path:
        operands = [values[number] if number in values else trees.constant(node)[1] for number in node.inputs]
        if node.op.name == "columns":
            operands[1] = operands[1].astype(np.int64)
        last = operands[0] if node.op.name == "cast" else node.op.reference(np, *operands, **node.params)
        values[node.outputs[0]] = last
        size = max(size, *(float(abs(each).max()) for each in (*operands, last)))
        if node.op.name == "exp":  # which makes an error of its argument one of so many times itself
            size = max(size, float(abs(operands[0] * last).max()))
    return last.ravel(), size
