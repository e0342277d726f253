#!/usr/bin/env bash
# Scores mutants of the golden files and of a file of every operator and dtype under AddressSanitizer and
# UndefinedBehaviorSanitizer: run.sh [MUTANTS [SEED [OPTION...]]]
# EDGESCORE_LIBFUZZER=SECONDS also runs libFuzzer that long, where clang is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

mutants=${1:-200000} seed=${2:-1}
build=${EDGESCORE_FUZZ_BUILD:-build/fuzz}
golden=tests/format/golden/good seeds=$build/seeds
sanitize="-fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer"
sources=$(find native/src -name '*.c'; echo tests/fuzz/mutate.c tests/fuzz/stops.c tests/fuzz/fuzz.c)
flags="-std=c99 -g -O1 -ffp-contract=off -Wall -Wextra -Werror -Inative/include -Inative/src -Itests/fuzz"

mkdir -p "$build"
rm -rf "$seeds"
"${PYTHON:-python3}" -m tests.format.operator_models "$seeds"
# shellcheck disable=SC2086
${CC:-gcc} $flags $sanitize $sources -lm -o "$build/fuzz"
"$build/fuzz" "$seed" "$mutants" "${@:3}" $golden/*.edsc "$seeds"/*.edsc

if [ -n "${EDGESCORE_LIBFUZZER:-}" ] && command -v clang >/dev/null; then
    # shellcheck disable=SC2086
    clang $flags -DLIBFUZZER ${sanitize/address/fuzzer,address} $sources -lm -o "$build/libfuzzer"
    mkdir -p "$build/corpus"
    "$build/libfuzzer" -max_total_time="$EDGESCORE_LIBFUZZER" "$build/corpus" $golden "$seeds"
fi
