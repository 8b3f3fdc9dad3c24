# Sourced by the scripts beside it: what they need from the machine, said in words.

say() { printf '%s\n' "== $*"; }
fail() { printf '%s\n' "$(basename "$0"): $*" >&2; exit 1; }

require_dotnet() {
    command -v dotnet >/dev/null 2>&1 ||
        fail "the .NET SDK is not on PATH; install .NET SDK 10 (global.json names the version) and run this again."
    (cd "$root" && dotnet --version >/dev/null 2>&1) ||
        fail "the .NET SDK on PATH does not satisfy global.json: $(dotnet --list-sdks | tr '\n' ';')"
}

# require_packages PACKAGE...: installs the Debian packages that are missing, or names them where it may not. What a
# package starts as a service is the machine's and not the tests': none is started.
require_packages() {
    local missing=() package as_root=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    if ! command -v apt-get >/dev/null 2>&1; then
        say "not a Debian machine: the tests that need ${missing[*]} will say that they are skipped."
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        else
            say "missing Debian packages: ${missing[*]} (install them with: sudo apt-get install ${missing[*]})"
            return 0
        fi
    fi
    say "installing Debian packages: ${missing[*]}"
    forbid_services "${as_root[@]}" || say "services of packages may be started"
    { "${as_root[@]}" apt-get -qq update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null; } ||
        say "could not install ${missing[*]}; what needs them will say so"
    allow_services "${as_root[@]}"
}

# Debian's packages ask this file whether they may start something. Where the machine has its own it stays.
service_policy=/usr/sbin/policy-rc.d
forbid_services() {
    policy_is_ours=
    [ ! -e "$service_policy" ] || return 0
    printf '#!/bin/sh\nexit 101\n' | "$@" tee "$service_policy" >/dev/null && "$@" chmod 755 "$service_policy" &&
        policy_is_ours=yes
}
allow_services() {
    [ -z "$policy_is_ours" ] || "$@" rm -f "$service_policy"
}
