#!/usr/bin/env bash
# Builds the save-under-load program and runs it: a server under load is saved again and again, and the account checked.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

for argument in "$@"; do
    case "$argument" in
        -h | --help)
            cat <<'HELP'
usage: eng/save-load.sh [--seconds N] [--saves N] [--senders N] [--policy P] [--one-outstanding] [--successor S]
                        [--seed N] [--json FILE]

Starts a server of its own, loads a VM with messages, acknowledges and commands, saves it again and again, and checks of
each saved state that every interrupt is accounted for, event by event:
    sent = coalesced + acknowledged + cleared by a command + pending in the saved state
Each state is restored into a second VM and compared; its commands in flight run there once, and what is pending is
acknowledged. One run for each policy, and for each successor where several are asked for.

  --seconds N        a run lasts so long at least; 60 by default
  --saves N          and takes so many saves at least; 500 by default, a tenth with --successor restarted
  --senders N        how many devices send at a time, 1..64; 8 by default
  --policy P         carry, drain, refuse or all, the default: what becomes of commands in flight in a save
  --one-outstanding  no event has two messages outstanding: nothing may be coalesced, and each that is sent is acknowledged
  --successor S      which VM has the load after a save: saved, the one that was saved; restored, the second one, and the
                     first is deleted; restarted, one in a new server, and the one before is killed; or all. saved by
                     default, and all with --one-outstanding
  --seed N           what is drawn by lot: commands, and how to save; 1 by default
  --json FILE        writes the figures there, too

Ends with a table, a column for each run. A run ends at the first mismatch, which is told. The exit code is 0 when every
account closes, 1 when one does not, and 2 when the arguments are not understood.

examples:
  eng/save-load.sh
  eng/save-load.sh --one-outstanding
  eng/save-load.sh --policy carry --successor restored --seconds 10 --saves 50 --seed 7
HELP
            exit 0
            ;;
    esac
done

require_dotnet
say "building the save-under-load program" >&2
(cd "$root" && dotnet build tests/ItsService.SaveLoad --configuration Release --nologo --verbosity quiet \
    -consoleLoggerParameters:NoSummary) >&2
exec dotnet "$root/tests/ItsService.SaveLoad/bin/Release/net10.0/ItsService.SaveLoad.dll" "$@"
