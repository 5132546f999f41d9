#!/usr/bin/env bash
# Everything that the services need on this machine: the locked Python packages in .venv, the
# programs of PostgreSQL and RabbitMQ, and what official documents are set with. Starts nothing, and
# does nothing twice.
#
#   bootstrap.sh [DEBIAN-PACKAGE...]      further packages that the caller needs
#
# DATABASE_URL and AMQP_URL name servers to be used instead; their packages are then not needed.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec </dev/null

readonly policy=/usr/sbin/policy-rc.d
readonly typesetting=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk)

say() { echo "setup: $*"; }

stop() {
    echo "$*" >&2
    exit 1
}

# Prints the first Python that can run the services and make environments.
find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3 /usr/bin/python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)'; then
            command -v "$candidate"
            return
        fi
    done 2>/dev/null
    return 1
}

is_present() {
    case $1 in
    python3-venv) find_python >/dev/null ;;
    postgresql) command -v postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' ;;
    rabbitmq-server) command -v rabbitmq-server || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] ;;
    chromium) command -v chromium ;;
    nodejs) command -v node ;;
    *) dpkg-query --show --showformat='${db:Status-Status}\n' "$1" | grep -qx installed ;;
    esac >/dev/null 2>&1
}

missing_packages() {
    local package wanted=("${typesetting[@]}" "$@")
    [ -x .venv/bin/python ] || wanted+=(python3-venv)
    [ -n "${DATABASE_URL:-}" ] || wanted+=(postgresql)
    [ -n "${AMQP_URL:-}" ] || wanted+=(rabbitmq-server)
    for package in "${wanted[@]}"; do
        is_present "$package" || echo "$package"
    done
}

may_be_root() {
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

# Calls one of the functions below as root.
as_root() {
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo -n)
    "${sudo[@]}" bash -c "set -euo pipefail
        $(declare -p policy); $(declare -f install_packages put_policy_back policy_is_ours)
        \"\$@\"" setup "$@"
}

# Debian starts a service when its package is installed. While policy-rc.d answers 101 it does not,
# nor does it stop or restart one that runs. The machine's own policy-rc.d is put back in the end,
# and after a run that was killed, by the next.
install_packages() {
    put_policy_back
    trap put_policy_back EXIT
    trap 'exit 130' INT TERM HUP
    if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$policy.before-gongjiang"; fi
    printf '#!/bin/sh\n# gongjiang setup\nexit 101\n' >"$policy"
    chmod 755 "$policy"

    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    apt-get update -qq -o DPkg::Lock::Timeout=300 || echo "using the package lists at hand"
    apt-get install -qq --yes --no-install-recommends -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# Waits for a set-up that runs: it holds the lock, and so does its apt-get if it was killed.
put_policy_back() {
    local saved=$policy.before-gongjiang
    exec 9>/run/gongjiang-setup.lock
    flock 9
    if policy_is_ours; then rm "$policy"; fi
    if [ -e "$saved" ] || [ -L "$saved" ]; then mv "$saved" "$policy"; fi
}

policy_is_ours() {
    grep -qsx '# gongjiang setup' "$policy"
}

ensure_packages() {
    local missing log=.local/logs/apt.log
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} = 0 ]; then
        if policy_is_ours && may_be_root; then as_root put_policy_back; fi
        return
    fi
    if ! command -v apt-get >/dev/null || ! may_be_root; then
        stop "Please install what is missing, as root: apt-get install ${missing[*]}"
    fi
    say "installing ${missing[*]} (about half a minute)"
    mkdir -p .local/logs
    if ! as_root install_packages "${missing[@]}" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        stop "The Debian packages ${missing[*]} could not be installed: see $log."
    fi
    hash -r
}

pip_install() {
    local log=.local/logs/pip.log
    mkdir -p .local/logs
    if ! .venv/bin/python -m pip install --disable-pip-version-check --no-input --no-deps \
        --no-compile "$@" \
        >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        stop "The Python packages could not be installed: see $log."
    fi
}

# uv, which pip installs, does the rest in seconds where pip takes a minute. It is told the index that
# pip is set to use; where the two do not get along, pip does it all.
install_locked() {
    local index log=.local/logs/uv.log
    mkdir -p .local/logs
    index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
    index=${UV_DEFAULT_INDEX:-$index}
    pip_install --require-hashes --requirement <(sed -n '/^uv==/,/[^\\]$/p' requirements.lock)
    if [ -n "${PIP_NO_INDEX:-}" ] || ! env ${index:+"UV_DEFAULT_INDEX=$index"} \
        .venv/bin/uv pip install --python .venv/bin/python --require-hashes --no-deps \
        --requirement requirements.lock >"$log" 2>&1; then
        say "pip does it (about a minute); if uv was asked, $log says why it could not"
        pip_install --require-hashes --requirement requirements.lock
    fi
}

ensure_environment() {
    local python stamp=.venv/.installed
    mkdir -p .local
    exec 8>.local/setup.lock
    flock 8
    if ! .venv/bin/python -c '' 2>/dev/null; then
        python=$(find_python) || stop "Please install Python 3.11 or newer with its venv module, then try again."
        say "making .venv with $("$python" --version)"
        rm -rf .venv
        "$python" -m venv .venv
    fi
    if ! sha256sum --check --status "$stamp" 2>/dev/null; then
        say "installing the locked Python packages"
        install_locked
        pip_install --no-build-isolation --config-settings editable_mode=compat --editable .
        sha256sum requirements.lock pyproject.toml >"$stamp"
    fi
}

ensure_packages "$@"
ensure_environment
