#!/usr/bin/env bash
# Plants bugs in the model and in the service, one at a time, and expects the checks to notice each.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

save=""
case "${1-}" in
    -h | --help)
        cat <<'HELP'
usage: eng/mutants.sh [--save DIR] [NAME...]

Works on a copy of the tree: each patch of eng/mutants/ (or only the named ones) is applied, the model's tests, the replay
of a recording, and the simulator for at most a minute are run, and the patch is taken back. A patch of the service itself
has saves under load instead, and one whose name begins with memory- the tests of guest memory. Prints which check caught which bug, and how soon the simulator did: with the seed, and the
number of steps of its shrunk script. The exit code is 1 when a bug went unnoticed, or when the checks fail without one.

--save DIR   what the simulator printed of each bug, with the shrunk script, goes to DIR/NAME.txt

example:  eng/mutants.sh inv-ignored
HELP
        exit 0
        ;;
    --save)
        save=${2:?--save takes a directory}
        mkdir -p "$save"
        save=$(cd "$save" && pwd)
        shift 2
        ;;
esac

require_dotnet
require_packages git patch
for name in "$@"; do
    [ -f "$root/eng/mutants/$name.patch" ] ||
        fail "there is no eng/mutants/$name.patch; there are: $(cd "$root/eng/mutants" && echo *.patch | sed 's/\.patch//g')"
done
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cd "$root"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || cp --parents -t "$copy" -- "$file"
done
cd "$copy"

recording=tests/recordings/linux61-irq-hotplug-4cpu.trace.gz
log=$copy/check.log

build() { dotnet build "$1" --configuration Release --nologo --verbosity quiet >"$log" 2>&1; }
core_tests() { dotnet test tests/ItsService.Core.Tests --configuration Release --no-build --nologo >"$log" 2>&1; }
replay() { dotnet src/ItsService.Cli/bin/Release/net10.0/itsctl.dll replay --embedded "$recording" >"$log" 2>&1; }
# Succeeds without a difference: a case that such a short run misses is none.
simulate() {
    local code=0
    dotnet tests/ItsService.Simulation/bin/Release/net10.0/ItsService.Simulation.dll --minutes "$1" \
        >"$log" 2>/dev/null || code=$?
    case "$code" in
        0 | 3) return 0 ;;
        1) return 1 ;;
        *) fail "the simulator ended with $code, which is no finding" ;;
    esac
}
# Succeeds when every account closes.
save_under_load() {
    local code=0
    dotnet tests/ItsService.SaveLoad/bin/Release/net10.0/ItsService.SaveLoad.dll --seconds "$1" --saves "$2" \
        >"$log" 2>&1 || code=$?
    [ "$code" -le 1 ] || fail "saves under load ended with $code, which is no finding"
    return "$code"
}
failed_tests() { grep -cE '^ +Failed [A-Za-z]' "$log" || true; }
finding() {
    sed -nE 's/^difference: (seed [0-9]+), step [0-9]+$/\1/p; s/^the same by ([0-9]+) steps:$/\1 steps/p;
        s/^differs after ([0-9.]+ s)$/\1/p' "$log" | paste -sd , | sed 's/,/, /g'
}
mismatches() { sed -nE 's/^replay: .*: ([0-9]+) mismatches.*/\1/p' "$log"; }

memory_tests() {
    dotnet test tests/ItsService.Server.Tests --configuration Release --no-build --nologo \
        --filter 'FullyQualifiedName~Memory.Kinds' >"$log" 2>&1
}

is_of_memory() { [[ "$(basename "$1")" == memory-* ]]; }
is_of_service() { ! grep -E '^\+\+\+ b/' "$1" | grep -qv '^+++ b/src/ItsService\.Server/'; }

# check_memory: sets caught to what noticed a bug in how guest memory is reached, or leaves it empty.
check_memory() {
    caught=""
    build tests/ItsService.Server.Tests || { tail -n 5 "$log" >&2; fail "does not build"; }
    memory_tests || caught="tests of guest memory ($(failed_tests) failed)"
}

# check_service SECONDS SAVES: sets caught to what noticed a bug of the service, or leaves it empty.
check_service() {
    caught=""
    build tests/ItsService.SaveLoad || { tail -n 5 "$log" >&2; fail "does not build"; }
    save_under_load "$1" "$2" || caught="saves under load"
}

# check MINUTES: sets caught to what noticed a bug of the model, or leaves it empty. The simulator gets that long.
check() {
    caught=""
    build tests/ItsService.Core.Tests && build src/ItsService.Cli && build tests/ItsService.Simulation ||
        { tail -n 5 "$log" >&2; fail "does not build"; }
    core_tests || caught="core tests ($(failed_tests) failed)"
    replay || caught="$caught${caught:+, }replay ($(mismatches) mismatches)"
    simulate "$1" || caught="$caught${caught:+, }simulator ($(finding))"
}

patches=()
for patch in eng/mutants/*.patch; do
    name=$(basename "$patch" .patch)
    [ $# -gt 0 ] && [[ " $* " != *" $name "* ]] || patches+=("$patch")
done
of_model=0
of_memory=0
of_service=0
for patch in "${patches[@]}"; do
    if is_of_memory "$patch"; then of_memory=1
    elif is_of_service "$patch"; then of_service=1
    else of_model=1; fi
done

say "the checks without a bug"
[ "$of_model" -eq 0 ] || check 0.3
[ "$of_model" -eq 0 ] || [ -z "$caught" ] || { tail -n 20 "$log" >&2; fail "the checks fail already: $caught"; }
[ "$of_memory" -eq 0 ] || check_memory
[ "$of_memory" -eq 0 ] || [ -z "$caught" ] || { tail -n 20 "$log" >&2; fail "the checks fail already: $caught"; }
[ "$of_service" -eq 0 ] || check_service 1 20
[ "$of_service" -eq 0 ] || [ -z "$caught" ] || { tail -n 20 "$log" >&2; fail "the checks fail already: $caught"; }

unnoticed=0
for patch in "${patches[@]}"; do
    name=$(basename "$patch" .patch)
    patch -p1 --silent <"$patch" || fail "$name does not apply to the tree as it is"
    if is_of_memory "$patch"; then
        check_memory
    elif is_of_service "$patch"; then
        check_service 20 200
        [ -z "$save" ] || cp "$log" "$save/$name.txt"
    else
        check 1
        [ -z "$save" ] || sed -n '/^difference:/,$p' "$log" >"$save/$name.txt"
    fi
    patch -p1 --silent --reverse <"$patch"
    printf '%-32s %s\n' "$name" "${caught:-NOT NOTICED}"
    [ -n "$caught" ] || unnoticed=$((unnoticed + 1))
done
[ "$unnoticed" -eq 0 ] || fail "$unnoticed bugs went unnoticed"
