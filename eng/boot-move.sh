#!/usr/bin/env bash
# Boots Debian, and kills the service under the running guest, twice.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

case "${1-}" in
    -h | --help)
        cat <<'HELP'
usage: eng/boot-move.sh [BOOT OPTION...]

Starts a service, boots Debian on it, and kills the service with SIGKILL in the middle of the guest's disk I/O, twice:
each time its interrupt controller is saved to the state directory before, and restored by a new service after. The guest
must not notice: every block as it was written, no complaint of its kernel. Takes a minute or two. Options are handed to
`itsctl boot`.

examples:
  eng/boot-move.sh
  eng/boot-move.sh --smp 4 --memory remote
HELP
        exit 0
        ;;
esac

require_dotnet
say "building"
(cd "$root" && dotnet build src/ItsService.Server --configuration Release --nologo --verbosity quiet \
    -consoleLoggerParameters:NoSummary)
files=$(mktemp -d)
service=$root/src/ItsService.Server/bin/Release/net10.0/ItsService.Server.dll
mkdir -m 700 "$files/ram"

# Started by the move's command as well, which is another shell.
cat >"$files/start.sh" <<START
dotnet "$service" --listen none --unix-socket "$files/its.\$1.sock" --console none --state-directory "$files/state" \\
    --shared-memory-directory "$files/ram" >"$files/log.\$1" 2>&1 </dev/null &
echo \$! >"$files/pid"
START
cat >"$files/move.sh" <<MOVE
pid=\$(cat "$files/pid")
kill -KILL "\$pid"
while kill -0 "\$pid" 2>/dev/null; do sleep 0.05; done
. "$files/start.sh"
MOVE
end() {
    kill "$(cat "$files/pid")" 2>/dev/null || true
    rm -rf "$files"
}
trap end EXIT

say "starting the first service"
bash "$files/start.sh" 0
for ((look = 0; look < 300; look++)); do
    [ ! -S "$files/its.0.sock" ] || break
    sleep 0.1
done
"$root/eng/itsctl" boot --server "unix:$files/its.0.sock" --debian --append quiet \
    --checkpoint-at 'I/O on all CPUs' --checkpoint-at 'I/O goes on' \
    --move-to "unix:$files/its.1.sock" --move-to "unix:$files/its.2.sock" \
    --move-command "bash '$files/move.sh' \"\$ITS_MOVE\"" "$@"
