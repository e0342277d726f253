"""Owns writing a result so that it appears whole or not at all.

Refuses to leave anything behind: a failed write removes its temporary file and leaves an older result untouched.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys

from edgescore._errors import EdgeScoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO


class OutputError(EdgeScoreError, OSError):
    """A result cannot be written; no part of it was left behind."""


class AtomicFile:
    """A binary file that takes its name when the ``with`` block ends well, and vanishes when it does not.

    ``path`` is a file (written to a temporary name in the same folder, synced, renamed over the target, whose mode it
    keeps), ``-`` for standard output, or a device or pipe; the last two are written straight through. Raises
    OutputError with the remedy; BrokenPipeError where a reader went away.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.name = os.fspath(path)
        self._temporary = ""

    def __enter__(self) -> AtomicFile:
        # Here and not before: a signal that raises in between would leave the file of an object nobody exits.
        try:
            self._file = self._open()
        except OSError as error:
            self._remove()
            raise self._failure(error) from None
        except BaseException:
            self._remove()
            raise
        return self

    def _open(self) -> BinaryIO:
        if self.name == "-":
            if sys.stdout is None:
                raise OutputError("standard output is closed; give a file with -o")
            self.name = "standard output"
            return sys.stdout.buffer
        # A symbolic link stays one: its target is replaced.
        self._target = os.path.realpath(self.name)
        self._mode = _mode(self._target)
        if self._mode is not None and not stat.S_ISREG(self._mode):
            return open(self._target, "wb")
        if self._mode is not None and not os.access(self._target, os.W_OK):
            raise OutputError(f"{self.name}: is write-protected; nothing was changed")
        self._temporary = os.path.join(os.path.dirname(self._target), f".edgescore-{os.urandom(6).hex()}.tmp")
        # Not the tempfile module: its files are 0600, and a result that only its writer can read is a surprise.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self._temporary, flags, 0o666), "wb")

    @property
    def atomic(self) -> bool:
        """Whether this is a regular file that can be patched and comes into being whole."""
        return bool(self._temporary)

    def write(self, data: bytes) -> None:
        """Append ``data``."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failure(error) from None

    def flush(self) -> None:
        """Hand what was written to a waiting reader; for a file that is not visible yet there is none."""
        if not self._temporary:
            try:
                self._file.flush()
            except OSError as error:
                raise self._failure(error) from None

    def patch(self, data: bytes) -> None:
        """Overwrite the first bytes, for formats whose header counts what follows. Only where ``atomic``."""
        try:
            self._file.seek(0)
            self._file.write(data)
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise self._failure(error) from None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self._commit()
            except OSError as error:
                self._discard()
                raise self._failure(error) from None
            except BaseException:
                self._discard()
                raise
        else:
            self._discard()

    def _commit(self) -> None:
        self._file.flush()
        if not self._temporary:
            if self._file is not sys.stdout.buffer:
                self._file.close()
            return
        os.fsync(self._file.fileno())
        self._file.close()
        if self._mode is not None:
            os.chmod(self._temporary, stat.S_IMODE(self._mode))
        os.replace(self._temporary, self._target)
        self._temporary = ""
        _sync_folder(os.path.dirname(self._target))

    def _discard(self) -> None:
        if sys.stdout is not None and self._file is sys.stdout.buffer:
            return
        # The error that brought us here is the one to report, not its echo from the unwritten buffer; and a file that
        # is gone already was renamed a moment before an interrupt.
        with contextlib.suppress(OSError):
            self._file.close()
        self._remove()

    def _remove(self) -> None:
        if self._temporary:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            self._temporary = ""

    def _failure(self, error: OSError) -> OSError:
        if isinstance(error, (OutputError, BrokenPipeError)):
            return error
        import errno

        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            cause, remedy = "the disk is full", "free some space or write to another disk"
        elif error.errno == errno.EFBIG:
            cause, remedy = "the file size limit is reached", "raise it (ulimit -f) or write fewer rows"
        elif error.errno == errno.ENOENT:
            cause, remedy = "its folder does not exist", "create the folder first"
        elif error.errno == errno.EISDIR:
            cause, remedy = "is a folder", "give the name of a file in it"
        else:
            cause, remedy = (error.strerror or str(error)), "check the path and its permissions"
        return OutputError(f"{self.name}: cannot write: {cause}; {remedy}")


def _mode(path: str) -> int | None:
    """Mode of the file at ``path``; None where there is none yet."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _sync_folder(folder: str) -> None:
    """Make the rename itself survive a power cut, where the system lets a folder be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows, or a folder that may be written but not listed: the file itself is safe already
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems refuse; the rename has happened
    finally:
        os.close(handle)
