"""Control flow over constants: If takes its branch, Loop and Scan are unrolled where the count is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edgescore_converters.ir import Value, constant

from ._call import Call, Refused
from ._constants import from_proto

if TYPE_CHECKING:
    from ._ends import Scope
    from ._graph import Importer

MAX_ROUNDS = 1024


def control(
    importer: Importer, node: Any, inputs: list[Value | None], scope: Scope, opset: int
) -> Sequence[Value | None]:
    """The results of an If, Loop or Scan node."""
    call = Call(importer.b, node, inputs, opset, importer.asked, importer.steps)
    return {"If": _if, "Loop": _loop, "Scan": _scan}[node.op_type](importer, call, scope)


def _inner(importer: Importer, graph: Any, scope: Scope, given: dict[str, Value | None]) -> list[Value | None]:
    local: Scope = {**scope, **given}
    for tensor in graph.initializer:
        local[tensor.name] = from_proto(tensor)
    return importer.walk(graph.node, local, [info.name for info in graph.output])


def _if(importer: Importer, call: Call, scope: Scope) -> list[Value | None]:
    chosen = call.x()
    if chosen.data is not None:
        branch = "then_branch" if bool(chosen.data.reshape(-1)[0]) else "else_branch"
        return _inner(importer, call.attribute(branch), scope, {})
    switches = _switches(importer, chosen)
    if switches:
        importer.asked.update(switches)
        fixed = " ".join(f"--const {name}=VALUE" for name in switches)
        raise Refused(f"its condition depends on the input {', '.join(switches)}", f"fix it: {fixed}")
    branches = [_inner(importer, call.attribute(name), scope, {}) for name in ("then_branch", "else_branch")]
    condition, results = call.b.reshape(chosen, ()), []
    for a, b in zip(*branches):
        if a is None or b is None or (a.shape, a.dtype) != (b.shape, b.dtype):
            raise Refused(
                "its condition depends on the input, and its branches give tensors of different shapes",
                "export both branches as one computation (Where)",
            )
        results.append(call.b.op("where", condition, a, b, shape=a.shape))
    return list(results)


def _switches(importer: Importer, condition: Value) -> list[str]:
    """The inputs that a condition is computed from, where all are single whole numbers: settings, and no data."""
    graph, found, open_values = importer.b.graph, [], [condition]
    names = {id(port.value): port.name for port in graph.inputs}
    seen: set[int] = set()
    while open_values:
        value = open_values.pop()
        if id(value) in seen or value.data is not None:
            continue
        seen.add(id(value))
        maker = graph.producer(value)
        if maker is not None:
            open_values += [operand for operand in maker.inputs if operand is not None]
        elif id(value) in names and value.dtype[0] in "iub" and np.prod(value.shape) == 1:
            found.append(names[id(value)])
        else:
            return []
    return sorted(found)


def _loop(importer: Importer, call: Call, scope: Scope) -> list[Value | None]:
    body = call.attribute("body")
    count = int(call.known(0).reshape(-1)[0]) if call.has(0) else MAX_ROUNDS + 1
    going = bool(call.known(1).reshape(-1)[0]) if call.has(1) else True
    carried: list[Value | None] = list(call.inputs[2:])
    scanned: list[list[Value]] = [[] for _ in range(len(body.output) - 1 - len(carried))]
    rounds = 0
    while going and rounds < count:
        if rounds >= MAX_ROUNDS:
            raise Refused(f"it goes round more than {MAX_ROUNDS} times or until the data says so")
        names = [info.name for info in body.input]
        values = [constant(np.asarray(rounds)), constant(np.asarray(going)), *carried]
        results = _inner(importer, body, scope, dict(zip(names, values)))
        condition = results[0]
        if condition is None or condition.data is None:
            raise Refused("its condition depends on the input", "export the model with a fixed number of rounds")
        going = bool(condition.data.reshape(-1)[0])
        carried = results[1 : 1 + len(carried)]
        for parts, value in zip(scanned, results[1 + len(carried) :]):
            if value is not None:
                parts.append(importer.b.reshape(value, (1, *value.shape)))
        rounds += 1
    if any(not parts for parts in scanned):
        raise Refused("it never goes round, and its scan outputs are empty")
    return [*carried, *(importer.b.concat(parts, 0) for parts in scanned)]


def _scan(importer: Importer, call: Call, scope: Scope) -> list[Value | None]:
    body, b = call.attribute("body"), importer.b
    if call.opset < 9:
        raise Refused("it is the Scan of opset 8", "export the model with opset 9 or later")
    scans = int(call.attribute("num_scan_inputs"))
    states: list[Value | None] = list(call.inputs[: len(call.inputs) - scans])
    sequences = [call.x(len(states) + at) for at in range(scans)]
    outputs = len(body.output) - len(states)
    axes_in = call.attribute("scan_input_axes") or [0] * scans
    backwards_in = call.attribute("scan_input_directions") or [0] * scans
    axes_out = call.attribute("scan_output_axes") or [0] * outputs
    backwards_out = call.attribute("scan_output_directions") or [0] * outputs
    rounds = sequences[0].shape[axes_in[0]]
    if rounds > MAX_ROUNDS:
        raise Refused(f"it goes round {rounds} times")
    scanned: list[list[Value]] = [[] for _ in range(outputs)]
    names = [info.name for info in body.input]
    for at in range(rounds):
        items: list[Value | None] = []
        for x, axis, backwards in zip(sequences, axes_in, backwards_in):
            axis %= len(x.shape)
            place = rounds - 1 - at if backwards else at
            items.append(b.reshape(b.part(x, axis, place, 1), (*x.shape[:axis], *x.shape[axis + 1 :])))
        results = _inner(importer, body, scope, dict(zip(names, [*states, *items])))
        states = results[: len(states)]
        for parts, value in zip(scanned, results[len(states) :]):
            assert value is not None
            parts.append(value)
    joined = []
    for parts, axis, backwards in zip(scanned, axes_out, backwards_out):
        rank = len(parts[0].shape) + 1
        axis %= rank
        parts = [b.reshape(part, (*part.shape[:axis], 1, *part.shape[axis:])) for part in parts]
        joined.append(b.concat(parts[::-1] if backwards else parts, axis))
    return [*states, *joined]
