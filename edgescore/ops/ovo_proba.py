"""ovo_proba: pairwise probabilities to class probabilities by pairwise coupling, as libsvm does for SVC.predict_proba.

Column p is the probability of i against j for the pair (i, j), i < j, in lexical order: libsvm's are sigmoid(-(A value
+ B)) held between 1e-7 and 1 - 1e-7. Second method of Wu, Lin and Weng, "Probability estimates for multi-class
classification by pairwise coupling", JMLR 5, 2004: an iteration that ends when no class is off by more than 0.005 / c,
and after max(100, c) steps in any case.
"""

from __future__ import annotations

from edgescore.ops._op import Op
from edgescore.ops.ovo_vote import check_pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10
MAX_CLASSES = 64  # the kernel keeps two numbers a class on the stack


def reference(xp: Any, pairwise: Any) -> Any:
    """pairwise [n, c (c - 1) / 2] -> [n, c]; sums go class by class, as in the kernel: both stop at the same step."""
    n, pairs = pairwise.shape
    classes = (1 + int((1 + 8 * pairs) ** 0.5 + 0.5)) // 2
    real = pairwise.dtype.type
    beats = xp.zeros((classes, classes, n), pairwise.dtype)  # beats[i, j]: probability of i against j
    upper = [(i, j) for i in range(classes) for j in range(i + 1, classes)]
    for column, (i, j) in enumerate(upper):
        beats[i, j], beats[j, i] = pairwise[:, column], 1 - pairwise[:, column]
    q = -beats.swapaxes(0, 1) * beats
    diagonal = sum(beats[j] * beats[j] for j in range(classes))
    for t in range(classes):
        q[t, t] = diagonal[t]
    p = xp.full((classes, n), real(1) / real(classes))
    active = xp.ones(n, bool)
    for _ in range(max(100, classes)):
        qp = sum(q[:, j] * p[j] for j in range(classes))
        pqp = sum(p[t] * qp[t] for t in range(classes))
        active &= ~(xp.abs(qp - pqp) < real(0.005) / real(classes)).all(axis=0)
        if not active.any():
            break
        step = p.copy()
        for t in range(classes):
            change = (pqp - qp[t]) / diagonal[t]
            scale = 1 + change
            step[t] += change
            step /= scale
            pqp = (pqp + change * (change * diagonal[t] + 2 * qp[t])) / scale / scale
            qp = (qp + change * q[t]) / scale
        p = xp.where(active, step, p)
    return p.T


def check(xp: Any, pairwise: Any, scores: Any) -> int:
    """SHAPE for more than 64 classes; see check_pairs."""
    classes = scores.shape[1]
    return check_pairs(pairwise.shape[1], classes) if classes <= MAX_CLASSES else SHAPE


OP = Op(code=41, name="ovo_proba", sig="np>nc", types=("f>f", "d>d"), reference=reference, check=check)
