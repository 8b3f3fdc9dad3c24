#!/usr/bin/env bash
# Builds the simulator and runs it: the model against the second implementation, step by step.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

for argument in "$@"; do
    case "$argument" in
        -h | --help)
            cat <<'HELP'
usage: eng/simulate.sh [--minutes N] [--seed S] [--replay FILE] [--save FILE]

Drives the model and the reference model with the same steps, which a seed decides, and compares what both show after
each. Without --minutes and --seed it runs for one minute from seed 1 on.

  --minutes N    tries one seed after the other on every core until N minutes are over; 0.5 is half a minute
  --seed S       the first seed; without --minutes this one alone, to have a difference again
  --replay FILE  does the steps of a script instead, and compares everything after each
  --save FILE    writes the shrunk script of a difference there, too

Ends with a table of what occurred how often, by the numbers of vCPUs and ITSs. A difference is printed with its seed and
a short script that leads to it. The exit code is 0 without a difference, 1 with one, 2 when the arguments or the script
are not understood, and 3 when a run of a million steps or more has missed a case of the table.

examples:
  eng/simulate.sh --minutes 10
  eng/simulate.sh --seed 2112
  eng/simulate.sh --replay tests/ItsService.Simulation.Tests/Regressions/setlpir-unreadable.sim
HELP
            exit 0
            ;;
    esac
done

require_dotnet
say "building the simulator" >&2
(cd "$root" && dotnet build tests/ItsService.Simulation --configuration Release --nologo --verbosity quiet \
    -consoleLoggerParameters:NoSummary) >&2
exec dotnet "$root/tests/ItsService.Simulation/bin/Release/net10.0/ItsService.Simulation.dll" "$@"
