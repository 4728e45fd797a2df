#!/usr/bin/env bash
# The README's screenshots, anew, from the running demo company: bin/run --fresh --background; bin/run --story; this.
set -eu
# shellcheck source=dev/lib.sh
. "$(dirname "$0")/lib.sh"
folder="${1:-$PROJECT_DIR/helpdesk_ticketing/static/description}"
note="$(find "$PROJECT_DIR/out" -name '3 Delivery note*.pdf' -print -quit)"
[ -n "$note" ] || die "play the story first: bin/run --story"
"$PYTHON" "$PROJECT_DIR/dev/screenshots.py" "http://127.0.0.1:${HELPDESK_PORT:-8069}" "$folder"
pdftoppm -png -r 72 -singlefile "$note" "$folder/note"
