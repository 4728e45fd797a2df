#!/usr/bin/env bash
# Writes each add-on's i18n/<add-on>.pot from its code and views, and brings i18n/es.po up to date with it:
# new terms come in without a translation (a test fails on them), gone ones go.
. "$(dirname "$0")/setup.sh"

setup_all
with_databases_lock ensure_site
database=translations_work
db_copy template_site "$database"
names=()
while read -r name; do names+=("$name"); done < <(addons names)
"$PYTHON" "$ODOO_BIN" i18n export -c "$ODOO_RC" -d "$database" "${names[@]}" -l pot >"$LOG_DIR/translations.log" 2>&1 \
    || { tail -n 20 "$LOG_DIR/translations.log" >&2; die "the terms could not be exported"; }
for name in "${names[@]}"; do
    folder="$PROJECT_DIR/$name/i18n"
    "$PYTHON" "$PROJECT_DIR/dev/merge_po.py" "$folder/$name.pot" "$folder/es.po"
done
db_drop "$database"
