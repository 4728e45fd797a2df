# shellcheck shell=bash
# The linters, all from the locked environment but shellcheck, which is Debian's.
#   missing-return (pylint-odoo): it asks for a return in computes and onchanges that call super() too
#   manifest-superfluous-key: "installable": True may be written out, as Odoo's own manifests do
PYLINT_OFF=missing-return,manifest-superfluous-key
SHELL_FILES=(bin/* dev/*.sh dev/tool .ci/run)

# $1: "fix" mends what can be mended. Runs every linter; fails when one of them did.
lint() {
    local status=0 addon_paths=()
    mapfile -t addon_paths < <(addons names)
    cd "$PROJECT_DIR" || return 1
    if [ "${1:-}" = fix ]; then
        "$VENV_DIR/bin/ruff" check -q --fix || status=1
        "$VENV_DIR/bin/ruff" format -q || status=1
    else
        "$VENV_DIR/bin/ruff" check -q || status=1
        "$VENV_DIR/bin/ruff" format -q --diff || { status=1; say "bin/test --fix formats the files above"; }
    fi
    "$VENV_DIR/bin/pylint" --disable="$PYLINT_OFF" "${addon_paths[@]}" || status=1
    shellcheck "${SHELL_FILES[@]}" || status=1
    "$PYTHON" dev/ratchet.py ${1:+--write} || status=1
    return $status
}
