"""sigmoid and tanh of 16-bit fixed-point numbers in integers alone; native/src/q15.h is this in C.

Bit for bit what TensorFlow Lite's LSTM of 16-bit gates computes (the public arithmetic of gemmlowp's fixedpoint.h): e^x
by a polynomial around -1/8 and factors e^-(2^k), then a quotient by three Newton steps. Qm.n: n bits below the point.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ONE = 32767
EIGHTH, THIRD = 28918, 10923  # e^(-1/8) and 1/3 in Q0.15
POWERS = (25520, 19875, 12055, 4435, 600, 11, 0)  # e^-(1/4), e^-(1/2), e^-1 .. e^-16 in Q0.15
START, SLOPE = 23130, -15420  # 48/17 and -32/17 in Q2.13: the quotient's first guess


def product(a: Any, b: Any) -> Any:
    """a b / 2^15, rounded to the nearest, ties up; int32 operands within 16 bits."""
    return (a * b + (1 << 14)) >> 15


def halved(x: Any, places: int) -> Any:
    """x / 2^places, rounded to the nearest, ties away from zero."""
    mask = (1 << places) - 1
    return (x >> places) + ((x & mask) > (mask >> 1) + (x < 0))


def scaled(xp: Any, x: Any, multiplier: Any, shift: Any) -> Any:
    """int32 x times multiplier / 2^31 times 2^shift (-31 to 30), rounded twice as TensorFlow Lite does; x 2^shift must
    fit 32 bits -> int32."""
    shift = xp.asarray(shift)
    y = ((x.astype("int64") << xp.maximum(shift, 0)) * multiplier + (1 << 30)) >> 31
    return halved(y, xp.maximum(-shift, 0)).astype("int32")


def fits(xp: Any, w: Any, b: Any, multiplier: Any, shift: Any, largest: int) -> bool:
    """Whether ``scaled`` takes the sums of rows of ``w`` times values up to ``largest``, plus ``b``."""
    sums = largest * xp.abs(w.astype("int64")).sum(axis=1) + xp.abs(xp.asarray(b).astype("int64"))
    shift = xp.asarray(shift).astype("int64")
    valid = (xp.asarray(multiplier) >= 0) & (shift >= -31) & (shift <= 30)
    return bool((valid & (sums < (1 << 31 >> xp.clip(shift, 0, 30)))).all())


def held(xp: Any, x: Any) -> Any:
    """x held within 16 bits."""
    return xp.clip(x, -ONE - 1, ONE)


def exp(xp: Any, x: Any, bits: int) -> Any:
    """e^x in Q0.15 of x <= 0 in Q(bits).(15 - bits)."""
    fraction = 15 - bits
    quarter = 1 << (fraction - 2)
    within = (x & (quarter - 1)) - quarter
    a = (within << bits) + (1 << 12)
    a2 = product(a, a)
    series = halved(product(halved(product(a2, a2), 2) + product(a2, a), THIRD) + a2, 1)
    y = held(xp, EIGHTH + product(EIGHTH, a + series))
    rest = within - x
    for index, power in enumerate(POWERS):
        if index - 2 < bits:
            y = xp.where(rest & (quarter << index), product(y, power), y)
    y = xp.where(x < -32 << fraction, 0, y)
    return xp.where(x == 0, ONE, y)


def quotient(xp: Any, x: Any) -> Any:
    """2 / (1 + x) in Q2.13 of x >= 0 in Q0.15."""
    half = (x + ONE + 1) >> 1
    y = START + product(half, SLOPE)
    for _ in range(3):
        y = y + held(xp, product(y, (1 << 13) - product(half, y)) << 2)
    return y


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + e^-x) in Q0.15 of x in Q3.12; int32 arrays."""
    y = held(xp, quotient(xp, exp(xp, -xp.abs(x), 3)) << 1)
    return xp.where(x > 0, y, xp.where(x < 0, ONE - y, 1 << 14))


def tanh(xp: Any, x: Any, bits: int) -> Any:
    """tanh x in Q0.15 of x in Q(bits).(15 - bits), bits 0 to 5; int32 arrays."""
    y = held(xp, (quotient(xp, exp(xp, -xp.abs(x), bits + 1)) - (1 << 13)) << 2)
    return xp.where(x == 0, 0, xp.where(x < 0, -y, y))
