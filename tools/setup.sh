#!/bin/sh
# Makes the development environment in .venv from requirements.lock, hashes required, bytecode compiled.
# Says nothing and does nothing when the environment already matches the lock.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONDONTWRITEBYTECODE VIRTUAL_ENV || true

venv=.venv
packages="contracts runtime pages cli"
for file in services/*/pyproject.toml; do packages="$packages ${file%/pyproject.toml}"; done

say() { printf 'setup: %s\n' "$*"; }
give_up() { say "$*" >&2; exit 1; }

apt_install() {
    say "installing $* with apt-get"
    words=$(mktemp)
    if ! {
        apt-get -qq update &&
            DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"
    } </dev/null >"$words" 2>&1; then
        tail -n 3 "$words" >&2
        rm -f "$words"
        give_up "apt-get could not install $*"
    fi
    rm -f "$words"
}
may_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# The newest Python that is 3.11 or later, or nothing.
find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

python=$(find_python)
if [ -z "$python" ] && may_apt; then
    apt_install python3 python3-venv
    python=$(find_python)
fi
[ -n "$python" ] || give_up "install Python 3.11 or later, with its venv module"

stamp=$({ "$python" --version; pwd; cat requirements.lock tools/setup.sh; for p in $packages; do cat "$p/pyproject.toml"; done; } | sha256sum | cut -c1-64)
if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/nrm-stamp" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi

# One set-up at a time: make up and make test may be started side by side.
if [ -z "${NRM_SETUP_LOCKED:-}" ] && command -v flock >/dev/null 2>&1; then
    mkdir -p .nrm
    NRM_SETUP_LOCKED=1 exec flock .nrm/setup.lock sh "$0"
fi

# An environment that was moved or cut off is made anew.
if [ "$(cat "$venv/nrm-place" 2>/dev/null)" != "$PWD" ] || ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    say "making $venv with $python"
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        may_apt || give_up "install the venv module of $python (Debian: apt-get install python3-venv)"
        apt_install python3-venv
    fi
    "$python" -m venv --clear "$venv"
    pwd >"$venv/nrm-place"
fi

# uv itself is pinned in the lock; pip brings it, uv brings the rest.
wanted=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.lock)
if [ "$("$venv/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$wanted" ]; then
    awk '/^[^ ]/ { inside = /^uv==/ } inside && !/^ *#/' requirements.lock >"$venv/uv.lock"
    "$venv/bin/python" -m pip install --quiet --require-hashes --no-deps -r "$venv/uv.lock"
fi

say "installing the locked packages"
uv="$venv/bin/uv --quiet"
compile=--compile-bytecode
VIRTUAL_ENV=$PWD/$venv
export VIRTUAL_ENV UV_LINK_MODE="${UV_LINK_MODE:-copy}"
$uv pip install $compile --require-hashes -r requirements.lock
editable=
for p in $packages; do editable="$editable -e $p"; done
$uv pip install --no-deps $editable
"$venv/bin/python" -m compileall -q contracts/src runtime/src pages/src cli/src services/*/src || true
echo "$stamp" >"$venv/nrm-stamp"
say "done: $("$venv/bin/python" --version)"
