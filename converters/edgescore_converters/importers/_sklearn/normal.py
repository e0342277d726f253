"""The quantile function of the normal distribution, for which no operator is needed: rational functions.

By the steps that scipy takes, so that a tree behind it, whose thresholds are values of training rows, decides alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder

# Moshier, Cephes Math Library, ndtri: the highest power first; denominators begin with 1.
MIDDLE = (
    (
        *(-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1),
        -1.23916583867381258016e0,
    ),
    (
        *(1.0, 1.95448858338141759834e0, 4.67627912898881538453e0, 8.63602421390890590575e1, -2.25462687854119370527e2),
        *(2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142e0),
    ),
)
TAIL = (
    (
        *(4.05544892305962419923e0, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.40805073893200834700e1),
        *(1.46849561928858024014e1, 2.18663306850790267539e0, -1.40256079171354495875e-1, -3.50424626827848203418e-2),
        -8.57456785154685413611e-4,
    ),
    (
        *(1.0, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1, 1.50425385692907503408e1),
        *(2.50464946208309415979e0, -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4),
    ),
)
IN_TAIL = 0.13533528323661269189  # exp(-2)
ROOT_OF_2_PI = 2.50662827463100050242
# Where scikit-learn's QuantileTransformer cuts its results off; the far tail of the algorithm begins beyond.
LEAST_SHARE = 1e-7 - float(np.spacing(1))


def normal_quantile(b: Builder, p: Value) -> Value:
    """The value below which a share ``p`` of a normal distribution lies, p held within LEAST_SHARE of 0 and 1."""
    held = b.add("clip", p, lo=LEAST_SHARE, hi=1 - LEAST_SHARE)
    y = b.add("sub", held, 0.5)
    square = b.add("mul", y, y)
    above, below = (_polynomial(b, square, terms) for terms in MIDDLE)
    middle = b.add("mul", y, b.add("div", b.add("mul", square, above), below))
    middle = b.add("mul", b.add("add", y, middle), ROOT_OF_2_PI)
    share = b.add("minimum", held, b.add("add", b.add("mul", held, -1.0), 1.0))
    x = b.add("sqrt", b.add("mul", b.add("log", share), -2.0))
    z = b.add("div", b.add("add", b.add("mul", x, 0.0), 1.0), x)
    above, below = (_polynomial(b, z, terms) for terms in TAIL)
    outer = b.add("sub", b.add("sub", x, b.add("div", b.add("log", x), x)), b.add("div", b.add("mul", z, above), below))
    outer = b.add("mul", b.add("sign", y), outer)
    near = b.add("binarize", share, np.full(p.shape[-1], IN_TAIL))
    far = b.add("add", b.add("mul", near, -1.0), 1.0)
    return b.add("add", b.add("mul", near, middle), b.add("mul", far, outer))


def _polynomial(b: Builder, x: Value, terms: Sequence[float]) -> Value:
    y = b.add("mul", x, terms[0])
    for term in terms[1:-1]:
        y = b.add("mul", b.add("add", y, term), x)
    return b.add("add", y, terms[-1])
