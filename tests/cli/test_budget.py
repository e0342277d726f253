"""Reading budgets, and holding numbers against them."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import pytest

from edgescore._budget import Budget, binding, quantity, render
from edgescore._errors import BudgetError

EXAMPLE = """
[budget]
flash = "64 KiB"
ram = "16 kB"
latency = { p50 = "0.5 ms", p99 = "2 ms", max = "5 ms" }
accuracy_drop = 0.005
on_violation = "raise"
"""


def test_all_keys(tmp_path: Path) -> None:
    budget = Budget.parse(EXAMPLE)
    assert (budget.flash, budget.ram) == (65536, 16000)
    assert (budget.p50_ns, budget.p99_ns, budget.max_ns) == (500_000, 2_000_000, 5_000_000)
    assert (budget.accuracy_drop, budget.on_violation) == (0.005, "raise")
    file = tmp_path / "budget.toml"
    file.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.encode())
    for source in (file, str(file), EXAMPLE.encode(), EXAMPLE.replace("[budget]", ""), budget, budget.to_dict()):
        assert Budget.parse(source) == budget


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (1, 1),
        (65536, 65536),
        (2.0, 2),
        ("10 B", 10),
        ("0.5 KiB", 512),
        ("64KiB", 65536),
        ("1.1 KiB", 1126),
        ("1e3 kB", 1_000_000),
        ("3 MB", 3_000_000),
        (" 1 MiB ", 1 << 20),
    ],
)
def test_sizes(text: Any, size: int) -> None:
    assert Budget.parse({"ram": text}).ram == size


@pytest.mark.parametrize(
    ("text", "ns"),
    [("80 us", 80_000), ("80 \u00b5s", 80_000), ("2 s", 2_000_000_000), ("0.1 ms", 100_000), ("250ns", 250)],
)
def test_latencies(text: str, ns: int) -> None:
    assert Budget.parse({"latency": {"p99": text}}).p99_ns == ns


def test_every_decimal_of_a_millisecond_is_exact() -> None:
    assert all(Budget.parse({"latency": {"max": f"{n / 1000} ms"}}).max_ns == n * 1000 for n in range(1, 2000))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"flsh": 1}, "unknown key 'flsh'; allowed: flash, ram.*did you mean 'flash'"),
        ({"latency": {"p95": "1 ms"}}, "latency: unknown key 'p95'; allowed: p50, p99 or max"),
        ({"budget": {"ram": 1}, "flash": 1}, "unknown key 'flash'; allowed: budget"),
        ({"budget": 3}, "must be a table"),
        ({"ram": "64 KB"}, "ram = '64 KB': unknown unit 'KB'; allowed: B, kB .1000 B.*did you mean 'kB'"),
        ({"ram": "64 k"}, "unknown unit 'k'"),
        ({"ram": "64"}, "has no unit"),
        ({"ram": "lots"}, "ram = 'lots': is not a number with a unit"),
        ({"ram": ""}, "is not a number"),
        ({"ram": -1}, "ram = -1: must be more than zero"),
        ({"ram": "-1 KiB"}, "must be more than zero"),
        ({"ram": 0}, "leave the key out"),
        ({"ram": math.nan}, "ram = nan: must be more than zero"),
        ({"ram": "nan B"}, "must be more than zero"),
        ({"ram": math.inf}, "finite"),
        ({"ram": True}, "ram = True: write 65536"),
        ({"ram": [1]}, "ram = .1.: write 65536"),
        ({"ram": "0.1 B"}, "less than one byte"),
        ({"flash": "9000 MiB"}, "larger than any model"),
        ({"latency": {"p50": 5}}, 'latency.p50 = 5: write "0.5 ms"'),
        ({"latency": {"p50": "5"}}, "latency.p50 = '5': has no unit; allowed: ns, us, ms or s"),
        ({"latency": {"p50": "5 min"}}, "unknown unit 'min'"),
        ({"latency": "5 ms"}, "latency = '5 ms': write a table"),
        ({"accuracy_drop": 1.5}, "share from 0 to 1"),
        ({"accuracy_drop": math.nan}, "share from 0 to 1"),
        ({"accuracy_drop": "1 %"}, "share from 0 to 1"),
        ({"ram": 1, "on_violation": "rise"}, "on_violation = 'rise': must be warn, raise.*did you mean 'raise'"),
        ({"ram": 1, "on_violation": ["warn"]}, "must be warn"),
        ({}, "sets no limit"),
        ({"on_violation": "warn"}, "sets no limit"),
        ({"latency": {}}, "sets no limit"),
        ("[budget]\nram = 16 KiB", "not valid TOML: .*line 2"),
        ("nowhere.toml", "nowhere.toml: cannot read the budget: No such file"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (7, "a budget is a TOML file, TOML text or a dict, not int"),
    ],
)
def test_refused(source: Any, message: str) -> None:
    with pytest.raises(BudgetError, match=message):
        Budget.parse(source)


def test_the_file_is_named_in_the_message(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text("ram = '1 parsec'")
    with pytest.raises(BudgetError, match=r"limits\.toml: ram = '1 parsec': unknown unit 'parsec'"):
        Budget.parse(file)


def test_without_a_toml_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tomllib", None)
    monkeypatch.setitem(sys.modules, "tomli", None)
    with pytest.raises(BudgetError, match="pip install tomli"):
        Budget.parse(EXAMPLE)
    assert Budget.parse({"ram": 1}).ram == 1


def test_check() -> None:
    lines = Budget.parse(EXAMPLE).check({"flash": 16384, "ram": 20000, "p50_ns": None, "p99_ns": 2_000_000})
    assert [line.name for line in lines] == [
        "flash",
        "ram",
        "latency.p50",
        "latency.p99",
        "latency.max",
        "accuracy_drop",
    ]
    assert [line.ok for line in lines] == [True, False, None, True, None, None]
    assert [line.headroom for line in lines] == [0.75, -0.25, None, 0.0, None, None]
    tightest = binding(lines)
    assert tightest is not None
    assert tightest.name == "ram"
    assert str(tightest) == "ram: 19.53 KiB, over the budget of 15.62 KiB"
    assert binding([]) is None
    assert binding(lines[4:]) is None
    table = render(lines)
    assert table.splitlines()[2].split() == ["ram", "15.62", "KiB", "19.53", "KiB", "-25.0", "%", "EXCEEDED"]
    assert "not measured" in table


def test_an_empty_budget_checks_nothing() -> None:
    assert Budget().check({"flash": 1, "ram": 1}) == []


def test_a_drop_of_zero_is_a_limit() -> None:
    budget = Budget.parse({"accuracy_drop": 0})
    assert [line.ok for line in budget.check({"accuracy_drop": 0.0})] == [True]
    assert [line.ok for line in budget.check({"accuracy_drop": 1e-6})] == [False]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "B", "0 B"),
        (1000, "B", "1000 B"),
        (65536, "B", "64 KiB"),
        (20 << 20, "B", "20 MiB"),
        (999, "ns", "999 ns"),
        (1500, "ns", "1.5 us"),
        (2e9, "ns", "2 s"),
        (0.005, "", "0.005"),
    ],
)
def test_quantity(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text
