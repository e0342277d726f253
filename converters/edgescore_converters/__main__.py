"""The command line ``edgescore-convert``: arguments, progress, exit codes; the work is ``convert()``'s.

Nobody sees a traceback: whatever is wrong with the input is a sentence on standard error and an exit code.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console

import edgescore
from edgescore.__main__ import delimiter
from edgescore._atomic import OutputError
from edgescore._cli import INTERNAL, INTERRUPTED, PIPE, Stopped, say, stop_on_signals
from edgescore._errors import BudgetError, EdgeScoreError
from edgescore_converters.calibration import class_names, load_arrays, read_calibration, read_samples
from edgescore_converters.errors import BudgetNotMet, ConvertError, VerificationFailed
from edgescore_converters.integer_rows import DTYPES as INTEGER_DTYPES
from edgescore_converters.report import Conversion
from edgescore_converters.tree_form import FORMS

OK, USAGE, BAD_SOURCE, DISAGREES, OVER_BUDGET, NOT_WRITTEN = 0, 2, 3, 4, 5, 6
EPILOG = """\
examples:
  edgescore-convert model.onnx -o model.edsc
  edgescore-convert booster.json -o model.edsc --labels benign,malignant --budget budget.toml
  edgescore-convert pipeline.pkl --trust-pickle -o model.edsc --calibrate train.csv --target species --recipe int8
  edgescore-convert mlp.onnx -o model.edsc --calibrate rows.npy --target y.npy --max-accuracy-drop 0.005
  edgescore-convert keywords.tflite -o model.edsc
  edgescore-convert denoise.onnx -o model.edsc --shape frame=1,257,1,2 --state cache_in=cache_out

MODEL is a TensorFlow Lite or ONNX file, an XGBoost model (JSON or UBJSON), a LightGBM text file, or a pickled
scikit-learn, XGBoost or LightGBM estimator. Loading a pickle runs code that is in it, so it needs --trust-pickle.

exit codes: 0 written; 2 wrong usage or budget file; 3 MODEL or data cannot be read or converted; 4 the result disagrees
with its source; 5 over budget; 6 the output cannot be written; 70 an error inside edgescore-convert; 130 interrupted;
143 terminated. OUT is written where it is 0, and where it is 6 because the report cannot be; else an older one stays.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgescore-convert",
        description="Convert a trained model into one verified .edsc file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"edgescore-convert {edgescore.__version__}")
    parser.add_argument("model", metavar="MODEL", help="file of the trained model")
    parser.add_argument("-o", "--output", required=True, metavar="OUT.edsc", help="file to write; - is standard output")
    parser.add_argument(
        "--calibrate", metavar="DATA", help="rows for verifying, quantizing and pruning: .csv .jsonl .npy .npz"
    )
    parser.add_argument(
        "--target", metavar="COLUMN|FILE", help="what those rows should give: a column of DATA or an .npy file"
    )
    parser.add_argument(
        "--header",
        choices=("auto", "names", "skip", "none"),
        default="auto",
        help="first line of a CSV as DATA: it holds feature names, is to be skipped, or is a row",
    )
    parser.add_argument(
        "--delimiter",
        type=delimiter,
        metavar="CHAR",
        help="what separates the columns of a CSV as DATA (default: comma; tab for .tsv)",
    )
    parser.add_argument("--labels", metavar="A,B,...|FILE", help="names of the classes, or a file with one a line")
    parser.add_argument(
        "--recipe", default="lossless", metavar="NAME|FILE", help="lossless (default), int8, or a JSON recipe"
    )
    parser.add_argument(
        "--prune", type=_share, metavar="SHARE", help="remove this share of hidden neurons or trees, e.g. 0.5"
    )
    parser.add_argument(
        "--max-accuracy-drop", type=_share, metavar="SHARE", help="prune as much as costs at most this, e.g. 0.005"
    )
    parser.add_argument("--budget", metavar="FILE.toml", help="limits to hold; they travel in the file")
    parser.add_argument(
        "--input-dtype",
        choices=("auto", "float32", "float64", *INTEGER_DTYPES),
        default="auto",
        help="rows on the device; integers are for trees",
    )
    parser.add_argument(
        "--trees",
        choices=FORMS,
        default="auto",
        help="walk tree ensembles or sweep over many trees at once; auto suits CPUs with AVX2 or NEON, walk all "
        "others, small takes the form of the fewest bytes",
    )
    parser.add_argument(
        "--shape", action="append", default=[], type=_shape, metavar="NAME=1,4", help="size of an input left open"
    )
    parser.add_argument(
        "--const",
        action="append",
        default=[],
        type=_constant,
        metavar="NAME=VALUE",
        help="make an ONNX input a constant: a number, a list as [1, 2], or an .npy file",
    )
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        type=_pair,
        metavar="IN=OUT",
        help="let the device keep what output OUT gives and feed it to input IN in the next prediction (ONNX)",
    )
    parser.add_argument(
        "--outputs", type=_names, metavar="A,B,...", help="the outputs to keep (ONNX, TFLite); default all"
    )
    parser.add_argument("--trust-pickle", action="store_true", help="unpickle MODEL, which runs code that is in it")
    parser.add_argument("--force", action="store_true", help="write even if the result disagrees with its source")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no report")
    return parser


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return value


def _shape(text: str) -> tuple[str, list[int]]:
    name, separator, sizes = text.rpartition("=")
    if not separator or not all(size.isdecimal() and int(size) for size in sizes.split(",")):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=SIZE,SIZE,... with sizes of at least 1")
    return name, [int(size) for size in sizes.split(",")]


def _constant(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    try:
        found = load_arrays(value) if value.endswith(".npy") else np.asarray(json.loads(value))
    except (OSError, ValueError, ConvertError) as problem:
        raise argparse.ArgumentTypeError(f"{text}: {problem}") from None
    if not separator or not name or found.dtype.kind not in "fiub":
        raise argparse.ArgumentTypeError(f"{text} is not NAME=NUMBER, NAME=[1, 2] or NAME=FILE.npy")
    return name, found


def _pair(text: str) -> tuple[str, str]:
    name, separator, other = text.partition("=")
    if not (separator and name and other):
        raise argparse.ArgumentTypeError(f"{text} is not INPUT=OUTPUT")
    return name, other


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _convert(arguments: argparse.Namespace) -> int:
    from edgescore_converters.conversion import convert, load_source
    from edgescore_converters.importers import Network
    from edgescore_converters.quantize import Recipe

    errors = Console(stderr=True)
    with errors.status("loading", spinner="line") as status:
        imported = load_source(
            arguments.model,
            input_dtype=arguments.input_dtype,
            shapes=dict(arguments.shape),
            consts=dict(arguments.const),
            states=dict(arguments.state),
            outputs=arguments.outputs,
            trust_pickle=arguments.trust_pickle,
        )
        calibrate: Any = None
        target: Any = None
        if arguments.calibrate:
            status.update("reading data")
            if isinstance(imported, Network):
                calibrate = read_samples(arguments.calibrate, [port.name for port in imported.graph.inputs])
            else:
                calibrate, target = read_calibration(
                    arguments.calibrate, arguments.target, imported, arguments.header, arguments.delimiter
                )
        conversion = convert(
            imported,
            arguments.output,
            calibrate=calibrate,
            target=target,
            labels=class_names(arguments.labels) if arguments.labels else None,
            recipe=Recipe.load(arguments.recipe),
            prune=arguments.prune,
            max_accuracy_drop=arguments.max_accuracy_drop,
            budget=arguments.budget,
            input_dtype=arguments.input_dtype,
            trees=arguments.trees,
            force=arguments.force,
            progress=status.update,
        )
    return _report(conversion, arguments, errors if arguments.output == "-" else Console())


def _report(conversion: Conversion, arguments: argparse.Namespace, console: Console) -> int:
    """Print what was asked for; the exit code, for the model is written in any case."""
    try:
        if arguments.json:
            print(json.dumps(conversion.to_dict(), indent=2), file=console.file, flush=True)
        elif not arguments.quiet:
            with console.capture() as captured:  # rich would end the process where a reader goes away
                console.print(conversion.render())
            print(captured.get(), end="", file=console.file, flush=True)
    except BrokenPipeError:
        _drop_output()
    except OSError as problem:
        _drop_output()
        say(f"edgescore-convert: {arguments.output} is written, but its report is not: {problem.strerror}")
        return NOT_WRITTEN
    return OK


def _check_files(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Refuse what must not be combined, before the work begins."""
    if arguments.target is not None and arguments.calibrate is None:
        parser.error("--target says what the rows of --calibrate should give: give --calibrate too")
    named = {"MODEL": arguments.model, "--calibrate": arguments.calibrate, "--target": arguments.target}
    named |= {"--labels": arguments.labels, "--recipe": arguments.recipe, "--budget": arguments.budget}
    files = {name: path for name, path in named.items() if path and os.path.isfile(path)}
    for name, path in files.items() if os.path.isfile(arguments.output) else ():
        if os.path.samefile(path, arguments.output):
            parser.error(f"-o {arguments.output} is {name}; give the output a name of its own")


def _drop_output() -> None:
    """Nobody can take the rest of standard output, and Python would complain of that again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    _check_files(parser, arguments)
    stop_on_signals()
    try:
        return _convert(arguments)
    except VerificationFailed as problem:
        code, message = DISAGREES, str(problem)
    except BudgetNotMet as problem:
        Console(stderr=True).print(problem.conversion.render())
        code, message = OVER_BUDGET, str(problem)
    except OutputError as problem:
        code, message = NOT_WRITTEN, str(problem)
    except BudgetError as problem:
        code, message = USAGE, str(problem)
    except (ConvertError, EdgeScoreError) as problem:
        code, message = BAD_SOURCE, str(problem)
    except BrokenPipeError:
        _drop_output()
        return PIPE
    except OSError as problem:
        code, message = BAD_SOURCE, f"{problem.filename or arguments.model}: {problem.strerror or problem}"
    except MemoryError:
        code, message = BAD_SOURCE, f"{arguments.model}: needs more memory than this machine has"
    except KeyboardInterrupt:
        code, message = INTERRUPTED, "interrupted; nothing was written"
    except Stopped as stopped:
        code, message = 128 + int(stopped.args[0]), "terminated; nothing was written"
    except Exception as problem:  # the last resort: one line instead of a traceback
        if os.environ.get("EDGESCORE_DEBUG"):
            raise
        what = f"{type(problem).__name__}: {problem}"
        code = INTERNAL
        message = f"error inside edgescore-convert: {what} (EDGESCORE_DEBUG=1 shows where; please report it)"
    say(f"edgescore-convert: {message}")
    return code


if __name__ == "__main__":
    sys.exit(main())
