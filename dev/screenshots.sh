#!/usr/bin/env bash
# The README's screenshots, anew, from the running demo company (bin/run --background; bin/run --story first).
set -eu
# shellcheck source=dev/lib.sh
. "$(dirname "$0")/lib.sh"
exec "$PYTHON" "$PROJECT_DIR/dev/screenshots.py" "http://127.0.0.1:${HELPDESK_PORT:-8069}" "${1:-$PROJECT_DIR/helpdesk_ticketing/static/description}"
