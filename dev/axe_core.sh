# shellcheck shell=bash
# axe-core (MPL-2.0), which finds what people can't use who see little or have no mouse: for the tests only, fetched
# with the npm that the machine has and kept in the cache. HELPDESK_AXE=/a/file.js uses another one instead.
AXE_VERSION=4.14.1
AXE_SHA512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5

# Sets and exports HELPDESK_AXE. Without npm the tests that need it are skipped, and say so.
setup_axe_core() {
    local folder="$CACHE_DIR/axe-core-$AXE_VERSION"
    if [ -z "${HELPDESK_AXE:-}" ]; then
        if [ ! -e "$folder/axe.min.js" ] && ! command -v npm >/dev/null && [ -z "${HELPDESK_FULL:-}" ]; then
            say "npm is missing: the tests of accessibility are skipped (apt-get install npm)"
            return 0
        fi
        HELPDESK_AXE="$folder/axe.min.js"
        with_cache_lock fetch_axe_core "$folder"
    fi
    [ -f "$HELPDESK_AXE" ] || die "HELPDESK_AXE=$HELPDESK_AXE is not a file"
    export HELPDESK_AXE
}

# $1: the folder to fill.
fetch_axe_core() {
    local folder="$1" work="$1.partial"
    [ -e "$folder/axe.min.js" ] && return 0
    command -v npm >/dev/null || die "npm is missing: axe-core, which the tests of accessibility use, comes from its registry.
Install it (apt-get install npm), or set HELPDESK_AXE to a copy of axe.min.js."
    rm -rf "$work" "$folder"
    mkdir -p "$work"
    say "Downloading axe-core for the tests (under 1 MB)"
    (cd "$work" && npm pack --silent --ignore-scripts "axe-core@$AXE_VERSION" >npm.log 2>&1) \
        || { tail -n 20 "$work/npm.log" >&2; die "npm could not download axe-core"; }
    [ "$(sha512sum "$work"/*.tgz | head -c 128)" = "$AXE_SHA512" ] || die "axe-core is not what it was: its checksum differs"
    tar -xzf "$work"/*.tgz -C "$work" package/axe.min.js package/LICENSE
    mv "$work/package" "$folder"
    rm -rf "$work"
}
