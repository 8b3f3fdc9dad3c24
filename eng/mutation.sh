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
model's tests against each. Prints the score of each file and every change that no test noticed; the exit code is 1 when
the score is under the threshold in tests/ItsService.Core.Tests/stryker-config.json. Takes half an hour or more for
everything.

examples:
  eng/mutation.sh
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
status=0
dotnet stryker --config-file stryker-config.json ${1:+--mutate "$1"} --output "$root/artifacts/mutation" || status=$?
python3 "$root/eng/mutation-survivors.py" "$root/artifacts/mutation/reports/mutation-report.json"
exit "$status"
