"""``python -m benchmarks [pytest arguments]``: run the benchmarks one after the other, on one thread, and print the
table.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Before any library reads them: every peer gets one thread, as the device would.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[variable] = "1"


def main() -> int:
    """Run pytest on this folder; its exit code."""
    import pytest

    here = Path(__file__).resolve().parent
    options = [
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=",
        "--benchmark-disable-gc",
        "-q",
        "-W",
        "ignore",
    ]
    return int(pytest.main([*options, str(here), *sys.argv[1:]]))


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sys.exit(main())
