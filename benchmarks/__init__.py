"""Benchmarks against the runtimes people use today; ``make bench`` runs them and prints one table."""

from __future__ import annotations
