"""Owns the one line of progress on standard error. Refuses to print anything where nobody watches."""

from __future__ import annotations

import sys
import time

INTERVAL = 0.2  # seconds between two updates: readable, and free of cost


class Progress:
    """Rows, rows per second and, where the size of the input is known, percent; silent unless stderr is a terminal."""

    def __init__(self, size: int | None = None):
        self._size = size
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._start = self._shown = time.monotonic()

    def update(self, rows: int, position: int | None = None) -> None:
        """``rows`` done so far, ``position`` bytes of the input read."""
        now = time.monotonic()
        if not self._live or now - self._shown < INTERVAL:
            return
        self._shown = now
        share = f"  {100 * min(position, self._size) // self._size} %" if position is not None and self._size else ""
        self._print(f"\r{rows:,} rows  {rows / (now - self._start):,.0f} rows/s{share}\x1b[K")

    def close(self) -> None:
        """Take the line away, so that what follows starts on a clean one."""
        self._print("\r\x1b[K")

    def _print(self, text: str) -> None:
        if self._live:
            try:
                sys.stderr.write(text)
                sys.stderr.flush()
            except OSError:
                self._live = False  # the terminal is gone; the work is not
