# shellcheck shell=bash
# The demo company's server and its mailbox, as processes in the background with a pid file each.
SERVER_PID="$RUN_DIR/server.pid"
SERVER_PORT="$RUN_DIR/server.port"
MAILBOX_PID="$RUN_DIR/mailbox.pid"
MAIL_DIR="$RUN_DIR/mail"

# $1: pid file. The process must be one of ours: numbers are used again.
pid_alive() { [ -e "$1" ] && grep -qF -e "$PROJECT_DIR" -e "$RUN_DIR" "/proc/$(cat "$1")/cmdline" 2>/dev/null; }
server_alive() { pid_alive "$SERVER_PID"; }
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

server_address() { echo "http://127.0.0.1:$(cat "$SERVER_PORT" 2>/dev/null || echo "$HTTP_PORT")"; }

check_ports() {
    local port
    for port in "$HTTP_PORT" "$MAIL_PORT"; do
        ! port_taken "$port" || die "port $port is in use by another program: choose one with bin/run --port N
(the server takes N, and N + 5 for its mailbox)"
    done
}

# Unless the server has them already.
find_ports() {
    server_alive && return
    # The mailbox of a server that was killed.
    stop_process "$MAILBOX_PID"
    check_ports
}

start_server() {
    find_ports
    # Sessions of their own: the terminal's end and its Ctrl-C are this script's business, not theirs.
    setsid "$PYTHON" "$PROJECT_DIR/dev/mailbox.py" "$MAIL_PORT" "$MAIL_DIR" >"$LOG_DIR/mailbox.log" 2>&1 6>&- 7>&- 8>&- &
    echo $! >"$MAILBOX_PID"
    # Links in mails, and the styles of documents, are fetched from the address at which it is started now.
    psql -qX -d demo -c "UPDATE ir_config_parameter SET value = 'http://127.0.0.1:$HTTP_PORT'
        WHERE key = 'web.base.url' AND value ~ '^http://(localhost|127.0.0.1):'"
    setsid "$PYTHON" "$ODOO_BIN" -c "$ODOO_RC" -d demo --db-filter '^demo$' --no-database-list \
        --logfile="$LOG_DIR/server.log" >"$LOG_DIR/server.log.out" 2>&1 6>&- 7>&- 8>&- &
    echo $! >"$SERVER_PID"
    echo "$HTTP_PORT" >"$SERVER_PORT"
    wait_for_server
}

wait_for_server() {
    local started=$SECONDS
    say "Starting the server"
    until curl -sfo /dev/null --max-time 20 "$(server_address)/web/login"; do
        if ! server_alive; then
            tail -n 30 "$LOG_DIR/server.log.out" "$LOG_DIR/server.log" >&2
            stop_server
            die "the server did not start (log above)"
        fi
        [ $((SECONDS - started)) -lt 180 ] || die "the server does not answer; its log: $LOG_DIR/server.log"
        sleep 0.5
    done
}

# $1: pid file.
stop_process() {
    local pid tries
    if pid_alive "$1"; then
        pid="$(cat "$1")"
        kill "$pid" 2>/dev/null || true
        for tries in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            # A thread that hangs must not keep the port.
            [ "$tries" -lt 90 ] || kill -9 "$pid" 2>/dev/null || true
            sleep 0.1
        done
    fi
    rm -f "$1"
}

stop_server() {
    stop_process "$SERVER_PID"
    stop_process "$MAILBOX_PID"
    rm -f "$SERVER_PORT"
}

# Nothing else of this folder (tests, a shell) may be using it.
stop_idle_postgres() {
    local users=0
    pg_place
    # The connections of a server that has just ended need a moment.
    for _ in 1 2 3 4 5; do
        users="$(psql -XAtc "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid != pg_backend_pid()" 2>/dev/null || echo 0)"
        [ "$users" != 0 ] || break
        sleep 0.2
    done
    [ "$users" != 0 ] || stop_postgres
}
