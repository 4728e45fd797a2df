# shellcheck shell=bash
# The locked Python environment, in the cache; a changed lock file makes a new one.
setup_python() {
    [ -e "$VENV_DIR/.complete" ] || with_cache_lock make_venv
    export PATH="$PATH:$VENV_DIR/wkhtmltopdf"
}

make_venv() {
    [ -e "$VENV_DIR/.complete" ] && return 0
    say "Making the Python environment (once; a few minutes)"
    rm -rf "$VENV_DIR"
    python3.11 -m venv "$VENV_DIR"
    "$VENV_DIR/bin/pip" install -q --disable-pip-version-check --require-hashes \
        -r "$PROJECT_DIR/dev/requirements.lock" >"$CACHE_DIR/pip.log" 2>&1 \
        || { tail -n 20 "$CACHE_DIR/pip.log" >&2; die "the Python packages could not be installed"; }
    add_patched_wkhtmltopdf
    touch "$VENV_DIR/.complete"
}

# Customers have a wkhtmltopdf with the patched Qt, Debian's is without: papers are tested with both. In a folder of its
# own, after the system's; it runs on amd64 only.
add_patched_wkhtmltopdf() {
    mkdir "$VENV_DIR/wkhtmltopdf"
    if "$VENV_DIR/bin/wkhtmltopdf-pack" --version >/dev/null 2>&1; then
        ln -s ../bin/wkhtmltopdf-pack "$VENV_DIR/wkhtmltopdf/wkhtmltopdf"
    fi
}
