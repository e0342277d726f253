"""Why operators that no handler knows cannot be converted, and what to do instead."""

from __future__ import annotations

CUT = "cut the model in front of it, and do it in your own code"
SIZES = "the size of its result depends on the input"
REASONS = {
    "WHERE": (SIZES, "use SELECT_V2, which keeps the shape"),
    "UNIQUE": (SIZES, CUT),
    "NON_MAX_SUPPRESSION_V4": ("how many boxes it keeps depends on the input", CUT),
    "NON_MAX_SUPPRESSION_V5": ("how many boxes it keeps depends on the input", CUT),
    "custom operator 'TFLite_Detection_PostProcess'": ("how many boxes it keeps depends on the input", CUT),
    "RFFT2D": ("it gives complex numbers", "compute the spectrum in your own code, or as products with constants"),
}
FAMILIES = (
    ("custom operator 'Flex", "it runs inside TensorFlow only", "convert the model with builtin operators alone"),
    ("custom operator", "only its author's runtime knows it", CUT),
    ("STABLEHLO_", "it is of StableHLO, not of TensorFlow Lite", "convert the model with TFLITE_BUILTINS"),
    ("RANDOM_", "it is random", "pass random numbers as an input"),
    ("MULTINOMIAL", "it is random", "pass random numbers as an input"),
    ("HASHTABLE", "it looks up texts", CUT),
)


def refusal(name: str) -> tuple[str, str]:
    """(reason, remedy) for an operator without a handler."""
    if name in REASONS:
        return REASONS[name]
    for family, reason, remedy in FAMILIES:
        if name.startswith(family):
            return reason, remedy
    return "it has no counterpart", "export the model without it"
