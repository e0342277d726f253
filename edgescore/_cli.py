"""Owns what the commands share: exit codes, signals, what they print, opening a model."""

from __future__ import annotations

import sys

from edgescore._errors import BudgetError, BudgetExceeded, EdgeScoreError, InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from edgescore._budget import Budget
    from edgescore._model import Model

DONE, BAD_ROWS, USAGE, INPUT, MODEL, BUDGET, OUTPUT, INTERNAL, INTERRUPTED, PIPE = 0, 1, 2, 3, 4, 5, 6, 70, 130, 141
EXIT_CODES = """\
exit codes:
  0  done
  1  done, but some rows were bad and were skipped or nulled
  2  the command line or the budget file is wrong
  3  the input data cannot be read, or has a bad row (--on-bad-row fail), or nothing but bad rows
  4  the model cannot be read or run
  5  the budget is exceeded (score: where it says on_violation = "raise")
  6  the output cannot be written (disk full, no permission)
  70 an error inside edgescore; 130 interrupted; 141 the reader of the output went away; 143 terminated
Only 0 and 1 leave a new output file; in every other case an older one is untouched.
"""


class UsageError(EdgeScoreError):
    """The command line asks for something that does not fit together."""


def exit_code(error: EdgeScoreError) -> int:
    """The exit code that ``error`` stands for."""
    from edgescore._atomic import OutputError

    for kinds, code in (
        ((UsageError, BudgetError), USAGE),
        ((InputError,), INPUT),
        ((BudgetExceeded,), BUDGET),
        ((OutputError,), OUTPUT),
    ):
        if isinstance(error, kinds):
            return code
    return MODEL


class Stopped(BaseException):
    """A signal asks to end; unwinding removes the unfinished output."""


def stop_on_signals() -> None:
    """From here on SIGTERM and SIGHUP raise Stopped, with their number."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP: leave it so
            signal.signal(number, _stop)


def _stop(number: int, _: object) -> NoReturn:
    raise Stopped(number)


def show(*texts: str) -> None:
    """Print on standard output what is there to print, and hand it over; OutputError where that fails."""
    from edgescore._atomic import OutputError

    try:
        for text in texts:
            print(text)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output: cannot write: {error.strerror}") from None


def say(text: str) -> None:
    """Print on standard error; where nobody listens there, go on."""
    if sys.stderr is not None:
        try:
            print(text, file=sys.stderr, flush=True)
        except OSError:
            sys.stderr = None  # its reader is gone; a second attempt at exit would fail like this one


def open_model(path: str, budget: Budget | None = None) -> Model:
    """The model in ``path``, held against ``budget`` alone; an unreadable file is an EdgeScoreError that names it."""
    import edgescore
    from edgescore._budget import Budget

    try:
        # Never the budget in the file by itself: a model that exceeds it can still be looked into and checked.
        return edgescore.load(path, budget=budget or Budget())
    except OSError as error:
        raise EdgeScoreError(f"{path}: cannot read the model: {error.strerror or error}") from None
