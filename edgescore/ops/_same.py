"""What operators share that move elements and never look at them."""

from __future__ import annotations

from edgescore.format import schema

# A variant for every dtype, the output's being the input's.
SAME = tuple(f"{dtype.letter}>{dtype.letter}" for dtype in schema.DTYPES)
