"""kernel_sum: y = coef K(x, sv) + b, the decision values of kernel machines (SVC, SVR, one-class), as libsvm sums them.

kernel: 0 linear <x, s>; 1 rbf exp(-gamma |x - s|^2); 2 poly (gamma <x, s> + coef0)^degree; 3 sigmoid tanh(gamma <x, s>
+ coef0). A row of coef is one decision function: for one-vs-one classifiers pair (i, j), i < j in lexical order, with
libsvm's dual coefficients of the support vectors of i and j and zeros elsewhere; b is then the negative of libsvm's
rho. Of two classes, scikit-learn's dual_coef_ and intercept_ have the sign turned: they are decision_function's, while
probA_ and probB_ (see ovo_proba) and the votes of ovo_vote go with libsvm's. Vectors and coefficients that float32
holds exactly may be kept as such beside float64 rows: the sums are the same to the last bit.
"""

from __future__ import annotations

from edgescore.ops._op import Op
from edgescore.ops._pairwise import sqdist

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(xp: Any, x: Any, sv: Any, coef: Any, b: Any, kernel: int, degree: int, gamma: float, coef0: float) -> Any:
    """x [n, k], sv [s, k], coef [m, s], b [m] -> [n, m], in x's dtype, to which NumPy widens sv and coef."""
    real = x.dtype.type
    if kernel == 1:
        return xp.exp(-real(gamma) * sqdist(xp, x, sv)) @ coef.T + b
    products = x @ sv.T
    if kernel == 2:
        products = _power(xp, real(gamma) * products + real(coef0), degree)
    elif kernel == 3:
        products = xp.tanh(real(gamma) * products + real(coef0))
    return products @ coef.T + b


def _power(xp: Any, base: Any, exponent: int) -> Any:
    """base^exponent for an exponent of 0 or more by repeated squaring, as libsvm does it."""
    result = xp.ones_like(base)
    while exponent:
        if exponent & 1:
            result = result * base
        base, exponent = base * base, exponent >> 1
    return result


def check(
    xp: Any, x: Any, sv: Any, coef: Any, b: Any, y: Any, kernel: int, degree: int, gamma: float, coef0: float
) -> int:
    """PARAM for an unknown kernel or a negative degree."""
    return 0 if 0 <= kernel <= 3 and degree >= 0 else PARAM


OP = Op(
    code=33,
    name="kernel_sum",
    sig="nk,!sk,!ms,!m>nm",
    types=("ffff>f", "dddd>d", "dffd>d"),
    params=(("kernel", "i32", 1), ("degree", "i32", 3), ("gamma", "f64", 1.0), ("coef0", "f64", 0.0)),
    reference=reference,
    check=check,
)
