#!/usr/bin/env bash
# Gives the same to a live QEMU and to the service, and compares.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

for argument in "$@"; do
    case "$argument" in
        -h | --help)
            cat <<'HELP'
usage: eng/differential.sh [--minutes N] [--seed S] [--sequences N]
       eng/differential.sh --seed S --sequence N [--keep PARTS]
       eng/differential.sh --page

Makes sequences of what guests do, legal, sloppy and hostile, from a seed. Each goes to a QEMU of its own, by qtest, and
to the service through its API, and after each step the two are compared: docs/differential.md tells what and how. Ends
at the first difference that no row of the table of known differences explains, which is shrunk to few steps, and prints
how to run just those again. Debian's qemu-system-arm is installed where that may be done.

--minutes N    how long, 1 by default; a fraction will do
--seed S       where the random numbers begin; by default another one each time
--sequences N  at most so many sequences
--sequence N   that sequence alone, without judging the table by it
--keep PARTS   of that sequence some steps and parts of steps alone, as a difference prints them
--canary       the service gets some MOVIs otherwise than QEMU, which must be found
--page         writes the table of known differences into docs/differential.md

The exit code is 1 when there was a difference, and when a row of the table was not needed, or excused more than 5 % of
all comparisons; 2 for arguments that make no sense; 3 without QEMU.

examples:
  eng/differential.sh --minutes 10
  eng/differential.sh --seed 7 --minutes 0.5
  eng/differential.sh --seed 7 --sequence 2 --keep 43.1-2,44.1,45.5,58.4
HELP
            exit 0
            ;;
    esac
done

require_dotnet
command -v qemu-system-aarch64 >/dev/null 2>&1 || require_packages qemu-system-arm
say "building" >&2
(cd "$root" && dotnet build tests/ItsService.Differential --configuration Release --nologo --verbosity quiet \
    -consoleLoggerParameters:NoSummary) >&2
program=$root/tests/ItsService.Differential/bin/Release/net10.0/ItsService.Differential.dll
[ "${1-}" != --page ] || exec dotnet "$program" --page "$root/docs/differential.md"
exec dotnet "$program" "$@"
