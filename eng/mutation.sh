#!/usr/bin/env bash
# Measures how much of the model the tests would notice if it changed: the mutation score.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

case "${1-}" in
    -h | --help)
        cat <<'HELP'
usage: eng/mutation.sh [GLOB]

Changes the commands, tables, translation and redistributors of the model in small ways, one at a time, and runs the
model's tests against each. Prints the score of each file and folder, and every change that no test noticed and
tests/ItsService.Core.Tests/equivalent-mutants.txt does not explain. The exit code is 1 when the score is under 85 %, when
a change is left unexplained, or when more than 3 % are called equivalent. GLOB is relative to src/ItsService.Core.
Everything takes an hour or more; docs/mutation.md tells more.

examples:
  eng/mutation.sh
  eng/mutation.sh 'Tables/**/*.cs'
  eng/mutation.sh 'Commands/Ma*.cs'
HELP
        exit 0
        ;;
esac

require_dotnet
require_packages python3
cd "$root"
say "restoring the tool"
dotnet tool restore >/dev/null
cd tests/ItsService.Core.Tests

# A test that fails says enough: the rest need not run. The project file looks for this.
export StopOnFirstFailure=true
dotnet stryker --config-file stryker-config.json ${1:+--mutate "$1"} --output "$root/artifacts/mutation"
python3 "$root/eng/mutation-survivors.py" "$root/artifacts/mutation/reports/mutation-report.json" equivalent-mutants.txt
