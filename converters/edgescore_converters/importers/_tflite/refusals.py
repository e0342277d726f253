"""Why operators that no handler knows cannot be converted, and what to do instead."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

CUT = "keep what comes before it (--outputs {inputs}), and do it in your own code"
BEFORE = "compute it in your own code, and convert a model of what comes behind it"
SIZES = "the size of its result depends on the input"
REASONS = {
    "WHERE": (SIZES, "use SELECT_V2, which keeps the shape"),
    "UNIQUE": (SIZES, CUT),
    "NON_MAX_SUPPRESSION_V4": ("how many boxes it keeps depends on the input", CUT),
    "NON_MAX_SUPPRESSION_V5": ("how many boxes it keeps depends on the input", CUT),
    "custom operator 'TFLite_Detection_PostProcess'": ("how many boxes it keeps depends on the input", CUT),
    "custom operator 'ethos-u'": (
        "it is compiled for Arm's NPU",
        "convert the model as it was before Vela compiled it",
    ),
    "custom operator 'edgetpu-custom-op'": (
        "it is compiled for the Edge TPU",
        "convert the model as it was before edgetpu_compiler compiled it",
    ),
    "RFFT2D": ("it gives complex numbers", "compute the spectrum in your own code, or as products with constants"),
}
FAMILIES = (
    ("custom operator 'XC_", "it is compiled for an XMOS chip", "convert the model as it was before xcore-opt"),
    ("custom operator 'Flex", "it runs inside TensorFlow only", "convert the model with builtin operators alone"),
    ("custom operator", "only its author's runtime knows it", CUT),
    ("STABLEHLO_", "it is of StableHLO, not of TensorFlow Lite", "convert the model with TFLITE_BUILTINS"),
    ("RANDOM_", "it is random", "pass random numbers as an input"),
    ("MULTINOMIAL", "it is random", "pass random numbers as an input"),
    ("HASHTABLE", "it looks up texts", CUT),
)


def refusal(name: str, inputs: Sequence[str]) -> tuple[str, str]:
    """(reason, remedy) for an operator without a handler. inputs: names of its operands that are computed."""
    reason, remedy = REASONS.get(name, ("", ""))
    for family, why, instead in FAMILIES:
        if not reason and name.startswith(family):
            reason, remedy = why, instead
    if not reason:
        return "it has no counterpart", "export the model without it"
    if remedy == CUT:
        remedy = CUT.format(inputs=shlex.quote(",".join(inputs))) if inputs else BEFORE
    return reason, remedy
