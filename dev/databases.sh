# shellcheck shell=bash
# Databases, made once as templates and copied in a second:
#   template_core     the Spanish company with Odoo's own modules that the add-ons need, no sample records
#   template_addons   a copy of it with the add-ons of this checkout that need no website
#   template_site     a copy of that one with the others (the group "site" of dev/addons.py)
#   test, bench       copies of template_addons
#   demo, test_site   copies of template_site
# A template's comment holds its key; it is made again when the key changes.
LOG_DIR="$RUN_DIR/logs"
mkdir -p "$LOG_DIR"
# Beside what the add-ons depend on: the company is Spanish. What these install of themselves (Peppol, SMS, postal
# letters, look-up of companies...) stays, as on a customer's database; dev/core_accounting.py keeps it off the network.
CORE_EXTRA=(l10n_es l10n_es_edi_facturae)

addons() { python3.11 "$PROJECT_DIR/dev/addons.py" "$@"; }
comma() { paste -sd, -; }

db_key() { psql -XAtc "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = '$1'"; }
db_set_key() { psql -qXc "COMMENT ON DATABASE \"$1\" IS '$2'"; }

odoo_version() {
    if [ -n "${ODOO_HOME:-}" ]; then
        { [ -e "$ODOO_HOME/.git" ] && git -C "$ODOO_HOME" rev-parse HEAD 2>/dev/null; } || cat "$ODOO_HOME/odoo/release.py"
    else
        cat "$ODOO_PREFIX/VERSION"
    fi
}

core_key() {
    { odoo_version; addons depends main; echo "${CORE_EXTRA[@]}"; cat "$PROJECT_DIR"/dev/core_*.py; } | sha256sum | cut -c1-16
}

addons_key() { echo "$(core_key)-$(addons digest main)"; }

site_key() { echo "$(addons_key)-$(addons digest site)"; }

# $1: name of the log; the rest: Odoo's arguments. Stops on an error, and on a warning that is not allowed.
odoo_step() {
    local log="$LOG_DIR/$1.log" watcher; shift
    rm -f "$log"
    watch_progress "$log" & watcher=$!
    if ! run_odoo "$@" --stop-after-init --no-http --logfile="$log" >"$log.out" 2>&1; then
        stop_watcher "$watcher"
        tail -n 40 "$log.out" "$log" >&2
        die "Odoo failed: $*"
    fi
    stop_watcher "$watcher"
    python3.11 "$PROJECT_DIR/dev/check_log.py" "$log" || die "warnings in the log ($log)"
}

# Which module is being loaded, on a terminal only.
watch_progress() {
    [ -t 2 ] || return 0
    # It does not hear Ctrl-C.
    while sleep 1 && kill -0 $$ 2>/dev/null; do
        printf '\r    %s\033[K' "$(grep -oE 'Loading module .*' "$1" 2>/dev/null | tail -n 1)" >&2
    done
}

stop_watcher() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
    [ ! -t 2 ] || printf '\r\033[K' >&2
}

# $1: name of the log, $2: database, $3: script.
odoo_script() {
    local log="$LOG_DIR/$1.log"
    rm -f "$log"
    run_odoo shell -d "$2" --no-http --log-level=warn --logfile="$log" <"$3" >"$log.out" 2>&1 \
        || { tail -n 40 "$log.out" >&2; die "${3##*/} failed"; }
    python3.11 "$PROJECT_DIR/dev/check_log.py" "$log" || die "warnings in the log ($log)"
}

# Two commands in one checkout must not make the same database at once.
with_databases_lock() {
    exec 8>"$RUN_DIR/.databases.lock"
    flock 8
    "$@"
    exec 8>&-
}

# $1: template, $2: key. True when the template must be made (again).
needs_template() { ! db_exists "$1" || [ "$(db_key "$1")" != "$2" ]; }

ensure_core() {
    local key
    key="$(core_key)"
    needs_template template_core "$key" || return 0
    say "Making the core database (once; about two minutes)"
    db_drop template_core
    db_drop core_new
    # English first: it would be archived otherwise, and Spanish be everyone's language.
    odoo_step core-base -d core_new -i base --load-language=en_US,es_ES
    odoo_script core-company core_new "$PROJECT_DIR/dev/core_company.py"
    odoo_step core-modules -d core_new -i "$({ addons depends main; printf '%s\n' "${CORE_EXTRA[@]}"; } | comma)"
    odoo_script core-accounting core_new "$PROJECT_DIR/dev/core_accounting.py"
    db_rename core_new template_core
    db_set_key template_core "$key"
}

ensure_addons() {
    local key
    ensure_core
    key="$(addons_key)"
    needs_template template_addons "$key" || return 0
    say "Installing the add-ons: $(addons names main | comma)"
    db_drop template_addons
    db_copy template_core addons_new
    odoo_step addons -d addons_new -i "$(addons names main | comma)"
    odoo_script bundles addons_new "$PROJECT_DIR/dev/make_bundles.py"
    db_rename addons_new template_addons
    db_set_key template_addons "$key"
}

ensure_site() {
    local key
    ensure_addons
    key="$(site_key)"
    needs_template template_site "$key" || return 0
    say "Installing the website and the add-ons for it: $(addons names site | comma)"
    db_drop template_site
    db_copy template_addons site_new
    odoo_step site -d site_new -i "$(addons names site | comma)"
    odoo_script site-bundles site_new "$PROJECT_DIR/dev/make_bundles.py"
    db_rename site_new template_site
    db_set_key template_site "$key"
}

ensure_demo() {
    if db_exists demo; then
        update_demo
        return 0
    fi
    ensure_site
    say "Making the demo company"
    db_copy template_site demo_new
    HELPDESK_DEMO="$(addons demo)"
    export HELPDESK_DEMO HELPDESK_LOGO="$PROJECT_DIR/dev/company_logo.png"
    odoo_script demo demo_new "$PROJECT_DIR/dev/load_demo.py"
    db_rename demo_new demo
    db_set_key demo "$(site_key)"
}

# The demo company is the user's: a changed add-on is updated in it, its records stay.
update_demo() {
    local key old updated
    key="$(site_key)"
    old="$(db_key demo)"
    [ "$old" != "$key" ] || return 0
    updated="$(addons names | comma)"
    # Another Odoo, or other modules of it: everything stands on base.
    [ "${old%%-*}" = "${key%%-*}" ] || updated=base
    say "The add-ons or Odoo have changed: updating the demo company (bin/run --fresh makes a new one)"
    odoo_step demo-update -d demo -u "$updated" -i "$(addons names | comma)"
    db_set_key demo "$key"
}

db_rename() {
    psql -qXc "ALTER DATABASE \"$1\" RENAME TO \"$2\""
    rm -rf "$RUN_DIR/data/filestore/$2"
    [ ! -d "$RUN_DIR/data/filestore/$1" ] || mv "$RUN_DIR/data/filestore/$1" "$RUN_DIR/data/filestore/$2"
}
