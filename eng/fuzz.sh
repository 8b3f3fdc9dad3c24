#!/usr/bin/env bash
# Builds the fuzzers and runs them: hostile states, tables and register values against the service.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

for argument in "$@"; do
    case "$argument" in
        -h | --help)
            cat <<'HELP'
usage: eng/fuzz.sh [--target NAME] [--minutes N | --executions N] [--seed S] [--corpus DIR] [--work DIR] [--update]
       eng/fuzz.sh --target NAME --replay FILE|HEX
       eng/fuzz.sh --smoke

Changes inputs at random and gives them to the service, and keeps those that make it do something new. It begins with the
inputs in tests/ItsService.Fuzz/corpus/. docs/fuzzing.md tells what is promised of every input.

  --target NAME    blob: the bytes of State.Restore
                   tables: tables in guest memory, restored through device attributes
                   registers: device attributes with any values in any order
                   canary: a bug that must be found
                   deep: a bug that ends the process, which must leave its input
                   all: the first three, one after another; so it is without this option
  --minutes N      how long for each target; 0.5 is half a minute, 1 without this option
  --executions N   how many inputs for each target instead
  --seed S         decides what is tried, 1 without this option
  --corpus DIR     another folder of inputs to begin with
  --work DIR       where the input that is being tried is kept, as TARGET.current.bin; without this option in a
                   directory of its own among temporary files
  --update         writes the corpus again: the fewest inputs that do all that was seen. What was found stays
  --replay INPUT   tries one input, a file or hex, and tells what it does
  --smoke          a few inputs for each target, and the canary, which must be found

A finding is printed with its input as hex: at once, and at the end made as small as it goes. An input that ends the
process, by a stack that overflows or for want of memory, is told with the file that has it. The exit code is 0 when
nothing was found, 1 when something was, 2 when the arguments are not understood, and 3 when --smoke does not find the
canary; where an input ended the process it is that of the process, 128 and more.

examples:
  eng/fuzz.sh --minutes 10
  eng/fuzz.sh --target blob --seed 7
  eng/fuzz.sh --target tables --replay 01010E0400D0000000200000010006000000000000000000000007
HELP
            exit 0
            ;;
    esac
done

require_dotnet
say "building the fuzzers" >&2
(cd "$root" && dotnet build tests/ItsService.Fuzz --configuration Release --nologo --verbosity quiet \
    -consoleLoggerParameters:NoSummary) >&2

work=
arguments=("$@")
for ((index = 0; index < ${#arguments[@]}; index++)); do
    [ "${arguments[index]}" != --work ] || work=${arguments[index + 1]:-}
done
own=
if [ -z "$work" ]; then
    own=$(mktemp -d -t its-fuzz.XXXXXX)
    work=$own
    arguments+=(--work "$work")
fi

# Ctrl-C reaches the fuzzer, too: what is left of it is cleared away then.
trap : INT
code=0
dotnet "$root/tests/ItsService.Fuzz/bin/Release/net10.0/ItsService.Fuzz.dll" \
    --corpus "$root/tests/ItsService.Fuzz/corpus" "${arguments[@]}" || code=$?

if [ "$code" -ge 128 ] && [ "$code" -ne 130 ]; then
    last=
    for file in "$work"/*.current.bin; do
        if [ -e "$file" ] && { [ -z "$last" ] || [ "$file" -nt "$last" ]; }; then
            last=$file
        fi
    done
    say "the fuzzer ended with exit code $code" >&2
    if [ -n "$last" ]; then
        target=$(basename "$last" .current.bin)
        say "it tried this input: eng/fuzz.sh --target $target --replay $(printf '%q' "$last")" >&2
    fi
elif [ -n "$own" ]; then
    # An input that does not end is kept as well, and is printed.
    [ "$code" -ne 130 ] || rm -f "$own"/*.current.bin
    rmdir "$own" 2>/dev/null || say "the input that was being tried is in $own" >&2
fi
exit "$code"
