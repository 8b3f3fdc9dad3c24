#!/usr/bin/env bash
# Writes docs/conformance.md anew from the conformance cases.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/require.sh"

case "${1-}" in
    -h | --help)
        cat <<'HELP'
usage: eng/conformance.sh

Builds and runs the conformance cases and writes docs/conformance.md anew from what they say of themselves. The exit
code is 1 when a case fails: then the page is not to be committed.
HELP
        exit 0
        ;;
esac

require_dotnet
cd "$root"
ITS_CONFORMANCE_PAGE=1 dotnet test tests/ItsService.Conformance.Tests --configuration Release --nologo
say "docs/conformance.md is up to date"
