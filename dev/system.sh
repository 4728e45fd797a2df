# shellcheck shell=bash
# System packages: named to the user when they may not be installed.
SYSTEM_PACKAGES=(
    postgresql-15:/usr/lib/postgresql/15/bin/initdb
    chromium:/usr/bin/chromium
    wkhtmltopdf:/usr/bin/wkhtmltopdf
    poppler-utils:/usr/bin/pdftotext
    curl:/usr/bin/curl
    libmagic1:/usr/lib/*/libmagic.so.1
    xz-utils:/usr/bin/xz
    fonts-dejavu-core:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
    fonts-noto-core:/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf
    fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
)

# Only those who change the project need it.
LINT_PACKAGES=(shellcheck:/usr/bin/shellcheck)

# The arguments: further package:file pairs.
setup_system() {
    local entry missing=()
    for entry in "${SYSTEM_PACKAGES[@]}" "$@"; do
        # A file may be a pattern: the folders of libraries are named after the processor.
        compgen -G "${entry#*:}" >/dev/null || missing+=("${entry%%:*}")
    done
    if ! python3.11 -c 'import venv, ensurepip' 2>/dev/null; then
        missing+=(python3.11 python3.11-venv)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    is_root || die "these system packages are missing: ${missing[*]}
Install them (apt-get install ${missing[*]}), then run this command again."
    say "Installing system packages: ${missing[*]}"
    apt-get update -q >"$CACHE_DIR/apt.log" 2>&1 || { tail -n 20 "$CACHE_DIR/apt.log" >&2; die "apt-get update failed"; }
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" \
        >>"$CACHE_DIR/apt.log" 2>&1 || { tail -n 20 "$CACHE_DIR/apt.log" >&2; die "apt-get install failed"; }
}
