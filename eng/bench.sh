#!/usr/bin/env bash
# Builds the benchmarks and runs them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

for argument in "$@"; do
    case "$argument" in
        -h | --help)
            cat <<'HELP'
usage: eng/bench.sh [--quick] [--json FILE] [FILTER]

Measures what docs/performance.md promises and prints each figure beside its target. A full run makes three rounds, each
in a process of its own, and takes the median: about ten minutes. --quick makes one short round, under three minutes.
--json FILE writes the same figures for programs. FILTER takes only keys that begin with it.

The figures vs.qemu.* need Debian's qemu-system-arm, which is installed where that may be done; without it they are
reported as not measured. The exit code tells whether measuring worked, not whether the targets are met.

examples:
  eng/bench.sh --quick
  eng/bench.sh --json bench.json
  eng/bench.sh core.msi
HELP
            exit 0
            ;;
    esac
done

require_dotnet
require_packages qemu-system-arm
say "building the benchmarks" >&2
(cd "$root" && dotnet build bench/ItsService.Benchmarks --configuration Release --nologo --verbosity quiet \
    -consoleLoggerParameters:NoSummary) >&2
exec dotnet "$root/bench/ItsService.Benchmarks/bin/Release/net10.0/ItsService.Benchmarks.dll" "$@"
