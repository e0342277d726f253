"""A result appears whole or not at all."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path
from typing import Any

import pytest

from edgescore._atomic import AtomicFile, OutputError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path | str, *parts: bytes) -> None:
    with AtomicFile(path) as file:
        for part in parts:
            file.write(part)


def test_nothing_is_visible_before_the_end(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "out") as file:
        file.write(b"hello")
        file.flush()
        assert "out" not in names(tmp_path)
        assert file.atomic
    assert (tmp_path / "out").read_bytes() == b"hello"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_the_old_result(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "out").write_bytes(b"old")

    def fail() -> None:
        with AtomicFile(tmp_path / "out") as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert (tmp_path / "out").read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_patch(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "out") as file:
        file.write(b"....body")
        file.patch(b"head")
        file.write(b"tail")
    assert (tmp_path / "out").read_bytes() == b"headbodytail"


def test_modes(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with AtomicFile(tmp_path / "new") as file:
            file.write(b"x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    (tmp_path / "new").chmod(0o604)
    with AtomicFile(tmp_path / "new") as file:
        file.write(b"y")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o604


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    with AtomicFile(tmp_path / "link") as file:
        file.write(b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"x"


def test_relative_and_long_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("plain", "n" * 255):
        with AtomicFile(name) as file:
            file.write(b"x")
        assert (tmp_path / name).read_bytes() == b"x"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no/such/folder/out", "its folder does not exist; create"),
        (".", "is a folder"),
        ("n" * 256, "File name too long"),
    ],
)
def test_impossible_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match=message), AtomicFile(path):
        pass
    assert names(tmp_path) == []


def test_full_device() -> None:
    with pytest.raises(OutputError, match="/dev/full: cannot write: the disk is full"):
        write("/dev/full", b"x")


def test_file_size_limit(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OutputError, match="size limit"):
            write(tmp_path / "out", bytes(200_000))
        with pytest.raises(OutputError, match="size limit"):
            write(tmp_path / "out", *[bytes(1000)] * 101)  # the last ones stay in the buffer until the end
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "out").read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_write_protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_bytes(b"old")
    (tmp_path / "out").chmod(0o400)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anything: answer as for other users
    with pytest.raises(OutputError, match="write-protected"), AtomicFile(tmp_path / "out"):
        pass
    assert (tmp_path / "out").read_bytes() == b"old"


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with AtomicFile(tmp_path / "pipe") as file:
        file.write(b"x")
        file.flush()
        assert os.read(reader, 10) == b"x"
    with pytest.raises(BrokenPipeError):
        _write_after(AtomicFile(tmp_path / "pipe"), reader)


def _write_after(pipe: AtomicFile, reader: int) -> None:
    with pipe:
        os.close(reader)
        pipe.write(b"x")


def test_a_signal_while_the_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def interrupted(*arguments: Any) -> int:
        os.close(real(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt), AtomicFile(tmp_path / "out"):
        pass
    assert names(tmp_path) == []
