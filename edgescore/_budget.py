"""Owns budgets: reading them from TOML, text or a dict, and holding measured numbers against them.

Refuses to guess: an unknown key, an unknown unit or a number without a meaning is a ``BudgetError`` that says what is
allowed. It measures nothing; whoever calls ``check`` brings the numbers.
"""

from __future__ import annotations

from edgescore._errors import BudgetError
from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Union

    Source = Union[str, os.PathLike[str], bytes, Mapping[str, Any], "Budget"]

SIZES = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2}
TIMES = {"ns": 1, "us": 1000, "ms": 1000**2, "s": 1000**3}
KEYS = ("flash", "ram", "latency", "accuracy_drop", "on_violation")
PERCENTILES = ("p50", "p99", "max")
VIOLATIONS = tuple(schema.VIOLATION)
LARGEST = 0xFFFFFFFF  # what the format's u32 limits can hold


class Line:
    """One limit held against one number.

    name: the budget key (``latency.p99``); limit and value in ``unit`` (``B``, ``ns`` or empty); value and ok are None
    where nothing was measured; headroom is the share of the limit that is left, negative when it is exceeded.
    """

    __slots__ = ("headroom", "limit", "name", "ok", "unit", "value")

    def __init__(self, name: str, limit: float, value: float | None, unit: str):
        self.name, self.limit, self.value, self.unit = name, limit, value, unit
        self.ok = None if value is None else value <= limit
        self.headroom = None if value is None else (limit - value) / limit if limit else -float(value)

    def to_dict(self) -> dict[str, Any]:
        """The line as plain values, for JSON."""
        return {slot: getattr(self, slot) for slot in ("name", "limit", "value", "unit", "ok", "headroom")}

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name}: not measured, the budget allows {quantity(self.limit, self.unit)}"
        measured, limit = quantity(self.value, self.unit), quantity(self.limit, self.unit)
        return f"{self.name}: {measured}, {'within' if self.ok else 'over'} the budget of {limit}"


class Budget:
    """Limits of one deployment; None where there is none.

    flash, ram: bytes. p50_ns, p99_ns, max_ns: latency of one prediction in nanoseconds. accuracy_drop: share of the
    metric that lossy steps may cost, 0 to 1. on_violation: ``warn``, ``raise``, ``fallback`` or ``callback``.
    """

    __slots__ = ("accuracy_drop", "flash", "max_ns", "on_violation", "p50_ns", "p99_ns", "ram")

    def __init__(
        self,
        flash: int | None = None,
        ram: int | None = None,
        p50_ns: int | None = None,
        p99_ns: int | None = None,
        max_ns: int | None = None,
        accuracy_drop: float | None = None,
        on_violation: str = "warn",
    ):
        self.flash, self.ram = flash, ram
        self.p50_ns, self.p99_ns, self.max_ns = p50_ns, p99_ns, max_ns
        self.accuracy_drop, self.on_violation = accuracy_drop, on_violation

    @classmethod
    def parse(cls, source: Source) -> Budget:
        """A budget from a TOML file (path), TOML text, a dict, or a Budget (returned as it is).

        Keys may stand in a ``[budget]`` table or at the top. Sizes are plain integers (bytes) or texts such as
        ``"64 KiB"``; latencies are texts such as ``"0.5 ms"``. Raises BudgetError naming the key and what is allowed.
        """
        if isinstance(source, Budget):
            return source
        where, table = _table(source)
        if "budget" in table:
            _known(where, table, ("budget",))
            table = table["budget"]
            if not hasattr(table, "items"):
                raise BudgetError(f"{where}: budget = {table!r}: must be a table of {_list(KEYS)}")
        _known(where, table, KEYS)
        latency = table.get("latency", {})
        if not hasattr(latency, "items"):
            raise BudgetError(f'{where}: latency = {latency!r}: write a table, e.g. latency = {{ p99 = "2 ms" }}')
        _known(f"{where}: latency", latency, PERCENTILES)
        budget = cls()
        for key in ("flash", "ram"):
            if key in table:
                setattr(budget, key, _amount(where, key, table[key], SIZES))
        for key in latency:
            setattr(budget, f"{key}_ns", _amount(where, f"latency.{key}", latency[key], TIMES))
        if "accuracy_drop" in table:
            budget.accuracy_drop = _share(where, table["accuracy_drop"])
        if not (table.keys() - {"on_violation", "latency"} or latency):
            raise BudgetError(f"{where}: sets no limit; give at least one of {_list(KEYS[:-1])}")
        budget.on_violation = table.get("on_violation", "warn")
        if budget.on_violation not in VIOLATIONS:
            near = _nearest(str(budget.on_violation), VIOLATIONS)
            raise BudgetError(f"{where}: on_violation = {budget.on_violation!r}: must be {_list(VIOLATIONS)}{near}")
        return budget

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Budget:
        """The budget that a model file carries (``schema.BUDGET``, where 0 or a negative share means no limit)."""
        limits = {key: record[key] or None for key in ("flash", "ram", "p50_ns", "p99_ns", "max_ns")}
        drop, policy = record["accuracy_drop"], record["on_violation"]
        return cls(
            **limits,
            accuracy_drop=drop if drop >= 0 else None,
            on_violation=VIOLATIONS[policy] if policy < len(VIOLATIONS) else "warn",
        )

    def to_dict(self) -> dict[str, Any]:
        """The limits that are set, as a dict that ``parse`` reads back to an equal budget."""
        latency = {key: getattr(self, f"{key}_ns") for key in PERCENTILES}
        out: dict[str, Any] = {key: getattr(self, key) for key in ("flash", "ram")}
        out["latency"] = {key: f"{limit} ns" for key, limit in latency.items() if limit is not None} or None
        out["accuracy_drop"] = self.accuracy_drop
        out["on_violation"] = self.on_violation
        return {key: value for key, value in out.items() if value is not None}

    def check(self, measured: Mapping[str, float | None]) -> list[Line]:
        """One Line for every limit that is set.

        ``measured`` holds any of ``flash``, ``ram`` (bytes), ``p50_ns``, ``p99_ns``, ``max_ns`` and ``accuracy_drop``;
        a limit whose number is absent or None gives a line with ``ok`` None.
        """
        lines = []
        for name, key, unit in (
            ("flash", "flash", "B"),
            ("ram", "ram", "B"),
            *((f"latency.{key}", f"{key}_ns", "ns") for key in PERCENTILES),
            ("accuracy_drop", "accuracy_drop", ""),
        ):
            limit = getattr(self, key)
            if limit is not None:
                lines.append(Line(name, limit, measured.get(key), unit))
        return lines

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Budget) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"Budget.parse({self.to_dict()!r})"


def binding(lines: Iterable[Line]) -> Line | None:
    """The line that binds: of those measured, the one with the least headroom."""
    measured = [line for line in lines if line.headroom is not None]
    return min(measured, key=lambda line: line.headroom or 0.0) if measured else None


def render(lines: Sequence[Line]) -> str:
    """The lines as a text table: name, limit, measured, headroom in percent, verdict."""
    rows = [("budget", "limit", "measured", "headroom", "")]
    for line in lines:
        limit = quantity(line.limit, line.unit)
        if line.value is None or line.headroom is None:
            rows.append((line.name, limit, "-", "-", "not measured"))
        else:
            measured = quantity(line.value, line.unit)
            rows.append((line.name, limit, measured, f"{100 * line.headroom:.1f} %", "ok" if line.ok else "EXCEEDED"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    )


def quantity(value: float, unit: str) -> str:
    """``value`` for people: bytes as B, KiB or MiB, nanoseconds as ns, us, ms or s, anything else as it is."""
    if unit == "B":
        # Below 10 KiB the bytes themselves: a limit of 1000 and a size of 1001 must not print alike.
        scale, name = next(((SIZES[u], u) for u in ("MiB", "KiB") if value >= 10 * SIZES[u]), (1, "B"))
    elif unit == "ns":
        scale, name = next(((TIMES[u], u) for u in ("s", "ms", "us") if value >= TIMES[u]), (1, "ns"))
    else:
        return f"{value:.6g}"
    return f"{value / scale:.4g} {name}" if scale > 1 else f"{value:.0f} {name}"


def _table(source: Any) -> tuple[str, dict[str, Any]]:
    """Where the source came from, for messages, and its top-level table."""
    import os

    if hasattr(source, "items"):
        return "budget", dict(source)
    if isinstance(source, bytes):
        where, text = "budget", source
    elif isinstance(source, str) and ("\n" in source or "=" in source) and not os.path.exists(source):
        where, text = "budget", source.encode()
    elif isinstance(source, (str, os.PathLike)):
        where = os.fspath(source)
        try:
            with open(where, "rb") as file:
                text = file.read(1 << 20)
        except OSError as error:
            raise BudgetError(f"{where}: cannot read the budget: {error.strerror}") from None
    else:
        raise BudgetError(f"a budget is a TOML file, TOML text or a dict, not {type(source).__name__}")
    tomllib = _toml()
    try:
        return where, tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BudgetError(f"{where}: is not a TOML file (not UTF-8 text)") from None
    except tomllib.TOMLDecodeError as error:
        raise BudgetError(f"{where}: is not valid TOML: {error}") from None


def _toml() -> Any:
    import importlib

    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise BudgetError(
        "this Python cannot read TOML (it needs 3.11, or `pip install tomli`); or pass the budget as a dict"
    )


def _known(where: str, table: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for key in table:
        if key not in allowed:
            raise BudgetError(f"{where}: unknown key {key!r}; allowed: {_list(allowed)}{_nearest(str(key), allowed)}")


def _amount(where: str, key: str, value: Any, units: Mapping[str, int]) -> int:
    """A positive whole number of bytes or nanoseconds from ``value``."""
    sizes = units is SIZES
    shown = f"{where}: {key} = {value!r}"
    example = '65536, "64 KiB" or "64 kB"' if sizes else '"0.5 ms", "80 us" or "2 s"'
    if isinstance(value, str):
        text = value.strip()
        number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\u00b5\u03bc").rstrip()
        unit = text[len(number) :].strip()
        scale = units.get(unit.replace("\u00b5", "u").replace("\u03bc", "u"))
        try:
            amount = float(number)
        except ValueError:
            raise BudgetError(f"{shown}: is not a number with a unit; write {example}") from None
        if scale is None:
            what = f"unknown unit {unit!r}" if unit else "has no unit"
            names = "B, kB (1000 B), KiB (1024 B), MB or MiB" if sizes else _list(tuple(units))
            raise BudgetError(f"{shown}: {what}; allowed: {names}{_nearest(unit, tuple(units))}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and sizes:
        amount, scale = float(value), 1
    else:
        raise BudgetError(f"{shown}: write {example}")
    if not 0 < amount < float("inf"):
        raise BudgetError(f"{shown}: must be more than zero and finite; for no limit leave the key out")
    # Rounded before it is cut, or "0.1 ms" could become 99999 ns.
    whole = int(round(amount * scale, 3))
    if whole < 1:
        raise BudgetError(f"{shown}: is less than one {'byte' if sizes else 'nanosecond'}")
    if sizes and whole > LARGEST:
        raise BudgetError(f"{shown}: is larger than any model (4 GiB); for no limit leave the key out")
    return whole


def _share(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise BudgetError(f"{where}: accuracy_drop = {value!r}: must be a share from 0 to 1 (half a percent is 0.005)")
    return float(value)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else names[0]


def _nearest(name: str, allowed: Sequence[str]) -> str:
    import difflib

    folded = {candidate.lower(): candidate for candidate in allowed}
    near = difflib.get_close_matches(name.lower(), folded, 1, 0.6)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""
