#!/usr/bin/env bash
# Install, upgrade and uninstall the add-ons on databases with data: no warning, no error, nothing left behind.
#   quick    folders copied into an addons path, Spanish company, our demo records
#   wheels   wheels installed by pip, generic chart of accounts, Odoo's and our sample data (--with-demo)
#   all      both
. "$(dirname "$0")/setup.sh"

WORK="$RUN_DIR/install"

# $1: addons path, without this checkout.
use_addons_path() {
    ODOO_RC="$WORK/odoo.conf"
    export ODOO_RC
    sed "s|^addons_path = .*|addons_path = $1|" "$RUN_DIR/odoo.conf" >"$ODOO_RC"
}

# $1: database, which goes in the end.
upgrade_and_uninstall() {
    HELPDESK_ADDONS="$(addons names | paste -sd' ')"
    export HELPDESK_ADDONS
    export HELPDESK_RULES="$WORK/$1-rules.json"
    odoo_script "$1-age" "$1" "$PROJECT_DIR/dev/old_rules.py"
    odoo_step "$1-upgrade" -d "$1" -u "$(addons names | comma)"
    odoo_script "$1-rules" "$1" "$PROJECT_DIR/dev/old_rules.py"
    odoo_script "$1-uninstall" "$1" "$PROJECT_DIR/dev/uninstall.py"
    odoo_step "$1-after" -d "$1"
    db_drop "$1"
}

from_folders() {
    local name
    say "Installation from copied folders, Spanish company"
    mkdir -p "$WORK/folders"
    for name in $(addons names); do cp -r "$PROJECT_DIR/$name" "$WORK/folders/"; done
    use_addons_path "$ODOO_ADDONS,$WORK/folders"
    with_databases_lock ensure_core
    db_copy template_core install_folders
    odoo_step install_folders -d install_folders -i "$(addons names | comma)"
    HELPDESK_DEMO="$(addons demo)"
    export HELPDESK_DEMO HELPDESK_LOGO="$PROJECT_DIR/dev/company_logo.png"
    odoo_script install_folders-data install_folders "$PROJECT_DIR/dev/load_demo.py"
    upgrade_and_uninstall install_folders
}

from_wheels() {
    local name
    say "Installation from wheels, generic chart of accounts, sample data (about five minutes)"
    for name in $(addons names); do
        "$PYTHON" -m pip wheel -q --disable-pip-version-check --no-build-isolation --no-deps --no-index \
            --wheel-dir "$WORK/wheels" "$PROJECT_DIR/$name" >"$WORK/pip.log" 2>&1 \
            || { cat "$WORK/pip.log" >&2; die "$name makes no wheel"; }
    done
    "$PYTHON" -m pip install -q --disable-pip-version-check --no-deps --no-index --target "$WORK/site" "$WORK"/wheels/*.whl
    use_addons_path "$ODOO_ADDONS"
    export PYTHONPATH="$ODOO_PYTHONPATH:$WORK/site"
    db_drop install_wheels
    # The bridges come of themselves where both of their sides are there.
    odoo_step install_wheels -d install_wheels -i "$(addons names | comma)" --with-demo
    upgrade_and_uninstall install_wheels
}

setup_all
rm -rf "$WORK"
mkdir -p "$WORK/wheels" "$WORK/site"
# Nothing of this checkout may be found by chance.
cd "$WORK" || exit 1
case "${1:-quick}" in quick | all) from_folders ;; esac
case "${1:-quick}" in wheels | all) from_wheels ;; esac
rm -rf "$WORK"
