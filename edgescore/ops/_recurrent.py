"""What the recurrent operators share: activations by number, the order of the steps, shapes and parameters checked.

The last output of each is scratch memory for its kernel: nothing need read it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# The values of a parameter ``activation...``; alpha and beta are those of ONNX. native/src/activation.h has the same.
ACTIVATIONS = (
    "none",
    "sigmoid",
    "tanh",
    "relu",
    "relu6",
    "hard_sigmoid",
    "leaky_relu",
    "elu",
    "softsign",
    "softplus",
)
SHAPE, PARAM = -10, -15


def activate(xp: Any, kind: int, x: Any, alpha: float = 0, beta: float = 0) -> Any:
    """Activation number ``kind`` of float32 ``x``."""
    zero, one = x.dtype.type(0), x.dtype.type(1)
    alpha, beta = x.dtype.type(alpha), x.dtype.type(beta)
    name = ACTIVATIONS[kind]
    if name in ("sigmoid", "softplus"):
        e = xp.exp(-xp.abs(x))
        return xp.where(x < 0, e, one) / (1 + e) if name == "sigmoid" else xp.log1p(e) + xp.where(x > 0, x, zero)
    if name == "tanh":
        return xp.tanh(x)
    if name == "hard_sigmoid":
        line = alpha * x + beta
        return xp.where(line < 0, zero, xp.where(line > 1, one, line))
    if name in ("relu", "relu6"):
        return xp.where(x < 0, zero, xp.where(x > 6, 6 * one, x) if name == "relu6" else x)
    if name in ("leaky_relu", "elu"):
        return xp.where(x < 0, alpha * (x if name == "leaky_relu" else xp.expm1(x)), x)
    return x / (1 + xp.abs(x)) if name == "softsign" else x


def clipped(xp: Any, x: Any, clip: float) -> Any:
    """x held between -clip and clip; NaN stays NaN."""
    clip = x.dtype.type(clip)
    return xp.where(x < -clip, -clip, xp.where(x > clip, clip, x))


def in_order(x: Any, reverse: int) -> Any:
    """The steps of x in the order they are taken."""
    return x[::-1] if reverse else x


def collected(xp: Any, made: Sequence[Any], reverse: int, shape: tuple[int, ...]) -> Any:
    """What each step made, in the order of x; the last alone where ``shape`` has room for one."""
    if shape[0] == 1:
        return made[-1][None]
    return xp.stack(made[::-1] if reverse else made)


def start(xp: Any, initial: Any, x: Any, size: int) -> Any:
    """The first h or c [n, size]: ``initial``, or zeros."""
    return xp.zeros((x.shape[1], size), x.dtype) if initial is None else initial


def sizes(x: Any, r: Any) -> tuple[int, int, int, int] | None:
    """(steps, rows, width of x, width of h), None where x [t, n, i] or r [.., h] has another number of dimensions."""
    return (*x.shape, r.shape[1]) if len(x.shape) == 3 and len(r.shape) == 2 else None


def check(
    shapes: Sequence[tuple[Any, Sequence[tuple[int, ...]]]], activations: Sequence[int] = (), clip: float = 0
) -> int:
    """SHAPE unless each operand is absent or has one of its shapes; PARAM for an unknown activation or a clip < 0."""
    for operand, allowed in shapes:
        if operand is not None and tuple(operand.shape) not in allowed:
            return SHAPE
    return 0 if all(0 <= kind < len(ACTIVATIONS) for kind in activations) and clip >= 0 else PARAM
