"""Convolutions and resizing. ONNX puts channels second; here they are last, between transposes that passes cancel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Value

from ._call import Call, Refused, handles

AXES = "dhw"
MAX_TAPS = 256  # of a window whose elements become nodes


def channels_last(b: Builder, x: Value) -> Value:
    """[n, c, ...] as [n, ..., c]."""
    return b.transpose(x, (0, *range(2, len(x.shape)), 1))


def channels_second(b: Builder, x: Value) -> Value:
    """[n, ..., c] as [n, c, ...]."""
    rank = len(x.shape)
    return b.transpose(x, (0, rank - 1, *range(1, rank - 1)))


def along(name: str, values: Sequence[int]) -> dict[str, Any]:
    """A parameter for each spatial axis: stride_h, stride_w."""
    return {f"{name}_{axis}": int(value) for axis, value in zip(AXES[-len(values) :], values)}


def window(
    call: Call, sizes: Sequence[int], kernel: Sequence[int], *, up: bool = False
) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
    """(strides, dilations, pads before, pads behind, output sizes) from the attributes."""
    m = len(sizes)
    strides = list(call.attribute("strides") or [1] * m)
    dilations = list(call.attribute("dilations") or [1] * m)
    pads = list(call.attribute("pads") or [0] * (2 * m))
    auto = call.attribute("auto_pad", "NOTSET")
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    before, behind = pads[:m], pads[m:]
    if auto.startswith("SAME"):
        out = [-(-size // stride) for size, stride in zip(sizes, strides)]
        total = [max(0, (o - 1) * s + r - size) for o, s, r, size in zip(out, strides, reach, sizes)]
        before = [t // 2 if auto == "SAME_UPPER" else t - t // 2 for t in total]
        behind = [t - b for t, b in zip(total, before)]
    elif auto == "VALID":
        before = behind = [0] * m
    out = []
    for size, k, s, p, q in zip(sizes, reach, strides, before, behind):
        steps = (size + p + q - k) / s
        whole = math.ceil(steps) if up else math.floor(steps)
        if up and whole * s >= size + p:
            whole -= 1  # a window must start inside the input or its padding before
        out.append(whole + 1)
    if min(out) < 1 or min(strides) < 1 or min(dilations) < 1 or min([*before, *behind]) < 0 or m > 3:
        raise Refused(f"its window of {list(kernel)} does not fit {list(sizes)}", "export the model again")
    return strides, dilations, before, behind, out


def inside(b: Builder, x: Value, before: Sequence[int], kernel: Sequence[int], dilations: Sequence[int]) -> bool:
    """Whether padding before is smaller than the window, as the operators take it."""
    return all(p < (k - 1) * d + 1 for p, k, d in zip(before, kernel, dilations))


@handles("Conv")
def conv(call: Call) -> Value:
    b, x, weights = call.b, call.x(), call.x(1)
    groups = int(call.attribute("group", 1))
    strides, dilations, before, behind, out = window(call, x.shape[2:], weights.shape[2:])
    if x.shape[1] != weights.shape[1] * groups or weights.shape[0] % groups:
        raise Refused(f"its input {x.shape} and weights {weights.shape} do not fit", "export the model again")
    if weights.data is None or (call.has(2) and call.x(2).data is None):
        return _computed_weights(call, groups, strides, dilations, before, behind, out)
    w, bias = weights.data, call.known(2) if call.has(2) else None
    place = along("stride", strides) | along("dilation", dilations) | along("pad", before)
    y = b.op(
        "conv",
        b.computed(channels_last(b, x)),
        np.ascontiguousarray(np.moveaxis(w, 1, -1)),
        bias,
        shape=(x.shape[0], *out, w.shape[0]),
        groups=groups,
        **place,
    )
    call.mark(call.x(1), 0)
    return channels_second(b, y)


def _computed_weights(
    call: Call,
    groups: int,
    strides: Sequence[int],
    dilations: Sequence[int],
    before: Sequence[int],
    behind: Sequence[int],
    out: Sequence[int],
) -> Value:
    """A convolution as a matrix product: weights that another layer gives have no place among the constants."""
    b, x, w = call.b, padded(call.b, call.x(), before, behind, 0.0), call.x(1)
    seen = patches(b, x, w.shape[2:], strides, dilations, out)
    n, places = x.shape[0], math.prod(out)
    y = b.matmul(
        b.reshape(w, (1, groups, w.shape[0] // groups, -1)),
        b.reshape(seen, (n, groups, x.shape[1] // groups * seen.shape[2], places)),
    )
    y = b.reshape(y, (n, w.shape[0], *out))
    return b.binary("add", y, b.reshape(call.x(2), (-1, *[1] * len(out)))) if call.has(2) else y


def padded(b: Builder, x: Value, before: Sequence[int], behind: Sequence[int], value: float) -> Value:
    """[n, c, ...] with ``value`` around."""
    return b.pad(x, [0, 0, *before], [0, 0, *behind], value)


def patches(
    b: Builder,
    x: Value,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    out: Sequence[int],
) -> Value:
    """What each element of a window sees of a padded [n, c, ...]: [n, c, elements of the window, places]."""
    n, c = x.shape[:2]
    if math.prod(kernel) > MAX_TAPS:
        raise Refused(f"its window of {list(kernel)} is too large for what it asks", "export the model without it")
    parts = []
    for tap in np.ndindex(*kernel):
        starts = [0, 0, *(at * d for at, d in zip(tap, dilations))]
        part = b.slice(x, starts, (n, c, *out), [1, 1, *strides])
        parts.append(b.reshape(part, (n, c, 1, math.prod(out))))
    return b.concat(parts, 2)


@handles("ConvTranspose")
def conv_transpose(call: Call) -> Value:
    b, x, w = call.b, call.x(), call.known(1)
    groups, sizes, kernel = int(call.attribute("group", 1)), x.shape[2:], w.shape[2:]
    m = len(sizes)
    strides = list(call.attribute("strides") or [1] * m)
    dilations = list(call.attribute("dilations") or [1] * m)
    extra = list(call.attribute("output_padding") or [0] * m)
    pads = list(call.attribute("pads") or [0] * (2 * m))
    auto, wanted = call.attribute("auto_pad", "NOTSET"), call.attribute("output_shape")
    full = [(s - 1) * t + (k - 1) * d + 1 + e for s, t, k, d, e in zip(sizes, strides, kernel, dilations, extra)]
    if wanted is not None or auto.startswith("SAME"):
        out = list(wanted)[-m:] if wanted is not None else [s * t for s, t in zip(sizes, strides)]
        total = [max(0, f - o) for f, o in zip(full, out)]
        before = [t // 2 if auto == "SAME_UPPER" else t - t // 2 for t in total]
    else:
        before = pads[:m] if auto == "NOTSET" else [0] * m
        behind = pads[m:] if auto == "NOTSET" else [0] * m
        out = [f - p - q for f, p, q in zip(full, before, behind)]
    bias = call.known(2) if call.has(2) else None
    # ONNX: [in, out / groups, ...]; here [out, ..., in / groups].
    parts = np.split(w, groups, axis=0)
    turned = np.concatenate([np.moveaxis(part, 0, -1) for part in parts], axis=0)
    place = along("stride", strides) | along("dilation", dilations) | along("pad", before)
    shape = (x.shape[0], *out, turned.shape[0])
    y = b.op(
        "conv_transpose",
        b.computed(channels_last(b, x)),
        np.ascontiguousarray(turned),
        bias,
        shape=shape,
        groups=groups,
        **place,
    )
    return channels_second(b, y)


@handles("Upsample", "Resize")
def resize(call: Call) -> Value:
    from ._resize import resize as build

    return build(call)
