"""ovo_vote: one-vs-one decision values to a score for each class.

Column p is the pair (i, j), i < j, in lexical order. mode 0: votes as libsvm counts them, a positive value for i, all
else for j; argmax of them is libsvm's prediction. mode 1: scikit-learn's decision_function of shape "ovr": votes (a
negative value for j, all else for i) plus the sum s of the class's values (its own sign) as s / (3 (|s| + 1)), which
breaks ties only.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, PARAM = -10, -15


def check_pairs(pairs: int, classes: int) -> int:
    """SHAPE unless there is one column for each pair of classes."""
    return 0 if 2 * pairs == classes * (classes - 1) else SHAPE


def reference(xp: Any, decisions: Any, mode: int) -> Any:
    """decisions [n, c (c - 1) / 2] -> [n, c]."""
    classes = (1 + int((1 + 8 * decisions.shape[1]) ** 0.5 + 0.5)) // 2
    votes = xp.zeros((len(decisions), classes), decisions.dtype)
    sums = xp.zeros_like(votes)
    column = 0
    for i in range(classes):
        for j in range(i + 1, classes):
            value = decisions[:, column]
            for_j = value < 0 if mode else ~(value > 0)
            votes[:, i] += ~for_j
            votes[:, j] += for_j
            sums[:, i] += value
            sums[:, j] -= value
            column += 1
    return votes + sums / (3 * (xp.abs(sums) + 1)) if mode else votes


def check(xp: Any, decisions: Any, scores: Any, mode: int) -> int:
    """PARAM for an unknown mode; see check_pairs."""
    return check_pairs(decisions.shape[1], scores.shape[1]) if mode in (0, 1) else PARAM


OP = Op(
    code=34,
    name="ovo_vote",
    sig="np>nc",
    types=("f>f", "d>d"),
    params=(("mode", "i32", 0),),
    reference=reference,
    check=check,
)
