"""hard_swish of bytes, in the 16-bit fixed point of the source's kernel."""

from __future__ import annotations

import numpy as np

from edgescore_converters.importers._builder import Quant
from edgescore_converters.ir import Array


def answers(x: Quant, y: Quant) -> Array:
    """The answers to all int8 values of quantization x, in steps of y.

    x stands for 128 of its steps in Q0.15 there, and relu6(x + 3) / 6 is (x / 3 + 1) / 2 within 0 and 1.
    """
    fine = np.float32(x[0]) / np.float32(128)
    relu, relu_shift = _factor16(float(fine / np.float32(3 / 32768)))
    out, out_shift = _factor16(float(fine / np.float32(y[0])))
    hires = (np.arange(-128, 128) - x[1]) * 128
    real = _high(hires, out)
    third = _high(_held16(hires << max(0, relu_shift - 1)), relu)
    third = _held16(third << 1) if relu_shift > 0 else _halved(third, -relu_shift)
    share = (third + 32768) >> 1
    product = np.trunc(share * real / 32768).astype(np.int64)
    return np.asarray(_halved(product, max(0, -out_shift)) + y[1])


def _factor16(real: float) -> tuple[int, int]:
    """(factor, shift): real = factor / 2^15 * 2^shift, through 31 bits as the source does it."""
    fraction, shift = np.frexp(real)
    wide = int(np.floor(fraction * 2.0**31 + 0.5))
    if wide == 2**31:
        wide, shift = wide // 2, shift + 1
    return min((wide + 2**15) >> 16, 32767), int(shift)


def _held16(x: Array) -> Array:
    """x held within 16 bits."""
    return np.clip(x, -32768, 32767)


def _high(x: Array, factor: int) -> Array:
    """x * factor / 2^15, halves away from zero."""
    return _held16(np.trunc((x * factor + np.where(x >= 0, 1 << 14, 1 - (1 << 14))) / 32768).astype(np.int64))


def _halved(x: Array, places: int) -> Array:
    """x / 2^places, halves away from zero."""
    return np.asarray(np.trunc((x + np.sign(x) * ((1 << places) >> 1)) / (1 << places)).astype(np.int64))
