"""Owns the command line: arguments, exit codes, and that nobody ever sees a traceback. The work is in ``_cli_*.py``."""

from __future__ import annotations

import argparse
import os
import sys
import warnings

import edgescore
from edgescore import _cli
from edgescore._errors import EdgeScoreError
from edgescore._rows import FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCORE = """\
examples:
  edgescore score motion.edsc rows.csv -o predictions.csv
  edgescore score motion.edsc rows.csv --id-column device -o predictions.jsonl
  zcat rows.csv.gz | edgescore score motion.edsc - --on-bad-row skip > predictions.csv
  mosquitto_sub -t sensors | edgescore score motion.edsc - --batch 1 --format jsonl

Formats go by the extension: .csv .tsv, .jsonl .ndjson .json (one row per line), .npy. CSV columns are matched by the
names in the header, in any order, and others are ignored; without a header all columns are taken in the model's order.
An empty cell, NA or null is a missing value. The output has the columns asked for with --id-column, then `prediction`
(the class) and `score`, or one `score_<class>` per class.
"""
INFO = """\
example:
  edgescore info motion.edsc
  edgescore info motion.edsc --json | jq .arena
"""
BENCH = """\
examples:
  edgescore bench motion.edsc
  edgescore bench motion.edsc --data rows.csv --budget budget.toml --json

Measured: load with the file out of the page cache, first row, single rows (lists, one call each: p50, p99, p99.9 and
max of the whole call, and of its part in the kernel), batches. All rows differ; they are made up without --data.
Latency limits of a budget are held against the whole call.
"""
CHECK = """\
example:
  edgescore check motion.edsc --budget budget.toml || echo "do not ship"

a budget is a TOML file; every key may be left out:
  [budget]
  flash = "64 KiB"
  ram = "16 KiB"
  latency = { p50 = "0.5 ms", p99 = "2 ms", max = "5 ms" }
  accuracy_drop = 0.005

Without --budget the one in the model file counts. Latency limits are measured here and now, so run it on the device.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (``sys.argv[1:]`` where None); the exit code."""
    arguments = _parser().parse_args(argv)
    _cli.stop_on_signals()
    warnings.showwarning = lambda message, *_, **__: _cli.say(f"edgescore: warning: {message}")
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a class name the terminal cannot show is no reason to end
    try:
        code: int = arguments.run(arguments)
        _cli.show()
    except EdgeScoreError as error:
        code = _say(str(error), _cli.exit_code(error))
    except BrokenPipeError:
        code = _cli.PIPE
    except KeyboardInterrupt:
        code = _say("interrupted", _cli.INTERRUPTED)
    except _cli.Stopped as stopped:
        code = _say("terminated", 128 + int(stopped.args[0]))
    except Exception as error:  # the last resort: one line instead of a traceback
        if os.environ.get("EDGESCORE_DEBUG"):
            raise
        text = (
            f"error inside edgescore: {type(error).__name__}: {error} (EDGESCORE_DEBUG=1 shows where; please report it)"
        )
        code = _say(text, _cli.INTERNAL)
    if code not in (_cli.DONE, _cli.BAD_ROWS):
        _drain()
    return code


def _say(text: str, code: int) -> int:
    _cli.say(f"edgescore: {text}")
    return code


def _drain() -> None:
    """Hand over what is left for standard output; where that fails, drop it, or Python would complain again at exit."""
    try:
        _cli.show()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgescore",
        description="Score a model file (.edsc) on this device, look into it, measure it, hold it against a budget.",
        epilog=_cli.EXIT_CODES + "\n`edgescore COMMAND --help` shows examples.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"edgescore {edgescore.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str, epilog: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        sub.add_argument("model", metavar="MODEL", help="model file (.edsc)")
        sub.set_defaults(run=run)
        return sub

    info = command("info", _info, "show what is in a model file", INFO)
    info.add_argument("--json", action="store_true", help="print JSON, with everything")

    score = command("score", _score, "score the rows of a file or pipe", SCORE + "\n" + _cli.EXIT_CODES)
    add = score.add_argument
    add("input", metavar="IN", help="input file, - for standard input")
    add("-o", dest="output", metavar="OUT", default="-", help="output file, - for standard output (default)")
    add("--format", choices=FORMATS, help="output format (default: by extension; CSV on standard output)")
    add("--input-format", choices=FORMATS, help="input format (default: by extension or content)")
    add(
        "--output",
        dest="output_columns",
        choices=("proba", "label", "both"),
        help="scores only, predicted classes only, or both (default: all there is)",
    )
    add(
        "--on-bad-row",
        choices=("fail", "skip", "null"),
        default="fail",
        help="stop without output (default), leave the row out, or write it without a prediction",
    )
    add(
        "--id-column",
        metavar="NAME",
        action="append",
        default=[],
        help="copy this input column to the output; may be repeated",
    )
    add(
        "--header",
        choices=("auto", "names", "skip", "none"),
        default="auto",
        help="CSV: first line holds feature names, is to be skipped, or is a row",
    )
    add(
        "--delimiter",
        type=delimiter,
        metavar="CHAR",
        help="CSV: what separates columns (default: comma; tab for .tsv)",
    )
    add(
        "--batch",
        type=_positive,
        metavar="N",
        help="rows per call (default: up to 1024; 1 answers each line of a live pipe at once)",
    )
    add("--budget", metavar="FILE", help="budget (TOML) to hold the model against while it scores")

    for name, run, text, epilog in (
        ("bench", _bench, "measure load, single rows and batches on this machine", BENCH),
        ("check", _check, "hold a model file against a budget", CHECK),
    ):
        sub = command(name, run, text, epilog)
        sub.add_argument("--budget", metavar="FILE", help="budget (TOML); default: the one in the model file")
        sub.add_argument(
            "--rows", type=_positive, default=10_000, metavar="N", help="single rows to time (default 10000)"
        )
        sub.add_argument(
            "--data", metavar="FILE", help="rows to measure with (CSV, JSON lines, .npy; default: generated)"
        )
        sub.add_argument("--json", action="store_true", help="print JSON")
    return parser


# The commands import what they need when they run: `edgescore --help` should not load a backend.
def _info(arguments: argparse.Namespace) -> int:
    from edgescore import _cli_info

    return _cli_info.run(arguments)


def _score(arguments: argparse.Namespace) -> int:
    from edgescore import _cli_score

    return _cli_score.run(arguments)


def _bench(arguments: argparse.Namespace) -> int:
    from edgescore import _cli_bench

    return _cli_bench.bench(arguments)


def _check(arguments: argparse.Namespace) -> int:
    from edgescore import _cli_bench

    return _cli_bench.check(arguments)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def delimiter(text: str) -> str:
    """The character that an argument names."""
    mark = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(mark) != 1 or mark in '"\r\n':
        raise argparse.ArgumentTypeError(f"{text!r} is not one character (tab is written \\t)")
    return mark


if __name__ == "__main__":
    sys.exit(main())
