"""edgescore score among other processes: memory, pipes, signals, full disks, terminals."""

from __future__ import annotations

import os
import pty
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_models import command, expected

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Models = Callable[..., Path]

TABLE = "id,c,a,b\np,3,1,2\nq,-6,4,5.5\n"
ROWS = [[1.0, 2.0, 3.0], [4.0, 5.5, -6.0]]
SCORES = [expected(row) for row in ROWS]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A million rows of CSV, 40 MB."""
    folder = tmp_path_factory.mktemp("large")
    block = "".join(f"{n / 7:.9f},{-n / 3:.9f},{n * 1.5:.6f},row-{n:06d}\n" for n in range(10_000))
    with open(folder / "in.csv", "w") as file:
        file.write("a,b,c,id\n")
        for _ in range(100):
            file.write(block)
    yield folder / "in.csv"
    shutil.rmtree(folder)


@pytest.mark.parametrize("piped", [False, True])
def test_a_million_rows_in_constant_memory(models: Models, run: Run, tmp_path: Path, large: Path, piped: bool) -> None:
    # Of writable memory; the rows of this file as Python objects take some 300 MB. OpenBLAS alone takes 40.
    limit = (128 if os.environ.get("EDGESCORE_BACKEND") == "numpy" else 48) << 20

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    options: dict[str, Any] = {"preexec_fn": confine, "env": {**os.environ, "OPENBLAS_NUM_THREADS": "1"}}
    arguments = ["score", models("numbers"), "--id-column", "id"]
    if piped:
        with subprocess.Popen(["cat", large], stdout=subprocess.PIPE) as cat, open(tmp_path / "out.csv", "wb") as out:
            done = subprocess.run(command(*arguments, "-"), stdin=cat.stdout, stdout=out, check=False, **options)
        assert done.returncode == 0
    else:
        done = run(*arguments, large, "-o", "out.csv", **options)
        assert (done.returncode, done.stderr) == (0, "")
    with open(tmp_path / "out.csv") as file:
        first, count = [next(file) for _ in range(10)], 10
        for line in file:  # noqa: B007
            count += 1
    assert count == 1_000_001
    assert first[1].startswith("row-000000,")
    assert line.startswith("row-009999,")


def test_a_broken_pipe_ends_quietly(models: Models, large: Path) -> None:
    process = subprocess.Popen(
        command("score", models("numbers"), large), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"prediction,score_no,score_yes\n"
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == (b"", 141)
    process.stderr.close()


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, b"interrupted"), (signal.SIGTERM, 143, b"terminated"), (signal.SIGHUP, 129, b"terminated")],
)
def test_signals_leave_nothing_behind(models: Models, tmp_path: Path, number: int, code: int, word: bytes) -> None:
    model = models("numbers")
    (tmp_path / "out.csv").write_text("old")
    arguments = command("score", model, "-", "-o", "out.csv", "--batch", "1")
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # what runs in the background ignores some
    )
    assert process.stdin is not None
    process.stdin.write(TABLE.encode())
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".*.tmp")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate()
    assert (process.returncode, err) == (code, b"edgescore: " + word + b"\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["numbers.edsc", "out.csv"]
    assert (tmp_path / "out.csv").read_text() == "old"


def test_a_live_pipe_is_answered_row_by_row(models: Models) -> None:
    arguments = command("score", models("numbers"), "-", "--batch", "1", "--output", "proba")
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"a,b,c\n")
    for row, scores in zip(ROWS, SCORES, strict=True):
        process.stdin.write((",".join(map(str, row)) + "\n").encode())
        process.stdin.flush()
        line = process.stdout.readline()
        if line.startswith(b"score"):
            line = process.stdout.readline()
        assert [float(cell) for cell in line.split(b",")] == scores
    process.communicate()
    assert process.returncode == 0


def test_disk_full(models: Models, run: Run, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("old")

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    text = "a,b,c\n" + "1,2,3\n" * 20_000
    done = run("score", models("numbers"), "-", "-o", "out.csv", stdin=text, preexec_fn=confine)
    assert done.returncode == 6
    assert done.stderr.startswith("edgescore: out.csv: cannot write: the file size limit is reached")
    assert (tmp_path / "out.csv").read_text() == "old"
    with open("/dev/full", "wb") as full:
        process = subprocess.run(
            command("score", models("numbers"), "-"),
            input=text.encode(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert process.returncode == 6
    assert process.stderr.startswith(b"edgescore: standard output: cannot write: the disk is full")
    assert process.stderr.count(b"\n") == 1


def test_a_full_disk_is_left_as_it_was(models: Models, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b,c\n" + "1,2,3\n" * 20_000)
    score = " ".join(command("score", models("numbers"), tmp_path / "in.csv", "-o", "disk/out.csv"))
    script = f"mkdir disk && mount -t tmpfs -o size=64k none disk || exit 99; {score}; code=$?; ls -A disk; exit $code"
    try:
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    except OSError as error:
        pytest.skip(f"cannot run unshare: {error}")
    if done.returncode in (1, 99):
        pytest.skip(f"cannot mount a small disk: {done.stderr}")
    assert (done.returncode, done.stdout) == (6, "")
    assert "disk/out.csv: cannot write: the disk is full; free some space" in done.stderr


def test_closed_standard_streams(models: Models, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(TABLE)
    score = " ".join(command("score", models("numbers")))
    for redirected, code in (("in.csv >&-", 6), ("- <&-", 3), ("in.csv -o out.csv <&- >&- 2>&-", 0)):
        done = subprocess.run(f"{score} {redirected}", shell=True, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr
    assert (tmp_path / "out.csv").exists()


def test_progress_on_a_terminal_only(models: Models, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b,c\n" + "1,2,3\n" * 200_000)
    primary, secondary = pty.openpty()
    arguments = command("score", models("numbers"), "in.csv", "-o", "out.csv")
    process = subprocess.Popen(arguments, stderr=secondary, cwd=tmp_path)
    os.close(secondary)
    shown = b""
    while True:
        try:
            shown += os.read(primary, 1000)
        except OSError:  # the other end is closed
            break
    os.close(primary)
    assert process.wait() == 0
    assert b" rows/s  " in shown
    assert b" %" in shown
    assert shown.endswith(b"\r\x1b[K")
