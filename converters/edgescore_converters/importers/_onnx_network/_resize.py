"""Resize and Upsample: one axis at a time, nearest by choosing elements, linear and cubic by weighted sums of them.

The formulas are those of the ONNX specification of Resize.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgescore_converters.ir import Array, Value

from ._call import Call, Refused

Coordinates = Callable[[Array, float, int, int, tuple[float, float]], Array]


def _half_pixel(x: Array, scale: float, size: int, out: int, roi: tuple[float, float]) -> Array:
    return (x + 0.5) / scale - 0.5


def _symmetric(x: Array, scale: float, size: int, out: int, roi: tuple[float, float]) -> Array:
    adjustment = out / (scale * size)
    return size / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5


def _pytorch(x: Array, scale: float, size: int, out: int, roi: tuple[float, float]) -> Array:
    return (x + 0.5) / scale - 0.5 if out > 1 else np.zeros_like(x)


def _corners(x: Array, scale: float, size: int, out: int, roi: tuple[float, float]) -> Array:
    return x * (size - 1) / (out - 1) if out > 1 else np.zeros_like(x)


def _asymmetric(x: Array, scale: float, size: int, out: int, roi: tuple[float, float]) -> Array:
    return x / scale


def _crop(x: Array, scale: float, size: int, out: int, roi: tuple[float, float]) -> Array:
    start, end = roi
    if out > 1:
        return start * (size - 1) + x * (end - start) * (size - 1) / (out - 1)
    return np.full_like(x, 0.5 * (start + end) * (size - 1))


COORDINATES: dict[str, Coordinates] = {
    "half_pixel": _half_pixel,
    "half_pixel_symmetric": _symmetric,
    "pytorch_half_pixel": _pytorch,
    "align_corners": _corners,
    "asymmetric": _asymmetric,
    "tf_crop_and_resize": _crop,
}
ROUND: dict[str, Callable[[Array], Array]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def resize(call: Call) -> Value:
    """The resized tensor."""
    x, mode = call.x(), call.attribute("mode", "nearest")
    rank = len(x.shape)
    axes = [axis % rank for axis in call.attribute("axes") or range(rank)]
    scales, sizes, roi = _wanted(call, x, axes)
    how = call.attribute("coordinate_transformation_mode", "half_pixel" if call.opset >= 11 else "asymmetric")
    if call.opset < 11:
        how = "asymmetric"
    if how not in COORDINATES:
        raise Refused(f"its coordinate_transformation_mode is {how}")
    y = x
    for at, axis in enumerate(axes):
        size, out, scale = x.shape[axis], sizes[at], scales[at]
        if out < 1:
            raise Refused("its result is empty")
        if out == size and scale == 1.0 and how != "tf_crop_and_resize":
            continue
        places = COORDINATES[how](np.arange(out, dtype=np.float64), scale, size, out, roi[at])
        shape = (*y.shape[:axis], out, *y.shape[axis + 1 :])
        if mode == "nearest":
            rounding = call.attribute("nearest_mode", "round_prefer_floor" if call.opset >= 11 else "floor")
            chosen = np.clip(ROUND[rounding](places), 0, size - 1).astype(np.int32)
            y = call.b.op("gather", y, call.b.constant(chosen), shape=shape, axis=axis)
        else:
            taps, weights = _taps(call, mode, places, size, scale)
            y = call.b.op("resample", y, taps, weights, shape=shape, axis=axis)
        if how == "tf_crop_and_resize":
            outside = (places < 0) | (places > size - 1)
            if outside.any():
                mask = outside.reshape([-1 if a == axis else 1 for a in range(rank)])
                fill = np.asarray(call.attribute("extrapolation_value", 0.0), y.dtype)
                y = call.b.op("where", mask, fill, y, shape=y.shape)
    return y


def _wanted(call: Call, x: Value, axes: list[int]) -> tuple[list[float], list[int], list[tuple[float, float]]]:
    """(scales, sizes, regions) of the axes."""
    whole = [x.shape[axis] for axis in axes]
    roi = [(0.0, 1.0)] * len(axes)
    if call.opset < 10:
        given = call.attribute("scales") or [float(s) for s in call.known(1)]
        return list(given), [int(s * n) for s, n in zip(given, whole)], roi
    at = 1 if call.opset < 11 else 2
    if call.opset >= 11 and call.has(1) and call.known(1).size == 2 * len(axes):
        region = call.known(1).astype(float)
        roi = [(float(region[i]), float(region[i + len(axes)])) for i in range(len(axes))]
    if call.has(3) and call.known(3).size:
        sizes = call.numbers(3)
        policy = call.attribute("keep_aspect_ratio_policy", "stretch")
        scales = [size / n for size, n in zip(sizes, whole)]
        if policy != "stretch":
            scale = min(scales) if policy == "not_larger" else max(scales)
            scales, sizes = [scale] * len(axes), [int(np.floor(scale * n + 0.5)) for n in whole]
        return scales, sizes, roi
    scales = [float(s) for s in call.known(at)]
    if call.attribute("coordinate_transformation_mode") == "tf_crop_and_resize":
        return scales, [int(np.floor(n * (b - a) * s)) for n, s, (a, b) in zip(whole, scales, roi)], roi
    return scales, [int(np.floor(n * s)) for n, s in zip(whole, scales)], roi


def _taps(call: Call, mode: str, places: Array, size: int, scale: float) -> tuple[Array, Array]:
    """(elements [out, taps], weights [out, taps]) of a linear or cubic resize along one axis."""
    if mode not in ("linear", "cubic", "bilinear", "bicubic"):
        raise Refused(f"its mode is {mode}")
    cubic = "cubic" in mode
    a = float(call.attribute("cubic_coeff_a", -0.75))
    shrink = min(scale, 1.0) if call.attribute("antialias", 0) else 1.0
    reach = (2 if cubic else 1) / shrink
    low = np.floor(places - reach).astype(int) + 1
    count = int(np.ceil(2 * reach)) + 1
    taps = low[:, None] + np.arange(count)
    distance = np.abs(taps - places[:, None]) * shrink
    if cubic:
        near = (a + 2) * distance**3 - (a + 3) * distance**2 + 1
        far = a * distance**3 - 5 * a * distance**2 + 8 * a * distance - 4 * a
        weights = np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
    else:
        weights = np.maximum(0.0, 1 - distance)
    if call.attribute("exclude_outside", 0):
        weights = np.where((taps < 0) | (taps >= size), 0.0, weights)
    total = weights.sum(axis=1, keepdims=True)
    weights = weights / np.where(total == 0, 1.0, total)
    return np.clip(taps, 0, size - 1).astype(np.int32), weights.astype(np.float32)
