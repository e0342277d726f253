"""Einsum of one or two operands as transposes, one batched matrix product and sums."""

from __future__ import annotations

import math

from edgescore_converters.ir import Value

from ._call import Call, Refused


def einsum(call: Call) -> Value:
    """The result of the equation. Raises Refused for more than two operands, an ellipsis, or a repeated letter."""
    equation = call.attribute("equation").replace(" ", "")
    left, arrow, out = equation.partition("->")
    terms = left.split(",")
    if "." in equation:
        left, out, terms = _spelled(call, terms, out, bool(arrow))
        arrow = "->"
    if not arrow:
        letters = "".join(terms)
        out = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    if any(len(set(term)) != len(term) for term in terms):
        raise Refused(f"its equation {equation} repeats a letter", "export the model without it")
    values = [call.x(at) for at in range(len(terms))]
    if len(terms) == 1:
        return _single(call, values[0], terms[0], out)
    if len(terms) > 2:
        raise Refused(f"its equation {equation} has {len(terms)} operands", "export the model with two at a time")
    (a, s), (b, t) = zip(values, terms)
    a, s = _summed(call, a, s, t + out)
    b, t = _summed(call, b, t, s + out)
    batch = [x for x in s if x in t and x in out]
    inner = [x for x in s if x in t and x not in out]
    rows, columns = [x for x in s if x not in t], [x for x in t if x not in s]
    sizes = dict(zip(s, a.shape)) | dict(zip(t, b.shape))

    def count(letters: list[str]) -> int:
        return math.prod(sizes[x] for x in letters)

    build = call.b
    a = build.transpose(a, [s.index(x) for x in batch + rows + inner])
    b = build.transpose(b, [t.index(x) for x in batch + inner + columns])
    head = count(batch)
    y = build.matmul(
        build.reshape(a, (head, count(rows), count(inner))), build.reshape(b, (head, count(inner), count(columns)))
    )
    order = batch + rows + columns
    y = build.reshape(y, [sizes[x] for x in order])
    return build.transpose(y, [order.index(x) for x in out])


def _single(call: Call, x: Value, term: str, out: str) -> Value:
    x, term = _summed(call, x, term, out)
    return call.b.transpose(x, [term.index(letter) for letter in out])


def _summed(call: Call, x: Value, term: str, kept: str) -> tuple[Value, str]:
    axes = [at for at, letter in enumerate(term) if letter not in kept]
    if not axes:
        return x, term
    return call.b.reduce("reduce_sum", x, axes, False), "".join(letter for letter in term if letter in kept)


def _spelled(call: Call, terms: list[str], out: str, has_output: bool) -> tuple[str, str, list[str]]:
    """The equation with letters of its own in place of ellipses."""
    free = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in "".join(terms)]
    ranks = [len(call.x(at).shape) - len(term.replace("...", "")) for at, term in enumerate(terms) if "..." in term]
    if len(set(ranks)) > 1:
        raise Refused("its ellipses stand for different numbers of axes")
    rest = "".join(free[: ranks[0]])
    letters = "".join(terms).replace(".", "")
    if not has_output:
        out = "..." + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    spelled = [term.replace("...", rest) for term in terms]
    return ",".join(spelled), out.replace("...", rest), spelled
