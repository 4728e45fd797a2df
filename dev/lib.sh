# shellcheck shell=bash
# Shared by the scripts of bin/ and dev/. Sourced, never run.
# Settings (environment): ODOO_HOME, HELPDESK_CACHE, HELPDESK_RUN, HELPDESK_PORT.
set -euo pipefail

PROJECT_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
CACHE_DIR="${HELPDESK_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/helpdesk-ticketing}"
RUN_DIR="${HELPDESK_RUN:-$PROJECT_DIR/run}"
VENV_DIR="$CACHE_DIR/venv-$(sha256sum "$PROJECT_DIR/dev/requirements.lock" 2>/dev/null | cut -c1-12)"
PYTHON="$VENV_DIR/bin/python"
export LC_ALL="${LC_ALL:-C.UTF-8}" PYTHONDONTWRITEBYTECODE="${PYTHONDONTWRITEBYTECODE:-}"
mkdir -p "$CACHE_DIR" "$RUN_DIR"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf '\033[1;31merror:\033[0m %s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# Only one set-up at a time fills the shared cache; the others wait for it.
with_cache_lock() {
    exec 9>"$CACHE_DIR/.lock"
    flock 9
    "$@"
    exec 9>&-
}
