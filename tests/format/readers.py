"""Both readers as functions from bytes to a status."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np

from edgescore._errors import STATUSES, FormatError
from edgescore._reader import parse
from edgescore.format import schema

NUMBERS = {name: number for number, name, _, _ in STATUSES}
HAS_C = os.environ.get("EDGESCORE_BACKEND") != "numpy"


def python_status(data: bytes) -> int:
    """What ``parse`` says; any other exception is a defect and passes through."""
    try:
        parse(data, np)
    except FormatError as refused:
        return refused.status
    return 0


class CReader:
    """edsc_open() on bytes copied to aligned memory."""

    def __init__(self, capacity: int = 1 << 17):
        native: Any = importlib.import_module("edgescore._native")
        self._lib, self._ffi = native.lib, native.ffi
        self._memory = self._ffi.new("char[]", capacity + schema.ALIGNMENT)
        self._start = self._memory + -int(self._ffi.cast("uintptr_t", self._memory)) % schema.ALIGNMENT
        self._model = self._ffi.new("edsc_model *")

    def status(self, data: bytes) -> int:
        """What edsc_open() says."""
        self._ffi.memmove(self._start, data, len(data))
        return int(self._lib.edsc_open(self._model, self._start, len(data)))
