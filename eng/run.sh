#!/usr/bin/env bash
# Builds the service and starts it on this machine.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

case "${1-}" in
    -h | --help)
        cat <<'HELP'
usage: eng/run.sh [OPTION...]

Builds the service (a minute the first time, seconds later) and starts it: gRPC on 127.0.0.1:7400 without TLS, and on a
Unix socket. Ctrl-C stops it. Options are handed to the service; `eng/run.sh -- --help` lists them.

examples:
  eng/run.sh
  eng/run.sh --listen 127.0.0.1:7500 --unix-socket none
HELP
        exit 0
        ;;
    --) shift ;;
esac

require_dotnet
say "building the service"
# In the root, since dotnet looks for global.json from where it is called.
(cd "$root" && dotnet build src/ItsService.Server --configuration Release --nologo --verbosity quiet \
    -consoleLoggerParameters:NoSummary)
say "starting the service"
exec dotnet "$root/src/ItsService.Server/bin/Release/net10.0/ItsService.Server.dll" "$@"
