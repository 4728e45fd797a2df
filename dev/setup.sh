# shellcheck shell=bash
# Everything that the commands of bin/ stand on: system packages, Odoo, Python, PostgreSQL, configuration.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$PROJECT_DIR/dev/system.sh"
. "$PROJECT_DIR/dev/odoo.sh"
. "$PROJECT_DIR/dev/python.sh"
. "$PROJECT_DIR/dev/postgres.sh"
. "$PROJECT_DIR/dev/databases.sh"

ODOO_RC="$RUN_DIR/odoo.conf"
HTTP_PORT="${HELPDESK_PORT:-8069}"
MAIL_PORT=$((HTTP_PORT + 5))
export ODOO_RC

# The arguments: further system packages (see setup_system).
setup_all() {
    setup_system "$@"
    setup_odoo
    setup_python
    with_run_lock setup_postgres
    write_configuration
}

write_configuration() {
    mkdir -p "$RUN_DIR/data"
    cat >"$ODOO_RC" <<CONF
[options]
addons_path = $ODOO_ADDONS,$PROJECT_DIR
data_dir = $RUN_DIR/data
db_host = $PG_SOCKET
db_user = $PG_ROLE
db_template = template1
http_interface = 127.0.0.1
http_port = $HTTP_PORT
gevent_port = $((HTTP_PORT + 3))
proxy_mode = False
smtp_server = 127.0.0.1
smtp_port = $MAIL_PORT
unaccent = True
limit_memory_hard = 0
admin_passwd = $(head -c 18 /dev/urandom | base64 | tr '/+' 'xy')
CONF
    chmod 600 "$ODOO_RC"
}

# The pinned Odoo with the project's configuration; the first word may be a command of its own (shell, db...).
run_odoo() {
    case "${1:-}" in
        -* | "") "$PYTHON" "$ODOO_BIN" -c "$ODOO_RC" "$@" ;;
        *) local command="$1"; shift; "$PYTHON" "$ODOO_BIN" "$command" -c "$ODOO_RC" "$@" ;;
    esac
}
