# shellcheck shell=bash
# Shared by the scripts of bin/ and dev/. Sourced, never run.
# Settings (environment): ODOO_HOME, HELPDESK_CACHE, HELPDESK_RUN, HELPDESK_PORT.
set -euo pipefail

PROJECT_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
CACHE_DIR="${HELPDESK_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/helpdesk-ticketing}"
RUN_DIR="${HELPDESK_RUN:-$PROJECT_DIR/run}"
export LC_ALL="${LC_ALL:-C.UTF-8}" PYTHONDONTWRITEBYTECODE="${PYTHONDONTWRITEBYTECODE:-}"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf '\033[1;31merror:\033[0m %s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# $1: a folder, made where it is missing. Prints its full path: the commands change folders.
own_folder() {
    if ! { mkdir -p "$1" && [ -w "$1" ]; }; then
        die "$(id -un) may not write to $1: give that folder to the user, or name another one (HELPDESK_CACHE, HELPDESK_RUN)"
    fi
    (cd "$1" && pwd)
}

CACHE_DIR="$(own_folder "$CACHE_DIR")"
RUN_DIR="$(own_folder "$RUN_DIR")"
VENV_DIR="$CACHE_DIR/venv-$(sha256sum "$PROJECT_DIR/dev/requirements.lock" 2>/dev/null | cut -c1-12)"
PYTHON="$VENV_DIR/bin/python"

# Only one set-up at a time fills the shared cache; the others wait for it.
with_cache_lock() {
    exec 9>"$CACHE_DIR/.lock"
    flock 9
    "$@"
    exec 9>&-
}

# Two commands of one checkout must not start the same cluster or server at once. What they start closes the lock.
with_run_lock() {
    exec 6>"$RUN_DIR/.run.lock"
    flock 6
    "$@"
    exec 6>&-
}
