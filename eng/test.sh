#!/usr/bin/env bash
# Installs what the tests need where it can, builds everything and runs all tests.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

case "${1-}" in
    -h | --help)
        cat <<'HELP'
usage: eng/test.sh

Checks the formatting, builds the solution and runs every test project. The last line is
"N passed, N failed, N skipped"; the exit code is 1 when one failed. Tests against a peer program (Python's and Node's
gRPC, QEMU, Prometheus) install it from Debian and npm where they may; where it is absent they are skipped, and with
CI=true they fail. No service is started by that. So it is with the engine that runs guests, and with the kernel and busybox for arm64, which are kept in the user's cache.
HELP
        exit 0
        ;;
esac

started=$SECONDS
export DOTNET_CLI_UI_LANGUAGE=en  # the totals are read below
require_dotnet
require_packages python3 python3-grpcio python3-protobuf
# The engine that runs guests, and what their packages are fetched with.
require_packages libunicorn2 apt dpkg
# The dashboards and the alerts are asked of a real one, which the tests start for themselves.
require_packages prometheus
# A guest of our own is assembled.
require_packages binutils-aarch64-linux-gnu
command -v qemu-system-aarch64 >/dev/null 2>&1 || require_packages qemu-system-arm
command -v npm >/dev/null 2>&1 || require_packages nodejs npm

if command -v npm >/dev/null 2>&1; then
    say "installing the Node client's packages"
    (cd "$root/tests/clients/node" && npm ci --no-audit --no-fund --loglevel=error >/dev/null) ||
        say "could not install them; the Node client's tests will say so"
fi

say "building"
cd "$root"
dotnet build ItsService.sln --configuration Release --nologo --verbosity quiet -consoleLoggerParameters:NoSummary

say "fetching a guest"
eng/itsctl boot --debian --fetch-only || say "could not fetch it; the tests that boot it will say so"

say "checking the formatting"
dotnet format ItsService.sln --no-restore --verify-no-changes

passed=0 failed=0 skipped=0
results=$(mktemp)
trap 'rm -f "$results"' EXIT
for project in tests/*.Tests/*.csproj; do
    say "$(basename "$project" .csproj) (${SECONDS} s so far)"
    status=0
    dotnet test "$project" --configuration Release --no-build --nologo 2>&1 | tee "$results" || status=${PIPESTATUS[0]}
    # VSTest's closing line: "Passed!  - Failed:     0, Passed:    12, Skipped:     0, Total: ..."
    counts='s/.*- Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+),.*/\1 \2 \3/p'
    totals=$(sed -nE "$counts" "$results" | tail -n 1)
    if [ -z "$totals" ]; then
        printf '%s\n' "$project ended without a result" >&2
        totals="1 0 0"
    fi
    read -r project_failed project_passed project_skipped <<<"$totals"
    # A run that broke off after its last test has failed, whatever it counted.
    [ "$status" -eq 0 ] || [ "$project_failed" -gt 0 ] || project_failed=1
    failed=$((failed + project_failed)) passed=$((passed + project_passed)) skipped=$((skipped + project_skipped))
done

say "all tests took $((SECONDS - started)) s"
printf '%s\n' "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
