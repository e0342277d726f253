"""Anytime scoring on the reference backend: what native/src/anytime.c does, for one parsed model.

The sum lies between that of every remaining tree's least leaf and that of its greatest, added in the same order and
type, since adding rounds monotonically. What follows must be a link whose outputs each go one way with every sum; the
rules are those of anytime.c, which explains them.
"""

from __future__ import annotations

import time

from edgescore._reader import operand_value
from edgescore.format import schema
from edgescore.ops.tree_sweep import ALL, LANES, _width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from edgescore._reader import Node, Parsed

ENSEMBLES = ("trees", "tree_sweep")
AT_ONCE = 64
ULPS = 16
MOST_LINKS = 16
PLAIN, INEXACT, MOVED, LABEL = 1, 2, 4, 8


class Refused(Exception):
    """The model has no bounds."""


class Anytime:
    """A model whose sum of trees may be cut short. Raises Refused where it cannot be."""

    def __init__(self, parsed: Parsed, xp: Any):
        self.parsed, self.xp = parsed, xp
        places = [at for at, node in enumerate(parsed.nodes) if node.op.name in ENSEMBLES]
        if len(places) != 1 or not parsed.rowwise:
            raise Refused
        self.head, self.tail = parsed.nodes[: places[0]], parsed.nodes[places[0] + 1 :]
        self.node = parsed.nodes[places[0]]
        self.sums = self.node.outputs[0]
        self.couples = self.inexact = self.moved = False
        self._follow()
        names = ["x", "nodes", "roots", "kinds", "runs", "thresholds", "leaves", "base", "targets", "sets"]
        if self.node.op.name == "tree_sweep":
            names[2:3] = ["splits", "first"]
            names.append("numbers")
        self.constants: dict[str, Any] = {
            name: None if number == schema.ABSENT else operand_value(parsed, number, xp)
            for name, number in list(zip(names, self.node.inputs))[1:]
        }
        self.whole = self.constants["leaves"].dtype.kind == "i"
        self.dtype = self.constants["base"].dtype
        self.of = len(self.constants["roots" if self.node.op.name == "trees" else "first"])
        self.least, self.most = self._ranges()
        if not (xp.isfinite(self.least).all() and xp.isfinite(self.most).all()):
            raise Refused

    # --- what follows the sum ---

    def _follow(self) -> None:
        known = {self.sums: PLAIN}
        width = self.parsed.tensors[self.sums].shape[-1]
        if len(self.tail) > MOST_LINKS or self.parsed.tensors[self.sums].shape != (1, width):
            raise Refused
        for node in self.tail:
            before = PLAIN
            for number in node.inputs:
                if number == schema.ABSENT or self.parsed.tensors[number].kind == "constant":
                    continue
                if number not in known:
                    raise Refused
                before = (before & known[number] & PLAIN) | ((before | known[number]) & ~PLAIN)
            after = LABEL if before & LABEL else self._after(node, before, width)
            self.inexact |= bool(after & INEXACT)
            self.moved |= bool(after & MOVED)
            known[node.outputs[0]] = after
        for port in self.parsed.ports:
            if port.is_input or port.role == "label":
                continue
            if known.get(port.tensor, LABEL) & LABEL or self.parsed.tensors[port.tensor].dtype.letter not in "fd":
                raise Refused

    def _after(self, node: Node, known: int, width: int) -> int:
        name, tensors = node.op.name, self.parsed.tensors
        if name == "argmax":
            return LABEL
        if name == "cast":
            return known if tensors[node.outputs[0]].dtype.letter in "fd" else LABEL
        if name == "relu":
            return known
        if name == "binarize":
            return LABEL if known & INEXACT else known
        if name in ("columns", "concat"):
            return known & ~PLAIN
        if name in ("sigmoid", "exp") and not known & INEXACT:
            return known | INEXACT
        if name == "softmax" and known == PLAIN and tensors[node.inputs[0]].shape == (1, width):
            self.couples = True
            return INEXACT
        if name == "dense" and known == PLAIN and width <= 2:
            self.couples = True
            return 0
        if name in ("add", "sub", "mul", "div") and tensors[node.outputs[0]].dtype.letter in "fd":
            return self._after_constants(node, known)
        raise Refused

    def _after_constants(self, node: Node, known: int) -> int:
        name, tensors = node.op.name, self.parsed.tensors
        constant = 0 if tensors[node.inputs[0]].kind == "constant" else 1
        number, other = node.inputs[constant], node.inputs[1 - constant]
        same = tensors[other].nbytes == tensors[node.outputs[0]].nbytes
        if tensors[number].kind != "constant" or not same or known & MOVED or (name == "div" and not constant):
            raise Refused
        values = operand_value(self.parsed, number, self.xp)
        adds = name in ("add", "sub")
        if (name == "sub" and not constant) or (not adds and (values < 0).any()):
            known &= ~PLAIN
        if adds and known & INEXACT:
            known |= MOVED
        if not self.xp.isfinite(values).all() or (not adds and (values == 0).any()):
            raise Refused
        if known & MOVED and (abs(values) > 1).any():
            raise Refused
        return known

    # --- what trees can add ---

    def _ranges(self) -> tuple[Any, Any]:
        """The least and greatest values of each tree's leaves, [trees, 1 or outputs]."""
        xp, tables = self.xp, self.constants
        if self.node.op.name == "trees":
            nodes, roots = tables["nodes"], tables["roots"].astype("int64")
            top = 1 << (8 * nodes.itemsize - 1)
            ends = [*roots[1:, 0].tolist(), len(nodes)]
            numbers = [
                xp.arange(base, base + end - first + 1)
                if nodes.shape[1] == 1
                else (children := nodes[first:end, 1:].astype("int64").ravel())[children >= top] - top + base
                for (first, base), end in zip(roots.tolist(), ends)
            ]
        else:
            numbers, at = [], 0
            for group, count in enumerate(tables["splits"].tolist()):
                width = _width(self.of - group * LANES)
                there = tables["nodes"][at : at + 3 * count * width].reshape(count, 3, width)[:, 1] != ALL
                at += 3 * count * width
                for lane, first in enumerate(tables["first"][group * LANES : (group + 1) * LANES].tolist()):
                    numbers.append(first + xp.concatenate([[0], 1 + xp.flatnonzero(there[:, lane])]))
            if tables["numbers"] is not None:
                numbers = [tables["numbers"][each] for each in numbers]
        leaves = tables["leaves"].astype(self.dtype)
        found = [leaves[each] for each in numbers]
        return xp.stack([each.min(axis=0) for each in found]), xp.stack([each.max(axis=0) for each in found])

    def _added(self, x: Any, first: int, count: int, y: Any) -> Any:
        """``y`` [outputs] and the leaves of ``count`` trees from ``first`` on, in their order, for row ``x``."""
        part = dict(self.constants)
        span = slice(first, first + count)
        part["base"], part["leaves"] = y, part["leaves"].astype(self.dtype)
        part["targets"] = None if part["targets"] is None else part["targets"][span]
        if self.node.op.name == "trees":
            part["nodes"] = part["nodes"][: part["roots"][span.stop, 0] if span.stop < self.of else None]
            part["roots"] = part["roots"][span]
        else:
            group = first // LANES
            widths = [_width(self.of - LANES * each) for each in range(group + 1)]
            sizes = [3 * splits * width for splits, width in zip(part["splits"].tolist(), widths)]
            table = part["nodes"][sum(sizes[:group]) : sum(sizes)].reshape(-1, 3, widths[group])
            part["nodes"] = table[:, :, : _width(count)].ravel()
            part["splits"], part["first"] = part["splits"][group : group + 1], part["first"][span]
        params = self.node.params | {"divisor": 1.0, "scale": 1.0}
        return self.node.op.reference(self.xp, x, **part, **params)[0]

    # --- a row ---

    def run(self, sources: list[Any], deadline: int, most: int) -> tuple[dict[int, Any], int]:
        """({tensor: its rows score, low, high}, trees) of one row; the rest as for Engine.run_until."""
        values = {port.tensor: source for port, source in zip(self.parsed.ports, sources)}
        self._evaluate(self.head, values)
        x = values[self.node.inputs[0]]
        base = self.constants["base"]
        y, trees, slowest, last = self.xp.zeros_like(base) if self.whole else base, 0, 0, time.perf_counter_ns()
        while trees < min(self.of, most) and last + slowest < deadline:
            count = min(AT_ONCE, self.of - trees, most - trees)
            y, trees = self._added(x, trees, count, y), trees + count
            now = time.perf_counter_ns()
            slowest, last = max(slowest, now - last), now
        ends = self._ends(y, trees)
        corners = [ends[0], ends[1], ends[2]]
        if self.couples and trees < self.of:
            for j in range(len(y) if len(y) > 1 else 0):
                for one, others in ((ends[1], ends[2]), (ends[2], ends[1])):
                    corner = others.copy()
                    corner[j] = one[j]
                    corners.append(corner)
        values = {self.sums: self.xp.stack(corners)}
        if trees == self.of:
            values[self.sums] = ends[:1]
        self._evaluate(self.tail, values)
        return {number: self._merged(rows) for number, rows in values.items()}, trees

    def _evaluate(self, nodes: list[Node], values: dict[int, Any]) -> None:
        for node in nodes:
            inputs = [self._operand(number, values) for number in node.inputs]
            tensors = [self.parsed.tensors[number] for number in node.outputs]
            extra = {"dtype": self.xp.dtype(tensors[0].dtype.name)} if node.op.wants_dtype else {}
            if node.op.wants_shape:
                extra["shape"] = tensors[0].shape
            results = node.op.reference(self.xp, *inputs, **node.params, **extra)
            for number, tensor, result in zip(
                node.outputs, tensors, results if isinstance(results, tuple) else (results,)
            ):
                values[number] = result.astype(tensor.dtype.name, copy=False)

    def _operand(self, number: int, values: dict[int, Any]) -> Any:
        if number == schema.ABSENT:
            return None
        return values[number] if number in values else operand_value(self.parsed, number, self.xp)

    def _ends(self, y: Any, trees: int) -> Any:
        """The guess, the least and the greatest sum, finished, [3, outputs]."""
        xp, targets, divisor = self.xp, self.constants["targets"], self.node.params["divisor"]
        low, high = y.copy(), y.copy()
        for tree in range(trees, self.of):
            to = slice(None) if targets is None else targets[tree : tree + 1]
            low[to] += self.least[tree]
            high[to] += self.most[tree]
        guess = y
        if trees < self.of and divisor != 1 and targets is None:
            start = xp.zeros_like(y) if self.whole else self.constants["base"]
            guess = start + (y - start) * y.dtype.type(self.of) / y.dtype.type(trees) if trees else (low + high) / 2
        ends = xp.stack([xp.minimum(xp.maximum(guess, low), high), low, high])
        if self.whole:
            ends = ends * self.dtype.type(self.node.params["scale"]) + self.constants["base"]
        ends = ends / self.dtype.type(divisor)
        return xp.stack([ends[0], ends[1:].min(axis=0), ends[1:].max(axis=0)])

    def _merged(self, rows: Any) -> Any:
        """Score, least and greatest value from what all corners gave."""
        xp = self.xp
        if len(rows) == 1 or rows.dtype.kind != "f":
            return xp.concatenate([rows[:1]] * 3)
        low, high = rows[1:].min(axis=0), rows[1:].max(axis=0)
        if self.inexact:
            info, size = xp.finfo(rows.dtype), float(self.moved)
            wider = low - (ULPS * info.eps * xp.maximum(abs(low), size) + info.tiny)
            low = wider if self.moved else xp.where((low >= 0) & (wider < 0), 0, wider).astype(rows.dtype)
            high = high + (ULPS * info.eps * xp.maximum(abs(high), size) + info.tiny)
        return xp.stack([rows[0], low, high])
