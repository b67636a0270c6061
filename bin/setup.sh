# Sets this checkout up; sourced by bin/run and bin/test. Needs bash and Python 3.11 or later, nothing else.
#
# What has been installed is remembered as a copy of the file it was installed from, so that a later start only
# compares two texts. Two starts at once wait for each other.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
INSTALLED=$VENV/.installed
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf 'ringback: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

same() { [[ -r $1 && -r $2 && $(<"$1") == "$(<"$2")" ]]; }

# Print the path of a Python that can run us: the user's own first, then the newest by name.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

# lock WHAT: hold descriptor 9 as a lock until `unlock` or the end. The lock is Python's flock: bash has none of its own.
lock() {
    mkdir -p "$ROOT/.tools"
    exec 9>"$ROOT/.tools/$1.lock"
    "$PYTHON" -c '
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("ringback: another set-up is running; waiting for it", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
'
}

unlock() { exec 9>&-; }

# Print how to call uv: from PATH, or one fetched before.
find_uv() {
    if command -v uv >/dev/null 2>&1; then
        command -v uv
    elif [[ -x $ROOT/.tools/uv/bin/uv ]]; then
        printf '%s\n' "$ROOT/.tools/uv/bin/uv"
    else
        return 1
    fi
}

# install_with_uv VENV REQUIREMENTS
install_with_uv() {
    local uv
    uv=$(find_uv) || return 1
    export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true  # trust what the system trusts; new and old name
    if [[ ! -x $1/bin/python ]]; then
        "$uv" venv --quiet --python "$PYTHON" "$1" 9>&- || return 1
    fi
    "$uv" pip install --quiet --python "$1/bin/python" --require-hashes -r "$2" 9>&-
}

# install_with_pip VENV REQUIREMENTS
install_with_pip() {
    if ! "$1/bin/python" -m pip --version >/dev/null 2>&1; then
        "$PYTHON" -m venv --clear "$1" >&2 9>&- || return 1
    fi
    "$1/bin/python" -m pip install -qq --no-compile --require-hashes -r "$2" >&2 9>&-
}

# Fetch uv with pip into a folder of its own: the way out where Debian's Python has pip but cannot make a venv.
fetch_uv() {
    "$PYTHON" -m pip install -qq --target "$ROOT/.tools/uv" uv >&2 9>&-
}

# install VENV REQUIREMENTS: uv where it is, else venv and pip, else a uv of our own.
install() {
    [[ -x $1/bin/python ]] && ! "$1/bin/python" -c '' 2>/dev/null && rm -rf "$1"
    install_with_uv "$1" "$2" && return
    install_with_pip "$1" "$2" && return
    fetch_uv && install_with_uv "$1" "$2" && return
    say "the packages of $(basename "$2") could not be installed (see above)."
    say "Python needs venv and pip: on Debian and Ubuntu, apt-get install python3-venv python3-pip. Then try again."
    return 1
}

# set_up_packages NAME: make the virtual environment hold exactly what NAME.txt pins, unless it does already.
set_up_packages() {
    same "$ROOT/$1.txt" "$INSTALLED/$1.txt" && [[ -x $VENV/bin/python ]] && return
    PYTHON=$(find_python) || fail "no Python 3.11 or later was found. Install one, then try again."
    lock packages
    if ! same "$ROOT/$1.txt" "$INSTALLED/$1.txt" || [[ ! -x $VENV/bin/python ]]; then
        say "installing the packages of $1.txt (once)"
        install "$VENV" "$ROOT/$1.txt" || exit 1
        mkdir -p "$INSTALLED"
        cp "$ROOT/$1.txt" "$INSTALLED/$1.txt"
        # The packages for development include those for running.
        [[ $1 == requirements-dev ]] && cp "$ROOT/requirements.txt" "$INSTALLED/requirements.txt"
    fi
    unlock
}

# What htmx was installed from is remembered beside it: the virtual environment may be made meanwhile.
HTMX=$ROOT/static/vendor/htmx.min.js
HTMX_FROM=$ROOT/node_modules/.installed-from.json
HTMX_FAILED=$ROOT/.tools/htmx-failed

have_htmx() { [[ -s $HTMX ]] && same "$ROOT/package-lock.json" "$HTMX_FROM"; }

# Whether fetching htmx failed within the last hour: then a start does not wait for the network again.
htmx_failed_lately() { [[ -n $(find "$HTMX_FAILED" -mmin -60 2>/dev/null) ]]; }

npm_ci() { (cd "$ROOT" && "$@" ci --ignore-scripts --no-audit --no-fund --silent --fetch-retries=1 >&2 9>&-); }

# Where there is no npm: a Node from the package index, used once and thrown away.
npm_ci_with_a_throw_away_node() {
    local node=$ROOT/.tools/node result=0
    say "npm was not found; fetching a Node for one use"
    { install "$node" "$ROOT/requirements-node.txt" && PATH=$node/bin:$PATH npm_ci npm; } || result=1
    rm -rf "$node"
    return $result
}

fetch_htmx() {
    { command -v npm >/dev/null 2>&1 && npm_ci npm; } || npm_ci_with_a_throw_away_node || return 1
    mkdir -p "${HTMX%/*}"
    cp "$ROOT/node_modules/htmx.org/dist/htmx.min.js" "$HTMX" && cp "$ROOT/package-lock.json" "$HTMX_FROM"
}

# set_up_htmx: the one third-party file of the pages. Fails when it cannot be had; every form works without it.
set_up_htmx() {
    have_htmx && return
    [[ -z ${RINGBACK_TEST_REQUIRE-} ]] && htmx_failed_lately && return 1
    PYTHON=$(find_python) || return 1
    lock htmx
    local result=0
    have_htmx || fetch_htmx || result=1
    if ((result)); then touch "$HTMX_FAILED"; else rm -f "$HTMX_FAILED"; fi
    unlock
    return $result
}
