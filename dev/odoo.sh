# shellcheck shell=bash
# Odoo 19 Community, from Debian's signed package, unpacked into the cache: nothing is installed on the host.
# ODOO_HOME=/path/to/odoo uses a checkout (or an unpacked release) of Odoo 19 instead.
ODOO_SERIES=19.0
ODOO_PREFIX="$CACHE_DIR/odoo-$ODOO_SERIES"
# The package's web assets are symbolic links into these packages.
SID_PACKAGES=(odoo-19 libjs-jquery libjs-jquery-form libjs-underscore
    fonts-roboto-unhinted fonts-montserrat fonts-ocr-b)
# sid's font-awesome has other file names than those Odoo links to.
BOOKWORM_PACKAGES=(fonts-font-awesome fonts-inconsolata)

debian_mirror() {
    local mirror
    # shellcheck disable=SC2016  # apt's own variable
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v -- -security | head -n 1)"
    [ -n "$mirror" ] || mirror="$(sed -nE 's/^(URIs:|deb( \[.*\])?) *([a-z+]+:[^ ]+).*/\3/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v -- -security | head -n 1)"
    [ -n "$mirror" ] || die "no Debian mirror is configured for apt: set one, or set ODOO_HOME to an Odoo 19 checkout"
    echo "$mirror"
}

# $1: suite; the rest: packages. Downloads into the current folder with an apt of its own.
isolated_download() {
    local suite="$1" state; shift
    state="$CACHE_DIR/apt-$suite"
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) $suite main" >"$state/sources.list"
    cat >"$state/apt.conf" <<CONF
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$state/lists";
Dir::Cache "$state/cache";
APT::Sandbox::User "";
Acquire::Languages "none";
CONF
    APT_CONFIG="$state/apt.conf" apt-get update -q >"$state/update.log" 2>&1 \
        || { cat "$state/update.log" >&2; die "the $suite package lists could not be read"; }
    APT_CONFIG="$state/apt.conf" apt-get download -q "$@" >>"$state/update.log" 2>&1 \
        || { tail -n 20 "$state/update.log" >&2; die "download failed: $*"; }
}

fetch_odoo() {
    [ -e "$ODOO_PREFIX/.complete" ] && return 0
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] \
        || die "debian-archive-keyring is missing: Odoo's package cannot be verified. Install it or set ODOO_HOME."
    local work="$CACHE_DIR/odoo.partial" package
    rm -rf "$work" "$ODOO_PREFIX"
    mkdir -p "$work/debs" "$work/root"
    say "Downloading Odoo $ODOO_SERIES (about 130 MB)"
    (cd "$work/debs" && isolated_download sid "${SID_PACKAGES[@]}" && isolated_download bookworm "${BOOKWORM_PACKAGES[@]}")
    say "Unpacking Odoo"
    for package in "$work"/debs/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/root" --no-same-owner \
            --exclude './usr/lib/python3/dist-packages/addons' --exclude './usr/lib/python3/dist-packages/addons/*'
    done
    dpkg-deb -f "$work"/debs/odoo-19_*.deb Version >"$work/root/VERSION"
    mend_package "$work/root"
    rm -rf "$work/debs"
    touch "$work/root/.complete"
    mv "$work/root" "$ODOO_PREFIX"
    rm -rf "$work"
}

mend_package() {
    local root="$1" link target selfie
    # Absolute links point into the host: make them point into the prefix.
    find "$root" -type l -lname '/*' | while read -r link; do
        target="$(readlink "$link")"
        [ -e "$root$target" ] && ln -sfn "$root$target" "$link"
    done
    # Taken out of the package but still listed in mail's manifest: without it every page logs an error.
    selfie="$root/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation"
    if [ ! -e "$selfie/selfie_segmentation.js" ]; then
        mkdir -p "$selfie"
        : >"$selfie/selfie_segmentation.js"
    fi
    if [ -n "$(find "$root/usr/lib/python3" -xtype l | head -n 1)" ]; then
        find "$root/usr/lib/python3" -xtype l | head >&2
        die "the unpacked Odoo has dangling links (above): its pages would fail"
    fi
}

setup_odoo() {
    if [ -n "${ODOO_HOME:-}" ]; then
        [ -d "$ODOO_HOME" ] || die "ODOO_HOME=$ODOO_HOME is not a folder"
        ODOO_HOME="$(cd "$ODOO_HOME" && pwd)"
        grep -q 'version_info = (19, 0' "$ODOO_HOME/odoo/release.py" 2>/dev/null \
            || die "ODOO_HOME=$ODOO_HOME does not hold Odoo $ODOO_SERIES (no odoo/release.py that says so)"
        [ -e "$ODOO_HOME/odoo-bin" ] || die "ODOO_HOME=$ODOO_HOME holds no odoo-bin"
    else
        with_cache_lock fetch_odoo
    fi
    odoo_paths
}

odoo_paths() {
    if [ -n "${ODOO_HOME:-}" ]; then
        ODOO_BIN="$ODOO_HOME/odoo-bin"
        ODOO_PYTHONPATH="$ODOO_HOME"
        ODOO_ADDONS="$ODOO_HOME/addons"
    else
        ODOO_BIN="$ODOO_PREFIX/usr/bin/odoo"
        ODOO_PYTHONPATH="$ODOO_PREFIX/usr/lib/python3/dist-packages"
        ODOO_ADDONS="$ODOO_PYTHONPATH/odoo/addons"
    fi
    export PYTHONPATH="$ODOO_PYTHONPATH"
}
