"""GridSample: elements of an image at places that another tensor gives, as gathers and weighted sums."""

from __future__ import annotations

from itertools import product

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, Refused, handles


@handles("GridSample")
def grid_sample(call: Call) -> Value:
    b, x, grid = call.b, call.x(), call.x(1)
    mode, padding = call.attribute("mode", "linear"), call.attribute("padding_mode", "zeros")
    if len(x.shape) != 4 or mode not in ("linear", "bilinear", "nearest") or padding not in ("zeros", "border"):
        raise Refused(
            f"it samples {len(x.shape)} dimensions by {mode} with {padding} around",
            "sample images, linear or nearest, with zeros or the border around",
        )
    n, c, height, width = x.shape
    places = grid.shape[1] * grid.shape[2]
    rows = b.reshape(b.transpose(x, (0, 2, 3, 1)), (n, height * width, c))
    corners = bool(call.attribute("align_corners", 0))
    at = [_place(call, b.reshape(b.part(grid, 3, k, 1), (n, places)), size, corners, padding)
          for k, size in ((1, height), (0, width))]  # fmt: skip
    total = None
    for ends in product((0, 1), repeat=2) if mode != "nearest" else [(0, 0)]:
        share, flat = None, None
        for place, size, end in zip(at, (height, width), ends):
            index, weight = _taken(call, place, size, end, mode == "nearest")
            share = weight if share is None else b.binary("mul", share, weight)
            flat = index if flat is None else b.binary("add", b.binary("mul", flat, np.asarray(size, x.dtype)), index)
        assert share is not None
        assert flat is not None
        whole = b.reshape(b.cast(flat, "int64"), (n, places, 1))
        seen = b.op("gather_nd", rows, whole, shape=(n, places, c), batch_dims=1)
        term = b.binary("mul", seen, b.reshape(share, (n, places, 1)))
        total = term if total is None else b.binary("add", total, term)
    assert total is not None
    return b.transpose(b.reshape(total, (n, *grid.shape[1:3], c)), (0, 3, 1, 2))


def _place(call: Call, x: Value, size: int, corners: bool, padding: str) -> Value:
    """-1 ... 1 along an axis as a place among its elements."""
    b = call.b
    scale, shift = (size - 1, 0) if corners else (size, -1)
    y = b.binary("add", b.binary("mul", x, np.asarray(scale / 2, x.dtype)), np.asarray((scale + shift) / 2, x.dtype))
    return y if padding == "zeros" else b.unary("clip", y, lo=0.0, hi=float(size - 1))


def _taken(call: Call, place: Value, size: int, end: int, nearest: bool) -> tuple[Value, Value]:
    """(the element before or behind a place, its weight: 0 where there is none)."""
    b = call.b
    low = b.unary("round" if nearest else "floor", place)
    index = b.binary("add", low, np.asarray(end, place.dtype)) if end else low
    inside = b.unary("clip", index, lo=0.0, hi=float(size - 1))
    exists = b.cast(b.binary("equal", inside, index), place.dtype)
    if nearest:
        return inside, exists
    share = b.binary("sub", place, low)
    share = share if end else b.binary("sub", np.ones((), place.dtype), share)
    return inside, b.binary("mul", share, exists)
