# shellcheck shell=bash
# A private PostgreSQL 15 cluster under the run folder: a Unix socket only, its own superuser role.
# It never touches a system cluster.
PG_BIN="${PG_BIN:-/usr/lib/postgresql/15/bin}"
PG_ROLE=odoo
RUN_KEY="$(printf %s "$RUN_DIR" | sha256sum | cut -c1-10)"

# PostgreSQL refuses to run as root; an unprivileged user may not be able to enter root's folders.
pg_place() {
    PG_OWNER="$(id -un)"
    PG_DIR="$RUN_DIR/postgres"
    if is_root; then
        PG_OWNER="$(id -un postgres 2>/dev/null || id -un nobody)"
        runuser -u "$PG_OWNER" -- test -x "$RUN_DIR" 2>/dev/null || PG_DIR="/var/tmp/helpdesk-ticketing-$RUN_KEY"
    fi
    # A socket's path is limited to 107 bytes.
    PG_SOCKET="/tmp/helpdesk-ticketing-$RUN_KEY"
    export PGHOST="$PG_SOCKET" PGUSER="$PG_ROLE" PGDATABASE=postgres
    unset PGPORT PGPASSWORD PGSERVICE
}

as_pg_owner() {
    if is_root; then (cd / && runuser -u "$PG_OWNER" -- "$@"); else "$@"; fi
}

setup_postgres() {
    pg_place
    [ -x "$PG_BIN/initdb" ] || die "PostgreSQL 15 is not in $PG_BIN: install postgresql-15 or set PG_BIN"
    mkdir -p "$PG_DIR" "$PG_SOCKET"
    if is_root; then chown "$PG_OWNER" "$PG_DIR" "$PG_SOCKET"; fi
    chmod 700 "$PG_DIR" "$PG_SOCKET"
    [ -e "$PG_DIR/data/PG_VERSION" ] || make_cluster
    postgres_alive || start_postgres
}

# Complete before it has its name: a cluster that was half made would never start.
make_cluster() {
    local data="$PG_DIR/data.partial"
    say "Making a private PostgreSQL cluster"
    rm -rf "$data"
    as_pg_owner "$PG_BIN/initdb" -D "$data" -U "$PG_ROLE" --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
        >"$RUN_DIR/initdb.log" 2>&1 || { cat "$RUN_DIR/initdb.log" >&2; die "initdb failed"; }
    # Data of a demo and of tests: speed before safety against a power cut.
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = ''
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 512MB
max_wal_size = 4GB
CONF
    mv "$data" "$PG_DIR/data"
}

# Whether the process that the cluster names is this cluster's: numbers are used again, folders are copied.
postgres_alive() {
    local pid
    pid="$(head -n 1 "$PG_DIR/data/postmaster.pid" 2>/dev/null)" || return 1
    [ "/proc/$pid/cwd" -ef "$PG_DIR/data" ]
}

start_postgres() {
    local tries
    stop_orphan
    # What is left of one that was killed: PostgreSQL itself believes any living process of that number.
    if [ -e "/proc/$(head -n 1 "$PG_DIR/data/postmaster.pid" 2>/dev/null || echo none)" ]; then
        rm -f "$PG_DIR/data/postmaster.pid"
    fi
    for tries in 1 2 3 4 5; do
        # The folder of the socket follows the checkout, which may have been moved. Not the locks of the commands: the
        # server would hold them for as long as it lives.
        ! as_pg_owner "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -o "-k '$PG_SOCKET'" -w -l "$PG_DIR/server.log" start \
            >/dev/null 2>&1 6>&- 7>&- 8>&- 9>&- || return 0
        # The workers of a killed server need a moment to notice.
        sleep 1
    done
    tail -n 20 "$PG_DIR/server.log" >&2
    die "PostgreSQL did not start"
}

# The folder of a checkout was removed while its cluster ran, and another one is at its place now.
stop_orphan() {
    local lock="$PG_SOCKET/.s.PGSQL.5432.lock" pid
    [ -e "$lock" ] || return 0
    pid="$(head -n 1 "$lock")"
    case "$(readlink "/proc/$pid/cwd" || true)" in *"(deleted)") ;; *) return 0 ;; esac
    kill -QUIT "$pid" || true
    for _ in $(seq 50); do
        [ -e "/proc/$pid" ] || break
        sleep 0.1
    done
    rm -f "$PG_SOCKET"/.s.PGSQL.5432*
}

stop_postgres() {
    pg_place
    postgres_alive || return 0
    as_pg_owner "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -w -m fast stop >/dev/null || true
}

db_exists() { [ "$(psql -XAtc "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

# $1: database; its filestore goes with it.
db_drop() {
    psql -qXc "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" 2>/dev/null
    rm -rf "$RUN_DIR/data/filestore/$1"
}

# $1: from, $2: to. PostgreSQL copies the files; the filestore's are linked.
db_copy() {
    db_drop "$2"
    psql -qXc "CREATE DATABASE \"$2\" TEMPLATE \"$1\" STRATEGY file_copy"
    if [ -d "$RUN_DIR/data/filestore/$1" ]; then
        cp -al "$RUN_DIR/data/filestore/$1" "$RUN_DIR/data/filestore/$2"
    fi
}
